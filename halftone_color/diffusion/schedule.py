"""Noise schedule of a diffusion process: how much of the data is left after each step, and what one step back is.

Jiang and Mu, "Conditional Diffusion Process for Inverse Halftoning" (NeurIPS 2022), equations (1) to (3), (7) to (9)
and (13), after Ho, Jain and Abbeel (2020). Steps are numbered 1 ... T as there; 0 is the data. Data lie in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

State = Any
"""A state of the process: an array or a tensor of any shape."""

Denoiser = Callable[[State, int], State]
"""Predicts the noise in a state x_t, given t."""

LEAST_BETA, GREATEST_BETA, USUAL_STEPS = 1e-4, 0.02, 1000
"""Ends of the linear schedule of Ho et al. for 1,000 steps; with fewer steps they are greater in proportion."""


@dataclass(frozen=True)
class Schedule:
    """Variances beta_1 ... beta_T of the noise added in each step (equation (2))."""

    betas: tuple[float, ...]
    """Each in (0, 1)."""

    def __post_init__(self) -> None:
        if not self.betas or not all(0 < beta < 1 for beta in self.betas):
            raise ValueError("A schedule needs at least one variance, each between 0 and 1.")

    @classmethod
    def linear(cls, steps: int) -> Schedule:
        """Return the linear schedule of T steps from .1 / T to 20 / T, whose last state is all but noise for any T.

        At T = 200: 5e-4 ... 0.1. T must be above 20.
        """
        scale = USUAL_STEPS / steps
        return cls(tuple(np.linspace(scale * LEAST_BETA, scale * GREATEST_BETA, steps).tolist()))

    @property
    def steps(self) -> int:
        """T."""
        return len(self.betas)

    @cached_property
    def alpha_bars(self) -> NDArray[np.float64]:
        """Return (T + 1,): the product of 1 - beta up to each step (equation (3)); 1 at step 0."""
        return np.concatenate([[1.0], np.cumprod(1 - np.array(self.betas))])

    def noisy(self, clean: State, noise: State, step: int) -> State:
        """Return x_t of data x_0 and N(0, I) noise of the same shape (equation (3))."""
        left = self.alpha_bars[step]
        return float(np.sqrt(left)) * clean + float(np.sqrt(1 - left)) * noise

    def clean(self, state: State, noise: State, step: int) -> State:
        """Return the x_0 of which x_t would be made with this noise: the inverse of `noisy`."""
        left = self.alpha_bars[step]
        return (state - float(np.sqrt(1 - left)) * noise) * float(1 / np.sqrt(left))

    def posterior_mean(self, clean: State, state: State, step: int) -> State:
        """Return the mean of x_{t-1} given x_0 and x_t (equations (8) and (9))."""
        beta, left, before = self.betas[step - 1], self.alpha_bars[step], self.alpha_bars[step - 1]
        of_clean = float(np.sqrt(before) * beta / (1 - left))
        of_state = float(np.sqrt(1 - beta) * (1 - before) / (1 - left))
        return of_clean * clean + of_state * state

    def posterior_variance(self, step: int) -> float:
        """Return beta-tilde_t = (1 - abar_{t-1}) / (1 - abar_t) beta_t (equation (9)); 0 at step 1."""
        return float((1 - self.alpha_bars[step - 1]) / (1 - self.alpha_bars[step]) * self.betas[step - 1])

    def mean(self, state: State, noise: State, step: int) -> State:
        """Return the mean of x_{t-1} given x_t and the noise predicted in it (equation (13)).

        The same as `posterior_mean` of `clean`.
        """
        beta = self.betas[step - 1]
        share = float(beta / np.sqrt(1 - self.alpha_bars[step]))
        return (state - share * noise) * float(1 / np.sqrt(1 - beta))

    def spaced(self, count: int) -> tuple[int, ...]:
        """Return `count` of the steps T ... 1, evenly spaced from T downwards.

        Raises:
            ValueError: `count` is not within 1 ... T.
        """
        if not 1 <= count <= self.steps:
            raise ValueError(f"Between 1 and {self.steps} steps can be taken, not {count}.")
        return tuple(round(self.steps * (count - i) / count) for i in range(count))

    def noisy_batch(self, clean: Tensor, noise: Tensor, steps: Tensor) -> Tensor:
        """Return x_t of a batch (B, C, H, W) whose rows are at different steps (B,) int64 (equation (3))."""
        left = steps.new_tensor(self.alpha_bars.tolist(), dtype=clean.dtype)[steps][:, None, None, None]
        return left.sqrt() * clean + (1 - left).sqrt() * noise

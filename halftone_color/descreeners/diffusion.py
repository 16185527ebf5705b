"""Diffusion: texture drawn by a network where a mean would blur it, another for each seed (Jiang and Mu 2022, 3.3).

From the inverse halftone network's result, a flow leads to a picture with texture in a few steps (ours, after Ohayon,
Michaeli and Elad, "Posterior-mean rectified flow", 2025); or from noise alone, as in the paper. The noise is drawn once
for the whole picture, and each step is taken tile by tile, with as much around a tile as the network sees: the size of
the tiles changes nothing (in bfloat16 nothing but the rounding).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from halftone_color.arrays import tiling
from halftone_color.arrays.position_noise import gaussian_noise
from halftone_color.descreeners._consistency import identify, project
from halftone_color.descreeners._estimate import (
    MIDDLE,
    ROLE,
    at_scale,
    estimate,
    require_possible,
    softened,
    working_scale,
)
from halftone_color.descreeners._residue import remove_residue
from halftone_color.diffusion.preconditioning import flow_velocity
from halftone_color.diffusion.processes import DESCREENING_STEPS, FLOW_SAMPLED, FLOW_SIGMA, FLOW_TIMES, SAMPLED
from halftone_color.diffusion.sampling import ancestral, ddim, euler
from halftone_color.diffusion.schedule import Schedule
from halftone_color.errors import UsageError
from halftone_color.method import Descreener
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

STARTS = {"ihn": (ROLE, "flow"), "noise": ("denoiser",)}
"""Where the process starts, and the networks that each needs."""
USUAL_STEPS = {"ihn": FLOW_SAMPLED, "noise": SAMPLED}
NOISE_SEED = 2021
"""Seed of the inverse halftone network's own noise map, as the method network has it."""

Predict = Callable[[Picture, float], Picture]
"""From a state (1, H, W) and the network's step to what it predicts, (1, H, W)."""


@dataclass(frozen=True)
class DiffusionDescreener(Descreener):
    """One of many likely pictures; its mean over seeds is near what the method network gives."""

    init: str = "ihn"
    """Start from the inverse halftone network's result (ihn), or from noise alone (noise)."""
    steps: int | None = None
    """Number of steps; by default 8 from ihn and 20 from noise. More take longer."""
    further_noise: bool = False
    """From noise: take all 800 steps and add noise at each, as the paper does; forty times slower."""
    known: bool = True
    """Consistency projection: make the result agree with a digital halftone whose screen can be identified exactly."""
    residue: bool = True
    """Remove the faint power that the network leaves at the screen's frequencies."""
    blur_px: float | None = None
    """Standard deviation, in px, of a Gaussian blur before the network, for dots that are softer than those it knows.
    None leaves it to the plan, which blurs prints whose dots the scan does not resolve."""
    tile: int = 1024
    """Side of the tiles in px; it changes memory and time, and with bfloat16 the rounding."""

    def __post_init__(self) -> None:
        if self.init not in STARTS:
            raise UsageError(f"init cannot be {self.init!r}; choose one of {', '.join(STARTS)}.")
        if self.steps is not None and not 1 <= self.steps <= DESCREENING_STEPS:
            raise UsageError(f"steps must be from 1 to {DESCREENING_STEPS}; {USUAL_STEPS[self.init]} is the default.")
        if self.further_noise and self.init != "noise":
            raise UsageError("Further noise belongs to the way from noise; add --set init=noise, or leave it out.")
        require_possible(self.blur_px, self.tile)

    @property
    def networks(self) -> tuple[str, ...]:
        """The inverse halftone network and the flow, or the denoiser."""
        return STARTS[self.init]

    @property
    def draws(self) -> bool:
        """The seed decides on the texture."""
        return True

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return a contone (1, H, W) of a halftone (1, H, W), both in [0, 1]; the cue's seed, or 0, decides on it.

        Raises:
            WeightsError: a network's file is missing or damaged.
        """
        task = softened(task, self.blur_px)
        halftone, seed = task.picture, task.cue.seed or 0
        draw = self._from_mean if self.init == "ihn" else self._from_noise
        scale = working_scale(task.screen.period_px or 0.0)
        mean, sample = at_scale(halftone, scale, lambda small: draw(small, seed, run))[:, None]
        model = identify(mean, halftone, task.screen) if self.known and task.exact else None
        if model is not None:
            return project(sample, halftone, model, run.threads)
        return remove_residue(sample, halftone, task.screen, run.threads) if self.residue else sample

    def _from_mean(self, halftone: Picture, seed: int, run: Run) -> Picture:
        """Return the network's mean and the end of the flow from it, (2, H, W), of a halftone (1, H, W)."""
        network, means = run.network("flow"), run.network(ROLE)
        count = self.steps or FLOW_SAMPLED
        part = run.parts({"mean": 1.0, "steps": float(count)})
        seen = _padded(halftone, max(network.multiple, means.multiple))
        mean = estimate(seen, NOISE_SEED, _grid(self.tile, means), part("mean"))
        conditions = 2 * np.concatenate([mean, seen]) - 1
        predict = _in_tiles(network, conditions, self.tile, lambda: part("steps", 1 / count))
        start = conditions[:1] + np.float32(FLOW_SIGMA) * gaussian_noise(seen.shape[1:], seed)
        end = euler(
            lambda state, time: flow_velocity(predict(state, FLOW_TIMES * time), state, conditions[:1], time),
            start,
            count,
        )
        return np.concatenate([mean, _to_picture(end)])[:, : halftone.shape[1], : halftone.shape[2]]

    def _from_noise(self, halftone: Picture, seed: int, run: Run) -> Picture:
        """Return a sample twice, (2, H, W), of a halftone (1, H, W): it is the only estimate that there is."""
        network, schedule = run.network("denoiser"), Schedule.linear(DESCREENING_STEPS)
        count = schedule.steps if self.further_noise else self.steps or SAMPLED
        part = run.parts({"steps": 1.0})
        seen = _padded(halftone, network.multiple)
        predict = _in_tiles(network, 2 * seen - 1, self.tile, lambda: part("steps", 1 / count))
        size = seen.shape[1:]
        start = gaussian_noise(size, seed)
        if self.further_noise:
            end = ancestral(predict, start, schedule, lambda step: gaussian_noise(size, seed, step))
        else:
            end = ddim(predict, start, schedule, count)
        sample = _to_picture(end)[:, : halftone.shape[1], : halftone.shape[2]]
        return np.concatenate([sample, sample])


def _in_tiles(network: Any, conditions: Picture, tile: int, next_part: Callable[[], Run]) -> Predict:
    """Return what a network says of a whole state, given the planes (C, H, W) that it is conditioned on.

    Args:
        network: a denoiser of 1 + C planes.
        conditions: in about [-1, 1].
        tile: side of the tiles in px.
        next_part: returns the Run for each call, which reports progress.
    """
    import torch

    grid = _grid(tile, network)

    def predict(state: Picture, step: float) -> Picture:
        run = next_part()

        def predict_window(window: tiling.Window) -> Picture:
            planes = run.tensor(np.concatenate([window.read(state), window.read(conditions)]))  # (1, 1 + C, h, w)
            with run.inference():
                found = network(planes, torch.full((1,), float(step), device=planes.device))  # (1, 1, h, w)
            return run.picture(found)

        return tiling.apply(predict_window, state.shape, grid, progress=run.progress)

    return predict


def _grid(tile: int, network: Any) -> tiling.Grid:
    """Return tiles with as much around them as the network sees."""
    multiple = int(network.multiple)
    side, halo = (-(-size // multiple) * multiple for size in (tile, network.reach()))
    return tiling.Grid(side, halo, multiple=multiple)


def _padded(halftone: Picture, multiple: int) -> Picture:
    """Return a halftone (1, H, W) with gray to the right and below, up to whole multiples of a number of px."""
    height, width = halftone.shape[1:]
    margins = ((0, 0), (0, -height % multiple), (0, -width % multiple))
    return np.pad(halftone, margins, constant_values=MIDDLE)


def _to_picture(state: Picture) -> Picture:
    """Return a state in about [-1, 1] as a picture in [0, 1]."""
    return np.asarray(((state + 1) / 2).clip(0, 1), np.float32)

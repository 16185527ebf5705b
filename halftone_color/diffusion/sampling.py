"""Samplers: from noise to data in many steps (ancestral) or few (DDIM), and along a flow between two distributions.

States are arrays or tensors of any shape; the network is a function. Ho, Jain and Abbeel (2020), algorithm 2, as Jiang
and Mu (2022) use it in equations (4), (5) and (20); Song, Meng and Ermon, "Denoising diffusion implicit models" (2021),
equation (12) with eta = 0; Ohayon, Michaeli and Elad, "Posterior-mean rectified flow" (2025), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Callable

from halftone_color.diffusion.schedule import Denoiser, Schedule, State
from halftone_color.types import Progress


def ancestral(
    denoise: Denoiser,
    start: State,
    schedule: Schedule,
    noise: Callable[[int], State],
    progress: Progress | None = None,
) -> State:
    """Return x_0 by all T steps of the reverse process.

    Args:
        denoise: predicts the noise in x_t.
        start: x_T, N(0, I).
        schedule: of the process that the network was trained on; its variances beta-tilde are those of each step.
        noise: N(0, I) noise for the step from x_t to x_{t-1}, by t; asked for t = T ... 2, as the last step has none.
        progress: called after each step with the share done.
    """
    state = start
    for step in range(schedule.steps, 0, -1):
        state = schedule.mean(state, denoise(state, step), step)
        if step > 1:
            state = state + float(schedule.posterior_variance(step) ** 0.5) * noise(step)
        if progress:
            progress(1 - (step - 1) / schedule.steps)
    return state


def ddim(denoise: Denoiser, start: State, schedule: Schedule, count: int, progress: Progress | None = None) -> State:
    """Return x_0 by `count` evenly spaced steps without further noise: the start alone decides.

    The predicted data are kept within [-1, 1] at each step, where data lie; the noise is then that which leads from
    them to the state.

    Raises:
        ValueError: `count` is not within 1 ... T.
    """
    steps = schedule.spaced(count)
    state = start
    for done, (step, following) in enumerate(zip(steps, (*steps[1:], 0), strict=True), 1):
        clean = schedule.clean(state, denoise(state, step), step).clip(-1, 1)
        state = (
            clean if following == 0 else schedule.noisy(clean, _noise_between(clean, state, schedule, step), following)
        )
        if progress:
            progress(done / count)
    return state


def _noise_between(clean: State, state: State, schedule: Schedule, step: int) -> State:
    """Return the noise by which data x_0 became the state x_t."""
    left = float(schedule.alpha_bars[step])
    return (state - left**0.5 * clean) * (1 - left) ** -0.5


def euler(
    velocity: Callable[[State, float], State], start: State, count: int, progress: Progress | None = None
) -> State:
    """Return the end of a flow at time 1 by `count` Euler steps of equal length from its start at time 0.

    Args:
        velocity: predicts dx/dt in x, given t in [0, 1).
        start: x at time 0.
        count: number of steps.
        progress: called after each step with the share done.
    """
    state = start
    for done in range(count):
        state = state + velocity(state, done / count) * (1 / count)
        if progress:
            progress((done + 1) / count)
    return state

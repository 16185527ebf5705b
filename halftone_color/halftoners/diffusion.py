"""Diffusion: a network draws the dots out of noise, in another pattern for each seed (Jiang and Mu 2022, 3.1, 3.2).

The noise is drawn once for the whole picture, and each step is taken tile by tile, in float32, with as much around a
tile as the network sees: the size of the tiles changes nothing. One threshold makes the result bilevel, the same for
all pixels, which is ours: no error diffusion, matrix or correction of tone follows the network.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.arrays import tiling
from halftone_color.arrays.light import srgb_to_linear
from halftone_color.arrays.position_noise import gaussian_noise
from halftone_color.diffusion.processes import HALFTONING_STEPS, SAMPLED
from halftone_color.diffusion.sampling import ancestral, ddim
from halftone_color.diffusion.schedule import Denoiser, Schedule
from halftone_color.errors import UsageError
from halftone_color.method import Halftoner
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

TILE_STEP_PX = 16
"""Sides of tiles are multiples of this, in px: the size multiple of the shipped network."""
MOST_EMPHASIS = 10.0
THRESHOLD = 0.0
"""Of all pixels; data lie in [-1, 1]."""


@dataclass(frozen=True)
class DiffusionHalftoner(Halftoner):
    """From noise to a halftone, in steps, as gray level and Laplacian of the picture say."""

    steps: int = SAMPLED
    """Steps from noise to dots, up to 200, without further noise (DDIM)."""
    seed: int = 0
    """Seed of the noise, which alone decides on the pattern."""
    emphasis: float = 1.0
    """Factor on what the network says beyond what a pixel by itself tells: above 1 dots keep farther from each other,
    at 0 they are white noise."""
    further_noise: bool = False
    """Take all 200 steps and add noise at each, as the paper does: ten times slower."""
    linear: bool = False
    """Keep the mean of linear light instead of that of sRGB-coded values."""
    tile: int = 1024
    """Side of the tiles in px; it changes nothing but memory and time."""

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= HALFTONING_STEPS:
            raise UsageError(f"steps must be from 1 to {HALFTONING_STEPS}; {SAMPLED} is the default.")
        if not 0 <= self.emphasis <= MOST_EMPHASIS:
            raise UsageError(f"emphasis must be from 0 to {MOST_EMPHASIS:g}; 1 is what the network says.")
        if self.seed < 0:
            raise UsageError("The seed must not be negative; 0 is the default.")
        if self.tile < TILE_STEP_PX or self.tile % TILE_STEP_PX:
            raise UsageError(f"Tiles of {self.tile} px cannot be screened; give a multiple of {TILE_STEP_PX} px.")

    @property
    def networks(self) -> tuple[str, ...]:
        """The denoiser of halftones, of either stage."""
        return ("halftone-denoiser",)

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return (1, H, W) of ink 0 and paper 1 for a picture (1, H, W) in [0, 1].

        Raises:
            WeightsError: the network's file is missing or damaged.
        """
        height, width = task.picture.shape[1:]
        tone = srgb_to_linear(task.picture) if self.linear else task.picture
        network = run.network("halftone-denoiser")
        margins = (-height % network.multiple, -width % network.multiple)
        gray = np.pad(2 * tone - 1, ((0, 0), (0, margins[0]), (0, margins[1])), mode="edge")
        start = gaussian_noise(gray.shape[1:], self.seed)
        schedule = Schedule.linear(HALFTONING_STEPS)
        if self.further_noise:
            denoise = self._denoiser(gray, schedule.steps, run)
            made = ancestral(denoise, start, schedule, lambda step: gaussian_noise(gray.shape[1:], self.seed, step))
        else:
            made = ddim(self._denoiser(gray, self.steps, run), start, schedule, self.steps)
        return np.asarray(made[:, :height, :width] > THRESHOLD, np.float32)

    def _denoiser(self, gray: Picture, count: int, run: Run) -> Denoiser:
        """Return what predicts the noise in a state (1, H, W) of a picture (1, H, W), in so many calls."""
        import torch

        from halftone_color.diffusion.preconditioning import bilevel_noise
        from halftone_color.networks.guided_denoiser import laplacian

        network = run.network("halftone-denoiser")
        side, halo = (-(-size // network.multiple) * network.multiple for size in (self.tile, network.reach()))
        grid = tiling.Grid(side, halo, multiple=network.multiple)
        part, bars = run.parts({"steps": 1.0}), Schedule.linear(HALFTONING_STEPS).alpha_bars

        def denoise(state: Picture, step: int) -> Picture:
            left = torch.tensor(bars[step], dtype=torch.float32, device=run.conditions.device)

            def predict(window: tiling.Window) -> Picture:
                noisy, tone = run.tensor(window.read(state)), run.tensor(window.read(gray))  # (1, 1, h, w)
                steps = torch.full((1,), step, device=noisy.device)
                with run.inference(full=True):
                    found = network(noisy, tone, laplacian(tone), steps, (window.top, window.left))
                    noise = bilevel_noise(self.emphasis * found, noisy, tone, left)
                return run.picture(noise)

            return tiling.apply(predict, gray.shape, grid, progress=part("steps", 1 / count).progress)

        return denoise

"""The inverse halftone network's estimate of a picture of any size, and what comes before it: blur, and scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

from halftone_color.arrays import tiling
from halftone_color.errors import UsageError
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

ROLE = "inverse-halftone"
"""Of the network."""
COARSE_PX = 10.0
"""Period in px above which a picture is downsampled first; the network was trained up to 11 px."""
COMFORTABLE_PX = 7.0
"""Period in px to which coarse screens are downsampled."""
MIDDLE = 0.5
"""Gray for padding to whole multiples; mirrored dots would be out of phase and remain visible at the border."""
TILE_STEP_PX = 16
"""Sides of tiles are multiples of this, in px: the size multiple of the shipped network."""
LARGEST_BLUR_PX = 20.0
"""Largest blur before the network, in px."""


def require_possible(blur_px: float | None, tile: int) -> None:
    """Refuse impossible values of the options that methods with these networks have in common.

    Raises:
        UsageError: there is one.
    """
    if blur_px is not None and not 0 <= blur_px <= LARGEST_BLUR_PX:
        raise UsageError(f"blur_px must be from 0 to {LARGEST_BLUR_PX:g}; 0.5 suits dots that scans do not resolve.")
    if tile < TILE_STEP_PX or tile % TILE_STEP_PX:
        raise UsageError(f"Tiles of {tile} px cannot be descreened; give a multiple of {TILE_STEP_PX} px.")


def softened(task: Task, blur_px: float | None) -> Task:
    """Return the task with its picture blurred by a Gaussian of this standard deviation in px, if there is one."""
    if not blur_px:
        return task
    blurred = gaussian_filter(task.picture, (0, blur_px, blur_px), mode="nearest")
    return replace(task, picture=np.asarray(blurred, np.float32), exact=False)


def working_scale(period_px: float) -> float:
    """Return the working size relative to the picture's, for a screen of a period; 0 means there is none."""
    return COMFORTABLE_PX / period_px if period_px > COARSE_PX else 1.0


def at_scale(halftone: Picture, scale: float, work: Callable[[Picture], Picture]) -> Picture:
    """Return what `work` makes of a picture (1, H, W), (C, H, W) in [0, 1], working on another size of it.

    Args:
        halftone: (1, H, W) in [0, 1].
        scale: working size relative to the picture's.
        work: from (1, h, w) to (C, h, w).
    """
    if scale == 1.0:
        return work(halftone)
    height, width = halftone.shape[1:]
    small = _resize(halftone, max(1, round(height * scale)), max(1, round(width * scale)))
    return np.clip(_resize(work(small), height, width), 0, 1)


def estimate(halftone: Picture, noise_seed: int | None, grid: tiling.Grid, run: Run) -> Picture:
    """Return the network's estimate for a halftone, both (1, H, W) in [0, 1], tile by tile.

    Args:
        halftone: at the scale that the network knows.
        noise_seed: of the noise map z^h; None for silence.
        grid: the tiles; their multiple is the network's.
        run: conditions, and the network.
    """
    from halftone_color.descreeners._noise import noise_map  # which loads torch
    from halftone_color.networks.inverse_halftone import NOISE_CHANNELS

    network = run.network(ROLE)

    def descreen_window(window: tiling.Window) -> Picture:
        place = (window.top // 2, window.left // 2, window.height // 2, window.width // 2)
        silence = np.zeros((NOISE_CHANNELS, *place[2:]), np.float32)
        noise = run.tensor(silence if noise_seed is None else noise_map(*place, noise_seed))  # (1, 8, h / 2, w / 2)
        seen = run.tensor(window.read(halftone, beyond=MIDDLE))  # (1, 1, h, w)
        with run.inference():
            output = network(seen, noise)[1]  # (1, 1, h, w)
        return run.picture(output.float().clamp(0, 1))

    return tiling.apply(descreen_window, halftone.shape, grid, progress=run.progress)


def _resize(gray: Picture, height: int, width: int) -> Picture:
    """Resize (C, H, W) to (C, height, width), bicubic, clipped to [0, 1]; on the CPU, whatever the device."""
    import torch.nn.functional as F
    from torch import from_numpy

    pixels = from_numpy(np.ascontiguousarray(gray))[None]
    resized = F.interpolate(pixels, (height, width), mode="bicubic", antialias=True)
    return np.asarray(resized[0].clamp(0, 1))

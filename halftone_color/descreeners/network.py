"""Inverse halftone network: blind, trained on every kind of halftone and print (Yen, Cheng, Chiu 2021, 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.arrays import tiling
from halftone_color.descreeners._consistency import (
    ForwardModel,
    identify,
    is_raster_diffusion,
    may_be_diffused,
    project,
)
from halftone_color.descreeners._residue import remove_residue
from halftone_color.errors import UsageError
from halftone_color.method import Descreener
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

COARSE_PX = 10.0
"""Screens coarser than this are reduced first; the network was trained up to 11 px."""
MIDDLE = 0.5
"""Gray that fills a picture up to whole multiples; mirrored dots would break step and stay at the border."""
COMFORTABLE_PX = 7.0
"""The period to which coarse screens are reduced."""
FAST_SCALE = 0.56
"""Working size of the fast way, over the picture's ..."""
FAST_PX = 2.3
"""... but no screen gets finer than this period."""
TILE_STEP_PX = 16
"""Sides of tiles are multiples of this: the shipped network's size multiple."""
SELF_ENSEMBLE: dict[str, Callable[[Picture], Picture]] = {
    "mirrored": lambda picture: picture[:, :, ::-1],
    "transposed": lambda picture: picture.transpose(0, 2, 1),
}
"""Further views of a halftone, whose results are averaged (Lim et al., "Enhanced deep residual networks for single
image super-resolution", 2017); each, done twice, gives the picture back."""
SMALL_PIXELS = 500_000
"""Pictures up to this size get the self-ensemble unless it is declined: it takes about a second."""
LARGE_PAGE_PIXELS, LARGE_PAGE_TILE = 40_000_000, 640
"""Pages from this size on are worked on in smaller tiles: slower, in less memory."""


@dataclass(frozen=True)
class NetworkDescreener(Descreener):
    """Options of the inverse halftone network."""

    noise_seed: int = 2021
    """Seed of the noise map z^h."""
    known: bool = True
    """Where a digital halftone's screen is exactly known, move the result to where it must be."""
    residue: bool = True
    """Take out the faint power that the network leaves at the screen's frequencies."""
    fast: bool = False
    """Work at a smaller size, without noise, and look for neither known screens nor residues: quick and softer."""
    patient: bool | None = None
    """Look at the halftone mirrored and transposed as well and take the mean: three times slower, a little better. None
    does so where it takes no time to speak of, up to SMALL_PIXELS, and for clean error diffusion, which has a direction
    and fails in unlike ways."""
    tile: int = 1280
    """Side of the tiles in px; of pages so large that their own planes fill the memory at most LARGE_PAGE_TILE."""

    def __post_init__(self) -> None:
        if self.fast and self.patient:
            raise UsageError("Descreening is either fast or patient; leave out one of the two.")
        if self.noise_seed < 0:
            raise UsageError("noise_seed must not be negative.")
        if self.tile < TILE_STEP_PX or self.tile % TILE_STEP_PX:
            raise UsageError(f"Tiles of {self.tile} px cannot be descreened; give a multiple of {TILE_STEP_PX} px.")

    @property
    def networks(self) -> tuple[str, ...]:
        """The inverse halftone network alone."""
        return ("inverse-halftone",)

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return the contone (1, H, W) of a halftone (1, H, W), both in [0, 1].

        Raises:
            WeightsError: the network's file is missing or damaged.
        """
        contone, model = self._estimate(task, run)
        if self.fast:
            return contone
        if self._may_project(task) and model is not None:
            return project(contone, task.picture, model, run.threads)
        if not self.residue:
            return contone
        return remove_residue(contone, task.picture, task.screen, run.threads, out=contone)

    def _may_project(self, task: Task) -> bool:
        """Tell whether the result may be moved to agree with the halftone."""
        return self.known and task.exact

    def _estimate(self, task: Task, run: Run) -> tuple[Picture, ForwardModel | None]:
        """Return what the network makes of a halftone, over its self-ensemble, and how that was made, where asked."""
        halftone, screen = task.picture, task.screen
        views = SELF_ENSEMBLE if self._takes_self_ensemble(task) else {}
        part = run.parts({"as it is": 1.0} | dict.fromkeys(views, 1.0))
        contone = self._at_its_size(halftone, screen.period_px, part("as it is"))
        if self.fast:
            return contone, None
        directed = bool(views) and screen.kind == "error-diffusion"
        model = identify(contone, halftone, screen) if directed else None  # before further views blur its kernel
        if directed and not is_raster_diffusion(model):
            views = {"mirrored": SELF_ENSEMBLE["mirrored"]}  # serpentine rows are no columns of anything known
        for name, view in views.items():
            contone += view(self._at_its_size(view(halftone).copy(), screen.period_px, part(name)))
        if views:
            contone /= 1 + len(views)
        if 0 < len(views) < len(SELF_ENSEMBLE):
            run.report(1.0)  # for the view that was left out
        if self._may_project(task) and not directed:
            model = identify(contone, halftone, screen)
        return contone, model

    def _takes_self_ensemble(self, task: Task) -> bool:
        """Tell whether to average over further views."""
        if self.fast or self.patient is not None:
            return bool(self.patient)
        if task.picture.size <= SMALL_PIXELS:
            return True
        return self._may_project(task) and may_be_diffused(task.picture, task.screen)

    def _at_its_size(self, halftone: Picture, period_px: float | None, run: Run) -> Picture:
        """Descreen a picture (1, H, W), reduced first where its screen is coarse or where it has to be fast."""
        scale = self._working_scale(period_px or 0.0)
        if scale == 1.0:
            return self._in_tiles(halftone, run)
        height, width = halftone.shape[1:]
        small = _resized(halftone, max(1, round(height * scale)), max(1, round(width * scale)))
        return np.clip(_resized(self._in_tiles(small, run), height, width), 0, 1)

    def _working_scale(self, period_px: float) -> float:
        """Return the working size over the picture's; a period of 0 is none."""
        scale = COMFORTABLE_PX / period_px if period_px > COARSE_PX else 1.0
        if not self.fast:
            return scale
        finest = FAST_PX / period_px if period_px else 0.0
        return min(scale, max(FAST_SCALE, min(1.0, finest)))

    def _in_tiles(self, halftone: Picture, run: Run) -> Picture:
        """Return what the network makes of a halftone (1, H, W)."""
        from halftone_color.descreeners._noise import noise_map  # which loads torch
        from halftone_color.networks.inverse_halftone import NOISE_CHANNELS

        network = run.network("inverse-halftone")

        def descreened(window: tiling.Window) -> Picture:
            place = (window.top // 2, window.left // 2, window.height // 2, window.width // 2)
            silence = np.zeros((NOISE_CHANNELS, *place[2:]), np.float32)
            noise = run.tensor(silence if self.fast else noise_map(*place, self.noise_seed))  # (1, 8, h / 2, w / 2)
            seen = run.tensor(window.read(halftone, beyond=MIDDLE))  # (1, 1, h, w)
            with run.inference():
                output = network(seen, noise)[1]  # (1, 1, h, w)
            return run.picture(output.float().clamp(0, 1))

        tile, multiple = _tile_px(self.tile, halftone.size), int(network.multiple)
        return tiling.apply(descreened, halftone.shape, tiling.Grid(tile, multiple=multiple), progress=run.progress)


def _tile_px(asked_px: int, pixels: int) -> int:
    """Return the side of the tiles of a picture of so many pixels."""
    return asked_px if pixels < LARGE_PAGE_PIXELS else min(asked_px, LARGE_PAGE_TILE)


def _resized(gray: Picture, height: int, width: int) -> Picture:
    """Return (1, H, W) at another size, (1, height, width), bicubic; on the processor, whatever the device."""
    import torch.nn.functional as F
    from torch import from_numpy

    pixels = from_numpy(np.ascontiguousarray(gray))[None]
    resized = F.interpolate(pixels, (height, width), mode="bicubic", antialias=True)
    return np.asarray(resized[0].clamp(0, 1))

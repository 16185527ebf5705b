"""Inverse halftone network, trained on all kinds of halftones and prints (Yen, Cheng, Chiu 2021, 2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from halftone_color.arrays import tiling
from halftone_color.descreeners._consistency import (
    ForwardModel,
    identify,
    is_raster_diffusion,
    may_be_diffused,
    project,
)
from halftone_color.descreeners._estimate import ROLE, at_scale, estimate, require_possible, softened, working_scale
from halftone_color.descreeners._residue import remove_residue
from halftone_color.errors import UsageError
from halftone_color.method import Descreener
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

FAST_SCALE = 0.56
"""Scale at which the option `fast` works ..."""
FAST_PX = 2.3
"""... unless the screen's period would become less than this, in px."""
SELF_ENSEMBLE: dict[str, Callable[[Picture], Picture]] = {
    "mirrored": lambda picture: picture[:, :, ::-1],
    "transposed": lambda picture: picture.transpose(0, 2, 1),
}
"""Further views of a halftone whose results are averaged (Lim et al., "Enhanced deep residual networks for single
image super-resolution", 2017); each of these functions is its own inverse."""
SMALL_PIXELS = 500_000
"""Number of pixels up to which the self-ensemble is used by default, since it takes only about a second."""
LARGE_PAGE_PIXELS, LARGE_PAGE_TILE = 40_000_000, 640
"""Number of pixels above which tiles are at most of this side in px, which is slower but needs less memory."""


@dataclass(frozen=True)
class NetworkDescreener(Descreener):
    """The inverse halftone network, with consistency projection or removal of residues."""

    noise_seed: int = 2021
    """Seed of the noise map z^h."""
    known: bool = True
    """Consistency projection: make the result agree with a digital halftone whose screen can be identified exactly."""
    residue: bool = True
    """Remove the faint power that the network leaves at the screen's frequencies."""
    fast: bool = False
    """Work at a smaller size and without noise, projection or removal of residues: quicker, but softer."""
    patient: bool | None = None
    """Self-ensemble: also process the halftone mirrored and transposed, and average: three times slower, a little
    better. None does so for pictures up to SMALL_PIXELS, where it takes little time, and for clean error diffusion,
    whose errors depend on the direction."""
    blur_px: float | None = None
    """Standard deviation, in px, of a Gaussian blur before the network, for dots that are softer than those it knows.
    None leaves it to the plan, which blurs prints whose dots the scan does not resolve."""
    tile: int = 1280
    """Side of the tiles in px; for very large pages at most LARGE_PAGE_TILE, to save memory."""

    def __post_init__(self) -> None:
        if self.fast and self.patient:
            raise UsageError("Descreening is either fast or patient; leave out one of the two.")
        if self.noise_seed < 0:
            raise UsageError("noise_seed must not be negative; 2021 is the default.")
        require_possible(self.blur_px, self.tile)

    @property
    def networks(self) -> tuple[str, ...]:
        """The inverse halftone network."""
        return (ROLE,)

    def __call__(self, task: Task, run: Run) -> Picture:
        """Return the contone (1, H, W) of a halftone (1, H, W), both in [0, 1].

        Raises:
            WeightsError: the network's file is missing or damaged.
        """
        task = softened(task, self.blur_px)
        contone, model = self._estimate(task, run)
        if self.fast:
            return contone
        if self._may_project(task) and model is not None:
            return project(contone, task.picture, model, run.threads)
        if not self.residue:
            return contone
        return remove_residue(contone, task.picture, task.screen, run.threads, out=contone)

    def _may_project(self, task: Task) -> bool:
        """Tell whether the consistency projection is allowed."""
        return self.known and task.exact

    def _estimate(self, task: Task, run: Run) -> tuple[Picture, ForwardModel | None]:
        """Return the network's estimate, averaged over the self-ensemble, and the identified process, if any."""
        halftone, screen = task.picture, task.screen
        views = SELF_ENSEMBLE if self._takes_self_ensemble(task) else {}
        part = run.parts({"as it is": 1.0} | dict.fromkeys(views, 1.0))
        contone = self._descreen_at_scale(halftone, screen.period_px, part("as it is"))
        if self.fast:
            return contone, None
        directed = bool(views) and screen.kind == "error-diffusion"
        model = (
            identify(contone, halftone, screen) if directed else None
        )  # before averaging blurs the traces of the kernel
        if directed and not is_raster_diffusion(model):
            views = {"mirrored": SELF_ENSEMBLE["mirrored"]}  # transposed serpentine rows are not a known process
        for name, view in views.items():
            contone += view(self._descreen_at_scale(view(halftone).copy(), screen.period_px, part(name)))
        if views:
            contone /= 1 + len(views)
        if 0 < len(views) < len(SELF_ENSEMBLE):
            run.report(1.0)  # for the view that was left out
        if self._may_project(task) and not directed:
            model = identify(contone, halftone, screen)
        return contone, model

    def _takes_self_ensemble(self, task: Task) -> bool:
        """Tell whether to use the self-ensemble."""
        if self.fast or self.patient is not None:
            return bool(self.patient)
        if task.picture.size <= SMALL_PIXELS:
            return True
        return self._may_project(task) and may_be_diffused(task.picture, task.screen)

    def _descreen_at_scale(self, halftone: Picture, period_px: float | None, run: Run) -> Picture:
        """Descreen a picture (1, H, W), downsampled first if its screen is coarse or if `fast` is set."""
        return at_scale(halftone, self._working_scale(period_px or 0.0), lambda small: self._run_in_tiles(small, run))

    def _working_scale(self, period_px: float) -> float:
        """Return the working size relative to the picture's; a period of 0 means there is none."""
        scale = working_scale(period_px)
        if not self.fast:
            return scale
        finest = FAST_PX / period_px if period_px else 0.0
        return min(scale, max(FAST_SCALE, min(1.0, finest)))

    def _run_in_tiles(self, halftone: Picture, run: Run) -> Picture:
        """Return the network's estimate for a halftone (1, H, W), tile by tile."""
        grid = tiling.Grid(_tile_px(self.tile, halftone.size), multiple=int(run.network(ROLE).multiple))
        return estimate(halftone, None if self.fast else self.noise_seed, grid, run)


def _tile_px(asked_px: int, pixels: int) -> int:
    """Return the side of the tiles in px for a picture with this number of pixels."""
    return asked_px if pixels < LARGE_PAGE_PIXELS else min(asked_px, LARGE_PAGE_TILE)

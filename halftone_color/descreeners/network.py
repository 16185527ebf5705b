"""Inverse halftone network: blind, trained on every kind of halftone and print (Yen, Cheng, Chiu 2021, 2.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from halftone_color.arrays import tiling
from halftone_color.descreeners._known import diffused, recognised, runs_one_way, within
from halftone_color.descreeners._noise import noise_map
from halftone_color.descreeners._residue import remove_residue
from halftone_color.errors import UsageError
from halftone_color.networks.inverse_halftone import NOISE_CHANNELS
from halftone_color.system import precision
from halftone_color.system.progress import Steps
from halftone_color.types import Picture, Progress, Screen

NEEDS = ("inverse-halftone",)

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
LOOKS: dict[str, Callable[[Picture], Picture]] = {
    "mirrored": lambda picture: picture[:, :, ::-1],
    "transposed": lambda picture: picture.transpose(0, 2, 1),
}
"""Further looks at a halftone; each, done twice, gives the picture back."""
SMALL_PIXELS = 500_000
"""Pictures up to this size are looked at from all sides unless that is declined: it takes about a second."""
LARGE_PAGE_PIXELS, LARGE_PAGE_TILE = 40_000_000, 640
"""Pages from this size on are worked on in smaller tiles: slower, in less memory."""


@dataclass(frozen=True)
class Options:
    """Options of the network method."""

    period_px: float | None = None
    """Period of the screen where it is known; decides whether the picture is reduced first."""
    angle_deg: float | None = None
    """Angle of the screen where it is known."""
    kind: str | None = None
    """Kind of the screen (see Screen) where it is known."""
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


def descreen(
    gray: Picture, options: Options, networks: Mapping[str, torch.nn.Module], progress: Progress | None = None
) -> Picture:
    """Return the contone (1, H, W) of a halftone (1, H, W), both in [0, 1]."""
    network, screen = networks["inverse-halftone"], Screen(options.kind or "none", options.period_px, options.angle_deg)
    again = LOOKS if _patient(gray, screen, options) else {}
    steps = Steps(progress, {"as it is": 1.0} | dict.fromkeys(again, 1.0))
    contone = _at_its_size(gray, options, network, steps("as it is"))
    if options.fast:
        return contone
    directed = again and screen.kind == "error-diffusion"
    known = recognised(contone, gray, screen) if directed else None  # before further looks blur its kernel
    if directed and not runs_one_way(known):
        again = {"mirrored": LOOKS["mirrored"]}  # rows in turn from left and right are no columns of anything known
    for name, turn in again.items():
        contone += turn(_at_its_size(turn(gray).copy(), options, network, steps(name)))
    if again:
        contone /= 1 + len(again)
    if progress and 0 < len(again) < len(LOOKS):
        progress(1.0)  # for the look that was left out
    if options.known and not directed:
        known = recognised(contone, gray, screen)
    if known is not None and options.known:
        return within(contone, gray, known)
    if not options.residue:
        return contone
    return remove_residue(contone, gray, options.period_px, options.angle_deg, out=contone)


def _patient(gray: Picture, screen: Screen, options: Options) -> bool:
    """Tell whether to look from all sides."""
    if options.fast or options.patient is not None:
        return bool(options.patient)
    return gray.size <= SMALL_PIXELS or (options.known and diffused(gray, screen))


def _at_its_size(gray: Picture, options: Options, network: torch.nn.Module, progress: Progress | None) -> Picture:
    """Descreen a picture, reduced first where its screen is coarse or where it has to be fast."""
    scale = _scale(options)
    if scale == 1.0:
        return _descreen(gray, options, network, progress)
    height, width = gray.shape[1:]
    small = _resize(gray, max(1, round(height * scale)), max(1, round(width * scale)))
    return np.clip(_resize(_descreen(small, options, network, progress), height, width), 0, 1)


def _scale(options: Options) -> float:
    """Return the working size over the picture's."""
    period_px = options.period_px or 0.0
    scale = COMFORTABLE_PX / period_px if period_px > COARSE_PX else 1.0
    if not options.fast:
        return scale
    finest = FAST_PX / period_px if period_px else 0.0
    return min(scale, max(FAST_SCALE, min(1.0, finest)))


def _descreen(gray: Picture, options: Options, network: torch.nn.Module, progress: Progress | None) -> Picture:
    multiple = int(network.multiple)  # type: ignore[arg-type]

    def run(window: tiling.Window) -> Picture:
        halftone = torch.from_numpy(window.read(gray, beyond=MIDDLE))[None].to(memory_format=torch.channels_last)
        place = (window.top // 2, window.left // 2, window.height // 2, window.width // 2)
        if options.fast:
            noise = torch.zeros(1, NOISE_CHANNELS, *place[2:])
        else:
            noise = torch.from_numpy(noise_map(*place, options.noise_seed))[None]
        with torch.inference_mode(), precision.autocast():
            output = network(halftone, noise.to(memory_format=torch.channels_last))[1]  # (1, 1, h, w)
        return np.asarray(output[0].float().clamp(0, 1))

    tile = options.tile if gray.size < LARGE_PAGE_PIXELS else min(options.tile, LARGE_PAGE_TILE)
    return tiling.apply(run, 1, *gray.shape[1:], tile=tile, multiple=multiple, progress=progress)


def _resize(gray: Picture, height: int, width: int) -> Picture:
    resized = F.interpolate(
        torch.from_numpy(np.ascontiguousarray(gray))[None], (height, width), mode="bicubic", antialias=True
    )
    return np.asarray(resized[0].clamp(0, 1))

"""The steps of each job in order: the page to read first.

    scan -> screen -> contone -> colour                      (path ihn-first, the paper's IHN -> C)
    scan -> screen -> coloured halftone -> contone channels  (path color-first, the paper's C -> IHN)
    both -> fusion                                           (path fused)

Yen, Cheng, Chiu 2021, figure 1. Each job takes a path or an array and returns a Result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from halftone_color import registry
from halftone_color.color import rgb_to_luma
from halftone_color.errors import InputError, UsageError
from halftone_color.images.reading import read
from halftone_color.screen.detect import detect
from halftone_color.screen.page import picture_mask, upsample_mask
from halftone_color.types import Cue, Picture, Progress, Scan, Screen

if TYPE_CHECKING:
    from torch import nn

Source = str | Path | NDArray[Any] | Scan
"""A file, an array (H, W), (1, H, W) or (3, H, W) in [0, 1] or 8-bit, or a Scan."""

PATHS = ("fused", "ihn-first", "color-first")
"""Cascade orders of restore."""
MAX_PIXELS = 500_000_000
ROUNDING = 1e-3
"""By how much the values of an array may miss [0, 1]; they are clipped."""
AUTHORS = "authors-2021"
SCREENS = ("auto", "yes", "no")
"""Is there a screen to remove: let hcolor look, or say so."""
UNSCREENED = {"auto": "No halftone screen was found", "no": "The picture is said to have no screen"}
"""Why a picture is not descreened, by what SCREENS was asked for."""
FADE = 0.25
"""Where the mask of what is coloured is less than this, what the channels differ by after descreening fades out."""


@dataclass(frozen=True)
class Result:
    """What a job made of a picture."""

    pictures: tuple[Picture, ...]
    """One picture, or one per sample."""
    screen: Screen | None = None
    """What was found out about the halftone, where the job looks at it."""
    notes: tuple[str, ...] = ()
    """Sentences for the user: what was converted, skipped or chosen."""
    dpi: tuple[float, float] | None = None

    @property
    def picture(self) -> Picture:
        """The first picture."""
        return self.pictures[0]


def restore(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    path: str = "fused",
    screened: str = "auto",
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a scan of a halftone print into continuous-tone colour.

    Args:
        source: the scan.
        references: colour pictures whose colours to take; all of them together give one result.
        samples: number of random colourings; with neither references nor samples the result is automatic.
        seed: sample k (from 0) is drawn from seed + k.
        path: fused, ihn-first or color-first.
        screened: auto, yes (descreen in any case, for faint screens) or no.
        weights: set of trained weights; "authors-2021" runs the published networks at 256 x 256.
        max_pixels: larger pictures are refused.
        progress: called with the share done.
        **options: of the colorize method "network", such as saturation.

    Raises:
        InputError: the scan cannot be read.
        UsageError: an unknown path or option, or references and samples at once.
        WeightsError: the trained weights are missing or damaged.
    """
    _check_path(path)
    registry.find("colorize", "network").options(**options)  # refuses unknown ones before the work starts
    cues = _cues(references, samples, seed, max_pixels)
    gray, scan = _gray_scan(source, max_pixels)
    if weights == AUTHORS:
        return _restore_as_published(gray, scan, cues, path)
    networks = _networks(weights, ("inverse-halftone", "colorizer", "color-encoder", "fusion"))

    screen = _screen(gray, screened)
    path = path if screen.present else "ihn-first"
    shares = {
        "ihn": 1.0 * screen.present,
        "color": 0.3 * len(cues) * (path != "color-first"),
        "both": 3.2 * len(cues) * (path != "ihn-first"),
    }
    steps = _Steps(progress, shares)
    contone, notes = gray, scan.notes
    if screen.present:
        contone = _run_ihn(gray, screen, networks, steps("ihn"))
    else:
        notes = (*notes, f"{UNSCREENED[screened]}: descreening was skipped.")
    mask = upsample_mask(picture_mask(contone, gray, screen), *gray.shape[1:])
    if mask.min() < 0.5:
        notes = (*notes, "Text and blank paper of the page were left uncoloured.")

    pictures = []
    for cue in cues:
        if path != "color-first":
            step = steps("color", 1 / len(cues))
            ihn_first = _run_colorizer(contone, cue, networks, step, chroma_mask=mask, **options)
        if path != "ihn-first":
            step = steps("both", 1 / len(cues))
            color_first = _run_color_first(gray, screen, cue, networks, mask, step, options)
        if path == "fused":
            pictures.append(_uncoloured(_run_fusion(ihn_first, color_first, networks), mask))
        else:
            pictures.append(ihn_first if path == "ihn-first" else _uncoloured(color_first, mask))
    return Result(tuple(pictures), screen, notes, scan.dpi)


def descreen(
    source: Source,
    *,
    method: str = "network",
    screened: str = "auto",
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Turn a halftone into continuous tone, (1, H, W); a picture without a screen comes back as it is.

    Args:
        source: the scan.
        method: network or gaussian.
        screened: auto, yes (descreen in any case, for faint screens) or no.
        weights: set of trained weights.
        max_pixels: larger pictures are refused.
        progress: called with the share done.
        **options: of the method.
    """
    chosen = registry.find("descreen", method)
    gray, scan = _gray_scan(source, max_pixels)
    if weights == AUTHORS:
        return _descreen_as_published(gray, scan)
    screen = _screen(gray, screened)
    if not screen.present:
        note = f"{UNSCREENED[screened]}: the picture is returned as it is."
        return Result((gray,), screen, (*scan.notes, note), scan.dpi)
    known = {name: getattr(screen, name) for name in ("period_px", "angle_deg") if name in chosen.option_names}
    networks = _networks(weights, chosen.needs)
    contone = chosen.function(gray, chosen.options(**known | options), networks, progress)
    return Result((contone,), screen, scan.notes, scan.dpi)


def colorize(
    source: Source,
    *,
    references: Sequence[Source] = (),
    samples: int = 0,
    seed: int = 0,
    method: str = "network",
    weights: str = "default",
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    **options: Any,
) -> Result:
    """Colour a gray photograph; arguments as of restore.

    Raises:
        InputError: the picture cannot be read.
        UsageError: an unknown method or option, or references and samples at once.
    """
    chosen = registry.find("colorize", method)
    cues = _cues(references, samples, seed, max_pixels)
    gray, scan = _gray_scan(source, max_pixels)
    if weights == AUTHORS:
        return _colorize_as_published(gray, scan, cues)
    networks = _networks(weights, chosen.needs)
    steps = _Steps(progress, {"color": float(len(cues))})
    pictures = tuple(
        chosen.function(gray, cue, chosen.options(**options), networks, steps("color", 1 / len(cues))) for cue in cues
    )
    return Result(pictures, None, scan.notes, scan.dpi)


def halftone(
    source: Source,
    *,
    method: str = "floyd-steinberg",
    cmyk: bool = False,
    max_pixels: int = MAX_PIXELS,
    **options: Any,
) -> Result:
    """Screen a photograph: (1, H, W) of 0 and 1 (or gray, antialiased), or (3, H, W) as a CMYK print.

    Args:
        source: the photograph.
        method: a name from registry.methods("halftone").
        cmyk: screen cyan, magenta, yellow and black, each at its angle, and print them over each other.
        max_pixels: larger pictures are refused.
        **options: of the method.
    """
    chosen = registry.find("halftone", method)
    if cmyk:
        from halftone_color.halftone._cmyk import halftone_cmyk

        scan = _scan(source, max_pixels)
        return Result((halftone_cmyk(_rgb(scan.pixels), chosen, options),), None, scan.notes, scan.dpi)
    gray, scan = _gray_scan(source, max_pixels)
    notes = tuple(note for note in scan.notes if "discarded" not in note)  # a halftone is expected to be gray
    return Result((chosen.function(gray, chosen.options(**options)),), None, notes, scan.dpi)


# ---- the steps of restore --------------------------------------------------------------------------------------


def _run_ihn(gray: Picture, screen: Screen, networks: Networks, progress: Progress | None) -> Picture:
    method = registry.find("descreen", "network")
    options = method.options(period_px=screen.period_px, angle_deg=screen.angle_deg)
    return method.function(gray, options, networks, progress)  # type: ignore[no-any-return]


def _run_colorizer(gray: Picture, cue: Cue, networks: Networks, progress: Progress | None, **options: Any) -> Picture:
    method = registry.find("colorize", "network")
    return method.function(gray, cue, method.options(**options), networks, progress)  # type: ignore[no-any-return]


def _run_color_first(
    gray: Picture,
    screen: Screen,
    cue: Cue,
    networks: Networks,
    mask: Picture,
    progress: Progress | None,
    options: Mapping[str, Any],
) -> Picture:
    """C -> IHN: colour the halftone itself, then descreen each of its channels with the same noise."""
    from halftone_color.colorize._halftone import color_halftone

    method = registry.find("colorize", "network").options(chroma_mask=mask, **options)
    coloured = color_halftone(gray, screen.period_px, cue, method, networks)
    steps = _Steps(progress, {"channel": 1.0})
    return np.concatenate([_run_ihn(channel[None], screen, networks, steps("channel", 1 / 3)) for channel in coloured])


def _uncoloured(rgb: Picture, mask: Picture) -> Picture:
    """Make what the mask (1, H, W) leaves out gray: descreened one by one, equal channels come out nearly equal."""
    if mask.min() >= FADE:
        return rgb
    luma = np.asarray(rgb_to_luma(rgb), dtype=np.float32)
    return np.asarray(luma + (rgb - luma) * np.minimum(1, mask / FADE), dtype=np.float32)


def _run_fusion(ihn_first: Picture, color_first: Picture, networks: Networks) -> Picture:
    method = registry.find("fuse", "network")
    return method.function(ihn_first, color_first, method.options(), networks)  # type: ignore[no-any-return]


# ---- what every job needs --------------------------------------------------------------------------------------


def _scan(source: Source, max_pixels: int, *, color: bool = True) -> Scan:
    """Return the Scan of a file or an array.

    Raises:
        InputError: an array of another shape or range, or an unreadable file.
    """
    if isinstance(source, Scan):
        return source
    if isinstance(source, str | Path):
        return read(Path(source), max_pixels, color=color)
    pixels = np.asarray(source)
    pixels = pixels[None] if pixels.ndim == 2 else pixels
    if pixels.ndim != 3 or pixels.shape[0] not in (1, 3) or 0 in pixels.shape:
        raise InputError(f"An array of shape {pixels.shape} is no picture; pass (H, W), (1, H, W) or (3, H, W).")
    white = np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1
    pixels = np.ascontiguousarray(pixels, dtype=np.float32) / np.float32(white)
    if not (pixels.min() >= -ROUNDING and pixels.max() <= 1 + ROUNDING):  # nor is NaN a tone
        raise InputError("The array holds values outside [0, 1]; divide it by its white, or pass unsigned integers.")
    return Scan(pixels.clip(0, 1))


def _rgb(pixels: Picture) -> Picture:
    """Return (3, H, W) of a gray or colour picture."""
    return pixels if pixels.shape[0] == 3 else pixels.repeat(3, 0)


def _gray_scan(source: Source, max_pixels: int) -> tuple[Picture, Scan]:
    """Return luma (1, H, W) of a source, and its Scan with a word about discarded colour."""
    scan = _scan(source, max_pixels, color=False)
    if scan.pixels.shape[0] == 1:
        return scan.pixels, scan
    gray = np.asarray(rgb_to_luma(scan.pixels), dtype=np.float32)
    if np.abs(scan.pixels - gray).max() > 0.02:
        scan = replace(scan, notes=(*scan.notes, "The picture's colours were discarded."))
    return gray, scan


def _cues(references: Sequence[Source], samples: int, seed: int, max_pixels: int) -> list[Cue]:
    if references and samples:
        raise UsageError("Give references or a number of samples, not both.")
    if samples < 0 or seed < 0:
        raise UsageError("The number of samples and the seed must not be negative.")
    if isinstance(references, str | Path):
        raise UsageError("References come as a list; write references=[...], also for one.")
    if references:
        return [Cue(references=tuple(_rgb(_scan(reference, max_pixels).pixels) for reference in references))]
    return [Cue(seed=seed + k) for k in range(samples)] or [Cue()]


def _screen(gray: Picture, screened: str) -> Screen:
    """Return the screen of a picture, or the one that the user says there is.

    Raises:
        UsageError: `screened` is none of SCREENS.
    """
    if screened not in SCREENS:
        raise UsageError(f"screened is {screened!r}; choose one of {', '.join(SCREENS)}.")
    found = detect(gray) if screened != "no" else Screen("none")
    return Screen("stochastic") if screened == "yes" and not found.present else found


def _check_path(path: str) -> None:
    if path not in PATHS:
        raise UsageError(f"There is no path {path!r}; choose one of {', '.join(PATHS)}.")


Networks = Mapping[str, "nn.Module"]


def _networks(weights: str, roles: Sequence[str]) -> Networks:
    if not roles:
        return {}
    from halftone_color.checkpoints.loading import networks_for

    return networks_for(weights, roles)


class _Steps:
    """Adds up the progress of steps that take different times."""

    def __init__(self, progress: Progress | None, shares: Mapping[str, float]) -> None:
        self._progress, self._shares = progress, shares
        self._done = 0.0

    def __call__(self, step: str, part: float = 1.0) -> Callable[[float], None] | None:
        """Return the progress callback of a step, which is `part` of its kind."""
        if self._progress is None:
            return None
        progress, start = self._progress, self._done
        weight = part * self._shares[step] / sum(self._shares.values())
        self._done += weight
        return lambda share: progress(min(1.0, start + weight * share))


# ---- the networks of 2021 as published -------------------------------------------------------------------------


def _restore_as_published(gray: Picture, scan: Scan, cues: Sequence[Cue], path: str) -> Result:
    from halftone_color import cascade_2021

    networks = _networks(AUTHORS, ("inverse-halftone", "colorizer", "color-encoder", "fusion"))
    pictures = tuple(cascade_2021.restore(gray, cue, networks, path) for cue in cues)
    return Result(pictures, None, (*scan.notes, cascade_2021.NOTE), None)


def _descreen_as_published(gray: Picture, scan: Scan) -> Result:
    from halftone_color import cascade_2021

    contone = cascade_2021.descreen(gray, _networks(AUTHORS, ("inverse-halftone",)))
    return Result((contone,), None, (*scan.notes, cascade_2021.NOTE), None)


def _colorize_as_published(gray: Picture, scan: Scan, cues: Sequence[Cue]) -> Result:
    from halftone_color import cascade_2021

    networks = _networks(AUTHORS, ("colorizer", "color-encoder"))
    pictures = tuple(cascade_2021.colorize(gray, cue, networks) for cue in cues)
    return Result(pictures, None, (*scan.notes, cascade_2021.NOTE), None)

"""What a job is asked to work on: files, arrays and scans become pictures, and where color comes from becomes cues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from halftone_color import registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError, UsageError
from halftone_color.images import palettes
from halftone_color.images import scribbles as drawing
from halftone_color.images.gallery import FolderGallery, Without, open_gallery
from halftone_color.images.reading import read, read_opacity
from halftone_color.screen.tone import COLORFUL, Reading, own_colors, read_tones
from halftone_color.types import Cue, Gallery, Hints, Picture, Scan, Screen

Source = str | Path | NDArray[Any] | Scan
"""A file, an array (H, W), (1, H, W) or (3, H, W) in [0, 1] or 8-bit, or a Scan."""
Swatch = Source | Sequence[float]
"""A color of a palette: (r, g, b) in [0, 1], a name, #rrggbb, several of them separated by commas; or a picture."""
ROUNDING = 1e-3
"""By how much the values of an array may miss [0, 1]; they are clipped."""
KINDS = {
    "references": "references (--ref)",
    "samples": "samples (--samples)",
    "palette": "colors of a palette (--palette)",
    "hints": "colors given in places (--scribbles, --mask or --hint)",
    "gallery": "references from a folder (--ref-dir)",
}
"""What may say the colors, in the user's words."""
ALONE = ("references", "samples", "palette")
"""Those of KINDS of which a job takes one only."""
DISCARDED = "The picture's colors were discarded."
TINT_TAKEN = "One ink on tinted paper: the tint was taken out."
GRAY_SPREAD = 0.01
"""What the channels of a gray picture differ by at most."""
REFINEMENTS = ("levin", "gram")
"""What may refine a colored picture: cleaning along the edges of its luma, or nearing the style of its references."""


@dataclass(frozen=True)
class Given:
    """Where colors are to come from, as the user says it; nothing given means automatic."""

    references: Sequence[Source] = ()
    samples: int = 0
    seed: int = 0
    hints: Sequence[drawing.Point] = ()
    """Colors at single points: (x, y, color)."""
    scribbles: Source | None = None
    """Colors drawn on a transparent layer or on a copy of the print; an array may have a fourth plane, its opacity."""
    mask: Source | None = None
    """White where the colors of `scribbles`, or of the print itself where there are none, are to be kept."""
    gallery: str | Path | Gallery | None = None
    """A folder of color pictures to choose a reference from."""
    palette: Sequence[Swatch] = ()
    """Colors without places, in equal areas; of a picture its main colors, which share one part of the area."""

    @property
    def kinds(self) -> set[str]:
        """Those of KINDS that are given."""
        hinted = len(self.hints) > 0 or self.scribbles is not None or self.mask is not None
        has = {"references": len(self.references) > 0, "samples": self.samples > 0, "hints": hinted}
        has |= {"palette": len(self.palette) > 0, "gallery": self.gallery is not None}
        return {kind for kind in KINDS if has[kind]}


@dataclass(frozen=True)
class Coloring:
    """How a picture is to be colored: the method, its options, and where its colors come from."""

    method: str = "network"
    given: Given = field(default_factory=Given)
    keep_luminance: bool = True
    refine: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def chosen(self) -> registry.Method:
        """The method itself."""
        return registry.find("colorizers", self.method)

    def method_options(self) -> Any:
        """Return the method's own options.

        Raises:
            UsageError: options that it does not have, or values that it refuses.
        """
        chosen, options = self.chosen, dict(self.options)
        if "keep_luminance" in chosen.option_names:
            options["keep_luminance"] = self.keep_luminance
        elif not self.keep_luminance:
            raise UsageError(f"The method {chosen.name} always keeps the luminance; leave out --no-keep-luminance.")
        return chosen.options(**options)

    @property
    def needs(self) -> tuple[str, ...]:
        """Roles of the networks that the method needs with its options, and the refinement."""
        needed = self.chosen.needs_with(self.method_options())
        return tuple(dict.fromkeys((*needed, "color-encoder"))) if self.refine == "gram" else needed

    @property
    def feature_file(self) -> str | None:
        """The file of a feature network that the user brings, where the options name one."""
        return getattr(self.method_options(), "feature_file", None)

    def check(self) -> None:
        """Refuse what needs no look at a picture.

        Raises:
            UsageError: an unknown method, option or refinement, or colors that do not come as the method takes them.
        """
        self.method_options()
        given, kinds, cues = self.given, self.given.kinds, self.chosen.cues
        if self.refine not in (None, *REFINEMENTS):
            raise UsageError(f"There is no refinement {self.refine!r}; choose one of {', '.join(REFINEMENTS)}.")
        if self.refine == "gram" and "references" not in kinds:
            raise UsageError("The refinement gram needs references (--ref); give some, or refine by levin.")
        if isinstance(given.references, str | Path) or isinstance(given.palette, str | Path):
            raise UsageError("References and palettes come as a list; write references=[...], also for one.")
        if len(alone := [words for kind, words in KINDS.items() if kind in kinds & set(ALONE)]) > 1:
            raise UsageError(f"Give {' or '.join(alone)}, not both.")
        opened_palette(given.palette)
        if given.samples < 0 or given.seed < 0:
            raise UsageError("The number of samples and the seed must not be negative.")
        for hint in given.hints:
            if isinstance(hint, str) or len(hint) != 3:
                raise UsageError(f"{hint!r} is no hint; a hint is its x and y in px and a color.")
            drawing.rgb_of_color(hint[2])
        wants = " or ".join(words for kind, words in KINDS.items() if kind in cues)
        for kind in kinds - {*cues, *(("hints",) if self.refine == "levin" else ())}:
            raise UsageError(f"The method {self.chosen.name} takes no {KINDS[kind]}; give it {wants} instead.")
        if not kinds & set(cues) and "automatic" not in cues:
            raise UsageError(f"The method {self.chosen.name} has no colors of its own; give it {wants}.")

    def asked(self) -> dict[str, Any]:
        """Return what is asked for, beside references and samples, that is not so by default."""
        beside = {
            "method": self.method,
            "refine": self.refine,
            **{kind: kind in self.given.kinds for kind in ("hints", "palette")},
        }
        return dict(self.options) | {name: value for name, value in beside.items() if value and value != "network"}


def scan_of(source: Source, max_pixels: int, *, color: bool = True) -> Scan:
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


def rgb_of(pixels: Picture) -> Picture:
    """Return (3, H, W) of a gray or color picture."""
    return pixels if pixels.shape[0] == 3 else pixels.repeat(3, 0)


def luma_of(pixels: Picture) -> Picture:
    """Return (1, H, W) of a gray or color picture."""
    return pixels if pixels.shape[0] == 1 else np.asarray(rgb_to_luma(pixels), dtype=np.float32)


def print_of(
    source: Source, max_pixels: int, look: Callable[[Picture], Screen], tone: str, *, untouched: bool = False
) -> tuple[Scan, Screen, Reading]:
    """Return a print, its screen and its tones; the notes say which colors are left out.

    Args:
        source: the scan.
        max_pixels: larger pictures are refused.
        look: finds the screen of a gray picture.
        tone: how tones are read, one of TONES.
        untouched: leave a picture without a screen all its colors, a tint as well.

    Raises:
        InputError: the scan cannot be read.
        UsageError: there is no such reading.
    """
    scan = scan_of(source, max_pixels)
    gray = luma_of(scan.pixels)
    screen = look(gray)
    if screen.present:
        reading = read_tones(scan.pixels, tone)
    elif untouched:
        reading = Reading(gray, scan.pixels if np.ptp(scan.pixels, axis=0).max() > GRAY_SPREAD else None)
    else:
        reading = Reading(gray, own_colors(scan.pixels, gray))
    if reading.colors is None and gray is not scan.pixels and np.abs(scan.pixels - gray).max() > COLORFUL:
        scan = replace(scan, notes=(*scan.notes, DISCARDED if reading.print_ is None else TINT_TAKEN))
    return scan, screen, reading


def gray_scan_of(source: Source, max_pixels: int) -> tuple[Picture, Scan]:
    """Return luma (1, H, W) of a source, and its Scan with a word about discarded color."""
    scan = scan_of(source, max_pixels, color=False)
    if scan.pixels.shape[0] == 1:
        return scan.pixels, scan
    gray = luma_of(scan.pixels)
    if np.abs(scan.pixels - gray).max() > COLORFUL:
        scan = replace(scan, notes=(*scan.notes, DISCARDED))
    return gray, scan


def cues_of(
    source: Source, given: Given, max_pixels: int, tell: Callable[[str], None] = lambda sentence: None
) -> list[Cue]:
    """Return a cue for each picture to be made: one for all references or other colors, one a sample, or one.

    Args:
        source: the print, on which hints are given.
        given: what is given, checked.
        max_pixels: larger references are refused.
        tell: called with sentences for the user about what a method chose.

    Raises:
        InputError: a reference or the folder of them cannot be read, or hints do not fit the print.
    """
    hints = _hints_of(source, given, max_pixels) if "hints" in given.kinds else None
    if "references" in given.kinds:
        references = tuple(rgb_of(scan_of(reference, max_pixels).pixels) for reference in given.references)
        return [Cue(references, hints=hints)]
    if "palette" in given.kinds:
        return [Cue(palette=palette_of(given.palette, max_pixels), hints=hints)]
    if given.gallery is not None:
        gallery = gallery_of(given.gallery, max_pixels)
        if isinstance(gallery, FolderGallery) and isinstance(source, str | Path):
            own = gallery.name_of(Path(source))  # a tinted scan would be nearest to itself
            gallery = gallery if own is None else Without(gallery, own)
        return [Cue(hints=hints, gallery=gallery, tell=tell)]
    return [Cue(seed=given.seed + k, hints=hints) for k in range(given.samples)] or [Cue(hints=hints)]


def opened_palette(palette: Sequence[Swatch]) -> list[palettes.Color | Source]:
    """Return a palette with its colors as numbers and its pictures as they are.

    Raises:
        UsageError: a word is neither a color nor a picture's file.
    """
    found: list[palettes.Color | Source] = []
    for swatch in palette:
        if isinstance(swatch, str):
            found += _colors_or_file(swatch)
        elif isinstance(swatch, Scan | Path) or np.ndim(swatch) > 1:
            found.append(swatch)  # type: ignore[arg-type]
        else:
            found.append(drawing.rgb_of_color(swatch))  # type: ignore[arg-type]
    return found


def _colors_or_file(word: str) -> list[palettes.Color | Source]:
    try:
        return list(palettes.colors_in(word))
    except UsageError as error:
        if Path(word).exists():
            return [Path(word)]
        raise UsageError(
            f"{word!r} is neither a color nor a picture; write a name such as teal, or #2a9d8f, or a file's name."
        ) from error


def read_palette(palette: Sequence[Swatch], max_pixels: int) -> list[Swatch]:
    """Return a palette whose pictures are read, so that it can serve many jobs.

    Raises:
        InputError: a picture cannot be read.
        UsageError: a word is neither a color nor a picture's file.
    """
    opened = opened_palette(palette)
    return [scan_of(swatch, max_pixels) if isinstance(swatch, str | Path) else swatch for swatch in opened]


def palette_of(palette: Sequence[Swatch], max_pixels: int) -> Picture:
    """Return the patches (3, h, w) of a palette.

    Raises:
        InputError: a picture cannot be read.
        UsageError: a word is neither a color nor a picture's file.
    """
    patches: list[palettes.Patch] = []
    opened = opened_palette(palette)
    for swatch in opened:
        if isinstance(swatch, np.ndarray) and swatch.ndim == 1:
            patches.append((swatch, 1 / len(opened)))
        else:
            main = palettes.main_colors(rgb_of(scan_of(swatch, max_pixels).pixels))
            patches += [(color, area / len(opened)) for color, area in main]
    return palettes.laid_out(patches)


def gallery_of(gallery: str | Path | Gallery, max_pixels: int) -> Gallery:
    """Return a gallery, opened where it comes as a folder.

    Raises:
        InputError: there is no such folder, or it is empty.
    """
    return open_gallery(Path(gallery), max_pixels) if isinstance(gallery, str | Path) else gallery


def notes_on(cues: Sequence[Cue]) -> tuple[str, ...]:
    """Return sentences for the user about cues."""
    gray = any(np.ptp(reference, axis=0).max() < GRAY_SPREAD for cue in cues for reference in cue.references)
    return ("A reference is gray, so there are no colors to take from it.",) if gray else ()


def _hints_of(source: Source, given: Given, max_pixels: int) -> Hints:
    scan = scan_of(source, max_pixels)
    height, width = scan.pixels.shape[1:]
    hints = None
    if given.mask is not None:
        mask = _fitting(scan_of(given.mask, max_pixels, color=False).pixels, "mask", height, width)
        if given.scribbles is not None:
            colors = _fitting(_layer_of(given.scribbles, max_pixels)[0], "scribbles", height, width)
        elif scan.pixels.shape[0] == 3:
            colors = scan.pixels
        else:
            raise InputError("The mask shows colors, but the print has none; give a colored copy with --scribbles.")
        hints = drawing.masked(rgb_of(colors), np.asarray(rgb_to_luma(rgb_of(mask))))
    elif given.scribbles is not None:
        colors, opacity = _layer_of(given.scribbles, max_pixels)
        colors = rgb_of(_fitting(colors, "scribbles", height, width))
        if opacity is None or opacity.min() >= drawing.OPAQUE:
            hints = drawing.drawn_copy(colors, scan.pixels)
        else:
            hints = drawing.drawn_layer(colors, opacity)
    if given.hints:
        hints = drawing.joined(hints, drawing.points(given.hints, height, width))
    assert hints is not None
    return hints


def _layer_of(source: Source, max_pixels: int) -> tuple[Picture, Picture | None]:
    """Return a picture on white, and its opacity where it has one."""
    if isinstance(source, str | Path):
        return read(source, max_pixels).pixels, read_opacity(source)
    if isinstance(source, np.ndarray) and source.ndim == 3 and source.shape[0] == 4:
        colors, opacity = scan_of(source[:3], max_pixels).pixels, scan_of(source[3:], max_pixels).pixels
        return 1 - (1 - colors) * opacity, opacity
    return scan_of(source, max_pixels).pixels, None


def _fitting(pixels: Picture, name: str, height: int, width: int) -> Picture:
    """Refuse what is drawn on a picture of another size."""
    if pixels.shape[1:] != (height, width):
        drawn = f"{pixels.shape[2]} x {pixels.shape[1]} px"
        raise InputError(
            f"The size of the {name}, {drawn}, is not the print's, {width} x {height} px; draw on a copy of the print."
        )
    return pixels

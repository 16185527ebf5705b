"""Every color method on the same photographs: how near the truth, how true to the reference, how fast, how large."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.color import rgb2lab

from halftone_color import api, registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import Cue, Gallery
from halftone_color.errors import HcolorError, InputError
from halftone_color.evaluation import _retrieval
from halftone_color.evaluation._report import NO_PHOTOGRAPHS, Materials, Notify, mean, part, section, table
from halftone_color.evaluation.photographs import SIDE as SQUARE_PX
from halftone_color.evaluation.photographs import evenly, square, standard_picture, validation
from halftone_color.evaluation.timing import CORES, PICTURE, REFERENCE, SIDE, alone, megabytes, memory
from halftone_color.images.gallery import GalleryWithout
from halftone_color.images.reading import read
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.sources import rgb_of
from halftone_color.images.writing import write
from halftone_color.metrics.color import reference_distance
from halftone_color.metrics.fidelity import chroma_psnr, psnr
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.types import Picture, Progress, Task

TITLE = "Methods of coloring"
CROP = 0.8
"""Share of each side that stays of a reference."""
HINTS = 40
CELL_PX = 200
NONE = "-"
"""In place of a figure that has no meaning."""


@dataclass(frozen=True)
class MethodRow:
    """A method as it is asked for."""

    method: str = "network"
    cue: str = "references"
    """What it is given: references, hints, gallery, or automatic."""
    refine: str | None = None
    keep_luminance: bool = True
    options: dict[str, Any] = field(default_factory=dict)


ROWS = {
    "network, automatic": MethodRow(cue="automatic"),
    "network": MethodRow(),
    "network, refined": MethodRow(refine="levin"),
    "network, refined by gram": MethodRow(refine="gram"),
    "network, hints, refined": MethodRow(cue="hints", refine="levin"),
    "levin": MethodRow("levin", "hints"),
    "poisson": MethodRow("poisson", "hints"),
    "lut": MethodRow("lut"),
    "lut, luminance too": MethodRow("lut", keep_luminance=False),
    "lut rgb-then-yuv": MethodRow("lut", options={"space": "rgb-then-yuv"}),
    "edges": MethodRow("edges"),
    "wavelet": MethodRow("wavelet"),
    "wavelet, luminance too": MethodRow("wavelet", keep_luminance=False),
    "gram": MethodRow("gram"),
    "gram, luminance too": MethodRow("gram", keep_luminance=False),
    "gallery": MethodRow("gallery", "gallery"),
    "gallery, three nearest": MethodRow("gallery", "gallery", options={"count": 3}),
}


@dataclass(frozen=True)
class MethodsExtent:
    """Of what the section is made."""

    rows: tuple[str, ...] = tuple(ROWS)
    """Names of those of ROWS that are measured."""
    count: int = 24
    """Photographs that are measured ..."""
    shown: int = 8
    """... and of these on the page of pictures."""
    square_px: int = SQUARE_PX
    """Side of the photographs."""
    side_px: int = SIDE
    """Side of the picture whose cost is measured."""
    gallery: _retrieval.RetrievalExtent = field(default_factory=_retrieval.RetrievalExtent)


@dataclass(frozen=True)
class MethodFigures:
    """What is measured of one result."""

    seconds: float
    decibels: float | None = None
    chroma_decibels: float | None = None
    distance: float | None = None
    """Of the colors from the reference's."""
    lightness: float = 0.0
    """Mean difference of L* between the gray of the result and the print."""


@dataclass(frozen=True)
class MethodCase:
    """A print with what may be given for its colors."""

    name: str
    gray: Picture
    reference: Picture
    truth: Picture | None = None
    gallery: Gallery | None = None

    def hints(self, count: int = HINTS) -> list[tuple[int, int, tuple[float, float, float]]]:
        """Return true colors at seeded points."""
        assert self.truth is not None
        height, width = self.truth.shape[1:]
        places = np.random.default_rng(0).integers(0, (width, height), (count, 2))
        return [(int(x), int(y), _color(self.truth[:, y, x])) for x, y in places]


def measure(materials: Materials, extent: MethodsExtent | None = None) -> str:
    """Return the section: photographs, exemplar pairs where their folder is given, cost, and the gallery's retrieval.

    Draws the page of pictures where the materials name its file.

    Args:
        materials: what to measure.
        extent: of what, and how much.
    """
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    extent = extent or MethodsExtent()
    cells: list[tuple[str, Picture]] = []
    with TemporaryDirectory() as folder:
        cache = Path(folder)
        outcome = _retrieval.search(
            materials.photos,
            cache,
            Run.open(materials.conditions),
            extent.gallery,
            part(materials.notify, 0.0, 0.2),
        )
        photographs = cases_of_photographs(materials.photos, cache, extent)
        figures = _measured(photographs, materials, part(materials.notify, 0.2, 0.6), cells, extent)
    parts = [_photographs_told(figures, len(photographs), extent)]
    if materials.pairs is not None:
        pairs = cases_of_pairs(materials.pairs)
        all_shown = replace(extent, shown=len(pairs))
        figures = _measured(pairs, materials, part(materials.notify, 0.6, 0.8), cells, all_shown)
        parts.append(_pairs_told(figures, len(pairs)))
    parts += [_costs_told(materials.conditions, part(materials.notify, 0.8, 1.0), extent), outcome.told()]
    if materials.sheet is not None:
        write(materials.sheet, contact_sheet(cells, 3 + len(extent.rows), CELL_PX), overwrite=True)
    return section(TITLE, *parts)


def cases_of_photographs(folder: Path, cache: Path, extent: MethodsExtent) -> list[MethodCase]:
    """Return validation photographs as prints, their references mirrored and cropped.

    Each has a gallery without it.
    """
    shelf = _retrieval.some_of(folder, cache, extent.gallery.pictures)
    cases = []
    for file in evenly(validation(folder), extent.count):
        truth = square(file, extent.square_px)
        gray = np.asarray(rgb_to_luma(truth), np.float32)
        others = GalleryWithout(shelf, str(file.relative_to(folder)))
        cases.append(MethodCase(file.stem, gray, mirrored(truth), truth, others))
    return cases


def cases_of_pairs(folder: Path) -> list[MethodCase]:
    """Return the prints of a folder of pairs, NAME_target.* and NAME_ref.*.

    Raises:
        InputError: there is no pair.
    """
    if not folder.is_dir():
        raise InputError(
            f"{folder} is not a folder; name one of prints (NAME_target.png) with references (NAME_ref.png)."
        )
    prints = {path.stem.removesuffix("_target"): path for path in sorted(folder.glob("*_target.*"))}
    references = {path.stem.removesuffix("_ref"): path for path in sorted(folder.glob("*_ref.*"))}
    names = [name for name in prints if name in references]
    if not names:
        raise InputError(
            f"{folder} holds no pair NAME_target.* and NAME_ref.*; name a folder of prints and references."
        )
    return [
        MethodCase(name, read(prints[name], color=False).pixels, rgb_of(read(references[name]).pixels))
        for name in names
    ]


def mirrored(rgb: Picture) -> Picture:
    """Return the middle CROP of each side of (3, H, W), left and right exchanged."""
    height, width = rgb.shape[1:]
    down, right = (round(side * (1 - CROP) / 2) for side in (height, width))
    return np.ascontiguousarray(rgb[:, down : height - down, right : width - right][:, :, ::-1])


def colored(row: MethodRow, case: MethodCase, conditions: Conditions) -> Picture | None:
    """Return what a method makes of a case, None where it cannot be given what it takes."""
    given: dict[str, Any] = {}
    if row.cue == "references":
        given["references"] = [case.reference]
    elif row.cue == "hints" and case.truth is not None:
        given["hints"] = case.hints()
    elif row.cue == "gallery" and case.gallery is not None:
        return _by_gallery(row, case, conditions)
    elif row.cue != "automatic":
        return None
    given |= {"method": row.method, "refine": row.refine, "keep_luminance": row.keep_luminance}
    return api.colorize(case.gray, **vars(conditions), **given, **row.options).picture


def _by_gallery(row: MethodRow, case: MethodCase, conditions: Conditions) -> Picture:
    """Return what a method makes of a case whose gallery is not a folder."""
    method = registry.build("colorizers", Choice.of(row.method, row.options))
    picture: Picture = method(Task(case.gray, cue=Cue(gallery=case.gallery)), Run.open(conditions))
    return picture


def figures_of(row: MethodRow, case: MethodCase, result: Picture, seconds: float) -> MethodFigures:
    """Return the figures of a result."""
    truth, distance = case.truth, None
    if row.cue == "references":
        distance = reference_distance(result, case.reference)
    return MethodFigures(
        seconds,
        psnr(result, truth) if truth is not None else None,
        chroma_psnr(result, truth) if truth is not None else None,
        distance,
        float(np.abs(_lightness(rgb_to_luma(result)) - _lightness(case.gray)).mean()),
    )


def time_row(name: str, conditions: Conditions, side: int) -> tuple[float, int | None]:
    """Return the seconds and the most bytes above start-up that a row of ROWS takes for side x side px, alone."""
    rgb = standard_picture(PICTURE)
    times = -(-side // rgb.shape[1])
    truth = np.ascontiguousarray(np.tile(rgb, (1, times, times))[:, :side, :side])
    gray = np.asarray(rgb_to_luma(truth), np.float32)
    gallery = Shelf({PICTURE: mirrored(rgb), REFERENCE: standard_picture(REFERENCE)})
    warm = MethodCase("", gray[:, :64, :64].copy(), standard_picture(REFERENCE), truth[:, :64, :64].copy(), gallery)
    colored(ROWS[name], warm, conditions)
    before = memory("VmRSS")
    start = time.perf_counter()
    colored(ROWS[name], MethodCase("", gray, standard_picture(REFERENCE), truth, gallery), conditions)
    seconds = time.perf_counter() - start
    peak = memory("VmHWM")
    return seconds, peak - before if peak is not None and before is not None else None


@dataclass(frozen=True)
class Shelf:
    """A gallery in memory."""

    pictures: dict[str, Picture]

    def descriptors(self, key: str, describe: Any, progress: Progress | None = None) -> tuple[Sequence[str], Any]:
        """As types.Gallery says."""
        return list(self.pictures), np.stack([describe(rgb_to_luma(rgb)) for rgb in self.pictures.values()])

    def picture(self, name: str) -> Picture:
        """As types.Gallery says."""
        return self.pictures[name]


def _measured(
    cases: Sequence[MethodCase],
    materials: Materials,
    notify: Notify,
    cells: list[tuple[str, Picture]],
    extent: MethodsExtent,
) -> dict[str, list[MethodFigures]]:
    """Return each row's figures over the cases, and add those shown to the cells of the page of pictures."""
    figures: dict[str, list[MethodFigures]] = {name: [] for name in extent.rows}
    blank = np.ones((1, 1, 1), np.float32)
    on_page = evenly([Path(case.name) for case in cases], extent.shown) if materials.sheet is not None else []
    for done, case in enumerate(cases):
        notify(done / len(cases), f"coloring {case.name}")
        line = [(case.name, case.gray), ("reference", case.reference)]
        line.append(("truth", case.truth) if case.truth is not None else ("", blank))
        for name in extent.rows:
            row, start = ROWS[name], time.perf_counter()
            try:
                result = colored(row, case, materials.conditions)
            except HcolorError as error:  # a method may refuse a picture, which the page shows
                line.append((f"{name}: {error}", blank))
                continue
            if result is None:
                line.append(("", blank))
                continue
            figures[name].append(figures_of(row, case, result, time.perf_counter() - start))
            line.append((name, result))
        if Path(case.name) in on_page:
            cells += line
    return figures


def _photographs_told(figures: dict[str, list[MethodFigures]], count: int, extent: MethodsExtent) -> str:
    head = ["", "s", "PSNR dB", "chroma PSNR dB", "L1 to reference", "lightness error"]
    return "\n\n".join(
        (
            f"{count} validation photographs, gray, {extent.square_px} x {extent.square_px} px. References: the "
            f"photograph mirrored, the middle {CROP:.0%} of each side. Hints: {HINTS} true colors at seeded points. "
            f"The gallery holds {extent.gallery.pictures} photographs at most, the one to be colored left out. Chroma "
            "PSNR: true luma "
            "substituted. L1: of smoothed 32 x 32 ab histograms, result against reference, 0 to 2. Lightness error: "
            "the mean difference of L* of the luma from the print's. Seconds with whatever else this machine is doing.",
            table(head, [[name, *_means(listed)] for name, listed in figures.items()]),
        )
    )


def _pairs_told(figures: dict[str, list[MethodFigures]], count: int) -> str:
    told = {name: listed for name, listed in figures.items() if listed}
    return "\n\n".join(
        (
            f"{count} exemplar pairs, as other papers use them; there is no truth.",
            table(
                ["", "s", "L1 to reference", "lightness error"],
                [[name, cell[0], cell[3], cell[4]] for name, cell in ((n, _means(ls)) for n, ls in told.items())],
            ),
        )
    )


def _means(listed: Sequence[MethodFigures]) -> list[str]:
    """Return the cells of a row: the means of what is there."""

    def told(name: str, digits: int) -> str:
        values = [value for figures in listed if (value := getattr(figures, name)) is not None]
        return f"{mean(values):.{digits}f}" if values else NONE

    columns = {"seconds": 2, "decibels": 2, "chroma_decibels": 2, "distance": 3, "lightness": 2}
    return [told(name, digits) for name, digits in columns.items()]


def _costs_told(conditions: Conditions, notify: Notify, extent: MethodsExtent) -> str:
    rows = []
    for done, name in enumerate(extent.rows):
        notify(done / len(extent.rows), f"timing {name}")
        seconds, extra = alone(time_row, name, conditions, extent.side_px)
        rows.append([name, f"{seconds:.1f}", megabytes(extra)])
    return "\n\n".join(
        (
            f"Cost of {extent.side_px} x {extent.side_px} px, each in a process of its own held to {CORES} cores; "
            "memory is the peak above what it held before.",
            table(["", "s", "MB"], rows),
        )
    )


def _lightness(gray: Picture) -> NDArray[np.float64]:
    """Return L* (H, W) of a gray picture (1, H, W)."""
    return np.asarray(rgb2lab(np.repeat(np.asarray(gray, np.float64), 3, 0), channel_axis=0)[0])


def _color(values: NDArray[np.float32]) -> tuple[float, float, float]:
    red, green, blue = (float(value) for value in values)
    return red, green, blue

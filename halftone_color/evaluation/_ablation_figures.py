"""Figures of one row of the ablation: recoveries, random results and their realism, all from halftones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from halftone_color.evaluation._ablation_coloring import (
    Print,
    Said,
    code_of,
    color_first,
    drawn_code,
    ihn_first,
    printed,
    small,
)
from halftone_color.evaluation._report import Notify, mean
from halftone_color.evaluation.photographs import evenly, square, validation
from halftone_color.evaluation.sections.random import Pooled, look
from halftone_color.metrics.features import feature_distance, kid
from halftone_color.metrics.fidelity import psnr, ssim
from halftone_color.networks.mobilenet_v2 import Classifier
from halftone_color.run import Run
from halftone_color.types import Picture

SAMPLES = 2
"""Random results of each photograph, one pair for the diversity."""
TOGETHER = 3
"""Results of a photograph that realism is measured on: recovery by code, another one's code, first random one."""
Join = Callable[[Picture, Picture], Picture]


@dataclass(frozen=True)
class Pages:
    """Halftones of photographs, and what realism is measured against."""

    pages: list[Print]
    against: list[Pooled]
    """Features of the other validation photographs, true colors."""


@dataclass(frozen=True)
class AblationFigures:
    """Means over the photographs; None where a row has no such results."""

    psnr: float
    ssim: float
    """Recovery by the code of the true colors."""
    guided_psnr: float | None
    guided_ssim: float | None
    """Recovery by code and reference."""
    diversity: float | None
    """Feature distance between two random results of one photograph."""
    kid: float
    """KID x 1000 over recoveries by code, results by another photograph's code and first random results together."""

    def cells(self) -> dict[str, float | None]:
        """Return the figures by name."""
        return asdict(self)


def pages_of(photos: Path, count: int, side: int, run: Run, judge: Classifier, notify: Notify) -> Pages:
    """Halftone and descreen squares of `count` validation photographs, and look at those of all others."""
    files = validation(photos)
    chosen = evenly(files, count)
    others = [file for file in files if file not in set(chosen)]
    pages, against = [], []
    for done, file in enumerate(files):
        notify(done / len(files), f"descreening {file.name}")
        if file in others:
            against.append(look(judge, square(file, side))[1])
        else:
            pages.append(printed(square(file, side), run))
    return Pages(pages, against)


def measure_row(
    pages: Pages, run: Run, judge: Classifier, guided: bool, join: Join | None, notify: Notify
) -> AblationFigures:
    """Return the figures of a row.

    Args:
        pages: what is colored.
        run: has inverse halftone network, colorizer and color encoder.
        judge: MobileNetV2.
        guided: whether the row was trained with references, so that they can guide.
        join: makes one picture of both cascade orders' (3, s, s); without, IHN -> C alone.
        notify: called with the share done.
    """
    scores: dict[str, list[tuple[float, float]]] = {"code": [], "guided": []}
    apart: list[float] = []
    pooled: list[list[Pooled]] = []
    for done, page in enumerate(pages.pages):
        notify(done / len(pages.pages), "measuring")
        stranger = pages.pages[(done + len(pages.pages) // 2) % len(pages.pages)].truth
        own = code_of(page.truth, run)
        cues = [Said(own), Said(code_of(stranger, run))]
        cues += [Said(drawn_code(SAMPLES * done + k, run)) for k in range(SAMPLES)]
        cues += [Said(own, small(page.truth))] if guided else []
        made = _restored(page, cues, run, join)
        for name, picture in zip(("code", "guided"), (made[0], *made[2 + SAMPLES :]), strict=False):
            scores[name].append((psnr(picture, page.truth), ssim(picture, page.truth)))
        seen = [look(judge, picture) for picture in made[: 2 + SAMPLES]]
        pooled.append([features for _, features in seen[:TOGETHER]])
        apart.append(feature_distance(seen[2][0], seen[3][0]))
    code, both = ([mean(column) for column in zip(*rows, strict=True)] for rows in scores.values())
    guided_psnr, guided_ssim = both or (None, None)
    return AblationFigures(code[0], code[1], guided_psnr, guided_ssim, mean(apart), _realism(pooled, pages))


def gray_row(pages: Pages, judge: Classifier) -> AblationFigures:
    """Return the figures of the descreened pictures without any colors."""
    grays = [np.repeat(page.contone, 3, 0) for page in pages.pages]
    pairs = list(zip(grays, (page.truth for page in pages.pages), strict=True))
    decibels, likeness = (mean(measure(*pair) for pair in pairs) for measure in (psnr, ssim))
    return AblationFigures(
        decibels, likeness, None, None, None, _realism([[look(judge, gray)[1]] for gray in grays], pages)
    )


def _restored(page: Print, cues: Sequence[Said], run: Run, join: Join | None) -> list[Picture]:
    """Return (3, s, s) for each cue."""
    first = ihn_first(page, cues, run)
    return [join(*both) for both in zip(first, color_first(page, cues, run), strict=True)] if join else first


def _realism(pooled: Sequence[Sequence[Pooled]], pages: Pages) -> float:
    """Return KID x 1000 of results of several kinds together.

    Each set that is compared has one result of each photograph, the kinds in turn: near copies of one picture in a set
    would pass for monotony. The mean is over as many sets as there are kinds, so that every result is in one.
    """
    kinds, against = len(pooled[0]), np.stack(pages.against)
    sets = [np.stack([row[(place + first) % kinds] for place, row in enumerate(pooled)]) for first in range(kinds)]
    return 1000 * mean(kid(features, against) for features in sets)

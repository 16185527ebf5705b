"""A gray picture colored from a color camera beside it: Cycle CNN beside classical matching, on Middlebury's pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halftone_color.evaluation import _stereo_cycle, _stereo_fitting, _stereo_speed
from halftone_color.evaluation._report import Materials, mean, part, section, table, verdict
from halftone_color.evaluation._stereo_pairs import CONTRAST, MEASURED, NOISE, OTHER_EXPOSURE, MeasuredPair, read_pairs
from halftone_color.evaluation._stereo_rows import BLOCK, CLASSICAL, CYCLE, ROWS, SEMI_GLOBAL
from halftone_color.images.sheet import contact_sheet
from halftone_color.images.writing import write
from halftone_color.metrics.fidelity import chroma_psnr
from halftone_color.types import Picture

TITLE = "Monochrome and color camera"
NO_PAIRS = "not measured: --pairs with a folder of rectified pairs and INDEX.csv"
ASKED_DB, ASKED_ABOVE_DB = 33.5, 2.0
"""Least mean PSNR of Cycle CNN, and how far it aims above the best classical row."""
ASKED_BLOCK_DB, ASKED_SEMI_GLOBAL_DB = 29.5, 33.0
"""Least of the classical rows, so that they are worth beating."""
CELL_PX = 240
Scores = dict[str, dict[str, float]]
"""PSNR in dB by row and pair."""


@dataclass(frozen=True)
class StereoExtent:
    """Of what the section is made."""

    rows: tuple[str, ...] = tuple(ROWS)
    fit_minutes: float = 1.0
    """Minutes of fitting on a pair alone; 0 leaves it out."""
    timed: tuple[tuple[int, int, int], ...] = _stereo_speed.SIZES
    """Widths, heights and largest disparities that are timed."""


def measure(materials: Materials, extent: StereoExtent | None = None) -> str:
    """Return the section: PSNR of every row, the second colorization, fitting on a pair, and what it costs.

    Draws the sheet of all pairs where the materials name its file.
    """
    if materials.pairs is None:
        return section(TITLE, NO_PAIRS)
    extent = extent or StereoExtent()
    pairs = read_pairs(materials.pairs)
    cells: list[tuple[str, Picture]] = []
    scores: Scores = {row: {} for row in extent.rows}
    others: Scores = {row: {} for row in extent.rows}
    for done, pair in enumerate(pairs):
        notify = part(materials.notify, 0.6 * done / len(pairs), 0.6 * (done + 1) / len(pairs))
        line = [(f"{pair.name}, gray", pair.gray), ("color view", pair.view), ("truth", pair.truth)]
        for number, row in enumerate(extent.rows):
            notify(number / len(extent.rows), f"{row}: {pair.name}")
            result = ROWS[row](pair, materials.conditions)
            scores[row][pair.name] = chroma_psnr(result, pair.truth)
            line.append((f"{row} {scores[row][pair.name]:.2f} dB", result))
            if pair.name != OTHER_EXPOSURE:
                other = pair.by_another_camera()
                others[row][pair.name] = chroma_psnr(ROWS[row](other, materials.conditions), pair.truth)
        cells += line + _stereo_cycle.maps(pair, materials.conditions)
    second = _stereo_cycle.told(pairs, materials.conditions, part(materials.notify, 0.6, 0.75))
    fitting = _stereo_fitting.told(pairs, materials, extent.fit_minutes)
    speed = _stereo_speed.told(pairs[0], materials.conditions, extent.timed)
    if materials.sheet is not None:
        write(materials.sheet, contact_sheet(cells, len(cells) // len(pairs), CELL_PX), overwrite=True)
    return section(TITLE, _scores_told(scores, others, pairs), _verdicts(scores, others), second, fitting, speed)


def _scores_told(scores: Scores, others: Scores, pairs: Sequence[MeasuredPair]) -> str:
    names = [pair.name for pair in pairs]
    rows = []
    for row, by_pair in scores.items():
        figures = [f"{_mean(by_pair):.2f}", *(f"{by_pair[name]:.2f}" for name in names)]
        rows.append([row, *figures, f"{_mean(others[row]):.2f}"])
    return "\n\n".join(
        (
            "PSNR in dB of the first colorization in RGB, the true luma substituted. Left view gray, right view color; "
            f"the mean is over {', '.join(name for name in names if name in MEASURED)}. {OTHER_EXPOSURE}: right view "
            f"at .60 of the left's luma. Last column: the gray picture by a camera with {CONTRAST:g} of a smooth step "
            f"in its response and noise of {NOISE:g}, the same mean.",
            table(["", "mean", *names, "response, noise"], rows),
        )
    )


def _verdicts(scores: Scores, others: Scores) -> str:
    if not {BLOCK, SEMI_GLOBAL, CYCLE} <= set(scores):
        return "Not judged: rows are missing."
    means = {row: _mean(by_pair) for row, by_pair in scores.items()}
    classical = [row for row in CLASSICAL if row in scores]
    best = max(means[row] for row in classical)
    above = means[CYCLE] - best
    noisy = _mean(others[CYCLE]) - max(_mean(others[row]) for row in classical)
    told = [
        f"block matching >= {ASKED_BLOCK_DB}: {verdict(f'{means[BLOCK]:.2f}', means[BLOCK] >= ASKED_BLOCK_DB)}",
        f"semi-global >= {ASKED_SEMI_GLOBAL_DB:g}: "
        f"{verdict(f'{means[SEMI_GLOBAL]:.2f}', means[SEMI_GLOBAL] >= ASKED_SEMI_GLOBAL_DB)}",
        f"Cycle CNN >= {ASKED_DB}: {verdict(f'{means[CYCLE]:.2f}', means[CYCLE] >= ASKED_DB)}",
        f"above the best classical row: {verdict(f'{above:+.2f}', above >= 0)}, aim +{ASKED_ABOVE_DB:g}: "
        f"{verdict(f'{above:+.2f}', above >= ASKED_ABOVE_DB)}",
        f"the same with a response and noise: {verdict(f'{noisy:+.2f}', noisy >= 0)}",
    ]
    if OTHER_EXPOSURE in scores[CYCLE]:
        exposed = scores[CYCLE][OTHER_EXPOSURE] - max(scores[row][OTHER_EXPOSURE] for row in classical)
        told.append(f"the same with another exposure: {verdict(f'{exposed:+.2f}', exposed >= 0)}")
    return f"Asked: {'; '.join(told)}."


def _mean(by_pair: dict[str, float]) -> float:
    """Return the mean over the measured pairs, or over all where none of them is there."""
    listed = [value for name, value in by_pair.items() if name in MEASURED] or list(by_pair.values())
    return float(np.nan) if not listed else mean(listed)

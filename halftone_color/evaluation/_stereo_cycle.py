"""There and back: the second colorization of each test pair, and how it goes with the first, square by square."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers.stereo import StereoColorizer
from halftone_color.evaluation._report import Notify, table
from halftone_color.evaluation._stereo_pairs import MEASURED, MeasuredPair
from halftone_color.metrics.fidelity import psnr, ssim
from halftone_color.run import Conditions, Run
from halftone_color.types import Picture

SQUARE_PX = 128


def told(pairs: Sequence[MeasuredPair], conditions: Conditions, notify: Notify) -> str:
    """Return PSNR and SSIM of both colorizations, and their correlation over whole squares of SQUARE_PX."""
    run, rows, squares = Run.open(conditions), [], []
    listed = [pair for pair in pairs if pair.name in MEASURED] or list(pairs)
    for done, pair in enumerate(listed):
        notify(done / len(listed), f"there and back: {pair.name}")
        results = both(pair, run)
        truths = (pair.truth, pair.view)
        marks = [(psnr(x, truth), ssim(x, truth)) for x, truth in zip(results, truths, strict=True)]
        rows.append([pair.name, *(f"{decibels:.2f} / {likeness:.3f}" for decibels, likeness in marks)])
        squares += _squares(results, truths)
    figures = np.array(squares).reshape(-1, 4)
    correlations = [_correlation(figures[:, a], figures[:, a + 2]) for a in (0, 1)]
    head = ["PSNR dB / SSIM", "first", "second"]
    return "\n\n".join(
        (
            "First and second colorization, RGB with the true luma; the second colors the right view's luma from the "
            "first, and is measured against the right view.",
            table(head, rows),
            f"Correlation of first and second over {len(figures)} whole squares of {SQUARE_PX} px: PSNR "
            f"{correlations[0]:.3f}, SSIM {correlations[1]:.3f}. The paper on its Middlebury: first 42.30 / .983, "
            "second 42.35 / .984, correlation .993 and .984.",
        )
    )


def both(pair: MeasuredPair, run: Run) -> tuple[Picture, Picture]:
    """Return the first colorization with the left view's luma, and the second with the right view's: (3, H, W)."""
    luma, chroma = rgb_to_ycc(pair.view)
    there = StereoColorizer(side="left").colored_pair(pair.gray, np.concatenate([luma, chroma]), run)
    seen = np.concatenate([pair.gray, there.chroma])
    back = StereoColorizer(side="right").colored_pair(np.asarray(luma, np.float32), seen, run)
    first = ycc_to_rgb(rgb_to_ycc(pair.truth)[0], there.chroma)
    second = ycc_to_rgb(luma, back.chroma)
    return tuple(np.clip(x, 0, 1).astype(np.float32) for x in (first, second))


def maps(pair: MeasuredPair, conditions: Conditions) -> list[tuple[str, Picture]]:
    """Return cells of a sheet: where both views agree on a match, and GCA's confidence, white for much."""
    ycc = np.concatenate(rgb_to_ycc(pair.view)).astype(np.float32)
    found = StereoColorizer(side="left").colored_pair(pair.gray, ycc, Run.open(conditions))
    return [("matched", found.known[None].astype(np.float32)), ("confidence of GCA", np.clip(found.trust, 0, 1))]


def _squares(results: Sequence[Picture], truths: Sequence[Picture]) -> list[list[float]]:
    """Return PSNR and SSIM of the first, then of the second, for each whole square."""
    height, width = truths[0].shape[1:]
    found = []
    for top in range(0, height - SQUARE_PX + 1, SQUARE_PX):
        for left in range(0, width - SQUARE_PX + 1, SQUARE_PX):
            place = np.s_[:, top : top + SQUARE_PX, left : left + SQUARE_PX]
            found.append(
                [
                    figure(x[place], truth[place])
                    for x, truth in zip(results, truths, strict=True)
                    for figure in (psnr, ssim)
                ]
            )
    return found


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return Pearson's correlation, not a number of fewer than two squares."""
    if len(first) < 2:
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])

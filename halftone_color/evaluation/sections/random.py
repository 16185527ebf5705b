"""The random scheme measured on validation photographs: do samples differ in things, are they as colorful as life."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.color import lab2rgb, rgb2lab

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.evaluation._report import NO_BACKBONE, NO_PHOTOGRAPHS, Materials, mean, section, table, verdict
from halftone_color.evaluation.photographs import SIDE, evenly, square, validation
from halftone_color.metrics.color import colorfulness
from halftone_color.metrics.features import feature_distance, kid
from halftone_color.networks.mobilenet_v2 import Classifier
from halftone_color.training.backbone import load_backbone
from halftone_color.types import Picture

TITLE = "Random"
COUNT, SAMPLES, SEED = 100, 4, 0
FEWEST = 3
"""Photographs needed: each is tinted by two others."""
STAGES = tuple(f"stage{i}" for i in range(5))
BACKBONE = "MobileNetV2 stages 0-4"
TRUTH, SAMPLED, AUTOMATIC, TINTED, GRAY = "true photographs", "samples", "automatic", "tinted", "gray"
ASKED_SHARE = 0.5
"""Least feature distance between samples over that between tints."""
ASKED_COLOR = (0.5, 1.3)
"""Range of colorfulness over that of the true photographs."""

Pooled = NDArray[np.float32]
"""Features of one picture, (1280,)."""


class RandomTally:
    """Figures of one row, photograph by photograph."""

    def __init__(self) -> None:
        self.colorfulness: list[float] = []
        self.variance: list[float] = []
        self.distance: list[float] = []
        self.pooled: list[list[Pooled]] = []

    def add(self, pictures: Sequence[Picture], backbone: Classifier | None) -> None:
        """Take in the pictures (3, H, W) that were made of one photograph."""
        self.colorfulness.append(mean(colorfulness(picture) for picture in pictures))
        if len(pictures) > 1:
            self.variance.append(difference_variance(pictures[0], pictures[1]))
        if backbone is None:
            return
        seen = [look(backbone, picture) for picture in pictures]
        self.pooled.append([pooled for _, pooled in seen])
        if len(pictures) > 1:
            self.distance.append(mean(feature_distance(a[0], b[0]) for a, b in combinations(seen, 2)))


def measure(materials: Materials, count: int = COUNT, side: int = SIDE) -> str:
    """Return the section: colorfulness, diversity and likeness to photographs of each row.

    Args:
        materials: what to measure.
        count: number of photographs, evenly spaced through the validation split.
        side: of the squares that are measured, px.

    Raises:
        InputError: there are too few photographs to lend each other colors.
    """
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    files = validation(materials.photos)
    if len(files) < FEWEST:
        raise InputError(f"{materials.photos} holds {len(files)} validation photographs; give at least {FEWEST}.")
    chosen = evenly(files, count)
    others = [file for file in files if file not in set(chosen)]
    backbone = load_backbone(materials.backbone) if materials.backbone else None
    tallies = {row: RandomTally() for row in (TRUTH, SAMPLED, AUTOMATIC, TINTED, GRAY)}
    for done, (file, mean_abs) in enumerate(
        zip(chosen, _unrelated_colors([square(file, side) for file in chosen]), strict=True)
    ):
        materials.notify(done / len(chosen), f"coloring {file.name} at random")
        truth = square(file, side)
        gray = np.asarray(rgb_to_luma(truth), np.float32)
        sampled = api.colorize(gray, samples=SAMPLES, seed=SEED, **vars(materials.conditions))
        tallies[TRUTH].add([truth], backbone)
        tallies[SAMPLED].add(sampled.pictures, backbone)
        tallies[AUTOMATIC].add([api.colorize(gray, **vars(materials.conditions)).picture], backbone)
        tallies[TINTED].add([tinted(gray, mean_ab) for mean_ab in mean_abs], backbone)
        tallies[GRAY].add([np.repeat(gray, 3, 0)], backbone)
    unseen = [look(backbone, square(file, side))[1] for file in others] if backbone else []
    return section(
        TITLE,
        f"{len(chosen)} validation photographs, {side} x {side} px, colored from their true luma; {SAMPLES} samples, "
        f"seed {SEED}. Tinted: the same luma with the mean ab of each of two other photographs. Feature distance "
        f"({BACKBONE}) between pairs of one photograph's pictures. Variance over the picture of (first ab - second ab) "
        "in CIELAB; a tint's would be zero but for colors that sRGB lacks. KID x 1000 on MobileNetV2's pooled "
        f"features against {len(others)} other validation photographs. Neither is LPIPS or FID.",
        table(
            ["", "colorfulness / true", f"feature distance ({BACKBONE})", "variance of ab difference", "KID x 1000"],
            [[row, *_cells(tally, tallies[TRUTH], unseen)] for row, tally in tallies.items()],
        ),
        _verdicts(tallies),
    )


def look(backbone: Classifier, rgb: Picture) -> tuple[list[NDArray[np.float32]], Pooled]:
    """Return the feature maps of STAGES and the pooled features of (3, H, W), sides multiples of 32."""
    with torch.inference_mode():
        seen = backbone(torch.from_numpy(rgb)[None].contiguous(memory_format=torch.channels_last))
    return [np.asarray(seen[stage][0]) for stage in STAGES], np.asarray(seen["pooled"][0])


def difference_variance(first: Picture, second: Picture) -> float:
    """Return the variance over the picture of the CIELAB ab difference of two (3, H, W), summed over a and b."""
    difference = _ab(first) - _ab(second)
    return float(difference.var(axis=(1, 2)).sum())


def tinted(gray: Picture, ab: NDArray[np.float64]) -> Picture:
    """Return (3, H, W): the CIELAB lightness of gray (1, H, W) with one ab (2,) everywhere."""
    lab = np.asarray(rgb2lab(np.repeat(np.asarray(gray, np.float64), 3, 0), channel_axis=0))
    lab[1:] = ab[:, None, None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # colors that do not exist, clipped
        return np.asarray(lab2rgb(lab, channel_axis=0), np.float32)


def _ab(rgb: Picture) -> NDArray[np.float64]:
    return np.asarray(rgb2lab(np.asarray(rgb, np.float64), channel_axis=0)[1:])


def _unrelated_colors(pictures: Sequence[Picture]) -> list[list[NDArray[np.float64]]]:
    """Return for every picture (3, H, W) the mean ab of two others, drawn at random from SEED."""
    rng = np.random.default_rng(SEED)
    mean_abs = [_ab(rgb).mean((1, 2)) for rgb in pictures]
    unrelated = []
    for index in range(len(pictures)):
        rest = np.delete(np.arange(len(pictures)), index)
        unrelated.append([mean_abs[other] for other in rng.choice(rest, 2, replace=False)])
    return unrelated


def _cells(tally: RandomTally, truth: RandomTally, unseen: list[Pooled]) -> list[str]:
    pairs = bool(tally.variance)
    distance = f"{mean(tally.distance):.4f}" if tally.distance else NO_BACKBONE
    return [
        f"{mean(tally.colorfulness) / mean(truth.colorfulness):.2f}",
        distance if pairs else "",
        f"{mean(tally.variance):.1f}" if pairs else "",
        _kid(tally, unseen),
    ]


def _kid(tally: RandomTally, unseen: list[Pooled]) -> str:
    """Return KID x 1000, the mean over the samples."""
    if not tally.pooled:
        return NO_BACKBONE
    if min(len(tally.pooled), len(unseen)) < 2:
        return "not measured: give more photographs"
    sets = zip(*tally.pooled, strict=True)  # all first samples, all second samples, ...
    return f"{1000 * mean(kid(np.stack(features), np.stack(unseen)) for features in sets):.1f}"


def _verdicts(tallies: dict[str, RandomTally]) -> str:
    low, high = ASKED_COLOR
    parts = []
    if tallies[SAMPLED].distance:
        share = mean(tallies[SAMPLED].distance) / mean(tallies[TINTED].distance)
        parts.append(f"feature distance of samples over that of tints >= {ASKED_SHARE}: {_told(share, ASKED_SHARE)}")
    for row in (SAMPLED, AUTOMATIC):
        ratio = mean(tallies[row].colorfulness) / mean(tallies[TRUTH].colorfulness)
        parts.append(f"colorfulness of {row} in {low} to {high}: {_told(ratio, low, high)}")
    return f"Asked: {'; '.join(parts)}."


def _told(figure: float, low: float, high: float = np.inf) -> str:
    return verdict(f"{figure:.2f}", low <= figure <= high)

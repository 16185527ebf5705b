"""Figures of one row of the section color, added up photograph by photograph, as a judge network sees them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from halftone_color.evaluation._report import mean
from halftone_color.evaluation.sections.random import STAGES, Pooled
from halftone_color.metrics.color import colorfulness, mean_ab
from halftone_color.metrics.features import feature_distance, kid
from halftone_color.metrics.fidelity import chroma_psnr
from halftone_color.metrics.patchiness import flat_share
from halftone_color.metrics.recognition import gap_closed
from halftone_color.types import Picture

Values = NDArray[np.float64]
Judge = Callable[[Tensor], dict[str, Tensor]]
"""Maps (1, 3, H, W) sRGB to the STAGES, pooled (1, 1280) and logits (1, 1000): networks.mobilenet_v2.Classifier."""


@dataclass(frozen=True)
class JudgedPicture:
    """What the judge says of one picture."""

    maps: list[NDArray[np.float32]]
    pooled: Pooled
    top: int
    """Class of the largest logit."""


def look(judge: Judge, rgb: Picture) -> JudgedPicture:
    """Return what the judge says of a picture (3, H, W), sides multiples of 32."""
    with torch.inference_mode():
        seen = judge(torch.from_numpy(rgb)[None].contiguous(memory_format=torch.channels_last))
    maps = [np.asarray(seen[stage][0]) for stage in STAGES]
    return JudgedPicture(maps, np.asarray(seen["pooled"][0]), int(seen["logits"][0].argmax()))


class ColorTally:
    """Adds up a row: each photograph gives one picture, or as many as there are samples."""

    def __init__(self) -> None:
        self.colorfulness: list[float] = []
        self.flat_share: list[float] = []
        self.chroma_db: list[float] = []
        self.to_reference: list[float] = []
        """Distance of the first picture's mean ab to the reference's."""
        self.apart: list[float] = []
        """Mean feature distance between the pictures of one photograph."""
        self.pooled: list[list[Pooled]] = []
        self.tops: list[list[int]] = []

    def add(self, pictures: Sequence[Picture], truth: Picture, reference_ab: Values, judge: Judge | None) -> None:
        """Take in the pictures (3, H, W) made of one photograph, its truth, and the mean ab (2,) of its stranger."""
        self.colorfulness.append(mean(colorfulness(picture) for picture in pictures))
        self.flat_share.append(mean(flat_share(picture) for picture in pictures))
        self.chroma_db.append(mean(chroma_psnr(picture, truth) for picture in pictures))
        self.to_reference.append(float(np.linalg.norm(mean_ab(pictures[0]) - reference_ab)))
        if judge is None:
            return
        seen = [look(judge, picture) for picture in pictures]
        self.pooled.append([one.pooled for one in seen])
        self.tops.append([one.top for one in seen])
        if len(seen) > 1:
            self.apart.append(mean(feature_distance(a.maps, b.maps) for a, b in combinations(seen, 2)))

    def recognized(self, gray: ColorTally, truth: ColorTally) -> float | None:
        """Return the share of the gap between gray and true colors that is closed, mean over the samples."""
        if not self.tops:
            return None
        grays, truths = ([row[0] for row in tally.tops] for tally in (gray, truth))
        return mean(gap_closed(classes, grays, truths) for classes in zip(*self.tops, strict=True))


@dataclass(frozen=True)
class Fold:
    """Photographs that are measured, by their place in the tally, and those that they are measured against."""

    measured: tuple[int, ...]
    against: tuple[int, ...]
    """Places among all validation photographs."""


def folds(chosen: Sequence[int], total: int) -> list[Fold]:
    """Return how `chosen` of `total` validation photographs are measured so that none meets its own truth.

    Where they are half of all or fewer, all of them against the others, as `bench random` does. Else all are split
    alternately, and what is chosen of each half is measured against the whole other half.
    """
    if 2 * len(chosen) <= total:
        return [Fold(tuple(range(len(chosen))), tuple(sorted(set(range(total)) - set(chosen))))]
    return [
        Fold(
            tuple(place for place, k in enumerate(chosen) if k % 2 == half),
            tuple(k for k in range(total) if k % 2 != half),
        )
        for half in (0, 1)
    ]


def kid_of(tally: ColorTally, over: Sequence[Fold], truths: Sequence[Pooled]) -> float | None:
    """Return KID x 1000 of a row, mean over folds and samples; None without judge or with too few photographs.

    Args:
        tally: the row.
        over: what is measured against what.
        truths: features of all validation photographs.
    """
    if not tally.pooled or not over or min(min(len(fold.measured), len(fold.against)) for fold in over) < 2:
        return None
    values = []
    for fold in over:
        against = np.stack([truths[k] for k in fold.against])
        measured = [tally.pooled[place] for place in fold.measured]
        values += [kid(np.stack(features), against) for features in zip(*measured, strict=True)]
    return 1000 * mean(values)

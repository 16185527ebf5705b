"""One measure of realism over recoveries, results by another reference and random ones, as the paper has one FID.

Yen, Cheng, Chiu 2021, section 3; here KID on the pooled features of a judge network that no loss has seen.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color.evaluation._color_tally import Judge, look
from halftone_color.evaluation._report import mean
from halftone_color.evaluation.sections.random import Pooled
from halftone_color.metrics.features import kid
from halftone_color.types import Picture

FEWEST = 4
"""Photographs needed: two are measured against two others."""


class Realism:
    """Collects what is made of photographs, and their truths."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._true: list[Pooled] = []
        self._made: list[list[Pooled]] = []

    def add(self, truth: Picture, made: Sequence[Picture]) -> None:
        """Take in a photograph (3, H, W), sides multiples of 32, and what was made of it."""
        self._true.append(look(self._judge, truth).pooled)
        self._made.append([look(self._judge, picture).pooled for picture in made])

    def kids(self) -> tuple[float, float]:
        """Return KID x 1000 of all that was made, and of true photographs: of each half against the other's truths."""
        made, true = [], []
        for half in (0, 1):
            against = np.stack(self._true[1 - half :: 2])
            own = [pooled for pictures in self._made[half::2] for pooled in pictures]
            made.append(kid(np.stack(own), against))
            true.append(kid(np.stack(self._true[half::2]), against))
        return 1000 * mean(made), 1000 * mean(true)

    def told(self) -> str:
        """Return the sentence of the report."""
        if len(self._true) < FEWEST:
            return f"Realism: not measured: give at least {FEWEST} portraits."
        made, true = self.kids()
        return (
            "Realism: KID x 1000 on MobileNetV2's pooled features, over fused recoveries, fused results by the next "
            f"portrait as a reference and random ones together, one of each a portrait, is {made:.1f}; of the true "
            f"portraits {true:.1f}. Those of each half are measured against the true ones of the other half. It stands "
            "in place of the paper's FID."
        )

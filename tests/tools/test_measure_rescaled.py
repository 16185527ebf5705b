"""What is scaled, and against what it is measured."""

from __future__ import annotations

import numpy as np
import pytest


def test_cases_are_of_the_size_and_beside_their_truth(script):
    tool = script("measure_rescaled")
    found = [next(tool.cases(scale, 64)) for scale in (0.6, 2.0)]
    for (name, (scan, truth)), side in zip(found, (64, 128), strict=True):
        assert name == "astronaut, floyd-steinberg, bilinear, no JPEG"
        assert scan.shape == truth.shape == (side, side)
        assert (
            np.corrcoef(
                scan.reshape(8, side // 8, 8, side // 8).mean((1, 3)).ravel(),
                truth.reshape(8, side // 8, 8, side // 8).mean((1, 3)).ravel(),
            )[0, 1]
            > 0.98
        )


def test_gain_and_offset_are_free(script):
    tool = script("measure_rescaled")
    truth = np.random.default_rng(0).random((20, 20))
    noise = np.random.default_rng(1).normal(0, 0.1, (20, 20))
    assert tool.fitted(0.5 * truth + 0.2, truth) > 100
    assert tool.fitted(truth + noise, truth) == pytest.approx(20, abs=1.5)

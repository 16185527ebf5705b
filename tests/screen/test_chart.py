"""The picture of a spectrum: rings lie on the waves of the screen, folded ones included."""

import numpy as np
import pytest

from halftone_color.screen.chart import MARK, RING_PX, chart
from halftone_color.types import Screen


def wave(fy, fx):
    y, x = np.indices((256, 256))
    noise = np.random.default_rng(0).normal(0, 0.02, (256, 256))
    return (0.5 + 0.3 * np.cos(2 * np.pi * (fy * y + fx * x)) + noise)[None].astype(np.float32)


def test_rings_lie_around_the_brightest_places():
    fy, fx = 0.125, 0.25
    screen = Screen("line", 1 / np.hypot(fy, fx), float(np.rad2deg(np.arctan2(fy, fx))))
    drawn = chart(wave(fy, fx), screen)
    assert drawn.shape == (3, 512, 512)
    assert drawn.dtype == np.float32
    assert (drawn.min(), drawn.max()) == (0.0, 1.0)
    bright = np.argwhere(drawn[2] > 0.95)
    marks = np.argwhere((drawn == np.float32(MARK).reshape(3, 1, 1)).all(axis=0))
    for place in ((256 + 64 + 2, 256 + 128 + 2), (256 - 64 + 2, 256 - 128 + 2)):
        assert np.hypot(*(bright - place).T).min() < 4
        assert (np.abs(np.hypot(*(marks - place).T) - RING_PX) < 2).sum() > 40
    assert len(marks) == pytest.approx(2 * 2 * np.pi * RING_PX * 1.8, rel=0.1)


def test_dots_have_more_rings_and_no_screen_has_none():
    gray = wave(0.4, 0.3)
    marked = [
        (chart(gray, screen) == np.float32(MARK).reshape(3, 1, 1)).all(axis=0).sum()
        for screen in (Screen("none"), Screen("line", 2.0, 53.0), Screen("clustered-dot", 2.0, 53.0))
    ]
    assert marked[0] == 0
    assert marked[2] > 2.5 * marked[1] > 0

"""A wave too faint to see, in noise that hides it from every window; texture and what lies on the axes are none."""

import numpy as np
import pytest

from halftone_color.screen.detect import detect
from halftone_color.screen.faint import find_faint_wave


def picture(fy, fx, amplitude, side=640, spread=0.08):
    y, x = np.indices((side, side))
    noise = np.random.default_rng(0).normal(0, spread, (side, side))
    return (0.5 + amplitude * np.cos(2 * np.pi * (fy * y + fx * x)) + noise)[None].astype(np.float32)


@pytest.mark.parametrize(("fy", "fx"), [(0.21, 0.307), (-0.3, 0.1)])
def test_faint_wave(fy, fx):
    wave = find_faint_wave(picture(fy, fx, 0.01))
    assert (wave.fy, wave.fx) == pytest.approx((fy, fx), abs=1 / 640)
    assert find_faint_wave(picture(fy, fx, 0.01), threads=3) == wave
    assert find_faint_wave(picture(fy, fx, 0.001)) is None


def test_one_part_of_a_large_page():
    page = np.random.default_rng(1).normal(0.5, 0.1, (1, 2300, 1100)).astype(np.float32)
    page[:, 1400:2200, 200:1000] = picture(0.21, 0.307, 0.02, side=800)
    wave = find_faint_wave(page)
    assert (wave.fy, wave.fx) == pytest.approx((0.21, 0.307), abs=1e-3)
    assert wave.center[0] > 1500


def test_it_makes_a_screen():
    screen = detect(picture(0.2, 0.3, 0.01))
    assert screen.kind == "clustered-dot"
    assert screen.period_px == pytest.approx(1 / np.hypot(0.2, 0.3), rel=2e-3)


def test_what_lies_on_the_axes_or_is_tiny_is_none():
    assert find_faint_wave(picture(0.0, 0.25, 0.05)) is None
    assert find_faint_wave(picture(0.2, 0.3, 0.0015, spread=0.0001)) is None
    assert find_faint_wave(picture(0.2, 0.3, 0.2, side=200)) is None

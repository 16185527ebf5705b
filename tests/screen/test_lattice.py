"""Frequencies between the bins: waves made here, alone, crossed, with harmonics, folded, in noise."""

import numpy as np
import pytest

from halftone_color.screen.lattice import refine_lattice


def waves(height, width, fy, fx, *weights):
    """Return (1, H, W): a wave along (fy, fx), one across it, one at twice the frequency, of these amplitudes."""
    y, x = np.indices((height, width))
    phases = (fy * y + fx * x, fx * y - fy * x, 2 * (fy * y + fx * x))
    noise = np.random.default_rng(0).normal(0, 0.05, (height, width))
    waves = sum(weight * np.cos(2 * np.pi * phase + 0.7) for weight, phase in zip(weights, phases, strict=False))
    return (0.5 + waves + noise)[None].astype(np.float32)


@pytest.mark.parametrize(("fy", "fx"), [(0.1234, 0.0567), (-0.31, 0.2001), (0.0, 0.2503), (0.4312, -0.1)])
@pytest.mark.parametrize("weights", [(0.2,), (0.2, 0.2), (0.1, 0.15, 0.05)])
def test_known_frequencies(fy, fx, weights):
    gray = waves(200, 280, fy, fx, *weights)
    lattice = refine_lattice(gray, fy + 0.004, fx - 0.005, within=0.01)
    assert (lattice.fy, lattice.fx) == pytest.approx((fy, fx), abs=0.03 / 200)
    assert lattice.period_px == pytest.approx(1 / np.hypot(fy, fx), rel=2e-3)
    assert (lattice.across > 100) == (len(weights) > 1)


def test_the_clearer_axis_gives_the_angle():
    lattice = refine_lattice(waves(256, 256, 0.1, 0.05, 0.02, 0.2), 0.1, 0.05, within=0.005)
    assert lattice.across > lattice.along
    assert (lattice.angle_deg - np.rad2deg(np.arctan2(0.05, -0.1))) % 180 == pytest.approx(0, abs=0.1)


def test_harmonics_make_it_sharper():
    """Waves of three and more bins per period weigh with the square of their order."""
    off = []
    for weights in ((0.02, 0.02), (0.02, 0.02, 0.02)):
        lattice = refine_lattice(waves(160, 160, 0.1111, 0.0777, *weights), 0.11, 0.08, within=0.005)
        off.append(np.hypot(lattice.fy - 0.1111, lattice.fx - 0.0777))
    assert off[1] < off[0] < 0.2 / 160


def test_of_a_large_picture_the_part_around_the_center_is_looked_at():
    gray = np.full((1, 1400, 1300), 0.5, np.float32)
    gray[:, 1000:1300, 900:1200] = waves(300, 300, 0.2, 0.1, 0.2, 0.2)
    lattice = refine_lattice(gray, 0.201, 0.099, within=0.005, center=(1150, 1050))
    assert (lattice.fy, lattice.fx) == pytest.approx((0.2, 0.1), abs=2e-4)
    assert refine_lattice(gray[:, :900, :800], 0.201, 0.099, within=0.005).along < 30

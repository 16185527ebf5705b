"""Power at a screen's frequency: gratings with known power, and nothing where nothing is."""

import numpy as np
import pytest

from halftone_color.metrics.screen_power import screen_power_ratio


def grating(period_px, angle_deg, amplitude=0.2, sigma=0.05, shape=(300, 280)):
    angle = np.deg2rad(angle_deg)
    y, x = np.indices(shape)
    wave = amplitude * np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period_px)
    noise = np.random.default_rng(1).normal(0, sigma, shape)
    return (0.5 + wave + noise)[None].astype(np.float32)


def test_power_of_a_wave_in_white_noise():
    # On a bin, a wave has amplitude^2 / 4 * (sum of the weights)^2 and noise sigma^2 * (sum of their squares):
    # for a Hann window of N x N these are N^4 / 16 and 9 N^2 / 64.
    period = 128 / 24
    expected = (0.2**2 / 4 * 128**4 / 16) / (0.05**2 * 9 * 128**2 / 64)
    assert screen_power_ratio(grating(period, 0.0), period, 0.0) == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("angle", [0.0, 20.0, 45.0, 75.0])
@pytest.mark.parametrize("period", [2.3, 4.0, 9.0])
def test_either_axis_is_seen(period, angle):
    assert screen_power_ratio(grating(period, angle), period, angle) > 100
    assert screen_power_ratio(grating(period, angle + 90.0), period, angle) > 100


def test_mirrored_angle_is_another_screen():
    assert screen_power_ratio(grating(4.0, 20.0), 4.0, 70.0) < 3


def test_harmonic():
    assert screen_power_ratio(grating(4.0, 30.0), 8.0, 30.0, harmonic=2) > 100
    assert screen_power_ratio(grating(4.0, 30.0), 8.0, 30.0) < 3


def test_noise_alone_stays_below_two():
    assert 1.0 < screen_power_ratio(grating(4.0, 30.0, amplitude=0.0), 4.0, 30.0) < 2.0


def test_flat_picture_and_small_picture():
    assert screen_power_ratio(np.full((1, 90, 200), 0.5, np.float32), 4.0, 45.0) == 1.0
    assert screen_power_ratio(grating(4.0, 45.0, shape=(90, 200)), 4.0, 45.0) > 50

"""Power at a screen's frequency: gratings with known power, and nothing where nothing is."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.metrics.screen_power import ORDERS, screen_power_ratio, screen_waves, sigma_removing


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


@pytest.mark.parametrize(
    ("period", "angle", "order"),
    [
        (4.7, 25.0, (1, 0)),
        (4.7, 115.0, (0, 1)),
        (4.7 / 2**0.5, 70.0, (1, 1)),
        (4.7 / 2**0.5, -20.0, (1, -1)),
        (2.35, 25.0, (2, 0)),
        (2.35, 115.0, (0, 2)),
    ],
)
def test_each_wave_is_found_where_it_is(period, angle, order):
    scan, flat = grating(period, angle), grating(period, angle, amplitude=0.0)
    waves = {wave.order: wave for wave in screen_waves(scan, flat, 4.7, 25.0)}
    assert set(waves) == set(ORDERS)
    assert max(waves.values(), key=lambda wave: wave.before).order == order
    wave = waves[order]
    assert wave.is_axis == (0 in order and 2 not in order)
    along = np.cos(np.deg2rad(angle)) / period, np.sin(np.deg2rad(angle)) / period
    apart = np.array([wave.frequency[1] - along[0], wave.frequency[0] - along[1]])
    folded = min(np.hypot(*(s - np.round(s))) for s in (apart, apart + 2 * np.array(along)))  # either sign
    assert folded < 1.5 / 128
    assert wave.before > 100
    assert 0.4 < wave.after < 1.8


def test_power_left_is_read_at_the_frequency_of_the_scan():
    """The largest bin near it, which is taken of the scan, would make a screenless result look worse than it is."""
    noise, angles = grating(4.0, 0.0, amplitude=0.0), range(5, 90, 10)
    left = [screen_waves(grating(4.0, angle), noise, 4.0, angle)[0].after for angle in angles]
    peaks = [screen_power_ratio(noise, 4.0, angle) for angle in angles]
    assert np.mean(left) == pytest.approx(1, abs=0.2)
    assert np.mean(peaks) > 1.3
    scan = grating(4.0, 30.0)
    assert screen_waves(scan, scan, 4.0, 30.0)[0].after == pytest.approx(screen_power_ratio(scan, 4.0, 30.0))


def test_a_gaussian_of_the_least_sigma_takes_the_screen_as_far_down():
    scan, result = grating(5.0, 30.0), 0.5 * grating(5.0, 30.0, amplitude=0.0)
    wave = screen_waves(scan, result, 5.0, 30.0)[0]
    sigma = sigma_removing([wave], 1.5, contrast=0.5)
    blurred = gaussian_filter(scan, (0, sigma, sigma), mode="nearest")
    left = screen_waves(scan, blurred, 5.0, 30.0)[0]
    assert left.after * left.ring == pytest.approx(1.5 * wave.ring / 0.5**2, rel=0.1)
    assert sigma_removing([wave], 1e6) == 0
    assert sigma_removing([], 1.5) == 0


def test_waves_of_flat_pictures():
    flat = np.full((1, 90, 200), 0.5, np.float32)
    waves = screen_waves(flat, flat, 4.0, 45.0)
    assert {wave.before for wave in waves} == {wave.after for wave in waves} == {1.0}
    assert sigma_removing(waves, 1.5) == 0

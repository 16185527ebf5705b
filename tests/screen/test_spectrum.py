"""Windows and their spectra: Parseval, a pure wave, white noise, streaks."""

import numpy as np
import pytest

from halftone_color.screen.spectrum import power_spectra, spread_windows, whiten


def test_windows_cover_small_pictures_and_sample_large_ones():
    assert spread_windows(np.zeros((1, 128, 192), np.float32)).shape == (2, 128, 128)
    assert spread_windows(np.zeros((1, 50, 200), np.float32)).shape == (3, 50, 128)
    assert len(spread_windows(np.zeros((1, 1024, 1024), np.float32))) == 64
    assert len(spread_windows(np.zeros((1, 20000, 30000), np.uint8))) == 196
    corners = np.zeros((1, 3000, 2000), np.float32)
    corners[0, 0, 0] = corners[0, -1, -1] = 1.0
    windows = spread_windows(corners)
    assert windows.shape == (196, 128, 128)
    assert windows[0, 0, 0] == 1.0
    assert windows[-1, -1, -1] == 1.0


def test_mean_power_is_the_variance():
    noise = np.random.default_rng(0).normal(0, 0.1, (64, 128, 128)).astype(np.float32)
    assert power_spectra(noise)[:, :, 1:-1].mean() == pytest.approx(0.01, rel=0.03)
    assert power_spectra(np.full((1, 128, 128), 0.7, np.float32)).max() < 1e-6


def test_wave_stands_out_at_its_frequency_alone():
    y, x = np.indices((128, 128))
    noise = np.random.default_rng(0).normal(0, 0.05, (128, 128))
    wave = 0.3 * np.cos(2 * np.pi * (30 * x + 20 * y) / 128) + noise
    plane = whiten(power_spectra(wave[None].astype(np.float32)))[0]
    assert plane.shape == (129, 129)
    peaks = {tuple(int(i) - 64 for i in index) for index in np.argwhere(plane > 0.9 * plane.max())}
    assert peaks == {(20, 30), (-20, -30)}
    assert plane.max() > 100


def test_straight_edge_is_no_peak():
    edge = np.zeros((1, 128, 128), np.float32)
    edge[:, :, 70:] = 1.0
    edge += np.random.default_rng(0).normal(0, 0.02, edge.shape).astype(np.float32)
    plane = whiten(power_spectra(edge))[0]
    assert plane[:, 64 + 8 : 64 + 60].max() < 15

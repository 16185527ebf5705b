"""Blue noise against white noise and nothing; noise that was diffused against noise that is even."""

import numpy as np
import pytest

from halftone_color.screen.noise import blue_noise, is_diffused
from halftone_color.screen.spectrum import power_spectra


def filtered(gain, seed=0, count=9):
    """Return spectra of white noise (count windows) of variance .1, its frequencies weighted by gain(fy, fx)."""
    noise = np.random.default_rng(seed).normal(0, 0.3, (count, 128, 128))
    fy, fx = np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(128)[None]
    shaped = np.fft.irfft2(np.fft.rfft2(noise) * gain(fy, fx), s=(128, 128))
    return power_spectra(shaped.astype(np.float32))


def high_pass(fy, fx):
    return np.clip(np.hypot(fy, fx) / 0.35, 0, 1) ** 2


def test_blue_noise_rises():
    rise, blue = blue_noise(filtered(high_pass))
    assert blue.all()
    assert rise.mean() == pytest.approx((0.35 / 0.22) ** 4, rel=0.25)


@pytest.mark.parametrize("gain", [lambda fy, fx: 1.0, lambda fy, fx: 0.05 * high_pass(fy, fx)])
def test_white_and_faint_noise_is_not_blue(gain):
    assert not blue_noise(filtered(gain))[1].any()


@pytest.mark.parametrize("seed", range(5))
def test_even_noise_was_not_diffused(seed):
    assert not is_diffused(filtered(high_pass, seed))
    assert is_diffused(filtered(lambda fy, fx: high_pass(fy, fx) * (1 + 0.3 * np.cos(2 * np.arctan2(fy, fx))), seed))

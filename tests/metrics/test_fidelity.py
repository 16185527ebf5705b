"""Fidelity metrics against hand-computed values and scikit-image."""

import numpy as np
import pytest
from skimage.metrics import structural_similarity

from halftone_color.metrics.fidelity import affine_fit, chroma_psnr, ciede2000, psnr, ssim


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def flat(*rgb, side=8):
    return np.broadcast_to(np.array(rgb, np.float32)[:, None, None], (len(rgb), side, side)).copy()


def test_psnr_of_a_tenth_is_twenty_decibels():
    assert psnr(flat(0.5), flat(0.6)) == pytest.approx(20.0, abs=1e-4)


def test_psnr_of_equal_pictures_is_infinite():
    assert psnr(flat(0.5), flat(0.5)) == float("inf")


def test_ssim_is_scikit_images(rng):
    truth = rng.random((3, 24, 20), dtype=np.float32)
    result = np.clip(truth + rng.normal(0, 0.1, truth.shape), 0, 1).astype(np.float32)
    for channels in (1, 3):
        by_channel = [
            structural_similarity(truth[c].astype(float), result[c].astype(float), data_range=1.0)
            for c in range(channels)
        ]
        assert ssim(result[:channels], truth[:channels]) == pytest.approx(np.mean(by_channel), abs=1e-9)


def test_ssim_of_two_flat_pictures_is_the_luminance_term():
    expected = (2 * 0.4 * 0.6 + 1e-4) / (0.4**2 + 0.6**2 + 1e-4)
    assert ssim(flat(0.4, side=16), flat(0.6, side=16)) == pytest.approx(expected, abs=1e-6)


def test_chroma_psnr_ignores_luma():
    truth = flat(0.5, 0.4, 0.3)
    assert chroma_psnr(truth + 0.1, truth) > 100


def test_chroma_psnr_of_gray_is_that_of_the_truths_own_luma():
    truth = flat(0.8, 0.4, 0.2)
    luma = 0.299 * 0.8 + 0.587 * 0.4 + 0.114 * 0.2
    squared = [(channel - luma) ** 2 for channel in (0.8, 0.4, 0.2)]
    assert chroma_psnr(flat(0.1, 0.1, 0.1), truth) == pytest.approx(-10 * np.log10(np.mean(squared)), abs=1e-3)


def test_chroma_psnr_clips_after_the_substitution():
    # Red with white's luma has (1 + 0.701, 1 - 0.299, 1 - 0.299): red clips to 1 and two channels differ by 0.299.
    expected = -10 * np.log10(2 * 0.299**2 / 3)
    assert chroma_psnr(flat(1.0, 0.0, 0.0), flat(1.0, 1.0, 1.0)) == pytest.approx(expected, abs=1e-3)


def test_ciede2000_of_black_and_white_is_a_hundred():
    assert ciede2000(flat(0.0, 0.0, 0.0), flat(1.0, 1.0, 1.0)) == pytest.approx(100.0, abs=0.05)


def test_ciede2000_of_equal_pictures_is_zero():
    assert ciede2000(flat(0.2, 0.5, 0.7), flat(0.2, 0.5, 0.7)) == 0.0


def test_affine_fit_undoes_a_gain_and_an_offset(rng):
    truth = rng.random((1, 9, 7), dtype=np.float32)
    assert affine_fit(0.4 * truth + 0.2, truth) == pytest.approx(truth, abs=1e-5)


def test_affine_fit_of_noise_is_numpys(rng):
    result, truth = rng.random((2, 1, 9, 7), dtype=np.float32)
    gain, offset = np.polyfit(result.ravel(), truth.ravel(), 1)
    assert affine_fit(result, truth) == pytest.approx(gain * result + offset, abs=1e-5)


def test_affine_fit_of_a_flat_result_is_the_mean(rng):
    truth = rng.random((1, 5, 5), dtype=np.float32)
    assert affine_fit(flat(0.3, side=5), truth) == pytest.approx(np.full((1, 5, 5), truth.mean()), abs=1e-6)

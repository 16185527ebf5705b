"""Blur, JPEG and dots of batches against scipy's, PIL's and the screen of `halftone`, one picture at a time."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from scipy.fft import dctn, idctn
from scipy.ndimage import gaussian_filter

from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.training import batch_degradations
from halftone_color.training.batch_degradations import gaussian_blur, jpeg, round_dots, smooth_field


@pytest.fixture(scope="module")
def grays(scene) -> torch.Tensor:
    """Return five gray pictures (5, 1, 40, 56) with some noise."""
    rng = np.random.default_rng(0)
    pictures = np.stack([scene(40, 56, seed)[:1] for seed in range(5)])
    return torch.from_numpy(np.clip(pictures + 0.05 * rng.standard_normal(pictures.shape), 0, 1).astype(np.float32))


def test_blur_is_scipys_with_a_sigma_for_each_row(grays):
    sigma_px = torch.tensor([0.2, 0.5, 1.0, 1.5, 2.0])
    blurred = gaussian_blur(grays, sigma_px, 6)
    assert blurred.shape == grays.shape
    for picture, found, sigma in zip(grays, blurred, sigma_px, strict=True):
        expected = gaussian_filter(picture[0].numpy(), float(sigma), mode="mirror", radius=6)
        np.testing.assert_allclose(found[0].numpy(), expected, atol=2e-6)


def test_blur_of_a_picture_smaller_than_its_kernel(grays):
    small = grays[:, :, :3, :4]
    blurred = gaussian_blur(small, torch.full((5,), 1.0), 6)
    assert blurred.shape == small.shape
    assert (blurred.amax((1, 2, 3)) < small.amax((1, 2, 3))).all()


def libjpeg(picture: torch.Tensor, quality: int) -> Image.Image:
    file = io.BytesIO()
    Image.fromarray(np.asarray((picture[0] * 255).round(), np.uint8)).save(file, "JPEG", quality=quality)
    return Image.open(file)


@pytest.mark.parametrize("size", [(40, 56), (37, 50)])
def test_jpeg_is_libjpegs_with_a_quality_for_each_row(grays, size):
    cut = grays[:, :, : size[0], : size[1]].contiguous()
    quality = torch.tensor([20.0, 50.0, 75.0, 90.0, 95.0])
    stored = jpeg(cut, quality)
    for picture, found, each in zip(cut, stored, quality, strict=True):
        away = np.abs(found[0].numpy() * 255 - np.asarray(libjpeg(picture, int(each)), np.float32))
        assert np.mean(away > 1) < 0.1, "a block now and then: libjpeg's transform is in integers"
        assert away.mean() < 0.5, "levels"
        assert np.abs(found.numpy() - picture.numpy()).mean() * 255 > 0.8, "it is lossy"


def test_jpeg_of_a_block_is_the_rounded_cosine_transform():
    rng = np.random.default_rng(3)
    block = rng.integers(0, 256, (8, 8))
    steps = np.array(libjpeg(torch.from_numpy(block / 255)[None], 60).quantization[0]).reshape(8, 8)
    waves = dctn(block - 128.0, norm="ortho")
    expected = np.clip(np.round(idctn(np.round(waves / steps) * steps, norm="ortho") + 128), 0, 255)
    found = jpeg(torch.from_numpy(block / 255).float()[None, None], torch.tensor([60.0]))
    np.testing.assert_allclose(found[0, 0].numpy() * 255, expected, atol=1e-3)


def test_steps_are_libjpegs_at_every_quality(grays):
    quality = torch.arange(1.0, 101)
    expected = [libjpeg(grays[0], int(each)).quantization[0] for each in quality]
    np.testing.assert_array_equal(batch_degradations._steps(quality).numpy(), expected)


@pytest.mark.parametrize("oversample", [1, 2, 3])
def test_dots_are_those_of_the_screen(grays, oversample):
    period_px = torch.tensor([2.5, 3.3, 4.5, 6.0, 9.1])
    angle_deg = torch.tensor([0.0, 15.0, 45.0, 71.0, 128.0])
    phase = torch.rand(5, 2, generator=torch.Generator().manual_seed(1))
    dots = round_dots(grays, period_px, torch.deg2rad(angle_deg), phase, oversample)
    height, width = grays.shape[2:]
    for i in range(5):
        place = (float(phase[i, 0]), float(phase[i, 1]))
        levels = thresholds(height, width, float(period_px[i]), float(angle_deg[i]), "round", place, oversample)
        fine = grays[i, 0].numpy().repeat(oversample, 0).repeat(oversample, 1) > levels
        expected = fine.reshape(height, oversample, width, oversample).mean((1, 3))
        assert np.mean(np.abs(dots[i, 0].numpy() - expected)) < 0.004, "but for ties between tone and threshold"


def test_dots_have_the_tone():
    tones = torch.linspace(0, 1, 21)[:, None, None, None].expand(-1, 1, 90, 90)
    rows = len(tones)
    dots = round_dots(tones, torch.full((rows,), 4.3), torch.full((rows,), 0.4), torch.zeros(rows, 2), 2)
    np.testing.assert_allclose(dots.mean((1, 2, 3)).numpy(), tones[:, 0, 0, 0].numpy(), atol=0.01)
    assert (dots[0] == 0).all()
    assert (dots[-1] == 1).all()
    assert set(dots.unique().tolist()) == {0, 0.25, 0.5, 0.75, 1}


def test_a_field_is_enlarged_bicubically():
    knots = torch.rand(3, 2, 4, 4, generator=torch.Generator().manual_seed(2))
    expected = F.interpolate(knots, (33, 33), mode="bicubic", align_corners=True)
    torch.testing.assert_close(smooth_field(knots, 33), expected, atol=2e-6, rtol=0)

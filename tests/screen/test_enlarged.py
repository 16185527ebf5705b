"""Dithers that were enlarged are taken back to their grid bit by bit; photographs are not taken for any."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.halftoners.bayer import ranks
from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.screen.detect import detect, find_enlarged_dither
from halftone_color.screen.enlarged import find_enlargement, to_grid

BILINEAR, BICUBIC, NEAREST = Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.NEAREST


def _tones(side=160):
    y, x = np.mgrid[:side, :side] / side
    return (0.5 + 0.3 * np.sin(5 * x + 3 * y) * np.cos(4 * y))[None].astype(np.float32)


def _dither(kind):
    tones = _tones()
    return screen_by_ranks(tones, ranks(8)) if kind == "ordered" else diffuse(tones[0], "floyd-steinberg", False)[None]


def _resized(picture, scale, how):
    image = Image.fromarray(np.uint8(picture[0] * 255))
    return image.resize((round(image.width * scale), round(image.height * scale)), how)


def _picture(image):
    return np.asarray(image, np.float32)[None] / 255


@pytest.mark.parametrize("kind", ["error-diffusion", "ordered"])
@pytest.mark.parametrize(("scale", "how"), [(1.25, BILINEAR), (1.75, BICUBIC), (2, BILINEAR), (3, NEAREST)])
def test_an_enlarged_dither_comes_back(kind, scale, how):
    dither = _dither(kind)
    large = _picture(_resized(dither, scale, how))
    found = detect(large)
    assert found.kind == kind
    np.testing.assert_array_equal(to_grid(large, found.enlarged), dither)


def test_compression_does_not_hide_it():
    dither, file = _dither("error-diffusion"), io.BytesIO()
    _resized(dither, 1.5, BILINEAR).save(file, "JPEG", quality=75)
    large = _picture(Image.open(file))
    np.testing.assert_array_equal(to_grid(large, find_enlargement(large)), dither)


def test_a_part_of_it_will_do():
    dither = _dither("error-diffusion")
    part = _picture(_resized(dither, 2.5, BILINEAR))[:, 6:, 4:]
    found = find_enlargement(part)
    assert found.across.pitch == pytest.approx(2.5, abs=2e-3)
    np.testing.assert_array_equal(to_grid(part, found)[:, 4:150, 4:150], dither[:, 6:152, 5:151])


def test_other_enlarged_pictures_are_not_dithers():
    noise = np.random.default_rng(3).normal(0, 0.03, (1, 160, 160)).astype(np.float32)
    assert find_enlargement(_picture(_resized(np.clip(_tones() + noise, 0, 1), 1.5, BICUBIC))) is None
    assert find_enlargement(_dither("error-diffusion")) is None


@pytest.mark.parametrize("period_px", [3.0, 4.0, 5.0, 6.0])
def test_clustered_dots_at_45_degrees_are_no_enlarged_dither(period_px):
    tones = np.asarray(rgb_to_luma(data.rocket().transpose(2, 0, 1) / np.float32(255)), np.float32)
    dots = (tones[0] > thresholds(*tones.shape[1:], period_px, 45.0, "round", (0.0, 0.0), 1)).astype(np.float32)
    assert find_enlarged_dither(dots[None]) is None


def test_two_levels_that_are_no_repeated_pixels_are_no_enlarged_dither():
    tones = np.asarray(rgb_to_luma(data.rocket().transpose(2, 0, 1) / np.float32(255)), np.float32)[:, :256, 200:456]
    coarse = diffuse(tones[0, ::2, ::2], "floyd-steinberg", False).repeat(2, 0).repeat(2, 1)
    assert find_enlargement(coarse[None]) is not None
    noise = np.random.default_rng(0).random(coarse.shape) < 0.02
    assert find_enlargement(np.where(noise, 1 - coarse, coarse)[None].astype(np.float32)) is None

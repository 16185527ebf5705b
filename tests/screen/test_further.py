"""Reduced dithers, prints scanned too coarsely and dithers to few colors are found; noise and few colors are not."""

import io

import numpy as np
import pytest
from PIL import Image

from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.halftoners.bayer import ranks
from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.screen.detect import detect, detect_in_colors
from halftone_color.screen.further import find_further
from halftone_color.screen.moire import find_moire
from halftone_color.screen.palette import find_palette_dither
from halftone_color.screen.reduced import is_reduced_matrix
from halftone_color.screen.soft import measure_grain
from halftone_color.types import Screen


def _tones(side=480, channels=1):
    y, x = np.mgrid[:side, :side] / side
    waves = [0.5 + 0.35 * np.sin(6 * x + 3 * y + n) * np.cos(5 * y - n) for n in range(channels)]
    return np.stack(waves).astype(np.float32)


def _reduced(picture, scale):
    image = Image.fromarray(np.uint8(picture[0] * 255))
    side = round(image.width * scale)
    return np.asarray(image.resize((side, side), Image.Resampling.BILINEAR), np.float32)[None] / 255


@pytest.mark.parametrize("scale", [0.65, 0.7])
def test_reduced_error_diffusion_is_found(scale):
    small = _reduced(diffuse(_tones()[0], "floyd-steinberg", False)[None], scale)
    grain = measure_grain(small)
    assert grain.is_dither
    assert grain.is_soft
    assert detect(small).form == "soft"


@pytest.mark.parametrize("scale", [0.7])
def test_a_reduced_matrix_is_found(scale):
    small = _reduced(screen_by_ranks(_tones(), ranks(8)), scale)
    assert is_reduced_matrix(small)
    assert detect(small).form == "soft"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_blocks_of_jpeg_in_a_smooth_picture_are_no_screen(scene, seed):
    smooth = Image.fromarray((scene(96, 96, seed)[0] * 255).astype(np.uint8)).resize(
        (256, 256), Image.Resampling.BICUBIC
    )
    kept = io.BytesIO()
    smooth.save(kept, "JPEG", quality=50)
    picture = (np.asarray(Image.open(kept), np.float32) / 255)[None]
    assert not find_further(picture, Screen("none")).present


def test_noise_is_no_screen():
    noise = np.random.default_rng(5).normal(0, 0.1, (1, 480, 480))
    assert find_further(np.clip(_tones() + noise, 0, 1).astype(np.float32), Screen("none")).kind == "none"


@pytest.mark.parametrize(("period_px", "angle_deg"), [(1.54, 41.0)])
def test_a_screen_finer_than_the_pixels_is_found(period_px, angle_deg):
    side, over = 320, 4
    fine = _tones(side)[0].repeat(over, 0).repeat(over, 1) > thresholds(
        side, side, period_px, angle_deg, "round", (0.3, 0.6), over
    )
    scan = 0.1 + 0.8 * fine.reshape(side, over, side, over).mean((1, 3), dtype=np.float32)[None]
    assert find_moire(scan).form == "moire"
    assert find_moire(_tones(side)) is None


def test_a_dither_to_few_colors_is_found_and_few_colors_alone_are_not():
    tones = np.uint8(255 * _tones(256, 3)).transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(tones))
    dithered, plain = (
        np.asarray(image.convert("P", palette=Image.Palette.WEB, dither=dither).convert("RGB"), np.float32) / 255
        for dither in (Image.Dither.FLOYDSTEINBERG, Image.Dither.NONE)
    )
    dithered, plain = dithered.transpose(2, 0, 1), plain.transpose(2, 0, 1)
    assert find_palette_dither(dithered).form == "palette"
    assert find_palette_dither(plain) is None
    assert detect_in_colors(dithered, dithered.mean(0, keepdims=True)).form == "palette"
    assert find_palette_dither(np.random.default_rng(6).random((3, 128, 128), np.float32)) is None

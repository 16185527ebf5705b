"""Luma and chroma against scikit-image, and color that leaves luma alone."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.color
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.ndimage import uniform_filter

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc, tint_halftone, ycc_to_rgb

unit = st.floats(0, 1, width=32)
half = st.floats(-0.5, 0.5, width=32)


def test_luma_and_chroma_are_those_of_bt601():
    rgb = np.random.default_rng(0).random((3, 4, 5))
    coded = skimage.color.rgb2ycbcr(rgb, channel_axis=0)  # 8-bit studio range, coefficients of three decimals
    luma, chroma = rgb_to_ycc(rgb)
    np.testing.assert_allclose(luma[0], (coded[0] - 16) / 219, atol=1e-4)
    np.testing.assert_allclose(chroma, (coded[1:] - 128) / 224, atol=1e-4)


def test_corners_of_the_cube():
    red_blue_white = np.array([[1.0, 0, 0], [0, 0, 1], [1, 1, 1]]).T[:, :, None]
    luma, chroma = rgb_to_ycc(red_blue_white)
    np.testing.assert_allclose(luma.ravel(), [0.299, 0.114, 1])
    np.testing.assert_allclose(chroma[1, 0], 0.5)
    np.testing.assert_allclose(chroma[0, 1], 0.5)
    np.testing.assert_allclose(chroma[:, 2], 0, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize("kind", [np.float32, torch.float32])
def test_round_trip_in_both_kinds_of_array(shape, kind):
    rgb = np.random.default_rng(1).random(shape, dtype=np.float32)
    rgb = rgb if kind is np.float32 else torch.from_numpy(rgb)
    again = ycc_to_rgb(*rgb_to_ycc(rgb))
    assert type(again) is type(rgb)
    assert again.dtype == kind
    np.testing.assert_allclose(again, rgb, atol=1e-6)


@settings(deadline=None, max_examples=100)
@given(arrays(np.float32, (1, 3, 4), elements=unit), arrays(np.float32, (2, 3, 4), elements=half))
def test_adding_chroma_keeps_luma_and_range(gray, chroma):
    rgb = add_chroma(gray, chroma)
    assert rgb.dtype == np.float32
    assert rgb.shape == (3, 3, 4)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    np.testing.assert_allclose(rgb_to_luma(rgb), gray, atol=1e-5)


def test_chroma_that_fits_stays_whole_and_hue_stays_always():
    chroma = np.array([0.05, -0.04], np.float32)[:, None, None]
    _, kept = rgb_to_ycc(add_chroma(np.full((1, 1, 1), 0.5, np.float32), chroma))
    np.testing.assert_allclose(kept, chroma, atol=1e-6)
    _, shrunk = rgb_to_ycc(add_chroma(np.full((1, 1, 1), 0.97, np.float32), chroma))
    share = shrunk / chroma
    assert 0 < share[0] < 1
    np.testing.assert_allclose(share[0], share[1], rtol=1e-4)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 15), st.tuples(half, half), st.integers(0, 99))
def test_a_tinted_halftone_has_the_color_on_average(dark, chroma, seed):
    halftone = np.ones(16, np.float32)
    halftone[:dark] = 0
    halftone = np.random.default_rng(seed).permutation(halftone).reshape(1, 4, 4)
    tone = np.full_like(halftone, halftone.mean())
    wanted = np.broadcast_to(np.array(chroma, np.float32)[:, None, None], (2, 4, 4))
    tinted = tint_halftone(halftone, tone, wanted)
    assert tinted.dtype == np.float32
    assert tinted.min() >= 0
    assert tinted.max() <= 1
    plain = add_chroma(tone, wanted)  # the same chroma on the continuous tone
    np.testing.assert_allclose(tinted.mean((1, 2)), plain.mean((1, 2)), atol=1e-4)


def test_tinting_follows_a_gradient_of_tone():
    ramp = np.linspace(0.2, 0.8, 128, dtype=np.float32)
    bayer = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
    halftone = (ramp[None, :] > np.tile(bayer, (16, 32))).astype(np.float32)[None]
    tone = np.stack([uniform_filter(halftone[0], 8)])
    chroma = np.full((2, 64, 128), 0.06, np.float32)
    seen = np.stack([uniform_filter(channel, 8) for channel in tint_halftone(halftone, tone, chroma)])
    inside = (slice(None), slice(8, -8), slice(8, -8))
    luma, found = rgb_to_ycc(seen)
    np.testing.assert_allclose(luma[inside], tone[inside], atol=0.03)
    np.testing.assert_allclose(found[inside], 0.06, atol=0.015)


def test_no_chroma_leaves_the_halftone():
    halftone = np.array([[[0, 1], [1, 0]]], np.float32)
    np.testing.assert_array_equal(tint_halftone(halftone, halftone * 0 + 0.5, np.zeros((2, 2, 2))), [halftone[0]] * 3)

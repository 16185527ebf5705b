"""Resampling: small chroma follows the edges of the full-size luma, and reducing averages over areas."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from halftone_color.arrays.resampling import reduce_picture, upsample_chroma


@pytest.mark.parametrize("size", [(1, 1), (37, 50), (64, 64), (700, 530)])
def test_one_color_stays_that_color(size, scene):
    chroma = torch.tensor([0.1, -0.2])[:, None, None].expand(2, 8, 12)
    found = upsample_chroma(chroma, scene(*size)[:1])
    assert found.shape == (2, *size)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], 0.1, rtol=3e-3)
    np.testing.assert_allclose(found[1], -0.2, rtol=3e-3)


def test_colors_stop_at_edges_of_luma():
    gray = np.full((1, 64, 64), 0.2, np.float32)
    gray[:, :, 27:] = 0.8  # the edge lies within a small sample, px 24 to 31
    chroma = torch.zeros(2, 8, 8)
    chroma[0, :, 4:] = 0.2
    chroma[0, :, 3] = 0.2 * 5 / 8  # mixed, as a prediction at small size is
    found = upsample_chroma(chroma, gray)[0]
    np.testing.assert_allclose(found[:, 28:], 0.2, atol=0.04)
    np.testing.assert_allclose(found[:, :23], 0, atol=0.02)
    blurred = np.interp(np.arange(64), np.arange(8) * 8 + 3.5, chroma[0, 0])  # what ignoring luma gives
    wanted = np.where(np.arange(64) >= 27, 0.2, 0)
    assert np.abs(found[32] - wanted).mean() < 0.75 * np.abs(blurred - wanted).mean()


def test_without_edges_it_interpolates_in_place():
    chroma = torch.linspace(-0.2, 0.2, 16)[None, None].expand(2, 16, 16)
    found = upsample_chroma(chroma, np.full((1, 128, 128), 0.5, np.float32))[0, 64]
    centers = (np.arange(128) + 0.5) / 8 - 0.5
    wanted = np.interp(centers, np.arange(16), chroma[0, 0])
    np.testing.assert_allclose(found[16:-16], wanted[16:-16], atol=2e-3)


def test_tiles_agree(scene):
    gray, chroma = scene(600, 40)[:1], torch.rand(2, 75, 5)
    whole = upsample_chroma(chroma, gray)
    part = upsample_chroma(chroma, np.ascontiguousarray(gray))
    np.testing.assert_array_equal(whole, part)
    rows = np.abs(np.diff(whole, axis=1)).mean((0, 2))
    assert rows[511] < 2 * np.median(rows) + 1e-3, "a step where tiles meet"


@pytest.mark.parametrize("size", [(8, 8), (900, 700), (33, 1)])
def test_reducing_keeps_the_mean(size, scene):
    picture = scene(*size)
    found = reduce_picture(picture, 16, 16)
    assert found.shape == (3, 16, 16)
    np.testing.assert_allclose(found.mean((1, 2)), picture.mean((1, 2)), atol=0.01)


def test_reducing_is_pillows_antialiased_resizing(scene):
    picture = scene(640, 325)
    found = reduce_picture(picture, 20, 10)
    wanted = [Image.fromarray(plane).resize((10, 20), Image.Resampling.BILINEAR) for plane in picture]
    np.testing.assert_allclose(found, np.stack(wanted), atol=0.01)

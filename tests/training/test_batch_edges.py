"""Canny's edges of batches, pixel by pixel those of one picture at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter

from halftone_color.arrays.edges import canny
from halftone_color.training import batch_edges
from halftone_color.training.batch_edges import edge_maps


@pytest.fixture(params=["labels", "dilations"])
def way(request, monkeypatch):
    """Let the edges be followed as on the host, or as on other devices."""
    if request.param == "dilations":
        monkeypatch.setattr(batch_edges, "_connected", batch_edges._grown)
    return request.param


def spiral(side: int) -> np.ndarray:
    """Return an 8-bit square picture of a line that winds to the middle, strong in its outermost part alone."""
    y, x = np.mgrid[:side, :side] - side / 2
    distance = np.hypot(x, y)
    line = (distance / 9 - np.arctan2(y, x) / (2 * np.pi)) % 1 < 0.5
    return (100 + np.where(distance > 0.47 * side, 90, 35) * line).astype(np.uint8)


def equal(pictures: np.ndarray) -> np.ndarray:
    """Assert that the edges of (B, H, W) are those of each picture alone, and return them."""
    found = edge_maps(torch.from_numpy(pictures)[:, None])
    assert found.dtype == torch.float32
    assert found.shape == (len(pictures), 1, *pictures.shape[1:])
    expected = np.stack([canny(picture, 80, 250) for picture in pictures])
    np.testing.assert_array_equal(found[:, 0].numpy(), expected)
    return expected


@pytest.mark.parametrize("size", [(48, 48), (37, 64), (1, 40), (40, 1), (1, 1), (2, 3)])
def test_noise_of_any_softness(size, way):
    rng = np.random.default_rng(sum(size))
    sharp = rng.random((24, *size), dtype=np.float32)
    soft = np.stack([gaussian_filter(p, 0.3 * i) * (1 + i) - i / 3 for i, p in enumerate(sharp)]).astype(np.float32)
    equal(sharp)
    equal(soft)


def test_few_gray_levels_have_ties(way):
    rng = np.random.default_rng(0)
    for steps in (2, 3, 5):
        pictures = rng.integers(0, steps, (12, 40, 33)).astype(np.float32) / (steps - 1)
        assert 0.02 < equal(pictures).mean() < 0.9


def test_smooth_pictures(scene, way):
    pictures = np.stack([scene(90, 70, seed)[seed % 3] for seed in range(24)])
    assert equal(pictures).any()


def test_every_direction(way):
    y, x = np.mgrid[:64, :64] - 31.5
    angles = np.concatenate([np.linspace(0, 2 * np.pi, 41), np.radians([22.5, 67.5, 112.5, 157.5])])
    pictures = [np.clip(0.5 + 0.3 * (np.cos(a) * x + np.sin(a) * y), 0, 1) for a in angles]
    assert equal(np.stack(pictures).astype(np.float32)).mean() > 0.005


@pytest.mark.parametrize("side", [48, 61, 85])
def test_long_spirals_are_followed_to_their_ends(side, way):
    line = spiral(side)
    pictures = np.stack([line, line.T, np.full_like(line, 99), line[::-1]]).astype(np.float32) / 255
    edges = equal(pictures)
    middle = slice(side // 2 - 6, side // 2 + 6)
    assert edges[0, middle, middle].any()
    one_round = torch.from_numpy(edges[0])[None, None] > 0
    outermost = one_round.clone()
    outermost[..., 8:-8, 8:-8] = False
    short = outermost.float()
    for _ in range(batch_edges.DILATIONS):
        short = torch.nn.functional.max_pool2d(short, 3, 1, 1) * one_round
    assert short.sum() < edges[0].sum(), "it takes more dilations than one round has"


def test_nothing_leaks_from_picture_to_picture():
    faint = np.tile(np.where(np.arange(32) < 16, 100, 130), (32, 1)).astype(np.float32) / 255
    strong = np.tile(np.where(np.arange(32) < 16, 0, 1), (32, 1)).astype(np.float32)
    edges = equal(np.stack([strong, faint, strong]))
    assert edges[0].any()
    assert not edges[1].any()


def test_values_beyond_the_range_are_clipped_and_half_floats_taken():
    rng = np.random.default_rng(1)
    pictures = rng.normal(0.5, 1, (6, 30, 30)).astype(np.float32)
    equal(pictures)
    half = torch.from_numpy(pictures)[:, None].half()
    assert torch.equal(edge_maps(half), edge_maps(half.float()))


def test_the_largest_derivatives_stay_exact():
    """All pairs of derivatives near the sectors' borders, against the products in 64-bit integers."""
    dx, dy = np.meshgrid(np.arange(0, 1021), np.arange(0, 1021))
    x, y = (torch.from_numpy(d.astype(np.float32))[None, None] for d in (dx, dy))
    tangent = batch_edges.SECTOR_TANGENT
    gradient = torch.zeros(1, 1, dx.shape[0] + 2, dx.shape[1] + 2)
    gradient[:, :, 1:-1, 2:] = 5  # an equal neighbor on the right only
    rival = batch_edges._rival(gradient, x, y)[0, 0].numpy()
    flat = dy.astype(np.int64) * 2**15 < dx.astype(np.int64) * tangent
    steep = dy.astype(np.int64) * 2**15 > dx.astype(np.int64) * (tangent + 2**16)
    inner = np.s_[2:-2, 2:-2]
    assert flat[inner].any()
    assert steep[inner].any()
    np.testing.assert_array_equal(rival[inner], 6)
    marked = torch.zeros_like(gradient)
    marked[:, :, :, ::2] = 10  # columns alternate: along x a rival of 10 or 11, along y the column's own
    rival = batch_edges._rival(marked, x, y)[0, 0].numpy()
    column = np.arange(dx.shape[1]) % 2  # 1: this place lies in a marked column
    along_x = np.where(column == 1, 1, 11)
    along_y = np.where(column == 1, 11, 1)
    np.testing.assert_array_equal(rival[1:-1][flat[1:-1]], np.broadcast_to(along_x, flat.shape)[1:-1][flat[1:-1]])
    np.testing.assert_array_equal(rival[1:-1][steep[1:-1]], np.broadcast_to(along_y, flat.shape)[1:-1][steep[1:-1]])

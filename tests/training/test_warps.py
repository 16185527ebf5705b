"""Warped pictures: what the warp does is read from pictures of their own coordinates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.training.warps import warp

SIDE = 48


@pytest.fixture
def places() -> torch.Tensor:
    """Return 400 equal pictures (400, 2, s, s) of the coordinates x and y, -1 to 1 at the borders."""
    line = (2 * torch.arange(SIDE) + 1) / SIDE - 1
    return torch.stack([line.expand(SIDE, SIDE), line[:, None].expand(SIDE, SIDE)]).expand(400, -1, -1, -1)


def slopes(warped: torch.Tensor) -> np.ndarray:
    """Return the matrices (B, 2, 2) that took x and y near the middle: rows of the places read, columns x and y."""
    low, high = SIDE // 2 - 3, SIDE // 2 + 3
    along_x = warped[:, :, SIDE // 2, high] - warped[:, :, SIDE // 2, low]
    along_y = warped[:, :, high, SIDE // 2] - warped[:, :, low, SIDE // 2]
    return (torch.stack([along_x, along_y], 2) / (6 * 2 / SIDE)).numpy()


def test_without_crop_turn_and_bend_half_are_mirrored_and_half_the_same():
    pictures = torch.rand(200, 3, 20, 20, generator=torch.Generator().manual_seed(0))
    warped = warp(pictures, torch.Generator().manual_seed(1), least_scale=1.0, largest_turn=0.0, bend=0.0)
    same = (warped - pictures).abs().amax((1, 2, 3)) < 1e-4
    mirrored = (warped - pictures.flip(3)).abs().amax((1, 2, 3)) < 1e-4
    assert (same ^ mirrored).all()
    assert 70 < int(same.sum()) < 130


def test_parts_and_turns_lie_within_their_ranges(places):
    matrices = slopes(warp(places, torch.Generator().manual_seed(2), bend=0.0))
    scale = np.sqrt(np.abs(np.linalg.det(matrices)))
    assert 0.649 < scale.min() < 0.67
    assert 0.98 < scale.max() < 1.001
    turn = np.degrees(np.arctan2(-matrices[:, 0, 1], matrices[:, 1, 1]))
    assert -12.1 < turn.min() < -11
    assert 11 < turn.max() < 12.1
    np.testing.assert_allclose(matrices[:, 0, 0] ** 2, matrices[:, 1, 1] ** 2, rtol=1e-3)
    assert 150 < np.sum(np.linalg.det(matrices) < 0) < 250, "mirrored"


def test_parts_lie_anywhere_within_the_picture(places):
    warped = warp(places, torch.Generator().manual_seed(3), bend=0.0, largest_turn=0.0)
    half_px = 1 / SIDE
    assert warped.abs().max() <= 1 - half_px + 1e-5
    middle = warped.mean((2, 3))
    scale = np.sqrt(np.abs(np.linalg.det(slopes(warped))))
    room = (1 - torch.from_numpy(scale))[:, None]
    assert (middle.abs() <= room + 1e-3).all()
    assert ((middle.abs() / room.clamp_min(0.02)) > 0.8).float().mean() > 0.1


def test_bending_moves_places_smoothly_and_differently_in_each_row(places):
    warped = warp(places, torch.Generator().manual_seed(4), least_scale=1.0, largest_turn=0.0)
    straight = torch.where((warped[:, 0, :, -1] > warped[:, 0, :, 0]).float().mean(1)[:, None, None] > 0.5, 1.0, -1.0)
    offset = torch.stack([warped[:, 0] - straight * places[:, 0], warped[:, 1] - places[:, 1]], 1)
    inner = offset[:, :, 8:-8, 8:-8]
    assert 0.1 < inner.abs().max() < 0.17  # bicubic enlargement overshoots a little
    assert (inner[..., 1:] - inner[..., :-1]).abs().max() < 0.03
    assert torch.cdist(inner.flatten(1), inner.flatten(1)).add(torch.eye(400) * 9).min() > 0.1


def test_range_shape_and_repetition():
    pictures = torch.rand(6, 3, 31, 31, generator=torch.Generator().manual_seed(5))
    first, again = (warp(pictures, torch.Generator().manual_seed(6)) for _ in range(2))
    assert first.shape == pictures.shape
    assert first.dtype == torch.float32
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first, warp(pictures, torch.Generator().manual_seed(7)))
    torch.manual_seed(8)
    assert not torch.equal(warp(pictures), warp(pictures)), "without a generator the device's own goes on"

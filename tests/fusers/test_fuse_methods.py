"""Fusing two pictures: the mean, and a network without seams."""

from __future__ import annotations

import numpy as np
import torch

from halftone_color.fusers import mean, network
from halftone_color.networks import fusion


def test_the_mean():
    first, second = np.full((3, 2, 2), 0.2, np.float32), np.full((3, 2, 2), 0.6, np.float32)
    np.testing.assert_allclose(mean.fuse(first, second, mean.Options()), 0.4)


def test_a_fresh_network_gives_the_mean(scene):
    fresh = {"fusion": fusion.Network(fusion.Config(8, 2))}
    first, second = scene(45, 31), scene(45, 31, 1)
    fused = network.fuse(first, second, network.Options(), fresh)
    np.testing.assert_allclose(fused, (first + second) / 2, atol=1e-6)


def test_tiles_show_no_seams(scene):
    torch.manual_seed(2)
    made = fusion.Network(fusion.Config(16, 4)).eval()
    torch.nn.init.normal_(made.leave.weight, std=0.05)
    first, second = scene(150, 190), scene(150, 190, 1)
    whole, tiled = (network.fuse(first, second, network.Options(tile), {"fusion": made}) for tile in (512, 32))
    assert np.abs(whole - (first + second) / 2).max() > 0.02
    assert np.abs(whole - tiled).max() <= 1 / 255

"""Fusing two pictures: the mean, and a network without seams."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.errors import UsageError
from halftone_color.fusers.mean import MeanFuser
from halftone_color.fusers.network import NetworkFuser
from halftone_color.networks import fusion
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

RUN = Run.open(Conditions(device="cpu", precision="float32"))


def test_the_mean():
    first, second = np.full((3, 2, 2), 0.2, np.float32), np.full((3, 2, 2), 0.6, np.float32)
    np.testing.assert_allclose(MeanFuser()(Task(first, other=second), RUN), 0.4)


def test_a_fresh_network_gives_the_mean(scene):
    fresh = RUN.with_networks({"fusion": fusion.FusionNet(fusion.FusionConfig(8, 2))})
    first, second = scene(45, 31), scene(45, 31, 1)
    fused = NetworkFuser()(Task(first, other=second), fresh)
    np.testing.assert_allclose(fused, (first + second) / 2, atol=1e-6)


def test_tiles_show_no_seams(scene):
    torch.manual_seed(2)
    made = fusion.FusionNet(fusion.FusionConfig(16, 4)).eval()
    torch.nn.init.normal_(made.leave.weight, std=0.05)
    first, second = scene(150, 190), scene(150, 190, 1)
    run = RUN.with_networks({"fusion": made})
    whole, tiled = (NetworkFuser(tile)(Task(first, other=second), run) for tile in (512, 32))
    assert np.abs(whole - (first + second) / 2).max() > 0.02
    assert np.abs(whole - tiled).max() <= 1 / 255


def test_the_order_of_the_two_counts(scene, tiny_run):
    first, second = scene(20, 30), scene(20, 30, 1)
    fused, turned = (NetworkFuser()(Task(a, other=b), tiny_run) for a, b in ((first, second), (second, first)))
    assert not np.array_equal(fused, turned)


@pytest.mark.parametrize("fuser", [MeanFuser(), NetworkFuser(16)])
def test_progress_rises_to_one(fuser, scene, tiny_run):
    shares = []
    fuser(Task(scene(40, 20), other=scene(40, 20, 1)), tiny_run.with_progress(shares.append))
    assert shares == sorted(shares)
    assert shares[-1] == 1


@pytest.mark.parametrize("tile", [0, -2, 33])
def test_tiles_that_the_network_cannot_take_are_refused(tile):
    with pytest.raises(UsageError, match="even number"):
        NetworkFuser(tile)

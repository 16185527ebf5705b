"""Reach of networks: what lies within a window's border by so much is exact, and hardly any less would do."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks.denoiser import DenoiserConfig, DenoiserNet
from halftone_color.networks.guided_denoiser import GuidedDenoiserConfig, GuidedDenoiserNet
from halftone_color.networks.inverse_halftone import InverseHalftoneConfig, InverseHalftoneNet
from halftone_color.networks.reach import reach_of

SIDE = 480
"""Of the picture; windows begin at START, a multiple of all sizes."""
START = 96


def random(network):
    """Return a network none of whose weights is zero or small, so that everything that can tell does."""
    torch.manual_seed(0)
    with torch.no_grad():
        for weight in network.parameters():
            spread = 1 / weight[0].numel() if weight.ndim > 1 else 0.1
            weight.copy_(spread * torch.rand_like(weight))
    return network.eval()


def wrong_px(whole, window):
    """Return how far from the window's left border its result (1, 1, SIDE, SIDE - START) is not the whole's."""
    differs = (whole[..., START:] - window).abs().amax((0, 1, 2)) > 1e-6 * whole.abs().max()
    return int(differs.nonzero().max()) + 1 if differs.any() else 0


@pytest.mark.parametrize("blocks", [(1, 1), (1, 2, 2, 1)])
def test_denoiser(blocks):
    network = random(DenoiserNet(DenoiserConfig(2, (3,) * len(blocks), blocks, 8)))
    planes, step = torch.rand(1, 2, 64, SIDE), torch.tensor([5])
    with torch.no_grad():
        wrong = wrong_px(*(network(each, step) for each in (planes, planes[..., START:])))
    assert 0.3 * network.reach() < wrong <= network.reach()


def test_inverse_halftone_network():
    network = random(InverseHalftoneNet(InverseHalftoneConfig((3, 3), (1, 1), 3, 2)))
    halftone, noise = torch.rand(1, 1, 64, SIDE), torch.rand(1, 8, 32, SIDE // 2)
    with torch.no_grad():
        whole = network(halftone, noise)[1]
        window = network(halftone[..., START:], noise[..., START // 2 :])[1]
    assert 0.5 * network.reach() < wrong_px(whole, window) <= network.reach()


def test_guided_denoiser_reaches_further():
    config = GuidedDenoiserConfig((3, 3), (1, 1), 8, 2, 3, 4, 16, (50,))
    guided, alone = GuidedDenoiserNet(config), GuidedDenoiserNet(GuidedDenoiserConfig((3, 3), (1, 1), 8, guides=0))
    assert guided.reach() > alone.reach() + 64
    guided.meta_halftones.normal_()
    guided = random(guided)
    planes = torch.rand(3, 1, 1, 64, SIDE)
    with torch.no_grad():
        whole = guided(*planes, torch.tensor([50]))
        window = guided(*planes[..., START:], torch.tensor([50]), (0, START))
    assert wrong_px(whole, window) <= guided.reach()


def test_what_is_wrong_already_adds_up():
    assert reach_of((1, 1), 40) >= reach_of((1, 1)) + 40

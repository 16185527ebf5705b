"""The guided denoiser: equations with known values, tiles on the picture's grid, and what is trained."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks.guided_denoiser import GuidedDenoiserConfig, GuidedDenoiserNet, laplacian

TINY = GuidedDenoiserConfig((8, 12), (1, 1), 8, guides=2, kernel=3, grays=3, tile=16, steps=(200, 100))


@pytest.fixture
def network():
    torch.manual_seed(0)
    made = GuidedDenoiserNet(TINY)
    made.meta_halftones.copy_(torch.randn(made.meta_halftones.shape, generator=torch.Generator().manual_seed(1)))
    return made.eval()


def test_guidance_of_constant_factors_is_the_weighed_sum_of_the_tiles(network):
    with torch.no_grad():
        network.affine.weight.zero_()
        network.affine.bias.copy_(torch.tensor([1.0, -2.0, 0.5]))
        network.spatial.weight.zero_()
        network.spatial.weight[0, 0, 1, 1] = 1
        network.spatial.weight[1, 1, 1, 1] = 1
        network.spatial.bias.zero_()
        state = torch.randn(1, 1, 32, 32)
        guidance = network.guidance(state, torch.tensor([110]))
    tile = (network.meta_halftones[1] * torch.tensor([1.0, -2.0, 0.5])[:, None, None]).sum(0)
    torch.testing.assert_close(guidance[0, 0], tile.repeat(2, 2))
    torch.testing.assert_close(guidance[0, 1], state[0, 0])


def test_tiles_lie_on_the_grid_of_the_picture(network):
    with torch.no_grad():
        network.affine.weight.zero_()
        state = torch.zeros(1, 1, 48, 48)
        whole = network.guidance(state, torch.tensor([200]))
        part = network.guidance(state[..., 8:, 24:], torch.tensor([200]), (8, 24))
    torch.testing.assert_close(part[..., 1:-1, 1:-1], whole[..., 9:-1, 25:-1])


def test_the_trunk_stays_as_it_is_and_the_rest_learns(network):
    torch.nn.init.normal_(network.denoiser.leave.weight, std=0.1)
    planes = [torch.randn(2, 1, 16, 16) for _ in range(3)]
    out = network(*planes, torch.tensor([200, 40]))
    assert out.shape == (2, 1, 16, 16)
    out.square().mean().backward()
    assert all(weight.grad is None for weight in network.trunk.parameters())
    for name in ("affine", "spatial"):
        assert getattr(network, name).weight.grad.abs().max() > 0


def test_the_first_stage_has_neither_trunk_nor_guidance():
    network = GuidedDenoiserNet(GuidedDenoiserConfig((8, 12), (1, 1), 8, guides=0))
    assert {name.partition(".")[0] for name in network.state_dict()} == {"denoiser"}
    assert network(*torch.randn(3, 2, 1, 16, 16), torch.tensor([1, 2])).shape == (2, 1, 16, 16)


def test_laplacian_of_a_slope_is_zero_and_of_a_dot_is_not():
    slope = torch.arange(6.0).expand(1, 1, 6, 6)
    assert laplacian(slope)[..., 1:-1].abs().max() < 1e-6
    dot = torch.zeros(1, 1, 5, 5)
    dot[..., 2, 2] = 1
    found = laplacian(dot)
    assert found[0, 0, 2, 2] == -1
    assert found.sum() == 0

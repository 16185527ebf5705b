"""The small denoiser: sizes, what the step does, tiles, and the start from an inverse halftone network."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks.denoiser import DenoiserConfig, DenoiserNet, embed_steps, start_from_inverse_halftone
from halftone_color.networks.inverse_halftone import InverseHalftoneConfig, InverseHalftoneNet

TINY = DenoiserConfig(2, (8, 12), (1, 1), 8)


def shaken(network, seed=0):
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(0.1 * torch.randn(weight.shape, generator=generator))
    return network.eval()


def test_the_shipped_size():
    weights = sum(weight.numel() for weight in DenoiserNet(DenoiserConfig()).parameters())
    assert 2.9e6 < weights < 3.4e6


def test_a_fresh_network_predicts_nothing():
    planes = torch.randn(2, 2, 16, 8)
    assert not DenoiserNet(TINY)(planes, torch.tensor([1, 200])).any()


def test_the_step_matters_row_by_row():
    network = shaken(DenoiserNet(TINY))
    planes = torch.randn(1, 2, 16, 16).expand(3, -1, -1, -1)
    with torch.no_grad():
        out = network(planes, torch.tensor([5, 5, 150]))
    assert out.shape == (3, 1, 16, 16)
    torch.testing.assert_close(out[0], out[1])
    assert (out[0] - out[2]).abs().max() > 1e-3


def test_what_is_far_away_does_not_matter():
    network = shaken(DenoiserNet(TINY))
    planes = torch.randn(1, 2, 128, 128)
    other = planes.clone()
    other[..., 80:] = 0
    with torch.no_grad():
        near, far = (network(x, torch.tensor([7]))[..., :32] for x in (planes, other))
    torch.testing.assert_close(near, far)


def test_embeddings_of_unlike_steps_differ():
    made = embed_steps(torch.arange(1, 801), 64)
    assert made.shape == (800, 64)
    assert torch.cdist(made, made).fill_diagonal_(1).min() > 0.01


def test_the_start_keeps_the_blocks_of_the_inverse_halftone_network():
    config = InverseHalftoneConfig((8, 12), (1, 1), 8, 1)
    content = shaken(InverseHalftoneNet(config)).content
    network = DenoiserNet(TINY)
    start_from_inverse_halftone(network, content)
    torch.testing.assert_close(network.down[0].blocks[0].first.weight, content.down[0][0].first.weight)
    torch.testing.assert_close(network.middle.blocks[0].second.bias, content.middle[0].second.bias)
    halftone = torch.rand(1, 1, 16, 16)
    both = torch.cat([halftone, halftone], 1)
    unshuffled = torch.nn.functional.pixel_unshuffle(both, 2)
    noiseless = torch.cat([unshuffled[:, :4], torch.zeros(1, 8, 8, 8)], 1)
    torch.testing.assert_close(network.enter(unshuffled), content.enter(noiseless))


def test_a_network_of_other_sizes_is_no_start():
    content = InverseHalftoneNet(InverseHalftoneConfig((8, 16), (1, 1), 8, 1)).content
    with pytest.raises(RuntimeError, match="size mismatch"):
        start_from_inverse_halftone(DenoiserNet(TINY), content)

"""The published denoiser: its number of parameters, and a small one at work."""

from __future__ import annotations

import torch

from halftone_color.networks.denoiser_2022 import Attention, Denoiser2022Config, Denoiser2022Net

TINY = Denoiser2022Config(2, 32, (1, 2), 1, (1,), 2)


def test_the_published_size():
    with torch.device("meta"):
        network = Denoiser2022Net(Denoiser2022Config())
    weights = sum(weight.numel() for weight in network.parameters())
    assert round(weights / 1e6, 1) == 34.3


def test_a_small_one_learns_and_depends_on_the_step():
    torch.manual_seed(0)
    network = Denoiser2022Net(TINY)
    planes = torch.randn(2, 2, 16, 8)
    before = network(planes, torch.tensor([1, 9]))
    assert before.shape == (2, 1, 16, 8)
    assert not before.any(), "the last layer starts at zero"
    optimizer = torch.optim.AdamW(network.parameters(), 1e-2)
    wanted, errors = planes[:, :1] * torch.tensor([1.0, -1.0])[:, None, None, None], []
    for _ in range(25):
        optimizer.zero_grad()
        error = (network(planes, torch.tensor([1, 9])) - wanted).square().mean()
        error.backward()
        optimizer.step()
        errors.append(float(error.detach()))
    assert errors[-1] < 0.5 * errors[0]


def test_attention_does_not_care_for_the_order_of_places():
    torch.manual_seed(1)
    attention = Attention(32, 2)
    torch.nn.init.normal_(attention.leave.weight, std=0.2)
    x = torch.randn(1, 32, 4, 4)
    order = torch.randperm(16, generator=torch.Generator().manual_seed(2))
    mixed = x.flatten(2)[..., order].reshape(x.shape)
    torch.testing.assert_close(attention(mixed).flatten(2), attention(x).flatten(2)[..., order], atol=1e-5, rtol=1e-4)

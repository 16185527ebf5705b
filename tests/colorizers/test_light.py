"""The light of automatic results: a mean chroma nearer to gray, colors further apart."""

from __future__ import annotations

import torch

from halftone_color.colorizers import _light
from halftone_color.networks import colorizer
from halftone_color.networks.code_prior import CodeDistribution

SIZES = (3, (24, 20, 16, 12, 8), 6, 8, 16, 8)


def test_the_cast_is_less_and_colors_are_further_apart():
    network = colorizer.ColorizerNet(colorizer.ColorizerConfig(*SIZES, prior=4))
    with torch.no_grad():
        for layer in (network.palette.read, network.palette.ask):  # the code is the palette
            layer.weight.copy_(torch.eye(3))
    likely = CodeDistribution.standard(torch.tensor([[0.1, -0.2, 0.05]]))
    found = _light.neutralize_light(network, likely)
    torch.testing.assert_close(
        found.mean, torch.tensor([[_light.CAST * 0.1, -_light.CAST * 0.2, 0.05 + _light.SPREAD]])
    )
    assert found.log_scale is likely.log_scale
    vividness = _light.neutralize_light(network, likely, vividness=1.0).mean - found.mean
    assert vividness[0, 0] < 0 < vividness[0, 1], "nearer to gray still"
    assert vividness[0, 2] > 0


def test_a_network_that_does_not_know_palettes_keeps_its_light():
    network, likely = (
        colorizer.ColorizerNet(colorizer.ColorizerConfig(*SIZES)),
        CodeDistribution.standard(torch.ones(1, 3)),
    )
    assert _light.neutralize_light(network, likely) is likely

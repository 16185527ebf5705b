"""The code of automatic results: of the picture's own likely colors in more neutral light, and further apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from halftone_color.colorize import _light
from halftone_color.networks import colorizer

CODE = 3


@pytest.fixture
def network(monkeypatch):
    """Return a network that paints given chroma whatever it sees, and whose code is mean Cb, mean Cr and the spread."""
    network = colorizer.Network(colorizer.Config(CODE, (24, 20, 16, 12, 8), 6, 8, 16, 8)).eval().requires_grad_(False)
    slopes = torch.cat([torch.zeros(1, CODE), torch.eye(CODE)])
    network.config = replace(network.config, slopes=tuple(slopes.flatten().tolist()))
    chroma = torch.zeros(2, 2, 4, 4)
    chroma[:, 0] = 0.1
    chroma[:, 1, :2], chroma[:, 1, 2:] = 0.3, 0.1
    monkeypatch.setattr(network, "paint", lambda places, code: chroma)
    return network


def places(network, views=2):
    return network.look(torch.rand(views, 1, 64, 64), torch.zeros(views, 1, 64, 64))


def test_it_is_less_warm_and_further_apart_than_what_is_likely(network):
    code = _light.usual_code(network, places(network))
    wanted = [_light.WARMTH * 0.1, _light.WARMTH * 0.2, _light.DISTANCE * 0.1, 1.0]
    torch.testing.assert_close(code, _light.STRENGTH * torch.tensor([wanted]))


def test_a_network_that_does_not_know_what_codes_say_gets_none(network):
    network.config = replace(network.config, slopes=())
    torch.testing.assert_close(_light.usual_code(network, places(network)), torch.zeros(1, CODE + 1))
    with torch.autocast("cpu", torch.bfloat16):
        assert _light.usual_code(network, places(network)).dtype == torch.float32


def test_slopes_of_another_length_are_refused():
    with pytest.raises(ValueError, match="slopes"):
        colorizer.Config(slopes=(1.0, 2.0))

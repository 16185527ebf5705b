"""The colorization network: shapes, correspondence on constructed keys, and what a missing guide means."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks import colorizer


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return colorizer.Network(colorizer.Config(5, (24, 20, 16, 12, 8), 6)).eval().requires_grad_(False)


def places_with(keys):
    """Return places whose keys (B, key, h, w) are given."""
    nothing = torch.zeros(1)
    return colorizer.Places(nothing, nothing, nothing, keys)


def one_hot_places(count, rows, order=None):
    """Return places of a picture of rows x (count / rows) cells, each unlike every other."""
    keys = torch.eye(count)[:, range(count) if order is None else order]
    return places_with(keys.reshape(1, count, rows, -1))


def test_shapes(network):
    gray, edge = torch.rand(2, 1, 64, 96), torch.zeros(2, 1, 64, 96)
    places = network.look(gray, edge)
    assert places.shallow.shape == (2, 16, 32, 48)
    assert places.middle.shape == (2, 24, 16, 24)
    assert places.deep.shape == (2, 16, 8, 12)
    assert places.keys.shape == (2, 6, 8, 12)
    torch.testing.assert_close(places.keys.norm(dim=1), torch.ones(2, 8, 12))
    chroma = network(gray, edge, torch.zeros(2, 5))
    assert chroma.shape == (2, 2, 32, 48)
    assert chroma.abs().max() <= 0.5


def test_other_sizes_do_not_fit(network):
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, 48, 48), torch.zeros(1, 1, 48, 48), torch.zeros(1, 5))


def test_no_guide_is_a_guide_of_zeros(network):
    places = network.look(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    code = torch.randn(1, 5)
    torch.testing.assert_close(network.paint(places, code), network.paint(places, code, torch.zeros(1, 4, 8, 8)))


def test_code_and_guide_change_the_colours(network):
    places = network.look(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    plain = network.paint(places, torch.zeros(1, 5))
    assert not torch.allclose(plain, network.paint(places, torch.ones(1, 5)), atol=1e-6)
    assert not torch.allclose(plain, network.paint(places, torch.zeros(1, 5), torch.ones(1, 4, 8, 8)), atol=1e-6)


def test_a_picture_carries_its_own_chroma(network, monkeypatch):
    monkeypatch.setattr(network.sharpness, "data", torch.tensor(4.0))
    chroma = torch.rand(1, 2, 3, 4) - 0.5
    here = one_hot_places(12, 3)
    guide = network.correspond(here, here, chroma)
    torch.testing.assert_close(guide[:, :2], chroma, atol=1e-6, rtol=0)
    torch.testing.assert_close(guide[:, 2:], torch.ones(1, 2, 3, 4))


def test_chroma_follows_likeness_and_not_position(network, monkeypatch):
    monkeypatch.setattr(network.sharpness, "data", torch.tensor(4.0))
    chroma = torch.rand(1, 2, 3, 4)
    order = torch.randperm(12)
    moved = chroma.flatten(2)[:, :, order].reshape(1, 2, 2, 6)  # the same places elsewhere, in another shape
    guide = network.correspond(one_hot_places(12, 3), one_hot_places(12, 2, order), moved)
    torch.testing.assert_close(guide[:, :2], chroma, atol=1e-6, rtol=0)


def test_attention_by_hand(network, monkeypatch):
    monkeypatch.setattr(network.sharpness, "data", torch.tensor(2.0).log())
    target = places_with(torch.tensor([[1.0, 0.0]]).reshape(1, 2, 1, 1))
    reference = places_with(torch.tensor([[0.6, 0.0], [0.8, 1.0]]).reshape(1, 2, 1, 2))
    chroma = torch.tensor([[0.4, 0.1], [0.2, -0.3]]).reshape(1, 2, 1, 2)
    first = torch.tensor(1.2).exp() / (torch.tensor(1.2).exp() + 1)  # cosines .6 and 0, sharpened twofold
    carried = first * chroma[0, :, 0, 0] + (1 - first) * chroma[0, :, 0, 1]
    guide = network.correspond(target, reference, chroma).flatten()
    torch.testing.assert_close(guide, torch.cat([0.6 * carried, torch.tensor([0.6, 1.0])]))


def test_a_stranger_is_not_trusted(network):
    strange = places_with(torch.tensor([0.0, 1.0]).reshape(1, 2, 1, 1))
    opposite = places_with(torch.tensor([0.0, -1.0]).reshape(1, 2, 1, 1))
    guide = network.correspond(opposite, strange, torch.full((1, 2, 1, 1), 0.5))
    torch.testing.assert_close(guide.flatten(), torch.tensor([0.0, 0.0, 0.0, 1.0]))

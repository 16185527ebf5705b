"""The colorization network: shapes, correspondence on constructed keys, and what a missing guide means."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks import colorizer


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return colorizer.Network(colorizer.Config(5, (24, 20, 16, 12, 8), 6, 7)).eval().requires_grad_(False)


def one_hot_keys(count, order=None):
    """Return keys (1, count, count) of places each unlike every other."""
    return torch.eye(count)[None, :, range(count) if order is None else order]


def test_shapes(network):
    gray, edge = torch.rand(2, 1, 64, 96), torch.zeros(2, 1, 64, 96)
    places = network.look(gray, edge)
    assert places.shallow.shape == (2, 16, 32, 48)
    assert places.middle.shape == (2, 24, 16, 24)
    assert places.deep.shape == (2, 16, 8, 12)
    assert places.keys.shape == (2, 6, 8, 12)
    assert places.fine_keys.shape == (2, 7, 16, 24)
    torch.testing.assert_close(places.keys.norm(dim=1), torch.ones(2, 8, 12))
    torch.testing.assert_close(places.fine_keys.norm(dim=1), torch.ones(2, 16, 24))
    chroma = network(gray, edge, torch.zeros(2, 5))
    assert chroma.shape == (2, 2, 32, 48)
    assert chroma.abs().max() <= 0.5


def test_other_sizes_do_not_fit(network):
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, 48, 48), torch.zeros(1, 1, 48, 48), torch.zeros(1, 5))


def test_no_guide_is_a_guide_of_zeros(network):
    places = network.look(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    code, guide = torch.randn(1, 5), colorizer.Guide(torch.zeros(1, 4, 8, 8), torch.zeros(1, 4, 16, 16))
    torch.testing.assert_close(network.paint(places, code), network.paint(places, code, guide))


def test_code_and_guide_change_the_colours(network, monkeypatch):
    monkeypatch.setattr(network.guide4.weight, "data", torch.randn_like(network.guide4.weight))
    places = network.look(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    nothing, coarse, fine = torch.zeros(1, 5), torch.zeros(1, 4, 8, 8), torch.zeros(1, 4, 16, 16)
    plain = network.paint(places, nothing)
    assert not torch.allclose(plain, network.paint(places, torch.ones(1, 5)), atol=1e-6)
    for guide in (colorizer.Guide(coarse + 1, fine), colorizer.Guide(coarse, fine + 1)):
        assert not torch.allclose(plain, network.paint(places, nothing, guide), atol=1e-6)


def test_an_exemplar_remembers_mean_chroma_where_its_keys_are(network):
    places = network.look(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    chroma = torch.rand(1, 2, 64, 64) - 0.5
    exemplar = colorizer.Exemplar.of(places, chroma)
    torch.testing.assert_close(exemplar.chroma[0, :, 1], chroma[0, :, :8, 8:16].mean((1, 2)))
    torch.testing.assert_close(exemplar.fine_chroma[0, :, 17], chroma[0, :, 4:8, 4:8].mean((1, 2)))
    torch.testing.assert_close(exemplar.keys[0, :, 9], places.keys[0, :, 1, 1])
    twice = colorizer.Exemplar.joined([exemplar, exemplar])
    assert (twice.keys.shape, twice.fine_chroma.shape) == ((1, 6, 128), (1, 2, 512))
    guide, again = network.correspond(places, exemplar), network.correspond(places, twice)
    assert (guide.coarse.shape, guide.fine.shape) == ((1, 4, 8, 8), (1, 4, 16, 16))
    torch.testing.assert_close(again.fine, guide.fine)


def test_a_picture_carries_its_own_chroma():
    chroma = torch.rand(1, 2, 12) - 0.5
    keys = one_hot_keys(12)
    guide = colorizer.carry(keys.reshape(1, 12, 3, 4), keys, chroma, torch.tensor(60.0))
    torch.testing.assert_close(guide[:, :2].flatten(2), chroma, atol=1e-6, rtol=0)
    torch.testing.assert_close(guide[:, 2:], torch.ones(1, 2, 3, 4))


def test_chroma_follows_likeness_and_not_position(monkeypatch):
    chroma, order = torch.rand(1, 2, 12), torch.randperm(12)
    arguments = (one_hot_keys(12).reshape(1, 12, 3, 4), one_hot_keys(12, order), chroma[:, :, order])
    guide = colorizer.carry(*arguments, torch.tensor(60.0))
    torch.testing.assert_close(guide[:, :2].flatten(2), chroma, atol=1e-6, rtol=0)
    monkeypatch.setattr(colorizer, "MOST_COMPARED", 30)  # two rows at a time
    torch.testing.assert_close(colorizer.carry(*arguments, torch.tensor(60.0)), guide)


def test_attention_by_hand():
    target = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1)
    keys = torch.tensor([[0.6, 0.0], [0.8, 1.0]]).reshape(1, 2, 2)
    chroma = torch.tensor([[0.4, 0.1], [0.2, -0.3]]).reshape(1, 2, 2)
    first = torch.tensor(1.2).exp() / (torch.tensor(1.2).exp() + 1)  # cosines .6 and 0, sharpened twofold
    carried = first * chroma[0, :, 0] + (1 - first) * chroma[0, :, 1]
    guide = colorizer.carry(target, keys, chroma, torch.tensor(2.0)).flatten()
    torch.testing.assert_close(guide, torch.cat([0.6 * carried, torch.tensor([0.6, 1.0])]))


def test_a_stranger_is_not_trusted():
    opposite, strange = torch.tensor([0.0, -1.0]).reshape(1, 2, 1, 1), torch.tensor([0.0, 1.0]).reshape(1, 2, 1)
    guide = colorizer.carry(opposite, strange, torch.full((1, 2, 1), 0.5), torch.tensor(10.0))
    torch.testing.assert_close(guide.flatten(), torch.tensor([0.0, 0.0, 0.0, 1.0]))

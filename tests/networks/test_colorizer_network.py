"""The colorization network: shapes, correspondence on constructed keys, gates, and what missing cues mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from halftone_color.networks import colorizer
from halftone_color.networks.chroma_classes import COUNT

CONFIG = colorizer.ColorizerConfig(code=5, widths=(24, 20, 16, 12, 8), key=6, queries=8, query_width=16, mixed=8)


@pytest.fixture(scope="module")
def network():
    """A network in which every entrance counts, also those that begin at zero."""
    torch.manual_seed(3)
    made = colorizer.ColorizerNet(CONFIG)
    for layer in (made.guide4, made.hint4, made.hint8, made.leave):
        torch.nn.init.normal_(layer.weight, std=0.3)
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def places(network):
    torch.manual_seed(4)
    return network.encode(torch.rand(1, 1, 64, 96), (torch.rand(1, 1, 64, 96) > 0.9).float())


@pytest.fixture(scope="module")
def exemplar(network):
    torch.manual_seed(5)
    seen = network.encode(torch.rand(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    return colorizer.Exemplar.of(seen, torch.rand(1, 2, 64, 64) - 0.5)


def one_hot_keys(count, order=None):
    """Return keys (1, count, count) of places each unlike every other."""
    return torch.eye(count)[None, :, range(count) if order is None else order]


def test_shapes(network):
    gray, edge = torch.rand(2, 1, 64, 96), torch.zeros(2, 1, 64, 96)
    places = network.encode(gray, edge)
    assert places.shallow.shape == (2, 16, 32, 48)
    assert places.middle.shape == (2, 24, 16, 24)
    assert places.coarse.shape == (2, 20, 4, 6)
    assert places.deep.shape == (2, 16, 8, 12)
    assert places.keys.shape == (2, 6, 8, 12)
    assert places.fine_keys.shape == (2, 6, 16, 24)
    torch.testing.assert_close(places.keys.norm(dim=1), torch.ones(2, 8, 12))
    torch.testing.assert_close(places.fine_keys.norm(dim=1), torch.ones(2, 16, 24))
    features = network.decode(places, torch.zeros(2, 6))
    assert features.shape == (2, 8, 32, 48)
    assert network.votes(features).shape == (2, COUNT, 32, 48)
    chroma = network(gray, edge, torch.zeros(2, 6))
    assert chroma.shape == (2, 2, 32, 48)
    assert chroma.abs().max() <= 0.5
    torch.testing.assert_close(chroma, network.chroma(features))


def test_other_sizes_do_not_fit(network):
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, 48, 48), torch.zeros(1, 1, 48, 48), torch.zeros(1, 6))


@pytest.mark.parametrize("values", [{"queries": 7}, {"query_width": 30}])
def test_queries_come_in_groups(values):
    with pytest.raises(ValueError, match="multiples of 4"):
        colorizer.ColorizerConfig(**values)


def test_rows_are_pictures(network):
    gray, edge = torch.rand(3, 1, 32, 64), torch.zeros(3, 1, 32, 64)
    places, code = network.encode(gray, edge), network.with_flag(torch.randn(3, 5))
    whole = network.predict_chroma(places, code)
    torch.testing.assert_close(
        network.predict_chroma(places.select(slice(1, 2)), code[1:2]), whole[1:2], atol=1e-5, rtol=1e-4
    )
    chosen = torch.tensor([2, 0])
    torch.testing.assert_close(
        network.predict_chroma(places.select(chosen), code[chosen]), whole[chosen], atol=1e-5, rtol=1e-4
    )


def test_a_code_that_is_given_says_so(network, places):
    none, zero, code = torch.zeros(1, 6), network.with_flag(torch.zeros(1, 5)), torch.randn(1, 5)
    torch.testing.assert_close(zero, torch.tensor([[0.0, 0, 0, 0, 0, 1]]))
    torch.testing.assert_close(network.with_flag(code, 0.0), none)
    torch.testing.assert_close(network.with_flag(code, 0.25), torch.cat([code / 4, torch.full((1, 1), 0.25)], 1))
    automatic, drab = network.predict_chroma(places, none), network.predict_chroma(places, zero)
    assert (automatic - drab).abs().max() > 1e-4, "a code of zeros is a code"
    assert (network.predict_chroma(places, network.with_flag(code)) - drab).abs().max() > 1e-4


def test_no_guide_is_a_guide_of_zeros(network, places):
    assert network.guide8.bias.abs().max() > 0.01, "a bias would tell them apart"
    code, guide = torch.randn(1, 6), colorizer.Guide(torch.zeros(1, 4, 8, 12), torch.zeros(1, 4, 16, 24))
    torch.testing.assert_close(network.predict_chroma(places, code, guide), network.predict_chroma(places, code))


def test_a_guide_that_is_there_enters_by_a_convolution(network):
    guide = torch.cat([torch.rand(1, 3, 8, 12) - 0.5, torch.ones(1, 1, 8, 12)], 1)
    factors = torch.tensor([8.0, 8.0, 1.0, 1.0])[:, None, None]
    torch.testing.assert_close(colorizer._project_guide(network.guide8, guide), network.guide8(guide * factors))


def test_guide_and_hints_change_the_colors(network, places):
    nothing, coarse, fine = torch.zeros(1, 6), torch.zeros(1, 4, 8, 12), torch.zeros(1, 4, 16, 24)
    plain = network.predict_chroma(places, nothing)
    for guide in (colorizer.Guide(coarse + 1, fine), colorizer.Guide(coarse, fine + 1)):
        assert (network.predict_chroma(places, nothing, guide) - plain).abs().max() > 1e-4
    hints = torch.zeros(1, 3, 16, 24)
    hints[:, :, 5, 7] = torch.tensor([0.2, -0.1, 1.0])
    change = (network.predict_chroma(places, nothing, None, hints) - plain).abs()
    assert change[:, :, 10, 14].max() > 1e-4
    assert change.mean() < change[:, :, 4:18, 8:22].mean(), "most where the hint is"


def test_hints_coarser_are_means_of_what_is_given():
    hints = torch.zeros(1, 3, 4, 4)
    hints[0, :, 0, 0] = torch.tensor([0.2, -0.4, 1.0])
    hints[0, :, 1, 1] = torch.tensor([0.4, 0.0, 1.0])
    hints[0, :, 2, 3] = torch.tensor([-0.1, 0.3, 1.0])
    found = colorizer._downsample_hints(hints)
    wanted = torch.zeros(1, 3, 2, 2)
    wanted[0, :, 0, 0] = torch.tensor([0.3, -0.2, 1.0])
    wanted[0, :, 1, 1] = torch.tensor([-0.1, 0.3, 1.0])
    torch.testing.assert_close(found, wanted)


def test_gates_close_open_and_ramp():
    likeness = torch.tensor([0.5, 0.6, 0.65, 0.7, 0.8, 1.0]).reshape(1, 1, 1, 6)
    plane = torch.cat([0.3 * likeness, -0.2 * likeness, likeness, torch.ones_like(likeness)], 1)
    gated = colorizer.Guide(plane, plane).gate(((0.6, 0.8), (0.9, 1.0)))
    torch.testing.assert_close(gated.coarse[..., :2], torch.zeros(1, 4, 1, 2))
    torch.testing.assert_close(gated.coarse[..., 2:4], plane[..., 2:4] * torch.tensor([0.25, 0.5]))
    torch.testing.assert_close(gated.coarse[..., 4:], plane[..., 4:])
    torch.testing.assert_close(gated.fine[..., :5], torch.zeros(1, 4, 1, 5))
    torch.testing.assert_close(gated.fine[..., 5:], plane[..., 5:])


def test_a_guide_scaled(network, places, exemplar):
    guide = network.correspond(places, exemplar)
    torch.testing.assert_close(guide.scale(0.5).coarse, guide.coarse / 2)
    torch.testing.assert_close(guide.scale(torch.tensor(0.0)).fine, torch.zeros_like(guide.fine))


def test_an_exemplar_remembers_mean_chroma_where_its_keys_are(network, places):
    chroma = torch.rand(1, 2, 64, 96) - 0.5
    exemplar = colorizer.Exemplar.of(places, chroma)
    torch.testing.assert_close(exemplar.chroma[0, :, 1], chroma[0, :, :8, 8:16].mean((1, 2)))
    torch.testing.assert_close(exemplar.fine_chroma[0, :, 25], chroma[0, :, 4:8, 4:8].mean((1, 2)))
    torch.testing.assert_close(exemplar.keys[0, :, 13], places.keys[0, :, 1, 1])
    twice = colorizer.Exemplar.concatenate([exemplar, exemplar])
    assert (twice.keys.shape, twice.fine_chroma.shape) == ((1, 6, 2 * 96), (1, 2, 2 * 384))
    guide, again = network.correspond(places, exemplar), network.correspond(places, twice)
    assert (guide.coarse.shape, guide.fine.shape) == ((1, 4, 8, 12), (1, 4, 16, 24))
    torch.testing.assert_close(again.fine, guide.fine)
    torch.testing.assert_close(guide.fine[:, 2:], torch.ones(1, 2, 16, 24))  # most like itself


def test_order_of_an_exemplars_places_does_not_count(network, places, exemplar):
    order, fine_order = torch.randperm(64), torch.randperm(256)
    shuffled = colorizer.Exemplar(
        exemplar.keys[:, :, order],
        exemplar.chroma[:, :, order],
        exemplar.fine_keys[:, :, fine_order],
        exemplar.fine_chroma[:, :, fine_order],
    )
    found, wanted = network.correspond(places, shuffled), network.correspond(places, exemplar)
    torch.testing.assert_close(found.coarse, wanted.coarse)
    torch.testing.assert_close(found.fine, wanted.fine)


def test_a_picture_carries_its_own_chroma():
    chroma = torch.rand(1, 2, 12) - 0.5
    keys = one_hot_keys(12)
    guide = colorizer.transfer_chroma(keys.reshape(1, 12, 3, 4), keys, chroma, torch.tensor(60.0))
    torch.testing.assert_close(guide[:, :2].flatten(2), chroma, atol=1e-6, rtol=0)
    torch.testing.assert_close(guide[:, 2:], torch.ones(1, 2, 3, 4))


def test_chroma_follows_likeness_and_not_position():
    chroma, order = torch.rand(1, 2, 12), torch.randperm(12)
    wanted = one_hot_keys(12).reshape(1, 12, 3, 4)
    guide = colorizer.transfer_chroma(wanted, one_hot_keys(12, order), chroma[:, :, order], torch.tensor(60.0))
    torch.testing.assert_close(guide[:, :2].flatten(2), chroma, atol=1e-6, rtol=0)


@pytest.mark.parametrize("most", [1, 2 * 2 * 50, 5 * 2 * 50])
def test_in_chunks_as_at_once(most, monkeypatch):
    torch.manual_seed(6)
    arguments = (
        F.normalize(torch.randn(2, 6, 3, 7), dim=1),
        F.normalize(torch.randn(2, 6, 50), dim=1),
        torch.rand(2, 2, 50) - 0.5,
        torch.tensor(9.0),
    )
    whole = colorizer.transfer_chroma(*arguments)
    monkeypatch.setattr(colorizer, "MOST_COMPARED", most)
    torch.testing.assert_close(colorizer.transfer_chroma(*arguments), whole)


def test_attention_is_numpys():
    rng = np.random.default_rng(7)
    wanted, keys = rng.normal(size=(6, 4)), rng.normal(size=(6, 9))
    wanted, keys = (x / np.linalg.norm(x, axis=0) for x in (wanted, keys))
    chroma, sharpness = rng.uniform(-0.5, 0.5, (2, 9)), 4.0
    cosines = wanted.T @ keys  # (4, 9)
    shares = np.exp(sharpness * cosines) / np.exp(sharpness * cosines).sum(1, keepdims=True)
    likeness = cosines.max(1).clip(0)
    expected = np.concatenate([(shares @ chroma.T).T * likeness, [likeness], [np.ones(4)]])
    given = (torch.from_numpy(x)[None].float() for x in (wanted.reshape(6, 2, 2), keys, chroma))
    found = colorizer.transfer_chroma(*given, torch.tensor(sharpness))
    np.testing.assert_allclose(found[0].reshape(4, 4), expected, atol=1e-5)


def test_a_stranger_is_not_trusted():
    opposite, strange = torch.tensor([0.0, -1.0]).reshape(1, 2, 1, 1), torch.tensor([0.0, 1.0]).reshape(1, 2, 1)
    guide = colorizer.transfer_chroma(opposite, strange, torch.full((1, 2, 1), 0.5), torch.tensor(10.0))
    torch.testing.assert_close(guide.flatten(), torch.tensor([0.0, 0.0, 0.0, 1.0]))

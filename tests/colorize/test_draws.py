"""Noise that draws one of the colourings which votes allow: its distribution, and that like places draw alike."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from halftone_color.colorize._draws import gumbel_noise
from halftone_color.networks.chroma_classes import COUNT, anchors


@pytest.fixture(scope="module")
def keys():
    """Return keys (1, 6, 2, 2): the first two places are alike, the third is unlike, the fourth between."""
    rows = torch.tensor([[1.0, 0, 0, 0, 0, 0], [1.0, 0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0, 0], [1.0, 1.0, 0, 0, 0, 0]])
    return F.normalize(rows.T.reshape(1, 6, 2, 2), dim=1)


@pytest.fixture(scope="module")
def many(keys):
    """Return the noise (800, COUNT, 2, 2) of as many seeds."""
    return torch.cat([gumbel_noise(keys, seed, 2, 2) for seed in range(800)])


def test_the_same_seed_draws_the_same(keys):
    assert torch.equal(gumbel_noise(keys, 3, 2, 2), gumbel_noise(keys, 3, 2, 2))
    assert not torch.allclose(gumbel_noise(keys, 3, 2, 2), gumbel_noise(keys, 4, 2, 2))
    assert gumbel_noise(keys, 3, 8, 10).shape == (1, COUNT, 8, 10)


def test_noise_is_gumbels(many, keys):
    between = torch.stack([gumbel_noise(keys, seed, 8, 8)[0, :, 3:5, 3:5] for seed in range(800)])
    for noise in (many, between):
        assert float(noise.mean()) == pytest.approx(np.euler_gamma, abs=0.06)
        assert float(noise.var()) == pytest.approx(np.pi**2 / 6, rel=0.06)


def test_like_places_draw_alike(many):
    assert torch.equal(many[:, :, 0, 0], many[:, :, 0, 1])
    like = [np.corrcoef(many[:, 5, 0, 0], many[:, 5, row, column])[0, 1] for row, column in ((1, 0), (1, 1))]
    assert like[0] == pytest.approx(0, abs=0.12)
    assert like[1] == pytest.approx(0.5**0.5, abs=0.12)


def test_like_colours_draw_alike(many):
    gray, apart = many[:, 0, 0, 0], (anchors() - anchors()[0]).norm(dim=1)
    assert np.corrcoef(gray, many[:, int(apart.argsort()[1]), 0, 0])[0, 1] > 0.8
    assert abs(np.corrcoef(gray, many[:, int(apart.argmax()), 0, 0])[0, 1]) < 0.12


def test_colours_come_as_often_as_the_votes_say(many):
    places = anchors()
    chosen = [int((places - torch.tensor(p)).square().sum(1).argmin()) for p in ((0.3, 0), (-0.2, 0.2), (-0.2, -0.2))]
    votes = torch.full((COUNT,), -50.0)
    votes[chosen] = torch.tensor([0.6, 0.3, 0.1]).log()
    drawn = (votes + many[:, :, 1, 0]).argmax(1)
    for place, share in zip(chosen, (0.6, 0.3, 0.1), strict=True):
        assert float((drawn == place).float().mean()) == pytest.approx(share, abs=0.06)

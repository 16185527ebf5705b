"""Classes of chroma: that they part the plane of Cb and Cr, and that votes can be read in both directions."""

from __future__ import annotations

import pytest
import torch

from halftone_color.color import rgb_to_ycc
from halftone_color.networks import chroma_classes


def test_anchors_are_apart_and_cover_the_colours_there_are():
    places = chroma_classes.anchors()
    assert places.shape == (chroma_classes.COUNT, 2)
    assert not places[0].any(), "gray is the first"
    assert (torch.cdist(places, places) + torch.eye(len(places))).min() > 0.015
    corners = torch.tensor([[r, g, b] for r in (0.0, 1.0) for g in (0.0, 1.0) for b in (0.0, 1.0)])
    chroma = rgb_to_ycc(corners[:, :, None, None])[1][..., 0, 0] * 0.6  # colours of 60 % saturation
    assert torch.cdist(chroma, places).amin(1).max() < 0.06


def test_every_chroma_belongs_to_its_neighbours():
    places = chroma_classes.anchors()
    shares = chroma_classes.memberships(places)
    torch.testing.assert_close(shares.sum(-1), torch.ones(len(places)))
    assert torch.equal(shares.argmax(-1), torch.arange(len(places)))
    far = torch.cdist(places, places) > 0.2
    assert shares[far].max() < 1e-3


@pytest.mark.parametrize("chroma", [(0.0, 0.0), (0.03, -0.02), (-0.1, 0.12), (0.2, 0.05), (-0.15, -0.15)])
def test_the_mean_of_its_classes_is_the_chroma(chroma):
    wanted = torch.tensor(chroma)
    shares = chroma_classes.memberships(wanted.expand(1, 3, 2, 2))  # (1, 3, 2, COUNT)
    found = chroma_classes.annealed_mean(shares.log().movedim(-1, 1), 1.0)
    assert found.shape == (1, 2, 3, 2)
    torch.testing.assert_close(found, wanted[None, :, None, None].expand(1, 2, 3, 2), atol=0.012, rtol=0)


def test_between_two_colours_the_mean_is_gray_and_the_annealed_one_is_not():
    places = chroma_classes.anchors()
    red, green = (int((places - torch.tensor(p)).square().sum(1).argmin()) for p in ((-0.05, 0.2), (0.05, -0.2)))
    votes = torch.full((1, chroma_classes.COUNT, 1, 1), -20.0)
    votes[0, red], votes[0, green] = 0.4, 0.0  # three to two
    size = {t: chroma_classes.annealed_mean(votes, t).norm() for t in (1.0, 0.3, 0.01)}
    assert size[1.0] < 0.06
    assert 0.1 < size[0.3] < size[0.01]
    torch.testing.assert_close(chroma_classes.annealed_mean(votes, 0.01)[0, :, 0, 0], places[red])


def test_what_was_first_used_in_inference_can_be_trained_with():
    with torch.inference_mode():
        chroma_classes.annealed_mean(torch.zeros(1, chroma_classes.COUNT, 1, 1), 0.4)
    votes = torch.zeros(1, chroma_classes.COUNT, 1, 1, requires_grad=True)
    chroma_classes.annealed_mean(votes, 0.4)[0, 0].sum().backward()
    assert votes.grad.any()

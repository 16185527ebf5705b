"""Classes of chroma: that they part the plane of Cb and Cr, and that votes can be read in both directions."""

from __future__ import annotations

import pytest
import torch

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.networks import chroma_classes


def test_anchors_are_apart_and_cover_the_colors_there_are():
    places = chroma_classes.anchors()
    assert places.shape == (chroma_classes.COUNT, 2)
    assert not places[0].any(), "gray is the first"
    assert (torch.cdist(places, places) + torch.eye(len(places))).min() > 0.015
    corners = torch.tensor([[r, g, b] for r in (0.0, 1.0) for g in (0.0, 1.0) for b in (0.0, 1.0)])
    chroma = rgb_to_ycc(corners[:, :, None, None])[1][..., 0, 0] * 0.6  # colors of 60 % saturation
    assert torch.cdist(chroma, places).amin(1).max() < 0.06


def test_every_chroma_belongs_to_its_neighbors():
    places = chroma_classes.anchors()
    shares = chroma_classes.memberships(places)
    torch.testing.assert_close(shares.sum(-1), torch.ones(len(places)))
    assert torch.equal(shares.argmax(-1), torch.arange(len(places)))
    far = torch.cdist(places, places) > 0.2
    assert shares[far].max() < 1e-3


@pytest.mark.parametrize("chroma", [(0.0, 0.0), (0.03, -0.02), (-0.1, 0.12), (0.2, 0.05), (-0.15, -0.15)])
def test_the_mean_of_its_classes_is_the_chroma(chroma):
    wanted = torch.tensor(chroma)
    torch.testing.assert_close(
        chroma_classes.memberships(wanted) @ chroma_classes.anchors(), wanted, atol=0.012, rtol=0
    )

"""Correspondence in two steps: coarse places with all of the references', fine ones with those in the best of these.

All pairs of places at 1/4 of the picture are four hundred million for six looks at one reference. So a place at 1/8
picks the `BEST` in the references, and the four smaller places in it are compared with the four in each of them alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.networks import colorizer
from halftone_color.networks.colorizer import MOST_COMPARED, Guide, Places

BEST = 64
"""Coarse places of the references in which fine ones are looked for."""
PARTS = 4
"""Fine places in a coarse one: 2 x 2."""


@dataclass(frozen=True)
class ReferencePlaces:
    """Places of views of references: keys and chroma of the coarse ones and of the fine ones in each, float32."""

    keys: Tensor
    """(m, key)."""
    chroma: Tensor
    """(m, 2)."""
    fine_keys: Tensor
    """(m, PARTS, key)."""
    fine_chroma: Tensor
    """(m, PARTS, 2)."""

    @classmethod
    def of(cls, places: Places, chroma: Tensor) -> ReferencePlaces:
        """Remember the places of one picture (1, 1, H, W) with its chroma (1, 2, H, W)."""
        fine = F.avg_pool2d(chroma, 4)
        return cls(_rows(places.keys), _rows(F.avg_pool2d(fine, 2)), _in_coarse(places.fine_keys), _in_coarse(fine))

    @classmethod
    def joined(cls, views: Sequence[ReferencePlaces]) -> ReferencePlaces:
        """Return all places of several views, which then compete."""
        columns = zip(*((v.keys, v.chroma, v.fine_keys, v.fine_chroma) for v in views), strict=True)
        return cls(*(torch.cat(column) for column in columns))


def correspond(
    places: Places,
    offered: ReferencePlaces,
    network: colorizer.ColorizerNet,
    best: int = BEST,
    at_once: int = MOST_COMPARED,
) -> Guide:
    """Carry the chroma of references to the places of one picture, or of several in rows; not gated yet. In float32.

    Args:
        places: of the picture, rows that do not see each other.
        offered: of the references.
        network: whose sharpness counts.
        best: coarse places of the references in which fine ones are looked for.
        at_once: pairs of places that are compared at once.

    Returns:
        Coarse (B, 4, H/8, W/8) and fine (B, 4, H/4, W/4), as `colorizer.carry` gives them.
    """
    with torch.autocast(places.keys.device.type, enabled=False):
        rows = [
            _guide(places.rows(slice(row, row + 1)), offered, network, best, at_once) for row in range(len(places.keys))
        ]
    return Guide(torch.cat([row.coarse for row in rows]), torch.cat([row.fine for row in rows]))


def _guide(places: Places, offered: ReferencePlaces, network: colorizer.ColorizerNet, best: int, at_once: int) -> Guide:
    height, width = places.keys.shape[2:]
    sharpness, fine_sharpness = network.sharpness.exp(), network.fine_sharpness.exp()
    step = max(1, at_once // max(len(offered.keys), best * PARTS * offered.keys.shape[1]))
    coarse, fine = [], []
    for some, parts in zip(
        torch.split(_rows(places.keys), step), torch.split(_in_coarse(places.fine_keys), step), strict=True
    ):
        cosines = some @ offered.keys.T  # (n, m)
        coarse.append(_carried(cosines, offered.chroma, sharpness))  # (n, 4)
        chosen = cosines.topk(min(best, cosines.shape[1]), 1, sorted=False).indices  # (n, BEST)
        cosines = parts @ offered.fine_keys[chosen].flatten(1, 2).transpose(1, 2)  # (n, PARTS, BEST * PARTS)
        fine.append(_carried(cosines, offered.fine_chroma[chosen].flatten(1, 2), fine_sharpness))  # (n, PARTS, 4)
    coarse_plane = torch.cat(coarse).T.reshape(1, 4, height, width)
    fine_plane = torch.cat(fine).reshape(height, width, 2, 2, 4).permute(4, 0, 2, 1, 3)  # (4, h, 2, w, 2)
    return Guide(coarse_plane, fine_plane.reshape(1, 4, 2 * height, 2 * width))


def _carried(cosines: Tensor, chroma: Tensor, sharpness: Tensor) -> Tensor:
    """Return (..., n, 4) for cosines (..., n, m) with places of chroma (..., m, 2): as `colorizer.carry` does."""
    carried = (cosines * sharpness).softmax(-1) @ chroma
    likeness = cosines.amax(-1, keepdim=True).clamp_min(0)
    return torch.cat([carried * likeness, likeness, torch.ones_like(likeness)], -1)


def _rows(planes: Tensor) -> Tensor:
    """Return planes (1, C, h, w) as rows (h w, C)."""
    return planes[0].flatten(1).T.float().contiguous()


def _in_coarse(planes: Tensor) -> Tensor:
    """Return fine planes (1, C, 2 h, 2 w) by the coarse places that hold them, (h w, PARTS, C)."""
    parts = torch.unflatten(F.pixel_unshuffle(planes.float(), 2)[0], 0, (-1, PARTS))  # (C, PARTS, h, w)
    return parts.permute(2, 3, 1, 0).flatten(0, 1).contiguous()

"""Correspondence in two steps: coarse positions with all of the references, fine ones in the best matches.

At 1/4 of the size there are four hundred million pairs of positions for six views of one reference. So each position
at 1/8 selects its `BEST` matches in the references, and the four fine positions in it are compared only with the four
fine positions in each match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from halftone_color.networks import colorizer
from halftone_color.networks.colorizer import MOST_COMPARED, Encoding, Guide

BEST = 64
"""Number of coarse positions of the references that are searched for fine matches."""
PARTS = 4
"""Number of fine positions in a coarse one: 2 x 2."""


@dataclass(frozen=True)
class ReferenceKeys:
    """Keys and chroma of reference views: of the m coarse positions, and of the fine positions in each; float32."""

    keys: Tensor
    """(m, key)."""
    chroma: Tensor
    """(m, 2)."""
    fine_keys: Tensor
    """(m, PARTS, key)."""
    fine_chroma: Tensor
    """(m, PARTS, 2)."""

    @classmethod
    def of(cls, encoding: Encoding, chroma: Tensor) -> ReferenceKeys:
        """Return the keys of one encoded picture (1, 1, H, W), with its chroma (1, 2, H, W)."""
        fine = F.avg_pool2d(chroma, 4)
        return cls(_rows(encoding.keys), _rows(F.avg_pool2d(fine, 2)), _in_coarse(encoding.fine_keys), _in_coarse(fine))

    @classmethod
    def concatenate(cls, views: Sequence[ReferenceKeys]) -> ReferenceKeys:
        """Return the keys of several views as one set; their positions compete in the attention."""
        columns = zip(*((v.keys, v.chroma, v.fine_keys, v.fine_chroma) for v in views), strict=True)
        return cls(*(torch.cat(column) for column in columns))


def correspond(
    encoding: Encoding,
    offered: ReferenceKeys,
    network: colorizer.ColorizerNet,
    best: int = BEST,
    at_once: int = MOST_COMPARED,
) -> Guide:
    """Transfer the chroma of references to the positions of B pictures, each on its own, in float32; not gated yet.

    Args:
        encoding: of the B pictures.
        offered: keys and chroma of the references.
        network: gives the sharpness of the attention.
        best: number of coarse positions of the references that are searched for fine matches.
        at_once: number of pairs of positions compared at once.

    Returns:
        Coarse (B, 4, H/8, W/8) and fine (B, 4, H/4, W/4) planes, as from `colorizer.transfer_chroma`.
    """
    with torch.autocast(encoding.keys.device.type, enabled=False):
        rows = [
            _guide(encoding.select(slice(row, row + 1)), offered, network, best, at_once)
            for row in range(len(encoding.keys))
        ]
    return Guide(torch.cat([row.coarse for row in rows]), torch.cat([row.fine for row in rows]))


def _guide(
    encoding: Encoding, offered: ReferenceKeys, network: colorizer.ColorizerNet, best: int, at_once: int
) -> Guide:
    height, width = encoding.keys.shape[2:]
    sharpness, fine_sharpness = network.sharpness.exp(), network.fine_sharpness.exp()
    step = max(1, at_once // max(len(offered.keys), best * PARTS * offered.keys.shape[1]))
    coarse, fine = [], []
    for some, parts in zip(
        torch.split(_rows(encoding.keys), step), torch.split(_in_coarse(encoding.fine_keys), step), strict=True
    ):
        cosines = some @ offered.keys.T  # (n, m)
        coarse.append(_transfer_chroma(cosines, offered.chroma, sharpness))  # (n, 4)
        chosen = cosines.topk(min(best, cosines.shape[1]), 1, sorted=False).indices  # (n, BEST)
        cosines = parts @ offered.fine_keys[chosen].flatten(1, 2).transpose(1, 2)  # (n, PARTS, BEST * PARTS)
        fine.append(
            _transfer_chroma(cosines, offered.fine_chroma[chosen].flatten(1, 2), fine_sharpness)
        )  # (n, PARTS, 4)
    coarse_plane = torch.cat(coarse).T.reshape(1, 4, height, width)
    fine_plane = torch.cat(fine).reshape(height, width, 2, 2, 4).permute(4, 0, 2, 1, 3)  # (4, h, 2, w, 2)
    return Guide(coarse_plane, fine_plane.reshape(1, 4, 2 * height, 2 * width))


def _transfer_chroma(cosines: Tensor, chroma: Tensor, sharpness: Tensor) -> Tensor:
    """Return (..., n, 4), as from `colorizer.transfer_chroma`, for cosines (..., n, m) and chroma (..., m, 2)."""
    carried = (cosines * sharpness).softmax(-1) @ chroma
    likeness = cosines.amax(-1, keepdim=True).clamp_min(0)
    return torch.cat([carried * likeness, likeness, torch.ones_like(likeness)], -1)


def _rows(planes: Tensor) -> Tensor:
    """Return planes (1, C, h, w) as rows (h w, C)."""
    return planes[0].flatten(1).T.float().contiguous()


def _in_coarse(planes: Tensor) -> Tensor:
    """Return fine planes (1, C, 2h, 2w) grouped by coarse position, (h w, PARTS, C)."""
    parts = torch.unflatten(F.pixel_unshuffle(planes.float(), 2)[0], 0, (-1, PARTS))  # (C, PARTS, h, w)
    return parts.permute(2, 3, 1, 0).flatten(0, 1).contiguous()

"""Similarity of two pictures by content, independent of lighting and mirroring (Zheng 2023, 1.2.1, 4.4.3).

A picture is described by 6 x 6 feature vectors from the trunk of the colorization network. Each vector of the print is
compared with all vectors of a gallery picture, so that a detail of a view is still similar to the whole view.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.arrays.resampling import reduce_picture
from halftone_color.networks import colorizer
from halftone_color.types import Picture

if TYPE_CHECKING:
    from halftone_color.run import Run

VERSION = "2"
"""Version of the descriptors; part of their cache key, so that a change makes them be computed again."""
SIDE = 128
"""Pictures are resized to SIDE x SIDE px."""
STAGE = 4
"""Index of the trunk's feature map that is used, the second at 1/16 of the size: finer maps depend on lighting and
texture, coarser ones lose the parts. For 200 altered copies among 1,000 photographs it finds as many as any two or
three maps together, and needs less space."""
PLACES = 6
"""Number of feature vectors along each side of the picture."""
FLAT = 1e-3
"""Range of tones, in [0, 1], up to which a picture is considered empty."""
COMPARED = 1000
"""Number of pictures compared at once."""

Descriptor = NDArray[np.float16]
"""(PLACES^2, C): a unit vector for each position."""


def descriptor_key(network: colorizer.ColorizerNet, version: str = VERSION) -> str:
    """Return a cache key that changes whenever the descriptors would: a hash of the version and the trunk's weights."""
    digest = hashlib.sha256(version.encode())
    for name, weight in network.trunk.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def describe(gray: Picture, run: Run) -> Descriptor:
    """Return the descriptor of the luma of a picture (1, H, W) or (3, H, W)."""
    return np.asarray(_describe_views(_views(gray)[:1], run)[0].cpu(), dtype=np.float16)


def similarity(
    gray: Picture, descriptors: NDArray[np.float16], run: Run, at_once: int = COMPARED
) -> NDArray[np.float32]:
    """Return the similarity (n,) in [-1, 1] of n pictures, given by descriptors (n, ...), to a print (1, H, W).

    It is the mean, over the positions of the print, of the largest cosine with any position of the picture; the print
    and its mirror image are compared, and the larger value counts. `at_once` pictures are compared at a time.
    """
    wanted = _describe_views(_views(gray), run)  # (2, P, C)
    parts = []
    for start in range(0, len(descriptors), at_once):
        some = torch.from_numpy(descriptors[start : start + at_once].astype(np.float32))  # (n, P, C)
        cosines = torch.einsum("vpc,nqc->vnpq", wanted, some.to(wanted.device))
        parts.append(cosines.amax(3).mean(2).amax(0))
    return np.asarray(torch.cat(parts).cpu())


def _views(picture: Picture) -> Tensor:
    """Return a picture and its mirror image (2, 1, SIDE, SIDE), with equalized histograms."""
    from skimage.exposure import equalize_hist

    gray = picture if len(picture) == 1 else np.asarray(rgb_to_luma(picture))
    small = reduce_picture(gray, SIDE, SIDE).clip(0, 1)
    even = equalize_hist(small[0]) if np.ptp(small) > FLAT else small[0]  # type: ignore[no-untyped-call]
    return torch.from_numpy(np.stack([even, even[:, ::-1]])[:, None].astype(np.float32))


def _describe_views(views: Tensor, run: Run) -> Tensor:
    """Return unit vectors (B, PLACES^2, C) of views (B, 1, SIDE, SIDE), on the run's device."""
    edges = np.stack([canny(view[0].numpy(), *EDGE_THRESHOLDS) for view in views])[:, None]
    planes = torch.cat([views * 2 - 1, torch.from_numpy(edges)], 1).to(run.conditions.device)  # (B, 2, SIDE, SIDE)
    network: colorizer.ColorizerNet = run.network("colorizer")
    with torch.inference_mode():
        map_ = network.trunk(planes, STAGE + 1)[STAGE]  # (B, C, SIDE/16, SIDE/16)
        return F.normalize(F.adaptive_avg_pool2d(map_.float(), PLACES), dim=1).flatten(2).transpose(1, 2)

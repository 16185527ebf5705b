"""How near two pictures are in content, whatever their light and whichever way they face (Zheng 2023, 1.2.1, 4.4.3).

A picture is a grid of 6 x 6 places, each a vector of what the trunk of the colorization network finds there. Places of
the print look for their likeness anywhere in a picture of the gallery: so a part of a view is near the whole of it.
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
"""Changes with what a descriptor is made of."""
SIDE = 128
"""Pictures are looked at as SIDE x SIDE px."""
STAGE = 4
"""Map of the trunk that counts, the second at 1/16 of the picture: finer ones see light and texture, coarser ones no
parts. On 200 altered copies among 1,000 photographs it finds as many as any two or three maps, in less space."""
PLACES = 6
FLAT = 1e-3
"""What the tones of a picture without content differ by at most."""
COMPARED = 1000
"""Pictures that are compared at once."""

Descriptor = NDArray[np.float16]
"""(PLACES^2, C), a unit vector for each place."""


def key_of(network: colorizer.ColorizerNet, version: str = VERSION) -> str:
    """Return a word that differs wherever descriptors would."""
    digest = hashlib.sha256(version.encode())
    for name, weight in network.trunk.state_dict().items():
        digest.update(name.encode())
        digest.update(weight.detach().cpu().numpy().tobytes())
    return digest.hexdigest()


def describe(gray: Picture, run: Run) -> Descriptor:
    """Return the descriptor of a picture (1, H, W) or (3, H, W), of which the luma counts."""
    return np.asarray(_places(_views(gray)[:1], run)[0].cpu(), dtype=np.float16)


def likeness(gray: Picture, descriptors: NDArray[np.float16], run: Run, at_once: int = COMPARED) -> NDArray[np.float32]:
    """Return how near pictures are to a print (1, H, W), by their descriptors (n, ...): (n) in [-1, 1], 1 is equal.

    The mean, over the places of the print, of the greatest cosine with any place; of the print and its mirror image
    the nearer counts. So many pictures are compared at once.
    """
    wanted = _places(_views(gray), run)  # (2, P, C)
    parts = []
    for start in range(0, len(descriptors), at_once):
        some = torch.from_numpy(descriptors[start : start + at_once].astype(np.float32))  # (n, P, C)
        cosines = torch.einsum("vpc,nqc->vnpq", wanted, some.to(wanted.device))
        parts.append(cosines.amax(3).mean(2).amax(0))
    return np.asarray(torch.cat(parts).cpu())


def _views(picture: Picture) -> Tensor:
    """Return (2, 1, SIDE, SIDE): a picture and its mirror image, so lit that every tone is as frequent."""
    from skimage.exposure import equalize_hist

    gray = picture if len(picture) == 1 else np.asarray(rgb_to_luma(picture))
    small = reduce_picture(gray, SIDE, SIDE).clip(0, 1)
    even = equalize_hist(small[0]) if np.ptp(small) > FLAT else small[0]  # type: ignore[no-untyped-call]
    return torch.from_numpy(np.stack([even, even[:, ::-1]])[:, None].astype(np.float32))


def _places(views: Tensor, run: Run) -> Tensor:
    """Return (B, PLACES^2, C) of views (B, 1, SIDE, SIDE), unit length at each place, on the run's device."""
    edges = np.stack([canny(view[0].numpy(), *EDGE_THRESHOLDS) for view in views])[:, None]
    planes = torch.cat([views * 2 - 1, torch.from_numpy(edges)], 1).to(run.conditions.device)  # (B, 2, SIDE, SIDE)
    network: colorizer.ColorizerNet = run.network("colorizer")
    with torch.inference_mode():
        map_ = network.trunk(planes, STAGE + 1)[STAGE]  # (B, C, SIDE/16, SIDE/16)
        return F.normalize(F.adaptive_avg_pool2d(map_.float(), PLACES), dim=1).flatten(2).transpose(1, 2)

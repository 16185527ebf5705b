"""Features of the first convolutions of a network, brought to one scale (Zheng 2023, 4.2.1).

Each layer is multiplied by one factor that makes the mean of its rectified values one, so that the weights of style and
content mean the same in all layers and for all networks. The mean is taken over seeded pictures with the power spectrum
of photographs: no photographs are needed, and a network that the user supplies is scaled in the same way.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from halftone_color.arrays.color import ycc_to_rgb
from halftone_color.networks import color_encoder, vgg19

COUNT, SIDE = 4, 128
"""Number of seeded pictures, and their sides in px."""
MEAN_LUMA, DEVIATIONS = 0.45, (0.25, 0.06, 0.06)
"""Mean luma of the seeded pictures, and the standard deviations of their luma, Cb and Cr. With these the means of the
shipped encoder's layers are 0.9 to 1.15 times those over photographs, which differ by 15 to 45 % from each other."""
LEAST_MEAN = 1e-6
"""Lower bound of a layer's mean, which keeps the factor finite."""


def maps(network: nn.Module, rgb: Tensor, depth: int) -> list[Tensor]:
    """Return the outputs (n, m) of the first `depth` convolutions for sRGB (1, 3, h, w), before ReLU or SiLU."""
    return [map_[0].flatten(1) for map_ in _convolve(network, rgb, depth)]


def scales(network: nn.Module, depth: int, device: str) -> list[float]:
    """Return, for each of the first `depth` convolutions, the factor that makes the mean of its rectified values one.

    The network must be on the device already.
    """
    with torch.no_grad():
        found = _convolve(network, torch.from_numpy(_pictures()).to(device), depth)
    return [1 / max(LEAST_MEAN, float(map_.clamp_min(0).mean())) for map_ in found]


def _convolve(network: nn.Module, rgb: Tensor, depth: int) -> list[Tensor]:
    """Return the outputs (B, n, h', w') of the first `depth` convolutions for sRGB (B, 3, h, w)."""
    if isinstance(network, vgg19.Vgg19Net):
        return network.maps(rgb, depth)
    assert isinstance(network, color_encoder.ColorEncoderNet)
    found, x = [], rgb * 2 - 1
    for layer in network.layers[:depth]:
        found.append(layer(x))
        x = F.silu(found[-1])
    return found


@lru_cache(maxsize=1)
def _pictures() -> NDArray[np.float32]:
    """Return the seeded pictures (COUNT, 3, SIDE, SIDE): sRGB whose luma and chroma have the power spectrum 1 / f^2.

    Field, "Relations between the statistics of natural images and the response properties of cortical cells" (1987).
    """
    frequency = np.hypot(np.fft.fftfreq(SIDE)[:, None], np.fft.rfftfreq(SIDE))
    frequency[0, 0] = np.inf
    phases = np.random.default_rng(0).random((COUNT, 3, *frequency.shape))
    planes = np.fft.irfft2(np.exp(2j * np.pi * phases) / frequency, s=(SIDE, SIDE))
    planes *= np.array(DEVIATIONS)[:, None, None] / planes.std((2, 3), keepdims=True)
    return np.stack([ycc_to_rgb(p[:1] + MEAN_LUMA, p[1:]) for p in planes]).clip(0, 1).astype(np.float32)

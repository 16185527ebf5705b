"""Wavelet merging: the reference's coarse chroma under the print's fine one, a weight a level (Zheng 2023, 2.2).

    I = W^-1(l_k h_1(T) + (1 - l_k) h_1(S), ..., l_0 low(T) + (1 - l_0) low(S))

T is the target, S the reference brought to its size, h_1 the finest coefficients of k levels, low what is left below
them; the weight l_0 is the first one. Places count: a reference should show the same thing in the same place. Several
references are averaged.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pywt
from scipy.ndimage import gaussian_filter

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers import lut
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import mean_of
from halftone_color.errors import UsageError
from halftone_color.types import Cue, Picture, Progress

if TYPE_CHECKING:
    from torch import nn

CUES = ("references",)
SPACES = ("chroma", "rgb")
SURROUNDINGS = 1 / 16
"""Standard deviation of the local mean that contrast is stretched about, over the picture's shorter side."""


@dataclass(frozen=True)
class Options:
    """Options of wavelet merging."""

    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)  # figure 16
    """The weights: share of the print in each level, coarsest first; n make n - 1 levels, or as many as there are."""
    space: str = "chroma"
    """What is merged: chroma, or rgb as a whole."""
    then: str = "none"
    """lut matches the print's histograms with the reference's first and merges the result."""
    contrast: float = 1.0
    """Factor on the print's local contrast before merging; above 1 its edges hide those of the squares."""
    wavelet: str = "haar"
    """Name of a discrete wavelet of PyWavelets: haar gives squares, db4 or bior4.4 soft spots."""
    keep_luminance: bool = True
    """Keep the luma of the print; no gives the merged one."""

    def __post_init__(self) -> None:
        if not self.shares or not all(0 <= share <= 1 for share in self.shares):
            raise UsageError("shares must lie between 0 (the reference) and 1 (the print), as in shares=0,0.5,1.")
        if self.space not in SPACES:
            raise UsageError(f"There is no space {self.space!r}; choose one of {', '.join(SPACES)}.")
        if self.then not in ("none", "lut"):
            raise UsageError(f"Merging cannot follow {self.then!r}; choose lut or none.")
        if self.wavelet not in pywt.wavelist(kind="discrete"):
            raise UsageError(f"There is no discrete wavelet {self.wavelet!r}; haar, db4 and bior4.4 are some.")
        if not self.contrast > 0:
            raise UsageError("contrast must be positive; 1 changes nothing, 1.5 is strong.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W) merged with the cue's references.

    Raises:
        InputError: a reference shows one colour only.
    """
    reference = mean_of(cue.references, *gray.shape[1:])
    stretched = gray if options.contrast == 1 else _stretched(gray, options.contrast)
    target = stretched.repeat(3, 0)
    if options.then == "lut":
        target = lut.colorize(stretched, cue, lut.Options(keep_luminance=False), networks)
    if options.space == "chroma":
        luma, chroma = rgb_to_ycc(target)
        wanted = rgb_to_ycc(reference)[1]
        rgb = np.clip(ycc_to_rgb(luma, merged(chroma, wanted, options.shares, options.wavelet, progress)), 0, 1)
    else:
        rgb = np.clip(merged(target, reference, options.shares, options.wavelet, progress), 0, 1)
    return with_luma(gray, rgb) if options.keep_luminance else rgb


def merged(
    target: Picture, reference: Picture, shares: tuple[float, ...], wavelet: str, progress: Progress | None = None
) -> Picture:
    """Return (C, H, W): in each level of coefficients the target has its share, coarsest first."""
    height, width = target.shape[1:]
    deepest = pywt.dwt_max_level(min(height, width), 2)  # squares of two px halve to one
    levels = min(len(shares) - 1, deepest)
    result = np.empty(target.shape, np.float32)
    for k in range(len(target)):
        # S + W^-1(l W(T - S)) is the merged picture, with one transform of each kind
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coefficients that reach around the border are meant here
            coefficients = pywt.wavedec2(target[k] - reference[k], wavelet, "periodization", levels)
        coefficients[0] = coefficients[0] * shares[0]
        for level, share in enumerate(shares[1 : levels + 1], 1):
            coefficients[level] = tuple(band * share for band in coefficients[level])
        difference = pywt.waverec2(coefficients, wavelet, "periodization")
        result[k] = reference[k] + difference[:height, :width]
        if progress:
            progress((k + 1) / len(target))
    return result


def _stretched(gray: Picture, contrast: float) -> Picture:
    """Return gray (1, H, W) with its differences from the local mean multiplied."""
    mean = gaussian_filter(gray[0], SURROUNDINGS * min(gray.shape[1:]))[None]
    return np.asarray(np.clip(mean + contrast * (gray - mean), 0, 1), dtype=np.float32)

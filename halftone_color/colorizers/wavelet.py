"""Wavelet merging: the reference's coarse chroma under the print's fine one, a weight a level (Zheng 2023, 2.2).

    I = W^-1(l_k h_1(T) + (1 - l_k) h_1(S), ..., l_0 low(T) + (1 - l_0) low(S))

T is the target, S the reference brought to its size, h_1 the finest coefficients of k levels, low what is left below
them; the weight l_0 is the first one. Places count: a reference should show the same thing in the same place. Several
references are averaged.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pywt
from scipy.ndimage import gaussian_filter

from halftone_color import registry
from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import mean_of
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer
from halftone_color.request import Choice
from halftone_color.types import Picture, Progress, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

SPACES = ("chroma", "rgb")
LOCAL_MEAN_SIGMA = 1 / 16
"""Standard deviation of the local mean that contrast is stretched about, over the picture's shorter side."""


@dataclass(frozen=True)
class WaveletColorizer(Colorizer):
    """Merging of wavelet coefficients with the mean of the references."""

    cues = ("references",)

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

    def __call__(self, task: Task, run: Run) -> Picture:
        """Merge the picture with the cue's references: (1, H, W) -> (3, H, W) sRGB in [0, 1].

        Raises:
            InputError: a reference shows one color only.
        """
        gray = task.picture
        reference = mean_of(task.cue.references, *gray.shape[1:])
        stretched = gray if self.contrast == 1 else _stretch_contrast(gray, self.contrast)
        target = stretched.repeat(3, 0)
        if self.then == "lut":
            match = registry.build("colorizers", Choice.of("lut", {"keep_luminance": False}))
            target = match(replace(task, picture=stretched), run.reporting(None))
        if self.space == "chroma":
            luma, chroma = rgb_to_ycc(target)
            wanted = rgb_to_ycc(reference)[1]
            rgb = np.clip(ycc_to_rgb(luma, merge(chroma, wanted, self.shares, self.wavelet, run.progress)), 0, 1)
        else:
            rgb = np.clip(merge(target, reference, self.shares, self.wavelet, run.progress), 0, 1)
        return with_luma(gray, rgb) if self.keep_luminance else rgb


def merge(
    target: Picture, reference: Picture, shares: tuple[float, ...], wavelet: str, progress: Progress | None = None
) -> Picture:
    """Merge target and reference, both (C, H, W): in each level of coefficients the target has its share.

    Args:
        target: (C, H, W).
        reference: (C, H, W).
        shares: in [0, 1], coarsest first; those beyond the levels that the picture has are not used.
        wavelet: name of a discrete wavelet of PyWavelets.
        progress: called after each channel.

    Returns:
        (C, H, W).
    """
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


def _stretch_contrast(gray: Picture, contrast: float) -> Picture:
    """Return gray (1, H, W) with its differences from the local mean multiplied, clipped to [0, 1]."""
    mean = gaussian_filter(gray[0], LOCAL_MEAN_SIGMA * min(gray.shape[1:]))[None]
    return np.asarray(np.clip(mean + contrast * (gray - mean), 0, 1), dtype=np.float32)

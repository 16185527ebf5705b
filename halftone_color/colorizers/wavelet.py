"""Wavelet merging: coarse chroma from the reference, fine chroma from the print (Zheng 2023, 2.2).

    I = W^-1(l_k h_1(T) + (1 - l_k) h_1(S), ..., l_0 low(T) + (1 - l_0) low(S))

T is the target, S the reference resized to it, h_1 the finest of the coefficients on k levels, low the remaining
approximation; the weight l_0 comes first. Positions matter: a reference should show the same objects in the same
places. Several references are averaged.
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
"""Standard deviation of the Gaussian local mean for contrast stretching, relative to the picture's shorter side."""


@dataclass(frozen=True)
class WaveletColorizer(Colorizer):
    """Merging of wavelet coefficients with the mean of the references."""

    cues = ("references",)

    shares: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)  # figure 16
    """Share of the print in each level, coarsest first; n shares use n - 1 levels, or as many as the picture allows."""
    space: str = "chroma"
    """What is merged: chroma only, or rgb."""
    then: str = "none"
    """With lut the print's histograms are matched with the reference's first, and that result is merged."""
    contrast: float = 1.0
    """Factor on the print's local contrast before merging; above 1 its edges hide those of the Haar squares."""
    wavelet: str = "haar"
    """Name of a discrete wavelet of PyWavelets: haar leaves squares, db4 or bior4.4 soft spots."""
    keep_luminance: bool = True
    """Keep the luma of the print; no uses the merged luma."""

    def __post_init__(self) -> None:
        if not self.shares or not all(0 <= share <= 1 for share in self.shares):
            raise UsageError("shares must lie between 0 (the reference) and 1 (the print), as in shares=0,0.5,1.")
        if self.space not in SPACES:
            raise UsageError(f"There is no space {self.space!r}; choose one of {', '.join(SPACES)}.")
        if self.then not in ("none", "lut"):
            raise UsageError(f"Merging cannot be combined with {self.then!r}; choose lut or none.")
        if self.wavelet not in pywt.wavelist(kind="discrete"):
            raise UsageError(f"There is no discrete wavelet {self.wavelet!r}; choose for example haar, db4 or bior4.4.")
        if not self.contrast > 0:
            raise UsageError("contrast must be positive; 1 changes nothing, 1.5 is strong.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Merge the picture with the cue's references: (1, H, W) -> (3, H, W) sRGB in [0, 1].

        Raises:
            InputError: a reference has only one color.
        """
        gray = task.picture
        reference = mean_of(task.cue.references, *gray.shape[1:])
        stretched = gray if self.contrast == 1 else _stretch_contrast(gray, self.contrast)
        target = stretched.repeat(3, 0)
        if self.then == "lut":
            match = registry.build("colorizers", Choice.of("lut", {"keep_luminance": False}))
            target = match(replace(task, picture=stretched), run.with_progress(None))
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
    """Merge target and reference, level by level of their wavelet coefficients.

    Args:
        target: (C, H, W).
        reference: (C, H, W).
        shares: share of the target in each level, in [0, 1], coarsest first; surplus shares are not used.
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
        # The merged picture is S + W^-1(l W(T - S)), with one transform in each direction
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # coefficients that wrap around the border are intended here
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
    """Multiply the differences of gray (1, H, W) from its local mean by `contrast`, clipped to [0, 1]."""
    mean = gaussian_filter(gray[0], LOCAL_MEAN_SIGMA * min(gray.shape[1:]))[None]
    return np.asarray(np.clip(mean + contrast * (gray - mean), 0, 1), dtype=np.float32)

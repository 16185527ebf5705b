"""Look-up tables: histogram matching with a reference, channel by channel (Zheng 2023, 2.1).

The table of a channel is monotonic and gives the target the reference's histogram, regardless of position. In RGB the
gray target is matched with each channel of the reference; matching Y, U and V needs a target that has colors already,
so `rgb-then-yuv` (2.1.4) matches the RGB result once more. The pixels of several references form one histogram.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import colors_of, subsample
from halftone_color.colorizers._tables import look_up, make_table
from halftone_color.errors import UsageError
from halftone_color.method import Colorizer
from halftone_color.types import Picture, Progress, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

SPACES = ("rgb", "rgb-then-yuv")
COUNTED_PX = 300_000
"""Approximate number of pixels from which the histogram of a picture is counted."""


@dataclass(frozen=True)
class LutColorizer(Colorizer):
    """Histogram matching with the references."""

    cues = ("references",)

    space: str = "rgb"
    """Channels that are matched: rgb, or rgb-then-yuv, which is brighter but less reliable."""
    keep_luminance: bool = True
    """Keep the luma of the print; no uses the matched luma as well."""

    def __post_init__(self) -> None:
        if self.space == "yuv":
            raise UsageError(
                "Matching in yuv alone cannot color a gray print, whose U and V are constant; set space=rgb-then-yuv."
            )
        if self.space not in SPACES:
            raise UsageError(f"There is no space {self.space!r}; choose one of {', '.join(SPACES)}.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Give the picture the color histograms of the cue's references: (1, H, W) -> (3, H, W) sRGB in [0, 1].

        Raises:
            InputError: a reference has only one color.
        """
        gray = task.picture
        colors = colors_of(task.cue.references, COUNTED_PX)  # (3, N)
        part = run.parts({"rgb": 1.0, "yuv": float(self.space == "rgb-then-yuv")})
        rgb = match_channels(gray.repeat(3, 0), colors, part("rgb").progress)
        if self.space == "rgb-then-yuv":
            wanted = np.concatenate(rgb_to_ycc(colors[..., None]))[..., 0]  # (3, N)
            ycc = match_channels(np.concatenate(rgb_to_ycc(rgb)), wanted, part("yuv").progress)
            rgb = fit_to_range(ycc_to_rgb(ycc[:1], ycc[1:]))
        return with_luma(gray, rgb) if self.keep_luminance else rgb


def match_channels(picture: Picture, wanted: Picture, progress: Progress | None = None) -> Picture:
    """Return a picture (C, H, W) whose channels have the histograms of the pixels wanted (C, N)."""
    result = np.empty(picture.shape, np.float32)
    for k, (channel, values) in enumerate(zip(picture, wanted, strict=True)):
        result[k] = look_up(channel, *make_table(subsample(channel[None], COUNTED_PX)[0], values))
        if progress:
            progress((k + 1) / len(picture))
    return result


def fit_to_range(rgb: Picture) -> Picture:
    """Shift and scale each channel of sRGB (3, H, W) that leaves [0, 1] so that it fits (2.1.4)."""
    low = np.minimum(rgb.min((1, 2), keepdims=True), 0)
    rgb = rgb - low
    return np.asarray(np.clip(rgb / np.maximum(rgb.max((1, 2), keepdims=True), 1), 0, 1), dtype=np.float32)

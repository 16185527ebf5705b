"""Look-up tables: histogram matching with a reference, channel by channel (Zheng 2023, 2.1).

The table of a channel is monotonic and gives the target the reference's histogram, whatever is where. On RGB each
channel of the gray target is matched with the reference's; matching Y, U and V needs a target that has colours already,
so `rgb-then-yuv` (2.1.4) matches the result of RGB once more. Several references are one heap of colours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers._luminance import with_luma
from halftone_color.colorizers._references import colors_of, thinned
from halftone_color.colorizers._tables import looked_up, table
from halftone_color.errors import UsageError
from halftone_color.types import Cue, Picture, Progress

if TYPE_CHECKING:
    from torch import nn

CUES = ("references",)
SPACES = ("rgb", "rgb-then-yuv")
COUNTED_PX = 300_000
"""Pixels of a picture that its histogram is counted from."""


@dataclass(frozen=True)
class Options:
    """Options of the look-up tables."""

    space: str = "rgb"
    """Channels that are matched: rgb, or rgb-then-yuv, which is brighter but shakier."""
    keep_luminance: bool = True
    """Keep the luma of the print; no gives the matched one as well."""

    def __post_init__(self) -> None:
        if self.space == "yuv":
            raise UsageError(
                "Matching in yuv alone cannot colour a gray print, whose U and V are one value; set space=rgb-then-yuv."
            )
        if self.space not in SPACES:
            raise UsageError(f"There is no space {self.space!r}; choose one of {', '.join(SPACES)}.")


def colorize(
    gray: Picture,
    cue: Cue,
    options: Options,
    networks: Mapping[str, nn.Module],
    progress: Progress | None = None,
) -> Picture:
    """Return (3, H, W) sRGB: gray (1, H, W) with the colour histograms of the cue's references.

    Raises:
        InputError: a reference shows one colour only.
    """
    colors = colors_of(cue.references, COUNTED_PX)  # (3, N)
    rgb = matched(gray.repeat(3, 0), colors, progress, 1.0 if options.space == "rgb" else 0.5)
    if options.space == "rgb-then-yuv":
        wanted = np.concatenate(rgb_to_ycc(colors[..., None]))[..., 0]
        ycc = matched(np.concatenate(rgb_to_ycc(rgb)), wanted, progress, 0.5, 0.5)
        rgb = fitted(ycc_to_rgb(ycc[:1], ycc[1:]))
    return with_luma(gray, rgb) if options.keep_luminance else rgb


def matched(
    picture: Picture, wanted: Picture, progress: Progress | None = None, share: float = 1.0, done: float = 0.0
) -> Picture:
    """Return a picture (C, H, W) whose channels have the histograms of the pixels wanted (C, N).

    `progress` goes from `done` on by `share`.
    """
    result = np.empty(picture.shape, np.float32)
    for k, (channel, values) in enumerate(zip(picture, wanted, strict=True)):
        result[k] = looked_up(channel, *table(thinned(channel[None], COUNTED_PX)[0], values))
        if progress:
            progress(done + share * (k + 1) / len(picture))
    return result


def fitted(rgb: Picture) -> Picture:
    """Return sRGB (3, H, W) moved and scaled into [0, 1], each channel that strays on its own (2.1.4)."""
    low = np.minimum(rgb.min((1, 2), keepdims=True), 0)
    rgb = rgb - low
    return np.asarray(np.clip(rgb / np.maximum(rgb.max((1, 2), keepdims=True), 1), 0, 1), dtype=np.float32)

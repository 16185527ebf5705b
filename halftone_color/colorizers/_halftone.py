"""Color a halftone before its dots are removed: the first half of the cascade order C -> IHN."""

from __future__ import annotations

from collections.abc import Mapping

from scipy.ndimage import gaussian_filter
from torch import nn

from halftone_color.arrays.color import tint_halftone
from halftone_color.colorizers._upsample import upsample_chroma
from halftone_color.colorizers.network import Options, predict_chroma, settled
from halftone_color.types import Cue, Picture

WITHOUT_PERIOD_PX = 3.0
"""Distance over which a halftone without a period, such as error diffusion, is averaged to its tone."""


def color_halftone(
    halftone: Picture, period_px: float | None, cue: Cue, options: Options, networks: Mapping[str, nn.Module]
) -> Picture:
    """Return (3, H, W): a halftone (1, H, W) whose ink and paper are tinted with the chroma that G predicts for it."""
    tone = gaussian_filter(halftone[0], 0.5 * (period_px or WITHOUT_PERIOD_PX))[None]
    chroma = upsample_chroma(predict_chroma(halftone, cue, options, networks), tone)
    return tint_halftone(halftone, tone, settled(chroma, cue, options))

"""Color prints: descreening of four-color halftones, channel by channel, beside the Gaussian tuned on each."""

from __future__ import annotations

import numpy as np

from halftone_color import api
from halftone_color.evaluation._report import Materials, mean, section, table, verdict
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.evaluation.sections.standard import PICTURES
from halftone_color.images.sources import rgb_of
from halftone_color.metrics.fidelity import ciede2000, psnr
from halftone_color.run import Conditions
from halftone_color.types import Picture

TITLE = "Color prints"
CHANNELS = "RGB"
MUST_GAIN_DB = 1.0
"""By how much each channel has to lie above the tuned Gaussian."""
MEAN = "mean"
HEAD = ("", *(f"{c}, Gaussian" for c in CHANNELS), *(f"{c}, ours" for c in CHANNELS), "least gain dB")
COLORS = ("CIEDE2000, Gaussian", "CIEDE2000, ours")

Figures = tuple[float, ...]
"""PSNR of the Gaussian's three channels, of ours, CIEDE2000 of the Gaussian's and of ours."""


def measure(materials: Materials) -> str:
    """Return the section: PSNR of each channel and mean CIEDE2000 of the tuned Gaussian and of descreening."""
    rows: dict[str, Figures] = {}
    for index, name in enumerate(PICTURES):
        materials.notify(index / len(PICTURES), f"descreening {name}, cyan, magenta, yellow and black")
        rows[name] = figures(standard_picture(name), materials.conditions)
    rows[MEAN] = tuple(mean(column) for column in zip(*rows.values(), strict=True))
    return section(
        TITLE,
        f"PSNR in dB of each channel and mean CIEDE2000 over scikit-image's {', '.join(PICTURES)} at full size, "
        "halftoned as `hcolor halftone --cmyk --method clustered-dot` does it by default. The Gaussian is tuned on "
        f"the truth of each channel. Asked of each channel: at least {MUST_GAIN_DB:g} dB above it.",
        table((*HEAD, *COLORS), [_row(name, values) for name, values in rows.items()]),
    )


def figures(rgb: Picture, conditions: Conditions) -> Figures:
    """Return the figures of a picture (3, H, W), screened in four colors and descreened."""
    print_ = api.halftone(rgb, method="clustered-dot", cmyk=True).picture
    blurred = np.concatenate([tuned_gaussian(print_[c : c + 1], rgb[c : c + 1]) for c in range(3)])
    ours = rgb_of(api.descreen(print_, **vars(conditions)).picture)
    decibels = [psnr(result[c], rgb[c]) for result in (blurred, ours) for c in range(3)]
    return (*decibels, ciede2000(blurred, rgb), ciede2000(ours, rgb))


def _row(name: str, values: Figures) -> list[str]:
    gain = min(ours - blurred for blurred, ours in zip(values[:3], values[3:6], strict=True))
    decibels = [f"{value:.2f}" for value in values[:6]]
    return [
        name,
        *decibels,
        verdict(f"{gain:+.2f}", gain >= MUST_GAIN_DB),
        *(f"{value:.2f}" for value in values[6:]),
    ]

"""Whether pictures without a screen come back as they were: clean, noisy and compressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from halftone_color import api
from halftone_color.evaluation._report import NO_PHOTOGRAPHS, Materials, mean, section, table, verdict
from halftone_color.evaluation.photographs import evenly, square, standard_picture, validation
from halftone_color.evaluation.sections.standard import PICTURES
from halftone_color.images.sources import luma_of, rgb_of
from halftone_color.metrics.fidelity import psnr
from halftone_color.training.degradations import jpeg
from halftone_color.types import Picture

TITLE = "Pictures without a screen"
PHOTOGRAPHS = 400
NOISE = 8.0
"""Standard deviation of the noise, of 255."""
QUALITY = 50
COLOR, CLEAN, NOISY, COMPRESSED = "in color", "gray", f"gray, noise of {NOISE:g} / 255", f"gray, JPEG {QUALITY}"
VERSIONS: dict[str, Callable[[Picture, int], Picture]] = {
    COLOR: lambda rgb, _: rgb,
    CLEAN: lambda rgb, _: luma_of(rgb),
    NOISY: lambda rgb, seed: noisy(luma_of(rgb), seed),
    COMPRESSED: lambda rgb, _: np.asarray(jpeg(luma_of(rgb)[0], QUALITY)[None], np.float32),
}
MUST_DB = {COLOR: 40.0, CLEAN: 40.0, NOISY: 35.0, COMPRESSED: 35.0}
"""PSNR that each picture has to have to what went in."""
FORCED_EVERY = 10
"""One photograph in so many is given to the network although nothing was found; so are all standard pictures."""
ROUNDED_DB = 120.0
"""PSNR from which a result differs by the rounding of float32 alone."""
HEAD = ("", "pictures", "screen wrongly found", "changed", "lowest PSNR to input", "must", "network all the same")


@dataclass
class IdentityTally:
    """What became of the pictures of a row."""

    decibels: list[float] = field(default_factory=list)
    """PSNR of each result to its input."""
    forced: list[float] = field(default_factory=list)
    """The same with the network, whether or not a screen was found."""
    wrong: list[str] = field(default_factory=list)
    """Names of those in which a screen was found."""
    lost: list[str] = field(default_factory=list)
    """Names of those that were changed although none was found."""


def measure(materials: Materials) -> str:
    """Return the section: how often a screen was wrongly found, and the lowest PSNR of a result to its input."""
    files = evenly(validation(materials.photos), PHOTOGRAPHS) if materials.photos else []
    total = len(PICTURES) + len(files)
    tallies: dict[tuple[str, str], IdentityTally] = {}
    pictures: Iterator[tuple[str, str, Picture]] = (("standard", name, standard_picture(name)) for name in PICTURES)
    photographs = (("photographs", file.stem, square(file)) for file in files)
    for index, (source, name, rgb) in enumerate(chain(pictures, photographs)):
        materials.notify(index / total, f"descreening {name}, which has no screen")
        for version, make in VERSIONS.items():
            tally = tallies.setdefault((source, version), IdentityTally())
            given = make(rgb, index)
            result = api.descreen(given, **vars(materials.conditions))
            assert result.screen is not None
            tally.decibels.append(psnr(rgb_of(result.picture), rgb_of(given)))
            if result.screen.present:
                tally.wrong.append(f"{name} ({version}: {result.screen.kind})")
            elif tally.decibels[-1] < ROUNDED_DB:
                tally.lost.append(name)
            if version != COLOR and (source == "standard" or index % FORCED_EVERY == 0):
                forced = api.descreen(given, screened="yes", tone="digital", **vars(materials.conditions)).picture
                tally.forced.append(psnr(forced, given))
    wrong = [name for tally in tallies.values() for name in tally.wrong]
    lost = [name for tally in tallies.values() for name in tally.lost]
    return section(
        TITLE,
        f"PSNR in dB of what comes back to what went in: scikit-image's {', '.join(PICTURES)} at full size, and "
        f"validation photographs, 256 x 256 px{'' if files else f' ({NO_PHOTOGRAPHS})'}. Unchanged pictures have no "
        f"finite PSNR. The last column: mean PSNR to the input when the network is made to work on them (`--screen yes "
        f"--tone digital`), all standard pictures and one photograph in {FORCED_EVERY}.",
        table(HEAD, [_row(source, version, tally) for (source, version), tally in tallies.items()]),
        f"Screens wrongly found: {', '.join(wrong) or 'none'}. Changed although none was found: "
        f"{', '.join(lost) or 'none'}.",
    )


def noisy(gray: Picture, seed: int) -> Picture:
    """Return (1, H, W) with normal noise of NOISE, rounded to 8 bits."""
    level = gray * 255 + NOISE * np.random.default_rng(seed).standard_normal(gray.shape, np.float32)
    return np.asarray(np.clip(np.round(level), 0, 255) / 255, np.float32)


def _row(source: str, version: str, tally: IdentityTally) -> list[str]:
    lowest, must = min(tally.decibels), MUST_DB[version]
    changed = sum(decibels < ROUNDED_DB for decibels in tally.decibels)
    shown = f"{lowest:.1f}" if changed else "unchanged"
    return [
        f"{source}, {version}",
        f"{len(tally.decibels)}",
        f"{len(tally.wrong)}",
        f"{changed}",
        verdict(shown, lowest > must),
        f"> {must:g}",
        f"{mean(tally.forced):.1f}" if tally.forced else "",
    ]

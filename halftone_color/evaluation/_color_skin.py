"""Skin in whole photographs of people: is it given a color that true skin of its luma has, or left gray."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from halftone_color.evaluation._color_baselines import baselines
from halftone_color.evaluation._color_cases import (
    AUTOMATIC,
    OF_SKIN,
    UNRELATED,
    WHOLE_SIDE,
    ColorCase,
    gray_of,
    stranger_of,
    whole,
)
from halftone_color.evaluation._color_programs import Program
from halftone_color.evaluation._color_rows import UNRELATED_ROW
from halftone_color.evaluation._report import Notify, table, verdict
from halftone_color.evaluation.photographs import validation
from halftone_color.metrics import skin
from halftone_color.types import Picture

ASKED_HELD, ASKED_GRAY = 0.85, 0.05
"""Least share of skin in the ellipse of true skin; greatest share that is left gray."""
NO_SKIN = "not measured: there are too few photographs of people"


@dataclass
class SkinCount:
    """Pixels of true skin in a row."""

    total: int = 0
    held: int = 0
    """In the ellipse."""
    gray: int = 0

    def add(self, ab: skin.Values, held: skin.Mask) -> None:
        """Take in n pixels: their ab (n, 2), and which are in the ellipse."""
        self.total += len(ab)
        self.held += int(held.sum())
        self.gray += round(skin.gray_share(ab) * len(ab)) if len(ab) else 0

    def shares(self) -> tuple[float, float] | None:
        """Return the shares in the ellipse and left gray; None without pixels."""
        return (self.held / self.total, self.gray / self.total) if self.total else None


@dataclass
class SkinTally:
    """A row."""

    all: SkinCount = field(default_factory=SkinCount)
    small: SkinCount = field(default_factory=SkinCount)
    """In small regions."""

    def add(self, rgb: Picture, where: tuple[skin.Mask, skin.Mask], luma: skin.Values, colors: skin.SkinColors) -> None:
        """Take in a colored photograph, whose true skin (all, small) and its true luma are known."""
        everywhere, small = where
        ab = skin.pixels_of(rgb, everywhere)
        held, of_small = colors.contain(ab, luma), small[everywhere]
        self.all.add(ab, held)
        self.small.add(ab[of_small], held[of_small])


@dataclass(frozen=True)
class SkinOutcome:
    """What was measured."""

    photographs: int
    fitted_on: int
    rows: dict[str, SkinTally]

    def told(self) -> list[str]:
        """Return paragraph and table."""
        cells = []
        for name, row in self.rows.items():
            pairs = (row.all.shares(), row.small.shares())
            cells.append([name, *(f"{100 * pair[k]:.1f}" if pair else "-" for pair in pairs for k in (0, 1))])
        first = next(iter(self.rows.values()))
        counts = (first.all.total, first.small.total)
        return [
            f"Skin: {self.photographs} whole validation photographs ({', '.join(OF_SKIN)}) at their own size, "
            f"{WHOLE_SIDE} px on the shorter side at most; references as above. True skin is CIELAB chroma "
            f"{skin.CHROMA[0]:g} to {skin.CHROMA[1]:g} and hue {skin.HUE_DEG[0]:g} to {skin.HUE_DEG[1]:g} degrees, "
            f"eroded by {skin.MARGIN_PX} px: {counts[0]} px, of which {counts[1]} in small regions (under 32 x 32 px "
            "in a picture of 320 px, in proportion in smaller ones). In the ellipse: share of its pixels whose ab "
            f"lies in the {skin.COVERAGE:.0%} ellipse of true skin of the same third of the range of luma (mean and "
            f"covariance over all {self.fitted_on} such photographs). Gray: chroma under {skin.GRAY_CHROMA:g}.",
            table(["", "in the ellipse %", "gray %", "small: in the ellipse %", "small: gray %"], cells),
        ]

    def verdicts(self) -> list[str]:
        """Return what is asked of our automatic row."""
        row, parts = self.rows[AUTOMATIC], []
        for words, count in (("skin", row.all), ("skin of small regions", row.small)):
            if shares := count.shares():
                held, gray = shares
                parts.append(
                    f"{words} in the ellipse >= {ASKED_HELD:.0%}: {verdict(f'{held:.1%}', held >= ASKED_HELD)}, "
                    f"gray <= {ASKED_GRAY:.0%}: {verdict(f'{gray:.1%}', gray <= ASKED_GRAY)}"
                )
        return parts


def fitted(photos: Path) -> tuple[skin.SkinColors | None, int]:
    """Return the colors of true skin over all validation photographs of people, and how many there are."""
    fit = skin.SkinFit()
    files = [file for file in validation(photos) if file.name.startswith(OF_SKIN)]
    for file in files:
        truth = whole(file)
        everywhere, _ = skin.skin_of(truth)
        fit.add(skin.pixels_of(truth, everywhere), skin.luma_of(truth, everywhere))
    return fit.fit(), len(files)


def measure(
    photos: Path, chosen: Sequence[ColorCase], programs: Sequence[Program], notify: Notify
) -> SkinOutcome | None:
    """Return the figures of skin over those of the chosen photographs that show people; None if they are too few."""
    notify(0.0, "looking at true skin")
    colors, fitted_on = fitted(photos)
    people = [case for case in chosen if case.of_skin]
    if colors is None or not people:
        return None
    rows: dict[str, SkinTally] = {}
    for done, case in enumerate(people):
        notify(done / len(people), f"coloring the people of {case.file.name}")
        truth = whole(case.file)
        where = skin.skin_of(truth)
        luma = skin.luma_of(truth, where[0])
        for name, rgb in _colored(case, truth, programs).items():
            rows.setdefault(name, SkinTally()).add(rgb, where, luma, colors)
    return SkinOutcome(len(people), fitted_on, rows)


def _colored(case: ColorCase, truth: Picture, programs: Sequence[Program]) -> dict[str, Picture]:
    """Return each row's picture of a whole photograph."""
    gray, stranger = gray_of(truth), stranger_of(case)
    pictures: dict[str, Picture] = {}
    for program in programs:
        if program.offers(AUTOMATIC):
            automatic = program.colored(case.whole_name, AUTOMATIC, gray)
            pictures = pictures or baselines(gray, truth, stranger, automatic)
            pictures[f"{program.title}{AUTOMATIC}"] = automatic
        if program.offers(UNRELATED):
            unrelated = program.colored(case.whole_name, UNRELATED, gray, stranger)
            pictures[f"{program.title}{UNRELATED_ROW}"] = unrelated
    return pictures

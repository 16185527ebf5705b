"""Squares of photographs in the section color: every program and every baseline, row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from halftone_color.evaluation._color_baselines import (
    GRAY,
    MATCHED,
    REINHARD,
    TINT,
    TRUTH,
    baselines,
    tint,
)
from halftone_color.evaluation._color_cases import (
    AUTOMATIC,
    LIKE,
    SAMPLED,
    SAMPLES,
    SEED,
    UNRELATED,
    ColorCase,
    gray_of,
    stranger_of,
)
from halftone_color.evaluation._color_programs import Program, eight_bit
from halftone_color.evaluation._color_tally import ColorTally, Fold, Judge, folds, kid_of, look
from halftone_color.evaluation._report import NO_BACKBONE, Notify, mean, table
from halftone_color.evaluation.photographs import SIDE, evenly, square, validation
from halftone_color.evaluation.sections.random import BACKBONE, Pooled
from halftone_color.evaluation.sections.random import COUNT as FORMER_COUNT
from halftone_color.evaluation.sections.recovery import mirror
from halftone_color.metrics.color import mean_ab
from halftone_color.types import Picture

SAMPLES_ROW, LIKE_ROW, UNRELATED_ROW = "samples", "like reference", "unrelated reference"
TO_REFERENCE = (TINT, MATCHED, REINHARD)
"""Baselines that take the unrelated reference's colors; programs' rows of it end in UNRELATED_ROW."""
FEW = "not measured: give more photographs"
BLANK = ""


@dataclass(frozen=True)
class Rows:
    """Figures of all rows."""

    photographs: int
    tallies: dict[str, ColorTally]
    folds: list[Fold]
    """What KID measures against what."""
    former: list[Fold]
    """The same by the protocol of `bench random`, where that is another one that can be followed as well."""
    features: list[Pooled]
    """Of all validation photographs, true colors."""
    eight_bits: bool = False
    """Whether all pictures were rounded to the levels of files, as those of other programs are."""

    def kid(self, name: str, former: bool = False) -> float | None:
        """Return KID x 1000 of a row; None where it is not measured."""
        return kid_of(self.tallies[name], self.former if former else self.folds, self.features)

    def colorfulness(self, name: str) -> float:
        """Return the mean colorfulness of a row over the truth's."""
        return mean(self.tallies[name].colorfulness) / mean(self.tallies[TRUTH].colorfulness)

    def patchiness(self, name: str) -> float:
        """Return the mean share of chroma edges on even ground over the truth's."""
        truth = mean(self.tallies[TRUTH].flat_share)
        return mean(self.tallies[name].flat_share) / truth if truth > 0 else 0.0

    def recognized(self, name: str) -> float | None:
        """Return the share of the gap between gray and true colors that the judge sees closed."""
        return self.tallies[name].recognized(self.tallies[GRAY], self.tallies[TRUTH])

    def chroma_db(self, name: str) -> float:
        """Return the mean chroma PSNR in dB."""
        return mean(self.tallies[name].chroma_db)

    def to_reference(self, name: str, title: str = "") -> float:
        """Return the mean distance of mean ab to the unrelated reference's over that of a program's automatic row."""
        farther = mean(self.tallies[f"{title}{AUTOMATIC}"].to_reference)
        return mean(self.tallies[name].to_reference) / farther if farther > 0 else 0.0

    def apart(self, name: str) -> float | None:
        """Return the mean feature distance of a photograph's samples over that of two tints; None without a judge."""
        own, tints = self.tallies[name].apart, self.tallies[TINT].apart
        return mean(own) / mean(tints) if own and mean(tints) > 0 else None

    def told(self) -> list[str]:
        """Return paragraph and table."""
        former = ["KID, 100 against the others"] if self.former else []
        head = ["", "KID x 1000", *former, "colorfulness / true", "patchiness / true", "recognized %"]
        head += ["chroma PSNR dB", "to the reference / automatic", "feature distance / tints"]
        return [self._protocol(), table(head, [[name, *self._cells(name)] for name in self.tallies])]

    def _protocol(self) -> str:
        against = f"the {len(self.folds[0].against)} other validation photographs"
        if len(self.folds) > 1:
            against = (
                "other validation photographs: these are split alternately in two halves, each measured against the "
                "true colors of the other, mean of both"
            )
        former = f" KID is given as `bench random` has it, too: {FORMER_COUNT} of them against the others."
        bits = " Pictures are rounded to 8 bits, as other programs' are; `bench random` does not." * self.eight_bits
        scatter = "It scatters with few photographs; how much, the true photographs' row tells. "
        return (
            f"{self.photographs} validation photographs, {SIDE} x {SIDE} px, colored from their true luma at the "
            f"default working size; {SAMPLES} samples, seed {SEED}. {TINT.capitalize()}: the luma with the mean ab of "
            "each of two other photographs; the first of them is the unrelated reference, also of histogram matching "
            "(R, G and B, luma kept) and of Reinhard (the automatic result's ab brought to its mean and deviation). "
            f"The like reference is the true picture mirrored.{bits} KID on MobileNetV2's pooled features against "
            f"{against}.{former if self.former else ''} {scatter}Patchiness: share of the chroma's gradient energy at "
            "64 px in the luma's flatter half. Recognized: (a - g) / (1 - g), a and g the shares of pictures whose top "
            "class is that of the true colors, for the row and for gray. To the reference: distance of the mean ab to "
            f"the unrelated reference's over the automatic result's. Feature distance ({BACKBONE}) between a "
            "photograph's samples over that between its two tints. Neither is LPIPS or FID."
        )

    def _cells(self, name: str) -> list[str]:
        judged = bool(self.features)
        kids = [self.kid(name), *([self.kid(name, former=True)] if self.former else [])]
        recognized, apart, title = self.recognized(name), self.apart(name), title_of(name)
        wanted = name in TO_REFERENCE or name.endswith(UNRELATED_ROW)
        has_base = f"{title}{AUTOMATIC}" in self.tallies
        return [
            *(NO_BACKBONE if not judged else FEW if figure is None else f"{figure:.1f}" for figure in kids),
            f"{self.colorfulness(name):.2f}",
            f"{self.patchiness(name):.2f}",
            NO_BACKBONE if recognized is None else f"{100 * recognized:.0f}",
            f"{self.chroma_db(name):.2f}" if name != TRUTH else BLANK,
            f"{self.to_reference(name, title):.2f}" if wanted and has_base else BLANK,
            (NO_BACKBONE if apart is None else f"{apart:.2f}") if name.endswith(SAMPLES_ROW) else BLANK,
        ]


def title_of(name: str) -> str:
    """Return the title of the program whose row it is; empty for ours and for baselines."""
    start, colon, _ = name.rpartition(": ")
    return start + colon


def measure(
    photos: Path, chosen: Sequence[ColorCase], programs: Sequence[Program], judge: Judge | None, notify: Notify
) -> Rows:
    """Return the figures of every row over squares of the chosen photographs; without a judge those that need none."""
    files = validation(photos)
    notify(0.0, "looking at true photographs")
    features = [look(judge, square(file)).pooled for file in files] if judge else []
    beside = len(programs) > 1
    tallies: dict[str, ColorTally] = {}
    for done, case in enumerate(chosen):
        notify(done / len(chosen), f"coloring {case.file.name}")
        truth, stranger = square(case.file), stranger_of(case)
        wanted = mean_ab(stranger)
        for name, pictures in _colored(case, truth, stranger, programs).items():
            shown = [eight_bit(picture) for picture in pictures] if beside else pictures
            tallies.setdefault(name, ColorTally()).add(shown, truth, wanted, judge)
    place = {file: number for number, file in enumerate(files)}
    taken = [place[case.file] for case in chosen]
    return Rows(len(chosen), tallies, folds(taken, len(files)), _former(files, taken), features, beside)


def _former(files: list[Path], taken: Sequence[int]) -> list[Fold]:
    """Return the fold of `bench random` where more than its photographs are taken, and all of these."""
    place = {file: number for number, file in enumerate(files)}
    its = [place[file] for file in evenly(files, FORMER_COUNT)]
    if len(taken) <= len(its) or 2 * len(its) > len(files) or not set(its) <= set(taken):
        return []
    position = {number: where for where, number in enumerate(taken)}
    return [Fold(tuple(position[k] for k in its), tuple(sorted(set(range(len(files))) - set(its))))]


def _colored(
    case: ColorCase, truth: Picture, stranger: Picture, programs: Sequence[Program]
) -> dict[str, Sequence[Picture]]:
    """Return each row's pictures of a square."""
    gray = gray_of(truth)
    rows: dict[str, Sequence[Picture]] = {}
    for program in programs:
        title = program.title
        if program.offers(AUTOMATIC):
            automatic = program.colored(case.name, AUTOMATIC, gray)
            if not rows:
                rows = {name: [rgb] for name, rgb in baselines(gray, truth, stranger, automatic).items()}
                rows[TINT] = [*rows[TINT], tint(gray, square(case.second))]
            rows[f"{title}{AUTOMATIC}"] = [automatic]
        if program.offers(SAMPLED[0]):
            rows[f"{title}{SAMPLES_ROW}"] = program.samples(case.name, gray)
        if program.offers(LIKE):
            rows[f"{title}{LIKE_ROW}"] = [program.colored(case.name, LIKE, gray, mirror(truth))]
        if program.offers(UNRELATED):
            rows[f"{title}{UNRELATED_ROW}"] = [program.colored(case.name, UNRELATED, gray, stranger)]
    return rows

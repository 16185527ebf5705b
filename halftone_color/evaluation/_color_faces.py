"""Faces of old photographs: are they given the color of skin, small ones above all."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from halftone_color.errors import InputError
from halftone_color.evaluation._color_cases import AUTOMATIC, OldPhotograph
from halftone_color.evaluation._color_programs import Program
from halftone_color.evaluation._report import Notify, table, verdict
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.metrics import faces
from halftone_color.types import Picture

ASKED_SKIN, ASKED_SMALL, ASKED_GRAY = 0.92, 0.85, 0.02
"""Least share of faces with the color of skin, of all and of small ones; greatest share that is gray."""
ALSO = "; where published"
"""End of the name of a program's row over the faces of published results alone."""


@dataclass
class FaceTally:
    """Colors of the faces of a row."""

    colors: list[str] = field(default_factory=list)
    small: list[bool] = field(default_factory=list)

    def add(self, rgb: Picture, photograph: OldPhotograph, median_px: float) -> None:
        """Take in a colored photograph; faces are small whose eyes are nearer than `median_px`."""
        for face in photograph.faces:
            self.colors.append(faces.face_color(faces.face_lab(rgb, face)))
            self.small.append(face.eye_distance_px < median_px)

    def share(self, color: str, small: bool | None = None) -> float | None:
        """Return the share of faces of one color, of all or of small or large ones; None where there are none."""
        own = [c == color for c, s in zip(self.colors, self.small, strict=True) if small is None or s == small]
        return statistics.fmean(own) if own else None


@dataclass(frozen=True)
class FaceOutcome:
    """What was measured."""

    photographs: int
    faces: int
    rows: dict[str, FaceTally]

    def told(self) -> list[str]:
        """Return paragraph and table."""
        rows = []
        for name, row in self.rows.items():
            shares = (
                row.share(faces.SKIN),
                row.share(faces.SKIN, small=True),
                row.share(faces.SKIN, small=False),
                row.share(faces.GRAY),
                row.share(faces.OTHER),
            )
            rows.append([name, str(len(row.colors)), *("-" if x is None else f"{100 * x:.0f}" for x in shares)])
        return [
            f"Faces: {self.faces} of {self.photographs} old photographs, colored as they are. A face's color is the "
            "mean CIELAB over the bounding box of the quadrilateral of eyes and mouth corners, shrunk to "
            f"{faces.SHRUNK:g} around its middle: that of skin has the chroma and hue said above, gray less chroma. "
            "Small: eyes nearer than the median of all. Published: a 2018 colorizer's results, for those photographs "
            "that have one beside them.",
            table(["", "faces", "skin-colored %", "small %", "large %", "gray %", "other %"], rows),
        ]

    def verdicts(self) -> list[str]:
        """Return what is asked of our row."""
        row = self.rows[AUTOMATIC]
        gray = row.share(faces.GRAY)
        asked = (
            ("faces skin-colored", row.share(faces.SKIN), ASKED_SKIN),
            ("small ones", row.share(faces.SKIN, True), ASKED_SMALL),
        )
        parts = [
            f"{words} >= {least:.0%}: {verdict(f'{share:.0%}', share >= least)}"
            for words, share, least in asked
            if share is not None
        ]
        return parts + (
            [f"gray <= {ASKED_GRAY:.0%}: {verdict(f'{gray:.0%}', gray <= ASKED_GRAY)}"] if gray is not None else []
        )


def measure(photographs: Sequence[OldPhotograph], programs: Sequence[Program], notify: Notify) -> FaceOutcome:
    """Return the colors of all faces as each program gives them, and as they were published.

    Raises:
        InputError: a photograph's faces lie outside it.
    """
    every = [face for photograph in photographs for face in photograph.faces]
    median_px = statistics.median(face.eye_distance_px for face in every)
    rows: dict[str, FaceTally] = {}
    for done, photograph in enumerate(photographs):
        notify(done / len(photographs), f"coloring the faces of {photograph.file.name}")
        gray = read(photograph.file, color=False).pixels
        _check(photograph, gray)
        for program in programs:
            if not program.offers(AUTOMATIC):
                continue
            rgb = program.colored(photograph.name, AUTOMATIC, gray)
            rows.setdefault(f"{program.title}{AUTOMATIC}", FaceTally()).add(rgb, photograph, median_px)
            if photograph.published:
                rows.setdefault(f"{program.title}{AUTOMATIC}{ALSO}", FaceTally()).add(rgb, photograph, median_px)
        if photograph.published:
            published = rgb_of(read(photograph.published).pixels)
            rows.setdefault("published", FaceTally()).add(published, photograph, median_px)
    return FaceOutcome(len(photographs), len(every), rows)


def _check(photograph: OldPhotograph, gray: Picture) -> None:
    height, width = gray.shape[1:]
    places = [place for face in photograph.faces for place in (*face.eyes, *face.mouth)]
    if any(not (0 <= x <= width and 0 <= y <= height) for x, y in places):
        raise InputError(
            f"A face of {photograph.file} lies outside its {width} x {height} px; give places in the stored file's px."
        )

"""Gray pictures and references for another program, so that the section color can measure it beside ours."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from halftone_color.evaluation._color_cases import (
    AUTOMATIC,
    LIKE,
    REFERENCE,
    SAMPLED,
    UNRELATED,
    cases,
    gray_of,
    old_photographs,
    stranger_of,
    whole,
)
from halftone_color.evaluation._report import Notify
from halftone_color.evaluation.photographs import square
from halftone_color.evaluation.sections.methods import cases_of_pairs
from halftone_color.evaluation.sections.recovery import mirror
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.types import Picture

JOBS = "jobs.csv"
HEAD = ("picture", "reference", "seed", "result")
"""Columns: file of a gray picture; file of its reference, or nothing; seed of a random coloring, or nothing; the name
without suffix under which the section color looks for the result."""

Job = tuple[str, str, str, str]


def write_inputs(
    photos: Path,
    folder: Path,
    count: int | None = None,
    scans: tuple[Path, ...] = (),
    pairs: Path | None = None,
    notify: Notify = lambda share, line: None,
) -> Path:
    """Write what `bench color`, called with the same arguments, will look for, as PNG files and a list of jobs.

    Args:
        photos: folder of photographs.
        folder: where to write; existing files are replaced.
        count: number of photographs, evenly spaced; None for all.
        scans: folders of which the first with faces.csv gives the old photographs.
        pairs: folder of prints with references.
        notify: called with the share done and the picture at hand.

    Returns:
        The list, jobs.csv in the folder: a row per result, columns HEAD.
    """
    jobs = [*_of_old(folder, scans), *_of_pairs(folder, pairs), *_of_photographs(folder, photos, count, notify)]
    with (folder / JOBS).open("w", newline="") as handle:
        csv.writer(handle).writerows([HEAD, *jobs])
    return folder / JOBS


def _of_photographs(folder: Path, photos: Path, count: int | None, notify: Notify) -> Iterator[Job]:
    chosen = cases(photos, count)
    for done, case in enumerate(chosen):
        notify(done / len(chosen), f"writing {case.name}")
        truth = square(case.file)
        picture = _write(folder, case.name, gray_of(truth))
        like = _write(folder, f"{case.name}-mirrored", mirror(truth))
        stranger = _write(folder, f"{case.name}-stranger", stranger_of(case))
        yield picture, "", "", f"{case.name}-{AUTOMATIC}"
        for seed, way in enumerate(SAMPLED):
            yield picture, "", str(seed), f"{case.name}-{way}"
        yield picture, like, "", f"{case.name}-{LIKE}"
        yield picture, stranger, "", f"{case.name}-{UNRELATED}"
        if case.of_skin:
            picture = _write(folder, case.whole_name, gray_of(whole(case.file)))
            yield picture, "", "", f"{case.whole_name}-{AUTOMATIC}"
            yield picture, stranger, "", f"{case.whole_name}-{UNRELATED}"


def _of_old(folder: Path, scans: tuple[Path, ...]) -> Iterator[Job]:
    for photograph in old_photographs(scans):
        picture = _write(folder, photograph.name, read(photograph.file, color=False).pixels)
        yield picture, "", "", f"{photograph.name}-{AUTOMATIC}"


def _of_pairs(folder: Path, pairs: Path | None) -> Iterator[Job]:
    for pair in cases_of_pairs(pairs) if pairs else ():
        picture = _write(folder, pair.name, pair.gray)
        yield picture, _write(folder, f"{pair.name}-stranger", pair.reference), "", f"{pair.name}-{REFERENCE}"


def _write(folder: Path, name: str, picture: Picture) -> str:
    """Write a picture as PNG and return its file's name."""
    return write(folder / f"{name}.png", picture, overwrite=True).name

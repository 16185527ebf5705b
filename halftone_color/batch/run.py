"""Restore the pictures of a plan one after another; a bad file is recorded and never stops the rest."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from glob import escape
from pathlib import Path
from typing import Any

from halftone_color import pipeline
from halftone_color.batch.plan import Job, Plan
from halftone_color.batch.report import Outcome
from halftone_color.batch.results import write_results
from halftone_color.errors import DeviceError, HcolorError, InputError, OutputError, UsageError, WeightsError
from halftone_color.images.reading import read
from halftone_color.images.sniffing import is_picture_name
from halftone_color.steps.sources import gallery_of, read_palette
from halftone_color.types import MAX_PIXELS

FATAL = (UsageError, WeightsError, DeviceError)
"""What is wrong with the request, and so with every file."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""What makes writing more files pointless."""

Notify = Callable[[float, str], None]


def run(
    plan: Plan,
    *,
    references: Sequence[Path] = (),
    scribbles: Path | None = None,
    masks: Path | None = None,
    gallery: Path | None = None,
    palette: Sequence[str] = (),
    overwrite: bool = False,
    max_pixels: int = MAX_PIXELS,
    notify: Notify = lambda share, name: None,
    **options: Any,
) -> Iterator[Outcome]:
    """Yield what became of every file: first those settled by the plan, then the pictures, as they are done.

    Args:
        plan: from make_plan.
        references: color pictures, read once.
        scribbles: a tree with the scribbles of each picture, of the same relative name, whatever its suffix.
        masks: such a tree with the mask of each picture.
        gallery: folder of color pictures to choose references from, opened once.
        palette: colors and pictures to take them from, read once.
        overwrite: whether existing results are made anew; else pictures that have all of theirs are passed over.
        max_pixels: larger pictures and references are refused.
        notify: called with the share of the pictures done and the name of the present one.
        **options: further ones of pipeline.restore.

    Raises:
        InputError: a reference or a palette's picture cannot be read, or a tree or the gallery is no folder.
        OutputError: the output folder cannot be made, or the disk is full.
        UsageError, WeightsError, DeviceError: as pipeline.restore; they would hold for every file.
    """
    yield from plan.settled
    options |= {"references": [read(path, max_pixels) for path in references], "max_pixels": max_pixels}
    options["palette"] = read_palette(palette, max_pixels)
    if gallery is not None:
        options["gallery"] = gallery_of(gallery, max_pixels)
    trees = {name: tree for name, tree in (("scribbles", scribbles), ("mask", masks)) if tree is not None}
    for name, tree in trees.items():
        if not tree.is_dir():
            raise InputError(f"{tree} is no folder; a batch takes a folder of {name}, named as the pictures are.")
    if plan.jobs:
        _make_folder(plan.output)
    for place, job in enumerate(plan.jobs):

        def heard(share: float, place: int = place, name: str = job.source.name) -> None:
            notify((place + share) / len(plan.jobs), name)

        heard(0.0)
        yield _outcome(job, overwrite, trees, options | {"progress": heard})


def _outcome(job: Job, overwrite: bool, trees: Mapping[str, Path], options: dict[str, Any]) -> Outcome:
    paths = [*job.names.pictures, *([job.names.sheet] if job.names.sheet else [])]
    if not overwrite and all(os.path.lexists(path) for path in paths):
        return Outcome(job.source, "existing")
    try:
        drawn = {name: _companion(tree, job, name) for name, tree in trees.items()}
        result = pipeline.restore(job.source, **(options | drawn))
        written = write_results(result, job.names, overwrite=overwrite, keep=True)
    except FATAL:
        raise
    except HcolorError as error:
        if isinstance(error, OutputError) and getattr(error.__cause__, "errno", None) in FULL:
            raise
        return Outcome(job.source, "failed", str(error))
    except Exception as error:  # whatever a file does to the libraries, the next one may be sound
        reason = (str(error).splitlines() or [""])[0]
        sentence = f"{job.source} could not be restored ({type(error).__name__}: {reason}); restore it on its own."
        return Outcome(job.source, "failed", sentence)
    return Outcome(job.source, "done", written=tuple(written), notes=result.notes)


def _companion(tree: Path, job: Job, kind: str) -> Path:
    """Return the file of a tree that has the relative name of a job's picture, or at least its stem.

    Raises:
        InputError: there is none, or more than one.
    """
    wanted = tree / job.relative
    if wanted.exists():
        return wanted
    alike = sorted(path for path in wanted.parent.glob(f"{escape(wanted.stem)}.*") if is_picture_name(path))
    if len(alike) != 1:
        there = "there is none" if not alike else f"there are {len(alike)}"
        raise InputError(
            f"{job.source} needs one {kind} file {wanted}, but {there}; draw it, or leave the picture out."
        )
    return alike[0]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        writable = os.access(folder, os.W_OK | os.X_OK)
    except OSError as error:
        raise OutputError(f"{folder} cannot be made ({error.strerror}); choose another folder with -o.") from error
    if not writable:
        raise OutputError(f"{folder} cannot be written to; check its permissions or choose another folder with -o.")

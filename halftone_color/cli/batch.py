"""hcolor batch: restore every picture of a folder tree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halftone_color.cli import _options as shared
from halftone_color.cli._methods import assigned
from halftone_color.cli._running import progress
from halftone_color.errors import NothingToDoError, SomeFailedError
from halftone_color.system import precision as numbers

if TYPE_CHECKING:
    from halftone_color.batch.report import Report

EXAMPLES = """Examples:

hcolor batch ./archive

hcolor batch ./archive -o restored/ --samples 4

hcolor batch ./archive --ref beach.jpg --format tiff --overwrite

hcolor batch ./archive --palette teal,sandybrown --saturation 0.8

hcolor batch ./archive --method levin --scribbles ./strokes
"""
UNFOLDED = 1000
"""Columns where stderr is no terminal, so that each file has one line."""


def command(
    archive: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of scans; subfolders are included.")],
    ref: shared.References = None,
    ref_strength: shared.RefStrength = None,
    palette: shared.Palette = None,
    ref_dir: shared.RefDir = None,
    samples: shared.Samples = 0,
    seed: shared.Seed = 0,
    scribbles: Annotated[
        Path | None,
        typer.Option(
            "--scribbles",
            metavar="FOLDER",
            show_default=False,
            help="Tree with a file of the same name for each scan: colors drawn on a transparent layer or on a copy.",
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            "--mask",
            metavar="FOLDER",
            show_default=False,
            help="Tree with a file of the same name for each scan: white where colors are to be kept.",
        ),
    ] = None,
    hint: shared.HintWords = None,
    method: shared.ColorMethod = "network",
    set_: shared.Assignments = None,
    keep_luminance: shared.KeepLuminance = True,
    refine: shared.Refine = None,
    path: shared.CascadePath = None,
    recolor: shared.Recolor = False,
    tone: shared.Tone = "auto",
    keep_paper: shared.KeepPaper = False,
    screened: shared.Screened = "auto",
    saturation: shared.Saturation = None,
    variety: shared.Variety = None,
    precision: shared.Precision = "auto",
    weights: shared.Weights = "default",
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="FOLDER", show_default=False, help="By default FOLDER-restored."),
    ] = None,
    format: shared.Format = "png",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Make results anew that exist; else they are passed over.")
    ] = False,
    max_pixels: shared.MaxPixels = shared.MAX_PIXELS,
) -> None:
    """Restore every picture of a folder tree into a mirrored tree.

    A bad file never stops the rest. Exit code 3 if some failed, 4 if there is no picture. Run it again to go on after
    an interruption: results that exist are passed over.
    """
    from halftone_color.batch.plan import make_plan
    from halftone_color.batch.report import Report

    references = ref or []
    hints = shared.hints(hint)
    from halftone_color import pipeline, registry
    from halftone_color.steps.sources import Coloring, Given

    options = assigned(registry.find("colorizers", method), set_) | shared.given(
        saturation=saturation, variety=variety, ref_strength=ref_strength
    )
    given = Given(references, samples, seed, hints, scribbles, mask, ref_dir, palette or [])
    pipeline.check_request(Coloring(method, given, keep_luminance, refine, options), path, screened)
    report = Report()
    try:
        with progress(f"Restoring {archive.name}") as notify, numbers.using(precision):
            plan = make_plan(archive, output, count=max(1, samples), format=format)
            from halftone_color.batch.run import run

            outcomes = run(
                plan,
                references=references,
                scribbles=scribbles,
                masks=mask,
                gallery=ref_dir,
                palette=palette or [],
                overwrite=overwrite,
                max_pixels=max_pixels,
                notify=notify,
                samples=samples,
                seed=seed,
                hints=hints,
                method=method,
                keep_luminance=keep_luminance,
                refine=refine,
                path=path,
                recolor=recolor,
                tone=tone,
                keep_paper=keep_paper,
                screened=screened,
                weights=weights,
                **options,
            )
            for outcome in outcomes:
                report.outcomes.append(outcome)
                for note in outcome.notes:
                    typer.echo(f"{outcome.source}: {note}", err=True)
                for written in outcome.written:
                    typer.echo(written)
    finally:
        if report.outcomes:
            _show(report)
    failed = len(report.of("failed"))
    if failed:
        raise SomeFailedError(
            f"{failed} of {len(report.outcomes)} files failed, each for the reason given above; the rest is done. "
            "Correct them and run the same command again."
        )
    if not plan.jobs:
        raise NothingToDoError(f"There is no picture in {archive}; name a folder of scans.")


def _show(report: Report) -> None:
    """Print what was skipped, what failed and the counts on stderr; lines are folded on a terminal only."""
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(stderr=True, width=None if sys.stderr.isatty() else UNFOLDED)
    for state in ("skipped", "failed"):
        table = Table(state.capitalize(), "Reason", box=SIMPLE)
        for outcome in report.of(state):
            source = str(outcome.source)
            reason = outcome.reason.removeprefix(source).strip()
            table.add_row(Text(source, overflow="fold"), Text(reason, overflow="fold"))
        if table.rows:
            console.print(table)
    typer.echo(report.summary(), err=True)

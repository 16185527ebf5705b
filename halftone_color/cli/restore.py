"""hcolor restore: the whole job, from the scan of a halftone print to a color photograph."""

from __future__ import annotations

from typing import ClassVar

from halftone_color.cli import _help
from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Colors, Machine, RestoredColoring, RestoredDots, Scan, ScanFile, restore_words
from halftone_color.cli._running import run_job

EXAMPLES = """Examples:
  hcolor restore scan.png
  hcolor restore scan.png --ref beach.jpg
  hcolor restore scan.png --palette teal,sandybrown --ref-strength 0.7
  hcolor restore scan.png --hint 120,80,teal
  hcolor restore scan.png --samples 4 --seed 7 -o colorings/
  hcolor restore scan.png --method levin --scribbles strokes.png
  hcolor restore newspaper.tif --pages 2-end --crop --path ihn-first
"""


class Command(_help.Command):
    """It takes one scan."""

    next_step: ClassVar[str] = "for several scans use hcolor batch FOLDER"


@with_options
def command(
    scan: Scan, files: ScanFile, colors: Colors, coloring: RestoredColoring, dots: RestoredDots, machine: Machine
) -> None:
    """Turn a scan of a halftone print into a color photograph.

    Colors come from references, a palette or hints, are drawn at random or, with none of them, are the likeliest ones.
    """
    words = restore_words(colors, coloring, dots)
    run_job("restore", scan, words, files, machine.conditions(), colors.files())

"""hcolor colorize: color a gray photograph."""

from __future__ import annotations

from typing import Annotated, ClassVar

from halftone_color.cli import _help
from halftone_color.cli._groups import with_options
from halftone_color.cli._listing import list_option
from halftone_color.cli._options import Coloring, Machine, Photo, PhotoColors, ScanFile
from halftone_color.cli._running import run_job

EXAMPLES = """Examples:
  hcolor colorize gray.png
  hcolor colorize gray.png --ref beach.jpg --ref sunset.jpg
  hcolor colorize gray.png --ref beach.jpg --ref-strength 0.6 --saturation 0.8
  hcolor colorize gray.png --palette teal,sandybrown,#e9c46a
  hcolor colorize gray.png --palette poster.jpg
  hcolor colorize gray.png --samples 4 --seed 7 --variety 1.3
  hcolor colorize gray.png --hint 120,80,teal --hint '300,40,#e9c46a'
  hcolor colorize gray.png --ref beach.jpg --method lut --set space=rgb-then-yuv
  hcolor colorize gray.png --method gallery --ref-dir photos/ --set then=network
  hcolor colorize gray.png --method levin --scribbles strokes.png
  hcolor colorize gray.png --hint 120,80,teal --refine levin
  hcolor colorize mono.png --method stereo --color-view color.png
"""
ROOM = "colorizers"


class Command(_help.Command):
    """Its help ends with the colorizers."""

    room: ClassVar[str | None] = ROOM
    next_step: ClassVar[str] = "run it once for each picture"


@with_options
def command(
    photo: Photo,
    files: ScanFile,
    colors: PhotoColors,
    coloring: Coloring,
    list_methods: Annotated[bool, list_option(ROOM, "--list-methods", "Coloring")] = False,
    help_methods: Annotated[bool, list_option(ROOM, "--help-methods")] = False,
    *,
    machine: Machine,
) -> None:
    """Color a gray photograph: by reference, by a palette, by hints, at random or, with none of them, automatically."""
    words = {**vars(colors), **coloring.words()}
    run_job("colorize", photo, words, files, machine.conditions(), colors.files())

"""The options that several commands share: a dataclass for each heading of their help."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import typer

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.steps.assignments import parse_assignments, split_assignments
from halftone_color.types import MAX_PIXELS

if TYPE_CHECKING:
    from halftone_color.run import Conditions


def methods(room: str) -> Callable[[], Iterable[str]]:
    """Return what gives the names of a room's methods, when they are asked for."""
    return lambda: registry.entries(room)


def under(heading: str) -> Callable[..., Any]:
    """Return what makes an option below a heading of the help."""

    def option(name: str, metavar: str | None, help: str, *, words: Any = (), **more: Any) -> Any:
        """Return an option; `words`, or what they are called from, complete its value; a switch has no metavar."""

        def complete(incomplete: str) -> list[str]:
            return [word for word in (words() if callable(words) else words) if word.startswith(incomplete)]

        more |= {"autocompletion": complete} if words else {}
        return typer.Option(*name.split(), metavar=metavar, help=help, rich_help_panel=heading, **more)

    return option


# ---- files -----------------------------------------------------------------------------------------------------------

Scan = Annotated[
    Path,
    typer.Argument(metavar="SCAN", help="PNG, JPEG, JPEG 2000, WebP, TIFF, BMP, GIF, AVIF; or -."),
]
Photo = Annotated[
    Path,
    typer.Argument(metavar="PHOTO", help="PNG, JPEG, JPEG 2000, WebP, TIFF, BMP, GIF, AVIF; or -."),
]

_file = under("Files")
Overwrite = Annotated[bool, _file("--overwrite", None, "Replace files that exist.")]
MaxPixels = Annotated[int, _file("--max-pixels", "N", "Refuse larger pictures; 500 million by default.", min=1)]
Invert = Annotated[bool, _file("--invert", None, "The input is a negative.")]
Strict = Annotated[bool, _file("--strict", None, "Refuse a damaged file; else what can be read is used.")]


@dataclass(frozen=True)
class Files:
    """Where results go, and how inputs are read."""

    output: Annotated[
        str | None,
        _file("--output -o", "PATH", "A file, a folder or -; by default beside the input."),
    ] = None
    overwrite: Overwrite = False
    format: Annotated[
        str,
        _file("--format", "NAME", "png (default) or tiff, where hcolor chooses the name.", words=("png", "tiff")),
    ] = "png"
    max_pixels: MaxPixels = MAX_PIXELS
    strict: Annotated[bool, _file("--strict", None, "Refuse a damaged file; else what can be read is used.")] = False

    def words(self) -> dict[str, Any]:
        """Return the words of steps/parsing.py."""
        own = ("output", "overwrite", "pages", "uncertainty_map")
        return {name: value for name, value in vars(self).items() if name not in own}


@dataclass(frozen=True)
class ScanFiles(Files):
    """Where the results of a scan go, and how it is read."""

    bits: Annotated[
        int, _file("--bits", "N", "Bits per channel: 8 (default), or 16 for png and tiff.", words=("8", "16"))
    ] = 8
    invert: Invert = False
    pages: Annotated[
        str | None,
        _file("--pages", "LIST", "Of a TIFF: 1-3,10-end or all; results end in -p002."),
    ] = None
    region: Annotated[
        str | None,
        _file("--region", "X,Y,W,H", "Only this part, in px; the result is W x H px large."),
    ] = None
    crop: Annotated[bool, _file("--crop", None, "Write each photograph of a page to a file of its own.")] = False


@dataclass(frozen=True)
class PhotoFile(Files):
    """Where the result of a photograph goes, and how it is read."""

    strict: Strict = False


@dataclass(frozen=True)
class ScanFile(ScanFiles):
    """Where the results of one scan go, and how it is read."""

    strict: Strict = False


@dataclass(frozen=True)
class DrawnFile(ScanFile):
    """Where the results of one scan go, of which there may be several."""

    uncertainty_map: Annotated[
        Path | None,
        _file("--uncertainty-map", "FILE", "Picture of where the samples disagree, with a legend."),
    ] = None


# ---- colors ----------------------------------------------------------------------------------------------------------

_color = under("Colors")
References = Annotated[
    list[Path],
    _color("--ref", "FILE", "Picture to take colors from; several give one result."),
]


@dataclass(frozen=True)
class Colors:
    """Where colors come from; the fields are words of steps/parsing.py."""

    references: References = field(default_factory=list)
    palette: Annotated[
        list[str],
        _color(
            "--palette",
            "COLORS",
            "Colors to use where they suit: teal,#e9c46a,white, or a picture that has them. Repeatable.",
        ),
    ] = field(default_factory=list)
    samples: Annotated[int, _color("--samples", "N", "Make N random colorings.", min=0)] = 0
    seed: Annotated[int, _color("--seed", "N", "Number of the first random coloring; 0 by default.", min=0)] = 0
    hints: Annotated[
        list[str],
        _color("--hint", "X,Y,COLOR", "Color of a point, in px: 120,80,teal. Repeatable."),
    ] = field(default_factory=list)
    scribbles: Annotated[
        Path | None,
        _color("--scribbles", "FILE", "Colors drawn on a transparent layer or on a copy."),
    ] = None
    mask: Annotated[
        Path | None,
        _color("--mask", "FILE", "White where the colors of --scribbles, or of the input itself, are kept."),
    ] = None
    gallery: Annotated[
        Path | None,
        _color("--ref-dir", "FOLDER", "Color pictures for --method gallery to choose from."),
    ] = None

    def files(self) -> list[Path]:
        """Return the files that are named, which no result may replace."""
        drawn = [path for path in (self.scribbles, self.mask) if path is not None]
        return [*self.references, *(Path(word) for word in self.palette if Path(word).is_file()), *drawn]


@dataclass(frozen=True)
class PhotoColors(Colors):
    """Where the colors of a photograph come from."""

    color_view: Annotated[
        Path | None,
        _color("--color-view", "FILE", "For --method stereo: the same scene by a color camera beside."),
    ] = None

    def files(self) -> list[Path]:
        """Return the files that are named, which no result may replace."""
        return [*super().files(), *([] if self.color_view is None else [self.color_view])]


# ---- methods ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Method:
    """A method and its options: those of --set, and those with a flag of their own.

    A subclass has `method` and `assignments` among its fields; all others but `flags` are words of steps/parsing.py.
    """

    room: ClassVar[str]
    flags: ClassVar[tuple[str, ...]] = ()
    """Fields that are options of the method, where they are given."""

    def words(self) -> dict[str, Any]:
        """Return the words of steps/parsing.py.

        Raises:
            UsageError: an assignment is none, or an option is set twice.
        """
        own = dict(vars(self))
        flags = {name: own.pop(name) for name in self.flags}
        given = {name: value for name, value in flags.items() if value is not None and value is not False}
        options = parse_assignments(self.room, own["method"], own.pop("assignments"))
        for name in sorted(options.keys() & given.keys()):
            raise UsageError(f"The option {name} is set twice; leave one out.")
        return own | {"options": options | given}


_coloring = under("Coloring")


@dataclass(frozen=True)
class Coloring(Method):
    """How to color."""

    room: ClassVar[str] = "colorizers"
    flags: ClassVar[tuple[str, ...]] = ("saturation", "ref_strength", "variety")

    saturation: Annotated[
        float | None, _coloring("--saturation", "X", "Factor on the colors: 0 gray, 0.7 pale, 1 by default.")
    ] = None
    ref_strength: Annotated[
        float | None,
        _coloring("--ref-strength", "X", "Weight of references: 0 none, 1 by default, 2 the most."),
    ] = None
    variety: Annotated[
        float | None,
        _coloring("--variety", "X", "Spread of random colorings: 0 none, 1.2 by default."),
    ] = None
    method: Annotated[
        str,
        _coloring(
            "--method",
            "NAME",
            "See hcolor colorize --list-methods; network by default.",
            words=methods("colorizers"),
        ),
    ] = "network"
    assignments: Annotated[list[str], _coloring("--set", "NAME=VALUE", "Option of the method. Repeatable.")] = field(
        default_factory=list
    )
    refine: Annotated[
        str | None,
        _coloring(
            "--refine",
            "NAME",
            "levin cleans colors along the edges and takes hints as well; gram brings them nearer to the references'.",
            words=("levin", "gram"),
        ),
    ] = None
    keep_luminance: Annotated[
        bool,
        _coloring("--keep-luminance/--no-keep-luminance", None, "Take the luminance that the method makes."),
    ] = True


@dataclass(frozen=True)
class RestoredColoring(Coloring):
    """How to color a picture that is descreened as well."""

    assignments: Annotated[
        list[str],
        _coloring(
            "--set", "NAME=VALUE", "Option of the method, or descreener.NAME=VALUE of the descreener. Repeatable."
        ),
    ] = field(default_factory=list)
    path: Annotated[
        str | None,
        _coloring(
            "--path",
            "ORDER",
            "ihn-first descreens, then colors; color-first does the reverse; fused (default) joins both results.",
            words=("fused", "ihn-first", "color-first"),
        ),
    ] = None
    fuser: Annotated[
        str,
        _coloring(
            "--fuser",
            "NAME",
            "How both results are joined: network (default) or mean.",
            words=methods("fusers"),
        ),
    ] = "network"
    recolor: Annotated[bool, _coloring("--recolor", None, "Give a print in several inks new colors in any case.")] = (
        False
    )


# ---- dots ------------------------------------------------------------------------------------------------------------

_dots = under("Descreening")


@dataclass(frozen=True)
class Dots:
    """What is known about the print."""

    screened: Annotated[
        str,
        _dots(
            "--screen",
            "WORD",
            "Is there a screen to remove: auto (default), yes or no.",
            words=("auto", "yes", "no"),
        ),
    ] = "auto"
    tone: Annotated[
        str,
        _dots(
            "--tone",
            "WORD",
            "print: read tones between ink and paper, undo dot gain; digital: the mean of the dots; auto (default).",
            words=("auto", "digital", "print"),
        ),
    ] = "auto"
    keep_paper: Annotated[bool, _dots("--keep-paper", None, "Leave the tint of the print's ink and paper.")] = False


@dataclass(frozen=True)
class RestoredDots(Dots):
    """How dots are removed from a picture that is colored as well."""

    descreener: Annotated[
        str,
        _dots(
            "--descreener",
            "NAME",
            "See hcolor descreen --list-methods; network by default.",
            words=methods("descreeners"),
        ),
    ] = "network"


def restore_words(colors: Colors, coloring: RestoredColoring, dots: RestoredDots) -> dict[str, Any]:
    """Return the words of steps/parsing.py for a restoration.

    Raises:
        UsageError: an assignment is none, or an option is set twice.
    """
    own, others = split_assignments(coloring.assignments)
    options = parse_assignments("descreeners", dots.descreener, others)
    colored = replace(coloring, assignments=own).words()
    return {**vars(colors), **colored, **vars(dots), "descreener_options": options}


# ---- machine ---------------------------------------------------------------------------------------------------------

_machine = under("Machine")
Device = Annotated[
    str,
    _machine(
        "--device",
        "NAME",
        "auto (default), cpu, cuda, cuda:N or mps.",
        words=("auto", "cpu", "cuda", "mps"),
    ),
]
Weights = Annotated[str, _machine("--weights", "SET", "A set of weights (hcolor weights list), or a folder.")]
Threads = Annotated[int | None, _machine("--threads", "N", "How many to use; by default all there are, 8 at most.")]


@dataclass(frozen=True)
class Machine:
    """Under which conditions; the fields are those of run.Conditions."""

    weights: Weights = "default"
    device: Device = "auto"
    precision: Annotated[
        str,
        _machine(
            "--precision",
            "NAME",
            "Numbers that networks compute in: auto (default), float32 or bfloat16.",
            words=("auto", "float32", "bfloat16"),
        ),
    ] = "auto"
    threads: Threads = None

    def conditions(self) -> Conditions:
        """Return the conditions of a run."""
        from halftone_color.run import Conditions

        return Conditions(**vars(self))

"""Turn keywords (of a command, of Python or of a settings file) into a Request, with all checks that need no scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from halftone_color import registry
from halftone_color.cue import EXCLUSIVE, KINDS, NONE, PICTURES, Color, CueRequest, InputPicture
from halftone_color.errors import UsageError
from halftone_color.images import palettes
from halftone_color.images.gallery import require_folder
from halftone_color.images.regions import parse_region
from halftone_color.images.scribbles import Point, rgb_of_color
from halftone_color.images.sources import Source, input_picture, is_file
from halftone_color.method import Colorizer, ColorsHalftones, Method, Refines
from halftone_color.request import BITS, CASCADES, JOBS, SCREENS, TONES, Choice, Output, Reading, Request
from halftone_color.types import MAX_PIXELS, Scan

Swatch = Source | Sequence[float]
"""Part of a palette: (r, g, b) in [0, 1], a name, #rrggbb, or several of them separated by commas; or a picture."""


COLORING = ("colorize", "restore")
"""Jobs with cues."""


@dataclass(frozen=True)
class Keywords:
    """The user's keywords; the fields are the keywords of the Python API, see api.py."""

    method: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    descreener: str = "network"
    descreener_options: Mapping[str, Any] = field(default_factory=dict)
    fuser: str = "network"
    references: Sequence[Source] = ()
    samples: int = 0
    seed: int = 0
    hints: Sequence[Point | str] = ()
    scribbles: Source | None = None
    mask: Source | None = None
    gallery: str | None = None
    palette: Sequence[Swatch] = ()
    keep_luminance: bool = True
    refine: str | None = None
    path: str | None = None
    recolor: bool = False
    tone: str = "auto"
    keep_paper: bool = False
    screened: str = "auto"
    cmyk: bool = False
    companions: Sequence[str] = ()
    """Kinds of files that accompany every scan of a batch: "scribbles", "mask"."""
    max_pixels: int = MAX_PIXELS
    invert: bool = False
    strict: bool = False
    page: int | None = None
    region: str | Sequence[int] | None = None
    format: str = "png"
    bits: int = 8
    crop: bool = False


def make_request(job: str, **keywords: Any) -> Request:
    """Return the request for a job.

    Args:
        job: one of request.JOBS.
        **keywords: the fields of Keywords, and the pictures of cue.PICTURES, which may be among the options as well.

    Raises:
        UsageError: an unknown keyword, method or option, or a cue that the method cannot use.
        InputError: a picture of a cue does not exist.
    """
    options = keywords.get("options", {})
    pictures = {word: (keywords | options).get(word) for word in PICTURES if job in COLORING}
    keywords = {word: value for word, value in keywords.items() if word not in pictures}
    if options:
        keywords["options"] = {word: value for word, value in options.items() if word not in pictures}
    for word in sorted(keywords.keys() - {each.name for each in fields(Keywords)}):
        raise UsageError(
            f"There is no keyword {word!r}; keywords: {', '.join(each.name for each in fields(Keywords))}."
        )
    asked = Keywords(**keywords)
    _check_keywords(asked, job)
    named: dict[str, Any] = {
        "reading": _reading(asked),
        "output": Output(asked.format, asked.bits, asked.crop),
    }
    if job in COLORING:
        given = {field: picture for word, field in PICTURES.items() if (picture := pictures[word]) is not None}
        views: dict[str, Any] = {field: input_picture(picture) for field, picture in given.items()}
        named["cues"] = replace(_cue_request(asked), **views)
    if job in ("descreen", "restore"):
        named |= {"screen": asked.screened, "tone": asked.tone, "keep_paper": asked.keep_paper}
    if job == "restore":
        named |= {"cascade": asked.path, "recolor": asked.recolor}
    named |= _choices(asked, job)
    if job == "descreen":
        named["cues"] = _draw_request(asked, named["descreener"])
    request = Request(job, cmyk=asked.cmyk and job == "halftone", **named)
    if "colorizer" in named:
        check_coloring(request, frozenset({"hints"}) if asked.companions else frozenset())
    return request


def check_coloring(request: Request, brought: frozenset[str] = frozenset()) -> None:
    """Check that the colorizer and the refiner of a request can use its cues.

    Args:
        request: with cues, a colorizer and possibly a refiner.
        brought: kinds of cue that accompany every scan.

    Raises:
        UsageError: they do not fit.
    """
    name = request.colorizer.name
    colorizer: Colorizer = registry.build("colorizers", request.colorizer)
    kinds, wanted = request.cues.kinds | brought, colorizer.cues
    beside: tuple[str, ...] = ()
    if request.refiner is not None:
        refiner = registry.build("colorizers", request.refiner)
        if not isinstance(refiner, Refines):
            able = ", ".join(refiners())
            raise UsageError(f"There is no refinement {request.refiner.name!r}; choose one of {able}.")
        beside = refiner.refiner_cues
        if NONE not in beside and not kinds & set(beside):
            raise UsageError(f"The refinement {request.refiner.name} needs {_describe_kinds(beside)}; add them.")
    for kind in sorted(kinds - {*wanted, *beside}):
        raise UsageError(f"The method {name} cannot use {KINDS[kind]}; give it {_describe_kinds(wanted)} instead.")
    if not kinds & set(wanted) and NONE not in wanted:
        raise UsageError(f"The method {name} has no colors of its own; give it {_describe_kinds(wanted)}.")
    if request.cascade not in (None, "ihn-first") and not isinstance(colorizer, ColorsHalftones):
        raise UsageError(
            f"The method {name} can color only after descreening; leave out --path {request.cascade}, or the method."
        )


def refiners() -> list[str]:
    """Return the names of the colorizers with the ability to refine."""
    return [name for name, entry in registry.entries("colorizers").items() if Refines.__name__ in entry.abilities]


def _describe_kinds(cues: Sequence[str]) -> str:
    """Return the names of kinds of cue for messages."""
    return " or ".join(words for kind, words in KINDS.items() if kind in cues)


def _check_keywords(asked: Keywords, job: str) -> None:
    """Refuse values that no job accepts."""
    if job not in JOBS:
        raise UsageError(f"There is no job {job!r}; choose one of {', '.join(JOBS)}.")
    if asked.path not in (None, *CASCADES):
        raise UsageError(f"There is no path {asked.path!r}; choose one of {', '.join(CASCADES)}.")
    if asked.screened not in SCREENS:
        raise UsageError(f"The screen cannot be {asked.screened!r}; choose one of {', '.join(SCREENS)}.")
    if asked.tone not in TONES:
        raise UsageError(f"There is no tone {asked.tone!r}; choose one of {', '.join(TONES)}.")
    if isinstance(asked.references, str) or isinstance(asked.palette, str) or hasattr(asked.references, "__fspath__"):
        raise UsageError("References and palettes must be lists; write references=[...], also for a single one.")
    if asked.bits not in BITS:
        raise UsageError(f"A channel cannot have {asked.bits} bits; choose one of {', '.join(map(str, BITS))}.")
    if asked.samples < 0 or asked.seed < 0:
        raise UsageError("The number of samples and the seed must not be negative.")


def _reading(asked: Keywords) -> Reading:
    """Return how files are read."""
    if asked.page is not None and asked.page < 1:
        raise UsageError(f"There is no page {asked.page}; pages are counted from 1.")
    region = None if asked.region is None else parse_region(asked.region)
    return Reading(asked.max_pixels, asked.invert, asked.strict, asked.page, region)


def _choices(asked: Keywords, job: str) -> dict[str, Choice]:
    """Return the methods of a job by request field; all names are checked before any method is imported."""
    chosen: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
    if job == "halftone":
        chosen["halftoner"] = ("halftoners", asked.method or "floyd-steinberg", asked.options)
    if job == "descreen":
        chosen["descreener"] = ("descreeners", asked.method or "network", asked.options)
    if job in COLORING:
        options = dict(asked.options) | ({} if asked.keep_luminance else {"keep_luminance": False})
        chosen["colorizer"] = ("colorizers", asked.method or "network", options)
        if asked.refine is not None:
            chosen["refiner"] = ("colorizers", asked.refine, {})
    if job == "restore":
        chosen["descreener"] = ("descreeners", asked.descreener, asked.descreener_options)
        chosen["fuser"] = ("fusers", asked.fuser, {})
    named = {field: (room, _find_method(room, name, options)) for field, (room, name, options) in chosen.items()}
    return {field: _drop_defaults(room, choice) for field, (room, choice) in named.items()}


def _find_method(room: str, name: str, options: Mapping[str, Any]) -> Choice:
    """Return a method under its canonical name, after checking that it has the given options.

    Raises:
        UsageError: the method or an option does not exist.
    """
    given = {option: tuple(value) if isinstance(value, list) else value for option, value in options.items()}
    return Choice.of(registry.check(room, Choice.of(name, given)).name, given)


def _drop_defaults(room: str, choice: Choice) -> Choice:
    """Return a choice without the options that have their default values.

    Raises:
        UsageError: an option has an impossible value.
    """
    method: Method = registry.build(room, choice)
    defaults = {each.name: each.default for each in fields(method)}  # type: ignore[arg-type]
    return Choice.of(choice.name, {name: value for name, value in choice.options if value != defaults[name]})


def _cue_request(asked: Keywords) -> CueRequest:
    """Return the cues of a request, with existing pictures and parsed colors."""
    given = {
        "references": len(asked.references) > 0,
        "samples": asked.samples > 0,
        "palette": len(asked.palette) > 0,
    }
    alone = [KINDS[kind] for kind in EXCLUSIVE if given[kind]]
    if len(alone) > 1:
        raise UsageError(f"Give either {' or '.join(alone)}, not both.")
    return CueRequest(
        references=tuple(map(input_picture, asked.references)),
        samples=asked.samples,
        seed=asked.seed,
        hints=tuple(map(_parse_hint, asked.hints)),
        scribbles=None if asked.scribbles is None else input_picture(asked.scribbles),
        mask=None if asked.mask is None else input_picture(asked.mask),
        gallery=None if asked.gallery is None else require_folder(asked.gallery),
        palette=tuple(part for swatch in asked.palette for part in _parse_swatch(swatch)),
    )


def _draw_request(asked: Keywords, descreener: Choice) -> CueRequest:
    """Return how many answers a descreener draws, and from which seed; nothing for one that does not draw.

    Raises:
        UsageError: several are asked of one that does not draw.
    """
    method: Method = registry.build("descreeners", descreener)
    if method.draws:
        return CueRequest(samples=max(1, asked.samples), seed=asked.seed)
    if asked.samples:
        able = [name for name in registry.entries("descreeners") if registry.build("descreeners", Choice(name)).draws]
        raise UsageError(
            f"The method {descreener.name} has one answer only; leave out --samples, or use --method "
            f"{' or '.join(able)}."
        )
    return CueRequest()


def _parse_hint(hint: Point | str) -> tuple[float, float, Color]:
    """Return a hint (x, y, color) with a numeric color; as text it is x,y,color."""
    try:
        x, y, color = hint.split(",", 2) if isinstance(hint, str) else hint
        place = float(x), float(y)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{hint!r} is not a hint; give its x and y in px and a color, such as 120,80,teal.") from error
    return (*place, _parse_color(color))


def _parse_color(color: str | Sequence[float]) -> Color:
    red, green, blue = (float(value) for value in rgb_of_color(color))
    return red, green, blue


def _parse_swatch(swatch: Swatch) -> list[Color | InputPicture]:
    """Return the colors, or the picture, of one part of a palette."""
    if isinstance(swatch, str):
        try:
            return [_parse_color(tuple(color)) for color in palettes.parse_colors(swatch)]
        except UsageError as error:
            if is_file(swatch):
                return [input_picture(swatch)]
            raise UsageError(
                f"{swatch!r} is neither a color nor a picture; write a name such as teal, or #2a9d8f, or a file name."
            ) from error
    if isinstance(swatch, Scan) or hasattr(swatch, "__fspath__") or np.ndim(swatch) > 1:
        return [input_picture(swatch)]  # type: ignore[arg-type]
    return [_parse_color(swatch)]  # type: ignore[arg-type]

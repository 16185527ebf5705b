"""From the words of a command, of Python or of a settings file to a Request; what needs no scan is refused here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

from halftone_color import registry
from halftone_color.cue import EXCLUSIVE, KINDS, NONE, Color, CueRequest, InputPicture
from halftone_color.errors import UsageError
from halftone_color.images import palettes
from halftone_color.images.gallery import require_folder
from halftone_color.images.scribbles import Point, rgb_of_color
from halftone_color.images.sources import Source, input_picture, is_file
from halftone_color.method import Colorizer, ColorsHalftones, Method, Refines
from halftone_color.request import CASCADES, JOBS, SCREENS, TONES, Choice, Output, Reading, Request
from halftone_color.types import MAX_PIXELS, Scan

Swatch = Source | Sequence[float]
"""A color of a palette: (r, g, b) in [0, 1], a name, #rrggbb, several of them separated by commas; or a picture."""


@dataclass(frozen=True)
class Words:
    """What is asked, in the user's words; the fields are the keywords of the Python API, see api.py."""

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
    """What every scan of a batch brings of its own: "scribbles", "mask"."""
    max_pixels: int = MAX_PIXELS
    format: str = "png"


def make_request(job: str, **words: Any) -> Request:
    """Return the request that the words of a job say.

    Args:
        job: one of request.JOBS.
        **words: the fields of Words.

    Raises:
        UsageError: a word that is none, an unknown method or option, or colors that do not come as the method takes
            them.
        InputError: a picture that the request names is not there.
    """
    for word in sorted(words.keys() - {each.name for each in fields(Words)}):
        raise UsageError(f"There is no word {word!r}; words: {', '.join(each.name for each in fields(Words))}.")
    said = Words(**words)
    _check_words(said, job)
    named: dict[str, Any] = {"reading": Reading(said.max_pixels), "output": Output(said.format)}
    if job in ("colorize", "restore"):
        named["cues"] = _cue_request(said)
    if job in ("descreen", "restore"):
        named |= {"screen": said.screened, "tone": said.tone, "keep_paper": said.keep_paper}
    if job == "restore":
        named |= {"cascade": said.path, "recolor": said.recolor}
    named |= _choices(said, job)
    request = Request(job, cmyk=said.cmyk and job == "halftone", **named)
    if "cues" in named:
        check_coloring(request, frozenset({"hints"}) if said.companions else frozenset())
    return request


def check_coloring(request: Request, brought: frozenset[str] = frozenset()) -> None:
    """Hold a request's colors against what its colorizer and refiner take.

    Args:
        request: what is asked.
        brought: kinds of cue that every scan brings of its own.

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
            raise UsageError(f"The refinement {request.refiner.name} needs {_kinds(beside)}; give some.")
    for kind in sorted(kinds - {*wanted, *beside}):
        raise UsageError(f"The method {name} takes no {KINDS[kind]}; give it {_kinds(wanted)} instead.")
    if not kinds & set(wanted) and NONE not in wanted:
        raise UsageError(f"The method {name} has no colors of its own; give it {_kinds(wanted)}.")
    if request.cascade not in (None, "ihn-first") and not isinstance(colorizer, ColorsHalftones):
        raise UsageError(
            f"The method {name} colors the descreened picture; leave out --path {request.cascade}, or the method."
        )


def refiners() -> list[str]:
    """Return the names of the colorizers that can refine."""
    return [name for name, entry in registry.entries("colorizers").items() if Refines.__name__ in entry.abilities]


def _kinds(cues: Sequence[str]) -> str:
    """Return kinds of cue in the user's words."""
    return " or ".join(words for kind, words in KINDS.items() if kind in cues)


def _check_words(said: Words, job: str) -> None:
    """Refuse words that no job takes."""
    if job not in JOBS:
        raise UsageError(f"There is no job {job!r}; choose one of {', '.join(JOBS)}.")
    if said.path not in (None, *CASCADES):
        raise UsageError(f"There is no path {said.path!r}; choose one of {', '.join(CASCADES)}.")
    if said.screened not in SCREENS:
        raise UsageError(f"The screen cannot be {said.screened!r}; choose one of {', '.join(SCREENS)}.")
    if said.tone not in TONES:
        raise UsageError(f"There is no tone {said.tone!r}; choose one of {', '.join(TONES)}.")
    if isinstance(said.references, str) or isinstance(said.palette, str) or hasattr(said.references, "__fspath__"):
        raise UsageError("References and palettes come as a list; write references=[...], also for one.")
    if said.samples < 0 or said.seed < 0:
        raise UsageError("The number of samples and the seed must not be negative.")


def _choices(said: Words, job: str) -> dict[str, Choice]:
    """Return the methods of a job by the request's fields; names are refused before any method is imported."""
    asked: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
    if job == "halftone":
        asked["halftoner"] = ("halftoners", said.method or "floyd-steinberg", said.options)
    if job == "descreen":
        asked["descreener"] = ("descreeners", said.method or "network", said.options)
    if job in ("colorize", "restore"):
        options = dict(said.options) | ({} if said.keep_luminance else {"keep_luminance": False})
        asked["colorizer"] = ("colorizers", said.method or "network", options)
        if said.refine is not None:
            asked["refiner"] = ("colorizers", said.refine, {})
    if job == "restore":
        asked["descreener"] = ("descreeners", said.descreener, said.descreener_options)
        asked["fuser"] = ("fusers", said.fuser, {})
    named = {field: (room, _named(room, name, options)) for field, (room, name, options) in asked.items()}
    return {field: _without_defaults(room, choice) for field, (room, choice) in named.items()}


def _named(room: str, name: str, options: Mapping[str, Any]) -> Choice:
    """Return a method by its own name, with options that it has.

    Raises:
        UsageError: there is no such method, or it has no such option.
    """
    given = {option: tuple(value) if isinstance(value, list) else value for option, value in options.items()}
    return Choice.of(registry.check(room, Choice.of(name, given)).name, given)


def _without_defaults(room: str, choice: Choice) -> Choice:
    """Return a choice without the options that are so by default.

    Raises:
        UsageError: an option has an impossible value.
    """
    method: Method = registry.build(room, choice)
    usual = {each.name: each.default for each in fields(method)}  # type: ignore[arg-type]
    return Choice.of(choice.name, {name: value for name, value in choice.options if value != usual[name]})


def _cue_request(said: Words) -> CueRequest:
    """Return where colors come from, each picture found and each color read."""
    given = {
        "references": len(said.references) > 0,
        "samples": said.samples > 0,
        "palette": len(said.palette) > 0,
    }
    alone = [KINDS[kind] for kind in EXCLUSIVE if given[kind]]
    if len(alone) > 1:
        raise UsageError(f"Give {' or '.join(alone)}, not both.")
    return CueRequest(
        references=tuple(map(input_picture, said.references)),
        samples=said.samples,
        seed=said.seed,
        hints=tuple(map(_hint, said.hints)),
        scribbles=None if said.scribbles is None else input_picture(said.scribbles),
        mask=None if said.mask is None else input_picture(said.mask),
        gallery=None if said.gallery is None else require_folder(said.gallery),
        palette=tuple(part for swatch in said.palette for part in _swatch(swatch)),
    )


def _hint(hint: Point | str) -> tuple[float, float, Color]:
    """Return a hint with its color as numbers; text is x,y,color."""
    try:
        x, y, color = hint.split(",", 2) if isinstance(hint, str) else hint
        place = float(x), float(y)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{hint!r} is no hint; give its x and y in px and a color, such as 120,80,teal.") from error
    return (*place, _color(color))


def _color(color: str | Sequence[float]) -> Color:
    red, green, blue = (float(value) for value in rgb_of_color(color))
    return red, green, blue


def _swatch(swatch: Swatch) -> list[Color | InputPicture]:
    """Return the colors of a part of a palette, or the picture that it is."""
    if isinstance(swatch, str):
        try:
            return [_color(tuple(color)) for color in palettes.colors_in(swatch)]
        except UsageError as error:
            if is_file(swatch):
                return [input_picture(swatch)]
            raise UsageError(
                f"{swatch!r} is neither a color nor a picture; write a name such as teal, or #2a9d8f, or a file's name."
            ) from error
    if isinstance(swatch, Scan) or hasattr(swatch, "__fspath__") or np.ndim(swatch) > 1:
        return [input_picture(swatch)]  # type: ignore[arg-type]
    return [_color(swatch)]  # type: ignore[arg-type]

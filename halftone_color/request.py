"""What is asked, of any scan: one request serves a whole archive.

A Request is plain: it pickles, compares, and has the same hash in every process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from halftone_color.cue import CueRequest, InputPicture
from halftone_color.types import MAX_PIXELS

REVISION = 1
"""Raised by who changes what a default means, so that finished work is known to be of another kind."""
JOBS = ("halftone", "descreen", "colorize", "restore")
SCREENS = ("auto", "yes", "no")
"""Is there a screen to remove: find out, or take it as said."""
TONES = ("auto", "digital", "print")
"""How tones are read: the mean of the halftone, between ink and paper, or whichever fits."""
CASCADES = ("fused", "ihn-first", "color-first")
"""Orders of descreening and coloring (Yen, Cheng, Chiu 2021, figure 1)."""

Value = bool | int | float | str | tuple[float, ...] | tuple[str, ...] | None
"""What an option of a method may be."""


@dataclass(frozen=True)
class Choice:
    """A method by its name, and the options that are given to it."""

    name: str
    options: tuple[tuple[str, Value], ...] = ()
    """Sorted by name; those that the method has by default are left out."""

    @classmethod
    def of(cls, name: str, options: Mapping[str, Value] | None = None) -> Choice:
        """Return the choice of a method with these options."""
        return cls(name, tuple(sorted((options or {}).items())))


@dataclass(frozen=True)
class Reading:
    """How files are read."""

    max_pixels: int = MAX_PIXELS
    """Larger pictures are refused."""


@dataclass(frozen=True)
class Output:
    """How results are written."""

    format: str = "png"
    """Of names that hcolor chooses: png or tiff."""


@dataclass(frozen=True)
class Request:
    """What is asked of a scan."""

    job: str
    """One of JOBS; says which of the next are used."""
    halftoner: Choice = Choice("floyd-steinberg")
    descreener: Choice = Choice("network")
    colorizer: Choice = Choice("network")
    fuser: Choice = Choice("network")
    refiner: Choice | None = None
    """A colorizer that improves the result of another."""
    cues: CueRequest = field(default_factory=CueRequest)
    screen: str = "auto"
    """One of SCREENS."""
    tone: str = "auto"
    """One of TONES."""
    cascade: str | None = None
    """One of CASCADES; None takes what suits the colorizer."""
    recolor: bool = False
    """Give a print in several inks new colors; by default, where nothing says colors, it keeps its own."""
    keep_paper: bool = False
    """Leave the tint of a print's ink and paper."""
    cmyk: bool = False
    """Screen cyan, magenta, yellow and black, each at its angle."""
    reading: Reading = field(default_factory=Reading)
    output: Output = field(default_factory=Output)

    def describe(self) -> dict[str, Any]:
        """Return what differs from the defaults, in plain values: for logs, journals and provenance."""
        return {"job": self.job, **_differing(self, Request(self.job))}

    def digest(self) -> str:
        """Return the sha256 of REVISION and `describe` as canonical JSON, hexadecimal."""
        words = {"revision": REVISION, **self.describe()}
        return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def __hash__(self) -> int:
        """Return the same value in every process, which Python's own hash of text does not."""
        return int(self.digest()[:15], 16)


def _differing(record: Any, defaults: Any) -> dict[str, Any]:
    """Return the plain values of a record's fields that are not those of `defaults`."""
    values = ((entry.name, getattr(record, entry.name), getattr(defaults, entry.name)) for entry in fields(record))
    return {name: _plain(value, default) for name, value, default in values if value != default}


def _plain(value: Any, default: Any = None) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, Choice):
        return {"name": value.name, **{name: _plain(option) for name, option in value.options}}
    if isinstance(value, InputPicture):
        return {"sha256": value.sha256}
    if is_dataclass(value):
        return _differing(value, default)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 2.0 is equal to 2, and so are the digests of the requests that say so
    return [_plain(part) for part in value] if isinstance(value, tuple) else value

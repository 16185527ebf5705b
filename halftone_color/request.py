"""A Request: what the user asks for. It does not depend on the scan, so that one request serves a whole archive.

A Request is plain data: it can be pickled and compared, and it has the same hash in every process.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any

from halftone_color.cue import CueRequest, InputPicture
from halftone_color.types import MAX_PIXELS, Box

REVISION = 2
"""To be increased when the meaning of a default changes, so that results of earlier revisions are told apart."""
BITS = (8, 16)
"""Numbers of bits of each channel of a result."""
JOBS = ("halftone", "descreen", "colorize", "restore")
"""Names of the jobs."""
SCREENS = ("auto", "yes", "no")
"""Whether there is a screen to remove: detect it, or assume that there is one or none."""
TONES = ("auto", "digital", "print")
"""How tones are measured: digital takes the mean of the halftone, print the position between ink and paper."""
CASCADES = ("fused", "ihn-first", "color-first")
"""Orders of descreening and coloring (Yen, Cheng, Chiu 2021, figure 1)."""

Value = bool | int | float | str | tuple[float, ...] | tuple[str, ...] | None
"""Type of an option of a method."""


@dataclass(frozen=True)
class Choice:
    """A method, by its name, and the options given to it."""

    name: str
    options: tuple[tuple[str, Value], ...] = ()
    """Names and values, sorted by name; default values are left out."""

    @classmethod
    def of(cls, name: str, options: Mapping[str, Value] | None = None) -> Choice:
        """Return the choice of a method with the given options."""
        return cls(name, tuple(sorted((options or {}).items())))


@dataclass(frozen=True)
class Reading:
    """How files are read."""

    max_pixels: int = MAX_PIXELS
    """Limit on the number of pixels; larger pictures are refused."""
    invert: bool = False
    """Whether files are negatives: their pixels are inverted, sRGB-coded, after decoding."""
    strict: bool = False
    """Whether damaged files are refused."""
    page: int | None = None
    """Page of a TIFF, from 1; None reads the first that is a picture in full size."""
    region: Box | None = None
    """Part of the upright picture that is read; None reads all of it."""


@dataclass(frozen=True)
class Output:
    """How results are written."""

    format: str = "png"
    """png or tiff, for files whose name hcolor chooses."""
    bits: int = 8
    """Bits of each channel, one of BITS; 16 for PNG and TIFF alone."""
    crop: bool = False
    """Whether each photograph of a page becomes a result of its own."""


@dataclass(frozen=True)
class Request:
    """What the user asks for."""

    job: str
    """One of JOBS; determines which of the following fields are used."""
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
    """One of CASCADES; None chooses the one that suits the colorizer."""
    recolor: bool = False
    """Give new colors to a print in several inks; by default, without a cue, it keeps its own."""
    keep_paper: bool = False
    """Keep the tint of a print's ink and paper."""
    cmyk: bool = False
    """Screen cyan, magenta, yellow and black separately, each at its own angle."""
    reading: Reading = field(default_factory=Reading)
    output: Output = field(default_factory=Output)

    def describe(self) -> dict[str, Any]:
        """Return all values that differ from the defaults, as plain data: for logs, journals and provenance."""
        return {"job": self.job, **_differing(self, Request(self.job))}

    def digest(self) -> str:
        """Return the hexadecimal sha256 of REVISION and `describe` as canonical JSON."""
        words = {"revision": REVISION, **self.describe()}
        return hashlib.sha256(json.dumps(words, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def __hash__(self) -> int:
        """Return a hash that is the same in every process, unlike Python's hash of text."""
        return int(self.digest()[:15], 16)


def _differing(record: Any, defaults: Any) -> dict[str, Any]:
    """Return the fields of a record that differ from `defaults`, as plain values."""
    values = (
        (entry.name, getattr(record, entry.name), getattr(defaults, entry.name, None)) for entry in fields(record)
    )
    return {name: _plain(value, default) for name, value, default in values if value != default}


def _plain(value: Any, default: Any = None) -> Any:
    """Return a value in a form that JSON can represent."""
    if isinstance(value, Choice):
        return {"name": value.name, **{name: _plain(option) for name, option in value.options}}
    if isinstance(value, InputPicture):
        return {"sha256": value.sha256}
    if is_dataclass(value):
        return _differing(value, default)
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 2.0 equals 2, so their digests must be equal
    return [_plain(part) for part in value] if isinstance(value, tuple) else value

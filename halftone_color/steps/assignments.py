"""Options of methods from the words NAME=VALUE, by their types as the methods' sources say them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.request import Value

SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
"""Words for options that are on or off."""
CONVERTERS: dict[str, Callable[[str], Value]] = {
    "bool": lambda word: SWITCHES[word.lower()],
    "int": int,
    "float": float,
    "str": str,
    "tuple[float, ...]": lambda word: tuple(float(part) for part in word.split(",")),
    "tuple[str, ...]": lambda word: tuple(part.strip() for part in word.split(",")),
}
"""From words to values, by an option's type."""
EXAMPLES = {"bool": "yes", "int": "3", "float": "0.5", "tuple[float, ...]": "0,0.5,1"}
OTHER = "descreener."
"""Where the words of a restoration set options of two methods, those of the descreener begin so."""


def assigned(room: str, method: str, assignments: Sequence[str]) -> dict[str, Value]:
    """Return the options of a method that the words NAME=VALUE set; nothing is imported.

    A name that the method does not have is handed on as text, for the registry to refuse.

    Raises:
        UsageError: there is no such method, no assignment, a value of another type, or a name given twice.
    """
    types = {option.name: option.type for option in registry.find(room, method).options}
    values: dict[str, Value] = {}
    for words in assignments:
        name, sign, word = words.partition("=")
        name = name.strip().replace("-", "_")
        if not (name and sign):
            raise UsageError(f"{words!r} sets nothing; write --set NAME=VALUE.")
        if name in values:
            raise UsageError(f"The option {name} is set twice; leave one out.")
        values[name] = _converted(name, types.get(name, "str").removesuffix(" | None"), word.strip())
    return values


def split(assignments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words for the colorizer of a restoration and those for its descreener, without their prefix."""
    others = [words.removeprefix(OTHER) for words in assignments if words.startswith(OTHER)]
    return [words for words in assignments if not words.startswith(OTHER)], others


def in_words(value: Any) -> str:
    """Return a value as `assigned` takes it."""
    if isinstance(value, tuple):
        return ",".join(map(in_words, value))
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _converted(name: str, kind: str, word: str) -> Value:
    """Return the value of an option of a type that a word says."""
    try:
        return CONVERTERS[kind](word)
    except (ValueError, KeyError) as error:
        raise UsageError(f"{name}={word} is of the wrong type; write for example {name}={EXAMPLES[kind]}.") from error

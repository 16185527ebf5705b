"""Parse options of methods from NAME=VALUE, by the types in the methods' sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.request import Value

SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
"""Values of bool options."""
CONVERTERS: dict[str, Callable[[str], Value]] = {
    "bool": lambda word: SWITCHES[word.lower()],
    "int": int,
    "float": float,
    "str": str,
    "tuple[float, ...]": lambda word: tuple(float(part) for part in word.split(",")),
    "tuple[str, ...]": lambda word: tuple(part.strip() for part in word.split(",")),
}
"""Functions from text to values, by an option's type."""
EXAMPLES = {"bool": "yes", "int": "3", "float": "0.5", "tuple[float, ...]": "0,0.5,1"}
"""Examples for messages, by an option's type."""
OTHER = "descreener."
"""Prefix of assignments for the descreener, in jobs with two methods."""


def parse_assignments(room: str, method: str, assignments: Sequence[str]) -> dict[str, Value]:
    """Return the options of a method that are set by assignments NAME=VALUE; nothing is imported.

    The value of an unknown option is returned as text; the registry refuses it later.

    Raises:
        UsageError: the method is unknown, or an assignment is malformed, has a value of the wrong type, or is repeated.
    """
    types = {option.name: option.type for option in registry.find(room, method).options}
    values: dict[str, Value] = {}
    for words in assignments:
        name, sign, word = words.partition("=")
        name = name.strip().replace("-", "_")
        if not (name and sign):
            raise UsageError(f"{words!r} is not an assignment; write --set NAME=VALUE.")
        if name in values:
            raise UsageError(f"The option {name} is set twice; leave one out.")
        values[name] = _convert(name, types.get(name, "str").removesuffix(" | None"), word.strip())
    return values


def split_assignments(assignments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the assignments for the colorizer, and those for the descreener without their prefix."""
    others = [words.removeprefix(OTHER) for words in assignments if words.startswith(OTHER)]
    return [words for words in assignments if not words.startswith(OTHER)], others


def format_value(value: Any) -> str:
    """Return a value in the form that `parse_assignments` takes."""
    if isinstance(value, tuple):
        return ",".join(map(format_value, value))
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else f"{value}"


def _convert(name: str, kind: str, word: str) -> Value:
    """Convert the text of an option's value to its type."""
    try:
        return CONVERTERS[kind](word)
    except (ValueError, KeyError) as error:
        raise UsageError(f"{name}={word} has the wrong type; write for example {name}={EXAMPLES[kind]}.") from error

"""Find and build methods: the file name is the method name, and only the file of the chosen method is imported.

The descriptions of all methods are read from their source: the first line of the docstring, the options, `VARIANTS` (a
table from variant name to preset options; then the variants are methods and the file itself is not), and `ALIASES` (a
table from synonym to name). Files whose name starts with an underscore are not methods.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from typing import Any

from halftone_color.errors import UsageError
from halftone_color.method import BASES, Method
from halftone_color.request import Choice


@dataclass(frozen=True)
class Option:
    """An option of a method, as written in its source."""

    name: str
    type: str
    default: str
    """The expression in the source; empty if there is none."""
    sentence: str
    """The docstring below the field."""


@dataclass(frozen=True)
class Entry:
    """A method, as described by its source."""

    name: str
    room: str
    module: str
    """Dotted name of its file."""
    summary: str
    """First line of the file's docstring."""
    options: tuple[Option, ...]
    """Options that the user may set: those of the method without those preset by the variant."""
    preset: Mapping[str, Any]
    """Options that the variant presets."""
    aliases: tuple[str, ...]
    abilities: tuple[str, ...]
    """Names of further base classes, such as Refines."""


def entries(room: str) -> dict[str, Entry]:
    """Return all methods of a room (one of method.BASES) by name, in sorted order, without importing any."""
    return {entry.name: entry for entry in sorted(_read(room), key=lambda entry: entry.name)}


def find(room: str, name: str) -> Entry:
    """Return the method of a room with the given name or synonym.

    Raises:
        UsageError: there is no such method; the message suggests the closest name.
    """
    available = entries(room)
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    for entry in available.values():
        wanted = entry.name if wanted in entry.aliases else wanted
    if wanted in available:
        return available[wanted]
    close = get_close_matches(wanted, available, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise UsageError(f"There is no {room[:-1]} {name!r}. {guess}Methods: {', '.join(available)}.")


def check(room: str, choice: Choice) -> Entry:
    """Return the chosen method after checking that it has all given options; nothing is imported.

    Raises:
        UsageError: the method or one of the options does not exist.
    """
    entry = find(room, choice.name)
    known = {option.name for option in entry.options}
    for name, _ in choice.options:
        if name not in known:
            has = ", ".join(sorted(known)) or "none"
            raise UsageError(f"The method {entry.name} has no option {name!r}; its options: {has}.")
    return entry


def build(room: str, choice: Choice) -> Any:
    """Return the chosen method with its options: an instance of the room's base class.

    Raises:
        UsageError: the method or an option does not exist, or an option has an impossible value.
    """
    entry = check(room, choice)
    return _class_of(entry)(**entry.preset, **dict(choice.options))


def _class_of(entry: Entry) -> type[Method]:
    """Return the only class in a method's file that is derived from the base class of its room."""
    module, base = importlib.import_module(entry.module), BASES[entry.room]
    classes = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == entry.module]
    (found,) = [kind for kind in classes if issubclass(kind, base)]
    return found


def _read(room: str) -> Iterator[Entry]:
    for module in _modules(f"halftone_color.{room}"):
        stem = module.rpartition(".")[2]
        yield from _entries_of(room, module, stem.replace("_", "-"), _source(module))


def _modules(package: str) -> list[str]:
    """Return the dotted names of the method files in a package."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return [f"{package}.{module.name}" for module in found if not module.name.startswith("_")]


@cache
def _source(module: str) -> ast.Module:
    """Return the syntax tree of a module without importing it."""
    spec = find_spec(module)
    assert spec is not None
    loader: Any = spec.loader
    source: str = loader.get_source(module)
    return ast.parse(source)


def _entries_of(room: str, module: str, name: str, tree: ast.Module) -> Iterator[Entry]:
    """Yield the methods in a file: a single one, or its variants."""
    summary = (ast.get_docstring(tree) or "").partition("\n")[0]
    base = BASES[room].__name__
    classes = {
        node: [ast.unparse(parent) for parent in node.bases] for node in tree.body if isinstance(node, ast.ClassDef)
    }
    (record,) = [node for node, parents in classes.items() if base in parents]
    abilities = tuple(parent for parent in classes[record] if parent != base)
    aliases = _literal(tree, "ALIASES")
    for variant, preset in (_literal(tree, "VARIANTS") or {name: {}}).items():
        options = tuple(option for option in _options(record) if option.name not in preset)
        own = tuple(alias for alias, meant in aliases.items() if meant == variant)
        yield Entry(variant, room, module, summary, options, preset, own, abilities)


def _literal(tree: ast.Module, name: str) -> dict[str, Any]:
    """Return the literal table assigned to a name in a module's source; empty if there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            table: dict[str, Any] = ast.literal_eval(node.value)
            return table
    return {}


def _options(record: ast.ClassDef) -> Iterator[Option]:
    """Yield the fields of a dataclass, each with the docstring below it."""
    for place, node in enumerate(record.body):
        if isinstance(node, ast.AnnAssign) and not ast.unparse(node.annotation).startswith("ClassVar"):
            below = record.body[place + 1] if place + 1 < len(record.body) else None
            default = ast.unparse(node.value) if node.value else ""
            yield Option(ast.unparse(node.target), ast.unparse(node.annotation), default, _text(below))


def _text(node: ast.stmt | None) -> str:
    """Return the text of a statement that is only a string; otherwise nothing."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value.strip()
    return ""

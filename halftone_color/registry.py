"""The methods of a room: file name = method name. Only the file of the chosen one is imported.

Of all others the first line of the docstring, the options, `VARIANTS` (a table from variant name to the options that
make it; then the variants are methods and the file itself is not) and `ALIASES` (a table from synonym to name) are read
from the source. Files whose name starts with an underscore are no methods.
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
    """An option of a method, as its source says it."""

    name: str
    type: str
    default: str
    """The expression in the source, empty where there is none."""
    sentence: str


@dataclass(frozen=True)
class Entry:
    """A method as its source describes it."""

    name: str
    room: str
    module: str
    """Dotted name of its file."""
    summary: str
    """First line of the file's docstring."""
    options: tuple[Option, ...]
    """Those that the user may set: the method's, less those that its variant fixes."""
    preset: Mapping[str, Any]
    """Options that its variant fixes."""
    aliases: tuple[str, ...]
    abilities: tuple[str, ...]
    """Names of the base classes beside the room's, such as Refines."""


def entries(room: str) -> dict[str, Entry]:
    """Return every method of a room (one of method.BASES) by its name, sorted, without importing any."""
    return {entry.name: entry for entry in sorted(_read(room), key=lambda entry: entry.name)}


def find(room: str, name: str) -> Entry:
    """Return the method `name`, or a synonym of it, of a room.

    Raises:
        UsageError: there is no such method; the message names the closest one.
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
    """Return the chosen method, which has the options that are given; nothing is imported.

    Raises:
        UsageError: there is no such method, or it has no such option.
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
        UsageError: there is no such method, it has no such option, or the option has an impossible value.
    """
    entry = check(room, choice)
    return _class_of(entry)(**entry.preset, **dict(choice.options))


def _class_of(entry: Entry) -> type[Method]:
    """Return the one class of a method's file that is derived from the base class of its room."""
    module, base = importlib.import_module(entry.module), BASES[entry.room]
    classes = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == entry.module]
    (found,) = [kind for kind in classes if issubclass(kind, base)]
    return found


def _read(room: str) -> Iterator[Entry]:
    for module in _modules(f"halftone_color.{room}"):
        stem = module.rpartition(".")[2]
        yield from _entries_of(room, module, stem.replace("_", "-"), _source(module))


def _modules(package: str) -> list[str]:
    """Return the dotted names of the files of methods in a package."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__)
    return [f"{package}.{module.name}" for module in found if not module.name.startswith("_")]


@cache
def _source(module: str) -> ast.Module:
    """Return the syntax tree of a module that is not imported."""
    spec = find_spec(module)
    assert spec is not None
    loader: Any = spec.loader
    source: str = loader.get_source(module)
    return ast.parse(source)


def _entries_of(room: str, module: str, name: str, tree: ast.Module) -> Iterator[Entry]:
    """Yield the methods that a file describes: one, or its variants."""
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
    """Return the table that a module's source gives a name, empty where there is none."""
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            table: dict[str, Any] = ast.literal_eval(node.value)
            return table
    return {}


def _options(record: ast.ClassDef) -> Iterator[Option]:
    """Yield the fields of a dataclass, each with the sentence below it."""
    for place, node in enumerate(record.body):
        if isinstance(node, ast.AnnAssign) and not ast.unparse(node.annotation).startswith("ClassVar"):
            below = record.body[place + 1] if place + 1 < len(record.body) else None
            default = ast.unparse(node.value) if node.value else ""
            yield Option(ast.unparse(node.target), ast.unparse(node.annotation), default, _text(below))


def _text(node: ast.stmt | None) -> str:
    """Return the text of a statement that is nothing but a string."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return node.value.value.strip()
    return ""

"""The methods of a room and their options in a command's help, read without loading what they import."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import pkgutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.core import TyperCommand

from halftone_color.errors import UsageError

if TYPE_CHECKING:
    from halftone_color.registry import Method

SWITCHES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
"""Words for options that are on or off."""
CONVERTERS: dict[str, Callable[[str], Any]] = {
    "bool": lambda word: SWITCHES[word.lower()],
    "int": int,
    "float": float,
    "str": str,
    "tuple[float, ...]": lambda word: tuple(float(part) for part in word.split(",")),
    "tuple[str, ...]": lambda word: tuple(part.strip() for part in word.split(",")),
}
"""From the words of --set to values, by an option's type; options of other types are not the user's."""
EXAMPLES = {"bool": "yes", "int": "3", "float": "0.5", "tuple[float, ...]": "0,0.5,1"}
SEPARATE = ("keep_luminance",)
"""Options of methods that have a switch of their own."""


def command_of(room: str) -> type[TyperCommand]:
    """Return the class of a command whose --help ends with the methods of a room."""

    class WithMethods(TyperCommand):
        def format_help(self, ctx: Any, formatter: Any) -> None:
            listed = [f"[bold]{', '.join(names)}[/bold]: {summary}" for summary, names in summaries(room).items()]
            self.epilog = "\n\n".join([self.epilog or "", "Methods:", *listed])
            super().format_help(ctx, formatter)

    return WithMethods


def summaries(room: str) -> dict[str, list[str]]:
    """Return the names of a room's methods by the first line of their file's docstring.

    Only a file with variants is imported, to learn their names: such files are light.
    """
    found = {}
    for name, tree in _files(room):
        names = [name.replace("_", "-")]
        if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VARIANTS" for node in tree.body):
            names = list(importlib.import_module(f"halftone_color.{room}.{name}").VARIANTS)
        found[(ast.get_docstring(tree) or "").splitlines()[0]] = names
    return found


def described(room: str) -> str:
    """Return each method of a room with its options, what they are by default, and their sentences."""
    lines = []
    for name, tree in _files(room):
        lines.append(f"{name.replace('_', '-')}: {(ast.get_docstring(tree) or '').splitlines()[0]}")
        (record,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Options"]
        for field, sentence in zip(record.body, record.body[1:], strict=False):
            if not isinstance(field, ast.AnnAssign) or not _settable(ast.unparse(field.annotation)):
                continue
            option, default = ast.unparse(field.target), ast.unparse(field.value) if field.value else ""
            if option not in SEPARATE:
                assert isinstance(sentence, ast.Expr) and isinstance(sentence.value, ast.Constant)
                lines.append(f"    --set {option}={_word(default)}")
                lines += [f"        {line.strip()}" for line in str(sentence.value.value).strip().splitlines()]
        lines.append("")
    return "\n".join(lines).rstrip()


def assigned(method: Method, assignments: Sequence[str] | None) -> dict[str, Any]:
    """Return the options of a method that the words NAME=VALUE set; `method` refuses names that it does not have.

    Raises:
        UsageError: no assignment, a value of another type, or a name given twice.
    """
    types = {field.name: str(field.type) for field in dataclasses.fields(method.module.Options)}
    values: dict[str, Any] = {}
    for words in assignments or ():
        name, sign, word = words.partition("=")
        name = name.strip().replace("-", "_")
        if not sign:
            raise UsageError(f"{words!r} sets nothing; write --set NAME=VALUE.")
        if name in values:
            raise UsageError(f"The option {name} is set twice; leave one out.")
        kind = types.get(name, "str").removesuffix(" | None")
        if name in SEPARATE or kind not in CONVERTERS:
            raise UsageError(f"The option {name} cannot be set by --set; see hcolor colorize --help.")
        try:
            values[name] = CONVERTERS[kind](word.strip())
        except (ValueError, KeyError) as error:
            raise UsageError(
                f"{name}={word} is of the wrong type; write for example {name}={EXAMPLES[kind]}."
            ) from error
    return values


def _files(room: str) -> Iterator[tuple[str, ast.Module]]:
    """Yield the name and the syntax tree of each method's file."""
    package = importlib.import_module(f"halftone_color.{room}")
    for entry in pkgutil.iter_modules(package.__path__):
        if not entry.name.startswith("_"):
            path = Path(package.__path__[0]) / f"{entry.name}.py"
            yield entry.name, ast.parse(path.read_text(encoding="utf-8"))


def _settable(annotation: str) -> bool:
    return annotation.removesuffix(" | None") in CONVERTERS


def _word(default: str) -> str:
    """Return a default, an expression, as --set takes it."""
    try:
        value = ast.literal_eval(default)
    except ValueError:  # a constant's name
        return default
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" if isinstance(part, float) else f"{part}" for part in value)
    if value is None or isinstance(value, bool):
        return {None: "", True: "yes", False: "no"}[value]
    return f"{value:g}" if isinstance(value, float) else f"{value}"

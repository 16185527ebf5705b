"""The methods of a room in a command's --help, read without loading what they import."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from typing import Any

from typer.core import TyperCommand


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
    package = importlib.import_module(f"halftone_color.{room}")
    found = {}
    for entry in pkgutil.iter_modules(package.__path__):
        if entry.name.startswith("_"):
            continue
        tree = ast.parse((Path(package.__path__[0]) / f"{entry.name}.py").read_text(encoding="utf-8"))
        names = [entry.name.replace("_", "-")]
        if any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "VARIANTS" for node in tree.body):
            names = list(importlib.import_module(f"{package.__name__}.{entry.name}").VARIANTS)
        found[(ast.get_docstring(tree) or "").splitlines()[0]] = names
    return found

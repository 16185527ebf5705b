"""The methods of a room and their options in words, read from the sources without importing one."""

from __future__ import annotations

import ast
from typing import Any

import typer

from halftone_color import registry
from halftone_color.steps.assignments import format_value


def summaries(room: str) -> dict[str, list[str]]:
    """Return the names of a room's methods by the first line of their file."""
    found: dict[str, list[str]] = {}
    for entry in registry.entries(room).values():
        found.setdefault(entry.summary, []).append(entry.name)
    return found


def described(room: str) -> str:
    """Return each method of a room with its options, what they are by default, and their sentences."""
    entries, lines = registry.entries(room), []
    for summary, names in summaries(room).items():
        lines.append(f"{', '.join(names)}: {summary}")
        for option in entries[names[0]].options:
            lines.append(f"    --set {option.name}={_default(option.default)}")
            lines += [f"        {line.strip()}" for line in option.sentence.splitlines()]
        lines.append("")
    return "\n".join(lines).rstrip()


def list_option(room: str, name: str, heading: str | None = None) -> Any:
    """Return the option that lists the methods of a room, and exits; without a heading it is not in the help."""

    def show(wanted: bool) -> None:
        if wanted:
            typer.echo(described(room))
            raise typer.Exit

    return typer.Option(
        name,
        callback=show,
        is_eager=True,
        hidden=heading is None,
        rich_help_panel=heading,
        help="List the methods with their options, and exit.",
    )


def _default(expression: str) -> str:
    """Return a default, an expression of the source, as --set takes it."""
    try:
        return format_value(ast.literal_eval(expression))
    except ValueError:  # a constant's name
        return expression

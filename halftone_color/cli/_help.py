"""What --help shows: options under headings, in two columns that fit 80, and the methods of a room."""

from __future__ import annotations

import os
import textwrap
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from halftone_color.cli import _listing
from halftone_color.errors import UsageError


class Command(TyperCommand):
    """A command with its options under headings."""

    room: ClassVar[str | None] = None
    """The room of methods that its help ends with."""
    next_step: ClassVar[str] = ""
    """What to do instead of naming more than it takes."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the words of the command line; words that are left over are refused with the next step."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            wanted, step = " ".join(_arguments(self)), self.next_step or f"see {ctx.command_path} --help"
            raise UsageError(
                f"{ctx.command_path} takes {wanted or 'options only'}, and {rest[0]!r} is one word too many; {step}."
            )
        return rest

    def format_usage(self, ctx: Any, formatter: Any) -> None:
        """Write the first line."""
        formatter.write_usage(ctx.command_path, " ".join(["[OPTIONS]", *_arguments(self)]))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options."""
        _write_options(self, ctx, formatter)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the examples, line by line, and the methods."""
        _write_lines(self.epilog or "", formatter)
        if self.room is not None:
            with formatter.section(_bold("Methods")):
                for summary, names in _listing.summaries(self.room).items():
                    formatter.write(_hanging(f"{', '.join(names)}: {summary}", formatter.width))


class Group(TyperGroup):
    """Commands with their options under headings."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write options, then commands."""
        _write_options(self, ctx, formatter)
        names = self.list_commands(ctx)
        rows = [(_colored(name), self.commands[name].get_short_help_str(limit=200)) for name in names]
        with formatter.section(_bold("Commands")):
            formatter.write_dl(rows)

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        """Write the last words line by line."""
        _write_lines(self.epilog or "", formatter)


def _arguments(command: Any) -> list[str]:
    """Return what a command takes beside options, as its help writes it."""
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    return [_metavar(each) if each.required else f"[{_metavar(each)}]" for each in arguments]


def _write_options(command: Any, ctx: Any, formatter: Any) -> None:
    """Write arguments and options under their headings, in the order in which the command has them."""
    headings: dict[str, list[tuple[str, str]]] = {}
    for parameter in command.get_params(ctx):
        if getattr(parameter, "hidden", False):
            continue
        heading = getattr(parameter, "rich_help_panel", None)
        if parameter.param_type_name == "argument":
            heading, term = heading or "Arguments", _metavar(parameter)
        else:
            heading, term = heading or "Options", _term(parameter)
        if parameter.name == "help" and headings:  # click's own comes last
            heading = list(headings)[-1]
        headings.setdefault(heading, []).append((term, parameter.help or ""))
    width = max((len(term) for rows in headings.values() for term, _ in rows), default=0)
    for heading, rows in headings.items():
        with formatter.section(_bold(heading)):
            formatter.write_dl([(_colored(term.ljust(width)), help) for term, help in rows])


def _term(option: Any) -> str:
    """Return an option as its help writes it; of a switch, the side that changes something."""
    names = option.secondary_opts if option.secondary_opts and option.default else option.opts
    term = ", ".join(sorted(names, key=len))
    return term if option.is_flag else f"{term} {_metavar(option)}"


def _metavar(parameter: Any) -> str:
    return str(parameter.metavar or parameter.name.upper())


def _hanging(text: str, width: int) -> str:
    """Return a paragraph whose further lines are indented."""
    return textwrap.fill(text, width, initial_indent="  ", subsequent_indent=" " * 4, break_on_hyphens=False) + "\n"


def _write_lines(text: str, formatter: Any) -> None:
    """Write lines as they are."""
    if text:
        formatter.write_paragraph()
        formatter.write(text.rstrip("\n") + "\n")


def _bold(text: str) -> str:
    return text if "NO_COLOR" in os.environ else typer.style(text, bold=True)


def _colored(text: str) -> str:
    return text if "NO_COLOR" in os.environ else typer.style(text, fg="cyan")

"""Options of a command from dataclasses: a flag is written once, in the group of its heading.

    @with_options
    def command(scan: Scan, files: Files, colors: Colors) -> None: ...

Every field of Files and of Colors becomes an option of the command, which is handed both, filled.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer

from halftone_color.cli import _logging

LOGS = "Help and logs"


@dataclass(frozen=True)
class Logs:
    """What every command offers."""

    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", rich_help_panel=LOGS, help="Say more on stderr, with tracebacks of errors."),
    ] = False
    log_file: Annotated[
        Path | None,
        typer.Option("--log-file", rich_help_panel=LOGS, metavar="FILE", help="Write a log with tracebacks to FILE."),
    ] = None


def with_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return the command with the fields of its groups, and of Logs, as options of its own."""
    hints = get_type_hints(command, include_extras=True)
    parameters: list[inspect.Parameter] = []
    groups: dict[str, Any] = {}
    for parameter in inspect.signature(command).parameters.values():
        hint = hints[parameter.name]
        if is_dataclass(hint):
            groups[parameter.name] = hint
            parameters += _parameters(hint)
        else:
            parameters.append(parameter.replace(annotation=hint, kind=inspect.Parameter.KEYWORD_ONLY))
    parameters += _parameters(Logs)

    @wraps(command)
    def run(**words: Any) -> None:
        logs = _filled(Logs, words)
        _logging.start(logs.verbose, logs.log_file)
        command(**{name: _filled(group, words) for name, group in groups.items()}, **words)

    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return run


def _parameters(group: Any) -> list[inspect.Parameter]:
    """Return a parameter for each field of a dataclass."""
    hints = get_type_hints(group, include_extras=True)
    return [
        inspect.Parameter(
            field.name, inspect.Parameter.KEYWORD_ONLY, default=_default(field), annotation=hints[field.name]
        )
        for field in fields(group)
    ]


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _filled(group: Any, words: dict[str, Any]) -> Any:
    """Take the fields of a dataclass out of the words of a command, and return it."""
    return group(**{field.name: words.pop(field.name) for field in fields(group)})

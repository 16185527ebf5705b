"""hcolor weights: list, describe, verify and import trained networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from halftone_color.cli import _help
from halftone_color.cli._groups import with_options

if TYPE_CHECKING:
    from rich.table import Table

    from halftone_color.checkpoints.finding import Stored

app = typer.Typer(
    cls=_help.Group,
    help="List, describe, verify and import trained networks.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command("list", cls=_help.Command, epilog="Example: hcolor weights list")
@with_options
def list_weights() -> None:
    """List the networks that are there, in the order they are searched."""
    from halftone_color.checkpoints import finding

    everything = _some(finding.describe())
    table = _table("set", "role", "file", "MB", "default")
    for stored in everything:
        entry = stored.entry
        there = entry.file if stored.path.is_file() else f"{entry.file} (missing)"
        _add(table, entry.set, entry.role, there, f"{entry.bytes / 1e6:.1f}", "yes" if entry.default else "")
    _show(table)
    for folder in dict.fromkeys(stored.folder for stored in everything):
        typer.echo(folder)


@app.command(
    cls=_help.Command,
    epilog="""Examples:
  hcolor weights info
  hcolor weights info fusion
  hcolor weights info authors-2021
""",
)
@with_options
def info(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAMES", help="Roles, sets or files; all when none is given.")
    ] = None,
) -> None:
    """Describe networks: architecture, license, sources of the training pictures, sha256."""
    from halftone_color.checkpoints import finding, header

    for stored in _chosen(_some(finding.describe()), names or []):
        entry = stored.entry
        head = header.read(stored.path)
        table = _table("", entry.file)
        rows = {
            "role": entry.role,
            "set": f"{entry.set} (default)" if entry.default else entry.set,
            "license": entry.licence,
            "training sources": "\n".join(entry.sources),
            "trained with": "\n".join(f"{role} {sha256}" for role, sha256 in entry.trained_with.items()),
            "architecture": head.architecture,
            "configuration": "\n".join(f"{name} = {value}" for name, value in head.config.items()),
            "created by": head.created_by,
            "bytes": f"{entry.bytes:,}",
            "sha256": entry.sha256,
            "folder": str(stored.folder),
        }
        shown = {"licence", "role", "set", "architecture", "created_by", "trained_with"}
        rows |= {name.replace("_", " "): str(value) for name, value in head.extra.items() if name not in shown}
        for name, value in rows.items():
            if value:
                _add(table, name, value)
        _show(table)


@app.command(cls=_help.Command, epilog="Example: hcolor weights verify")
@with_options
def verify() -> None:
    """Compute every file's sha256 and compare it with the manifest's; exit code 6 when one differs."""
    from halftone_color.checkpoints import finding
    from halftone_color.errors import WeightsError

    _some(finding.describe())
    verdicts = finding.verify_all()
    table = _table("set", "role", "file", "verdict")
    for verdict in verdicts:
        entry = verdict.stored.entry
        words = verdict.damage or "whole"
        if verdict.mismatched:
            words += f"; trained with another {' and '.join(verdict.mismatched)} than the set's"
        _add(table, entry.set, entry.role, entry.file, words)
    _show(table)
    if faulty := [str(verdict.stored.path) for verdict in verdicts if verdict.damage]:
        raise WeightsError(f"Missing or damaged: {', '.join(faulty)}; install hcolor or import these weights again.")


@app.command("import", cls=_help.Command, epilog="Example: hcolor weights import IHN.pth E.pth G.pth F.pth")
@with_options
def import_weights(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILES", help="The authors' published checkpoints, under any names.")
    ],
) -> None:
    """Import the authors' published checkpoints as the set authors-2021; nothing in them is executed."""
    from rich.console import Console

    with Console(stderr=True).status("Verifying and storing ..."):
        from halftone_color.checkpoints import finding, foreign

        entries = foreign.import_foreign(files)
    for entry in entries:
        typer.echo(f"{entry.role}: {finding.user_folder() / entry.file} ({entry.bytes / 1e6:.1f} MB)")
    typer.echo(f"Run them with --weights {finding.AUTHORS}.")


def _some(everything: list[Stored]) -> list[Stored]:
    """Return `everything`, which must not be empty."""
    from halftone_color.errors import WeightsError

    if not everything:
        raise WeightsError("There are no weights; install hcolor again, or let HCOLOR_WEIGHTS name a folder of them.")
    return everything


def _chosen(everything: list[Stored], names: list[str]) -> list[Stored]:
    """Return the entries whose role, set or file is among `names`, or all."""
    from halftone_color.errors import UsageError

    known = {name for stored in everything for name in (stored.entry.role, stored.entry.set, stored.entry.file)}
    for name in names:
        if name not in known:
            raise UsageError(f"There are no weights named {name!r}; names: {', '.join(sorted(known))}.")
    wanted = set(names) or known
    return [s for s in everything if wanted & {s.entry.role, s.entry.set, s.entry.file}]


def _show(table: Table) -> None:
    """Print a table as wide as the terminal is now; rich's own print would keep the width of its first call."""
    from rich.console import Console

    Console().print(table)


def _table(*columns: str) -> Table:
    """Return an empty table in the plain style of this command; no column is cut off."""
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _add(table: Table, *cells: str) -> None:
    """Add a row whose cells are shown letter by letter, brackets included."""
    from rich.text import Text

    table.add_row(*(Text(cell) for cell in cells))

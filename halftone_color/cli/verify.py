"""hcolor verify: check that the results of a batch are as they were written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from halftone_color.cli._archive_options import LOGS
from halftone_color.cli._groups import with_options
from halftone_color.cli._running import progress
from halftone_color.cli._streams import Listing
from halftone_color.errors import SomeFailedError

EXAMPLES = """Examples:
  hcolor verify ./archive-restored
  hcolor verify ./archive-restored --json > fixity.ndjson

Exit codes: 0 all intact, 3 some are missing, changed or unknown, 8 no output.
"""


@with_options
def command(
    output: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder that hcolor batch wrote to.")],
    json: Annotated[
        bool, typer.Option("--json", rich_help_panel=LOGS, help="Write a line of JSON for each file to stdout.")
    ] = False,
    zero: Annotated[
        bool, typer.Option("--null", "-0", rich_help_panel=LOGS, help="Names on stdout end with a zero byte.")
    ] = False,
) -> None:
    """Compare every result with its sha256 in the journal.

    The names of files that are missing, changed, or that no batch has written go to stdout, what is wrong to stderr.
    """
    from halftone_color.batch.lines import to_line
    from halftone_color.batch.verify import VERDICTS, verify
    from halftone_color.cli._text import printable

    counts: Counter[str] = Counter()
    listing = Listing(zero)
    said = []
    with progress(f"Verifying {output.name}") as notify:
        for verdict in verify(output, notify):
            counts[verdict.verdict] += 1
            if json:
                words = {"record": "fixity", "path": str(verdict.path), "verdict": verdict.verdict}
                listing.line(to_line({**words, "reason": verdict.reason}))
            elif verdict.verdict != "intact":
                listing.path(verdict.path)
            if verdict.reason:
                said.append(f"{verdict.verdict.capitalize()}: {printable(verdict.reason)}")
    for line in said:
        typer.echo(line, err=True)
    typer.echo(f"{counts.total()} files: {', '.join(f'{counts[each]} {each}' for each in VERDICTS)}.", err=True)
    bad = counts.total() - counts["intact"]
    if bad:
        raise SomeFailedError(
            f"{bad} of {counts.total()} files are not as they were written; run the batch again for those that are "
            "missing, and with --overwrite for those that were changed."
        )

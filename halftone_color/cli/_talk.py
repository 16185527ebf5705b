"""What a batch says of each file as soon as it is known: to people on stderr, to programs on stdout, in the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from halftone_color.batch.lines import to_line
from halftone_color.batch.report import STATES, Outcome, Report
from halftone_color.cli._display import Display
from halftone_color.cli._streams import Listing
from halftone_color.cli._text import printable

if TYPE_CHECKING:
    from halftone_color.cli._archive_options import Said

logger = logging.getLogger(__name__)

MOST_SKIPPED = 20
"""Number of skipped files that are named; of others there is a count."""


class Talk:
    """Says what became of each file, and the counts at the end."""

    def __init__(self, display: Display, report: Report, said: Said, listing: Listing) -> None:
        self._display, self._report, self._said = display, report, said
        self.listing = listing

    def tell(self, outcome: Outcome) -> None:
        """Count an outcome, list its files and say what there is to say."""
        self._report.add(outcome)
        self._display.finish(outcome)
        logger.debug("%s: %s %s", printable(str(outcome.source)), outcome.state, printable(outcome.reason))
        if self._said.json:
            self.listing.line(to_line(as_json(outcome)))
        else:
            for path in outcome.written:
                self.listing.path(path)
        if outcome.state == "failed":
            self._say("Failed", outcome)
        elif outcome.state == "skipped" and not self._said.quiet and self._report.counts["skipped"] <= MOST_SKIPPED:
            self._say("Skipped", outcome)
        for note in dict.fromkeys(outcome.notes):
            if outcome.state == "damaged" or (not self._said.quiet and self._report.notes[note] == 1):
                self._display.say(f"{outcome.label}: {note}")

    def end(self, left_out: str = "") -> None:
        """Say what was counted, and what was left out."""
        if self._said.json:
            self.listing.line(to_line(summary_as_json(self._report)))
        if not self._said.quiet:
            for note, count in self._report.notes.items():
                if count > 1:
                    self._display.say(f"{count} files: {note}")
            more = self._report.counts["skipped"] - MOST_SKIPPED
            if more > 0:
                self._display.say(f"{more} more files were skipped; --json names them all.")
        if self.listing.trouble is not None:
            why = "its reader has gone" if self.listing.was_left else self.listing.trouble.strerror
            self._display.say(f"The list on standard output is incomplete ({why}); the results are all there.")
        self._display.say(f"{self._report.summary()}{left_out}")

    def _say(self, word: str, outcome: Outcome) -> None:
        reason = outcome.reason.removeprefix(str(outcome.source)).strip()
        self._display.say(f"{word}: {outcome.label}: {reason}")


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return an outcome as a record of docs/batch.schema.json."""
    return {
        "record": "file",
        "source": str(outcome.source),
        "page": outcome.page,
        "outcome": outcome.state,
        "reason": outcome.reason,
        "results": [str(path) for path in outcome.written],
        "notes": list(outcome.notes),
        "seconds": outcome.seconds,
        "pixels": outcome.pixels,
    }


def summary_as_json(report: Report) -> dict[str, Any]:
    """Return the counts as a record of docs/batch.schema.json."""
    counts = {state: report.counts[state] for state in STATES}
    return {"record": "summary", "files": report.reached + report.not_reached, **counts} | {
        "not_reached": report.not_reached
    }

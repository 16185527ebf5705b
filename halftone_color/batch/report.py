"""Outcomes of the files of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

STATES = ("done", "existing", "skipped", "failed")
"""States of a file: restored now, restored before, not a picture, or bad."""


@dataclass(frozen=True)
class Outcome:
    """Outcome of one file."""

    source: Path
    state: str
    """One of STATES."""
    reason: str = ""
    """Why the file was skipped or failed: a sentence for the user."""
    written: tuple[Path, ...] = ()
    """Files that were written."""
    notes: tuple[str, ...] = ()
    """Sentences for the user about the result."""


@dataclass
class Report:
    """The outcomes so far, in order."""

    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, state: str) -> list[Outcome]:
        """Return the outcomes of one state."""
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def summary(self) -> str:
        """Return one line with the total number of files and the number in each state."""
        counts = ", ".join(f"{len(self.of(state))} {state}" for state in STATES)
        return f"{len(self.outcomes)} files: {counts}."

"""Outcomes of the files of a batch, and their counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

STATES = ("done", "existing", "damaged", "skipped", "failed")
"""States of a file: restored now; restored before; restored, but the file is damaged; not a picture; not restored."""


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
    seconds: float = 0.0
    """Time that it took."""
    pixels: int = 0
    """Number of pixels of the picture; 0 if that is unknown."""
    page: int | None = None
    """Page of the file, if pages were asked for."""

    @property
    def label(self) -> str:
        """The file's name, and its page."""
        return str(self.source) if self.page is None else f"{self.source}, page {self.page}"


@dataclass
class Report:
    """Counts of the outcomes so far; it does not grow with the number of files."""

    total: int = 0
    """Number of files of which outcomes are expected."""
    counts: Counter[str] = field(default_factory=Counter)
    """Number of files in each state."""
    notes: Counter[str] = field(default_factory=Counter)
    """Number of files that each note was made about."""

    def add(self, outcome: Outcome) -> None:
        """Count an outcome."""
        self.counts[outcome.state] += 1
        self.notes.update(set(outcome.notes))

    @property
    def reached(self) -> int:
        """Number of files that have an outcome."""
        return self.counts.total()

    @property
    def not_reached(self) -> int:
        """Number of files that have none, because the batch ended before."""
        return max(0, self.total - self.reached)

    def summary(self) -> str:
        """Return one line with the total number of files and the number in each state."""
        words = [f"{self.counts[state]} {state}" for state in STATES]
        if self.not_reached:
            words.append(f"{self.not_reached} not reached")
        return f"{self.reached + self.not_reached} files: {', '.join(words)}."

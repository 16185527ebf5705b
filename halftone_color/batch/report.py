"""What became of every file of a batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

STATES = ("done", "existing", "skipped", "failed")
"""Every file ends in one of them: restored now, restored before, no picture, or bad."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    source: Path
    state: str
    """One of STATES."""
    reason: str = ""
    """Why it was skipped or failed: a sentence for the user."""
    written: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass
class Report:
    """The outcomes so far, in order."""

    outcomes: list[Outcome] = field(default_factory=list)

    def of(self, state: str) -> list[Outcome]:
        """Return the outcomes of one state."""
        return [outcome for outcome in self.outcomes if outcome.state == state]

    def summary(self) -> str:
        """Return one line with the number of files in each state, and of all."""
        counts = ", ".join(f"{len(self.of(state))} {state}" for state in STATES)
        return f"{len(self.outcomes)} files: {counts}."

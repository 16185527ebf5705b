"""What works through a batch: an engine takes assignments one by one, and gives back what became of each.

`this_process` works here, for tests and tools; `workers` in processes of their own, each with its networks, which may
be killed without harm to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol

from halftone_color.batch.report import Outcome
from halftone_color.batch.work import Assignment, Finished
from halftone_color.run import Conditions

Notify = Callable[[Path, float], None]
"""Called with a picture that is being worked on, and the share of it that is done, in [0, 1]."""
Step = Outcome | Finished | Assignment
"""The outcome of a picture that needs no work, that of one that failed before any, or work."""


class Engine(Protocol):
    """Works through assignments."""

    def prepare(self, conditions: Conditions) -> Conditions:
        """Get ready, and return the conditions with every "auto" resolved.

        Raises:
            DeviceError: the requested device is not available.
        """

    def run(self, steps: Iterable[Step], notify: Notify) -> Iterator[Outcome | Finished]:
        """Yield what is settled as it is, and what became of each assignment, as they finish."""

    def stop(self) -> None:
        """End all work at once; what is unfinished stays so."""

"""The engine that works in this process, one picture after another: for tests and tools, without isolation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from halftone_color.batch.engine import Notify, Step
from halftone_color.batch.report import Outcome
from halftone_color.batch.work import Assignment, Finished, do
from halftone_color.run import Conditions, Run


class ThisProcess:
    """Implements engine.Engine."""

    def __init__(self) -> None:
        self._run: Run | None = None

    def prepare(self, conditions: Conditions) -> Conditions:
        """Open the Run, and return its conditions.

        Raises:
            DeviceError: the requested device is not available.
        """
        self._run = Run.open(conditions)
        return self._run.conditions

    def run(self, steps: Iterable[Step], notify: Notify) -> Iterator[Outcome | Finished]:
        """Yield outcomes as they are, and what became of each assignment, in order."""
        assert self._run is not None
        for step in steps:
            if not isinstance(step, Assignment):
                yield step
            else:
                notify(step.item.source, 0.0)
                yield do(step, self._run.for_scan(_about(step.item.source, notify)))

    def stop(self) -> None:
        """Do nothing: there is no other process."""


def _about(source: Path, notify: Notify) -> Callable[[float], None]:
    return lambda share: notify(source, share)

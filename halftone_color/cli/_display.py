"""How far a batch is: one bar on a terminal, which messages never break, or a line now and then elsewhere."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from halftone_color.cli._text import duration, printable

if TYPE_CHECKING:
    from halftone_color.batch.pace import Pace
    from halftone_color.batch.report import Outcome, Report

LINE_EVERY_S = 30.0
"""Time between lines where there is no terminal."""
LONGEST_NAME = 40
"""Characters of a name beside the bar."""


class Display:
    """Shows the progress of a batch on stderr, and what there is to say."""

    def __init__(self, words: str, sources: Iterable[Path], report: Report, quiet: bool = False) -> None:
        """Show nothing yet.

        Args:
            words: what is done.
            sources: the pictures.
            report: the counts so far.
            quiet: whether only what is said is shown.
        """
        self._words, self._report, self._quiet = words, report, quiet
        self._left = Counter(iter(sources))
        self._running: dict[Path, float] = {}
        self._pace: Pace | None = None
        self._said_s = monotonic()
        self._bars: Any = None
        self._task: Any = None

    def __enter__(self) -> Display:
        if sys.stderr.isatty() and not self._quiet:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            text = TextColumn("{task.description}", markup=False)
            left = TextColumn("{task.fields[left]}", markup=False)
            self._bars = Progress(
                text,
                BarColumn(),
                TaskProgressColumn(),
                left,
                console=Console(stderr=True),
                transient=True,
                redirect_stdout=sys.stdout.isatty(),
            )
            self._bars.start()
            self._task = self._bars.add_task(self._words, total=None, left="")
        return self

    def __exit__(self, *_: object) -> None:
        if self._bars is not None:
            self._bars.stop()
            self._bars = None

    def notify(self, source: Path, share: float) -> None:
        """Take in how far a picture is."""
        if self._pace is None:
            from halftone_color.batch.pace import Pace

            self._pace = Pace(self._left.elements(), monotonic())
        self._running[source] = share
        self._show(source)

    def finish(self, outcome: Outcome) -> None:
        """Take in that a picture is finished."""
        self._left[outcome.source] -= 1
        self._running.pop(outcome.source, None)
        if self._pace is not None:
            self._pace.finish(outcome, monotonic())
            self._show()

    def say(self, line: str) -> None:
        """Show a line, above the bar if there is one."""
        line = printable(line)
        with contextlib.suppress(OSError, ValueError):
            if self._bars is not None:
                from rich.text import Text

                self._bars.console.print(Text(line), soft_wrap=True)
            else:
                print(line, file=sys.stderr, flush=True)

    @property
    def share(self) -> float:
        """The share of the pixels that are done, in [0, 1]."""
        if self._pace is None or not self._pace.total:
            return 0.0
        part = sum(self._running.values()) * self._pace.mean_pixels
        return min(1.0, (self._pace.total - self._pace.left + part) / self._pace.total)

    def _show(self, source: Path | None = None) -> None:
        now_s = monotonic()
        if self._bars is None and (self._quiet or now_s - self._said_s < LINE_EVERY_S):
            return
        remaining_s = self._pace.remaining_s(now_s) if self._pace else None
        left = "" if remaining_s is None else f"about {duration(remaining_s)} left"
        if self._bars is not None:
            words = self._words if source is None else f"{self._words}: {printable(source.name)[-LONGEST_NAME:]}"
            self._bars.update(self._task, total=1.0, completed=self.share, description=words, left=left)
            return
        self._said_s = now_s
        failed = self._report.counts["failed"]
        words = f"{self._report.reached} of {self._report.total} files, {self.share:.1%} of the pixels"
        self.say("; ".join([words, *([f"{failed} failed"] if failed else []), *([left] if left else [])]))

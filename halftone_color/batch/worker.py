"""Inside a worker: networks are loaded once, and one picture after another is restored.

A worker ends with the process that started it, writes nothing to standard output, and hands what it logs back with
each result.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import connection
from typing import Any

from halftone_color.batch.work import Assignment, Finished, do
from halftone_color.errors import HcolorError
from halftone_color.run import Conditions, Run
from halftone_color.system import allocator, process_memory

RUNNING, SHARE = 0, 1
"""Columns of the table that a worker shares with its parent: its process id while it works, and the share done."""
COLUMNS = 2
MARGIN = 1.1
"""Where the system enforces the limit, the parent kills a worker only this factor above it: libraries count there."""


@dataclass(frozen=True)
class Report:
    """What a worker hands back."""

    finished: Finished
    log: tuple[tuple[str, int, str], ...] = ()
    """Name of the logger, level and text of what was logged, with tracebacks."""


class _Collected(logging.Handler):
    """Keeps what is logged while a picture is restored."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message as text."""
        text = record.getMessage()
        if record.exc_info:
            text += "\n" + logging.Formatter().formatException(record.exc_info)
        self.lines.append((record.name, record.levelno, text))


_tables: list[Any] = []
"""The table shared with the parent, once `begin` has been called."""


def begin(table: Any, memory_bytes: int | None, log_level: int, conditions: Conditions) -> None:
    """Set up this process as a worker, before the time of its first picture runs."""
    _tables.append(table)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()
    with contextlib.suppress(OSError, AttributeError, ValueError):
        os.dup2(2, 1)  # nothing but the list of results goes to standard output
    sys.stdout = sys.stderr
    logging.getLogger("halftone_color").setLevel(log_level)
    allocator.keep_freed_memory()
    if memory_bytes is not None:
        process_memory.limit_this_process(memory_bytes)
    with contextlib.suppress(HcolorError):  # it is raised again by `resolve`
        _run(conditions)


def resolve(conditions: Conditions) -> Conditions:
    """Return the conditions with every "auto" resolved for this process."""
    return _run(conditions).conditions


def work(assignment: Assignment, conditions: Conditions, slot: int) -> Report:
    """Restore a picture; `slot` is its row in the table."""
    table, collected = _tables[-1], _Collected()
    table[slot * COLUMNS + SHARE] = 0.0
    table[slot * COLUMNS + RUNNING] = float(os.getpid())
    logging.getLogger().addHandler(collected)
    try:
        finished = do(assignment, _run(conditions).for_scan(_into(table, slot)))
    finally:
        logging.getLogger().removeHandler(collected)
        table[slot * COLUMNS + RUNNING] = 0.0
    if finished.fault is not None:  # such exceptions may be of any class, which need not travel
        fault = finished.fault
        finished = replace(finished, fault=RuntimeError(f"{type(fault).__name__}: {fault}"))
    return Report(finished, tuple(collected.lines))


@cache
def _run(conditions: Conditions) -> Run:
    return Run.open(conditions)


def _into(table: Any, slot: int) -> Callable[[float], None]:
    def report(share: float) -> None:
        table[slot * COLUMNS + SHARE] = share

    return report


def _end_with(sentinel: int) -> None:
    """Wait for the end of the parent, and end this process."""
    connection.wait([sentinel])
    os._exit(1)

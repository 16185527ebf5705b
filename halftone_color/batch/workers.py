"""The engine that works in processes of its own: whatever ends one costs one picture, which is tried once more.

Processes are spawned, never forked, so that they are alike on every system. Pebble hands out the work and ends what
takes too long; memory is limited by the system, or else by looking at each process a few times a second.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from typing import Any

from pebble import ProcessExpired, ProcessPool

from halftone_color.batch import worker
from halftone_color.batch.engine import Notify, Step
from halftone_color.batch.journal import Record, stamp_of
from halftone_color.batch.report import Outcome
from halftone_color.batch.work import Assignment, Finished, failed, sha256_of, unfinished
from halftone_color.run import Conditions
from halftone_color.system import memory, process_memory

logger = logging.getLogger(__name__)

THREADS = "OMP_NUM_THREADS"
"""Environment variable by which torch and other libraries know their number of threads."""
WORKER_NAME = "pebble_pool_worker"
"""What Pebble calls the processes of its pools."""
POLL_S = 0.2
"""Time in seconds between two looks at progress and memory."""
KILL_EVERY_S = 0.02
"""Time in seconds between two looks for workers to kill, when all are to end."""
AHEAD = 2
"""Assignments per worker that are handed out: the one it works on and the next."""
TRIES = 2
"""How often a picture is begun whose worker is killed."""
MOST_RESTARTS = 5
"""Number of times in a row that workers are started again after they ended without work."""
BYTES_PER_JOB = 2_000_000_000
"""Memory for which -j auto starts another worker: networks and a scan of 20 MP."""
MOST_THREADS = 4
"""Largest automatic number of threads of a worker; more gain little."""


@dataclass
class _Handed:
    """An assignment that was handed out."""

    assignment: Assignment
    slot: int
    tries: int = 1
    too_large: bool = False
    """Whether its worker was killed because of the memory it took."""


class Workers:
    """Implements engine.Engine."""

    def __init__(self, jobs: int, timeout_s: float | None = None, memory_bytes: int | None = None) -> None:
        """Start nothing yet.

        Args:
            jobs: number of workers.
            timeout_s: time that a picture may take, in seconds.
            memory_bytes: memory that a worker may take.
        """
        self.jobs, self._timeout_s, self._memory_bytes = jobs, timeout_s, memory_bytes
        self._conditions = Conditions()
        self._context = multiprocessing.get_context("spawn")
        self._table: Any = self._context.RawArray("d", worker.COLUMNS * AHEAD * jobs)
        self._pool: ProcessPool | None = None
        self._others: set[int | None] = set()
        self._threads_before = os.environ.get(THREADS)

    def prepare(self, conditions: Conditions) -> Conditions:
        """Start the workers, and return the conditions as the first of them resolves them.

        Raises:
            DeviceError: the requested device is not available.
        """
        if conditions.threads is None:
            conditions = replace(conditions, threads=automatic_threads())
        self._conditions = conditions
        self._threads_before = os.environ.get(THREADS)
        os.environ[THREADS] = str(conditions.threads)  # for workers started later as well, and for all libraries
        for attempt in range(MOST_RESTARTS):
            self._start()
            assert self._pool is not None
            try:
                self._conditions = self._pool.schedule(worker.resolve, [conditions]).result()
                return self._conditions
            except (BrokenProcessPool, ProcessExpired) as error:
                logger.warning("The workers ended (%s), start %d.", error, attempt + 1)
                self._end()
        raise RuntimeError("no worker could be started")

    def run(self, steps: Iterable[Step], notify: Notify) -> Iterator[Outcome | Finished]:
        """Yield outcomes as they are, and what became of each assignment, as they finish."""
        handed: dict[Future[worker.Report], _Handed] = {}
        free = list(range(AHEAD * self.jobs))
        upcoming, restarts = iter(steps), 0
        while True:
            while free and (step := next(upcoming, None)) is not None:
                if not isinstance(step, Assignment):
                    yield step
                else:
                    self._hand_out(_Handed(step, free.pop()), handed)
            if not handed:
                return
            done, _ = wait(handed, POLL_S, FIRST_COMPLETED)
            self._look_around(handed.values(), notify)
            if any(isinstance(future.exception(), BrokenProcessPool) for future in done):
                restarts += 1
                self._start_again(handed, restarts)
                continue
            for future in done:
                each = handed.pop(future)
                finished = self._finished(future, each)
                if finished is None:
                    each.tries += 1
                    self._hand_out(each, handed)
                else:
                    restarts = 0
                    free.append(each.slot)
                    yield finished

    def stop(self) -> None:
        """End the workers at once, also in the middle of a computation."""
        self._end()
        if self._threads_before is None:
            os.environ.pop(THREADS, None)
        else:
            os.environ[THREADS] = self._threads_before

    def _end(self) -> None:
        """End the workers; those that Pebble starts in place of the killed ones as well, until it has ended too.

        Pebble asks workers politely and waits for 3 s: one that is loading libraries does not hear it.
        """
        if self._pool is None:
            return
        pool, ended = self._pool, threading.Event()
        pool.stop()  # type: ignore[no-untyped-call]
        killing = threading.Thread(target=self._kill_until, args=(ended,), daemon=True)
        killing.start()
        try:
            pool.join()
        finally:
            ended.set()
            killing.join()
        self._pool = None

    def _kill_until(self, ended: threading.Event) -> None:
        """Kill all workers again and again, until an event is set."""
        while True:
            for child in multiprocessing.active_children():
                if child.name == WORKER_NAME and child.pid not in self._others:
                    child.kill()
            if ended.wait(KILL_EVERY_S):
                return

    def _start(self) -> None:
        level = logging.getLogger("halftone_color").getEffectiveLevel()
        self._table[:] = [0.0] * len(self._table)
        self._others = {child.pid for child in multiprocessing.active_children()}
        self._pool = ProcessPool(
            self.jobs,
            initializer=worker.begin,
            initargs=[self._table, self._memory_bytes, level, self._conditions],
            context=self._context,
        )

    def _start_again(self, handed: dict[Future[worker.Report], _Handed], restarts: int) -> None:
        """Start other workers, after some ended without work, and hand out everything again."""
        if restarts > MOST_RESTARTS:
            raise RuntimeError("workers end again and again without work")
        self._end()
        self._start()
        again = list(handed.values())
        handed.clear()
        for each in again:
            self._hand_out(each, handed)

    def _hand_out(self, each: _Handed, handed: dict[Future[worker.Report], _Handed]) -> None:
        assert self._pool is not None
        self._table[each.slot * worker.COLUMNS + worker.RUNNING] = 0.0
        words = [each.assignment, self._conditions, each.slot]
        handed[self._pool.schedule(worker.work, words, timeout=self._timeout_s)] = each

    def _look_around(self, handed: Iterable[_Handed], notify: Notify) -> None:
        """Report progress, and end workers that take too much memory."""
        for each in handed:
            process_id = int(self._table[each.slot * worker.COLUMNS + worker.RUNNING])
            if not process_id:
                continue
            notify(each.assignment.item.source, self._table[each.slot * worker.COLUMNS + worker.SHARE])
            limit = self._memory_bytes
            if limit is not None and process_memory.resident_bytes(process_id) > limit * worker.MARGIN:
                each.too_large = True
                _kill(process_id)

    def _finished(self, future: Future[worker.Report], each: _Handed) -> Finished | None:
        """Return what became of an assignment, or None if it is to be tried again."""
        source, record = each.assignment.item.source, unfinished(each.assignment)
        try:
            report = future.result()
        except TimeoutError:
            limit = f"{self._timeout_s:g}"
            reason = f"{source} was given up after {limit} s; crop it, or give it more time with --timeout."
            return failed(_identified(record, each), source, reason, seconds=self._timeout_s or 0.0)
        except ProcessExpired as error:
            if each.too_large:
                reason = f"{source} takes more memory than --memory-limit allows; crop it or raise the limit."
                return failed(_identified(record, each), source, reason)
            logger.warning("A worker was ended (code %s) at %s, try %d.", error.exitcode, source, each.tries)
            if each.tries < TRIES:
                return None
            reason = (
                f"{source} was given up, for its worker was ended by the system twice (code {error.exitcode}), perhaps "
                "for want of memory; crop it, or use -j 1 --retry-failed."
            )
            return failed(_identified(record, each), source, reason)
        for name, level, text in report.log:
            logging.getLogger(name).log(level, "%s", text)
        return report.finished


def automatic_threads() -> int:
    """Return the number of threads of a worker: half of the processors, so that it does not depend on -j."""
    asked = os.environ.get(THREADS, "")
    if asked.isdigit() and int(asked) > 0:
        return int(asked)
    return max(1, min(MOST_THREADS, _processors() // 2))


def automatic_jobs(threads: int, device: str) -> int:
    """Return the number of workers for -j auto: as many as processors and memory allow; one on other devices."""
    if device not in ("auto", "cpu"):
        return 1
    free_bytes = memory.available_bytes()
    most = _processors() if free_bytes is None else free_bytes // BYTES_PER_JOB
    return max(1, min(_processors() // threads, most))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _identified(record: Record, each: _Handed) -> Record:
    """Return a record with the picture's sha256, so that it is not tried again and again."""
    source = each.assignment.item.source
    with contextlib.suppress(OSError):
        return replace(record, source_stamp=stamp_of(source), source_sha256=sha256_of(source))
    return record


def _kill(process_id: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process_id, getattr(signal, "SIGKILL", signal.SIGTERM))

"""Check what docs/archive.md promises of a batch: overhead, kills, failing disks, bad files, memory, bytes, stopping.

    python tools/check_archive.py                    all of it, about ten minutes
    python tools/check_archive.py kills --kills 100 --files 1000
    python tools/check_archive.py soak --files 2000

The pictures are restored by a stub without networks, for what is checked is what lies around them. Results are printed
as a table; the exit code is 1 if a promise is broken.
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import hashlib
import multiprocessing
import os
import random
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from halftone_color.batch import journal, running
from halftone_color.batch.output import is_output
from halftone_color.batch.report import Outcome
from halftone_color.batch.running import Settings
from halftone_color.batch.shards import Shard
from halftone_color.batch.verify import verify
from halftone_color.batch.workers import Workers
from halftone_color.batch.worklist import Wanted, make_worklist
from halftone_color.errors import HcolorError, InputError
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.request import Request
from halftone_color.run import Conditions, Run
from halftone_color.types import Result

CONDITIONS = Conditions("cpu", "float32")
ERRORS = (errno.ENOSPC, errno.EIO, errno.EDQUOT)
SCAN_S = 0.25
"""Time that the stub takes for a scan where overhead is measured; networks take 1.7 s for 0.3 MP on a laptop's core."""
MOST_OVERHEAD = 0.05
"""Largest share that the batch may add to a bare loop."""
MOST_PASSING_MS = 20
"""Largest time in ms to see that a file is done: a thousandth of what restoring it takes."""
MOST_GROWTH_BYTES = 10_000_000
"""Largest growth of memory over the second half of a soak."""
MOST_STOPPING_S = 2.0
"""Longest time in seconds from a signal to the end of all workers."""
Row = tuple[str, str, bool]
"""What was checked, what was found, whether that is as promised."""


# ---- an archive and a job without networks ---------------------------------------------------------------------------


def make_archive(folder: Path, count: int, side_px: int = 16) -> Path:
    """Write so many small pictures, all different, into ten folders."""
    for number in range(count):
        pixels = np.random.default_rng(number).random((1, side_px, side_px), np.float32)
        write(folder / f"{number % 10}" / f"{number}.png", pixels)
    return folder


def stub(source: Path, request: Request, run: Run) -> Result:
    """Return a picture that depends on the file's bytes and the request alone; files named bad are refused."""
    if "bad" in source.name:
        raise InputError(f"{source} is damaged.")
    seed = int.from_bytes(hashlib.sha256(source.read_bytes() + request.digest().encode()).digest()[:8], "big")
    return Result((np.random.default_rng(seed).random((3, 16, 16), np.float32),), notes=("A note.",))


def slow_stub(source: Path, request: Request, run: Run) -> Result:
    """Take as long as networks do for a small scan, and return the scan."""
    scan = read(source)
    time.sleep(SCAN_S)
    return Result((scan.pixels,))


def batch(archive: Path, output: Path, shard: str = "1/1", **settings: Any) -> list[Outcome]:
    """Run a batch."""
    worklist = make_worklist(archive, f"{output}/", Wanted(shard=Shard.parse(shard)))
    return list(running.run(worklist, Request("restore"), CONDITIONS, Settings(**{"job": stub, **settings})))


def tree(output: Path) -> dict[str, str]:
    """Return the sha256 of every file of an output but its journal's."""
    files = (path for path in output.rglob("*") if path.is_file() and ".hcolor/" not in path.as_posix())
    return {path.relative_to(output).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def said(output: Path) -> dict[str, Any]:
    """Return what the journal says now, without times."""
    records = journal.read(output).records
    return {name: (each.outcome, each.request, each.source_sha256, each.results) for name, each in records.items()}


# ---- what is promised ------------------------------------------------------------------------------------------------


def overhead(place: Path, files: int) -> Iterator[Row]:
    """Compare a batch with a loop that reads, restores and writes, by the median time of a file."""
    archive = make_archive(place / "archive", files, 512)
    run = Run.open(CONDITIONS)

    def bare() -> Iterator[Path]:
        for path in sorted(archive.rglob("*.png")):
            result = slow_stub(path, Request("restore"), run)
            yield write(place / "bare" / path.relative_to(archive), result.picture)

    worklist = make_worklist(archive, f"{place / 'out'}/")
    outcomes = running.run(worklist, Request("restore"), CONDITIONS, Settings(job=slow_stub))
    bare_s, batch_s = times_between(bare(), outcomes)  # in turn, so that other work on the machine meets both
    share = batch_s / bare_s - 1
    yield f"overhead over a bare loop, {files} files of {SCAN_S} s", f"{share:.1%}", share <= MOST_OVERHEAD
    began = time.perf_counter()
    batch(archive, place / "out", job=slow_stub)
    each_ms = (time.perf_counter() - began) / files * 1000
    yield "passing over a file that is done", f"{each_ms:.2f} ms", each_ms < MOST_PASSING_MS


def times_between(*loops: Iterator[Any]) -> list[float]:
    """Take steps of several loops in turn; return the median time in seconds of a step of each, but for the first."""
    times: list[list[float]] = [[] for _ in loops]
    while True:
        for own, loop in zip(times, loops, strict=True):
            began = time.perf_counter()
            if next(loop, None) is None:
                return [statistics.median(each[1:]) for each in times]
            own.append(time.perf_counter() - began)


def kills(place: Path, files: int, number: int) -> Iterator[Row]:
    """Kill a batch at random moments, go on each time, and compare with a run that nobody disturbed."""
    archive = make_archive(place / "archive", files)
    began = time.perf_counter()
    batch(archive, place / "whole")
    whole_s = time.perf_counter() - began
    methods = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if "fork" in methods else "spawn")
    draw, killed, stray = random.Random(0), 0, 0
    for _ in range(20 * number):
        if killed == number:
            break
        process = context.Process(target=batch, args=(archive, place / "out"))
        process.start()
        process.join(draw.uniform(0.2, 1.8) * whole_s / number)
        if process.is_alive():
            process.kill()
            killed += 1
            process.join()
        if len(journal.read(place / "out").records) == files:  # done too early: make room for the other kills
            for path in draw.sample(sorted((place / "out").rglob("*-restored.png")), files // 2):
                path.unlink()
    batch(archive, place / "out")
    stray = sum(1 for each in verify(place / "out") if each.verdict == "unknown")
    cut = sum(1 for each in verify(place / "out") if each.verdict in ("missing", "changed"))
    yield f"{killed} kills of {files} files", f"{cut} cut or missing, {stray} stray", cut == stray == 0
    same = tree(place / "out") == tree(place / "whole"), said(place / "out") == said(place / "whole")
    yield "tree and journal as without kills", f"tree {same[0]}, journal {same[1]}", all(same)


def faults(place: Path, files: int, errors: tuple[int, ...] = ERRORS) -> Iterator[Row]:
    """Let every write, flush and renaming fail once, with every error."""
    archive = make_archive(place / "archive", files)
    batch(archive, place / "whole")
    wanted = tree(place / "whole")
    tried, broken = 0, 0
    for call in ("write", "fsync", "replace"):
        for number in errors:
            for turn in range(1000):
                output = place / f"{call}-{number}-{turn}"
                with failing(call, number, turn) as reached, contextlib.suppress(HcolorError):
                    batch(archive, output)
                if not reached():
                    break
                tried += 1
                half = [path for path in output.rglob("*.part")]
                verdicts = {each.verdict for each in verify(output)} if is_output(output) else set()
                batch(archive, output)
                broken += bool(half) or bool(verdicts & {"missing", "changed"}) or tree(output) != wanted
    names = ", ".join(errno.errorcode[number] for number in errors)
    yield f"{names} at every write, fsync, rename: {tried} failures", f"{broken} not recovered from", not broken


@contextlib.contextmanager
def failing(call: str, number: int, turn: int) -> Iterator[Callable[[], bool]]:
    """Let one call of a kind fail; what is yielded tells whether it was reached."""
    calls: list[int] = []

    def may_fail() -> None:
        calls.append(1)
        if len(calls) == turn + 1:
            raise OSError(number, os.strerror(number))

    fsync, replace, opened = os.fsync, Path.replace, Path.open

    def failing_fsync(handle: int) -> None:
        may_fail()
        fsync(handle)

    def failing_replace(path: Path, target: Path) -> Path:
        may_fail()
        return replace(path, target)

    def failing_open(path: Path, mode: str = "r", *words: Any, **more: Any) -> Any:
        if "b" in mode and "r" not in mode:  # files are written at once, so that opening stands for writing
            may_fail()
        return opened(path, mode, *words, **more)

    patched: dict[str, tuple[Any, str, Any, Any]] = {
        "fsync": (os, "fsync", failing_fsync, fsync),
        "replace": (Path, "replace", failing_replace, replace),
        "write": (Path, "open", failing_open, opened),
    }
    owner, name, stand_in, original = patched[call]
    setattr(owner, name, stand_in)
    try:
        yield lambda: len(calls) > turn
    finally:
        setattr(owner, name, original)


def bad_tenth(place: Path, files: int) -> Iterator[Row]:
    """Let every tenth file be bad, and compare the others with a batch without bad ones."""
    archive = make_archive(place / "archive", files)
    batch(archive, place / "whole")
    bad = sorted(archive.rglob("*.png"))[::10]
    for path in bad:
        path.rename(path.with_name(f"bad-{path.name}"))
    outcomes = batch(archive, place / "out")
    failed = sum(outcome.state == "failed" for outcome in outcomes)
    made, whole = tree(place / "out"), tree(place / "whole")
    same = sum(whole[name] == digest for name, digest in made.items())
    expected = files - len(bad)
    yield (
        f"{len(bad)} bad files among {files}",
        f"{failed} failed, {same} of {expected} others as without them",
        failed == len(bad) and same == len(made) == expected and len(outcomes) == files,
    )


def soak(place: Path, files: int) -> Iterator[Row]:
    """Watch the memory of a batch of many files, and of its worker."""
    archive = make_archive(place / "archive", files)
    worklist = make_worklist(archive, f"{place / 'out'}/")
    process, sizes = psutil.Process(), []
    for place_of, _ in enumerate(
        running.run(worklist, Request("restore"), CONDITIONS, Settings(engine=Workers(1), job=stub))
    ):
        if place_of % max(1, files // 20) == 0:
            family = [process, *process.children(recursive=True)]
            sizes.append(sum(each.memory_info().rss for each in family))
    growth = max(sizes[-3:]) - max(sizes[len(sizes) // 2 - 1 : len(sizes) // 2 + 2])
    found = f"{sizes[len(sizes) // 2] / 1e6:.0f} MB at half, {sizes[-1] / 1e6:.0f} MB at the end"
    yield f"memory over {files} files, batch and worker", found, growth <= MOST_GROWTH_BYTES


def equal_bytes(place: Path, files: int) -> Iterator[Row]:
    """Compare results for several numbers of workers, and of shards."""
    archive = make_archive(place / "archive", files)
    batch(archive, place / "alone")
    wanted = tree(place / "alone")
    for jobs in (1, 2, 3):
        batch(archive, place / f"jobs-{jobs}", engine=Workers(jobs))
    for number in (1, 2, 3):
        batch(archive, place / "shards", shard=f"{number}/3")
    outputs = ("jobs-1", "jobs-2", "jobs-3", "shards")
    same = [name for name in outputs if tree(place / name) == wanted]
    yield "same bytes for -j 1, 2, 3 and three shards", ", ".join(same), len(same) == len(outputs)


def stopping(place: Path, number: int) -> Iterator[Row]:
    """Interrupt a batch of two workers at random moments, as a signal does, also while workers start."""
    archive, draw = make_archive(place / "archive", 50), random.Random(0)
    times: list[float] = []
    interrupted: list[float] = []

    def interrupt(*_: object) -> None:
        interrupted.append(time.perf_counter())
        raise KeyboardInterrupt

    kept = signal.signal(signal.SIGALRM, interrupt)
    for turn in range(number):
        worklist = make_worklist(archive, f"{place / str(turn)}/")
        outcomes = running.run(worklist, Request("restore"), CONDITIONS, Settings(engine=Workers(2), job=slow_stub))
        signal.setitimer(signal.ITIMER_REAL, draw.uniform(0.05, 6.0))
        with contextlib.suppress(KeyboardInterrupt), contextlib.closing(outcomes):
            for _ in outcomes:
                if turn % 2:
                    psutil.Process().children()[-1].kill()
        signal.setitimer(signal.ITIMER_REAL, 0)
        if len(interrupted) > len(times):
            times.append(time.perf_counter() - interrupted[-1])
    signal.signal(signal.SIGALRM, kept)
    left = len(multiprocessing.active_children()) + len(list(place.rglob("*.part")))
    found = f"{max(times):.1f} s at most, {left} workers or half-written files left"
    yield f"{len(times)} interruptions of two workers", found, max(times) <= MOST_STOPPING_S and not left


def main(words: list[str] | None = None) -> int:
    """Check what is asked, print a table, and return the exit code."""
    checks: dict[str, Callable[[Path, argparse.Namespace], Iterator[Row]]] = {
        "overhead": lambda place, asked: overhead(place, min(asked.files, 60)),
        "kills": lambda place, asked: kills(place, asked.files, asked.kills),
        "faults": lambda place, asked: faults(place, 4),
        "bad": lambda place, asked: bad_tenth(place, min(asked.files, 500)),
        "soak": lambda place, asked: soak(place, 2 * asked.files),
        "bytes": lambda place, asked: equal_bytes(place, min(asked.files, 60)),
        "stopping": lambda place, asked: stopping(place, min(asked.kills, 20)),
    }
    parser = argparse.ArgumentParser(description=str(__doc__).splitlines()[0])
    parser.add_argument("checks", nargs="*", help=f"which: {', '.join(checks)}; by default all")
    parser.add_argument("--files", type=int, default=1000, help="number of small files")
    parser.add_argument("--kills", type=int, default=100, help="number of times that the batch is killed")
    asked = parser.parse_args(words)
    if unknown := set(asked.checks) - set(checks):
        parser.error(f"there is no check {', '.join(sorted(unknown))}")
    kept = True
    print("| what | found | as promised |\n| --- | --- | --- |", flush=True)
    for name in asked.checks or checks:
        with tempfile.TemporaryDirectory(prefix="check-archive-") as folder:
            for what, found, good in checks[name](Path(folder), asked):
                print(f"| {what} | {found} | {'yes' if good else 'NO'} |", flush=True)
                kept = kept and good
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())

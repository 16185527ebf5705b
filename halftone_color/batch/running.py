"""Run a batch: lock the output, read its journal, let an engine do what is not done, and keep the journal.

A bad file is recorded and does not stop the batch. It is stopped by an error in the request or the output, which
concerns every file, and by an internal error of hcolor that occurs for several files in a row.
"""

from __future__ import annotations

import logging
import os
import platform
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from halftone_color import __version__
from halftone_color.batch import journal
from halftone_color.batch.engine import Engine, Notify, Step
from halftone_color.batch.journal import Journal, Record, key_of
from halftone_color.batch.output import STALE_S, OutputFolder
from halftone_color.batch.report import Outcome
from halftone_color.batch.resume import Resume, fixed_conditions
from halftone_color.batch.this_process import ThisProcess
from halftone_color.batch.work import Assignment, Job, failed, for_item, restore_scan
from halftone_color.batch.worklist import Item, Worklist
from halftone_color.checkpoints.finding import fingerprint
from halftone_color.errors import HcolorError, InputError
from halftone_color.request import Request
from halftone_color.run import Conditions, Run
from halftone_color.steps.cues import open_shared

logger = logging.getLogger(__name__)

MOST_FAULTS = 3
"""Number of internal errors in a row that end a batch."""


@dataclass(frozen=True)
class Settings:
    """How a batch is run; none of this changes a result."""

    engine: Engine = field(default_factory=ThisProcess)
    """Does the work."""
    companions: Mapping[str, Path] = field(default_factory=dict)
    """Folders with files that accompany each scan, for "scribbles" and "mask", named like it, with any suffix."""
    overwrite: bool = False
    """Whether files that the journal does not know are replaced, and what is done is done anew."""
    redo: bool = False
    """Whether what is done is done anew."""
    retry_failed: bool = False
    """Whether what failed before is tried again."""
    most_faults: int = MOST_FAULTS
    """Number of internal errors that end the batch, if no picture is restored between them."""
    job: Job = restore_scan
    """Makes the result of a picture."""


def run(
    worklist: Worklist,
    request: Request,
    conditions: Conditions | None = None,
    settings: Settings | None = None,
    notify: Notify = lambda source, share: None,
) -> Generator[Outcome, None, None]:
    """Yield the outcome of every file: first those settled by the worklist, then its items, as they are done.

    Close the iterator to stop before the end.

    Args:
        worklist: from make_worklist.
        request: applied to every scan.
        conditions: of the run; None means automatic. What the output's first start has fixed is kept.
        settings: how it is run; None means in this process.
        notify: called with each picture that is being worked on and the share of it done.

    Raises:
        InputError: a reference or a palette's picture cannot be read, or a companion folder or gallery does not exist.
        OutputError: the output folder cannot be written to, or another batch is writing to it.
        OutputLostError: it vanished, or the disk is full.
        UsageError, WeightsError, DeviceError: as in pipeline.restore; they concern every file.
        Exception: the last of `most_faults` internal errors.
    """
    settings, conditions = settings or Settings(), conditions or Conditions()
    yield from worklist.settled
    for name, tree in settings.companions.items():
        if not tree.is_dir():
            raise InputError(f"{tree} is not a folder; give a folder of {name} files named like the pictures.")
    open_shared(request.cues, request.reading.max_pixels, Run.open(Conditions("cpu", "float32")))  # refused at once
    if not worklist.items:
        return
    output = OutputFolder.open(worklist.output)
    lock = output.lock(worklist.shard)
    stale_s = 0.0 if worklist.shard.count == 1 else STALE_S
    begun: dict[str, Path] = {}
    try:
        output.sweep(stale_s)
        yield from _go_on(worklist, request, conditions, output, (settings, notify, begun))
        output.sweep(stale_s)
    except BaseException:
        output.sweep(stale_s, begun.values())  # going through a large output would take too long
        raise
    finally:
        lock.release()


def _go_on(
    worklist: Worklist,
    request: Request,
    conditions: Conditions,
    output: OutputFolder,
    how: tuple[Settings, Notify, dict[str, Path]],
) -> Iterator[Outcome]:
    """Yield the outcomes of what is done, by the journal, then do the rest."""
    settings, notify, begun = how
    ledger = journal.read(output.path)
    redo = settings.redo or settings.overwrite
    conditions = fixed_conditions(conditions, ledger, redo)
    resume = Resume(ledger, output.path, fingerprint(conditions.weights), redo, settings.retry_failed)
    steps = _steps(request, resume, output, settings)
    to_do = []
    for item in worklist.items:
        if not settings.companions and isinstance(step := steps(item), Outcome):
            yield step
        else:
            to_do.append(item)
    _keep_failures(worklist, request, output, resume)
    if to_do:
        started = _start_words(worklist, request, conditions)
        noted = (_note_begun(steps(item), begun) for item in to_do)
        kept = Journal(output, worklist.shard)
        for key, outcome in _work(noted, kept, started, (settings, conditions, notify)):
            begun.pop(key, None)
            yield outcome


def _note_begun(step: Step, begun: dict[str, Path]) -> Step:
    """Return a step, after noting the folder in which its results are written if it is work."""
    if isinstance(step, Assignment):
        begun[key_of(step.item.relative, step.item.page)] = step.item.names.pictures[0].parent
    return step


def _keep_failures(worklist: Worklist, request: Request, output: OutputFolder, resume: Resume) -> None:
    """Note in the journal which files cannot be opened, unless it says so already."""
    known = {(record.source, record.reason) for record in resume.ledger.records.values()}
    records = [
        Record(_relative(outcome.source, worklist.archive), "failed", request.digest(), resume.weights, reason=reason)
        for outcome in worklist.settled
        if outcome.state == "failed" and (reason := outcome.reason)
    ]
    new = [record for record in records if (record.source, record.reason) not in known]
    if new:
        kept = Journal(output, worklist.shard)
        for record in new:
            kept.add(record)
        kept.close()


def _relative(source: Path, archive: Path) -> str:
    return source.relative_to(archive).as_posix() if source.is_relative_to(archive) else str(source)


def _steps(request: Request, resume: Resume, output: OutputFolder, settings: Settings) -> Callable[[Item], Step]:
    """Return what gives, for a picture, its outcome if nothing is to be done, or an assignment."""

    def step(item: Item) -> Step:
        try:
            own = for_item(request, item, settings.companions)
        except HcolorError as error:
            record = Record(item.relative, "failed", request.digest(), resume.weights, page=item.page)
            return failed(record, item.source, str(error))
        return resume.outcome(item, own) or Assignment(
            item, own, resume.weights, output, resume.known(item), settings.overwrite, settings.job
        )

    return step


def _work(
    steps: Iterator[Step],
    kept: Journal,
    started: dict[str, Any],
    how: tuple[Settings, Conditions, Notify],
) -> Iterator[tuple[str, Outcome]]:
    """Let the engine work, keep the journal, and end the batch where it has to end; yield keys and outcomes."""
    settings, conditions, notify = how
    engine, faults = settings.engine, 0
    try:
        resolved = engine.prepare(conditions)
        logger.info("asked: %s, under %s", started["request"], resolved)
        kept.start({**started, "conditions": asdict(resolved)})
        for finished in engine.run(steps, notify):
            if isinstance(finished, Outcome):
                yield "", finished
                continue
            if finished.fatal is not None:
                raise finished.fatal
            kept.add(finished.record)
            yield finished.record.key, finished.outcome
            faults = 0 if finished.record.outcome != "failed" else faults + (finished.fault is not None)
            if finished.fault is not None and faults >= settings.most_faults:
                raise finished.fault
    finally:
        engine.stop()
        kept.close()


def _start_words(worklist: Worklist, request: Request, conditions: Conditions) -> dict[str, Any]:
    """Return what the journal says about a start."""
    try:
        torch = version("torch")
    except PackageNotFoundError:
        torch = "unknown"
    return {
        "version": __version__,
        "archive": os.path.abspath(worklist.archive),  # noqa: PTH100 (links stay as they were named)
        "shard": f"{worklist.shard.number}/{worklist.shard.count}",
        "request": request.describe(),
        "request_sha256": request.digest(),
        "weights_sha256": fingerprint(conditions.weights),
        "torch": torch,
        "python": platform.python_version(),
        "system": platform.platform(),
        "processor": platform.processor() or platform.machine(),
    }

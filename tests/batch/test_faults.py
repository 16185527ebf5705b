"""Whatever fails or is killed: no result is cut or stray, and the journal says nothing that is not so."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import sys
from pathlib import Path

import batch_stub
import pytest
from batch_stub import picture

from halftone_color.batch import journal
from halftone_color.batch.output import OutputLostError, is_output
from halftone_color.batch.verify import verify
from halftone_color.errors import HcolorError

CALLS = (1_000, 90_000)
"""Fewest and most calls after which a batch is killed."""


def results(output):
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*.png")}


def said(output):
    """Return what the journal says, without times."""
    records = journal.read(output).records
    return {name: (each.outcome, each.source_sha256, each.results, each.notes) for name, each in records.items()}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.parametrize("call", ["write", "fsync", "replace", "mkdir"])
def test_a_failing_disk_leaves_nothing_half_done(work, states, scans, monkeypatch, call, number):
    """Let each call of a kind fail once, the first, then the second and so on, until a batch meets none."""
    output = scans.with_name("archive-restored")
    for place in range(20):
        reached = []

        def failing(original, *words, place=place, reached=reached, **more):
            reached.append(1)
            if len(reached) == place + 1:
                raise OSError(number, os.strerror(number))
            return original(*words, **more)

        with monkeypatch.context() as patch:
            _fail(patch, call, failing)
            try:
                found = {outcome.state for outcome in work(redo=True).values()}
            except HcolorError as error:
                found = {error.exit_code}
                assert error.exit_code == 5
        if len(reached) <= place:
            break
        assert found == {5} or (call == "fsync" and found == {"done"}), "folders that cannot be flushed are no error"
        assert not [path for path in output.rglob("*.part")]
        assert not is_output(output) or {each.verdict for each in verify(output)} <= {"intact", "unknown"}
    assert place >= {"write": 3, "fsync": 3, "replace": 3, "mkdir": 1}[call], "every file has one"
    assert set(states().values()) <= {"done", "existing"}
    assert {each.verdict for each in verify(output)} == {"intact"}


def _fail(patch, call, failing):
    if call == "write":
        original = Path.open

        def opened(path, mode="r", *words, **more):
            stream = original(path, mode, *words, **more)
            if path.suffix != ".part":
                return stream
            written = stream.write
            return _Stream(stream, lambda content: failing(written, content))

        patch.setattr(Path, "open", opened)
    elif call == "fsync":
        original = os.fsync
        patch.setattr(os, "fsync", lambda handle: failing(original, handle))
    else:
        original = getattr(Path, call)
        patch.setattr(Path, call, lambda path, *words, **more: failing(original, path, *words, **more))


class _Stream:
    """A file whose writing may fail."""

    def __init__(self, stream, write):
        self.stream, self.write = stream, write

    def __getattr__(self, name):
        return getattr(self.stream, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()


def test_a_disk_that_is_full_at_the_third_picture(work, scans, monkeypatch):
    count = []

    def full(handle, original=os.fsync):
        count.append(1)
        if len(count) > 6:
            raise OSError(errno.ENOSPC, "No space left on device")
        original(handle)

    with monkeypatch.context() as patch, pytest.raises(OutputLostError, match="No space left"):
        patch.setattr(os, "fsync", full)
        work()
    output = scans.with_name("archive-restored")
    assert {each.verdict for each in verify(output)} == {"intact"}
    assert {outcome.state for outcome in work().values()} == {"existing", "done"}


def main_until(calls, archive, output):
    """Run a batch that is killed after so many calls of Python and C: at any moment, and the same on every machine."""
    left = iter(range(calls))

    def look(frame, event, called):
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(look)
    batch_stub.main(archive, output)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="a new interpreter takes too long")
def test_kill_at_any_moment_and_go_on(tmp_path):
    """Five times here, a hundred times in tools/check_archive.py."""
    archive, killed, whole = (tmp_path / name for name in ("archive", "killed", "whole"))
    for seed in range(40):
        picture(archive / f"{seed % 7}" / f"{seed}.png", seed)
    context = multiprocessing.get_context("fork")
    assert batch_stub.main(archive, whole) == 0
    draw, known = random.Random(0), []
    for _ in range(5):
        process = context.Process(target=main_until, args=(draw.randrange(*CALLS), archive, killed))
        process.start()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        known.append(len(journal.read(killed).records) if killed.exists() else 0)
    assert known == sorted(known)
    assert 1 <= known[-1] < 40
    assert batch_stub.main(archive, killed) == 0
    assert results(killed) == results(whole)
    assert said(killed) == said(whole)
    assert {each.verdict for each in verify(killed)} == {"intact"}
    assert not list(tmp_path.rglob("*.part"))

"""Whatever fails or is killed: no result is cut or stray, and the journal says nothing that is not so."""

from __future__ import annotations

import errno
import multiprocessing
import os
import random
import time
from pathlib import Path

import batch_stub
import pytest
from batch_stub import picture

from halftone_color.batch import journal
from halftone_color.batch.output import OutputLostError, is_output
from halftone_color.batch.verify import verify
from halftone_color.errors import HcolorError


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


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="a new interpreter takes too long")
def test_kill_at_any_moment_and_go_on(tmp_path):
    """Five times here, a hundred times in tools/check_archive.py."""
    archive = tmp_path / "archive"
    for seed in range(60):
        picture(archive / f"{seed % 7}" / f"{seed}.png", seed)
    context = multiprocessing.get_context("fork")
    assert batch_stub.main(archive, tmp_path / "whole") == 0
    draw, lines = random.Random(0), tmp_path / "killed" / ".hcolor" / "journal.ndjson"
    for _ in range(5):
        process = context.Process(target=batch_stub.main, args=(archive, tmp_path / "killed"))
        known = lines.stat().st_size if lines.exists() else 0
        process.start()
        while process.is_alive() and not (lines.exists() and lines.stat().st_size >= known + 3000):
            time.sleep(0.002)
        time.sleep(draw.uniform(0, 0.02))
        process.kill()
        process.join()
    assert 5 <= len(journal.read(tmp_path / "killed").records) < 60
    assert batch_stub.main(archive, tmp_path / "killed") == 0
    assert results(tmp_path / "killed") == results(tmp_path / "whole")
    assert said(tmp_path / "killed") == said(tmp_path / "whole")
    assert {each.verdict for each in verify(tmp_path / "killed")} == {"intact"}
    assert not list(tmp_path.rglob("*.part"))

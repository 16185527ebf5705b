"""Working through a plan: every file gets an outcome, references are read once, what dooms all ends the batch."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest

from halftone_color import pipeline
from halftone_color.batch import run as running
from halftone_color.batch.plan import make_plan
from halftone_color.batch.report import Outcome, Report
from halftone_color.batch.results import write_results
from halftone_color.errors import InputError, OutputError, WeightsError
from halftone_color.images.naming import Names
from halftone_color.images.reading import read
from halftone_color.images.writing import write

GRAY = np.full((1, 8, 8), 0.5, np.float32)


@pytest.fixture
def archive(tmp_path):
    folder = tmp_path / "archive"
    for name in ("a.png", "b.png", "sub/c.png"):
        write(folder / name, GRAY)
    return folder


@pytest.fixture
def restored(monkeypatch):
    """Let restoring be instant: it fails for the file names given, and keeps what it was called with."""
    calls = []
    troubles = {}

    def restore(source, progress=None, **options):
        calls.append((source.name, options))
        if source.name in troubles:
            raise troubles[source.name]
        progress(1.0)
        return pipeline.Result((np.zeros((3, 8, 8), np.float32),) * max(1, options.get("samples", 0)), notes=("done",))

    monkeypatch.setattr(pipeline, "restore", restore)
    restore.calls, restore.troubles = calls, troubles
    return restore


def states(outcomes):
    return {outcome.source.name: outcome.state for outcome in outcomes}


def test_any_exception_is_one_failed_file(archive, restored):
    restored.troubles["a.png"] = TypeError("no such thing\nat all")
    restored.troubles["b.png"] = MemoryError()
    outcomes = list(running.run(make_plan(archive)))
    assert states(outcomes) == {"a.png": "failed", "b.png": "failed", "c.png": "done"}
    assert "TypeError: no such thing)" in outcomes[0].reason
    assert "a.png" in outcomes[0].reason
    assert outcomes[2].written == (archive.with_name("archive-restored") / "sub" / "c-restored.png",)
    assert outcomes[2].notes == ("done",)
    assert outcomes[2].written[0].is_file()


@pytest.mark.parametrize("trouble", [WeightsError("no weights"), KeyboardInterrupt()], ids=repr)
def test_what_dooms_every_file_ends_the_batch(archive, restored, trouble):
    restored.troubles["b.png"] = trouble
    outcomes = []
    with pytest.raises(type(trouble)):
        outcomes.extend(running.run(make_plan(archive)))
    assert [name for name, _ in restored.calls] == ["a.png", "b.png"]


def test_a_full_disk_ends_the_batch_and_one_bad_place_does_not(archive, restored, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    output = archive.with_name("archive-restored")
    output.mkdir()
    (output / "sub").touch()  # a file where a folder is needed
    assert states(running.run(make_plan(archive))) == {"a.png": "done", "b.png": "done", "c.png": "failed"}
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        list(running.run(make_plan(archive), overwrite=True))
    assert sorted(path.name for path in output.iterdir()) == ["a-restored.png", "b-restored.png", "sub"]


def test_references_are_read_once(archive, restored, tmp_path, monkeypatch):
    reference = write(tmp_path / "reference.png", np.ones((3, 4, 4), np.float32))
    opened = []
    monkeypatch.setattr(running, "read", lambda path, limit: opened.append((path, limit)) or read(path, limit))
    list(running.run(make_plan(archive), references=[reference], max_pixels=99, saturation=0.5))
    assert opened == [(reference, 99)]
    for _, options in restored.calls:
        assert options["references"][0].pixels.shape == (3, 4, 4)
        assert (options["max_pixels"], options["saturation"]) == (99, 0.5)
    with pytest.raises(InputError):
        list(running.run(make_plan(archive), references=[tmp_path / "none.png"]))


def test_existing_results(archive, restored):
    plan = make_plan(archive, count=2)
    assert set(states(running.run(plan, samples=2)).values()) == {"done"}
    second = plan.jobs[1].names
    second.pictures[0].write_text("mine")
    second.sheet.unlink()
    restored.calls.clear()
    again = list(running.run(plan, samples=2))
    assert states(again) == {"a.png": "existing", "b.png": "done", "c.png": "existing"}
    assert again[1].written == (second.sheet,)
    assert second.pictures[0].read_text() == "mine"
    assert [name for name, _ in restored.calls] == ["b.png"]
    assert set(states(running.run(plan, samples=2, overwrite=True)).values()) == {"done"}
    assert read(second.pictures[0]).pixels.shape == (3, 8, 8)


def test_progress_rises_to_one_and_names_the_file(archive, restored):
    heard = []
    list(running.run(make_plan(archive), notify=lambda share, name: heard.append((share, name))))
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [name for _, name in heard[::2]] == ["a.png", "b.png", "c.png"]


def test_the_report_counts_every_file(archive, restored):
    (archive / "notes.txt").write_text("text")
    restored.troubles["b.png"] = InputError("b.png is damaged.")
    report = Report(list(running.run(make_plan(archive))))
    assert report.summary() == "4 files: 2 done, 0 existing, 1 skipped, 1 failed."
    assert report.of("failed") == [Outcome(archive / "b.png", "failed", "b.png is damaged.")]


def test_results_must_be_as_many_as_names(tmp_path):
    names = Names((tmp_path / "1.png", tmp_path / "2.png"))
    with pytest.raises(ValueError):
        write_results(pipeline.Result((GRAY,)), names)
    assert not list(tmp_path.iterdir())

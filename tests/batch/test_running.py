"""Working through a list: every file gets an outcome, references are read once, what dooms all ends the batch."""

from __future__ import annotations

import errno
import logging
import os
from dataclasses import replace

import numpy as np
import pytest

from halftone_color import pipeline
from halftone_color.batch import running
from halftone_color.batch.journal import read as read_journal
from halftone_color.batch.report import Report
from halftone_color.batch.results import write_results
from halftone_color.batch.running import Settings
from halftone_color.batch.worklist import Wanted, make_worklist
from halftone_color.cue import CueRequest
from halftone_color.errors import InputError, OutputError, UsageError, WeightsError
from halftone_color.images import sources
from halftone_color.images.naming import Names
from halftone_color.images.reading import read
from halftone_color.images.sources import input_picture
from halftone_color.images.writing import depth_notes, write
from halftone_color.request import Choice, Reading, Request
from halftone_color.run import Conditions
from halftone_color.steps.cues import open_cues
from halftone_color.steps.parsing import make_request
from halftone_color.types import Result

GRAY = np.full((1, 8, 8), 0.5, np.float32)
PROCESSOR = Conditions(device="cpu", precision="float32")


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

    def restore(source, request, run):
        calls.append((source.name, request, run))
        if source.name in troubles:
            raise troubles[source.name]
        run.report(1.0)
        return Result((np.zeros((3, 8, 8), np.float32),) * max(1, request.cues.samples), notes=("done", *run.notes))

    monkeypatch.setattr(pipeline, "restore", restore)
    restore.calls, restore.troubles = calls, troubles
    return restore


def batch(archive, request=None, **options):
    request = request or Request("restore")
    notify = options.pop("notify", lambda source, share: None)
    worklist = make_worklist(archive, wanted=Wanted(max(1, request.cues.samples)))
    return running.run(worklist, request, PROCESSOR, Settings(**options), notify)


def states(outcomes):
    return {outcome.source.name: outcome.state for outcome in outcomes}


def test_every_picture_is_restored(archive, restored):
    outcomes = list(batch(archive))
    assert states(outcomes) == {"a.png": "done", "b.png": "done", "c.png": "done"}
    assert outcomes[2].written == (archive.with_name("archive-restored") / "sub" / "c.png-restored.png",)
    assert outcomes[2].written[0].is_file()
    assert outcomes[2].notes == ("done",)


def test_16_bits_that_become_8_are_noted(archive, monkeypatch):
    """The journal, which `outcomes` come from, says so as well as the terminal."""
    deep = Result((np.zeros((3, 8, 8), np.float32),), notes=("done",), bits=16)
    monkeypatch.setattr(pipeline, "restore", lambda source, request, run: deep)
    (first, *_) = batch(archive)
    assert first.notes == ("done", *depth_notes(deep, 8))
    assert "16 bits" in first.notes[1]
    assert read_journal(archive.with_name("archive-restored")).records["a.png"].notes == first.notes
    request = make_request("restore", bits=16)
    assert {outcome.notes for outcome in batch(archive, request)} == {("done",)}


# ---- whose fault it is -----------------------------------------------------------------------------------------


def test_a_bad_file_is_one_failed_file(archive, restored):
    for name in ("a.png", "b.png", "c.png"):
        restored.troubles[name] = InputError(f"{name} is damaged.")
    assert [outcome.reason for outcome in batch(archive, most_faults=1)] == [
        "a.png is damaged.",
        "b.png is damaged.",
        "c.png is damaged.",
    ]


def test_a_fault_of_ours_is_named_as_ours_with_its_traceback_in_the_log(archive, restored, caplog):
    restored.troubles["a.png"] = TypeError("no such thing\nat all")
    with caplog.at_level(logging.ERROR):
        outcomes = list(batch(archive))
    assert states(outcomes) == {"a.png": "failed", "b.png": "done", "c.png": "done"}
    assert outcomes[0].reason.startswith(f"{archive / 'a.png'} was not restored (TypeError: no such thing). ")
    assert "This is a fault of hcolor, not of the file" in outcomes[0].reason
    (record,) = caplog.records
    assert "a.png" in record.getMessage()
    kind, error, trace = record.exc_info
    assert kind is TypeError
    assert error is restored.troubles["a.png"]
    while trace.tb_next:
        trace = trace.tb_next
    assert trace.tb_frame.f_code.co_name == "restore", "the traceback leads to where it was raised"


def test_the_third_fault_in_a_row_ends_the_batch(archive, restored, caplog):
    write(archive / "sub" / "d.png", GRAY)
    troubles = [ZeroDivisionError(name) for name in "abc"]
    restored.troubles |= dict(zip(("a.png", "b.png", "c.png"), troubles, strict=True))
    outcomes = []
    with pytest.raises(ZeroDivisionError) as caught:
        for outcome in batch(archive):
            outcomes.append(outcome)
    assert caught.value is troubles[2]
    assert states(outcomes) == dict.fromkeys(("a.png", "b.png", "c.png"), "failed"), "the third is accounted for"
    assert [name for name, _, _ in restored.calls] == ["a.png", "b.png", "c.png"], "the fourth is not begun"
    assert len(caplog.records) == 3


def test_a_success_between_them_means_that_hcolor_works(archive, restored):
    for name in ("d.png", "e.png"):
        write(archive / "sub" / name, GRAY)
    restored.troubles |= {name: ZeroDivisionError() for name in ("a.png", "b.png", "d.png", "e.png")}
    found = states(batch(archive))
    assert found == {"a.png": "failed", "b.png": "failed", "c.png": "done", "d.png": "failed", "e.png": "failed"}


def test_a_bad_file_between_them_does_not(archive, restored):
    write(archive / "sub" / "d.png", GRAY)
    restored.troubles |= {name: ZeroDivisionError() for name in ("a.png", "c.png", "d.png")}
    restored.troubles["b.png"] = InputError("b.png is damaged.")
    with pytest.raises(ZeroDivisionError):
        list(batch(archive))


@pytest.mark.parametrize("trouble", [MemoryError(), RuntimeError("can't allocate memory: 9 bytes")], ids=repr)
def test_a_picture_too_large_for_the_memory_is_no_fault(archive, restored, trouble, caplog):
    restored.troubles |= dict.fromkeys(("a.png", "b.png", "c.png"), trouble)
    outcomes = list(batch(archive))
    assert set(states(outcomes).values()) == {"failed"}
    assert "not enough memory" in outcomes[0].reason
    assert not caplog.records


@pytest.mark.parametrize("trouble", [WeightsError("no weights"), UsageError("no"), KeyboardInterrupt()], ids=repr)
def test_what_dooms_every_file_ends_the_batch(archive, restored, trouble):
    restored.troubles["b.png"] = trouble
    with pytest.raises(type(trouble)):
        list(batch(archive))
    assert [name for name, _, _ in restored.calls] == ["a.png", "b.png"]


def test_a_full_disk_ends_the_batch_and_one_bad_place_does_not(archive, restored, monkeypatch):
    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    output = archive.with_name("archive-restored")
    output.mkdir()
    (output / "sub").touch()  # a file where a folder is needed
    assert states(batch(archive)) == {"a.png": "done", "b.png": "done", "c.png": "failed"}
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        list(batch(archive, overwrite=True))
    assert sorted(path.name for path in output.iterdir()) == [
        ".hcolor",
        "a.png-restored.png",
        "b.png-restored.png",
        "sub",
    ]


# ---- what serves every file, and what each has of its own --------------------------------------------------------


def test_the_request_and_the_conditions_are_those_of_every_file(archive, restored):
    request = Request("restore", colorizer=Choice.of("network", {"saturation": 0.5}), reading=Reading(99))
    list(batch(archive, request))
    assert [asked for _, asked, _ in restored.calls] == [request] * 3
    assert {run.conditions for _, _, run in restored.calls} == {
        replace(PROCESSOR, threads=restored.calls[0][2].threads)
    }


def test_references_are_read_once_for_all_files(archive, restored, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(sources, "read", lambda path, *a, **k: opened.append(path.name) or read(path, *a, **k))
    reference = write(tmp_path / "reference.png", np.ones((3, 4, 4), np.float32))
    request = Request("restore", cues=CueRequest(references=(input_picture(reference),)))
    list(batch(archive, request))
    for name, asked, run in restored.calls:
        (cue,) = open_cues(asked.cues, read(archive.joinpath("sub" if name == "c.png" else "", name)), 99, run)
        assert cue.references[0].shape == (3, 4, 4)
        assert run.notes == ("A reference is gray, so there are no colors to take from it.",), "each file has its own"
    assert opened == ["reference.png"] * 2, "first to refuse what cannot be read, then for all files"


def test_references_that_cannot_be_read_end_the_batch_before_the_first(archive, restored, tmp_path):
    reference = write(tmp_path / "reference.png", np.random.default_rng(0).random((3, 64, 64), np.float32))
    reference.write_bytes(reference.read_bytes()[:-300])
    request = Request("restore", cues=CueRequest(references=(input_picture(reference),)))
    with pytest.raises(InputError, match=r"reference\.png"):
        list(batch(archive, request))
    assert restored.calls == []
    assert not archive.with_name("archive-restored").exists()


def test_scribbles_and_masks_are_found_by_name(archive, restored, tmp_path):
    strokes, masks = tmp_path / "strokes", tmp_path / "masks"
    for number, name in enumerate(("a.png", "b.tif", "sub/c.webp")):
        write(strokes / name, np.full((3, 8, 8), number / 10, np.float32))
        write(masks / name, np.full((1, 8, 8), number / 5, np.float32))
    request = make_request("restore", method="levin", companions=("scribbles", "mask"))
    found = states(batch(archive, request, companions={"scribbles": strokes, "mask": masks}))
    assert set(found.values()) == {"done"}
    given = [(asked.cues.scribbles.path, asked.cues.mask.path) for _, asked, _ in restored.calls]
    assert given == [(str(strokes / name), str(masks / name)) for name in ("a.png", "b.tif", "sub/c.webp")]
    assert len({asked.digest() for _, asked, _ in restored.calls}) == 3


def test_a_file_without_its_scribbles_fails(archive, restored, tmp_path):
    strokes = tmp_path / "strokes"
    write(strokes / "a.png", GRAY)
    write(strokes / "b.tif", GRAY)
    write(strokes / "b.webp", GRAY.repeat(3, 0))
    outcomes = list(batch(archive, companions={"scribbles": strokes}))
    assert states(outcomes) == {"a.png": "done", "b.png": "failed", "c.png": "failed"}
    assert "needs one scribbles file" in outcomes[1].reason
    assert "there are 2" in outcomes[1].reason
    assert "there is none" in outcomes[2].reason
    with pytest.raises(InputError, match="is not a folder; give a folder of mask"):
        list(batch(archive, companions={"mask": archive / "a.png"}))


def test_methods_that_need_hints_wait_for_what_the_scans_bring():
    assert make_request("restore", method="levin", companions=["mask"]).colorizer.name == "levin"
    with pytest.raises(UsageError, match="levin has no colors of its own"):
        make_request("restore", method="levin")
    with pytest.raises(UsageError, match="The method gallery cannot use color hints"):
        make_request("restore", method="gallery", gallery=".", companions=["scribbles"])


# ---- going on, telling -------------------------------------------------------------------------------------------


def test_progress_names_the_file_and_its_share(archive, restored):
    heard = []
    list(batch(archive, notify=lambda source, share: heard.append((source.name, share))))
    assert heard == [(name, share) for name in ("a.png", "b.png", "c.png") for share in (0.0, 1.0)]


def test_the_report_counts_every_file(archive, restored):
    (archive / "notes.txt").write_text("text")
    restored.troubles["b.png"] = InputError("b.png is damaged.")
    report = Report(5)
    for outcome in batch(archive):
        report.add(outcome)
    counts = "2 done, 0 existing, 0 damaged, 1 skipped, 1 failed"
    assert report.summary() == f"5 files: {counts}, 1 not reached."
    assert report.notes == {"done": 2}


def test_results_must_be_as_many_as_names(tmp_path):
    names = Names((tmp_path / "1.png", tmp_path / "2.png"))
    with pytest.raises(ValueError):
        write_results(Result((GRAY,)), names)
    assert not list(tmp_path.iterdir())

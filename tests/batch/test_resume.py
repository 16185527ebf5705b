"""Going on: the journal says what is done, not the names of files, and nothing that it does not know is replaced."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pytest
import tifffile
from batch_stub import picture, stub

from halftone_color.batch import journal, running
from halftone_color.batch.worklist import Wanted, make_worklist
from halftone_color.cue import CueRequest
from halftone_color.errors import NothingToDoError, UsageError
from halftone_color.request import Choice, Reading, Request
from halftone_color.run import Conditions
from halftone_color.types import Box, Result

ALL_DONE = {"a.png": "done", "b.png": "done", "c.png": "done"}
ALL_EXIST = dict.fromkeys(ALL_DONE, "existing")


@pytest.fixture
def output(scans):
    return scans.with_name("archive-restored")


def contents(output):
    return {path.name: path.read_bytes() for path in output.rglob("*.png")}


def test_what_is_done_is_passed_over(states, output):
    assert states() == ALL_DONE
    before = contents(output)
    assert states() == ALL_EXIST
    assert contents(output) == before


def test_another_picture_under_the_same_name(states, scans, output):
    states()
    before = contents(output)
    stamp = (scans / "b.png").stat()
    picture(scans / "new.png", 7)
    (scans / "new.png").replace(scans / "b.png")
    os.utime(scans / "b.png", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert states() == ALL_EXIST | {"b.png": "done"}
    assert {name for name, content in contents(output).items() if content != before[name]} == {"b.png-restored.png"}


def test_a_picture_that_was_only_touched_is_the_same(states, scans):
    states()
    os.utime(scans / "a.png")
    assert states() == ALL_EXIST


@pytest.mark.parametrize(
    "request_",
    [
        Request("restore", colorizer=Choice.of("network", {"saturation": 0.5})),
        Request("restore", cues=CueRequest(seed=3)),
        Request("restore", keep_paper=True),
    ],
    ids=["saturation", "seed", "keep-paper"],
)
def test_another_request_makes_all_anew(states, output, request_):
    states()
    before = contents(output)
    assert states(request_) == ALL_DONE
    assert not {name for name, content in contents(output).items() if content == before[name]}
    assert states(request_) == ALL_EXIST


def test_a_limit_on_pixels_is_no_other_request(states):
    states()
    assert states(Request("restore", reading=Reading(max_pixels=12345))) == ALL_EXIST


def test_other_weights_make_all_anew(states, monkeypatch):
    states()
    monkeypatch.setattr("halftone_color.batch.running.fingerprint", lambda name: "others")
    assert states() == ALL_DONE


@pytest.mark.parametrize("kept", [None, 0, 40])
def test_a_result_that_is_missing_empty_or_cut_is_made_again(states, output, kept):
    states()
    before = contents(output)
    result = output / "a.png-restored.png"
    if kept is None:
        result.unlink()
    else:
        os.truncate(result, kept)
    assert states() == ALL_EXIST | {"a.png": "done"}
    assert contents(output) == before


def test_a_result_that_was_edited_is_kept_and_told(work, states, output):
    states()
    before = contents(output)
    (output / "a.png-restored.png").write_bytes(b"retouched by hand")
    found = work()["a.png"]
    assert (found.state, "--overwrite" in found.reason) == ("failed", True)
    assert (output / "a.png-restored.png").read_bytes() == b"retouched by hand"
    assert states(overwrite=True) == ALL_DONE
    assert contents(output) == before


def test_a_file_that_the_journal_does_not_know_is_kept(states, output):
    output.mkdir()
    (output / "a.png-restored.png").write_bytes(b"mine")
    assert states() == ALL_DONE | {"a.png": "failed"}
    assert (output / "a.png-restored.png").read_bytes() == b"mine"


def test_links_in_the_way_are_not_followed(states, output, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    output.mkdir()
    (output / "sub").symlink_to(outside)
    (tmp_path / "precious").write_bytes(b"mine")
    (output / "a.png-restored.png").symlink_to(tmp_path / "precious")
    assert states() == {"a.png": "failed", "b.png": "done", "c.png": "failed"}
    assert not list(outside.iterdir())
    states(overwrite=True)
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (output / "a.png-restored.png").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_in_the_way_is_not_waited_for(states, output):
    output.mkdir()
    os.mkfifo(output / "a.png-restored.png")
    assert states()["a.png"] == "failed"


def test_what_was_written_before_its_line_is_taken_over(states, output):
    states()
    before = contents(output)
    (output / ".hcolor" / "journal.ndjson").unlink()
    assert states() == ALL_DONE
    assert contents(output) == before
    assert states() == ALL_EXIST


def test_failures_are_not_tried_again_unless_asked(work, states, scans):
    (scans / "b.png").rename(scans / "bad.png")
    assert states()["bad.png"] == "failed"
    tried = []

    def counting(source, request, run):
        tried.append(source.name)
        raise AssertionError

    again = work(job=counting)["bad.png"]
    assert (again.state, tried) == ("failed", [])
    assert "is damaged" in again.reason
    assert "--retry-failed" in again.reason
    work(job=counting, retry_failed=True)
    assert tried == ["bad.png"]
    (scans / "bad.png").unlink()
    picture(scans / "bad.png", 9)
    work(job=counting)
    assert tried == ["bad.png"] * 2, "a corrected file is tried"


def test_redo(states):
    states()
    assert states(redo=True) == ALL_DONE


def test_identical_files_in_two_folders_give_two_results(states, scans, output):
    shutil.copy(scans / "a.png", scans / "sub" / "a.png")
    states()
    pair = [output / "a.png-restored.png", output / "sub" / "a.png-restored.png"]
    assert pair[0].read_bytes() == pair[1].read_bytes()


def test_names_beside_each_other_change_nothing(states, scans, output):
    states(wanted=Wanted())
    before = contents(output)
    shutil.copy(scans / "b.png", scans / "a.tif")
    shutil.copy(scans / "b.png", scans / "a.png.png")
    assert states() == ALL_EXIST | {"a.tif": "done", "a.png.png": "done"}
    assert before.items() < contents(output).items()
    assert len(contents(output)) == 5


def test_precision_and_threads_are_those_of_the_first_start(states, output):
    states(conditions=Conditions("cpu", "float32", 1))
    (output / "a.png-restored.png").unlink()
    assert states(conditions=Conditions("cpu"))["a.png"] == "done"
    assert journal.read(output).start["conditions"]["precision"] == "float32"
    assert journal.read(output).start["conditions"]["threads"] == 1
    with pytest.raises(UsageError, match="--precision float32"):
        states(conditions=Conditions("cpu", "bfloat16"))
    assert states(conditions=Conditions("cpu", "bfloat16"), redo=True) == ALL_DONE
    assert journal.read(output).start["conditions"]["precision"] == "bfloat16"


def test_the_journal_says_what_was_made_of_what(work, scans, output):
    work()
    ledger = journal.read(output)
    record = ledger.records["sub/c.png"]
    assert (record.outcome, record.source, record.notes) == ("done", "sub/c.png", ("A note.",))
    assert record.request == Request("restore").digest()
    assert [stored.path for stored in record.results] == ["sub/c.png-restored.png"]
    assert record.source_stamp[0] == (scans / "sub" / "c.png").stat().st_size
    assert ledger.start["request"] == {"job": "restore"}


def test_pages_are_pictures_of_their_own(work, scans, output):
    tifffile.imwrite(scans / "book.tif", np.zeros((3, 8, 8), np.uint8), photometric="minisblack", metadata=None)
    first = work(wanted=Wanted(pages="2-3"))
    assert "page" in first["book.tif"].label
    records = journal.read(output).records
    assert {record.page for record in records.values() if record.source == "book.tif"} == {2, 3}
    (output / "book.tif-restored-p002.png").unlink()
    worklist = make_worklist(scans, wanted=Wanted(pages="2-end"))
    again = running.run(worklist, Request("restore"), Conditions("cpu", "float32"), running.Settings(job=stub))
    found = {(outcome.page, outcome.state) for outcome in again if outcome.source.name == "book.tif"}
    assert found == {(2, "done"), (3, "existing")}


def test_photographs_of_a_page_may_be_any_number(work, states, output):
    def two(source, request, run):
        pictures = tuple(np.full((3, 8, 8), k / 4, np.float32) for k in range(2))
        return Result(pictures, photographs=(Box(0, 0, 8, 8),) * 2)

    def none(source, request, run):
        raise NothingToDoError("No photograph was found on the page.")

    assert states(wanted=Wanted(crop=True), job=two) == ALL_DONE
    assert sorted(contents(output))[:2] == ["a.png-restored-1.png", "a.png-restored-2.png"]
    assert states(wanted=Wanted(crop=True), job=two) == ALL_EXIST
    (output / "a.png-restored-2.png").unlink()
    assert states(wanted=Wanted(crop=True), job=none) == ALL_EXIST | {"a.png": "skipped"}
    again = work(wanted=Wanted(crop=True), job=two)["a.png"]
    assert (again.state, again.reason) == ("skipped", "No photograph was found on the page.")


def test_what_cannot_be_opened_stands_in_the_journal_once(states, scans, output):
    (scans / "gone.png").symlink_to("nowhere")
    for _ in range(2):
        assert states()["gone.png"] == "failed"
    lines = (output / ".hcolor" / "journal.ndjson").read_text().splitlines()
    assert sum('"source":"gone.png"' in line for line in lines) == 1

"""hcolor batch: exit codes, what it prints, and that every file is accounted for."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import batch_stub
import numpy as np
import pytest
import tifffile

from halftone_color import pipeline
from halftone_color.screen import photographs
from halftone_color.screen.photographs import Photograph
from halftone_color.types import Box, Result

ROOT = Path(__file__).parents[2]
JOURNAL = ".hcolor/journal.ndjson"


@pytest.fixture
def archive(tmp_path, scan):
    """Two scans, one of them in a subfolder, and files that are no pictures."""
    folder = tmp_path / "archive"
    (folder / "1923 [May]").mkdir(parents=True)
    content = scan.read_bytes()
    (folder / "a.png").write_bytes(content)
    (folder / "1923 [May]" / "b.png").write_bytes(content)
    (folder / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (folder / "notes.txt").write_text("found in the attic")
    return folder


@pytest.fixture
def stubbed(monkeypatch):
    """Let restoring be instant."""
    monkeypatch.setattr(pipeline, "restore", batch_stub.stub)


def counts(done):
    """Return the number of files in each state, and of all."""
    line = next(line for line in done.err.splitlines() if re.match(r"\d+ files: \d+ done", line))
    total, *rest = (int(number) for number in re.findall(r"\d+", line.partition(".")[0]))
    assert sum(rest) == total
    return dict(zip(("done", "existing", "damaged", "skipped", "failed", "not reached"), rest, strict=False))


def test_a_tree_is_mirrored(hcolor, archive, tiny_weights):
    before = sorted(archive.rglob("*"))
    done = hcolor("batch", archive, "-j", 0, "--path", "ihn-first")
    assert done.code == 0, done.err
    output = archive.with_name("archive-restored")
    expected = [output / "1923 [May]" / "b.png-restored.png", output / "a.png-restored.png"]
    assert sorted(Path(path) for path in done.paths) == expected
    assert sorted(path for path in output.rglob("*") if path.is_file()) == sorted(
        [*expected, output / ".hcolor" / "journal.ndjson", output / ".hcolor" / "lock"]
    )
    assert counts(done) == {"done": 2, "existing": 0, "damaged": 0, "skipped": 2, "failed": 0}
    assert "Thumbs.db" in done.err
    assert "notes.txt" in done.err
    assert sorted(archive.rglob("*")) == before


def test_a_second_run_passes_over_what_exists(hcolor, archive, stubbed, tmp_path):
    words = ("batch", archive, "-j", 0, "--path", "ihn-first", "-o", tmp_path / "out", "--samples", "2")
    first = hcolor(*words)
    assert len(first.paths) == 6
    again = hcolor(*words)
    assert (again.code, again.paths) == (0, [])
    assert counts(again) == {"done": 0, "existing": 2, "damaged": 0, "skipped": 2, "failed": 0}
    (tmp_path / "out" / "a.png-restored-2.png").unlink()
    finished = hcolor(*words)
    assert finished.paths == [path for path in first.paths if "a.png-" in path]
    assert hcolor(*words, "--overwrite").paths == first.paths


def test_pages_are_restored_and_those_left_out_are_counted(hcolor, archive, tiny_weights):
    gray = np.full((3, 20, 30), 90, np.uint8)
    tifffile.imwrite(archive / "book.tif", gray, photometric="minisblack", metadata=None)
    words = ("batch", archive, "-j", 0, "--path", "ihn-first", "--overwrite")
    one = hcolor(*words)
    assert "book.tif-restored.png" in one.out
    assert counts(one) == {"done": 3, "existing": 0, "damaged": 0, "skipped": 2, "failed": 0}
    assert one.err.splitlines()[-1].endswith(" 2 pages were left out; --pages all takes all.")
    every = hcolor(*words, "--pages", "all")
    assert [f"book.tif-restored-p00{page}.png" in every.out for page in (1, 2, 3)] == [True] * 3
    assert counts(every) == {"done": 5, "existing": 0, "damaged": 0, "skipped": 2, "failed": 0}
    assert "left out" not in every.err
    later = hcolor(*words, "--pages", "3-end")
    assert counts(later) == {"done": 1, "existing": 0, "damaged": 0, "skipped": 4, "failed": 0}
    assert "has 1 page, and so no page 3-end" in later.err
    assert later.err.splitlines()[-1].endswith(" 4 pages were left out; --pages all takes all.")


def test_photographs_of_pages_become_files(hcolor, archive, tiny_weights, monkeypatch):
    found = (Photograph(Box(5, 6, 20, 10)), Photograph(Box(30, 40, 12, 14)))
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: found)
    done = hcolor("batch", archive, "-j", 0, "--path", "ihn-first", "--crop")
    assert done.code == 0, done.err
    assert [Path(path).name for path in done.paths] == [
        f"{name}.png-restored-{photograph}.png" for name in ("a", "b") for photograph in (1, 2)
    ]
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: ())
    none = hcolor("batch", archive, "-j", 0, "--path", "ihn-first", "--crop", "--overwrite")
    assert counts(none) == {"done": 0, "existing": 0, "damaged": 0, "skipped": 4, "failed": 0}
    assert "No photograph was found on the page" in none.err


def test_bad_files_never_stop_the_rest(hcolor, archive, scan, tiny_weights):
    (archive / "empty.png").touch()
    (archive / "0-truncated.png").write_bytes(scan.read_bytes()[:-300])
    (archive / "0-dangling.png").symlink_to("nowhere.png")
    done = hcolor("batch", archive, "-j", 0, "--path", "ihn-first")
    assert done.code == 3
    assert counts(done) == {"done": 2, "existing": 0, "damaged": 0, "skipped": 2, "failed": 3}
    lines = done.err.splitlines()
    for name, reason in {"empty": "is empty", "0-truncated": "truncated", "0-dangling": "leads nowhere"}.items():
        assert any(f"{name}.png" in line and reason in line for line in lines)
    assert lines[-1].startswith("Error: 3 of 7 files failed")


def test_the_third_fault_of_ours_in_a_row_ends_the_batch(hcolor, archive, tiny_weights, tmp_path, monkeypatch):
    def broken(source, request, run):
        raise ZeroDivisionError("nothing to divide by")

    for name in ("c.png", "d.png"):
        (archive / name).write_bytes((archive / "a.png").read_bytes())
    monkeypatch.setattr(pipeline, "restore", broken)
    done = hcolor("batch", archive, "-j", 0, "--log-file", tmp_path / "log.txt")
    assert (done.code, done.paths) == (1, [])
    assert counts(done) == {"done": 0, "existing": 0, "damaged": 0, "skipped": 2, "failed": 3, "not reached": 1}
    assert done.err.count("This is a fault of hcolor, not of the file") == 3
    assert done.err.splitlines()[-1].startswith("Error: This is a fault of hcolor")
    assert "Traceback" not in done.err
    log = (tmp_path / "log.txt").read_text()
    assert log.count('raise ZeroDivisionError("nothing to divide by")') >= 3, "with the line of each traceback"


def test_no_pictures_is_nothing_to_do(hcolor, tmp_path, archive):
    for picture in archive.rglob("*.png"):
        picture.unlink()
    done = hcolor("batch", archive)
    assert done.code == 4
    assert counts(done) == {"done": 0, "existing": 0, "damaged": 0, "skipped": 2, "failed": 0}
    assert "There is no picture in" in done.err
    assert not archive.with_name("archive-restored").exists()
    (tmp_path / "bare").mkdir()
    assert hcolor("batch", tmp_path / "bare").code == 4


def test_requests_that_are_refused(hcolor, archive, scan, tmp_path):
    assert hcolor("batch", tmp_path / "missing").code == 8
    assert hcolor("batch", scan).code == 8
    assert hcolor("batch", archive, "--ref", tmp_path / "none.jpg").code == 8
    assert hcolor("batch", archive, "--ref", scan, "--samples", "2").code == 2
    assert hcolor("batch", archive, "-o", archive).code == 2
    assert hcolor("batch", archive, "-o", "out.png").code == 2
    assert hcolor("batch", archive, "--path", "backwards").code == 2
    (tmp_path / "file").touch()
    assert hcolor("batch", archive, "-o", tmp_path / "file").code == 5
    assert hcolor("batch", archive, "-j", "many").code == 2
    assert hcolor("batch", archive, "--memory-limit", "10MB").code == 2
    assert hcolor("batch", archive, "-j", 0, "--timeout", 5).code == 2
    assert hcolor("batch", archive, "--shard", "3/2").code == 2
    assert hcolor("batch", archive, "--files-from", tmp_path / "none.txt").code == 8
    root = hcolor("batch", "/")
    assert (root.code, "-o" in root.err) == (2, True)


def test_missing_weights_end_the_batch(hcolor, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(tmp_path / "nowhere"))
    done = hcolor("batch", archive, "-j", 0)
    assert done.code == 6
    assert "HCOLOR_WEIGHTS" in done.err


def test_the_options_are_those_of_restore(hcolor):
    single, many = (set(re.findall(r"--[a-z-]+", hcolor(command, "--help").out)) for command in ("restore", "batch"))
    assert single - {"--color-view"} < many, "one picture has a color view, an archive has none"
    assert {"--ref", "--samples", "--seed", "--path", "--weights", "--saturation", "--format"} < many


def test_what_fails_is_tried_again_when_asked(hcolor, archive, scan, tiny_weights):
    (archive / "cut.png").write_bytes(scan.read_bytes()[:-300])
    words = ("batch", archive, "-j", 0, "--path", "ihn-first")
    assert hcolor(*words).code == 3
    again = hcolor(*words)
    assert (again.code, "As before" in again.err) == (3, True)
    retried = hcolor(*words, "--retry-failed")
    assert (retried.code, "As before" in retried.err) == (3, False)
    (archive / "cut.png").write_bytes(scan.read_bytes())
    assert hcolor(*words).code == 0


def test_verify(hcolor, archive, stubbed):
    hcolor("batch", archive, "-j", 0, "--path", "ihn-first")
    output = archive.with_name("archive-restored")
    fine = hcolor("verify", output)
    assert (fine.code, fine.paths, fine.err) == (0, [], "2 files: 2 intact, 0 missing, 0 changed, 0 unknown.\n")
    (output / "a.png-restored.png").write_bytes(b"other")
    (output / "stray").touch()
    bad = hcolor("verify", output)
    assert (bad.code, bad.paths) == (3, [str(output / "a.png-restored.png"), str(output / "stray")])
    assert "has 5 bytes, not" in bad.err
    lines = [json.loads(line) for line in hcolor("verify", output, "--json").paths]
    assert sorted(line["verdict"] for line in lines) == ["changed", "intact", "unknown"]
    assert hcolor("verify", archive).code == 8


def test_lines_of_json_as_published(hcolor, archive, stubbed):
    batch_stub.picture(archive / "bad.png")
    done = hcolor("batch", archive, "-j", 0, "--json")
    lines = [json.loads(line) for line in done.paths]
    assert [line["record"] for line in lines] == ["file"] * 5 + ["summary"]
    assert lines[-1] == {"record": "summary", "files": 5, "done": 2, "skipped": 2, "failed": 1} | dict.fromkeys(
        ("existing", "damaged", "not_reached"), 0
    )
    schema = json.loads((ROOT / "docs" / "batch.schema.json").read_text())
    plan = json.loads(hcolor("batch", archive, "-j", 0, "--json", "-n", "--redo").out)
    hcolor("batch", archive, "-j", 0, "--json")
    fixity = [json.loads(line) for line in hcolor("verify", archive.with_name("archive-restored"), "--json").paths]
    journal = [json.loads(line) for line in (archive.with_name("archive-restored") / JOURNAL).read_text().splitlines()]
    for name, records in {"output": [*lines, plan, *fixity], "journal": journal}.items():
        for record in records:
            described = schema["$defs"][f"{name}-{record['record']}"]
            assert set(described["required"]) <= set(record) <= set(described["properties"])


def test_zero_bytes_between_names(hcolor, archive, stubbed, tmp_path):
    (tmp_path / "list").write_bytes(b"a.png\0" + b"1923 [May]/b.png\0")
    done = hcolor("batch", archive, "-j", 0, "-0", "--files-from", tmp_path / "list")
    assert done.out.count("\0") == 2
    assert done.out.endswith("b.png-restored.png\0")


def test_equal_notes_are_said_once_and_control_characters_escaped(hcolor, archive, stubbed):
    (archive / "a.png").rename(archive / "\x1b[31mred\n.png")
    batch_stub.picture(archive / "bad\x07.png")
    done = hcolor("batch", archive, "-j", 0)
    assert done.err.count("A note.") == 2
    assert "2 files: A note." in done.err
    assert not set(done.err) & {"\x1b", "\x07"}
    assert "bad\\x07.png" in done.err
    quiet = hcolor("batch", archive, "-j", 0, "-q", "--redo")
    assert "A note." not in quiet.err
    assert "bad" in quiet.err


def test_a_dry_run_writes_nothing(hcolor, archive, stubbed):
    before = sorted(archive.parent.rglob("*"))
    done = hcolor("batch", archive, "-j", 0, "-n")
    assert done.code == 0
    assert "Pictures: 2 PNG" in done.out
    assert "2 skipped, 2 to do" in done.out
    assert "Time: about" in done.out
    assert sorted(archive.parent.rglob("*")) == before


def test_a_preview_has_a_folder_and_a_page_of_its_own(hcolor, archive, stubbed):
    for number in range(30):
        batch_stub.picture(archive / f"{number // 10}" / f"{number}.png", number)
    done = hcolor("batch", archive, "-j", 0, "--preview", 3)
    assert (done.code, len(done.paths)) == (0, 3)
    output = archive.with_name("archive-preview")
    assert len({Path(path).parent.name for path in done.paths}) == 3, "from all over"
    page = (output / "preview.html").read_text()
    assert (page.count("<h2>"), page.count("<img")) == (3, 6)
    assert hcolor("verify", output).code == 0
    assert hcolor("batch", archive, "-j", 0).code == 0
    assert len(list(archive.with_name("archive-restored").rglob("*.png"))) == 32


def test_damaged_files_fail_where_one_is_strict(hcolor, archive, monkeypatch):
    def damaged(source, request, run):
        return Result((np.zeros((3, 8, 8), np.float32),), notes=("Half of it is missing.",), damage=("half",))

    monkeypatch.setattr(pipeline, "restore", damaged)
    words = ("batch", archive, "-j", 0)
    first, again, strict = hcolor(*words), hcolor(*words), hcolor(*words, "--strict")
    assert [done.code for done in (first, again, strict)] == [0, 0, 3]
    assert counts(first)["damaged"] == counts(again)["damaged"] == 2
    assert first.err.count("Half of it is missing") >= 2
    assert len(first.paths) == 2


# ---- streams and signals -----------------------------------------------------------------------------------------


@pytest.fixture
def start(archive, begin):
    """Start hcolor batch with the stub in a process of its own, whose streams may be changed; return its id."""
    for number in range(3):
        batch_stub.picture(archive / f"{number}.png", number)
    options = ["-j", "0", "--device", "cpu", "--precision", "float32", "--threads", "1"]
    return lambda change=lambda: None, *words: begin(["batch", archive, *options, *words], change, batch_stub.command)


def closed(name):
    """Close a stream, as some services start programs."""
    os.close(getattr(sys, name).fileno())
    setattr(sys, name, None)


def full():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    sys.stdout = os.fdopen(1, "w", closefd=False)


def left():
    """Let standard output be a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.dup2(writer, 1)
    os.close(reader)
    sys.stdout = os.fdopen(1, "w", closefd=False)


forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="a process of its own takes too long here")


@forks
@pytest.mark.parametrize(
    ("change", "code"),
    [(lambda: closed("stdout"), 0), (lambda: closed("stderr"), 0), (full, 9), (left, 9)],
    ids=["closed", "mute", "full", "head"],
)
def test_pictures_come_first_whatever_becomes_of_the_list(start, ended, archive, change, code):
    if change is full and not Path("/dev/full").exists():
        pytest.skip("the system has no full device")
    done = ended(start(change))
    assert done.code == code, done.err
    assert len(list(archive.with_name("archive-restored").rglob("*.png"))) == 5
    assert ("5 done" in done.err) == (done.err != "")
    assert ("is missing" in done.err) == (change in (full, left))
    assert "Traceback" not in done.err


@forks
@pytest.mark.skipif(sys.platform != "linux", reason="other systems have names of Unicode only")
def test_a_name_that_is_not_utf_8_is_printed_in_its_own_bytes(start, ended, archive):
    (archive / "0.png").rename(archive / os.fsdecode(b"M\xfcnchen.png"))
    done = ended(start(lambda: None, "--include", "M*"))
    assert (done.code, done.out) == (
        0,
        os.fsencode(archive.with_name("archive-restored")) + b"/M\xfcnchen.png-restored.png\n",
    )
    assert "M\\xfcnchen" in done.err, "for people"


@forks
@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_signals_stop_with_a_summary(start, ended, archive, tmp_path, name, code):
    """That it takes less than 2 s is measured by tools/check_archive.py: here other work may hold it up."""
    batch_stub.picture(archive / "1-slow.png")
    child, said = start(), tmp_path / "stdout"
    until = time.monotonic() + 60
    while not (said.exists() and said.stat().st_size) and time.monotonic() < until:
        time.sleep(0.01)
    began = time.monotonic()
    os.kill(child, getattr(signal, name))
    done = ended(child)
    assert done.code == code, done.err
    assert time.monotonic() - began < batch_stub.SLOW_S / 2, "it does not wait for the picture"
    assert re.search(r"[1-5] not reached\.", done.err), done.err
    assert "nothing half-written" in done.err

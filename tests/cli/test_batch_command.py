"""hcolor batch: exit codes, what it prints, and that every file is accounted for."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import tifffile

from halftone_color import pipeline
from halftone_color.screen import photographs
from halftone_color.screen.photographs import Photograph
from halftone_color.types import Box


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


def counts(done):
    """Return the number of files in each state, and of all."""
    line = next(line for line in done.err.splitlines() if re.match(r"\d+ files: ", line))
    total, *rest = (int(number) for number in re.findall(r"\d+", line.partition(".")[0]))
    assert sum(rest) == total
    return dict(zip(("done", "existing", "skipped", "failed"), rest, strict=True))


def test_a_tree_is_mirrored(hcolor, archive, tiny_weights):
    before = sorted(archive.rglob("*"))
    done = hcolor("batch", archive, "--path", "ihn-first")
    assert done.code == 0, done.err
    output = archive.with_name("archive-restored")
    expected = [output / "1923 [May]" / "b-restored.png", output / "a-restored.png"]
    assert sorted(Path(path) for path in done.paths) == expected
    assert [path for path in sorted(output.rglob("*")) if path.is_file()] == expected
    assert counts(done) == {"done": 2, "existing": 0, "skipped": 2, "failed": 0}
    assert "Thumbs.db" in done.err
    assert "notes.txt" in done.err
    assert sorted(archive.rglob("*")) == before


def test_a_second_run_passes_over_what_exists(hcolor, archive, tiny_weights, tmp_path):
    words = ("batch", archive, "--path", "ihn-first", "-o", tmp_path / "out", "--samples", "2")
    first = hcolor(*words)
    assert len(first.paths) == 6
    again = hcolor(*words)
    assert (again.code, again.paths) == (0, [])
    assert counts(again) == {"done": 0, "existing": 2, "skipped": 2, "failed": 0}
    (tmp_path / "out" / "a-restored-2.png").unlink()
    finished = hcolor(*words)
    assert finished.paths == [str(tmp_path / "out" / "a-restored-2.png")]
    assert hcolor(*words, "--overwrite").paths == first.paths


def test_pages_are_restored_and_those_left_out_are_counted(hcolor, archive, tiny_weights):
    gray = np.full((3, 20, 30), 90, np.uint8)
    tifffile.imwrite(archive / "book.tif", gray, photometric="minisblack", metadata=None)
    words = ("batch", archive, "--path", "ihn-first", "--overwrite")
    one = hcolor(*words)
    assert "book-restored.png" in one.out
    assert counts(one) == {"done": 3, "existing": 0, "skipped": 2, "failed": 0}
    assert one.err.splitlines()[-1].endswith(" 2 pages were left out; --pages all takes all.")
    every = hcolor(*words, "--pages", "all")
    assert [f"book-restored-p00{page}.png" in every.out for page in (1, 2, 3)] == [True] * 3
    assert counts(every) == {"done": 5, "existing": 0, "skipped": 2, "failed": 0}
    assert "left out" not in every.err
    later = hcolor(*words, "--pages", "3-end")
    assert counts(later) == {"done": 1, "existing": 0, "skipped": 4, "failed": 0}
    assert "has 1 page, and so no page 3-end" in later.err
    assert later.err.splitlines()[-1].endswith(" 4 pages were left out; --pages all takes all.")


def test_photographs_of_pages_become_files(hcolor, archive, tiny_weights, monkeypatch):
    found = (Photograph(Box(5, 6, 20, 10)), Photograph(Box(30, 40, 12, 14)))
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: found)
    done = hcolor("batch", archive, "--path", "ihn-first", "--crop")
    assert done.code == 0, done.err
    assert [Path(path).name for path in done.paths] == [
        f"{name}-restored-{photograph}.png" for name in ("a", "b") for photograph in (1, 2)
    ]
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: ())
    none = hcolor("batch", archive, "--path", "ihn-first", "--crop", "--overwrite")
    assert counts(none) == {"done": 0, "existing": 0, "skipped": 4, "failed": 0}
    assert "No photograph was found on the page" in none.err


def test_bad_files_never_stop_the_rest(hcolor, archive, scan, tiny_weights):
    (archive / "empty.png").touch()
    (archive / "0-truncated.png").write_bytes(scan.read_bytes()[:-300])
    (archive / "0-dangling.png").symlink_to("nowhere.png")
    done = hcolor("batch", archive, "--path", "ihn-first")
    assert done.code == 3
    assert counts(done) == {"done": 2, "existing": 0, "skipped": 2, "failed": 3}
    lines = done.err.splitlines()
    for name, reason in {"empty": "is empty", "0-truncated": "truncated", "0-dangling": "does not exist"}.items():
        assert any(f"{name}.png" in line and reason in line for line in lines)
    assert lines[-1].startswith("Error: 3 of 7 files failed")


def test_the_third_fault_of_ours_in_a_row_ends_the_batch(hcolor, archive, tiny_weights, tmp_path, monkeypatch):
    def broken(source, request, run):
        raise ZeroDivisionError("nothing to divide by")

    for name in ("c.png", "d.png"):
        (archive / name).write_bytes((archive / "a.png").read_bytes())
    monkeypatch.setattr(pipeline, "restore", broken)
    done = hcolor("batch", archive, "--log-file", tmp_path / "log.txt")
    assert (done.code, done.paths) == (1, [])
    assert counts(done) == {"done": 0, "existing": 0, "skipped": 2, "failed": 3}
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
    assert counts(done) == {"done": 0, "existing": 0, "skipped": 2, "failed": 0}
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


def test_missing_weights_end_the_batch(hcolor, archive, tmp_path, monkeypatch):
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(tmp_path / "nowhere"))
    done = hcolor("batch", archive)
    assert done.code == 6
    assert "HCOLOR_WEIGHTS" in done.err


def test_the_options_are_those_of_restore(hcolor):
    single, many = (set(re.findall(r"--[a-z-]+", hcolor(command, "--help").out)) for command in ("restore", "batch"))
    assert single == many
    assert {"--ref", "--samples", "--seed", "--path", "--weights", "--saturation", "--format"} < many

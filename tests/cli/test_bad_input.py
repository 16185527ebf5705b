"""What goes wrong: one sentence, the exit code that the kind of error owns, and nothing half-written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from halftone_color import pipeline
from halftone_color.images.writing import write

GAUSSIAN = ("--method", "gaussian")


def one_sentence(refused, code, *said):
    assert refused.code == code, refused.err
    assert refused.out == ""
    assert refused.err.startswith("Error: ")
    assert refused.err.count("\n") == 1
    assert "Traceback" not in refused.err
    for part in said:
        assert part in refused.err


@pytest.fixture
def bad(tmp_path, scan):
    """Make a bad input by its name."""

    def made(name):
        path = tmp_path / name
        if name == "folder":
            path.mkdir()
        elif name == "empty.png":
            path.touch()
        elif name == "truncated.png":
            path.write_bytes(scan.read_bytes()[:-200])
        elif name == "text.png":
            path.write_text("no picture at all, whatever its name says")
        elif name == "book.pdf":
            path.write_bytes(b"%PDF-1.7\n%of pages")
        return path

    return made


@pytest.mark.parametrize("command", ["halftone", "descreen", "colorize", "restore"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("missing.png", "does not exist"),
        ("folder", "is a folder"),
        ("empty.png", "is empty"),
        ("truncated.png", "truncated"),
        ("text.png", "is not a picture"),
        ("book.pdf", "pdftoppm"),
    ],
)
def test_inputs_that_are_refused_with_8(hcolor, bad, command, name, said):
    path = bad(name)
    before = sorted(path.parent.iterdir())
    one_sentence(hcolor(command, path), 8, said, name)
    assert sorted(path.parent.iterdir()) == before


def test_too_many_pixels(hcolor, scan):
    one_sentence(hcolor("descreen", scan, *GAUSSIAN, "--max-pixels", "4607"), 8, "72 x 64", "--max-pixels")
    assert hcolor("descreen", scan, *GAUSSIAN, "--max-pixels", "4608").code == 0


def test_a_missing_reference(hcolor, scan, tmp_path):
    one_sentence(hcolor("restore", scan, "--ref", tmp_path / "none.jpg"), 8, "none.jpg does not exist")


def test_existing_results_stay(hcolor, scan, tmp_path):
    taken = tmp_path / "taken.png"
    taken.write_text("precious")
    one_sentence(hcolor("descreen", scan, *GAUSSIAN, "-o", taken), 5, "already exists", "--overwrite")
    assert taken.read_text() == "precious"
    assert hcolor("descreen", scan, *GAUSSIAN, "-o", taken, "--overwrite").code == 0
    assert taken.read_bytes().startswith(b"\x89PNG")


def test_a_refusal_comes_before_the_work(hcolor, scan, monkeypatch):
    monkeypatch.setattr(pipeline, "restore", lambda *_, **__: pytest.fail("worked for nothing"))
    scan.with_name("scan-sheet.jpg").write_bytes(b"kept")
    one_sentence(hcolor("restore", scan, "--samples", "2"), 5, "scan-sheet.jpg already exists")


def test_originals_are_not_replaced(hcolor, scan, photo):
    content = scan.read_bytes(), photo.read_bytes()
    one_sentence(hcolor("restore", scan, "-o", scan, "--overwrite"), 2, "would replace an input")
    one_sentence(hcolor("restore", scan, "--ref", photo, "-o", photo, "--overwrite"), 2, "would replace a reference")
    assert (scan.read_bytes(), photo.read_bytes()) == content


def test_a_place_that_cannot_be_written(hcolor, scan, tmp_path):
    (tmp_path / "file").touch()
    one_sentence(hcolor("descreen", scan, *GAUSSIAN, "-o", tmp_path / "file" / "out.png"), 5, "could not be written")
    one_sentence(hcolor("descreen", scan, *GAUSSIAN, "-o", f"{tmp_path}/{'x' * 300}/"), 5, "-o")


@pytest.mark.parametrize(
    ("trouble", "code"), [(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), 5), (KeyboardInterrupt(), 130)], ids=str
)
def test_nothing_half_written_is_left(hcolor, scan, monkeypatch, trouble, code):
    def fails(handle):
        raise trouble

    before = sorted(scan.parent.iterdir())
    monkeypatch.setattr(os, "fsync", fails)
    stopped = hcolor("descreen", scan, *GAUSSIAN)
    one_sentence(stopped, code, "No space left" if code == 5 else "Interrupted")
    assert sorted(scan.parent.iterdir()) == before


def test_weights_missing_or_damaged(hcolor, scan, tiny_weights_folder, tmp_path, monkeypatch):
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(tmp_path / "nowhere"))
    one_sentence(hcolor("restore", scan), 6, "HCOLOR_WEIGHTS")
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in tiny_weights_folder.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    content = bytearray((damaged / "fusion.safetensors").read_bytes())
    content[-1] ^= 1
    (damaged / "fusion.safetensors").write_bytes(content)
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(damaged))
    one_sentence(hcolor("restore", scan), 6, "fusion.safetensors", "sha256")
    one_sentence(hcolor("restore", scan, "--weights", "unheard-of"), 6, "unheard-of")


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (MemoryError(), "not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
        (
            ZeroDivisionError("division by zero\nmore"),
            "a fault of hcolor, not of your file: ZeroDivisionError: division by zero; run",
        ),
        (RuntimeError(), "RuntimeError; run it again with -v or --log-file FILE and report it."),
    ],
    ids=repr,
)
def test_the_unexpected_is_one_sentence(hcolor, scan, monkeypatch, trouble, said):
    def fails(*_, **__):
        raise trouble

    monkeypatch.delenv("HCOLOR_DEBUG", raising=False)
    monkeypatch.setattr(pipeline, "restore", fails)
    one_sentence(hcolor("restore", scan), 1, said)
    monkeypatch.setenv("HCOLOR_DEBUG", "1")
    assert "Traceback" in hcolor("restore", scan).err


def test_a_picture_of_one_pixel(hcolor, tmp_path, tiny_weights):
    dot = write(tmp_path / "dot.png", np.full((1, 1, 1), 0.5, np.float32))
    for command in ("halftone", "descreen", "colorize", "restore"):
        done = hcolor(command, dot)
        assert done.code == 0, done.err
        assert Path(done.paths[0]).is_file()

"""What is written to descriptor 2 is kept; without one, nothing breaks."""

import os
import subprocess
import sys

import pytest

from halftone_color.system import error_capture
from halftone_color.system.error_capture import CapturedErrors


def test_lines_are_kept_and_the_descriptor_is_given_back(capfd):
    with CapturedErrors() as heard:
        os.write(2, b"Fax4Decode: Bad code word\nmore \xff\n")
    os.write(2, b"after\n")
    assert heard.lines == ["Fax4Decode: Bad code word", "more \ufffd"]
    assert capfd.readouterr().err == "after\n"


def test_an_error_inside_gives_the_descriptor_back(capfd):
    heard = CapturedErrors()
    with pytest.raises(ValueError, match="inside"), heard:
        os.write(2, b"before\n")
        raise ValueError("inside")
    assert heard.lines == ["before"]
    with CapturedErrors():
        pass  # the lock is free
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_without_standard_error_nothing_is_heard():
    program = (
        "from halftone_color.system.error_capture import CapturedErrors\n"
        "with CapturedErrors() as heard: pass\n"
        "print(heard.lines)"
    )
    done = subprocess.run(["/bin/sh", "-c", f"exec {sys.executable} -c '{program}' 2>&-"], stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (0, b"[]\n")


def test_without_a_temporary_folder_nothing_is_heard(monkeypatch, capfd):
    def refuse():
        raise OSError

    monkeypatch.setattr(error_capture.tempfile, "TemporaryFile", refuse)
    with CapturedErrors() as heard:
        os.write(2, b"shown\n")
    assert heard.lines == []
    assert capfd.readouterr().err == "shown\n"

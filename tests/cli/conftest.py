"""Command lines run in this process or in a fork of it, and a small halftone to run them on."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from halftone_color import api, cli
from halftone_color.images.writing import write


@pytest.fixture
def hcolor(capsys):
    """Run a command line; return its exit code, the lines of its standard output, and its standard error."""

    def ran(*words):
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        shown = capsys.readouterr()
        return SimpleNamespace(code=code, paths=shown.out.splitlines(), out=shown.out, err=shown.err)

    return ran


@pytest.fixture(scope="session")
def pictures(scene, tmp_path_factory):
    """Return a folder with the files of `photo` and `scan`, which are copied for each test."""
    folder = tmp_path_factory.mktemp("pictures")
    write(folder / "photo.png", scene(64, 72), dpi=(300.0, 300.0))
    halftone = api.halftone(scene(64, 72, seed=1), method="clustered-dot", period_px=4.0, antialias=True)
    write(folder / "scan.png", halftone.picture, dpi=(300.0, 300.0))
    return folder


@pytest.fixture
def photo(tmp_path, pictures):
    """A color photograph of 72 x 64 px at 300 dpi."""
    return Path(shutil.copy(pictures / "photo.png", tmp_path))


@pytest.fixture
def scan(tmp_path, pictures):
    """A halftone of 72 x 64 px with dots 4 px apart."""
    return Path(shutil.copy(pictures / "scan.png", tmp_path))


@pytest.fixture
def begin(tmp_path):
    """Start hcolor in a fork of this process, for a new interpreter takes seconds; return the fork's id.

    Its standard output and error go to the files stdout and stderr in tmp_path, unless `change` does something else.
    """

    def started(words, change=lambda: None, main=cli.main):
        child = os.fork()
        if child:
            return child
        try:
            signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background job does not have
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # which nohup ignores
            for number, name in ((1, "stdout"), (2, "stderr")):
                handle = os.open(tmp_path / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
                os.dup2(handle, number)
                os.close(handle)
                setattr(sys, name, os.fdopen(number, "w", closefd=False))
            change()
            torch.set_num_threads(1)  # the threads of the process that was forked are not here
            sys.argv = ["hcolor", *map(str, words)]
            main()
        except SystemExit as done:
            os._exit(done.code)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        os._exit(99)

    return started


@pytest.fixture
def ended(tmp_path):
    """Wait for a fork; return its exit code, and what it wrote to the two files."""

    def waited(child):
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return SimpleNamespace(code=code, out=(tmp_path / "stdout").read_bytes(), err=(tmp_path / "stderr").read_text())

    return waited

"""Command lines run in this process, and a small halftone to run them on."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

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

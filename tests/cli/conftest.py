"""Command lines run in this process, and a small halftone to run them on."""

from __future__ import annotations

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


@pytest.fixture
def photo(tmp_path, scene):
    """A color photograph of 72 x 64 px at 300 dpi."""
    return write(tmp_path / "photo.png", scene(64, 72), dpi=(300.0, 300.0))


@pytest.fixture
def scan(tmp_path, scene):
    """A halftone of 72 x 64 px with dots 4 px apart."""
    halftone = api.halftone(scene(64, 72, seed=1), method="clustered-dot", period_px=4.0, antialias=True)
    return write(tmp_path / "scan.png", halftone.picture, dpi=(300.0, 300.0))

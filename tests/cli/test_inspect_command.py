"""hcolor inspect: its table, its JSON, its spectrum, and what it refuses."""

from __future__ import annotations

import json

import numpy as np
import pytest
from skimage import data

from halftone_color import api
from halftone_color.images.reading import read
from halftone_color.images.writing import write


@pytest.fixture
def print_(tmp_path):
    """A tinted print of 160 x 160 px at 300 dpi, dots 5 px apart at 30 degrees."""
    photograph = data.camera()[100:260, 100:260].astype(np.float32)[None] / 255
    dots = api.halftone(photograph, method="clustered-dot", period_px=5.0, angle_deg=30.0).picture
    ink, paper = (np.array(color, np.float32).reshape(3, 1, 1) / 255 for color in ((40, 30, 60), (230, 220, 180)))
    return write(tmp_path / "print.png", ink + (paper - ink) * dots, dpi=(300.0, 300.0))


def test_table(hcolor, print_):
    done = hcolor("inspect", print_)
    assert done.code == 0, done.err
    for words in ("clustered dots", "5.00 px", "60.0 lpi", "30.0 degrees", "one", "230 220 180", "40 30 60", "300 dpi"):
        assert words in done.out
    assert [path.name for path in print_.parent.iterdir()] == ["print.png"]


def test_json_has_stable_names(hcolor, print_):
    found = json.loads(hcolor("inspect", print_, "--json").out)
    assert list(found) == [
        *("file", "width", "height", "dpi", "kind", "period_px", "angle_deg", "lpi", "strength"),
        *("single_ink", "pigment_share", "ink", "paper", "doubt"),
    ]
    assert (found["file"], found["width"], found["dpi"]) == (str(print_), 160, [300.0, 300.0])
    assert found["kind"] == "clustered-dot"
    assert found["period_px"] == pytest.approx(5.0, rel=0.01)
    assert found["lpi"] == pytest.approx(60.0, rel=0.01)
    assert found["single_ink"] is True
    assert found["paper"] == pytest.approx([230, 220, 180], abs=1)


def test_a_negative_is_looked_at_as_its_positive(hcolor, print_, tmp_path):
    negative = tmp_path / "negative" / print_.name
    write(negative, 1 - read(print_).pixels, dpi=(300.0, 300.0))
    found, positive = (
        (hcolor("inspect", file, *more, "--json").out.replace(str(file), ""))
        for file, more in ((negative, ("--invert",)), (print_, ()))
    )
    assert found == positive
    assert hcolor("inspect", negative, "--json").out.replace(str(negative), "") != positive


def test_without_screen_and_dpi(hcolor, tmp_path):
    smooth = write(tmp_path / "smooth.png", np.full((1, 64, 64), 0.5, np.float32))
    found = json.loads(hcolor("inspect", smooth, "--json").out)
    assert (found["kind"], found["period_px"], found["angle_deg"], found["lpi"]) == ("none", None, None, None)
    assert "nothing to descreen" in hcolor("inspect", smooth).out


def test_spectrum(hcolor, print_, tmp_path):
    file = tmp_path / "spectrum.png"
    done = hcolor("inspect", print_, "--spectrum", file)
    assert done.code == 0, done.err
    assert done.paths[-1] == str(file)
    assert read(file).pixels.shape == (3, 512, 512)
    assert hcolor("inspect", print_, "--spectrum", file).code == 5
    assert hcolor("inspect", print_, "--spectrum", file, "--overwrite").code == 0
    assert hcolor("inspect", print_, "--spectrum", print_, "--overwrite").code == 2
    assert hcolor("inspect", print_, "--spectrum", tmp_path).code == 2
    assert hcolor("inspect", print_, "--spectrum", tmp_path / "spectrum.pdf").code == 2


def test_bad_input(hcolor, tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    for path in (tmp_path / "missing.png", tmp_path, tmp_path / "text.png"):
        done = hcolor("inspect", path, "--json")
        assert done.code == 8
        assert done.out == ""
        assert len(done.err.splitlines()) == 1

from xml.etree import ElementTree

import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import Materials, filters, halftones
from halftone_color.evaluation._heat_map import heat_maps
from halftone_color.evaluation.sections import sweep
from halftone_color.metrics.fidelity import psnr
from halftone_color.types import Result

QUICK = {"periods_px": (4.0, 6.0), "angles_deg": (0.0, 30.0), "side": 96}


@pytest.fixture
def quick(monkeypatch, weights):
    monkeypatch.setattr(sweep, "standard_picture", lambda name: colorful(len(name), 100, 120))
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0, 2.0]))


def test_the_worse_picture_counts_and_the_chart_shows_it(quick, tmp_path, cells):
    report = sweep.measure(Materials(plot=tmp_path / "sweep.svg"), **QUICK)
    cell = cells(report.split("anti-aliased")[0])["6 px"]["30 deg"]
    gains = []
    for name in sweep.PICTURES:
        gray = np.asarray(rgb_to_luma(colorful(len(name), 100, 120)), np.float32)[:, 2:98, 12:108]
        made = halftones.dots(gray, 6.0, 30.0)
        blurred, ours = filters.tuned_gaussian(made, gray), api.descreen(made).picture
        gains.append(psnr(ours, gray) - psnr(blurred, gray))
    assert float(cell.split()[0]) == pytest.approx(min(gains), abs=0.006)
    assert cell.endswith("(FAILS)")  # it was never trained
    words = [element.text for element in ElementTree.fromstring((tmp_path / "sweep.svg").read_text()).iter()]
    assert f"{float(cell.split()[0]):+.1f}"[:4] in {word[:4] for word in words if word}


def test_gains_hold_where_none_is_below(quick, monkeypatch):
    monkeypatch.setattr(api, "descreen", lambda halftone, **_: Result((filters.tuned_gaussian(halftone, halftone),)))
    monkeypatch.setattr(sweep, "tuned_gaussian", lambda halftone, truth: halftone)
    report = sweep.measure(Materials(), **QUICK)
    assert report.count("(holds)") == 2
    assert "FAILS" not in report


def test_a_heat_map_has_a_cell_for_each_value():
    values = np.array([[1.0, -0.5, 0.0], [2.0, 4.0, -4.0]])
    drawn = heat_maps({"a<b": values, "other": values}, ["2 px", "3 px"], ["0", "45", "60"], "dB")
    root = ElementTree.fromstring(drawn)
    boxes = [element for element in root if element.tag.endswith("rect")]
    words = [element for element in root if element.tag.endswith("text")]
    assert len(boxes) == 12
    assert {"a<b: dB", "2 px", "45", "+1.0", "-0.5", "+4.0"} <= {word.text for word in words}
    fill = {word.text: box.get("fill") for box, word in zip(boxes[:6], _beside(root)[:6], strict=True)}
    assert _blueness(fill["+4.0"]) > _blueness(fill["+1.0"]) > 0 > _blueness(fill["-0.5"]) > _blueness(fill["-4.0"])
    width, height = float(root.get("width")), float(root.get("height"))
    assert all(float(box.get("x")) + float(box.get("width")) <= width for box in boxes)
    assert all(float(box.get("y")) + float(box.get("height")) <= height for box in boxes)


def _beside(root):
    """Return the word after each box, its own."""
    elements = list(root)
    return [elements[i + 1] for i, element in enumerate(elements) if element.tag.endswith("rect")]


def _blueness(color):
    return int(color[5:7], 16) - int(color[1:3], 16)

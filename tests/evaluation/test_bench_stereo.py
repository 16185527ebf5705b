"""The section stereo: pairs are read, rows are measured as said, what is hidden is known."""

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError
from halftone_color.evaluation import Materials, _stereo_pairs, _stereo_rows
from halftone_color.evaluation.sections import stereo
from halftone_color.images.writing import write
from halftone_color.metrics.fidelity import chroma_psnr
from halftone_color.run import Conditions

SHIFT = 5


@pytest.fixture
def folder(scene, tmp_path):
    """Return a folder of one test pair, and one for training; the right view sees things SHIFT px further left."""
    rng = np.random.default_rng(0)
    left = (0.7 * scene(48, 96, 1) + 0.3 * rng.random((1, 48, 96))).clip(0, 1).astype(np.float32)
    for name in ("teddy", "books"):
        write(tmp_path / f"{name}-left.png", left)
        write(tmp_path / f"{name}-right.png", np.roll(left, -SHIFT, 2))
        Image.fromarray(np.full((48, 96), SHIFT * 64, np.uint16)).save(tmp_path / f"{name}-disparity.png")
    (tmp_path / "INDEX.csv").write_text("name,split\nteddy,test\nbooks,train\n")
    return tmp_path


def test_only_pairs_of_the_test_split_are_read(folder):
    (pair,) = _stereo_pairs.read_pairs(folder)
    assert pair.name == "teddy"
    assert pair.disparity_px.max() == SHIFT
    other = pair.by_another_camera()
    assert 0.005 < np.abs(other.gray - pair.gray).mean() < 0.1
    with pytest.raises(InputError, match="has no INDEX"):
        _stereo_pairs.read_pairs(folder / "nothing")


def test_what_is_hidden_from_the_right_camera_is_known():
    disparity = np.full((1, 20), 2.0, np.float32)
    disparity[0, 10:14] = 6
    seen = _stereo_pairs.seen_by_both(disparity)[0]
    assert not seen[:2].any(), "outside the right view"
    assert seen[10:14].all()
    assert not seen[6:10].any(), "behind what is near"
    assert seen[2:6].all()


def test_the_true_disparity_gives_the_true_colors(folder):
    (pair,) = _stereo_pairs.read_pairs(folder)
    assert chroma_psnr(_stereo_rows.by_truth(pair, Conditions()), pair.truth) > 40


def test_the_section(folder, tiny_weights, tmp_path, monkeypatch):
    monkeypatch.setattr(stereo._stereo_speed, "alone", lambda function, *arguments: function(*arguments))
    rows = (_stereo_rows.GRAY, _stereo_rows.BLOCK, _stereo_rows.SEMI_GLOBAL, _stereo_rows.CYCLE)
    sheet = tmp_path / "sheet.png"
    extent = stereo.StereoExtent(rows, 0.0, ((96, 48, 16),))
    report = stereo.measure(Materials(pairs=folder, sheet=sheet), extent)
    lines = {line.split("|")[1].strip(): line.split("|")[2:] for line in report.splitlines() if line.startswith("|")}
    assert float(lines["semi-global matching"][0]) > float(lines["gray"][0]) + 5
    assert "96 x 48, d = 16" in lines
    assert "teddy" in lines
    assert "Asked: block matching" in report
    assert sheet.exists()
    assert "not measured" in stereo.measure(Materials())

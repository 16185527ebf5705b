"""Told and true times of a batch, picture by picture."""

from __future__ import annotations

import numpy as np

from halftone_color import pipeline
from halftone_color.images.writing import write
from halftone_color.types import Result


def test_times_are_told_after_each_picture(script, tmp_path, monkeypatch, capsys):
    tool = script("measure_pace")
    clock = iter(range(1000))
    monkeypatch.setattr(tool, "process_time", lambda: float(next(clock)))
    monkeypatch.setattr(pipeline, "restore", lambda *_: Result((np.zeros((3, 8, 8), np.float32),)))
    for number in range(20):
        write(tmp_path / "archive" / f"{number:02}.png", np.full((1, 30, 40), 0.5, np.float32))
    rows = tool.measured(tmp_path / "archive", tmp_path / "out")
    assert [round(share * 20) for share, _, _ in rows] == list(range(1, 21))
    assert [true_s for _, _, true_s in rows] == [float(left) for left in range(19, -1, -1)]
    assert all(abs(told_s - true_s) < 1 for _, told_s, true_s in rows), "each took as long"
    assert tool.main([str(tmp_path / "archive")]) == 0
    assert "10% of the pixels done" in capsys.readouterr().out

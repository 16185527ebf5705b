"""The remaining time, by pixels."""

from __future__ import annotations

import random

import pytest

from halftone_color.batch import pace
from halftone_color.batch.pace import FIXED_PIXELS, Pace
from halftone_color.batch.report import Outcome


@pytest.mark.parametrize("count", [60, 5000])
@pytest.mark.parametrize("largest_last", [False, True])
def test_after_a_tenth_it_is_within_a_fifth(monkeypatch, tmp_path, count, largest_last):
    draw = random.Random(1)
    sizes = {tmp_path / f"{number}.png": round(1e6 * draw.lognormvariate(1, 0.7)) for number in range(count)}
    if largest_last:
        sizes = dict(sorted(sizes.items(), key=lambda entry: entry[1]))
    monkeypatch.setattr(pace, "pixels_of", sizes.__getitem__)
    now_s, told = 0.0, Pace(sizes, 0.0)
    assert told.remaining_s(1.0) is None
    times = {source: (size + FIXED_PIXELS) * 5e-6 * draw.uniform(0.8, 1.2) for source, size in sizes.items()}
    now_s += 10.0  # networks are loaded
    left_s = sum(times.values())
    for source in list(sizes)[: count // 10]:
        now_s, left_s = now_s + times[source], left_s - times[source]
        told.finish(Outcome(source, "done"), now_s)
    assert told.remaining_s(now_s) == pytest.approx(left_s, rel=0.2)


def test_files_that_cannot_be_read_count_as_the_others(tmp_path):
    (tmp_path / "a.png").write_bytes(b"nothing")
    told = Pace([tmp_path / "a.png", tmp_path / "gone.png"], 0.0)
    assert told.left == 2 * (told.mean_pixels + FIXED_PIXELS)
    told.finish(Outcome(tmp_path / "elsewhere", "done"), 1.0)
    assert told.remaining_s(1.0) is None

import os
import time

import numpy as np
import pytest

from halftone_color import api, registry
from halftone_color.evaluation import Materials, timing
from halftone_color.evaluation.sections import speed
from halftone_color.images.reading import read
from halftone_color.run import Conditions
from halftone_color.types import Result


def test_jobs_run_in_a_process_of_their_own():
    assert timing.alone(os.getpid) != os.getpid()


@pytest.fixture
def asked(monkeypatch):
    """Note what our jobs are asked for, which then take 3 ms and give back what they got."""
    heard = []

    def noting(name):
        def job(source, **words):
            picture = source if isinstance(source, np.ndarray) else read(source).pixels
            heard.append((name, picture.shape, words))
            time.sleep(0.003)
            return Result((np.atleast_3d(picture),))

        return job

    for name in ("descreen", "colorize", "restore"):
        monkeypatch.setattr(api, name, noting(name))
    return heard


@pytest.mark.parametrize(
    ("job", "function", "precision", "fast", "referred"),
    [
        (speed.DESCREEN, "descreen", "float32", False, False),
        (speed.LOW_DESCREEN, "descreen", "bfloat16", False, False),
        (speed.FAST, "descreen", "bfloat16", True, False),
        (speed.COLORIZE, "colorize", "float32", False, True),
        (speed.RESTORE, "restore", "float32", False, True),
        (speed.LOW_RESTORE, "restore", "bfloat16", False, True),
    ],
)
def test_a_job_of_ours_is_asked_for_as_it_says(asked, job, function, precision, fast, referred):
    cost = speed.time_job(job, Conditions(weights="mine"), side=64, repeats=2)
    assert [(name, shape) for name, shape, _ in asked] == [(function, (1, 64, 64))] * 3
    for _, _, words in asked:
        assert (words["weights"], words["precision"], words.get("fast", False)) == ("mine", precision, fast)
        assert ("references" in words) == referred
    assert 0.003 <= cost.seconds_per_megapixel * 64**2 / 1e6 < 3


def test_a_job_that_computes_holds_memory(weights):
    cost = speed.time_job(speed.RESTORE, Conditions(), side=64, repeats=1)
    if cost.peak_bytes is not None:
        assert cost.peak_bytes > 50e6
        assert 0 <= cost.extra_bytes < cost.peak_bytes


def test_the_first_run_is_not_counted_and_the_median_is(monkeypatch):
    seconds, worked_on = iter([9.0, 1.0, 2.0]), []
    monkeypatch.setattr(timing, "seconds_of", lambda job, picture: next(seconds))
    cost = timing.cost_of(worked_on.append, np.zeros((3, 10, 20)), np.zeros((3, 2, 2)), repeats=3)
    assert cost.seconds_per_megapixel == pytest.approx(2.0 / 200 * 1e6)
    assert [picture.shape for picture in worked_on] == [(3, 2, 2)]


def test_prints_of_one_size_are_made_once():
    assert speed._printed(48) is speed._printed(48)
    assert speed._printed(48).shape == (1, 48, 48)
    assert set(np.unique(speed._printed(48))) == {0.0, 1.0}


def test_every_halftoning_method_without_a_network_is_timed():
    milliseconds = speed.time_halftones(64, repeats=1)
    assert set(milliseconds) == set(registry.entries("halftoners")) - {"diffusion"}
    assert min(milliseconds.values()) > 0


def test_the_section_compares_in_the_same_run(monkeypatch):
    costs = {job: timing.Cost(1.0, 300_000_000, None) for job in speed.JOBS}
    costs[speed.DESCREEN] = timing.Cost(0.5, 300_000_000, 20_000_000)
    costs[speed.IHN_2021] = timing.Cost(13.0, None, None)
    costs[speed.CASCADE_2021] = timing.Cost(9.0, None, None)
    milliseconds = dict.fromkeys(registry.entries("halftoners"), 4.0) | {"stucki": 31.0, "blue-noise": 99.0}

    pages = {(3508, 2480): timing.Cost(0.5, None, None), (10000, 10000): timing.Cost(0.4, 1_600_000_000, 1)}

    def alone(function, *arguments):
        if function is speed.time_page:
            return pages[arguments[:2]]
        return costs[arguments[0]] if function is speed.time_job else milliseconds

    monkeypatch.setattr(speed, "alone", alone)
    report = speed.measure(Materials())
    assert (
        "descreen <= 1 s/MP: 0.50 (holds), at least 12 times faster than the IHN of authors_2021: 26.0 (holds)"
        in report
    )
    assert "authors_2021, one reference: 9.0 (FAILS)" in report
    assert "| descreen | 0.50 | 300 | 20 |" in report
    assert "no error diffusion slower than 30 ms/MP: 31.0 (stucki) (FAILS)" in report
    assert "| A4 at 300 dpi | 4.3 | 0.50 |" in report
    assert "A4 at 300 dpi <= 6 s: 4.3 (holds); 100 MP within 1500 MB: 1600 (FAILS)" in report


def test_a_page_is_read_descreened_and_written(asked, monkeypatch):
    written = []
    monkeypatch.setattr(speed, "alone", lambda function, *arguments: function(*arguments))
    monkeypatch.setattr(speed, "write", lambda path, picture: written.append((path.suffix, picture.shape)))
    cost = speed.time_page(300, 420, Conditions())
    assert [shape for _, shape, _ in asked] == [(192, 192), (1, 300, 420)], "a small print that is not counted first"
    assert {words["precision"] for _, _, words in asked} == {"bfloat16"}
    assert written == [(".png", (1, 300, 420))]
    assert cost.seconds_per_megapixel >= 0.003 / (300 * 420) * 1e6

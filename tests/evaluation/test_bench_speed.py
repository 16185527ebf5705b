import os

import pytest

from halftone_color import registry
from halftone_color.evaluation import Materials, timing
from halftone_color.evaluation.sections import speed
from halftone_color.run import Conditions


def test_jobs_run_in_a_process_of_their_own():
    assert timing.alone(os.getpid) != os.getpid()


@pytest.mark.parametrize("job", [speed.DESCREEN, speed.COLORIZE, speed.RESTORE])
def test_a_job_of_ours_costs_time_and_memory(weights, job):
    cost = speed.time_job(job, Conditions(), side=64, repeats=1)
    assert 0 < cost.seconds_per_megapixel < 1e4
    if cost.peak_bytes is not None:
        assert cost.peak_bytes > 50e6
        assert 0 <= cost.extra_bytes < cost.peak_bytes


def test_every_halftoning_method_is_timed():
    milliseconds = speed.time_halftones(64, repeats=1)
    assert set(milliseconds) == set(registry.entries("halftoners"))
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


def test_a_page_is_read_descreened_and_written(weights):
    cost = speed.time_page(300, 420, Conditions())
    assert 0 < cost.seconds_per_megapixel < 1e4

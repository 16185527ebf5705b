"""The cases that the bench makes, and what its table says of right and wrong answers."""

import numpy as np
import pytest

from halftone_color.evaluation import Materials, bench, halftones
from halftone_color.evaluation.sections import inspect
from halftone_color.images.writing import write
from halftone_color.screen.detect import detect
from halftone_color.types import KINDS, Screen


@pytest.fixture(scope="module")
def cases():
    return list(inspect.cases(inspect._contones(None)[:20], 20, 1))


def test_cases_are_half_degraded_of_every_kind_and_seeded(cases):
    assert sum(case.degraded for case in cases) == 10
    assert {case.screen.kind for case in cases} == set(KINDS)
    assert all(case.gray.shape == (1, 256, 256) and case.gray.dtype == np.float32 for case in cases)
    assert all(case.gray.min() >= 0 and case.gray.max() <= 1 for case in cases)
    again = next(inspect.cases(inspect._contones(None)[:20], 1, 1))
    assert np.array_equal(again.gray, cases[0].gray)
    digital = [case for case in cases if not case.degraded and case.screen.kind in ("ordered", "error-diffusion")]
    assert all(set(np.unique(case.gray)) <= {0.0, 1.0} for case in digital)


def test_near_means_both_period_and_angle_around_the_turn():
    dots, lines = Screen("clustered-dot", 5.0, 89.8), Screen("line", 5.0, 89.8)
    assert inspect.is_near(Screen("clustered-dot", 5.04, 0.3), dots)
    assert not inspect.is_near(Screen("clustered-dot", 5.06, 0.3), dots)
    assert not inspect.is_near(Screen("line", 5.0, 0.3), lines)
    assert not inspect.is_near(Screen("none"), dots)


def test_most_cases_are_right(cases):
    answers = [(case.screen, detect(case.gray)) for case in cases]
    assert sum(found.kind == truth.kind for truth, found in answers) >= 19
    assert all(inspect.is_near(found, truth) for truth, found in answers if truth.period_px and found.period_px)


def test_the_table_counts(monkeypatch):
    monkeypatch.setattr(inspect, "detect", lambda gray: Screen("none"))
    report = inspect.measure(Materials(), count=20, tints=4)
    assert "| kind | 20.0% | 98% (FAILS) |" in report
    assert "2 + 2" in report
    assert "| paper of 4 tinted prints within 3 of 255 | 100.0% |" in report


def test_real_scans_stand_beside_their_index(tmp_path, cells):
    gray = inspect._contones(None)[0][None]
    write(tmp_path / "dots.png", halftones.dots(gray, 6, 30))
    write(tmp_path / "smooth.png", gray)
    rows = ["file,screen_period_px,screen_angle_deg", "dots.png,5,30/75", "smooth.png,4,45", "other.png,,"]
    (tmp_path / "INDEX.csv").write_text("\n".join(rows))
    table = cells(bench("inspect", Materials(tmp_path)))
    assert set(table) == {"dots.png", "smooth.png"}
    assert table["dots.png"]["INDEX.csv says"] == "5 px, 30/75"
    assert (table["dots.png"]["kind"], table["dots.png"]["off"][:3]) == ("clustered-dot", "+20")
    assert (table["smooth.png"]["kind"], table["smooth.png"]["period px"]) == ("none", "")

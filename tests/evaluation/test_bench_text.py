import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.evaluation import Materials, filters
from halftone_color.evaluation.sections import text
from halftone_color.images.writing import write
from halftone_color.metrics.screen_power import screen_power_ratio

QUICK = {"periods_px": (5.0,), "column_px": (160, 150)}


@pytest.fixture
def quick(monkeypatch, weights):
    monkeypatch.setattr(text, "standard_picture", lambda name: colorful(3, 160, 140))
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0, 2.0]))


def test_letters_are_seeded_lines_on_paper():
    page = text.letters(200, 300)
    assert page.shape == (1, 200, 300)
    assert np.array_equal(page, text.letters(200, 300))
    assert page.min() == 0
    assert 0.03 < (page < 0.5).mean() < 0.3
    margin = text.MARGIN_PX
    assert (page[:, :margin] == 1).all()
    assert (page[:, :, :margin] == 1).all()
    assert (page[:, :, -margin:] == 1).all()
    lines = (page[0] < 0.5).any(axis=1).astype(int)
    assert (np.diff(lines) == 1).sum() >= 5


def test_dots_stand_beside_the_text(quick):
    for soft in (False, True):
        given, truth = text.page(5.0, soft, (160, 150))
        assert given.shape == truth.shape == (1, 160, 290)
        assert np.array_equal(given[:, :, :150], truth[:, :, :150])
        assert screen_power_ratio(given[:, :, 150:], 5.0, 45.0) > 50
        assert set(np.unique(given)) == {0.0, 1.0} or soft


def test_the_tables_hold_what_they_say(quick, tmp_path):
    write(tmp_path / "page-textonly.png", (text.letters(200, 300) >= 0.5).astype(np.float32))
    report = text.measure(Materials(scans=(tmp_path,)), **QUICK)
    page = next(line for line in report.splitlines() if line.startswith("| page-textonly.png"))
    kind, kept, must, forced = [cell.strip() for cell in page.strip("|").split("|")][1:]
    assert (kind, kept, must) == ("none", "100.000% (holds)", "99.5%")
    letters = text.letters(200, 300) >= 0.5
    all_the_same = api.descreen(np.asarray(letters, np.float32), screened="yes").picture
    assert float(forced.rstrip("%")) == pytest.approx(100 * np.mean((all_the_same >= 0.5) == letters), abs=6e-4)
    row = next(line for line in report.splitlines() if line.startswith("| 5 px, bilevel"))
    blurred, ours, gain = [cell.strip() for cell in row.strip("|").split("|")][1:4]
    assert float(gain.split()[0]) == pytest.approx(float(ours) - float(blurred), abs=0.011)
    assert gain.endswith("(holds)" if float(gain.split()[0]) >= 3 else "(FAILS)")


def test_a_page_that_loses_its_letters_fails(quick, tmp_path, monkeypatch):
    write(tmp_path / "textonly.png", (text.letters(200, 300) >= 0.5).astype(np.float32))
    descreen = api.descreen
    monkeypatch.setattr(
        api, "descreen", lambda gray, **words: descreen(gray if gray.shape[1] == 160 else gray * 0 + 1, **words)
    )
    assert "% (FAILS) | 99.5% |" in text.measure(Materials(scans=(tmp_path,)), **QUICK)


def test_without_scans_no_page_is_measured(quick, tmp_path):
    assert "not measured: --scans" in text.measure(Materials(), **QUICK)
    assert "No scan is *textonly*" in text.measure(Materials(scans=(tmp_path,)), **QUICK)

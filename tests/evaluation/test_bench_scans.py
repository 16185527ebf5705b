import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.errors import InputError
from halftone_color.evaluation import Materials, bench, halftones
from halftone_color.evaluation.sections import scans
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.metrics.screen_power import screen_power_ratio
from halftone_color.run import Conditions
from halftone_color.types import Result


@pytest.fixture
def folder(tmp_path):
    gray = colorful(5, 160, 160)[:1]
    write(tmp_path / "dots.png", halftones.dots(gray, 6, 45))
    write(tmp_path / "smooth.png", gray)
    write(tmp_path / "fine.png", halftones.dots(gray, 2.5, 45, antialias=True))
    rows = ["file,screen_period_px,screen_angle_deg", "dots.png,6,15/45", "smooth.png,,", "fine.png,2.5,45"]
    (tmp_path / "INDEX.csv").write_text("\n".join(rows))
    return tmp_path


def test_scans_without_a_screen_are_not_listed(folder):
    assert scans.listing(folder) == [scans.Listed("dots.png", 6, (15, 45)), scans.Listed("fine.png", 2.5, (45,))]


def test_of_several_angles_the_strongest_counts(folder):
    gray = read(folder / "dots.png").pixels
    assert scans.Listed("", 6, (15, 45)).ratio(gray) == screen_power_ratio(gray, 6, 45) > 100


def test_a_color_print_is_measured_channel_by_channel(folder):
    gray = read(folder / "dots.png").pixels
    flat = np.full_like(gray, 0.5)
    waves = scans.Listed("", 6, (45,)).waves(np.concatenate([flat, gray, flat]), np.concatenate([flat, flat, gray]))
    before = [wave.before for wave in waves if wave.order == (1, 0)]
    after = [wave.after for wave in waves if wave.order == (1, 0)]
    assert [ratio > 100 for ratio in before] == [False, True, False]
    assert [ratio > 100 for ratio in after] == [False, False, True]
    luma = scans.Listed("", 6, (45,)).waves(gray.repeat(3, 0), flat)
    assert len(luma) == len(waves) / 3
    assert luma[0].before == pytest.approx(screen_power_ratio(gray, 6, 45), rel=0.2)


def test_the_table_compares_before_and_after(folder, weights, cells):
    report = bench("scans", Materials(folder))
    table = cells(report)
    dots, listed = table["dots.png"], scans.Listed("", 6, (15, 45))
    gray = read(folder / "dots.png").pixels
    result = np.round(api.descreen(gray).picture * 255) / 255
    waves = listed.waves(gray, result)
    clear = [wave for wave in waves if wave.before >= 10]
    axes, harmonics = ([w for w in clear if w.is_axis is is_axis] for is_axis in (True, False))
    assert float(dots["before"]) == pytest.approx(max(wave.before for wave in axes), abs=0.06)
    for cell, ratio, limit in (
        (dots["after"], max(wave.after for wave in axes), 1.5),
        (dots["harmonics"].split(",")[0], max(wave.after for wave in harmonics), 1.5),
        (dots["peak"], listed.ratio(result), 3),
    ):
        assert float(cell.split()[0]) == pytest.approx(ratio, abs=0.06)
        assert cell.endswith(" (holds)" if ratio <= limit else " (FAILS)")
    assert dots["edges"].endswith(" (holds)" if float(dots["edges"].split()[0]) >= 1 else " (FAILS)")
    assert float(dots["Gaussian"]) > 0.5
    assert dots["found"].startswith("6.0")
    assert table["fine.png"]["after"].endswith("(not clear)")
    assert "of 1 clear scans" in report


def test_a_blurred_scan_is_as_sharp_as_the_gaussian_that_removes_as_much(folder, weights, monkeypatch):
    """Where the method is that Gaussian itself, edges are 1."""
    listed = scans.Listed("dots.png", 6, (45,))
    blurred = scans._blurred(read(folder / "dots.png").pixels, 2.4)
    screen = api.descreen(read(folder / "dots.png").pixels).screen
    monkeypatch.setattr(api, "descreen", lambda pixels, **conditions: Result((blurred,), screen, (), None))
    measured = scans.measured(listed, folder, Conditions())
    assert measured.sigma_px == pytest.approx(2.4, abs=0.2)
    assert measured.edges == pytest.approx(1, abs=0.1)
    assert measured.is_clear


def test_an_index_that_does_not_fit_is_refused(tmp_path, folder):
    with pytest.raises(InputError, match="lists no scan"):
        scans.screen_power_table(folder, wanted=lambda file: file == "smooth.png")
    (tmp_path / "INDEX.csv").write_text("file,period\na.png,3")
    with pytest.raises(InputError, match="screen_period_px"):
        scans.listing(tmp_path)
    (tmp_path / "INDEX.csv").write_text("file,screen_period_px,screen_angle_deg\na.png,fine,45")
    with pytest.raises(InputError, match="'fine'"):
        scans.listing(tmp_path)
    with pytest.raises(InputError, match=r"INDEX\.csv"):
        scans.listing(tmp_path / "missing")


def test_power_left_in_nothing_is_one():
    assert scans.Listed("", 6, (45,)).ratio(np.full((1, 128, 128), 0.5, np.float32)) == 1

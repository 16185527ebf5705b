import numpy as np
import pytest
from evaluation_pictures import colourful

from halftone_color import pipeline
from halftone_color.errors import InputError
from halftone_color.evaluation import bench, halftones, scans
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.metrics.screen_power import screen_power_ratio


@pytest.fixture
def folder(tmp_path):
    gray = colourful(5, 160, 160)[:1]
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


def test_the_table_compares_before_and_after(folder, weights, cells):
    report = bench("scans", folder)
    table = cells(report)
    gray = read(folder / "dots.png").pixels
    assert float(table["dots.png"]["before"]) == pytest.approx(screen_power_ratio(gray, 6, 45), abs=0.06)
    after = scans.Listed("", 6, (15, 45)).ratio(pipeline.descreen(gray).picture)
    assert float(table["dots.png"]["after"].split()[0]) == pytest.approx(after, abs=0.06)
    assert table["dots.png"]["after"].endswith(" (holds)" if after <= 3 else " (FAILS)")
    assert table["dots.png"]["found"].startswith("6.0")
    assert table["fine.png"]["after"].endswith("(not clear)")
    assert f"left in {int(after <= 3)} of 1 clear scans" in report


def test_an_index_that_does_not_fit_is_refused(tmp_path, folder):
    with pytest.raises(InputError, match="lists no scan"):
        scans.screen_power_table(folder, wanted=lambda file: file == "smooth.png")
    (tmp_path / "INDEX.csv").write_text("file,period\na.png,3")
    with pytest.raises(InputError, match="screen_period_px"):
        scans.listing(tmp_path)
    with pytest.raises(InputError, match=r"INDEX\.csv"):
        scans.listing(tmp_path / "missing")


def test_power_left_in_nothing_is_one():
    assert scans.Listed("", 6, (45,)).ratio(np.full((1, 128, 128), 0.5, np.float32)) == 1

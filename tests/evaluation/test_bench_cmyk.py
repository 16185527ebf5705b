import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.evaluation import Materials, bench, filters
from halftone_color.evaluation.sections import cmyk
from halftone_color.metrics.fidelity import ciede2000, psnr
from halftone_color.types import Result, Screen


@pytest.fixture
def pictures(monkeypatch, weights):
    pictures = {name: colorful(number, 96, 104) for number, name in enumerate(("one", "two"))}
    monkeypatch.setattr(cmyk, "PICTURES", tuple(pictures))
    monkeypatch.setattr(cmyk, "standard_picture", pictures.__getitem__)
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0, 2.0]))
    return pictures


def test_each_channel_has_its_figures(pictures, cells):
    table = cells(bench("cmyk", Materials()))
    rgb = pictures["one"]
    ours = api.descreen(api.halftone(rgb, method="clustered-dot", cmyk=True).picture).picture
    for channel, name in enumerate("RGB"):
        assert float(table["one"][f"{name}, ours"]) == pytest.approx(psnr(ours[channel], rgb[channel]), abs=0.006)
        gains = [float(table[row][f"{name}, ours"]) - float(table[row][f"{name}, Gaussian"]) for row in pictures]
        mean = float(table["mean"][f"{name}, ours"]) - float(table["mean"][f"{name}, Gaussian"])
        assert mean == pytest.approx(np.mean(gains), abs=0.02)
    assert float(table["one"]["CIEDE2000, ours"]) == pytest.approx(ciede2000(ours, rgb), abs=0.006)
    assert table["mean"]["least gain dB"].endswith("(FAILS)")  # it was never trained


def test_one_bad_channel_is_enough(pictures, monkeypatch, cells):
    def descreen(print_, **_):
        rgb = next(p for p in pictures.values() if np.array_equal(print_, screened(p)))
        return Result((rgb + np.array([0.001, 0.4, 0.001], np.float32)[:, None, None],), Screen("none"))

    def screened(rgb):
        return api.halftone(rgb, method="clustered-dot", cmyk=True).picture

    monkeypatch.setattr(api, "descreen", descreen)
    row = cells(bench("cmyk", Materials()))["one"]
    assert float(row["R, ours"]) > 50
    assert row["least gain dB"].endswith("(FAILS)")

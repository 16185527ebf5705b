import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import Materials, bench, filters
from halftone_color.evaluation.sections import kernels
from halftone_color.metrics.fidelity import psnr, ssim


def test_without_photographs_nothing_is_measured(weights):
    assert "not measured" in bench("kernels", Materials())


def test_the_table_holds_the_means(weights, monkeypatch, cells, tmp_path):
    pictures = {f"{index}.png": colorful(index, 96, 96) for index in range(11)}
    files = [tmp_path / name for name in pictures]
    monkeypatch.setattr(kernels, "validation", lambda folder, prefixes=("",): files if "" in prefixes else files[:2])
    monkeypatch.setattr(kernels, "square", lambda path: pictures[path.name])
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0]))
    table = cells(kernels.measure(Materials(tmp_path), fine_angles_deg=(30.0,)))

    grays = [np.asarray(rgb_to_luma(picture), np.float32) for picture in pictures.values()]
    scores = []
    for gray, serpentine in ((grays[1], False), (grays[10], True)):  # the second of the nine, twice
        made = api.halftone(gray, method="simple-floyd-steinberg", serpentine=serpentine).picture
        result = api.descreen(made).picture
        scores.append((psnr(result, gray), ssim(result, gray)))
    expected = np.mean(scores, axis=0)
    found = table["simple-floyd-steinberg"]["network"].split(" / ")
    assert [float(figure) for figure in found] == pytest.approx(expected, abs=0.006)
    nine = [float(table[name]["network"].split(" / ")[0]) for name in kernels.KERNELS]
    assert float(table[kernels.MEAN]["network"].split(" / ")[0]) == pytest.approx(np.mean(nine), abs=0.02)
    assert table[kernels.FINE]["must"] == "27.50 / 0.800"
    assert table[kernels.FINE]["network"].endswith(("(holds)", "(FAILS)"))
    assert table[kernels.MEAN]["aim"] == "28.00 / 0.830"
    bare = api.descreen(api.halftone(grays[2], method="jarvis").picture, known=False).picture
    expected = psnr(bare, grays[2]), ssim(bare, grays[2])
    figures = table["jarvis"]["network without known screens"].split(" / ")
    assert [float(figure) for figure in figures] == pytest.approx(expected, abs=0.006)

import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import Materials, bench
from halftone_color.evaluation.sections import unseen
from halftone_color.halftoners.error_diffusion import KERNELS
from halftone_color.metrics.fidelity import psnr
from halftone_color.run import Conditions


def test_the_two_groups_are_the_nine_kernels():
    assert len(unseen.SEEN) == 5
    assert set(unseen.UNSEEN) == {"burkes", "sierra", "two-row-sierra", "sierra-lite"}
    assert {*unseen.SEEN, *unseen.UNSEEN} == set(KERNELS)


@pytest.fixture
def grays(monkeypatch, tmp_path):
    pictures = {f"{index}.png": colorful(index, 96, 96) for index in range(6)}
    monkeypatch.setattr(unseen, "validation", lambda folder: [tmp_path / name for name in pictures])
    monkeypatch.setattr(unseen, "square", lambda path: pictures[path.name])
    return [np.asarray(rgb_to_luma(picture), np.float32) for picture in pictures.values()]


def test_every_photograph_counts_once_in_each_group(weights, grays, cells, tmp_path):
    table = cells(bench("unseen", Materials(tmp_path)))
    column = "network, weights default"
    decibels = []
    for index, gray in enumerate(grays):
        made = api.halftone(gray, method=unseen.UNSEEN[index % 4], serpentine=index >= 4).picture
        decibels.append(psnr(api.descreen(made, known=False).picture, gray))
    of_four = float(table["the other four"][column].split(" / ")[0])
    assert of_four == pytest.approx(np.mean(decibels), abs=0.006)
    assert float(table["burkes"][column].split(" / ")[0]) == pytest.approx(np.mean(decibels[::4]), abs=0.006)
    of_five = float(table["the five"][column].split(" / ")[0])
    loss, word = table["the five less the other four"][column].split()
    assert float(loss) == pytest.approx(of_five - of_four, abs=0.011)
    assert word == ("(holds)" if float(loss) <= 0.7 else "(FAILS)")
    assert table["the other four"][column].endswith("(FAILS)")  # it was never trained


def test_another_model_is_a_folder_of_weights(weights_folder, weights, grays, cells, tmp_path):
    by_name, by_folder = (
        cells(bench("unseen", Materials(tmp_path, conditions=Conditions(weights=name))))
        for name in ("default", str(weights_folder))
    )
    for row, values in by_name.items():
        assert list(values.values()) == list(by_folder[row].values())
    assert f"network, weights {weights_folder}" in by_folder["the five"]

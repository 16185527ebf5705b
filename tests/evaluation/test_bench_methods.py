import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers.gram import GramColorizer
from halftone_color.cue import Cue
from halftone_color.errors import InputError
from halftone_color.evaluation import Materials, _retrieval
from halftone_color.evaluation.photographs import square
from halftone_color.evaluation.sections import methods
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.metrics.color import reference_distance
from halftone_color.metrics.fidelity import chroma_psnr, psnr
from halftone_color.run import Conditions
from halftone_color.types import Task

EXTENT = methods.MethodsExtent(
    rows=("network", "levin", "lut, luminance too", "gallery"),
    count=2,
    shown=1,
    square_px=96,
    side_px=64,
    gallery=_retrieval.RetrievalExtent(5, 3),
)


@pytest.fixture
def quick(monkeypatch, weights):
    monkeypatch.setattr(methods, "alone", lambda function, *arguments: function(*arguments))


@pytest.fixture
def pairs(tmp_path):
    folder = tmp_path / "pairs"
    write(folder / "one_target.png", colorful(1)[:1])
    write(folder / "one_ref.png", colorful(2, 80, 60))
    write(folder / "lonely_target.png", colorful(3)[:1])
    return folder


def tables(report):
    """Read every table of a report: row name -> {column name: cell}."""
    found, lines = [], [line for line in report.splitlines() if line[:1] in ("|", "A", "0")]
    for place, line in enumerate(lines):
        if line.startswith("| ---"):
            head = [cell.strip() for cell in lines[place - 1].strip("|").split("|")][1:]
            rows = {}
            for row in lines[place + 1 :]:
                cells = [cell.strip() for cell in row.strip("|").split("|")]
                if not row.startswith("|") or len(cells) != len(head) + 1 or cells[0] == "":
                    break
                rows[cells[0]] = dict(zip(head, cells[1:], strict=True))
            found.append(rows)
    return found


def test_the_section_measures_what_it_says(quick, photos, pairs, tmp_path):
    report = methods.measure(Materials(photos, pairs=pairs, sheet=tmp_path / "page.png"), EXTENT)
    by_photograph, by_pair, costs, found = tables(report)
    assert tuple(by_photograph) == tuple(costs) == EXTENT.rows
    files = [photos / name for name in ("pixabay-0.png", "food-3.png")]
    truths = [square(file, 96) for file in files]
    results = []
    for truth in truths:
        case = methods.MethodCase("", rgb_to_luma(truth), methods.mirrored(truth), truth)
        results.append((case, methods.colored(methods.ROWS["lut, luminance too"], case, Conditions())))
    row = by_photograph["lut, luminance too"]
    for column, expected in (
        ("PSNR dB", np.mean([psnr(result, case.truth) for case, result in results])),
        ("chroma PSNR dB", np.mean([chroma_psnr(result, case.truth) for case, result in results])),
        ("L1 to reference", np.mean([reference_distance(result, case.reference) for case, result in results])),
    ):
        assert float(row[column]) == pytest.approx(expected, abs=0.006)
    assert float(row["lightness error"]) > 0
    assert float(by_photograph["network"]["lightness error"]) == 0
    assert by_photograph["levin"]["L1 to reference"] == "-"
    assert float(by_photograph["levin"]["chroma PSNR dB"]) > float(by_photograph["network"]["chroma PSNR dB"])
    assert tuple(by_pair) == ("network", "lut, luminance too")
    assert "1 exemplar pairs" in report
    assert found["gallery"]["pictures"] == "5"
    assert "Asked: >= 98% of 200 among >= 1000: " in report
    page = read(tmp_path / "page.png").pixels
    assert page.shape[0] == 3
    assert page.shape[2] > (3 + len(EXTENT.rows)) * methods.CELL_PX
    assert page.shape[1] < 3 * (methods.CELL_PX + 40), "a row for the one photograph shown and one for the pair"


def test_hints_are_true_colors_and_the_same_each_time(weights):
    truth = colorful(4)
    case = methods.MethodCase("", rgb_to_luma(truth), truth, truth)
    hints = case.hints()
    assert hints == case.hints()
    assert len(set(hints)) > 30
    for x, y, color in hints:
        np.testing.assert_array_equal(np.float32(color), truth[:, y, x])


def test_the_gallery_of_a_photograph_is_without_it(photos, tmp_path, weights):
    case = methods.cases_of_photographs(photos, tmp_path / "cache", methods.MethodsExtent(count=2))[0]
    names, descriptors = case.gallery.descriptors("k", lambda gray: np.float16([gray.mean()]))
    assert len(names) == len(descriptors) == 6
    assert f"{case.name}.png" not in names


def test_a_method_that_cannot_be_given_what_it_takes_has_no_result(weights):
    case = methods.MethodCase("", colorful(1)[:1], colorful(2))
    assert methods.colored(methods.ROWS["levin"], case, Conditions()) is None
    assert methods.colored(methods.ROWS["gallery"], case, Conditions()) is None
    assert methods.colored(methods.ROWS["lut"], case, Conditions()).shape == (3, 96, 96)


def test_copies_are_altered_and_seeded():
    gray = rgb_to_luma(colorful(1, 100, 50))
    copy = _retrieval.altered(gray, 3)
    assert copy.shape == (1, 80, 40)
    assert copy.min() >= 0
    assert copy.max() <= 1
    np.testing.assert_array_equal(copy, _retrieval.altered(gray, 3))
    assert np.abs(copy - _retrieval.altered(gray, 4)).mean() > 0.01
    ramp = np.linspace(0, 1, 50, dtype=np.float32) * np.ones((1, 100, 1), np.float32)
    assert _retrieval.altered(ramp, 3)[0, :, :5].mean() > _retrieval.altered(ramp, 3)[0, :, -5:].mean(), "mirrored"


def test_a_row_is_refined_by_transfer(tiny_weights, tiny_run):
    case = methods.MethodCase("", colorful(1)[:1], colorful(2))
    network, refined = (
        methods.colored(methods.ROWS[name], case, Conditions()) for name in ("network", "network, refined by gram")
    )
    assert np.abs(refined - network).mean() > 0.01
    expected = GramColorizer().refine(Task(network, cue=Cue((case.reference,))), tiny_run)
    assert np.abs(refined - expected).mean() < 2e-3, "but for half precision"


def test_some_of_a_folder_has_every_photograph_held_out(photos, tmp_path):
    held_out = {f"{kind}-{k}.png" for k, kind in enumerate(("pixabay", "fairface", "food", "food", "food", "food"))}
    assert set(_retrieval.some_of(photos, tmp_path, 7).stamps) == held_out | {"pixabay-6.png"}
    assert set(_retrieval.some_of(photos, tmp_path, 6).stamps) == held_out
    assert len(_retrieval.some_of(photos, tmp_path, 3).stamps) == 3


@pytest.mark.parametrize("rate", [0.97, 0.98])
def test_the_verdict_needs_enough_cases(rate):
    found = round(rate * 200)
    assert ("(holds)" in _retrieval.RetrievalOutcome(1000, 200, found, 1, 1).told()) == (rate >= 0.98)
    assert "(FAILS)" in _retrieval.RetrievalOutcome(999, 200, 200, 1, 1).told()


def test_folders_without_pairs_are_refused(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        methods.cases_of_pairs(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no pair"):
        methods.cases_of_pairs(tmp_path)

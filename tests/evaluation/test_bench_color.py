"""The section color with a colorizer and a judge that are simple enough to know their figures."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation import Materials, _color_faces, _color_speed, bench, color_inputs
from halftone_color.evaluation._color_baselines import reinhard, tint
from halftone_color.evaluation._color_cases import cases, gray_of, old_photographs, whole
from halftone_color.evaluation._color_rows import title_of
from halftone_color.evaluation._color_tally import ColorTally, Fold, folds, kid_of, look
from halftone_color.evaluation.photographs import square
from halftone_color.evaluation.sections import color
from halftone_color.evaluation.sections.random import STAGES, tinted
from halftone_color.evaluation.timing import Cost
from halftone_color.images.reading import read
from halftone_color.images.sources import luma_of, rgb_of
from halftone_color.images.writing import write
from halftone_color.metrics.color import mean_ab, reference_distance
from halftone_color.metrics.features import kid
from halftone_color.metrics.fidelity import chroma_psnr
from halftone_color.run import Conditions


def judge(rgb):
    """Maps are the picture, coarser and coarser; the class is the channel with the largest mean, gray's is the last."""
    pooled = rgb.mean((2, 3))
    logits = torch.cat([pooled - pooled.mean(1, keepdim=True), torch.full((1, 1), 1e-3)], 1)
    return {stage: rgb[:, :, :: 2**k, :: 2**k] for k, stage in enumerate(STAGES, 3)} | {
        "pooled": pooled,
        "logits": logits,
    }


@pytest.fixture
def stand_in(monkeypatch):
    """Coloring is a tint: of the reference, of the seed, or (8, 12) in CIELAB; look-up tables are as ever.

    Photographs are measured at the size that they have here, 96 px.
    """
    monkeypatch.setattr(square, "__defaults__", (96,))
    real = api.colorize

    def colorize(source, *, references=(), samples=0, seed=0, method="network", **conditions):
        if method != "network":
            return real(source, references=references, method=method)
        gray = luma_of(source if isinstance(source, np.ndarray) else read(source).pixels)
        given = [rgb_of(r if isinstance(r, np.ndarray) else read(r).pixels) for r in references]
        colors = [mean_ab(r) for r in given] or [np.array([8.0, 12.0])]
        if samples:
            colors = [10 * np.random.default_rng(seed + k).standard_normal(2) for k in range(samples)]
        pictures = tuple(tinted(gray, ab) for ab in colors)
        return SimpleNamespace(picture=pictures[0], pictures=pictures)

    monkeypatch.setattr(api, "colorize", colorize)
    monkeypatch.setattr(color, "load_backbone", lambda path: judge)
    monkeypatch.setattr(_color_speed, "alone", lambda function, job, conditions: Cost(len(job), None, None))


@pytest.fixture
def old(tmp_path):
    """Two old photographs, one with a published result, and where their three faces are."""
    folder = tmp_path / "old"
    write(folder / "a-gray.png", colorful(1, 60, 80)[:1])
    write(folder / "a-published.png", tinted(colorful(1, 60, 80)[:1], np.array([0.0, -20.0])))
    write(folder / "b.png", colorful(2, 60, 80)[:1])
    names = [f"{part}_{axis}" for part in ("eye1", "eye2", "mouth1", "mouth2") for axis in "xy"]
    lines = [",".join(["file", *names])]
    lines += [f"{file},{x},20,{x + size},20,{x},{20 + size},{x + size},{20 + size}" for file, x, size in FACES]
    (folder / "faces.csv").write_text("\n".join(lines))
    return folder


FACES = (("a-gray.png", 10, 8), ("a-gray.png", 40, 20), ("b.png", 30, 12))


@pytest.fixture
def pairs(tmp_path):
    folder = tmp_path / "pairs"
    write(folder / "one_target.png", colorful(5)[:1])
    write(folder / "one_ref.png", colorful(6, 80, 60))
    return folder


def tables(report):
    """Return every table of a report: row name -> {column name: cell}."""
    found = []
    for block in report.split("\n\n"):
        if block.startswith("| "):
            head, _, *rows = ([cell.strip() for cell in line[1:-1].split("|")] for line in block.splitlines())
            found.append({row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in rows})
    return found


def test_every_row_is_measured_as_it_says(stand_in, photos, old, pairs):
    report = bench("color", Materials(photos, Path("judge"), scans=(old,), pairs=pairs, count=4))
    rows, skin, faces, exemplars, times = tables(report)
    assert list(rows) == [
        *("true photographs", "gray", "true mean color", "tint of another", "histogram matching", "Reinhard"),
        *("automatic", "samples", "like reference", "unrelated reference"),
    ]
    chosen = cases(photos, 4)
    truths = [square(case.file) for case in chosen]
    grays = [gray_of(truth) for truth in truths]
    expected = np.mean([chroma_psnr(tint(g, t), t) for g, t in zip(grays, truths, strict=True)])
    # mirroring does not change a mean, so that our stand-in makes the true mean color of its like reference
    assert float(rows["true mean color"]["chroma PSNR dB"]) == pytest.approx(expected, abs=0.006)
    assert rows["like reference"]["chroma PSNR dB"] == rows["true mean color"]["chroma PSNR dB"]
    assert rows["unrelated reference"]["to the reference / automatic"] == "0.00"
    assert rows["tint of another"]["to the reference / automatic"] == "0.00"
    assert rows["automatic"]["to the reference / automatic"] == ""
    assert (rows["gray"]["recognized %"], rows["true photographs"]["recognized %"]) == ("0", "100")
    assert rows["true photographs"]["colorfulness / true"] == rows["true photographs"]["patchiness / true"] == "1.00"
    assert rows["gray"]["colorfulness / true"] == rows["gray"]["patchiness / true"] == "0.00"
    assert float(rows["samples"]["feature distance / tints"]) > 0
    assert "4 validation photographs" in report
    assert "split alternately in two halves" in report
    assert float(skin["true photographs"]["in the ellipse %"]) > 90
    assert (skin["gray"]["in the ellipse %"], skin["gray"]["gray %"]) == ("0.0", "100.0")
    assert "Skin: 2 whole" in report
    assert faces["automatic"] == dict(zip(faces["automatic"], ("3", "100", "100", "100", "0", "0"), strict=True))
    assert [faces["published"][word] for word in ("faces", "skin-colored %", "other %")] == ["2", "0", "100"]
    assert faces["automatic; where published"]["faces"] == "2"
    reference = read(pairs / "one_ref.png").pixels
    distance = reference_distance(tint(read(pairs / "one_target.png").pixels, reference), reference)
    assert exemplars["network"]["L1 to the reference"] == f"{distance:.3f}"
    assert times["one reference"]["s/MP"] == "13.00"
    for words in (
        "recognized >= 17%: ",
        "gray <= 2%: 0% (holds)",
        "over automatic's <= 0.45: ",
    ):
        assert words in report.splitlines()[-1]


def test_another_program_is_measured_beside_ours(stand_in, photos, old, pairs, tmp_path):
    jobs = color_inputs.write_inputs(photos, tmp_path / "inputs", 4, (old,), pairs)
    lines = [line.split(",") for line in jobs.read_text().splitlines()[1:]]
    for picture, reference, seed, result in lines:
        cue = {"references": [jobs.parent / reference]} if reference else {}
        cue |= {"samples": 1, "seed": int(seed)} if seed else {}
        write(tmp_path / "rival" / f"{result}.png", api.colorize(jobs.parent / picture, **cue).picture)
    assert len(lines) == 4 * 7 + 2 * 2 + 2 + 1
    report = bench(
        "color", Materials(photos, Path("judge"), scans=(old,), pairs=pairs, count=4, beside=(tmp_path / "rival",))
    )
    for table in tables(report)[:4]:
        for name in ("automatic", "samples", "like reference", "unrelated reference", "network"):
            for column, cell in table.get(name, {}).items():
                beside = table[f"rival: {name}"][column]
                assert beside == cell
    assert "over rival's <= 0.35" in report
    assert "Pictures are rounded to 8 bits" in report
    (tmp_path / "rival" / f"{cases(photos, 4)[0].name}-sample1.png").unlink()
    with pytest.raises(InputError, match=r"lacks pixabay-0-sample1\.png"):
        bench("color", Materials(photos, count=4, beside=(tmp_path / "rival",)))


def test_pictures_of_another_size_are_refused(stand_in, photos, tmp_path):
    for case in cases(photos, None):
        write(tmp_path / "rival" / f"{case.name}-automatic.png", colorful(0, 64, 32))
    with pytest.raises(InputError, match="32 x 64 px; bring it to the 96 x 96 px"):
        bench("color", Materials(photos, beside=(tmp_path / "rival",)))


def test_a_folder_without_results_is_refused(stand_in, photos, tmp_path):
    with pytest.raises(InputError, match="hcolor bench inputs"):
        bench("color", Materials(photos, beside=(tmp_path,)))


def test_without_judge_faces_and_pairs_it_says_so(stand_in, photos):
    report = bench("color", Materials(photos, count=4))
    rows = tables(report)[0]
    assert rows["automatic"]["KID x 1000"] == rows["automatic"]["recognized %"] == "not measured: --backbone"
    assert float(rows["automatic"]["colorfulness / true"]) > 0
    assert "4 validation photographs" in report
    assert "Faces: not measured: --scans FOLDER that holds faces.csv." in report
    assert "Exemplar pairs: not measured: --pairs." in report


def test_too_few_photographs_are_refused(photos):
    with pytest.raises(InputError, match="at least 4"):
        bench("color", Materials(photos, count=3))
    with pytest.raises(UsageError, match="--count"):
        bench("color", Materials(photos, count=0))


def test_strangers_are_half_and_a_third_of_the_list_away(photos):
    every = cases(photos, None)
    names = [case.name for case in every]
    assert [case.stranger.stem for case in every] == names[3:] + names[:3]
    assert [case.second.stem for case in every] == names[2:] + names[:2]
    assert cases(photos, 4) == [every[0], every[1], every[3], every[4]], "whatever the count"


def test_whole_photographs_are_reduced_but_never_enlarged(tmp_path):
    write(tmp_path / "large.png", colorful(1, 480, 640))
    write(tmp_path / "small.png", colorful(1, 48, 64)[:1])
    assert whole(tmp_path / "large.png").shape == (3, 320, 427)
    assert whole(tmp_path / "small.png").shape == (3, 48, 64)


def test_faces_that_cannot_be_are_refused(old):
    rows = (old / "faces.csv").read_text()
    (old / "faces.csv").write_text(rows.replace("b.png", "c.png"))
    with pytest.raises(InputError, match=r"c\.png, which is not there"):
        old_photographs((old,))
    (old / "faces.csv").write_text(rows.replace("mouth2_y", "chin"))
    with pytest.raises(InputError, match="mouth2_y"):
        old_photographs((old,))


def test_a_face_outside_its_photograph_is_refused(stand_in, old):
    (old / "faces.csv").write_text((old / "faces.csv").read_text().replace("b.png,30", "b.png,81"))
    with pytest.raises(InputError, match="outside its 80 x 60 px"):
        _color_faces.measure(old_photographs((old,)), [], lambda share, line: None)


def test_half_or_fewer_are_measured_against_the_others():
    assert folds([0, 3], 5) == [Fold((0, 1), (1, 2, 4))]


def test_more_are_measured_half_against_half():
    assert folds([0, 1, 2, 4, 5], 6) == [Fold((0, 2, 3), (1, 3, 5)), Fold((1, 4), (0, 2, 4))]
    for fold in folds(range(7), 7):
        assert not set(fold.measured) & set(fold.against)
        assert set(fold.measured) | set(fold.against) == set(range(7))


def test_kid_is_the_mean_over_folds_and_samples():
    rng = np.random.default_rng(0)
    truths = list(rng.standard_normal((6, 8)).astype(np.float32))
    tally = ColorTally()
    tally.pooled = [list(row) for row in rng.standard_normal((4, 2, 8)).astype(np.float32)]
    over = [Fold((0, 1), (2, 3, 4)), Fold((2, 3), (0, 1, 5))]
    values = [
        kid([tally.pooled[place][sample] for place in fold.measured], [truths[k] for k in fold.against])
        for fold in over
        for sample in (0, 1)
    ]
    assert kid_of(tally, over, truths) == pytest.approx(1000 * np.mean(values))
    assert kid_of(tally, [Fold((0,), (1, 2))], truths) is None
    assert kid_of(ColorTally(), over, truths) is None


def test_a_row_is_recognized_as_far_as_its_classes_are():
    def flat(*levels):
        return np.float32(levels)[:, None, None] * np.ones((3, 32, 32), np.float32)

    truths = [flat(0.8, 0.3, 0.3), flat(0.3, 0.8, 0.3), flat(0.3, 0.3, 0.8), flat(0.4, 0.4, 0.4)]
    ours = [flat(0.6, 0.4, 0.4), flat(0.4, 0.4, 0.6), flat(0.5, 0.5, 0.5), flat(0.4, 0.4, 0.4)]
    truth, gray, row = ColorTally(), ColorTally(), ColorTally()
    for true, colored in zip(truths, ours, strict=True):
        truth.add([true], true, np.zeros(2), judge)
        gray.add([np.repeat(gray_of(true), 3, 0)], true, np.zeros(2), judge)
        row.add([colored], true, np.zeros(2), judge)
    assert [look(judge, true).top for true in truths] == [0, 1, 2, 3]
    assert row.recognized(gray, truth) == pytest.approx(1 / 3)  # of the three that gray does not tell
    assert ColorTally().recognized(gray, truth) is None


def test_reinhard_moves_mean_and_deviation():
    colored, reference = 0.25 + 0.5 * colorful(1), 0.4 + 0.2 * colorful(2)
    moved = reinhard(colored, reference)
    np.testing.assert_allclose(mean_ab(moved), mean_ab(reference), atol=0.1)
    from skimage.color import rgb2lab

    spreads = [rgb2lab(x, channel_axis=0)[1:].std((1, 2)) for x in (moved, reference)]
    np.testing.assert_allclose(*spreads, rtol=0.02)
    gray = np.repeat(gray_of(colored), 3, 0)
    np.testing.assert_allclose(reinhard(gray, reference), tint(gray[:1], reference), atol=2e-3)


def test_rows_of_programs_are_told_by_their_titles():
    assert title_of("automatic") == ""
    assert title_of("0.5.0: unrelated reference") == "0.5.0: "


def test_times_are_taken_of_what_is_asked(stand_in):
    cost = _color_speed.time_job("one reference", Conditions(), side=64, repeats=1)
    assert cost.seconds_per_megapixel > 0

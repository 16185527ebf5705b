"""The ablation on a few tiny photographs: what its rows say, that it trains once, and what its figures are."""

from __future__ import annotations

import json
import multiprocessing
import pickle
from dataclasses import fields
from itertools import pairwise

import numpy as np
import pytest
import torch
from evaluation_pictures import colorful
from safetensors.torch import save_file

from halftone_color.checkpoints import files, manifest
from halftone_color.errors import HcolorError, InputError, UsageError
from halftone_color.evaluation import Materials, _ablation_seeds, _ablation_training, ablation
from halftone_color.evaluation._ablation_coloring import Print, Said, color_first, ihn_first, printed
from halftone_color.evaluation._ablation_figures import AblationFigures, Pages, _realism, gray_row
from halftone_color.evaluation._ablation_seeds import FULL, GRAY, MEAN, Job, SeedResult
from halftone_color.metrics.features import kid
from halftone_color.metrics.fidelity import psnr
from halftone_color.networks import colorizer, fusion, histogram, lite_trunk
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions
from halftone_color.run import Conditions, Run
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_schemes import SCHEMES

TINY = 1e-4
"""Minutes of one step."""


@pytest.fixture(scope="module")
def backbones(tmp_path_factory):
    """Files of MobileNetV2 and of EfficientNet-Lite1 with random weights."""
    folder = tmp_path_factory.mktemp("backbones")
    torch.manual_seed(0)
    tensors = {}
    for index, conv in enumerate(convolutions(Classifier())):
        torch.nn.init.kaiming_normal_(conv.weight)
        tensors |= {f"conv{index}.weight": conv.weight.detach(), f"conv{index}.bias": conv.bias.detach()}
    save_file(tensors, folder / "mobilenet.safetensors")
    trunk = {name: value for name, value in lite_trunk.Features().state_dict().items() if name.startswith("trunk.")}
    save_file({name: value.contiguous() for name, value in trunk.items()}, folder / "lite.safetensors")
    return folder / "mobilenet.safetensors", folder / "lite.safetensors"


@pytest.fixture
def trained(weights, weights_folder, tmp_path, monkeypatch):
    """The small weights of the tests and a histogram estimator beside them."""
    folder = tmp_path / "weights"
    folder.mkdir()
    for path in weights_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    path = folder / "histogram.safetensors"
    sha256 = files.save(path, histogram.HistogramNet(histogram.HistogramConfig(4, 0.3, 8)), "histogram", "histogram")
    manifest.add(folder, [manifest.Entry("histogram", "small", path.name, sha256, path.stat().st_size, True, "none")])
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(folder))
    monkeypatch.setattr(
        _ablation_training.RowRecipe, "config", colorizer.ColorizerConfig(4, (8, 8, 8, 8, 8), 8, 8, 8, 8)
    )
    monkeypatch.setattr(_ablation_training.OrdersRecipe, "config", fusion.FusionConfig(4, 1))


def test_each_row_adds_one_part():
    rows = dict(ablation.rows())
    for options in rows.values():
        assert sum(getattr(options, name) for name in SCHEMES) == 16
        assert (options.sides, options.batch(64)) == ((64,), ablation.BATCH)
    listed = list(rows.values())
    changed = [
        {field.name for field in fields(ColorizerOptions) if getattr(above, field.name) != getattr(below, field.name)}
        for above, below in pairwise(listed)
    ]
    assert changed == [{"code", "both", "jittered", "unlike"}, {"mode_seeking"}, {"similarity"}, {"histogram"}]
    base, last = listed[0], listed[-1]
    assert base.both == base.jittered == base.unlike == base.mode_seeking == base.similarity == base.histogram == 0
    assert {name: getattr(last, name) for name in SCHEMES} == {
        name: getattr(ColorizerOptions(), name) for name in SCHEMES
    }
    assert len({options.adversarial for options in listed}) == 1


def test_rows_are_trained_once_and_measured(photos, backbones, trained, cells, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "CHANGES", {name: ablation.CHANGES[name] for name in ("base", "+ reference scheme")})
    heard = []

    def once(minutes=TINY):
        judge, features = backbones
        materials = Materials(photos, judge, notify=lambda share, words: heard.append((share, words)), count=2)
        return ablation.measure(materials, features, minutes, 1, tmp_path / "runs" / "a", side=96)

    report = once()
    rows = cells(report.partition("The paper's")[0])
    assert list(rows) == [GRAY, "base", "+ reference scheme", MEAN, FULL]
    distance = "feature distance (MobileNetV2 stages 0-4)"
    assert rows[GRAY][distance] == rows[GRAY]["steps"] == rows["base"]["PSNR dB, code + reference"] == ""
    assert float(rows["+ reference scheme"]["PSNR dB, code + reference"]) > 5
    assert {rows[name]["steps"] for name in ("base", "+ reference scheme", FULL)} == {"1"}
    assert float(rows[FULL]["PSNR dB"]) > 5
    assert "2 validation photographs" in report
    assert "4 other validation" in report
    shares = [share for share, _ in heard]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 1 + 1e-9

    monkeypatch.setattr(_ablation_training, "train", None)  # whatever is trained or measured again fails
    monkeypatch.setattr(_ablation_seeds, "measure_row", None)
    assert once() == report
    with pytest.raises(UsageError, match="other settings"):
        once(2 * TINY)


def test_the_state_to_resume_from_goes_with_the_end(photos, backbones, trained, tmp_path):
    job = Job(photos, *backbones, ablation.rows()[:1], TINY, tmp_path / "runs" / "b", 2)
    material, folder = job.material(), job.folder(0, 0)
    options = job.rows[0][1]

    def stopped(share, words):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        _ablation_training.train_row(options, material, TINY, 0, folder, stopped)
    assert (folder / "state.pt").exists()
    assert not (folder / "trained.json").exists()
    _ablation_training.train_row(options, material, TINY, 0, folder, lambda *words: None)
    assert not (folder / "state.pt").exists()
    assert json.loads((folder / "trained.json").read_text()) == {"steps": 1}, "the step before the end counts"
    assert set(_ablation_training.trained_networks(folder)) == {"colorizer", "color-encoder"}


def test_too_few_photographs_are_refused(photos, backbones):
    (photos / "index.csv").write_text("file,split\npixabay-0.png,val\nfood-2.png,train")
    with pytest.raises(InputError, match="at least 4"):
        ablation.measure(Materials(photos, backbones[0]), backbones[1])


def test_a_process_that_fails_says_why(photos, trained, tmp_path, monkeypatch):
    """Its files were there when it was asked, and are none now; forked, since a process of its own imports for long."""
    job = Job(photos, tmp_path / "none", tmp_path / "none", ablation.rows()[:1], TINY, tmp_path / "runs" / "c", 2)
    assert pickle.loads(pickle.dumps(job)) == job, "which is how a process of its own gets it"
    if "fork" in multiprocessing.get_all_start_methods():
        forked = multiprocessing.get_context("fork")
        monkeypatch.setattr(_ablation_seeds.multiprocessing, "get_context", lambda method: forked)
    with pytest.raises(HcolorError, match="none"):
        _ablation_seeds.results(job, 2, lambda *words: None, processes=2)


def test_recoveries_of_both_orders_keep_what_the_descreening_says(trained):
    run = Run.open(Conditions("cpu"))
    page = printed(colorful(3, 128, 128), run)
    assert set(np.unique(np.round(page.halftone, 6))) >= {0.0, 1.0}
    cues = [Said(torch.zeros(4)), Said(torch.full((4,), 3.0)), Said(torch.zeros(4), colorful(4, 64, 64))]
    first, second = ihn_first(page, cues, run), color_first(page, cues, run)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    for picture in first:
        assert np.abs(np.tensordot(weights, picture, 1) - page.contone[0]).max() < 0.02
    assert all(picture.shape == (3, 128, 128) for picture in [*first, *second])
    assert all(np.abs(first[0] - other).max() > 1e-3 for other in first[1:]), "codes and references say something"


def test_realism_counts_each_photograph_once_in_a_set():
    rng = np.random.default_rng(0)
    against = list(rng.standard_normal((6, 8)).astype(np.float32))
    rows = rng.standard_normal((4, 2, 8)).astype(np.float32)
    sets = [np.stack([rows[0, k], rows[1, 1 - k], rows[2, k], rows[3, 1 - k]]) for k in range(2)]
    wanted = 500 * sum(kid(one, np.stack(against)) for one in sets)
    assert _realism([list(row) for row in rows], Pages([], against)) == pytest.approx(wanted)


def test_without_colors_recovery_is_the_descreened_picture(backbones):
    judge = _ablation_seeds.load_backbone(backbones[0])
    pages = [Print(colorful(k, 64, 64), colorful(k, 64, 64)[:1], colorful(k + 9, 64, 64)[:1]) for k in range(2)]
    against = [np.random.default_rng(k).random(1280, np.float32) for k in range(3)]
    figures = gray_row(Pages(pages, against), judge)
    grays = [np.repeat(page.contone, 3, 0) for page in pages]
    assert figures.psnr == pytest.approx(
        np.mean([psnr(gray, page.truth) for gray, page in zip(grays, pages, strict=True)])
    )
    assert figures.diversity is None
    assert figures.guided_psnr is None


def test_seeds_are_told_by_mean_and_half_their_distance(cells, tmp_path):
    job = Job(tmp_path, tmp_path, tmp_path, ablation.rows()[:1], 10, tmp_path, 2)
    names = (GRAY, "base", MEAN, FULL)
    results = [
        SeedResult({name: AblationFigures(value, 0.5, None, None, 0.1, 20) for name in names}, {"base": steps})
        for value, steps in ((20.0, 300), (21.0, 310))
    ]
    row = cells(ablation.told(job, results, 3).partition("The paper's")[0])["base"]
    assert (row["PSNR dB"], row["SSIM, code + reference"], row["steps"]) == ("20.50 ± 0.50", "", "300, 310")

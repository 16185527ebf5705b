"""Trainings from a folder of photographs to a weights file, in a second or two each."""

from __future__ import annotations

import dataclasses
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import safetensors.torch
import torch

from halftone_color.checkpoints import files, header, manifest
from halftone_color.checkpoints.loading import networks_for
from halftone_color.errors import InputError, UsageError, WeightsError
from halftone_color.networks.inverse_halftone import InverseHalftoneConfig
from halftone_color.training import color_figures, jobs
from halftone_color.training.recipes import colorizer, histogram, inverse_halftone


@pytest.fixture(scope="module")
def small_colorizer(photo_folder, trunk_file, tiny_config):
    """Return a function that trains a colorizer of the smallest sizes."""

    def trained(run, minutes=1e-9, settings=None, **words):
        settings = {"sides": "64", "megapixels": "0.07"} | (settings or {})
        return jobs.run(
            jobs.TrainingJob(
                "colorizer", photo_folder, run, minutes, settings=settings, **({"backbone": trunk_file} | words)
            )
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(colorizer.ColorizerRecipe, "config", tiny_config)
        patch.setattr(colorizer.ColorizerRecipe, "fitted_on", 16)
        patch.setattr(color_figures, "SIDE", 64)
        patch.setattr(color_figures, "REFERENCE_PX", 64)
        yield trained


@pytest.fixture(scope="module")
def estimator_folder(photo_folder, tiny_weights_folder, tmp_path_factory):
    """Return a folder of default weights: the small random networks and a histogram estimator."""
    folder = tmp_path_factory.mktemp("with-estimator") / "weights"
    shutil.copytree(tiny_weights_folder, folder)
    settings = {"batch": "2", "side": "16"}
    run = folder.parent / "histogram"
    jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 1e-9, settings=settings, publish=folder))
    return folder


@pytest.fixture(scope="module")
def fresh_colorizer(small_colorizer, estimator_folder, tmp_path_factory):
    """Return the folder of a colorizer that began fresh, with other weights of losses, though there are weights of it;
    it is published in `published` beside."""
    folder = tmp_path_factory.mktemp("fresh")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HCOLOR_WEIGHTS", str(estimator_folder))
        settings = {"style": "0.25", "palette": "0"}
        small_colorizer(folder / "run", start="fresh", settings=settings, publish=folder / "published")
    return folder / "run"


def test_inverse_halftone_from_photographs_to_weights(photo_folder, tmp_path, monkeypatch):
    monkeypatch.setattr(inverse_halftone.InverseHalftoneRecipe, "config", InverseHalftoneConfig((8, 12), (1, 1), 8, 1))
    monkeypatch.setattr(inverse_halftone.InverseHalftoneRecipe, "validation_crops", 2)
    lines = []
    weights = tmp_path / "weights"
    weights.mkdir()
    figures = jobs.run(
        jobs.TrainingJob(
            "inverse-halftone",
            photo_folder,
            tmp_path / "runs" / "ihn",
            0.005,
            settings={"compile": "false", "batch": "2", "side": "32", "warmup_steps": "1"},
            publish=weights,
        ),
        lambda share, line: lines.append(share),
    )
    assert set(figures) == {"digital", "print", "unscreened", "regridded", "palette", "text"}
    assert lines[-1] == 1
    (entry,) = manifest.read(weights)
    assert (entry.role, entry.set, entry.default) == ("inverse-halftone", "hcolor", True)
    assert entry.sources == ("source-0", "source-1")
    assert "non-commercial" in entry.licence
    assert entry.bytes == (weights / entry.file).stat().st_size
    stored = safetensors.torch.load_file(weights / entry.file)
    assert {tensor.dtype for tensor in stored.values()} == {torch.float16}
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(weights))
    network = networks_for("default", ["inverse-halftone"])["inverse-halftone"]
    content, output = network(torch.rand(1, 1, 32, 32), torch.randn(1, 8, 16, 16))
    assert torch.isfinite(output).all()
    assert not torch.equal(content, output), "it has been trained"


def test_histogram_resumes_and_publishes_again(photo_folder, tmp_path):
    weights = tmp_path / "weights"
    weights.mkdir()
    run = tmp_path / "runs" / "histogram"
    steps = []
    for minutes in (0.005, 0.01):
        jobs.run(
            jobs.TrainingJob(
                "histogram", photo_folder, run, minutes, settings={"batch": "2", "side": "16"}, publish=weights
            )
        )
        steps.append(torch.load(run / "state.pt", weights_only=True)["step"])
    assert 0 < steps[0] < steps[1]
    (entry,) = manifest.read(weights)
    header = files.load(weights / entry.file).header
    assert header.architecture == "histogram"
    assert header.licence == entry.licence
    assert json.loads((run / "schedule.json").read_text())["minutes"] == 0.01
    (cache,) = [p for p in (tmp_path / "runs").iterdir() if p != run]
    assert cache.name.startswith("photographs-")


def test_a_folder_and_a_pack_train_together(photo_folder, tmp_path):
    pack = tmp_path / "more.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("index.csv", "file,split,source_repo\n1.jpg,train,elsewhere\n2.jpg,val,nowhere\n")
        for name in ("1.jpg", "2.jpg"):
            archive.write(photo_folder / name, name)
    weights, run = tmp_path / "weights", tmp_path / "runs" / "histogram"
    settings = {"batch": "2", "side": "16"}
    jobs.run(jobs.TrainingJob("histogram", [photo_folder, pack], run, 1e-9, settings=settings, publish=weights))
    (entry,) = manifest.read(weights)
    assert entry.sources == ("elsewhere", "source-0", "source-1"), "held-out photographs are no source"
    (cache,) = (tmp_path / "runs").glob("photographs-*")
    files_cached = [row["file"] for row in json.loads((cache / "index.json").read_text())]
    assert files_cached == [*(f"{index}.jpg" for index in range(8)), "1~2.jpg", "2~2.jpg"]


def test_a_run_leaves_its_newest_weights(photo_folder, tmp_path):
    settings = {"batch": "2", "side": "16", "average": "0.5"}
    run, weights = tmp_path / "runs" / "histogram", tmp_path / "weights"
    jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 0.005, settings=settings, publish=weights))
    (entry,) = manifest.read(run)
    assert manifest.read(weights) == [entry]
    early = (run / entry.file).read_bytes()
    assert early == (weights / entry.file).read_bytes()
    count = 0

    class Cut(SystemExit):
        pass

    def cut(recipe, batch, progress):
        nonlocal count
        count += 1
        if count > 3:
            raise Cut
        return losses(recipe, batch, progress)

    losses = histogram.HistogramRecipe.losses
    with pytest.MonkeyPatch.context() as patch, pytest.raises(Cut):
        patch.setattr(histogram.HistogramRecipe, "losses", cut)
        jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 0.05, settings=settings, publish=weights))
    average = torch.load(run / "state.pt", weights_only=True)["average"]
    stored = safetensors.torch.load_file(run / entry.file)
    for name, tensor in stored.items():
        torch.testing.assert_close(tensor, average[f"histogram.{name}"].half(), rtol=0, atol=0)
    assert (run / entry.file).read_bytes() != early
    assert (weights / entry.file).read_bytes() == early, "only what came to its end is published"


def test_what_is_validated_last_is_returned(photo_folder, tmp_path):
    run = tmp_path / "runs" / "histogram"
    with pytest.MonkeyPatch.context() as patch:
        counted = []
        validate = histogram.HistogramRecipe.validate
        patch.setattr(
            histogram.HistogramRecipe,
            "validate",
            lambda *words: counted.append(0) or validate(*words) | {"n": len(counted)},
        )
        figures = jobs.run(
            jobs.TrainingJob("histogram", photo_folder, run, 1e-9, settings={"batch": "2", "side": "16"})
        )
    assert figures["n"] == len(counted) == 1, "no photograph is validated twice"
    last = json.loads((run / "log.jsonl").read_text().splitlines()[-1])
    assert figures["intersection"] == pytest.approx(last["intersection"], abs=1e-5)


def test_requests_are_checked_before_a_run():
    jobs.check("histogram", {"batch": "4", "rate": "1e-3"})
    with pytest.raises(UsageError, match="no setting 'validate'"):
        jobs.check("histogram", {"validate": "4"})
    with pytest.raises(UsageError, match="no recipe for 'gan'"):
        jobs.check("gan", {})


def test_equal_seeds_start_equally(photo_folder, tmp_path):
    first, again, other = (
        jobs.run(
            jobs.TrainingJob(
                "histogram", photo_folder, tmp_path / name, 1e-9, settings={"batch": "2", "side": "16"}, seed=seed
            )
        )
        for name, seed in (("a", 1), ("b", 1), ("c", 2))
    )
    assert first == pytest.approx(again, rel=1e-6)
    assert first != pytest.approx(other, rel=1e-3)


def test_a_colorizer_says_which_estimator_it_was_trained_with(fresh_colorizer, estimator_folder):
    (estimator,) = (entry for entry in manifest.read(estimator_folder) if entry.role == "histogram")
    entries = {entry.role: entry for entry in manifest.read(fresh_colorizer.parent / "published")}
    assert set(entries) == {"colorizer", "color-encoder"}
    assert entries["colorizer"].trained_with == {"histogram": estimator.sha256}
    through = "losses on the features of trunk.safetensors"
    assert entries["colorizer"].sources == ("source-0", "source-1", through, "started from trunk.safetensors")
    assert entries["color-encoder"].sources == ("source-0", "source-1", through), "which no backbone gives weights"


def test_headers_keep_the_losses(estimator_folder, fresh_colorizer):
    def losses(folder, role):
        return header.read(folder / f"{role}.safetensors").extra["losses"]

    assert losses(estimator_folder, "histogram") == {"histogram": 100}
    found = losses(fresh_colorizer, "colorizer")
    assert (found["style"], found["reconstruction"], found["skin"]) == (0.25, 10, 4)
    assert not {"palette", "adversarial"} & set(found), "not asked for"
    assert losses(fresh_colorizer, "color-encoder") == found


def test_runs_of_former_versions_say_too_much_of_their_backbone(photo_folder, tmp_path):
    run, settings = tmp_path / "run", {"batch": "2", "side": "16"}
    jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 1e-9, settings=settings))
    (entry,) = manifest.read(run)
    manifest.write(run, [dataclasses.replace(entry, sources=("old", "started from mobilenet_v2.safetensors"))])
    jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 1e-9, settings=settings))
    assert manifest.read(run)[0].sources == ("old", "source-0", "source-1")


def test_what_the_shipped_networks_started_from():
    entries = manifest.read(Path(__file__).parents[2] / "weights")
    started = {entry.role: [s for s in entry.sources if s.startswith(jobs.STARTED)] for entry in entries}
    assert started.pop("colorizer") == ["started from efficientnet_lite1.safetensors"]
    assert started == {"inverse-halftone": [], "color-encoder": [], "fusion": [], "histogram": [], "cycle-cnn": []}
    through = {entry.role: [s for s in entry.sources if s.startswith(jobs.THROUGH)] for entry in entries}
    assert through == {
        "inverse-halftone": ["losses on the features of mobilenet_v2.safetensors"],
        "colorizer": ["losses on the features of efficientnet_lite1.safetensors"],
        "color-encoder": ["losses on the features of efficientnet_lite1.safetensors"],
        "fusion": [],
        "histogram": [],
        "cycle-cnn": [],
    }


def test_a_colorizer_goes_on_from_the_weights_there_are(tmp_path, tiny_weights, small_colorizer, fresh_colorizer):
    published = safetensors.torch.load_file(tiny_weights / "colorizer.safetensors")

    def moved(run):
        """Return how far the weights of a run's state are from those published, at most."""
        state = torch.load(run / "state.pt", weights_only=True)["networks"]
        return max(float((state[f"colorizer.{name}"] - weight).abs().max()) for name, weight in published.items())

    small_colorizer(tmp_path / "on")
    assert moved(tmp_path / "on") < 1e-4, "but for one step of warm-up"
    assert moved(fresh_colorizer) > 0.1
    (entry,) = (entry for entry in manifest.read(tmp_path / "on") if entry.role == "colorizer")
    through = "losses on the features of trunk.safetensors"
    assert entry.sources == ("noise", "source-0", "source-1", through), "it has none of the backbone's weights"


def test_a_run_that_is_resumed_goes_on_with_its_own(tmp_path, tiny_weights, small_colorizer, fresh_colorizer):
    run = Path(shutil.copytree(fresh_colorizer, tmp_path / "run"))
    before = torch.load(run / "state.pt", weights_only=True)
    small_colorizer(run, minutes=before["used"] / 60 + 0.001)
    after = torch.load(run / "state.pt", weights_only=True)
    assert 0 < before["step"] < after["step"]
    name = "colorizer.embed.weight"
    assert 0 < (after["networks"][name] - before["networks"][name]).abs().max() < 0.02, "and not with the weights'"
    (entry,) = (entry for entry in manifest.read(run) if entry.role == "colorizer")
    assert "noise" not in entry.sources
    assert entry.sources[-1] == "started from trunk.safetensors", "as it began"


def test_a_colorizer_without_a_backbone(photo_folder, tmp_path, tiny_weights, monkeypatch, small_colorizer, caplog):
    with pytest.raises(UsageError, match="A fresh colorizer begins with EfficientNet-Lite1; name its file with"):
        small_colorizer(tmp_path / "a", start="fresh", backbone=None)
    small_colorizer(tmp_path / "b", backbone=None)
    assert "the losses on features are left out" in caplog.text
    with pytest.raises(UsageError, match="A discriminator judges by EfficientNet-Lite1's features"):
        small_colorizer(tmp_path / "c", backbone=None, settings={"adversarial": "0.5"})


def test_other_recipes_start_afresh(photo_folder, tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    settings = {"batch": "2", "side": "16"}
    jobs.run(
        jobs.TrainingJob("histogram", photo_folder, tmp_path / "a", 1e-9, settings=settings, publish=weights, seed=1)
    )
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(weights))
    words = {"settings": settings, "seed": 2}
    unsaid = jobs.run(jobs.TrainingJob("histogram", photo_folder, tmp_path / "b", 1e-9, **words))
    fresh = jobs.run(jobs.TrainingJob("histogram", photo_folder, tmp_path / "c", 1e-9, start="fresh", **words))
    old = jobs.run(jobs.TrainingJob("histogram", photo_folder, tmp_path / "d", 1e-9, start="default", **words))
    assert unsaid == pytest.approx(fresh, rel=1e-6)
    assert unsaid != pytest.approx(old, rel=1e-3)


def test_a_training_starts_from_weights(photo_folder, tmp_path, monkeypatch):
    weights = tmp_path / "weights"
    weights.mkdir()
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(weights))
    settings = {"batch": "2", "side": "16"}
    jobs.run(
        jobs.TrainingJob("histogram", photo_folder, tmp_path / "a", 1e-9, settings=settings, publish=weights, seed=1)
    )
    (entry,) = manifest.read(weights)
    stored = safetensors.torch.load_file(weights / entry.file)
    run = tmp_path / "b"
    jobs.run(jobs.TrainingJob("histogram", photo_folder, run, 1e-9, settings=settings, seed=2, start="default"))
    state = torch.load(run / "state.pt", weights_only=True)["networks"]
    for name, tensor in stored.items():
        moved = (state[f"histogram.{name}"] - tensor.float()).abs().max()
        assert moved < 1e-3, f"{name} is not what was stored, give or take one step of warm-up"


def settled(role, minutes, seed, settings):
    return jobs.settled(jobs.TrainingJob(role, Path("photos"), Path("run"), minutes, settings=settings, seed=seed))


def test_settings_reach_options_and_schedule():
    schedule, options = settled("colorizer", 5, 3, {"style": "0", "sides": "64,96", "clip": "0.5"})
    assert (options.style, options.sides) == (0.0, (64, 96))
    assert (schedule.minutes, schedule.seed, schedule.clip) == (5, 3, 0.5)
    assert schedule.rate == colorizer.ColorizerRecipe.rate
    _, options = settled("inverse-halftone", 1, 0, {"compile": "False"})
    assert options.compile is False


@pytest.mark.parametrize(("minutes", "often"), [(0.5, 1), (9, 1.8), (50, 10), (600, 10)])
def test_short_runs_store_their_weights_more_often(minutes, often):
    schedule, _ = settled("colorizer", minutes, 0, {})
    assert schedule.save_minutes == pytest.approx(often)
    assert settled("colorizer", minutes, 0, {"save_minutes": "3"})[0].save_minutes == 3


def test_settings_that_are_right_only_together():
    schemes = {"code": "8", "both": "0", "jittered": "0", "unlike": "0", "automatic": "5"}
    _, options = settled("colorizer", 1, 0, schemes)
    assert (options.code, options.both, options.hints, options.automatic, options.random) == (8, 0, 1, 5, 2)


@pytest.mark.parametrize(
    ("role", "settings", "message"),
    [
        (
            "painter",
            {},
            "no recipe for 'painter'; hcolor trains colorizer, cycle-cnn, denoiser, flow, fusion, halftone-denoiser,",
        ),
        ("histogram", {"brush": "1"}, "histogram has no setting 'brush'; settings: batch, side, minutes"),
        ("histogram", {"batch": "many"}, "batch=many is not of type int; it is 16 by default"),
        ("inverse-halftone", {"compile": "perhaps"}, "compile=perhaps is not of type bool"),
        ("colorizer", {"sides": "100"}, "multiples of 32"),
        ("colorizer", {"code": "4"}, "schemes .* must sum up to 16"),
    ],
)
def test_wrong_requests(role, settings, message, photo_folder, tmp_path):
    with pytest.raises(UsageError, match=message):
        jobs.run(jobs.TrainingJob(role, photo_folder, tmp_path / "run", 0.01, settings=settings))
    assert not (tmp_path / "run").exists()


def test_what_is_missing_is_said(photo_folder, tmp_path, monkeypatch):
    with pytest.raises(InputError, match="holds no photographs"):
        jobs.run(jobs.TrainingJob("histogram", tmp_path / "nowhere", tmp_path / "run", 0.01))
    with pytest.raises(WeightsError, match=r"missing.safetensors cannot be read .* name another with --backbone"):
        jobs.run(
            jobs.TrainingJob(
                "colorizer", photo_folder, tmp_path / "run", 0.01, backbone=tmp_path / "missing.safetensors"
            )
        )

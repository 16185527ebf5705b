"""hcolor demo, train and bench: what they hand on and what they show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage import data

from halftone_color import evaluation
from halftone_color.cli.demo import PICTURES, SHEET
from halftone_color.evaluation import Materials
from halftone_color.evaluation._report import unheard
from halftone_color.images.reading import read
from halftone_color.run import Conditions
from halftone_color.training import jobs


def test_demo_writes_pictures_and_a_sheet(hcolor, tiny_weights, tmp_path, monkeypatch):
    photograph, reference = data.astronaut()[:96, 180:276], data.coffee()[100:164, 200:280]
    monkeypatch.setattr(data, "astronaut", lambda: photograph)
    monkeypatch.setattr(data, "coffee", lambda: reference)
    folder = tmp_path / "look"
    done = hcolor("demo", "-o", folder)
    assert done.code == 0, done.err
    assert done.paths == [str(folder / name) for name in (*PICTURES, SHEET)]
    pictures = {name: read(folder / name).pixels for name in PICTURES}
    assert np.array_equal(np.moveaxis(pictures["photograph.png"], 0, 2) * 255, photograph)
    assert pictures["halftone.png"].shape == (1, 96, 96)
    for name in PICTURES:
        if name.startswith("restored"):
            assert pictures[name].shape == (3, 96, 96)
    assert np.abs(pictures["restored-random-1.png"] - pictures["restored-random-2.png"]).max() > 0.01
    with Image.open(folder / SHEET) as sheet:
        assert sheet.width > sheet.height > 640
    assert str(folder / SHEET) in done.err
    assert hcolor("demo", "-o", folder).code == 5
    assert hcolor("demo", "-o", tmp_path / "demo.png").code == 2


def test_train_hands_on_what_was_asked_for(hcolor, tmp_path, monkeypatch):
    heard, threads = [], []

    def run(job, notify):
        heard.append(job)
        threads.append(torch.get_num_threads())
        notify(0.5, "loss 0.1")
        return {"psnr": 25.123456}

    monkeypatch.setattr(jobs, "run", run)
    backbone = tmp_path / "features.safetensors"
    backbone.touch()
    done = hcolor(
        *("train", "colorizer", "--photos", tmp_path, "--backbone", backbone, "--minutes", "1.5", "--run", tmp_path),
        *("--set", "batch=4", "--set", "edge-share = 0.5", "--publish", tmp_path, "--seed", "3", "--device", "cpu"),
        *("--start", "default", "--join", tmp_path / "a", "--join", tmp_path / "b", "--photos", backbone),
    )
    assert (done.code, done.out) == (0, "psnr: 25.123\n")
    assert heard[0] == jobs.TrainingJob(
        "colorizer",
        [tmp_path, backbone],
        tmp_path,
        1.5,
        backbone=backbone,
        settings={"batch": "4", "edge_share": "0.5"},
        publish=tmp_path,
        seed=3,
        device="cpu",
        start="default",
        joined=[tmp_path / "a", tmp_path / "b"],
    )
    assert hcolor("train", "colorizer", "--photos", tmp_path, "--device", "cpu").code == 0
    assert (heard[1].start, heard[1].joined) == (None, []), "the recipe knows what to start from"
    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    assert hcolor("train", "colorizer", "--photos", tmp_path, "--threads", "3").code == 0
    assert 3 in threads


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--set", "batch"), 2),
        (("--photos", "nowhere"), 8),
        (("--backbone", "nowhere"), 8),
        (("--device", "abacus"), 7),
        (("--minutes", "0"), 2),
        (("--threads", "0"), 2),
    ],
)
def test_train_refuses(hcolor, tmp_path, words, code):
    refused = hcolor("train", "fusion", "--photos", tmp_path, *words)
    assert refused.code == code, refused.err
    assert "Traceback" not in refused.err


def test_train_refuses_a_file_that_is_no_pack(hcolor, tmp_path):
    stranger = tmp_path / "photos.zip"
    stranger.write_bytes(b"PK\x03\x04 and no more")
    refused = hcolor("train", "histogram", "--photos", stranger, "--run", tmp_path / "run")
    assert refused.code == 8
    assert "is not a pack of photographs" in refused.err
    assert hcolor("train", "histogram").code == 2, "photographs must be named"


def test_train_refuses_an_unknown_network_and_a_missing_device(hcolor, tmp_path):
    assert hcolor("train", "gan", "--photos", tmp_path).code == 2
    if not torch.cuda.is_available():
        assert hcolor("train", "fusion", "--photos", tmp_path, "--device", "cuda").code == 7


def test_bench_prints_markdown_and_writes_it(hcolor, tmp_path, monkeypatch):
    heard = []

    def bench(section, materials):
        heard.append((section, replace(materials, notify=unheard)))
        materials.notify(0.5, None)
        return "## Tables\n\n| a | b |\n"

    monkeypatch.setattr(evaluation, "bench", bench)
    done = hcolor("bench", "recovery", tmp_path, "--weights", "mine", "--device", "cpu", "-o", tmp_path / "tables.md")
    assert (done.code, done.out) == (0, "## Tables\n\n| a | b |\n")
    assert (tmp_path / "tables.md").read_text() == done.out
    assert heard == [("recovery", Materials(tmp_path, conditions=Conditions(weights="mine", device="cpu")))]
    assert hcolor("bench", "recovery", "-o", tmp_path / "tables.md").code == 5
    assert hcolor("bench", "methods", "--pairs", tmp_path, "--sheet", tmp_path / "tables.md").code == 5
    assert hcolor("bench", "methods", "--pairs", tmp_path, "--sheet", tmp_path / "page.jpg").code == 0
    assert heard[-1] == ("methods", Materials(pairs=tmp_path, sheet=tmp_path / "page.jpg"))
    assert hcolor("bench", "sweep", "--plot", tmp_path / "tables.md").code == 5
    assert hcolor("bench", "descreen", "--scans", tmp_path, "--scans", "b", "--plot", tmp_path / "s.svg").code == 0
    assert heard[-1][1] == Materials(scans=(tmp_path, Path("b")), plot=tmp_path / "s.svg")
    assert hcolor("bench", "color", tmp_path, "--count", "60", "--beside", tmp_path, "--beside", "b").code == 0
    assert heard[-1][1] == Materials(tmp_path, count=60, beside=(tmp_path, Path("b")))


def test_bench_writes_what_another_program_is_to_color(hcolor, tmp_path):
    photos, inputs = tmp_path / "photos", tmp_path / "inputs"
    photos.mkdir()
    names = [f"{kind}.png" for kind in ("bsds", "food", "houses", "pixabay")]
    for level, name in enumerate(names):
        Image.new("RGB", (40, 60), (30 * level, 60, 90)).save(photos / name)
    (photos / "index.csv").write_text("\n".join(["file,split", *(f"{name},val" for name in names)]))
    done = hcolor("bench", "inputs", photos, "-o", inputs)
    assert done.paths == [str(inputs / "jobs.csv")]
    rows = [line.split(",") for line in (inputs / "jobs.csv").read_text().splitlines()]
    assert rows[0] == ["picture", "reference", "seed", "result"]
    assert ["bsds.png", "bsds-stranger.png", "", "bsds-unrelated"] in rows
    assert ["pixabay-whole.png", "", "", "pixabay-whole-automatic"] in rows
    assert ["food.png", "", "3", "food-sample3"] in rows
    assert all((inputs / name).is_file() for row in rows[1:] for name in row[:2] if name)
    with Image.open(inputs / "pixabay.png") as square, Image.open(inputs / "pixabay-whole.png") as whole:
        assert (square.size, square.mode, whole.size) == ((256, 256), "L", (40, 60))
    assert hcolor("bench", "inputs", photos).code == 2


def test_bench_draws_gray_photographs_by_ways_of_coloring(hcolor, tmp_path, monkeypatch):
    from halftone_color.evaluation import color_sheets

    heard = []
    monkeypatch.setattr(color_sheets, "sheet", lambda *words, notify: heard.append(words))
    Image.new("L", (40, 60)).save(tmp_path / "old.png")
    done = hcolor(
        "bench", "color-sheets", tmp_path, "--ref", "b.jpg", "-o", tmp_path / "sheet.jpg", "--weights", "mine"
    )
    assert (done.code, done.paths) == (0, [str(tmp_path / "sheet.jpg")])
    assert heard == [([tmp_path / "old.png"], [Path("b.jpg")], tmp_path / "sheet.jpg", Conditions(weights="mine"))]


def test_bench_refuses_an_unknown_section(hcolor):
    assert hcolor("bench", "beauty").code == 2

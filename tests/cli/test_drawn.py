"""What diffusion draws from the command line: samples, their map, seeds, halftones, and networks that are missing."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color import api
from halftone_color.checkpoints import manifest
from halftone_color.checkpoints.finding import EXPERIMENTS
from halftone_color.images.heat_map import LEGEND_PX, NARROWEST_PX
from halftone_color.images.reading import read

DRAWN = ("--method", "diffusion", "--set", "steps=2")


def test_samples_differ_by_their_seed_alone_and_have_a_map(hcolor, scan, tiny_weights, tmp_path):
    done = hcolor("descreen", scan, *DRAWN, "--samples", "2", "--seed", "5", "--uncertainty-map", tmp_path / "map.png")
    names = ["scan-descreened-1.png", "scan-descreened-2.png", "scan-sheet.jpg", "map.png"]
    assert done.code == 0, done.err
    assert done.paths == [str(tmp_path / name) for name in names]
    first, second = (read(path).pixels for path in done.paths[:2])
    assert not np.array_equal(first, second)
    assert read(done.paths[3]).pixels.shape == (3, 64 + LEGEND_PX, NARROWEST_PX)
    one = hcolor("descreen", scan, *DRAWN, "--seed", "6")
    assert one.paths == [str(scan.with_name("scan-descreened.png"))]
    np.testing.assert_array_equal(read(one.paths[0]).pixels, second)


def test_a_picture_without_a_screen_comes_back_as_often_as_asked(hcolor, photo, tiny_weights):
    done = hcolor("descreen", photo, "--screen", "no", *DRAWN, "--samples", "2")
    assert done.code == 0, done.err
    for path in done.paths[:2]:
        np.testing.assert_allclose(read(path).pixels, read(photo).pixels, atol=1 / 255)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--samples", "2"), "has one answer only"),
        ((*DRAWN, "--uncertainty-map", "map.png"), "add --samples 8"),
        ((*DRAWN, "--samples", "2", "--crop", "--uncertainty-map", "map.png"), "one picture"),
        ((*DRAWN, "--samples", "2", "--uncertainty-map", "maps/"), "no name of a picture"),
        ((*DRAWN, "--set", "init=mean"), "choose one of ihn, noise"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_2(hcolor, scan, words, said):
    refused = hcolor("descreen", scan, *words)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert said in refused.err


def test_the_map_replaces_neither_input_nor_result(hcolor, scan):
    for taken in (scan, scan.with_name("scan-descreened-1.png")):
        refused = hcolor("descreen", scan, *DRAWN, "--samples", "2", "--overwrite", "--uncertainty-map", taken)
        assert refused.code == 2
        assert "would replace" in refused.err


def test_restoring_draws_from_the_seed_with_and_without_samples(scan, tiny_weights):
    options = {"descreener": "diffusion", "descreener_options": {"steps": 2}, "path": "ihn-first"}
    plain, again, other = (api.restore(scan, seed=seed, **options).picture for seed in (0, 0, 1))
    np.testing.assert_array_equal(plain, again)
    assert not np.array_equal(plain, other)
    samples = api.restore(scan, samples=2, seed=1, **options).pictures
    luma = [picture.transpose(1, 2, 0) @ np.float32((0.299, 0.587, 0.114)) for picture in (other, *samples)]
    for each in luma[1:]:
        np.testing.assert_allclose(each, luma[0], atol=2e-3)


def test_a_halftone_is_drawn_by_its_seed(hcolor, photo, tiny_weights, tmp_path):
    files = [
        hcolor("halftone", photo, *DRAWN, "--seed", seed, "--device", "cpu", "-o", tmp_path / f"{place}.png").paths[0]
        for place, seed in enumerate((1, 1, 2))
    ]
    first, again, other = (read(file).pixels for file in files)
    assert set(np.unique(first)) == {0, 1}
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_other_halftones_have_no_seed(hcolor, photo):
    refused = hcolor("halftone", photo, "--seed", "1")
    assert refused.code == 2
    assert "no option 'seed'" in refused.err


@pytest.mark.parametrize(
    ("command", "words", "role"),
    [
        ("halftone", (), "halftone-denoiser"),
        ("descreen", (), "flow"),
        ("descreen", ("--set", "init=noise"), "denoiser"),
    ],
)
def test_a_missing_network_is_one_sentence_with_6(hcolor, scan, tmp_path, command, words, role, tiny_weights_folder):
    entries = [entry for entry in manifest.read(tiny_weights_folder) if entry.role not in EXPERIMENTS]
    for entry in entries:
        (tmp_path / "some" / entry.file).parent.mkdir(exist_ok=True)
        (tmp_path / "some" / entry.file).write_bytes((tiny_weights_folder / entry.file).read_bytes())
    manifest.write(tmp_path / "some", entries)
    refused = hcolor(command, scan, "--method", "diffusion", *words, "--weights", tmp_path / "some")
    assert refused.code == 6, refused.err
    assert f"weights for {role}, which does not ship; train it by `hcolor train {role} " in refused.err
    assert refused.err.count("\n") == 1

"""Where color comes from, as a request says it, is opened: a cue for each picture to be made."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.images import sources
from halftone_color.run import Conditions, Run
from halftone_color.steps import cues
from halftone_color.steps.parsing import make_request
from halftone_color.types import Scan

LIMIT = 10**6


@pytest.fixture
def gray(scene):
    return (0.3 + 0.4 * rgb_to_luma(scene(30, 40))).astype(np.float32)


@pytest.fixture
def run():
    return Run.open(Conditions(device="cpu"))


@pytest.fixture
def opened(gray, run):
    """Open the cues that words say for the print `gray`."""
    return lambda **words: cues.open_cues(make_request("colorize", **words).cues, Scan(gray), LIMIT, run)


def test_nothing_given_is_automatic(opened):
    (cue,) = opened()
    assert (cue.references, cue.seed, cue.hints, cue.palette, cue.gallery) == ((), None, None, None, None)


def test_samples_have_a_seed_each(opened):
    assert [cue.seed for cue in opened(samples=3, seed=5)] == [5, 6, 7]


def test_a_gray_reference_of_16_bits_is_three_planes_and_told(opened, gray, run):
    deep = np.round(gray[0] * 65535).astype(np.uint16)
    (cue,) = opened(references=[deep])
    np.testing.assert_allclose(cue.references[0], gray.repeat(3, 0), atol=1e-5)
    assert run.notes == ("A reference is gray, so there are no colors to take from it.",)


def test_a_colored_reference_needs_no_word(opened, run, scene):
    assert len(opened(references=[scene(9, 9), scene(8, 7, 1)])) == 1, "all of them give one result"
    assert run.notes == ()


def test_references_are_read_once_for_all_scans(opened, scene, tmp_path, monkeypatch):
    Image.fromarray((scene(9, 9) * 255).astype(np.uint8).transpose(1, 2, 0)).save(tmp_path / "beach.png")
    plain, read = sources.read, []
    monkeypatch.setattr(sources, "read", lambda *given, **more: read.append(given) or plain(*given, **more))
    first, second = (opened(references=[tmp_path / "beach.png"])[0] for _ in range(2))
    np.testing.assert_array_equal(first.references[0], second.references[0])
    assert len(read) == 1


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_an_array_with_a_fourth_plane_is_a_layer(kind, opened):
    layer = np.zeros((4, 30, 40), np.float32)
    layer[:, 4:7, 5:9] = np.float32([1, 0.2, 0.4, 1])[:, None, None]
    layer = layer if kind == np.float32 else np.round(layer * 255).astype(kind)
    (cue,) = opened(scribbles=layer)
    np.testing.assert_array_equal(cue.hints.given, layer[3] > 0)
    np.testing.assert_allclose(cue.hints.colors[:, 5, 6], [1, 0.2, 0.4], atol=1e-6)


def test_points_lie_over_scribbles(opened, gray):
    copy = gray.repeat(3, 0)
    copy[:, 4:9, 5:9] = np.float32([1, 0.2, 0.4])[:, None, None]
    (cue,) = opened(scribbles=copy, hints=[(6, 5, "blue"), "20,20,lime"])
    np.testing.assert_array_equal(cue.hints.colors[:, 5, 6], [0, 0, 1])
    np.testing.assert_array_equal(cue.hints.colors[:, 20, 20], [0, 1, 0])
    assert cue.hints.given.sum() == 4 * 5 + 1


def test_a_palette_of_words_numbers_and_pictures(opened, scene, tmp_path):
    """Each color has an equal part of the area; the main colors of a picture share one."""
    Image.new("RGB", (20, 10), "blue").save(tmp_path / "sea.png")
    swatches = ["red,#00ff00", (1.0, 1.0, 0.0), str(tmp_path / "sea.png")]
    (cue,) = opened(palette=swatches, hints=[(3, 4, "red")])
    for color in ((1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1)):
        share = (cue.palette == np.float32(color)[:, None, None]).all(0).mean()
        assert share == pytest.approx(1 / 4, abs=0.01)
    assert cue.hints is not None
    (tones,) = opened(palette=[scene(20, 30)])
    assert len(np.unique(tones.palette.reshape(3, -1), axis=1).T) > 3


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mask": np.ones((3, 4))}, "4 x 3 px, differs from the print's, 40 x 30"),
        ({"scribbles": np.ones((4, 3, 4)) * 0.5}, "4 x 3 px"),
        ({"mask": np.ones((30, 40))}, "give a colored copy"),
        ({"scribbles": np.zeros((4, 30, 40))}, "transparent everywhere"),
        ({"hints": [(40, 3, "red")]}, "outside the picture"),
    ],
)
def test_what_does_not_fit_the_print_is_refused(given, said, opened):
    with pytest.raises(InputError, match=said):
        opened(**given)

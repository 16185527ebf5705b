"""Choosing from a gallery: an altered copy finds its original, and the method named next colors by it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color import registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers import _content
from halftone_color.colorizers.gallery import GalleryColorizer, find_nearest
from halftone_color.colorizers.network import NetworkColorizer
from halftone_color.cue import Cue
from halftone_color.errors import UsageError
from halftone_color.networks import colorizer
from halftone_color.request import Choice
from halftone_color.types import Task


class Shelf:
    """A gallery in memory, described once under each key."""

    def __init__(self, pictures):
        self.pictures, self.made = pictures, {}

    def descriptors(self, key, describe, progress=None):
        if key not in self.made:
            self.made[key] = np.stack([describe(rgb_to_luma(rgb)) for rgb in self.pictures.values()])
        return list(self.pictures), self.made[key]

    def picture(self, name):
        return self.pictures[name]


def drawn(seed, height=96, width=128):
    """Dark and light boxes on a gradient: a picture with edges, of its own for each seed."""
    rng = np.random.default_rng(seed)
    picture = np.linspace(0.3, 0.6, width, dtype=np.float32) * np.ones((3, height, 1), np.float32)
    for _ in range(8):
        top, left = rng.integers(0, height - 16), rng.integers(0, width - 16)
        down, right = rng.integers(10, 40, 2)
        picture[:, top : top + down, left : left + right] = rng.uniform(0, 1, (3, 1, 1))
    return picture


@pytest.fixture(scope="module")
def shelf():
    return Shelf({f"{seed}.png": drawn(seed) for seed in range(12)})


@pytest.fixture(scope="module")
def eye():
    """A colorizer whose trunk is untrained, yet sees what it is shown: random filters, none like another."""
    torch.manual_seed(0)
    seeing = colorizer.ColorizerNet(colorizer.ColorizerConfig(4, (16, 16, 16, 12, 8), 8, 8, 16, 8))
    for layer in seeing.trunk.modules():
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.orthogonal_(layer.weight, 2**0.5)
            torch.nn.init.zeros_(layer.bias)
    return seeing.eval().requires_grad_(False)


@pytest.fixture
def run(tiny_run, eye):
    """A Run whose colorizer sees."""
    return tiny_run.with_networks({"colorizer": eye})


ALTERED = {
    "itself": lambda gray: gray,
    "mirrored": lambda gray: gray[:, :, ::-1],
    "cropped": lambda gray: gray[:, 9:86, 13:115],
    "dark and flat": lambda gray: 0.1 + 0.3 * gray**1.5,
    "lit from the left": lambda gray: gray * np.linspace(1, 0.6, gray.shape[2]),
    "small": lambda gray: gray[:, ::2, ::2],
}


@pytest.mark.parametrize("alter", ALTERED.values(), ids=ALTERED.keys())
def test_an_altered_copy_finds_its_original(alter, shelf, run):
    for seed in range(0, 12, 2):
        gray = np.ascontiguousarray(alter(rgb_to_luma(drawn(seed))), np.float32)
        ((name, near),), count = find_nearest(gray, shelf, run)
        assert name == f"{seed}.png"
        assert 0.5 < near <= 1.001
        assert count == 12


def test_likeness_of_a_picture_with_itself_is_one(run):
    gray = rgb_to_luma(drawn(3))
    descriptor = _content.describe(gray, run)
    assert (descriptor.dtype, descriptor.shape) == (np.float16, (36, 112))
    np.testing.assert_allclose(np.linalg.norm(descriptor.astype(np.float32), axis=1), 1, atol=2e-3)
    near = _content.similarity(gray, np.stack([descriptor, _content.describe(rgb_to_luma(drawn(4)), run)]), run)
    assert near[0] == pytest.approx(1, abs=2e-3)
    assert near[1] < near[0] - 1e-3
    mirrored = np.ascontiguousarray(gray[:, :, ::-1])
    assert _content.similarity(mirrored, descriptor[None], run)[0] == pytest.approx(1, abs=2e-3)


def test_more_pictures_than_are_compared_at_once(run, shelf):
    gray = rgb_to_luma(drawn(7))
    descriptors = shelf.descriptors("", lambda luma: _content.describe(luma, run))[1]
    whole = _content.similarity(gray, descriptors, run)
    np.testing.assert_allclose(_content.similarity(gray, descriptors, run, at_once=5), whole, atol=1e-5)


def test_the_key_tells_networks_apart(eye):
    key = _content.descriptor_key(eye)
    assert key == _content.descriptor_key(eye)
    other = type(eye)(eye.config)
    assert _content.descriptor_key(other) != key
    assert _content.descriptor_key(eye, version="0") != key


def test_the_nearest_is_the_reference_and_noted(shelf, run):
    gray = rgb_to_luma(drawn(5))
    result = GalleryColorizer()(Task(gray, cue=Cue(gallery=shelf)), run)
    by_reference = NetworkColorizer()(Task(gray, cue=Cue((drawn(5),))), run)
    np.testing.assert_array_equal(result, by_reference)
    (sentence,) = run.notes
    assert sentence.startswith("Reference: 5.png, with similarity 1.00 ")
    assert sentence.endswith("chosen from 12 pictures.")


def test_several_of_the_nearest_together(shelf, run):
    gray = rgb_to_luma(drawn(5))
    found, _ = find_nearest(gray, shelf, run, 3)
    names, nears = zip(*found, strict=True)
    assert names[0] == "5.png"
    assert len(set(names)) == 3
    assert list(nears) == sorted(nears, reverse=True)
    result = GalleryColorizer(then="lut", count=3)(Task(gray, cue=Cue(gallery=shelf)), run)
    by_references = Cue(tuple(shelf.picture(name) for name in names))
    np.testing.assert_array_equal(result, built("lut")(Task(gray, cue=by_references), run))
    assert [sentence.split(",")[0] for sentence in run.notes] == [f"Reference: {name}" for name in names]
    assert len(find_nearest(gray, shelf, run, 99)[0]) == 12


def built(name, **options):
    return registry.build("colorizers", Choice.of(name, options))


@pytest.mark.parametrize("then", ["lut", "edges", "wavelet"])
def test_another_method_may_color(then, shelf, run):
    gray = rgb_to_luma(drawn(5))
    for keep in (True, False):
        result = GalleryColorizer(then=then, keep_luminance=keep)(Task(gray, cue=Cue(gallery=shelf)), run)
        expected = built(then, keep_luminance=keep)(Task(gray, cue=Cue((drawn(5),))), run)
        np.testing.assert_array_equal(result, expected)


def test_it_needs_what_the_other_method_needs():
    assert GalleryColorizer().networks == ("colorizer", "color-encoder")
    assert GalleryColorizer(then="lut").networks == ("colorizer",)
    assert GalleryColorizer(then="gram").networks == ("colorizer", "color-encoder")
    assert (GalleryColorizer().draws, GalleryColorizer(then="lut").draws) == (True, False)


def test_the_mask_is_left_to_who_called_it(shelf, run):
    """It says of itself that it uses none, so the method that colors may not apply it as well."""
    gray = rgb_to_luma(drawn(5))
    masked = Task(gray, cue=Cue(gallery=shelf), mask=np.zeros_like(gray))
    assert not GalleryColorizer().uses_mask
    np.testing.assert_array_equal(GalleryColorizer()(masked, run), GalleryColorizer()(Task(gray, cue=masked.cue), run))


def test_both_steps_are_told_of(shelf, run):
    shares = []
    GalleryColorizer(then="lut")(Task(rgb_to_luma(drawn(5)), cue=Cue(gallery=shelf)), run.with_progress(shares.append))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"then": "levin"}, "levin cannot use references; set then to one of edges, gram, lut, network, wavelet"),
        ({"then": "gallery"}, "gallery cannot use references"),
        ({"then": "lutt"}, "Did you mean lut"),
        ({"count": 0}, "count must be positive"),
        ({"keep_luminance": False}, "always keeps the luminance"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(UsageError, match=said):
        GalleryColorizer(**values)


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (40, 40)])
def test_flat_and_tiny_prints_have_a_nearest_too(size, shelf, run):
    ((name, near),), _ = find_nearest(np.full((1, *size), 0.5, np.float32), shelf, run)
    assert name in shelf.pictures
    assert np.isfinite(near)

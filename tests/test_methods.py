"""What every method of a room keeps to, whichever it is: shape, range, bytes, options, cues."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from pathlib import Path

import numpy as np
import pytest

from halftone_color import pipeline, registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import UsageError
from halftone_color.steps.sources import KINDS, rgb_of, scan_of
from halftone_color.types import Cue, Hints

ROOMS = ("halftoners", "descreeners", "colorizers", "fusers")
EVERY = [(room, name) for room in ROOMS for name in registry.methods(room)]
SIZES = [(1, 1), (3, 5), (48, 33)]


def of(room):
    return [name for kind, name in EVERY if kind == room]


def checked(result, shape):
    assert result.shape == shape
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_a_method_describes_itself(room, name):
    method = registry.find(room, name)
    assert 10 < len(method.summary) <= 130
    assert method.summary.rstrip(".:")
    options = method.module.Options
    assert dataclasses.is_dataclass(options)
    assert options.__dataclass_params__.frozen
    assert inspect.getdoc(method.function)
    tree = ast.parse(Path(method.module.__file__).read_text())
    (record,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Options"]
    texts = [node for node in record.body if isinstance(node, ast.Expr)]
    assert len(texts) == 1 + len(dataclasses.fields(options)), "each option has its sentence"


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_unknown_options_are_refused(room, name):
    with pytest.raises(UsageError, match="no option 'flavour'"):
        registry.find(room, name).options(flavour=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("halftoners"))
def test_halftone(name, size, scene):
    method = registry.find("halftoners", name)
    gray = rgb_to_luma(scene(*size))
    before = gray.copy()
    result = method.function(gray, method.options())
    checked(result, (1, *size))
    assert set(np.unique(result)) <= {0, 1}
    np.testing.assert_array_equal(gray, before)
    assert result.tobytes() == method.function(gray, method.options()).tobytes()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("descreeners"))
def test_descreen(name, size, scene, tiny_networks):
    method = registry.find("descreeners", name)
    halftone = (rgb_to_luma(scene(*size)) > 0.5).astype(np.float32)
    before, shares = halftone.copy(), []
    for period_px in (None, 4.0, 20.0):
        options = method.options(period_px=period_px)
        result = method.function(halftone, options, tiny_networks, shares.append)
        checked(result, (1, *size))
        assert result.tobytes() == method.function(halftone, options, tiny_networks).tobytes()
    np.testing.assert_array_equal(halftone, before)
    assert max(shares) == shares[-1] == 1


class Shelf:
    """A gallery in memory."""

    def __init__(self, pictures):
        self.pictures = pictures

    def described(self, key, describe, progress=None):
        return list(self.pictures), np.stack([describe(rgb_to_luma(rgb)) for rgb in self.pictures.values()])

    def picture(self, name):
        return self.pictures[name]


def cues_for(method, scene, height, width):
    """Return cues of every kind that a method takes."""
    given = np.zeros((height, width), bool)
    given[height // 2, width // 3] = given[0, -1] = True
    kinds = {
        "automatic": [Cue()],
        "samples": [Cue(seed=3)],
        "references": [Cue(references=(scene(40, 30, 1),)), Cue(references=(scene(7, 90, 1), scene(9, 9)))],
        "hints": [Cue(hints=Hints(scene(height, width, 1), given))],
        "palette": [Cue(palette=scene(16, 20, 4))],
        "gallery": [Cue(gallery=Shelf({"a": scene(40, 30, 1), "b": scene(9, 90, 2)}))],
    }
    return [cue for kind in method.cues for cue in kinds[kind]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("colorizers"))
def test_colorize(name, size, scene, tiny_networks):
    method = registry.find("colorizers", name)
    gray = rgb_to_luma(scene(*size))
    before, shares = gray.copy(), []
    for cue in cues_for(method, scene, *size):
        result = method.function(gray, cue, method.options(), tiny_networks, shares.append)
        checked(result, (3, *size))
        np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)
        assert result.tobytes() == method.function(gray, cue, method.options(), tiny_networks).tobytes()
        if "keep_luminance" in method.option_names:
            own = {"then": "lut"} if name == "gallery" else {}  # the network always keeps the luminance
            options = method.options(keep_luminance=False, **own)
            checked(method.function(gray, cue, options, tiny_networks), (3, *size))
    np.testing.assert_array_equal(gray, before)
    assert max(shares) == shares[-1] == pytest.approx(1)


@pytest.mark.parametrize("name", of("colorizers"))
def test_colorize_makes_a_picture_coloured(name, scene, tiny_networks):
    method = registry.find("colorizers", name)
    gray = rgb_to_luma(scene(48, 33))
    for cue in cues_for(method, scene, 48, 33):
        result = method.function(gray, cue, method.options(), tiny_networks)
        assert np.ptp(result, axis=0).max() > 1e-3


@pytest.mark.parametrize(
    "name", [name for name in of("colorizers") if "references" in registry.find("colorizers", name).cues]
)
def test_colorize_takes_gray_and_deep_references(name, scene, tiny_networks):
    """References come as float32, whatever their depth, and three equal planes, where they are gray."""
    method = registry.find("colorizers", name)
    gray = rgb_to_luma(scene(48, 33))
    reference = pipeline_reference(rgb_to_luma(scene(40, 30, 1)))
    result = method.function(gray, Cue(references=(reference,)), method.options(), tiny_networks)
    checked(result, (3, 48, 33))
    if name != "network":
        np.testing.assert_allclose(result, np.broadcast_to(gray, result.shape), atol=1e-5)


def pipeline_reference(gray):
    """Return a gray picture of 16 bits as the jobs hand it on."""
    return rgb_of(scan_of(np.round(gray * 65535).astype(np.uint16), 10**6).pixels)


@pytest.mark.parametrize(("room", "name"), [(room, name) for room, name in EVERY if hasattr(pipeline, room)])
def test_options_have_names_of_their_own(room, name):
    """Options go through the job of the room, so they may not be named as its arguments."""
    jobs = [getattr(pipeline, room), *([pipeline.restore] if room == "colorize" else [])]
    taken = {argument for job in jobs for argument in inspect.signature(job).parameters} - {"keep_luminance"}
    assert not registry.find(room, name).option_names & taken


@pytest.mark.parametrize("name", of("colorizers"))
def test_colorize_names_known_cues(name):
    assert set(registry.find("colorizers", name).cues) <= {"automatic", *KINDS}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("fusers"))
def test_fuse(name, size, scene, tiny_networks):
    method = registry.find("fusers", name)
    first, second = scene(*size), scene(*size, seed=5)
    result = method.function(first, second, method.options(), tiny_networks)
    checked(result, (3, *size))
    assert result.tobytes() == method.function(first, second, method.options(), tiny_networks).tobytes()
    assert not np.array_equal(result, method.function(first, first, method.options(), tiny_networks))

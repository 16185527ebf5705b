"""What every method of a room keeps to, whichever it is: shape, range, bytes, inputs, options, cues, networks."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import KINDS, NONE, Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.method import BASES, ColorsHalftones, Refines
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.types import Screen, Task

EVERY = [(room, name) for room in BASES for name in registry.entries(room)]
SIZES = [(1, 1), (3, 5), (48, 33)]
SHORTER = {"gram": {"steps": 40}}
"""Options of methods that descend for seconds and keep to the same when they descend for a moment."""
SCREENS = [Screen("stochastic"), Screen("clustered-dot", 4.0, 45.0), Screen("clustered-dot", 20.0, 45.0)]


def of(room):
    return [name for kind, name in EVERY if kind == room]


def built(room, name, **options):
    return registry.build(room, Choice.of(name, SHORTER.get(name, {}) | options))


class DeclaredNetworksOnly(Run):
    """A Run that gives a method those networks that it has declared."""

    declared = ()

    def network(self, role):
        assert role in self.declared, f"{role} is not among {self.declared}"
        return super().network(role)


@pytest.fixture
def run_for(tiny_networks):
    """Return a function that makes the Run of a method, with a list that its progress goes to."""

    def made(networks, shares=None):
        run = DeclaredNetworksOnly(
            Run.open(Conditions(device="cpu")).conditions, shares.append if shares is not None else None
        )
        run = run.with_networks(tiny_networks)
        run.declared = networks
        return run

    return made


def checked(result, shape):
    assert result.shape == shape
    assert result.dtype == np.float32
    assert result.min() >= 0
    assert result.max() <= 1


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_a_method_describes_itself(room, name):
    entry, method = registry.find(room, name), built(room, name)
    assert 10 < len(entry.summary) <= 130
    assert entry.summary.endswith((".", ")", ":")) or entry.summary[-1].isalpha()
    assert dataclasses.is_dataclass(method)
    assert method.__dataclass_params__.frozen
    assert inspect.getdoc(type(method).__call__) != inspect.getdoc(BASES[room].__call__)
    names = {field.name for field in dataclasses.fields(method)}
    assert {option.name for option in entry.options} | set(entry.preset) == names
    assert all(option.sentence for option in entry.options), "each option has its sentence"
    assert set(method.cues) <= {NONE, *KINDS}


@pytest.mark.parametrize(("room", "name"), EVERY)
def test_unknown_options_are_refused(room, name):
    with pytest.raises(UsageError, match="no option 'flavor'"):
        built(room, name, flavor=1)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("halftoners"))
def test_halftoners(name, size, scene, run_for):
    method = built("halftoners", name)
    gray = rgb_to_luma(scene(*size))
    before, task = gray.copy(), Task(gray)
    result = method(task, run_for(method.networks))
    checked(result, (1, *size))
    assert set(np.unique(result)) <= {0, 1}
    np.testing.assert_array_equal(gray, before)
    assert result.tobytes() == method(task, run_for(method.networks)).tobytes()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("descreeners"))
def test_descreeners(name, size, scene, run_for):
    method, shares = built("descreeners", name), []
    halftone = (rgb_to_luma(scene(*size)) > 0.5).astype(np.float32)
    before = halftone.copy()
    for screen in SCREENS:
        task = Task(halftone, screen)
        result = method(task, run_for(method.networks, shares))
        checked(result, (1, *size))
        assert result.tobytes() == method(task, run_for(method.networks)).tobytes()
    np.testing.assert_array_equal(halftone, before)
    assert max(shares) == shares[-1] == pytest.approx(1)


class Shelf:
    """A gallery in memory."""

    def __init__(self, pictures):
        self.pictures = pictures

    def descriptors(self, key, describe, progress=None):
        return list(self.pictures), np.stack([describe(rgb_to_luma(rgb)) for rgb in self.pictures.values()])

    def picture(self, name):
        return self.pictures[name]


def cues_for(kinds, scene, height, width):
    """Return cues of every kind that is taken."""
    given = np.zeros((height, width), bool)
    given[height // 2, width // 3] = given[0, -1] = True
    cues = {
        NONE: [Cue()],
        "samples": [Cue(seed=3)],
        "references": [Cue(references=(scene(40, 30, 1),)), Cue(references=(scene(7, 90, 1), scene(9, 9)))],
        "hints": [Cue(hints=Hints(scene(height, width, 1), given))],
        "palette": [Cue(palette=scene(16, 20, 4))],
        "view": [Cue(view=scene(height, width, 1))],
        "gallery": [Cue(gallery=Shelf({"a": scene(40, 30, 1), "b": scene(9, 90, 2)}))],
    }
    return [cue for kind in kinds for cue in cues[kind]]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("colorizers"))
def test_colorizers(name, size, scene, run_for):
    method, shares = built("colorizers", name), []
    gray = rgb_to_luma(scene(*size))
    before = gray.copy()
    for cue in cues_for(method.cues, scene, *size):
        result = method(Task(gray, cue=cue), run_for(method.networks, shares))
        checked(result, (3, *size))
        np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)
        assert result.tobytes() == method(Task(gray, cue=cue), run_for(method.networks)).tobytes()
    np.testing.assert_array_equal(gray, before)
    assert max(shares) == shares[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    "name",
    [
        name
        for name in of("colorizers")
        if "keep_luminance" in {o.name for o in registry.find("colorizers", name).options}
    ],
)
def test_a_luminance_that_is_not_kept_lies_in_range(name, scene, run_for):
    own = {"then": "lut"} if name == "gallery" else {}  # the network always keeps the luminance
    method = built("colorizers", name, keep_luminance=False, **own)
    gray = rgb_to_luma(scene(48, 33))
    for cue in cues_for(method.cues, scene, 48, 33):
        checked(method(Task(gray, cue=cue), run_for(method.networks)), (3, 48, 33))


@pytest.mark.parametrize("name", of("colorizers"))
def test_colorizers_make_a_picture_colored(name, scene, run_for):
    method = built("colorizers", name)
    gray = rgb_to_luma(scene(48, 33))
    for cue in cues_for(method.cues, scene, 48, 33):
        result = method(Task(gray, cue=cue), run_for(method.networks))
        assert np.ptp(result, axis=0).max() > 1e-3


@pytest.mark.parametrize("name", [name for name in of("colorizers") if "references" in built("colorizers", name).cues])
def test_a_gray_reference_gives_gray(name, scene, run_for):
    method = built("colorizers", name)
    gray, reference = rgb_to_luma(scene(48, 33)), rgb_to_luma(scene(40, 30, 1)).repeat(3, 0)
    result = method(Task(gray, cue=Cue(references=(reference,))), run_for(method.networks))
    checked(result, (3, 48, 33))
    if name != "network":  # which knows colors of its own
        np.testing.assert_allclose(result, np.broadcast_to(gray, result.shape), atol=1e-5)


def test_what_the_mask_leaves_out_stays_gray(scene, run_for):
    gray, mask = rgb_to_luma(scene(48, 33)), np.ones((1, 48, 33), np.float32)
    mask[:, :24] = 0
    masking = [method for name in of("colorizers") if (method := built("colorizers", name)).uses_mask]
    assert masking
    for method in masking:
        for cue in cues_for([kind for kind in method.cues if kind != "hints"], scene, 48, 33):
            result = method(Task(gray, cue=cue, mask=mask), run_for(method.networks))
            assert np.ptp(result[:, :24], axis=0).max() < 1e-5
            assert np.ptp(result[:, 24:], axis=0).max() > 1e-3


@pytest.mark.parametrize("name", of("colorizers"))
def test_abilities_of_colorizers(name, scene, run_for):
    entry, method = registry.find("colorizers", name), built("colorizers", name)
    assert ("Refines" in entry.abilities) is isinstance(method, Refines)
    assert ("ColorsHalftones" in entry.abilities) is isinstance(method, ColorsHalftones)
    if isinstance(method, Refines):
        rgb = scene(48, 33)
        for cue in cues_for(method.refiner_cues, scene, 48, 33):
            result = method.refine(Task(rgb, cue=cue), run_for(method.refiner_networks))
            checked(result, (3, 48, 33))
            np.testing.assert_allclose(rgb_to_luma(result), rgb_to_luma(rgb), atol=1e-5)
    if isinstance(method, ColorsHalftones):
        halftone = (rgb_to_luma(scene(48, 33)) > 0.5).astype(np.float32)
        for screen in SCREENS:
            checked(method.color_halftone(Task(halftone, screen), run_for(method.networks)), (3, 48, 33))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", of("fusers"))
def test_fusers(name, size, scene, run_for):
    method = built("fusers", name)
    first, second = scene(*size), scene(*size, seed=5)
    result = method(Task(first, other=second), run_for(method.networks))
    checked(result, (3, *size))
    assert result.tobytes() == method(Task(first, other=second), run_for(method.networks)).tobytes()
    assert not np.array_equal(result, method(Task(first, other=first), run_for(method.networks)))

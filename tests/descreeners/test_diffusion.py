"""Descreening by diffusion: tiles change nothing, seeds draw textures, starts, steps and known screens."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color import api
from halftone_color.arrays.position_noise import gaussian_noise
from halftone_color.cue import Cue
from halftone_color.descreeners.diffusion import DiffusionDescreener
from halftone_color.descreeners.network import NetworkDescreener
from halftone_color.diffusion.preconditioning import flow_velocity
from halftone_color.diffusion.processes import FLOW_SIGMA
from halftone_color.errors import UsageError
from halftone_color.networks.denoiser_2022 import Denoiser2022Config, Denoiser2022Net
from halftone_color.run import Conditions, Run
from halftone_color.types import Screen, Task


@pytest.fixture
def halftone(scene):
    return (scene(150, 170)[:1] > 0.5).astype(np.float32)


class Denoiser(torch.nn.Module):
    """Predicts what a function of the planes and the step says, and remembers the steps."""

    multiple = 4

    def __init__(self, function):
        super().__init__()
        self.function, self.steps = function, []

    def reach(self):
        return 0

    def forward(self, planes, steps):
        self.steps.append(float(steps[0]))
        return self.function(planes, self.steps[-1])


@pytest.mark.parametrize("init", ["ihn", "noise"])
def test_the_size_of_the_tiles_changes_no_byte(init, halftone, tiny_networks):
    tiny_run = Run.open(Conditions("cpu", "float32")).with_networks(tiny_networks)
    task = Task(halftone, Screen("error-diffusion"), cue=Cue(seed=3))
    whole = DiffusionDescreener(init, steps=3, known=False, residue=False)(task, tiny_run)
    assert whole.std() > 0.02
    for tile in (64, 80):
        tiled = DiffusionDescreener(init, steps=3, known=False, residue=False, tile=tile)(task, tiny_run)
        assert tiled.tobytes() == whole.tobytes()


@pytest.mark.parametrize("init", ["ihn", "noise"])
def test_the_seed_alone_decides(init, halftone, tiny_run):
    method = DiffusionDescreener(init, steps=2)
    drawn = [method(Task(halftone, cue=Cue(seed=seed)), tiny_run) for seed in (None, 0, 0, 1)]
    assert drawn[0].tobytes() == drawn[1].tobytes() == drawn[2].tobytes()
    assert np.abs(drawn[3] - drawn[0]).mean() > 1e-3


def test_a_network_that_says_nothing_leaves_the_mean_and_hardly_a_grain(halftone, tiny_run):
    still = Denoiser(lambda planes, _: torch.zeros_like(planes[:, :1]))
    task = Task(halftone, cue=Cue(seed=5))
    made = DiffusionDescreener(steps=4, residue=False)(task, tiny_run.with_networks({"flow": still}))
    mean = NetworkDescreener(patient=False, residue=False)(task, tiny_run)
    inside = (mean > 0.2) & (mean < 0.8)
    left, noise = (made - mean)[inside], gaussian_noise((150, 170), 5)[inside]
    assert 0 < left.std() < FLOW_SIGMA / 2
    np.testing.assert_allclose(left, left.std() * noise / noise.std(), atol=1e-3)
    assert still.steps == [0, 250, 500, 750]


def test_the_flow_sees_its_state_the_mean_and_the_halftone(halftone, tiny_run):
    """A velocity to the halftone leads to the halftone."""

    def to_halftone(planes, step):
        state, mean, dots = planes.split(1, 1)
        return (dots - state) / (1 - step / 1000) - flow_velocity(0.0, state, mean, step / 1000)

    seen = Denoiser(to_halftone)
    made = DiffusionDescreener(steps=5, residue=False)(Task(halftone), tiny_run.with_networks({"flow": seen}))
    np.testing.assert_allclose(made, halftone, atol=1e-5)


def test_from_noise_all_steps_or_some(halftone, tiny_run):
    from halftone_color.diffusion.schedule import Schedule

    bars = Schedule.linear(800).alpha_bars
    known = Denoiser(
        lambda planes, step: (planes[:, :1] - bars[int(step)] ** 0.5 * planes[:, 1:]) / (1 - bars[int(step)]) ** 0.5
    )
    small = Task(halftone[:, :20, :24])
    run = tiny_run.with_networks({"denoiser": known})
    for options, count in (({"steps": 4}, 4), ({}, 20)):
        known.steps.clear()
        made = DiffusionDescreener("noise", residue=False, **options)(small, run)
        assert len(known.steps) == count
        np.testing.assert_allclose(made, small.picture, atol=1e-3)


def test_a_known_screen_is_agreed_with(scene, tiny_run):
    """What Bayer's matrix makes of the result is the halftone again, unless nothing shall be known."""
    contone = scene(128, 128)[:1] * 0.8 + 0.1
    dots = api.halftone(contone, method="bayer", size=4).picture

    def to_contone(planes, step):
        state, mean, _ = planes.split(1, 1)
        return (mean - state) / (1 - step / 1000) - flow_velocity(0.0, state, mean, step / 1000)

    true = Denoiser(to_contone)
    run = tiny_run.with_networks({"flow": true, "inverse-halftone": Truth(contone)})
    task = Task(dots, Screen("ordered"))
    agreed, free = (DiffusionDescreener(known=known, residue=False)(task, run) for known in (True, False))
    np.testing.assert_allclose(free, contone, atol=1e-5)
    assert (api.halftone(agreed, method="bayer", size=4).picture == dots).mean() > 0.999
    assert not np.array_equal(agreed, free)


class Truth(torch.nn.Module):
    """An inverse halftone network that knows the contone."""

    multiple = 4

    def __init__(self, contone):
        super().__init__()
        self.contone = torch.from_numpy(contone)[None]

    def reach(self):
        return 0

    def forward(self, halftone, noise):
        return self.contone, self.contone


def test_coarse_dots_are_worked_on_at_a_smaller_size(halftone, tiny_run):
    still = Denoiser(lambda planes, _: torch.zeros_like(planes[:, :1]))
    made = DiffusionDescreener(steps=1)(
        Task(halftone, Screen("clustered-dot", 20.0, 45.0)), tiny_run.with_networks({"flow": still})
    )
    assert made.shape == halftone.shape


def test_which_networks_are_needed():
    assert DiffusionDescreener().networks == ("inverse-halftone", "flow")
    assert DiffusionDescreener("noise").networks == ("denoiser",)
    assert DiffusionDescreener().draws


@pytest.mark.parametrize(
    "option",
    [{"init": "mean"}, {"steps": 0}, {"steps": 801}, {"further_noise": True}, {"tile": 8}, {"blur_px": -1.0}],
)
def test_impossible_options_are_refused(option):
    with pytest.raises(UsageError):
        DiffusionDescreener(**option)


def test_the_published_network_sees_a_picture_as_a_whole(halftone, tiny_run):
    """Its attention knows no tiles; sides are multiples of its own."""
    torch.manual_seed(0)
    network = Denoiser2022Net(Denoiser2022Config(2, 32, (1, 1, 1), 1, (2,), 2)).eval().requires_grad_(False)
    torch.nn.init.normal_(network.leave[2].weight, std=0.05)
    run, task = tiny_run.with_networks({"denoiser": network}), Task(halftone[:, :30, :40])
    whole, tiled = (DiffusionDescreener("noise", steps=1, tile=tile)(task, run) for tile in (1024, 16))
    np.testing.assert_allclose(whole, tiled, atol=0.02)

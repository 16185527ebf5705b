"""Halftones that a network draws: one threshold, a pattern for each seed, the same bytes with any tiles."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.errors import UsageError
from halftone_color.halftoners.diffusion import DiffusionHalftoner
from halftone_color.networks.guided_denoiser import GuidedDenoiserConfig, GuidedDenoiserNet
from halftone_color.types import Task


@pytest.fixture(scope="module")
def guided():
    """Return a second stage of a few thousand numbers, whose weights are all random."""
    torch.manual_seed(1)
    network = GuidedDenoiserNet(GuidedDenoiserConfig((8, 12), (1, 1), 8, 2, 3, 4, 16, (200, 100, 50)))
    with torch.no_grad():
        network.denoiser.leave.weight.normal_(0, 0.2)
        network.meta_halftones.normal_()
    return network.eval().requires_grad_(False)


class Knowing(torch.nn.Module):
    """Is sure of one halftone, and remembers the steps it was asked about."""

    multiple = 4

    def __init__(self, halftone):
        super().__init__()
        self.halftone, self.asked = halftone, []

    def reach(self):
        return 0

    def forward(self, state, gray, laplacian, steps, place):
        self.asked.append(int(steps[0]))
        return 1000 * self.halftone


@pytest.mark.parametrize("stage", [1, 2])
def test_the_size_of_the_tiles_changes_no_byte(stage, scene, tiny_run, guided):
    run = tiny_run if stage == 1 else tiny_run.with_networks({"halftone-denoiser": guided})
    task = Task(scene(100, 110)[:1])
    whole = DiffusionHalftoner(steps=2, seed=5)(task, run)
    assert 0.1 < whole.mean() < 0.9
    for tile in (48, 64):
        assert DiffusionHalftoner(steps=2, seed=5, tile=tile)(task, run).tobytes() == whole.tobytes()


def test_pixels_are_where_the_data_are_above_nothing(tiny_run):
    data = torch.linspace(-1, 1, 12 * 20).reshape(1, 1, 12, 20)
    knowing = Knowing(data)
    made = DiffusionHalftoner(steps=4)(
        Task(np.full((1, 11, 18), 0.5, np.float32)), tiny_run.with_networks({"halftone-denoiser": knowing})
    )
    np.testing.assert_array_equal(made[0], (data[0, 0, :11, :18] > 0).numpy())
    assert knowing.asked == [200, 150, 100, 50]


def test_the_paper_takes_every_step(tiny_run):
    data = torch.sign(torch.linspace(-1, 1, 8 * 8).reshape(1, 1, 8, 8))
    knowing = Knowing(data)
    task = Task(np.full((1, 8, 8), 0.5, np.float32))
    made = DiffusionHalftoner(further_noise=True)(task, tiny_run.with_networks({"halftone-denoiser": knowing}))
    np.testing.assert_array_equal(made[0], (data[0, 0] > 0).numpy())
    assert knowing.asked == list(range(200, 0, -1))


def test_without_emphasis_dots_are_white_noise_of_the_tone(tiny_run):
    knowing = Knowing(torch.ones(1, 1, 128, 128))
    task, run = Task(np.full((1, 128, 128), 0.3, np.float32)), tiny_run.with_networks({"halftone-denoiser": knowing})
    assert DiffusionHalftoner(steps=5)(task, run).all()
    white = DiffusionHalftoner(steps=5, emphasis=0.0)(task, run)
    assert white.mean() == pytest.approx(0.3, abs=0.05)
    assert abs(np.corrcoef(white[0, 1:].ravel(), white[0, :-1].ravel())[0, 1]) < 0.03


def test_seeds_decide_on_the_pattern(scene, tiny_run):
    task = Task(scene(40, 50)[:1])
    first, again, other = (DiffusionHalftoner(steps=3, seed=seed)(task, tiny_run) for seed in (1, 1, 2))
    assert first.tobytes() == again.tobytes()
    assert (first != other).mean() > 0.05


@pytest.mark.parametrize(
    "option", [{"steps": 0}, {"steps": 201}, {"seed": -1}, {"emphasis": -1.0}, {"tile": 8}, {"tile": 100}]
)
def test_impossible_options_are_refused(option):
    with pytest.raises(UsageError):
        DiffusionHalftoner(**option)

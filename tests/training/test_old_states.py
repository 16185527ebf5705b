"""Unfinished trainings of former versions go on: states that they wrote, and where their own loop went from there."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import pytest
import torch
from torch import nn

from halftone_color.training.loop import STATE, Schedule, train

STATES = Path(__file__).parent
"""Each is of a Line after 7 steps of a second, as the version in its name left it."""
AFTER_20 = {
    "some-line.weight": 0.1950689,
    "some-line.bias": 1.3435075,
    "rival.weight": 0.0078356154,
    "rival.bias": 0.0913116634,
}
"""Averaged weights after 20 steps, and the opponent's, by either version's loop."""


class Line:
    """Fits y = 3 x + 1, slowly in its slope, against an opponent."""

    def __init__(self, network):
        torch.manual_seed(0)
        self.network = network()
        self.networks = {"some-line": self.network}
        self.opponents = {"rival": nn.Linear(1, 1)}
        self.rates, self.momentum = {"some-line.weight": 0.25}, 0.9

    def batches(self, seed):
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield torch.rand(16, 1, generator=generator)

    def losses(self, batch, progress):
        return {"square": (self.network(batch) - 3 * batch - 1).square().mean()}

    def opponent_losses(self):
        return {"rivalry": (self.opponents["rival"](torch.ones(1, 1)) - 5).square().sum()}

    def validate(self, networks):
        return {"slope": 0.0}


class Grown(nn.Linear):
    """A line that has learned to bend since."""

    def __init__(self):
        super().__init__(1, 1)
        self.bend = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return super().forward(x) + self.bend * x.square()


@pytest.fixture(params=["0_6_0", "0_7_0"])
def run(request, tmp_path):
    shutil.copy(STATES / f"state_{request.param}.pt", tmp_path / STATE)
    return tmp_path


def resumed(line, run, seconds):
    """Go on until so many seconds are used, a second a step, and return the state."""
    schedule = Schedule(minutes=seconds / 60, rate=0.1, warmup_steps=1, average=0.9)
    train(line, schedule, run, clock=itertools.count(1.0).__next__)
    return torch.load(run / STATE, weights_only=True)


def test_they_go_on_as_their_own_loop_did(run):
    state = resumed(Line(lambda: nn.Linear(1, 1)), run, 20)
    assert (state["step"], state["used"]) == (20, 20)
    weights = {name: value.item() for part in ("average", "opponents") for name, value in state[part].items()}
    assert weights == pytest.approx(AFTER_20, rel=1e-5)


def test_what_a_network_has_got_since_starts_afresh(run, caplog):
    before = torch.load(run / STATE, weights_only=True)
    line = Line(Grown)
    state = resumed(line, run, 7)
    assert "1 tensors of its networks are new" in caplog.text
    assert state["networks"]["some-line.bend"] == state["average"]["some-line.bend"] == 0.5
    for name, value in before["average"].items():
        assert torch.equal(state["average"][name], value), "all else is as it was"
    after = resumed(line, run, 9)
    assert after["step"] == 9
    assert after["networks"]["some-line.bend"] != 0.5

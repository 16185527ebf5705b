"""The training loop on a straight line: schedule, resuming, averaging, and batches that go wrong."""

from __future__ import annotations

import itertools
import json

import pytest
import torch
from torch import nn

from halftone_color.training import loop
from halftone_color.training.loop import Schedule, train


class Line:
    """Fits y = 3 x + 1; the batches' seeds and the progress that it is told are kept."""

    def __init__(self, opponent=False, spoil=()):
        torch.manual_seed(0)
        self.network = nn.Linear(1, 1)
        self.networks = {"some-line": self.network}
        self.rival = nn.Linear(1, 1)
        self.opponents = {"rival": self.rival} if opponent else {}
        self.rates, self.momentum = {}, 0.9
        self.spoil, self.seeds, self.progress, self.validated = spoil, [], [], []

    def batches(self, seed):
        self.seeds.append(seed)
        generator = torch.Generator().manual_seed(seed)
        while True:
            yield torch.rand(16, 1, generator=generator)

    def losses(self, batch, progress):
        self.progress.append(progress)
        error = (self.network(batch) - 3 * batch - 1).square().mean()
        if len(self.progress) in self.spoil:
            error = error * torch.nan
        return {"square": error, "small": 0.001 * self.network.weight.square().sum()}

    def opponent_losses(self):
        return {"rivalry": (self.rival(torch.ones(1, 1)) - 5).square().sum()}

    def validate(self, networks):
        (line,) = networks.values()
        assert not line.training
        self.validated.append(line.weight.item())
        return {"slope": line.weight.item()}


@pytest.fixture
def clock():
    """Return a clock at which every look finds one second passed."""
    return itertools.count(1.0).__next__


def seconds(count, **values):
    return Schedule(
        **({"minutes": count / 60, "rate": 0.1, "warmup_steps": 1, "average": 0.9, "save_minutes": 10} | values)
    )


def rows(run, kind):
    return [row for row in map(json.loads, (run / "log.jsonl").read_text().splitlines()) if row["kind"] == kind]


def state(run):
    return torch.load(run / "state.pt", weights_only=True)


def test_it_learns_until_the_time_is_used(tmp_path, clock):
    line = Line()
    lines = []
    networks = train(line, seconds(300), tmp_path, lambda share, text: lines.append((share, text)), clock=clock)
    assert state(tmp_path)["step"] == len(line.progress) == 300
    assert networks["some-line"].weight.item() == pytest.approx(3, abs=0.06)
    assert networks["some-line"].bias.item() == pytest.approx(1, abs=0.06)
    assert line.progress == pytest.approx([step / 300 for step in range(300)])
    assert lines[-1][0] == 1
    assert lines[-1][1] == f"slope {networks['some-line'].weight.item():.4g}"
    logged = rows(tmp_path, "train")
    assert logged[0]["square"] > logged[-1]["square"]
    assert json.loads((tmp_path / "schedule.json").read_text())["rate"] == 0.1
    assert not list(tmp_path.glob("*.partial"))


def test_a_run_goes_on_where_it_was_cut(tmp_path, clock):
    train(Line(), seconds(40), tmp_path, clock=clock)
    before = state(tmp_path)
    again = Line()
    train(again, seconds(100), tmp_path, clock=clock)
    after = state(tmp_path)
    assert (before["step"], after["step"]) == (40, 100)
    assert (before["used"], after["used"]) == (40, 100)
    assert again.seeds == [40], "fresh batches, not those of the beginning"
    assert again.progress[0] == pytest.approx(0.4)
    assert [row["step"] for row in rows(tmp_path, "validation")] == [40, 100]


def test_resuming_restores_weights_average_and_optimizer(tmp_path, clock):
    line = Line(opponent=True)
    train(line, seconds(50), tmp_path, clock=clock)
    saved = state(tmp_path)
    resumed = Line(opponent=True)
    resumed.losses = lambda batch, progress: pytest.fail("there is no time left")
    networks = train(resumed, seconds(50), tmp_path, clock=clock)
    torch.testing.assert_close(resumed.network.state_dict(), line.network.state_dict())
    torch.testing.assert_close(resumed.rival.state_dict(), line.rival.state_dict())
    average = {name.removeprefix("some-line."): value for name, value in saved["average"].items()}
    torch.testing.assert_close(dict(networks["some-line"].state_dict()), average)
    assert saved["optimizer"]["state"][0]["step"] == 50


def test_the_result_is_the_average_of_the_steps(tmp_path, clock):
    line = Line()
    steps = [line.network.weight.item()]
    judge = line.losses
    line.losses = lambda batch, progress: (steps.append(line.network.weight.item()), judge(batch, progress))[1]
    networks = train(line, seconds(30, average=0.5), tmp_path, clock=clock)
    steps = [*steps[2:], line.network.weight.item()]  # after each step
    wanted = Line().network.weight.item()
    for count, weight in enumerate(steps, 1):
        decay = min(0.5, (1 + count) / (10 + count))
        wanted = decay * wanted + (1 - decay) * weight
    assert networks["some-line"].weight.item() == pytest.approx(wanted, rel=1e-4)


def test_a_batch_that_is_not_finite_is_left_out(tmp_path, clock):
    line = Line(spoil=(5, 20, 21))
    networks = train(line, seconds(200), tmp_path, clock=clock)
    assert networks["some-line"].weight.item() == pytest.approx(3, abs=0.3)
    assert all(torch.isfinite(weight).all() for weight in line.network.parameters())
    for row in rows(tmp_path, "train"):
        assert row["square"] == row["square"], "the log recovers"


def test_a_spoiled_step_changes_nothing(tmp_path, clock):
    line = Line(spoil=range(1, 99))
    start = line.network.weight.item()
    train(line, seconds(10), tmp_path, clock=clock)
    assert line.network.weight.item() == start


def test_opponents_learn_too(tmp_path, clock):
    line = Line(opponent=True)
    train(line, seconds(300), tmp_path, clock=clock)
    assert line.rival(torch.ones(1, 1)).item() == pytest.approx(5, abs=0.1)
    assert "rivalry" in rows(tmp_path, "train")[-1]


def test_the_rate_warms_up_and_falls_to_its_end():
    schedule = Schedule(rate=2.0, final_rate=0.1, warmup_steps=10)
    assert loop._rate(schedule, 0, 0) == pytest.approx(0.2)
    assert loop._rate(schedule, 0, 9) == pytest.approx(2.0)
    assert loop._rate(schedule, 0.5, 500) == pytest.approx(2.0 * (0.1 + 0.9 / 2))
    assert loop._rate(schedule, 1, 1000) == pytest.approx(0.2)


def test_it_saves_on_the_way(tmp_path, clock):
    line = Line()
    kept = []
    line.validate = lambda networks: kept.append(state(tmp_path)["step"]) or {"slope": 0.0}
    train(line, seconds(100, save_minutes=0.5), tmp_path, clock=clock)
    assert kept[:3] == [31, 62, 93]
    assert kept[-1] == state(tmp_path)["step"]


def test_an_opponent_without_losses_is_left_alone(tmp_path, clock):
    line = Line(opponent=True)
    start = {name: value.clone() for name, value in line.rival.state_dict().items()}
    losses = line.opponent_losses
    line.opponent_losses = dict
    train(line, seconds(20), tmp_path, clock=clock)
    torch.testing.assert_close(dict(line.rival.state_dict()), start, rtol=0, atol=0)
    line.opponent_losses = losses
    train(line, seconds(40), tmp_path, clock=clock)
    assert not torch.equal(line.rival.weight, start["weight"])


def test_an_opponent_may_have_a_rate_of_its_own(tmp_path, clock):
    moved = []
    for rate in (0.0, 1e-4):
        line = Line(opponent=True)
        start = line.rival.bias.item()
        train(line, seconds(10, opponent_rate=rate), tmp_path / str(rate), clock=clock)
        moved.append(abs(line.rival.bias.item() - start))
    assert moved[0] > 0.1, "that of the networks"
    assert moved[1] == pytest.approx(10 * 1e-4, rel=0.1)


def test_weights_learn_at_the_rates_of_their_names(tmp_path, clock):
    line = Line()
    start = line.network.weight.item(), line.network.bias.item()
    line.rates = {"some-line.weight": 0.25}
    train(line, seconds(1, rate=1e-3), tmp_path, clock=clock)  # Adam's first step is as long as the rate
    assert abs(line.network.weight.item() - start[0]) == pytest.approx(0.25e-3, rel=0.05)
    assert abs(line.network.bias.item() - start[1]) == pytest.approx(1e-3, rel=0.01)


def test_vectors_do_not_decay(tmp_path, clock):
    line = Line()
    with torch.no_grad():
        line.network.weight.fill_(2.0)
        line.network.bias.fill_(2.0)
    line.losses = lambda batch, progress: {"nothing": 0 * (line.network.weight.sum() + line.network.bias.sum())}
    train(line, seconds(10, weight_decay=0.1, final_rate=1.0), tmp_path, clock=clock)
    assert line.network.bias.item() == 2
    assert line.network.weight.item() == pytest.approx(2 * (1 - 0.1 * 0.1) ** 10, rel=1e-4)


@pytest.mark.parametrize("copies", [0, 1, 4])
def test_copies_are_kept_evenly_over_the_run(copies, tmp_path, clock):
    line, kept = Line(), []

    def keep(share, networks):
        assert set(networks) == {"some-line"}
        kept.append((share, len(line.progress), networks["some-line"].weight.item()))

    networks = train(line, seconds(60, copies=copies), tmp_path, keep=keep, clock=clock)
    assert [share for share, _, _ in kept] == [(1 + index) / copies for index in range(copies)]
    assert [step for _, step, _ in kept] == [60 * (1 + index) // copies for index in range(copies)]
    if kept:
        assert kept[-1][2] == networks["some-line"].weight.item(), "the last is the end"


def test_a_run_that_goes_on_keeps_the_copies_that_are_left(tmp_path, clock):
    kept = []

    def keep(share, networks):
        kept.append(share)

    line = Line()
    losses = line.losses

    def cut(batch, progress):
        if len(line.progress) == 30:
            raise KeyboardInterrupt
        return losses(batch, progress)

    line.losses = cut
    with pytest.raises(KeyboardInterrupt):
        train(line, seconds(60, copies=3), tmp_path, keep=keep, clock=clock)
    assert kept == [1 / 3]
    train(Line(), seconds(60, copies=3), tmp_path, keep=keep, clock=clock)
    assert kept == [1 / 3, 2 / 3, 1.0]

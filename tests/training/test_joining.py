"""Runs that are joined go on from their mean, and what cannot be joined is refused."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from halftone_color.errors import InputError
from halftone_color.training.joining import join
from halftone_color.training.loop import STATE, Schedule, train


class Line:
    """Fits y = 3 x + 1 on random places, with a rival beside it."""

    def __init__(self, width=1):
        self.networks = {"line": nn.Linear(width, 1)}
        self.opponents, self.rates, self.momentum = {"rival": nn.Linear(1, 1)}, {}, 0.9

    def batches(self, seed):
        generator = torch.Generator().manual_seed(seed)
        for _ in range(5):
            yield torch.rand(8, self.networks["line"].in_features, generator=generator)

    def losses(self, batch, progress):
        return {"square": (self.networks["line"](batch) - 3 * batch.mean(1, keepdim=True) - 1).square().mean()}

    def opponent_losses(self):
        return {"rivalry": (self.opponents["rival"](torch.ones(1, 1)) - 5).square().sum()}

    def validate(self, networks):
        return {}


def trained(run, seed, width=1):
    torch.manual_seed(seed)
    train(Line(width), Schedule(minutes=10, rate=0.1, seed=seed, warmup_steps=1), run)
    return run


def state(run):
    return torch.load(run / STATE, weights_only=True)


def tensors(value):
    if isinstance(value, torch.Tensor):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [tensor for part in parts for tensor in tensors(part)]


def test_all_go_on_from_the_mean(tmp_path):
    runs = [trained(tmp_path / name, seed) for seed, name in enumerate("abc")]
    before = [state(run) for run in runs]
    join(runs)
    for own, now in zip(before, map(state, runs), strict=True):
        assert (now["step"], now["used"]) == (own["step"], own["used"])
        for part in ("networks", "average", "optimizer", "opponents", "opponent_optimizer"):
            found, parts = tensors(now[part]), [tensors(one[part]) for one in before]
            assert found
            for tensor, others in zip(found, zip(*parts, strict=True), strict=True):
                torch.testing.assert_close(tensor, sum(others) / 3)
    assert not torch.equal(before[0]["networks"]["line.weight"], state(runs[0])["networks"]["line.weight"])
    line = Line()
    train(line, Schedule(minutes=1e-9), runs[1])  # no time is left: what it resumed
    torch.testing.assert_close(line.networks["line"].weight, state(runs[0])["networks"]["line.weight"])


def test_a_run_that_has_not_begun_is_refused(tmp_path):
    run = trained(tmp_path / "a", 0)
    before = (run / STATE).read_bytes()
    with pytest.raises(InputError, match="b holds no state"):
        join([run, tmp_path / "b"])
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / STATE).write_bytes(b"no state at all")
    with pytest.raises(InputError, match="b holds no state"):
        join([run, tmp_path / "b"])
    assert (run / STATE).read_bytes() == before


def test_different_networks_are_refused(tmp_path):
    runs = [trained(tmp_path / "a", 0), trained(tmp_path / "b", 0, width=2)]
    before = [(run / STATE).read_bytes() for run in runs]
    with pytest.raises(InputError, match="different networks"):
        join(runs)
    assert [(run / STATE).read_bytes() for run in runs] == before

"""Timing two trainings in turn: what is printed, and that the one that is not timed stands still."""

from __future__ import annotations

import sys
import time

import pytest

PROGRAM = """
import json, sys, threading, time
%s
ticks = [0]
def tick():
    while True:
        time.sleep(0.01)
        ticks[0] += 1
threading.Thread(target=tick, daemon=True).start()
for line in sys.stdin:
    before = ticks[0]
    steps = int(line)
    print(json.dumps({"all": each * steps, "batch": 0.1 * steps, "forward": 0.2 * steps, "idle": before}), flush=True)
"""

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process can be stopped there")


@pytest.fixture
def tool(script, monkeypatch):
    made = script("measure_training_step")
    monkeypatch.setattr(made, "PROGRAM", PROGRAM)
    monkeypatch.setattr(made, "RECIPES", {"other": "each = 0.5", "this": "each = 1.0"})
    return made


@pytest.fixture
def trainings(tool, tmp_path):
    running = {name: tool.Training(name, tmp_path, {"cores": 1}) for name in ("other", "this")}
    yield running
    for training in running.values():
        training.end()
        assert training.process.returncode is not None


def test_speeds_ratio_and_shares(tool, trainings, capsys):
    tool.measure(trainings, steps=6, rounds=2, pictures=16)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("round 1: pictures a second: other 32.00, this 16.00; load average ")
    assert lines[1].startswith("round 2:")
    assert lines[2] == "0.5.0 32.00, this version 16.00 pictures a second; ratio 0.50, by round 0.50"
    assert lines[3] == "this version's time: batch 10%, forward and losses 20%, rest 70%"
    assert lines[4] == "inside the networks, their losses and the optimizer: 90%"


def test_a_training_stands_still_between_its_steps(trainings):
    first = trainings["other"].steps(1)["idle"]
    time.sleep(0.4)
    assert trainings["other"].steps(1)["idle"] - first <= 10, "of 40"


def test_a_training_that_fails_is_said(tool, tmp_path, monkeypatch):
    monkeypatch.setattr(tool, "RECIPES", {"this": "raise SystemExit"})
    broken = tool.Training("this", tmp_path, {"cores": 1})
    try:
        with pytest.raises(SystemExit, match="A training ended"):
            broken.steps(1)
    finally:
        broken.end()

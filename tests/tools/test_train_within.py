"""Trainings by a plan: in order, each from the last, within the time, with less installed, and when cut off."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import torch

from halftone_color.checkpoints import files, manifest
from halftone_color.errors import InputError, UsageError

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = ROOT / "tools" / "train_within.py"
LEFT_OUT = ("rich", "platformdirs", "pywt", "hypothesis", "pytest")
BLOCKED = f"""
import runpy, sys
class Others:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, *words):
        return None if name.partition(".")[0] in {LEFT_OUT} else self.finder.find_spec(name, *words)
sys.meta_path[:] = [Others(finder) for finder in sys.meta_path]
"""
"""Hides what a machine that only trains need not have, as if it were not installed."""


@pytest.fixture(scope="module")
def tool(script):
    return script("train_within")


@pytest.fixture(scope="module")
def photos(grainy, tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    for index in range(6):
        grainy(60, 50, index).save(folder / f"{index}.png")
    lines = [f"{index}.png,{'val' if index < 2 else 'train'}\n" for index in range(6)]
    (folder / "index.csv").write_text("file,split\n" + "".join(lines))
    return folder


@pytest.fixture(autouse=True)
def _weights(monkeypatch):
    """Undo what the script does to the environment."""
    monkeypatch.setenv("HCOLOR_WEIGHTS", "")


@pytest.fixture
def plan(photos, tmp_path):
    """Write a plan of histogram stages; each is a list of further lines of TOML."""

    def written(*stages):
        path = tmp_path / "plan.toml"
        lines = []
        for more in stages:
            settings = ["settings.batch = 2", "settings.side = 16", "settings.save-minutes = 0.005"]
            lines += ["[[stage]]", 'role = "histogram"', f'photos = ["{photos}"]', *settings, *more]
        path.write_text("\n".join(lines))
        return path

    return written


def _begin(arguments, tmp_path, prelude="import runpy, sys"):
    given = [str(SCRIPT), *map(str, arguments)]
    code = f"{prelude}\nsys.argv = {given}\nrunpy.run_path(sys.argv[0], run_name='__main__')"
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without telling it")
def test_a_training_with_little_installed_is_cut_off_and_leaves_its_newest_weights(plan, tmp_path):
    """In a process of its own, where what a training does not need cannot be imported."""
    path, out = plan(["settings.minutes = 0.01"], []), tmp_path / "out"
    running = _begin([path, "--minutes", "3", "--out", "out", "--work", "work"], tmp_path, BLOCKED)
    try:
        _wait(lambda: list((tmp_path / "work").glob("2-*/histogram.safetensors")), running)
        running.send_signal(signal.SIGTERM)
        printed, _ = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 143, printed
    lines = re.findall(r"^ *(\d+\.\d) s  (.*)$", printed, re.M)
    moments = [float(moment) for moment, _ in lines]
    assert moments == sorted(moments)
    said = [re.sub(r"\d+\.\d+|-[0-9a-f]{6}$", "#", words) for _, words in lines]
    assert said[:2] == [
        "stage 1 of 2, histogram: begins",
        "stage 1 of 2, histogram: # s of training on 4 photographs, start: fresh",
    ]
    assert said[2].startswith("stage 1 of 2, histogram: ends after # s: intersection #")
    assert said[3] == "stage 2 of 2, histogram: begins"
    assert re.search(r"s of training on 4 photographs, start: work.1-histogram#$", said[4])
    assert said[-1] == "cut off; the newest weights are in out"
    assert "histogram starts from work" in printed
    former, run = sorted((tmp_path / "work").glob("*-histogram-*"))
    assert (out / "histogram.safetensors").read_bytes() != (former / "histogram.safetensors").read_bytes()
    average = torch.load(run / "state.pt", weights_only=True)["average"]
    tensors = files.load(out / "histogram.safetensors").tensors
    assert len(tensors) == len(average)
    for name, tensor in tensors.items():
        torch.testing.assert_close(tensor, average[f"histogram.{name}"].half(), rtol=0, atol=0)


def _wait(there, running, seconds=60):
    end = time.monotonic() + seconds
    while not there():
        assert running.poll() is None, running.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def jobs_run(tool, monkeypatch, tmp_path):
    """Put a training in place of the real one that takes no time but writes what one writes; return its calls."""
    calls = []

    def run(job, notify):
        calls.append(job)
        job.folder.mkdir(parents=True, exist_ok=True)
        (job.folder / "log.jsonl").write_text("{}\n")
        notify(0.5, "loss 1")
        return {"score": 0.5}

    monkeypatch.setattr(tool.jobs, "run", run)
    monkeypatch.setattr(tool, "BEGAN", time.monotonic())
    return calls


def test_stages_get_what_they_say_and_their_share(tool, jobs_run, plan, photos, tmp_path, capsys):
    backbone = tmp_path / "features.safetensors"
    backbone.touch()
    path = plan(["share = 3", "seed = 7"], [f'backbone = "{backbone}"', 'start = "default"'], ['start = "fresh"'], [])
    out, work = tmp_path / "out", tmp_path / "work"
    words = [path, "--minutes", "10", "--out", out, "--work", work, "--device", "cpu"]
    assert tool.main([str(word) for word in words]) == 0
    first, second, third, fourth = jobs_run
    assert first.settings == {"batch": "2", "side": "16", "save_minutes": "0.005"}
    assert [call.seed for call in jobs_run] == [7, 0, 0, 0]
    assert [call.start for call in jobs_run] == ["fresh", "default", "fresh", str(third.folder)]
    assert second.backbone == backbone
    assert {call.photos for call in jobs_run} == {(photos,)}
    assert {call.device for call in jobs_run} == {"cpu"}
    left = 600 - 8
    assert first.minutes * 60 == pytest.approx(left / 2 - 12, abs=2)
    for call, share in ((second, 1 / 3), (third, 1 / 2), (fourth, 1)):
        assert call.minutes * 60 == pytest.approx(share * left - 12, abs=2), "what others leave is shared out"
    assert len(list(out.glob("*.jsonl"))) == 4
    assert os.environ["HCOLOR_WEIGHTS"] == str(out)
    printed = capsys.readouterr().out
    assert printed.count("begins") == printed.count("ends after") == 4
    assert "stage 4 of 4, histogram: ends after 0.0 s: score 0.5" in printed


def test_what_is_done_is_not_repeated(tool, jobs_run, plan, tmp_path, capsys):
    words = ["--minutes", "10", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "w")]
    assert tool.main([str(plan([], ["seed = 1"])), *words]) == 0
    assert tool.main([str(plan([], ["seed = 2"])), *words]) == 0
    assert [call.seed for call in jobs_run] == [0, 1, 2], "a stage that is another one now is trained"
    assert jobs_run[2].start == str(jobs_run[0].folder)
    assert "stage 1 of 2, histogram: done before" in capsys.readouterr().out


def test_a_stage_that_needed_more_than_its_training_warns_the_next(tool):
    budget = tool.Budget(10)
    stage = tool.Stage("histogram", ())
    allotted = budget.left / 2
    assert budget.minutes(stage, [stage]) * 60 == pytest.approx(allotted - 12, abs=1)
    budget.overhead = 40.0
    assert budget.minutes(stage, [stage]) * 60 == pytest.approx(allotted - 40, abs=1)
    budget.overhead = 4000.0
    assert budget.minutes(stage, [stage]) * 60 == pytest.approx(allotted * 0.75, abs=1)


def test_the_budget_cuts_off(tool, monkeypatch):
    monkeypatch.setattr(tool, "BEGAN", time.monotonic())
    before, began = signal.getsignal(signal.SIGTERM), time.monotonic()
    with pytest.raises(tool.Cut) as cut, tool.Budget(0.01).watched():
        while time.monotonic() < began + 20:
            time.sleep(0.01)
    assert cut.value.code == 0, "the time was up, as was wanted"
    assert 0.5 < time.monotonic() - began < 5
    assert signal.getsignal(signal.SIGTERM) == before
    with pytest.raises(tool.Cut) as cut, tool.Budget(5).watched():
        threading.Timer(0.05, signal.raise_signal, [signal.SIGTERM]).start()
        while time.monotonic() < began + 20:
            time.sleep(0.01)
    assert cut.value.code == 143


def test_weights_are_collected_when_there_are_new_ones(tool, tiny_networks, tmp_path):
    from halftone_color.training.jobs import publish_networks

    run, out = tmp_path / "1-fusion", tmp_path / "out"
    out.mkdir()
    tool.collect(run, out)
    assert list(out.iterdir()) == []
    publish_networks({"fusion": tiny_networks["fusion"]}, run, {"fusion": ("noise",)}, {})
    publish_networks({"fusion": tiny_networks["fusion"]}, run / "kept-050", {"fusion": ("noise",)}, {})
    tool.collect(run, out)
    kept = out / "1-fusion-kept-050"
    first = (out / "fusion.safetensors").read_bytes()
    assert first == (run / "fusion.safetensors").read_bytes() == (kept / "fusion.safetensors").read_bytes()
    assert manifest.read(out) == manifest.read(run)
    moment = (out / "fusion.safetensors").stat().st_mtime_ns
    tool.collect(run, out)
    assert (out / "fusion.safetensors").stat().st_mtime_ns == moment, "nothing is written twice"
    changed = type(tiny_networks["fusion"])(tiny_networks["fusion"].config)
    publish_networks({"fusion": changed}, run, {"fusion": ("noise",)}, {})
    tool.collect(run, out)
    assert (out / "fusion.safetensors").read_bytes() == (run / "fusion.safetensors").read_bytes() != first
    assert (kept / "fusion.safetensors").read_bytes() == first


@pytest.mark.parametrize(
    ("more", "error", "message"),
    [
        (["shares = 2"], UsageError, "stage 2 of .* says 'shares', which is not known; it may say role, photos, share"),
        (["share = 0"], UsageError, "stage 2 .* needs photographs and a share above 0"),
        (['share = "much"'], UsageError, "stage 2 .* lacks or misspells something"),
        (['backbone = "nowhere.safetensors"'], InputError, "nowhere.safetensors does not exist"),
        (['start = "nowhere"'], UsageError, "There are no weights 'nowhere' to start from"),
    ],
)
def test_plans_are_refused_before_any_training(tool, plan, more, error, message):
    with pytest.raises(error, match=message):
        tool.read_plan(plan([], more))


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", UsageError, r"has no stages; write \[\[stage\]\]"),
        ("[[stage", UsageError, "is no plan"),
        ('[[stage]]\nrole = "histogram"', UsageError, "'photos'.*it needs role and photos"),
        ('[[stage]]\nrole = "histogram"\nphotos = []', UsageError, "needs photographs"),
        ('[[stage]]\nrole = "gan"\nphotos = "p"', UsageError, "no recipe for 'gan'"),
        ('[[stage]]\nrole = "histogram"\nphotos = "p"', InputError, "p holds no photographs"),
        ('[[stage]]\nrole = "histogram"\nphotos = "p"\nsettings = { brush = 1 }', UsageError, "no setting 'brush'"),
        (
            '[[stage]]\nrole = "histogram"\nphotos = "p"\nsettings = { batch = true }',
            UsageError,
            "batch=True is not of type int",
        ),
    ],
)
def test_what_is_no_plan_is_refused(tool, tmp_path, monkeypatch, text, error, message):
    monkeypatch.chdir(tmp_path)
    Path("plan.toml").write_text(text)
    with pytest.raises(error, match=message):
        tool.read_plan(Path("plan.toml"))
    assert tool.main(["plan.toml", "--minutes", "1", "--out", "out"]) == error.exit_code


def test_settings_are_written_as_on_the_command_line(tool, photos, tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text(
        f'[[stage]]\nrole = "inverse-halftone"\nphotos = "{photos}"\n'
        "settings = { compile = false, rate = 3e-4, batch = 4 }\n"
    )
    (stage,) = tool.read_plan(path)
    assert stage.settings == {"compile": "False", "rate": "0.0003", "batch": "4"}
    assert tool._text([1, 0.5]) == "1,0.5"

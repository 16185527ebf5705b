"""Under which conditions a command runs, what it says it has done, and what it refuses before torch is loaded."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from halftone_color import cli, pipeline
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.run import Run

COMMANDS = ("restore", "descreen", "colorize")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_device_that_is_missing_is_refused_with_7(hcolor, scan, command, tiny_weights):
    missing = "mps" if torch.cuda.is_available() else "cuda:7"
    refused = hcolor(command, scan, "--device", missing)
    assert refused.code == 7
    assert f"The device '{missing}' is not available" in refused.err
    assert hcolor(command, scan, "--device", "cpu").code == 0


def test_batch_and_demo_refuse_it_too(hcolor, scan, tmp_path, tiny_weights):
    missing = "mps" if torch.cuda.is_available() else "cuda"
    assert hcolor("batch", scan.parent, "-j", 0, "--device", missing).code == 7
    assert hcolor("demo", "--device", missing, "-o", tmp_path / "demo").code == 7


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("restore", ("--precision", "float16"), "auto, float32, bfloat16"),
        ("restore", ("--threads", "0"), "positive, not 0"),
        ("inspect", ("--threads", "-1"), "positive, not -1"),
    ],
)
def test_impossible_conditions_are_refused_with_2(hcolor, scan, command, words, said):
    refused = hcolor(command, scan, *words)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert said in refused.err


def test_conditions_reach_the_run(hcolor, scan, tiny_weights, monkeypatch):
    opened = []
    plain = Run.open
    monkeypatch.setattr(Run, "open", lambda conditions, progress=None: opened.append(conditions) or plain(conditions))
    done = hcolor("descreen", scan, "--device", "cpu", "--threads", "1", "--precision", "float32")
    assert done.code == 0, done.err
    (conditions,) = opened
    assert (conditions.device, conditions.threads, conditions.precision) == ("cpu", 1, "float32")
    assert conditions.weights == "default"


# ---- what was done ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["restore", "descreen"])
def test_which_screen_was_removed_and_how_long_it_took(hcolor, scan, command, tiny_weights):
    done = hcolor(command, scan)
    assert re.fullmatch(r"Removed a clustered-dot screen of 4\.0 px at 4\d degrees; \d+\.\d s\.\n", done.err)
    assert len(done.paths) == 1


def test_nothing_is_said_to_be_removed_where_nothing_was(hcolor, photo, tiny_weights):
    for words in (("descreen",), ("restore",), ("colorize",), ("restore", "--screen", "no")):
        done = hcolor(words[0], photo, *words[1:], "--overwrite")
        assert done.code == 0, done.err
        assert "Removed" not in done.err


def test_a_screen_without_a_period_is_named_by_its_kind(hcolor, photo, tiny_weights):
    (halftone,) = hcolor("halftone", photo).paths
    assert hcolor("descreen", halftone).err.startswith("Removed an error-diffusion screen; ")


# ---- options of methods ----------------------------------------------------------------------------------------------


def test_a_descreener_and_its_options_in_restore_and_batch(hcolor, scan, tiny_weights, tmp_path):
    def luma(path):
        return rgb_to_luma(read(path).pixels)

    words = ("--path", "ihn-first", "--descreener", "gaussian")
    plain = hcolor("restore", scan, *words, "-o", tmp_path / "a.png")
    wide = hcolor("restore", scan, *words, "--set", "descreener.sigma_px=9", "-o", tmp_path / "b.png")
    assert (plain.code, wide.code) == (0, 0), plain.err + wide.err
    assert luma(wide.paths[0]).std() < 0.7 * luma(plain.paths[0]).std()
    alone = hcolor("descreen", scan, "--method", "gaussian", "--set", "sigma_px=9", "-o", tmp_path / "c.png")
    np.testing.assert_allclose(luma(wide.paths[0]), read(alone.paths[0]).pixels, atol=1.6 / 255)
    (tmp_path / "archive").mkdir()
    (tmp_path / "archive" / "a.png").write_bytes(scan.read_bytes())
    many = hcolor("batch", tmp_path / "archive", "-j", 0, *words, "--set", "descreener.sigma_px=9")
    assert many.code == 0, many.err
    np.testing.assert_array_equal(read(many.paths[0]).pixels, read(wide.paths[0]).pixels)


def test_the_fuser_is_the_users_choice(hcolor, scan, tiny_weights, tmp_path):
    by = {
        path: hcolor("restore", scan, "--path", path, "-o", tmp_path / f"{path}.png")
        for path in ("ihn-first", "color-first")
    }
    mean = hcolor("restore", scan, "--fuser", "mean", "-o", tmp_path / "mean.png")
    assert mean.code == 0, mean.err
    expected = np.mean([read(done.paths[0]).pixels for done in by.values()], axis=0)
    np.testing.assert_allclose(read(mean.paths[0]).pixels, expected, atol=1.6 / 255)


def test_set_is_the_flag_in_other_words(hcolor, photo, tmp_path):
    flag = hcolor("halftone", photo, "--method", "bayer", "--size", "4", "-o", tmp_path / "a.png")
    words = hcolor("halftone", photo, "--method", "bayer", "--set", "size=4", "-o", tmp_path / "b.png")
    assert (flag.code, words.code) == (0, 0)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


# ---- refused early ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("b.png",), ("--overwrite", "true")], ids=" ".join)
def test_restore_takes_one_scan(hcolor, scan, words):
    refused = hcolor("restore", scan, *words)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert repr(words[-1]) in refused.err
    assert "hcolor batch" in refused.err
    assert hcolor("descreen", scan, *words).code == 2


def test_a_switch_takes_no_value_of_its_own(hcolor, scan):
    assert hcolor("restore", scan, "--overwrite=true").code == 2


def test_what_is_missing_is_refused_before_torch_is_loaded(tmp_path):
    scan = write(tmp_path / "scan.png", np.full((1, 8, 8), 0.5, np.float32))
    refused = {
        8: [
            *([command, "missing.png"] for command in ("restore", "descreen", "colorize", "halftone", "inspect")),
            ["restore", str(scan), "--ref", "missing.jpg"],
            ["restore", str(scan), "--method", "levin", "--scribbles", "missing.png"],
            ["batch", "missing"],
        ],
        2: [
            ["restore", str(scan), "--set", "sauration=2"],
            ["restore", str(scan), "--set", "saturation=red"],
            ["restore", str(scan), "--set", "descreener.fats=yes"],
            ["restore", str(scan), "--descreener", "median"],
            ["restore", str(scan), "second.png"],
            ["descreen", str(scan), "--set", "fats=yes"],
        ],
    }
    program = f"""
import sys
from halftone_color.cli import run
for code, several in {refused!r}.items():
    for words in several:
        assert run(words) == code, words
print(*sorted({{"torch", "numba"}} & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (shown.returncode, shown.stdout.strip()) == (0, ""), shown.stderr


# ---- faults and logs -------------------------------------------------------------------------------------------------


@pytest.fixture
def faulty(monkeypatch):
    def fails(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.delenv("HCOLOR_DEBUG", raising=False)
    monkeypatch.setattr(pipeline, "restore", fails)


def test_a_fault_is_ours_and_its_traceback_is_in_the_log(hcolor, scan, faulty, tmp_path):
    log = tmp_path / "run.log"
    for place, words in enumerate([("restore", scan, "--log-file", log), ("--log-file", log, "restore", scan)], 1):
        done = hcolor(*words)
        assert done.code == 1
        expected = (
            f"fault of hcolor, not of your file: ZeroDivisionError: division by zero; report it with the log {log}."
        )
        assert done.err == f"Error: This is a {expected}\n"
        assert log.read_text().count("Traceback (most recent call last)") == place
    assert "test_conditions.py" in log.read_text(), "where it happened"
    assert "'job': 'restore'" in log.read_text(), "what was asked"


@pytest.mark.parametrize("first", [True, False])
def test_a_fault_is_shown_with_v(hcolor, scan, faulty, first):
    done = hcolor("-v", "restore", scan) if first else hcolor("restore", scan, "-v")
    assert done.code == 1
    assert done.err.index("Traceback") < done.err.index("Error: This is a fault of hcolor")
    assert done.err.splitlines()[-1].endswith("report it with the above.")


def test_a_refusal_has_its_traceback_in_the_log_only(hcolor, tmp_path):
    done = hcolor("restore", tmp_path / "none.png", "--log-file", tmp_path / "run.log")
    assert done.code == 8
    assert done.err.count("\n") == 1
    assert "InputError" in (tmp_path / "run.log").read_text()


def test_a_log_that_cannot_be_written(hcolor, scan, tmp_path):
    refused = hcolor("restore", scan, "--log-file", tmp_path / "nowhere" / "run.log")
    assert (refused.code, refused.err.count("\n")) == (5, 1)
    assert "choose another file" in refused.err


def test_one_command_line_says_no_more_for_the_next(hcolor, scan, faulty, tmp_path):
    hcolor("restore", scan, "-v", "--log-file", tmp_path / "run.log")
    size = (tmp_path / "run.log").stat().st_size
    assert "Traceback" not in hcolor("restore", scan).err
    assert (tmp_path / "run.log").stat().st_size == size


def test_warnings_are_shown_as_such(hcolor, monkeypatch):
    import logging

    monkeypatch.setattr(
        cli, "app", lambda *_, **__: logging.getLogger("halftone_color.x").warning("mind %s", "the gap")
    )
    assert hcolor("demo").err == "Warning: mind the gap\n"

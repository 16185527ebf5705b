"""Help and version: there at once, without the heavy libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from halftone_color import __version__

COMMANDS = (
    "restore",
    "batch",
    "verify",
    "inspect",
    "descreen",
    "colorize",
    "halftone",
    "demo",
    "train",
    "bench",
    "weights",
)
HEAVY = {"torch", "numba", "skimage", "scipy", "PIL"}


def test_help_loads_nothing_heavy():
    program = f"""
import contextlib, io, sys
from halftone_color.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    for command in {COMMANDS!r}:
        assert run([command, "--help"]) == 0
    assert run(["--help"]) == 0
    assert run(["--version"]) == 0
print(*sorted({HEAVY!r} & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""


def test_run_as_a_module():
    shown = subprocess.run([sys.executable, "-m", "halftone_color", "--version"], capture_output=True, text=True)
    assert (shown.returncode, shown.stdout) == (0, f"hcolor {__version__}\n")


@pytest.mark.parametrize("command", COMMANDS[:-1])
def test_every_command_has_an_example(hcolor, command):
    shown = hcolor(command, "--help")
    assert shown.code == 0
    assert f"hcolor {command}" in shown.out


def test_no_command_and_an_unknown_one(hcolor):
    bare = hcolor()
    assert "restore" in bare.out + bare.err
    assert hcolor("restor").code == 2

"""Help that people read at 80 columns: short, under headings, defaults in plain words; and what completes words."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

from halftone_color import registry

COMMANDS = ("restore", "batch", "verify", "inspect", "descreen", "colorize", "halftone", "demo", "train", "bench")
WEIGHTS = ("list", "info", "verify", "import")
COMPUTING = ("restore", "batch", "descreen", "colorize", "demo")


@pytest.fixture
def shown(hcolor, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return lambda *words: hcolor(*words, "--help").out


@pytest.mark.parametrize("words", [(), *((name,) for name in COMMANDS), *(("weights", name) for name in WEIGHTS)])
def test_every_page_fits_80_columns(shown, words):
    lines = shown(*words).splitlines()
    assert max(map(len, lines)) <= 80
    assert "<bool>" not in "\n".join(lines)
    assert "[default" not in "\n".join(lines)
    for option in ("--verbose", "--log-file FILE", "--help"):
        assert any(option in line for line in lines), "every command can tell more"


def test_the_page_of_restore_is_short_and_has_headings(shown):
    text = shown("restore")
    assert len(text.splitlines()) <= 80
    headings = re.findall(r"^(\w[\w ]*):$", text, re.MULTILINE)
    expected = ["Arguments", "Files", "Colors", "Coloring", "Descreening", "Machine", "Help and logs", "Examples"]
    assert headings == expected
    assert re.search(r"^  --overwrite +Replace", text, re.MULTILINE), "a switch takes no value"
    assert re.search(r"^  --no-keep-luminance ", text, re.MULTILINE), "of a switch, the side that changes something"


def test_restore_and_batch_say_the_same_words(shown):
    one, many = (re.findall(r"^  (?:-\w, )?(--[\w-]+)", shown(name), re.MULTILINE) for name in ("restore", "batch"))
    assert set(one) < set(many)
    assert [option for option in many if option in one] == one, "in the same order"


@pytest.mark.parametrize("command", COMPUTING)
def test_commands_that_compute_have_conditions(shown, command):
    text = shown(command)
    assert all(f"  {option} " in text for option in ("--device", "--precision", "--threads", "--weights"))


@pytest.mark.parametrize(
    ("command", "room"), [("halftone", "halftoners"), ("descreen", "descreeners"), ("colorize", "colorizers")]
)
def test_methods_stand_below(shown, command, room):
    _, _, methods = shown(command).partition("\nMethods:\n")
    for name, entry in registry.entries(room).items():
        assert re.search(rf"(^|[ ,]){re.escape(name)}[,:]", methods, re.MULTILINE)
        assert entry.summary.split(":")[0] in " ".join(methods.split())


def test_headings_are_bold_unless_colors_are_declined(hcolor, monkeypatch):
    from halftone_color.cli import _help

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert _help._bold("Files") == "\x1b[1mFiles\x1b[0m"
    monkeypatch.setenv("NO_COLOR", "1")
    assert _help._bold("Files") == "Files"


COMPLETED = {
    "restore --tone ": ["auto", "digital", "print"],
    "restore --descreener g": ["gaussian"],
    "colorize --method l": ["levin", "lut"],
    "colorize --ref-": ["--ref-dir", "--ref-strength"],
}
COMPLETES = """
import contextlib, io, json, os, sys
from halftone_color import cli
sys.argv = ["hcolor"]
done = {}
for words in json.load(sys.stdin):
    os.environ |= {"COMP_WORDS": f"hcolor {words}", "COMP_CWORD": str(words.count(" ") + 1)}
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        cli.run()
    done[words] = sorted(out.getvalue().split())
print(json.dumps(done))
"""


def test_the_shell_completes_words():
    done = subprocess.run(
        [sys.executable, "-c", COMPLETES],
        input=json.dumps(list(COMPLETED)),
        capture_output=True,
        text=True,
        env=os.environ | {"_HCOLOR_COMPLETE": "complete_bash"},
        check=True,
    )
    assert json.loads(done.stdout) == COMPLETED

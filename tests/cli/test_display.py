"""What a batch shows while it works: a bar that stays whole, or lines now and then; names that cannot disturb it."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

import pytest

from halftone_color.batch.report import Outcome, Report
from halftone_color.cli import _display, _streams
from halftone_color.cli._display import Display
from halftone_color.cli._text import duration, printable

SOURCES = [Path(f"{name}.png") for name in "abcd"]


class Terminal(io.StringIO):
    """Says that it is one."""

    def isatty(self):
        return True


def work(display, report):
    for source in SOURCES:
        display.notify(source, 0.5)
        outcome = Outcome(source, "done")
        report.add(outcome)
        display.finish(outcome)


def test_messages_leave_the_bar_whole(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    report = Report(4)
    with Display("Restoring", SOURCES, report) as display:
        display.notify(SOURCES[0], 0.5)
        for number in range(5):
            display.say(f"note {number}\x1b[2J")
            print("printed by a library", file=sys.stderr)
        work(display, report)
        assert display.share == pytest.approx(1)
    shown = [line.rpartition("\x1b[2K")[2] for line in terminal.getvalue().split("\n")]  # what was not erased
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", line) for line in shown]
    for number in range(5):
        assert f"note {number}\\x1b[2J" in [line.strip() for line in lines], "a line of its own"
    assert not [line for line in lines if "note" in line and "Restoring" in line.partition("note")[2]]


def test_without_a_terminal_there_is_a_line_now_and_then(monkeypatch, capsys):
    now = [0.0]
    monkeypatch.setattr(_display, "monotonic", lambda: now[0])
    report = Report(4)
    with Display("Restoring", SOURCES, report) as display:
        for source in SOURCES:
            display.notify(source, 0.0)
            now[0] += 25
            outcome = Outcome(source, "failed" if source.name == "a.png" else "done")
            report.add(outcome)
            display.finish(outcome)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("2 of 4 files, 50.0% of the pixels; 1 failed; about 50 s left")
    with Display("Restoring", SOURCES, Report(4), quiet=True) as display:
        display.notify(SOURCES[0], 0.0)
        now[0] += 100
        display.notify(SOURCES[0], 0.5)
    assert capsys.readouterr().err == ""


def test_names_for_people():
    assert (
        printable("a\nb\x1b[31m\u202e\x9b\udcfc \u20ac")
        == "a\\nb".replace("n", "x0a") + "\\x1b[31m\\u202e\\x9b\\xfc \u20ac"
    )
    assert [duration(s) for s in (5, 200, 10_000, 300_000)] == ["5 s", "3 min", "2.8 h", "3.5 days"]


def test_a_list_that_cannot_be_written_is_given_up_once(monkeypatch):
    class Broken(io.StringIO):
        def write(self, text):
            raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(sys, "stdout", Broken())
    listing = _streams.Listing()
    listing.path(Path("a"))
    assert listing.was_left
    listing.path(Path("b"))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="descriptors are tried out in a process of their own")
def test_streams_that_are_missing_lead_nowhere():
    child = os.fork()
    if child == 0:
        os.close(1)
        sys.stdout = None
        _streams.open_missing()
        kept = os.open(os.devnull, os.O_RDONLY)
        sys.stdout.write("into the void")
        sys.stdout.flush()
        os._exit(0 if kept > 2 and os.get_inheritable(1) else 1)
    assert os.waitpid(child, 0)[1] == 0

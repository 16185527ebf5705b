"""Damaged pictures are read, found damaged or refused in one sentence; crashes and hangs would be counted."""

import pytest

from halftone_color.images.reading import read


@pytest.fixture(scope="module")
def tool(script):
    return script("try_damaged_pictures")


def test_the_originals_are_sound(tool, tmp_path):
    for content in tool.originals():
        assert tool.outcome_of(content, tmp_path) == tool.SOUND


def test_300_damaged_pictures_crash_nothing(tool, tmp_path):
    tally = tool.Tally()
    for number in range(300):
        tally.add(number, tool.outcome_of(tool.damaged(number), tmp_path))
    assert tally.bad == []
    assert sum(tally.counts.values()) == 300
    assert min(tally.counts[each] for each in (tool.SOUND, tool.DAMAGED, tool.REFUSED)) > 3


def test_a_picture_is_the_same_each_time(tool):
    assert tool.damaged(11) == tool.damaged(11) != tool.damaged(11 + len(tool.originals()))


def test_faults_and_long_messages_count_as_crashes(tool, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(tool, "read", fail)
    assert tool.outcome_of(b"", tmp_path) == tool.CRASHED
    monkeypatch.setattr(tool, "read", read)
    assert tool.outcome_of(b"", tmp_path) == tool.REFUSED


def test_processes_that_die_or_hang_are_seen_and_the_rest_goes_on(tool, tmp_path, monkeypatch):
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import os, sys, time\n"
        "first, count = int(sys.argv[3]), int(sys.argv[5])\n"
        "for number in range(first, first + count):\n"
        "    if number == 1: os.abort()\n"
        "    if number == 3: time.sleep(60)\n"
        "    print(number, 'read', flush=True)\n"
    )
    monkeypatch.setattr(tool, "__file__", str(worker))
    monkeypatch.setattr(tool, "LONGEST_S", 3.0)
    found = list(tool.watch(0, 5))
    assert found == [(0, "read"), (1, tool.CRASHED), (2, "read"), (3, tool.HUNG), (4, "read")]

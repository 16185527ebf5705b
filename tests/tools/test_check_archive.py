"""The promises of a batch are checked: small counts hold, and a broken one is seen."""

from __future__ import annotations

import errno

import pytest


def test_small_counts(script, tmp_path):
    tool = script("check_archive")
    rows = [*tool.bad_tenth(tmp_path / "bad", 20), *tool.faults(tmp_path / "faults", 1, (errno.EIO,))]
    assert [good for _, _, good in rows] == [True] * 2, rows
    with pytest.raises(SystemExit):
        tool.main(["nonsense"])


def test_what_is_broken_is_seen(script, tmp_path, monkeypatch):
    tool = script("check_archive")
    monkeypatch.setattr(tool, "tree", lambda output: {"0/0.png-restored.png": output.name})
    assert [good for _, _, good in tool.bad_tenth(tmp_path, 10)] == [False]

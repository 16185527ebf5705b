"""Fixity: every file of an output is intact, missing, changed or unknown."""

from __future__ import annotations

import os

import pytest

from halftone_color.batch.verify import verify
from halftone_color.errors import InputError


def verdicts(output):
    return {each.path.relative_to(output).as_posix(): each.verdict for each in verify(output)}


def test_every_file_is_accounted_for(work, scans, tmp_path):
    work()
    output = scans.with_name("archive-restored")
    names = ("a.png-restored.png", "b.png-restored.png", "sub/c.png-restored.png")
    assert verdicts(output) == dict.fromkeys(names, "intact")
    flipped = bytearray((output / names[0]).read_bytes())
    flipped[-20] ^= 1
    (output / names[0]).write_bytes(flipped)
    (output / names[1]).unlink()
    (output / "stray.txt").write_text("?")
    (output / ".hidden").write_text("?")
    assert verdicts(output) == {
        names[0]: "changed",
        names[1]: "missing",
        names[2]: "intact",
        "stray.txt": "unknown",
        ".hidden": "unknown",
    }
    os.truncate(output / names[2], 5)
    assert verdicts(output)[names[2]] == "changed"
    (output / names[2]).unlink()
    (output / names[2]).symlink_to(tmp_path / "elsewhere")
    assert verdicts(output)[names[2]] == "missing"


def test_what_is_no_output_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a folder"):
        list(verify(tmp_path / "nowhere"))
    with pytest.raises(InputError, match="has no journal"):
        list(verify(tmp_path))

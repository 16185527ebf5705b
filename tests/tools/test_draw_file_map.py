"""The file map: what it says of files and floors, and that the one in docs/ is what the files say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tool(script):
    return script("draw_file_map")


@pytest.fixture
def house(tmp_path):
    """Return a small project with two floors."""
    files = {
        "tests/test_architecture.py": 'FLOORS = {"types": 0, "rooms": 1}',
        "halftone_color/__init__.py": '"""The front: what a user\nimports.\n\nMore of it.\n"""',
        "halftone_color/types.py": '"""Records."""',
        "halftone_color/rooms/__init__.py": '"""Things of a kind."""',
        "halftone_color/rooms/chair.py": '"""To sit on:\n\n    chair\n"""',
        "halftone_color/rooms/inner/__init__.py": "",
        "halftone_color/rooms/inner/_table.py": '"""To put things on. Made of wood."""',
        "tools/saw.py": '"""Saws."""',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_every_file_is_on_its_floor_with_its_first_sentence(tool, house):
    drawn = tool.file_map(house)
    lines = [line for line in drawn.removeprefix(tool.OPENING).splitlines() if line]
    assert lines == [
        "## Floor 0",
        "- [`types.py`](../halftone_color/types.py): Records",
        "## Floor 1",
        "### rooms/: Things of a kind",
        "- [`chair.py`](../halftone_color/rooms/chair.py): To sit on",
        "- [`inner/_table.py`](../halftone_color/rooms/inner/_table.py): To put things on. Made of wood",
        "## The front",
        "- [`__init__.py`](../halftone_color/__init__.py): The front: what a user imports",
        "## tools/: scripts that do not ship",
        "- [`saw.py`](../tools/saw.py): Saws",
    ]


def test_it_writes_and_compares(tool, house, monkeypatch):
    monkeypatch.setattr(tool, "ROOT", house)
    (house / "docs").mkdir()
    monkeypatch.setattr(sys, "argv", ["draw_file_map.py", "--check"])
    with pytest.raises(SystemExit, match=r"run: python tools/draw_file_map\.py"):
        tool.main()
    monkeypatch.setattr(sys, "argv", ["draw_file_map.py"])
    tool.main()
    assert (house / "docs" / "file-map.md").read_text() == tool.file_map(house)
    monkeypatch.setattr(sys, "argv", ["draw_file_map.py", "--check"])
    tool.main()
    (house / "halftone_color" / "types.py").write_text('"""Other records."""')
    with pytest.raises(SystemExit):
        tool.main()


def test_the_map_in_docs_is_what_the_files_say(tool):
    written = (ROOT / tool.FILE).read_text(encoding="utf-8")
    assert written == tool.file_map(ROOT), "run: python tools/draw_file_map.py"

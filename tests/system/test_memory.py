"""What is free, by the files in which Linux says so; and nothing where they are missing."""

import sys
from types import SimpleNamespace

import pytest

from halftone_color.system import memory


@pytest.fixture
def machine(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    monkeypatch.setattr(memory, "_of_process", lambda: None)
    monkeypatch.setitem(sys.modules, "psutil", None)
    return tmp_path


def test_nobody_knows(machine):
    assert memory.available_bytes() is None


def test_elsewhere_than_on_linux_psutil_knows(machine, monkeypatch):
    stand_in = SimpleNamespace(virtual_memory=lambda: SimpleNamespace(available=77_000))
    monkeypatch.setitem(sys.modules, "psutil", stand_in)
    assert memory.available_bytes() == 77_000


def test_windows_has_no_limits_of_a_process(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    assert memory._of_process() is None


def test_the_machine_says(machine):
    (machine / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:     3000 kB\n")
    assert memory.available_bytes() == 3000 * 1024


@pytest.mark.parametrize(("limit", "expected"), [("max\n", 3000 * 1024), ("500000\n", 500000 - 400000 + 1000)])
def test_a_group_says_less(machine, limit, expected):
    (machine / "meminfo").write_text("MemAvailable:     3000 kB\n")
    (machine / "memory.max").write_text(limit)
    (machine / "memory.current").write_text("400000\n")
    (machine / "memory.stat").write_text("anon 399000\ninactive_file 1000\n")
    assert memory.available_bytes() == expected


def test_a_limit_of_addresses(monkeypatch):
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(resource, "getrlimit", lambda which: (1 << 50, 1 << 50))
    assert 0 < memory._of_process() < 1 << 50
    monkeypatch.setattr(resource, "getrlimit", lambda which: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert memory._of_process() is None

"""Limits of memory: set where the system can, refused elsewhere; tested by stand-ins for Windows and macOS."""

import sys
from types import SimpleNamespace

from halftone_color.system import process_memory


def stand_in(calls):
    def setrlimit(which, limits):
        calls.append((which, limits))

    return SimpleNamespace(RLIMIT_DATA=2, getrlimit=lambda which: (-1, 999), setrlimit=setrlimit)


def test_linux_sets_the_limit(monkeypatch):
    calls = []
    monkeypatch.setitem(sys.modules, "resource", stand_in(calls))
    monkeypatch.setattr(process_memory.psutil, "LINUX", True)
    assert process_memory.limit_this_process(500)
    assert calls == [(2, (500, 999))]


def test_macos_ignores_it_and_windows_has_none(monkeypatch):
    calls = []
    monkeypatch.setitem(sys.modules, "resource", stand_in(calls))
    monkeypatch.setattr(process_memory.psutil, "LINUX", False)
    assert not process_memory.limit_this_process(500)
    monkeypatch.setitem(sys.modules, "resource", None)
    assert not process_memory.limit_this_process(500)
    assert calls == []


def test_a_limit_that_the_system_refuses(monkeypatch):
    def refuse(which, limits):
        raise ValueError("current limit exceeds maximum limit")

    resource = stand_in([])
    resource.setrlimit = refuse
    monkeypatch.setitem(sys.modules, "resource", resource)
    monkeypatch.setattr(process_memory.psutil, "LINUX", True)
    assert not process_memory.limit_this_process(500)

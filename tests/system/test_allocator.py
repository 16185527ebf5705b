"""Freed memory is kept where glibc says that it will, and nothing breaks elsewhere."""

from __future__ import annotations

import platform

from halftone_color.system import allocator


def test_glibc_keeps_freed_memory():
    assert allocator.keep_freed_memory() == (platform.libc_ver()[0] == "glibc")


def test_elsewhere_nothing_is_done(monkeypatch):
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: 1 / 0)
    assert allocator.keep_freed_memory() is False


def test_a_library_without_mallopt_is_no_accident(monkeypatch):
    monkeypatch.setattr(allocator.platform, "libc_ver", lambda: ("glibc", "2.36"))
    monkeypatch.setattr(allocator.ctypes, "CDLL", lambda name: object())
    assert allocator.keep_freed_memory() is False


def test_what_was_kept_can_be_returned():
    assert allocator.return_freed_memory() in (True, False)
    assert platform.libc_ver()[0] == "glibc" or not allocator.return_freed_memory()


def test_without_glibc_nothing_is_asked(monkeypatch):
    monkeypatch.setattr(platform, "libc_ver", lambda: ("", ""))
    monkeypatch.setattr(allocator.ctypes, "CDLL", None)
    assert not allocator.keep_freed_memory()
    assert not allocator.return_freed_memory()

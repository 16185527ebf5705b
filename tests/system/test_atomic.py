"""Files appear whole or not at all, whatever fails: disk full, input or output errors, quotas, interruptions."""

import errno
import os
import stat

import pytest

from halftone_color.errors import OutputError
from halftone_color.system import atomic

OLD, NEW = b"old content", b"new content " * 1000


@pytest.fixture(params=[None, OLD], ids=["new", "replaced"])
def place(request, tmp_path):
    """Where a file is written, with or without one there already, and what is there."""
    path = tmp_path / "folder/result.png"
    if request.param is not None:
        path.parent.mkdir()
        path.write_bytes(request.param)
    return path, request.param


class Failing:
    """An open file of which one call fails."""

    def __init__(self, file, call, error):
        self.file, self.call, self.error = file, call, error

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()

    def write(self, content):
        if self.call == "write":
            self.file.write(content[: len(content) // 2])  # a part fits
            raise self.error
        return self.file.write(content)

    def flush(self):
        if self.call == "flush":
            raise self.error
        self.file.flush()


@pytest.mark.parametrize("number", ["ENOSPC", "EIO", "EDQUOT"])
@pytest.mark.parametrize("call", ["open", "write", "flush", "fsync", "replace"])
def test_what_fails_leaves_what_was_there(place, monkeypatch, call, number):
    path, before = place
    error = OSError(getattr(errno, number), os.strerror(getattr(errno, number)))
    opened = atomic.Path.open

    def fail(*_, **__):
        raise error

    if call == "open":
        monkeypatch.setattr(atomic.Path, "open", fail)
    elif call == "fsync":
        monkeypatch.setattr(atomic.os, "fsync", fail)
    elif call == "replace":
        monkeypatch.setattr(atomic.Path, "replace", fail)
    else:
        monkeypatch.setattr(atomic.Path, "open", lambda path, mode: Failing(opened(path, mode), call, error))
    with pytest.raises(OutputError, match=r"check permissions and free space") as caught:
        atomic.write(path, NEW)
    assert caught.value.exit_code == 5
    assert [each.name for each in path.parent.iterdir()] == ([path.name] if before else [])
    monkeypatch.undo()
    assert before is None or path.read_bytes() == before


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, SystemExit])
def test_an_interruption_leaves_what_was_there(place, monkeypatch, interruption):
    path, before = place

    def stop(handle):
        raise interruption

    monkeypatch.setattr(atomic.os, "fsync", stop)
    with pytest.raises(interruption):
        atomic.write(path, NEW)
    assert [each.name for each in path.parent.iterdir()] == ([path.name] if before else [])


def test_file_and_folder_are_flushed(place, monkeypatch):
    path, _ = place
    flushed = []
    monkeypatch.setattr(atomic.os, "fsync", lambda handle: flushed.append(stat.S_ISDIR(os.fstat(handle).st_mode)))
    atomic.write(path, NEW)
    assert path.read_bytes() == NEW
    assert flushed == ([False, True] if os.name == "posix" else [False])


@pytest.mark.parametrize("call", ["open", "fsync"])
@pytest.mark.parametrize("number", ["EINVAL", "EACCES"])
def test_where_folders_cannot_be_flushed_files_are_written_all_the_same(place, monkeypatch, call, number):
    path, _ = place
    real = getattr(os, call)

    def refuse_folders(what, *given):
        if stat.S_ISDIR((os.fstat if call == "fsync" else os.stat)(what).st_mode):
            raise OSError(getattr(errno, number), number)
        return real(what, *given)

    monkeypatch.setattr(atomic.os, call, refuse_folders)
    atomic.write(path, NEW)
    monkeypatch.undo()
    assert path.read_bytes() == NEW


def test_where_nothing_can_be_flushed_files_are_written_all_the_same(place, monkeypatch):
    def refuse(handle):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(atomic.os, "fsync", refuse)
    atomic.write(place[0], NEW)
    assert place[0].read_bytes() == NEW


@pytest.mark.skipif(not atomic.Path("/dev/full").exists(), reason="/dev/full")
def test_a_device_is_no_file():
    with pytest.raises(OutputError, match="pipe or a device"):
        atomic.refuse_existing(atomic.Path("/dev/full"), overwrite=True)


def test_empty_files_may_be_replaced_and_links_to_them_may_not(tmp_path):
    path, link = tmp_path / "a.png", tmp_path / "b.png"
    path.touch()
    atomic.write(path, NEW, overwrite=False)
    assert path.read_bytes() == NEW
    path.write_bytes(b"")
    link.symlink_to(path)
    with pytest.raises(OutputError, match="already exists"):
        atomic.write(link, NEW, overwrite=False)

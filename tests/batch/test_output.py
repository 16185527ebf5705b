"""The output folder: tried out before the work, watched while it lasts, and left without unfinished files."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from halftone_color.batch import output as output_module
from halftone_color.batch.output import OutputFolder, OutputLostError
from halftone_color.batch.shards import BUCKETS, Shard, bucket_of
from halftone_color.errors import OutputError, UsageError
from halftone_color.system import locks

HERE = Path(__file__).parent


def test_a_folder_that_vanishes_is_not_made_again(tmp_path):
    folder = OutputFolder.open(tmp_path / "out")
    folder.make_room_for(folder.path / "a" / "b" / "c.png")
    assert (folder.path / "a" / "b").is_dir()
    folder.path.rename(tmp_path / "moved")
    with pytest.raises(OutputLostError, match="no longer there"):
        folder.make_room_for(folder.path / "a" / "d.png")
    assert not folder.path.exists()
    folder.path.mkdir()  # what was below a mount point
    with pytest.raises(OutputLostError, match="no longer the folder"):
        folder.make_room_for(folder.path / "a" / "d.png")
    assert not list(folder.path.iterdir())


def test_a_batch_stops_when_its_output_vanishes(work, scans, tmp_path):
    output = scans.with_name("archive-restored")

    def vanishing(source, request, run):
        if source.name == "b.png":
            output.rename(tmp_path / "unmounted")
        from batch_stub import stub

        return stub(source, request, run)

    with pytest.raises(OutputLostError):
        work(job=vanishing)
    assert not output.exists()
    assert sorted(path.name for path in (tmp_path / "unmounted").glob("*.png")) == ["a.png-restored.png"]


def test_places_that_cannot_be_written_to(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="-o"):
        OutputFolder.open(tmp_path / "file")
    monkeypatch.setattr(output_module.shutil, "disk_usage", lambda path: type("", (), {"free": 1_000_000}))
    with pytest.raises(OutputError, match="1 MB of free space"):
        OutputFolder.open(tmp_path / "full")


def test_unfinished_files_are_swept(work, scans):
    output = scans.with_name("archive-restored")
    for name in ("sub/.hcolor-0123456789abcdef.part", ".hcolor-0.part", ".hcolor-notes.txt", "mine.part"):
        (output / name).parent.mkdir(parents=True, exist_ok=True)
        (output / name).write_bytes(b"half")
    work()
    left = {path.name for path in output.rglob("*") if path.is_file() and ".hcolor/" not in path.as_posix()}
    assert {name for name in left if "restored" not in name} == {".hcolor-notes.txt", "mine.part"}


def test_a_batch_that_is_stopped_sweeps_where_it_was_writing(work, scans):
    """Going through a large output would take longer than one waits; the next start does it."""
    output = scans.with_name("archive-restored")
    here, far = output / ".hcolor-1.part", output / "far" / ".hcolor-2.part"

    def stopped(source, request, run):
        far.parent.mkdir()
        far.touch()
        here.touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work(job=stopped)
    assert (here.exists(), far.exists()) == (False, True)
    work()
    assert not far.exists()


def test_those_of_other_shards_are_left(tmp_path):
    folder = OutputFolder.open(tmp_path / "out")
    young, old = folder.path / ".hcolor-1.part", folder.path / ".hcolor-2.part"
    for path in (young, old):
        path.touch()
    os.utime(old, (time.time() - 7200,) * 2)
    assert folder.sweep(output_module.STALE_S) == 1
    assert young.exists()


def hold(folder, shard):
    """Lock a shard in another process, and return that process."""
    program = (
        "import sys; from pathlib import Path; from halftone_color.batch.output import OutputFolder; "
        "from halftone_color.batch.shards import Shard; "
        "lock = OutputFolder.open(Path(sys.argv[1])).lock(Shard.parse(sys.argv[2])); print(flush=True); input()"
    )
    words = [sys.executable, "-c", program, str(folder), shard]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdout.readline()
    return process


def test_two_batches_do_not_write_to_one_output_but_two_shards_do(work, tmp_path, scans):
    folder = OutputFolder.open(scans.with_name("archive-restored"))
    other = hold(folder.path, "1/2")
    try:
        for shard in ("1/1", "1/2", "1/4", "2/3"):
            with pytest.raises(OutputError, match="Another batch is writing"):
                folder.lock(Shard.parse(shard))
        for shard in ("2/2", "3/4"):
            folder.lock(Shard.parse(shard)).release()
        with pytest.raises(OutputError, match="--shard") as refused:
            work()
        assert refused.value.exit_code == 5
        other.kill()  # as kill -9 does
        other.wait()
        assert {outcome.state for outcome in work().values()} == {"done"}
    finally:
        other.kill()
        other.communicate()


def test_shards_cover_everything_once():
    for count in (1, 2, 3, 7, 4096):
        covered = [bucket for number in range(1, count + 1) for bucket in Shard(number, count).buckets]
        assert covered == list(range(BUCKETS))
    assert bucket_of("sub/a.png") == bucket_of("sub/a.png") in range(BUCKETS)
    for wrong in ("0/2", "3/2", "1", "1/0", "a/b", "1/5000"):
        with pytest.raises(UsageError, match="i/N"):
            Shard.parse(wrong)


def test_windows_locks_the_same_range(tmp_path, monkeypatch):
    calls = []
    stand_in = type("msvcrt", (), {"LK_NBLCK": 2, "locking": staticmethod(lambda *words: calls.append(words[1:]))})
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", stand_in)
    locks.RangeLock(tmp_path / "lock", 5, 7).release()
    assert calls == [(2, 7)]

    def held(*words):
        raise PermissionError(13, "held")

    stand_in.locking = staticmethod(held)
    with pytest.raises(locks.HeldError):
        locks.RangeLock(tmp_path / "lock", 5, 7)


def test_file_systems_that_cannot_lock_are_worked_on_with_a_warning(tmp_path, monkeypatch, caplog):
    import fcntl

    def unable(*words):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", unable)
    locks.RangeLock(tmp_path / "lock", 0, 1).release()
    assert "cannot be locked" in caplog.text

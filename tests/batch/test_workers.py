"""Workers: whatever ends one costs one picture, and however many there are, the bytes are the same."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time

import pytest
from batch_stub import SLOW_S, picture, stub
from pebble.pool.base_pool import PoolStatus

from halftone_color.batch import journal, running, workers
from halftone_color.batch.workers import Workers, automatic_jobs, automatic_threads
from halftone_color.batch.worklist import make_worklist
from halftone_color.errors import UsageError
from halftone_color.request import Request
from halftone_color.system import memory, process_memory


def results(output):
    return {path.relative_to(output).as_posix(): path.read_bytes() for path in output.rglob("*.png")}


def workers_of(jobs, **limits):
    """Return workers that are forked where the system can, for spawned ones take seconds to start.

    Spawned ones work in test_new_methods.py and in tools/check_archive.py.
    """
    engine = Workers(jobs, **limits)
    if "fork" in multiprocessing.get_all_start_methods():
        engine._context = multiprocessing.get_context("fork")
    return engine


def test_a_bad_file_costs_only_itself_and_the_others_have_the_same_bytes(work, scans, tmp_path, capfd):
    output = scans.with_name("archive-restored")
    picture(scans / "printing.png", 9)
    assert {outcome.state for outcome in work().values()} == {"done"}
    alone = results(output)
    output.rename(tmp_path / "alone")
    capfd.readouterr()
    for number, name in enumerate(("0-killed", "slow", "greedy", "bad", "fault")):
        picture(scans / f"{name}.png", number)
    engine = workers_of(2, timeout_s=3.0, memory_bytes=2_500_000_000)
    outcomes = work(engine=engine, most_faults=9)
    states = {name: outcome.state for name, outcome in outcomes.items()}
    good = dict.fromkeys(("a.png", "b.png", "c.png", "printing.png"), "done")
    bad = dict.fromkeys(("0-killed.png", "slow.png", "greedy.png", "bad.png", "fault.png"), "failed")
    assert states == good | bad
    assert results(output) == alone
    assert "ended by the system twice" in outcomes["0-killed.png"].reason
    assert (scans / "0-killed.begun").read_text() == "xx"
    assert "given up after 3 s" in outcomes["slow.png"].reason
    assert "memory" in outcomes["greedy.png"].reason
    assert "fault of hcolor" in outcomes["fault.png"].reason
    ledger = journal.read(output)
    assert {name.rpartition("/")[2]: each.outcome for name, each in ledger.records.items()} == states
    assert ledger.start["conditions"]["threads"] == automatic_threads()
    (scans / "0-killed.begun").unlink()
    again = work(engine=workers_of(1))
    assert {name for name, outcome in again.items() if outcome.state == "failed"} == set(bad)
    assert not multiprocessing.active_children(), "nothing was to be done, so nobody was started"
    assert "from" not in capfd.readouterr().out, "what libraries print does not go to the list"


def test_stopping_ends_workers_in_the_middle_of_a_picture(scans):
    picture(scans / "zz-slow.png")
    outcomes = running.run(make_worklist(scans), Request("restore"), None, running.Settings(workers_of(1), job=stub))
    for _ in range(2):
        next(outcomes)
    began = time.monotonic()
    outcomes.close()
    assert time.monotonic() - began < SLOW_S / 2, "it does not wait for the picture"
    assert not multiprocessing.active_children()


def test_memory_is_watched_where_the_system_sets_no_limit(monkeypatch):
    engine = Workers(1, memory_bytes=10)
    killed = []
    monkeypatch.setattr(workers, "_kill", killed.append)
    engine._table[workers.worker.RUNNING] = float(os.getpid())
    each = workers._Handed(type("", (), {"item": type("", (), {"source": None})}), 0)
    engine._look_around([each], lambda source, share: None)
    assert (killed, each.too_large) == ([os.getpid()], True)


def test_how_many(monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(memory, "available_bytes", lambda: 7_000_000_000)
    found = {}
    for count in (1, 2, 4, 8, 32):
        monkeypatch.setattr(workers, "_processors", lambda count=count: count)
        found[count] = (automatic_threads(), automatic_jobs(automatic_threads(), "auto"))
    assert found == {1: (1, 1), 2: (1, 2), 4: (2, 2), 8: (4, 2), 32: (4, 3)}
    assert automatic_jobs(1, "cuda") == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert automatic_threads() == 3


def test_sizes():
    assert [process_memory.parse_bytes(text) for text in ("3GB", "800M", "1.5 g", "2GiB", "1024")] == [
        3_000_000_000,
        800_000_000,
        1_500_000_000,
        2 * 1024**3,
        1024,
    ]
    for wrong in ("", "GB", "-1GB", "3 apples", "0"):
        with pytest.raises(UsageError, match="3GB"):
            process_memory.parse_bytes(wrong)


def test_a_process_knows_its_memory():
    assert 10_000_000 < process_memory.resident_bytes(os.getpid()) < 10**11
    assert process_memory.resident_bytes(2**22 + 1) == 0
    assert memory.available_bytes() > 0


def test_windows_and_macos(monkeypatch):
    """No processor affinity, no SIGKILL, no second process by fork: what is used instead."""
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 6)
    assert workers._processors() == 6
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert workers._processors() == 1
    killed = []
    monkeypatch.setattr(os, "kill", lambda *words: killed.append(words))
    monkeypatch.delattr(signal, "SIGKILL", raising=False)
    workers._kill(77)
    assert killed == [(77, signal.SIGTERM)]
    assert Workers(1)._context.get_start_method() == "spawn", "which every system has"


def test_workers_that_start_while_the_others_are_ended_are_ended_as_well(scans, monkeypatch):
    """Pebble starts workers anew and asks them politely; one that does not hear would keep it for 3 s."""
    picture(scans / "zz-slow.png")
    engine = workers_of(2)
    outcomes = running.run(make_worklist(scans), Request("restore"), None, running.Settings(engine, job=stub))
    next(outcomes)
    context = engine._pool._context
    original = type(engine._pool).join

    def late(pool, *words):
        context.status = PoolStatus.RUNNING  # as if the other thread were in the middle of starting workers
        time.sleep(0.5)
        context.status = PoolStatus.STOPPED
        return original(pool, *words)

    monkeypatch.setattr(type(engine._pool), "join", late)
    outcomes.close()
    assert not multiprocessing.active_children()

"""The journal: torn lines are dropped, names of any bytes come back, what cannot be written is said."""

from __future__ import annotations

import errno
import json
import os

import pytest

from halftone_color.batch import journal
from halftone_color.batch.journal import Journal, Record, StoredFile
from halftone_color.batch.output import OutputFolder, OutputLostError
from halftone_color.batch.shards import Shard


@pytest.fixture
def output(tmp_path):
    return OutputFolder.open(tmp_path / "out")


def record(source, sha256="00", outcome="done"):
    return Record(source, outcome, "r", "w", sha256, (1, 2, 3), (StoredFile(f"{source}.png", sha256, 5),), notes=("n",))


def test_records_come_back_and_the_last_one_counts(output):
    kept = Journal(output, Shard())
    kept.start({"version": "1"})
    kept.add(record("a"))
    kept.add(record("a", "11"))
    kept.add(record("b"))
    kept.close()
    ledger = journal.read(output.path)
    assert ledger.records == {"a": record("a", "11"), "b": record("b")}
    assert ledger.files["a.png"].sha256 == "11"
    assert ledger.start["version"] == "1"


def test_names_that_are_no_text_come_back(output):
    name = os.fsdecode(b"M\xfcnchen\n\x1b[31m \xe2\x82\xac")
    kept = Journal(output, Shard())
    kept.add(record(name))
    kept.close()
    assert list(journal.read(output.path).records) == [name]
    (line,) = (output.records / "journal.ndjson").read_bytes().splitlines()
    assert json.loads(line.decode())["source"] == name
    assert "€".encode() in line


@pytest.mark.parametrize("torn", [b'{"record":"file","sou', b"\0" * 70000, b"{}"])
def test_a_torn_line_is_dropped_and_the_next_one_is_whole(output, torn):
    kept = Journal(output, Shard())
    kept.add(record("a"))
    kept.close()
    path = output.records / "journal.ndjson"
    path.write_bytes(path.read_bytes() + torn)
    assert set(journal.read(output.path).records) == {"a"}
    kept = Journal(output, Shard())
    kept.add(record("b"))
    kept.close()
    assert set(journal.read(output.path).records) == {"a", "b"}
    assert len(path.read_bytes().splitlines()) == 2


def test_lines_of_later_versions_are_understood(output):
    path = output.records / "journal.ndjson"
    line = {"record": "file", "source": "a", "outcome": "done", "request": "r", "weights": "w", "moon": "full"}
    path.write_text(json.dumps(line) + "\n" + json.dumps({"record": "moon"}) + "\n[]\n")
    assert journal.read(output.path).records == {"a": Record("a", "done", "r", "w")}


def test_shards_write_journals_of_their_own(output):
    for number in (1, 2):
        kept = Journal(output, Shard(number, 2))
        kept.add(record(str(number)))
        kept.close()
    assert sorted(path.name for path in output.records.iterdir()) == ["journal-1-of-2.ndjson", "journal-2-of-2.ndjson"]
    assert set(journal.read(output.path).records) == {"1", "2"}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_line_that_cannot_be_written_is_not_there(output, monkeypatch, number):
    kept = Journal(output, Shard())
    kept.add(record("a"))
    before = (output.records / "journal.ndjson").read_bytes()

    def failing(handle):
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch, pytest.raises(OutputLostError, match=os.strerror(number)):
        patch.setattr(os, "fsync", failing)
        kept.add(record("b"))
    assert (output.records / "journal.ndjson").read_bytes() == before
    kept.add(record("c"))
    assert set(journal.read(output.path).records) == {"a", "c"}

"""Which files a batch takes, where their results go, and what it says of the others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from halftone_color.batch.selection import Selection, read_list
from halftone_color.batch.shards import Shard
from halftone_color.batch.worklist import Wanted, make_worklist
from halftone_color.errors import InputError, UsageError

PNG = b"\x89PNG\r\n\x1a\n then whatever"


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """Make files below `archive` in the current folder: names ending in a picture's suffix announce a PNG."""
    monkeypatch.chdir(tmp_path)

    def made(*names):
        for name in names:
            path = tmp_path / "archive" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(PNG if name.endswith((".png", ".tif", ".jpg", ".scan")) else b"text")
        return tmp_path / "archive"

    return made


def results(worklist):
    """Return the paths of the first results below the output folder by the paths of the sources."""
    into = worklist.output
    return {item.source.name: item.names.pictures[0].relative_to(into).as_posix() for item in worklist.items}


def test_a_tree_is_mirrored_in_order(tree):
    archive = tree("b/2.png", "b/1.png", "a.png", "b/c/3.tif")
    worklist = make_worklist(archive)
    assert worklist.output == archive.with_name("archive-restored")
    assert list(results(worklist).items()) == [
        ("a.png", "a.png-restored.png"),
        ("1.png", "b/1.png-restored.png"),
        ("2.png", "b/2.png-restored.png"),
        ("3.tif", "b/c/3.tif-restored.png"),
    ]


def test_names_relative_to_here(tree, monkeypatch, tmp_path):
    archive = tree("a.png")
    assert (
        str(make_worklist(type(archive)("archive/")).items[0].names.pictures[0])
        == "archive-restored/a.png-restored.png"
    )
    monkeypatch.chdir(archive)
    assert make_worklist(type(archive)(".")).output == tmp_path / "archive-restored"


def test_many_samples_and_a_format(tree):
    names = make_worklist(tree("a.png"), "out", Wanted(2, "tiff")).items[0].names
    assert [path.as_posix() for path in names.pictures] == ["out/a.png-restored-1.tiff", "out/a.png-restored-2.tiff"]
    assert names.sheet.as_posix() == "out/a.png-sheet.jpg"


def test_the_content_decides_what_is_a_picture(tree):
    archive = tree("a.scan", "Thumbs.db", "notes.txt", "._a.png", ".DS_Store", "book.pdf")
    (archive / "book.pdf").write_bytes(b"%PDF-1.4")
    (archive / "empty.png").touch()
    worklist = make_worklist(archive)
    assert set(results(worklist)) == {"a.scan", "empty.png"}
    skipped = {outcome.source.name: outcome.reason for outcome in worklist.settled}
    assert {outcome.state for outcome in worklist.settled} == {"skipped"}
    assert set(skipped) == {"Thumbs.db", "notes.txt", "._a.png", ".DS_Store", "book.pdf"}
    assert "pdftoppm" in skipped["book.pdf"]


def test_hidden_folders_and_the_output_are_not_entered(tree):
    archive = tree("a.png", ".git/b.png", "out/c.png", "keep/out/d.png")
    worklist = make_worklist(archive, str(archive / "out"))
    assert set(results(worklist)) == {"a.png", "d.png"}
    assert worklist.settled == ()


def test_links(tree, tmp_path):
    archive = tree("a.png", "sub/b.png")
    (archive / "sub" / "loop").symlink_to(archive)
    (archive / "linked.png").symlink_to(archive / "a.png")
    (archive / "broken.png").symlink_to("nowhere")
    (archive / "broken.txt").symlink_to("nowhere")
    worklist = make_worklist(archive)
    assert set(results(worklist)) == {"a.png", "b.png", "linked.png"}
    found = {outcome.source.name: outcome.state for outcome in worklist.settled}
    assert found == {"broken.png": "failed", "broken.txt": "skipped", "loop": "skipped"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_not_waited_for(tree):
    archive = tree("a.png")
    os.mkfifo(archive / "pipe.png")
    assert [outcome.source.name for outcome in make_worklist(archive).settled] == ["pipe.png"]


def test_what_is_refused(tree):
    archive = tree("a.png")
    for output in (str(archive), "archive/../archive"):
        with pytest.raises(UsageError, match="mix"):
            make_worklist(archive, output)
    with pytest.raises(UsageError, match="folder"):
        make_worklist(archive, "out.png")
    with pytest.raises(InputError, match="does not exist"):
        make_worklist(archive / "missing")
    with pytest.raises(InputError, match="hcolor restore"):
        make_worklist(archive / "a.png")


def test_a_result_never_replaces_a_picture(tree):
    archive = tree("b/x.png-restored.png", "b/b/x.png")
    nested = archive / "b"
    with pytest.raises(UsageError, match="would replace a picture"):
        make_worklist(nested, str(archive))


@pytest.mark.parametrize("name", ["{}.png", "x.{}"])
def test_what_planning_asks_of_the_system_grows_with_the_number_of_files_only(tree, name):
    def asked(count):
        archive = tree(*(name.format(number) for number in range(count)))
        for path in archive.iterdir():
            path.write_bytes(PNG)
        calls = []
        with pytest.MonkeyPatch.context() as patch:
            for function in ("stat", "lstat"):
                original = getattr(os, function)
                patch.setattr(os, function, lambda *a, original=original, **k: calls.append(a) or original(*a, **k))
            assert len(make_worklist(archive).items) == count
        return len(calls)

    few, many = asked(50), asked(200)
    assert many - few <= 150 * 12


def test_own_results_are_not_restored_again(tree):
    archive = tree(
        "a.png", "a-restored.png", "b-restored.png", "c.tif", "c.tif-restored-1.png", "c.tif-sheet.jpg", "d-sheet.jpg"
    )
    for name in (
        "old/e.png",
        "old-restored/e-restored.png",
        "made/f.png",
        "made/.hcolor/journal.ndjson",
        "g-restored/g.png",
    ):
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_bytes(PNG)
    worklist = make_worklist(archive)
    assert set(results(worklist)) == {"a.png", "b-restored.png", "c.tif", "d-sheet.jpg", "e.png", "g.png"}
    reasons = {outcome.source.name: outcome.reason for outcome in worklist.settled}
    assert set(reasons) == {"a-restored.png", "c.tif-restored-1.png", "c.tif-sheet.jpg", "made", "old-restored"}
    assert "made from a.png" in reasons["a-restored.png"]
    assert "results of a batch" in reasons["made"]


def test_patterns(tree):
    archive = tree("a.png", "b.tif", "sub/c.png", "sub/thumbs/d.png", "other/e.png")

    def chosen(*include, exclude=()):
        return set(results(make_worklist(archive, wanted=Wanted(selection=Selection(include, tuple(exclude))))))

    assert chosen("*.png") == {"a.png", "c.png", "d.png", "e.png"}
    assert chosen("sub") == chosen("sub/*") == {"c.png", "d.png"}
    assert chosen(exclude=["thumbs", "b.*"]) == {"a.png", "c.png", "e.png"}
    assert chosen("*.png", exclude=["sub/*"]) == {"a.png", "e.png"}


def test_a_list_of_files(tree):
    archive = tree("a.png", "sub/b b.png", "c.png", "notes.txt")
    names = read_list(b"sub/b b.png\r\n./a.png\n\na.png\nnotes.txt\ngone.png\nsub\n", zero=False)
    worklist = make_worklist(archive, wanted=Wanted(selection=Selection(listed=names)))
    assert [item.relative for item in worklist.items] == ["sub/b b.png", "a.png"]
    states = {outcome.source.name: outcome.state for outcome in worklist.settled}
    assert states == {"notes.txt": "skipped", "gone.png": "failed", "sub": "skipped"}
    absolute = (str(archive / "c.png"),)
    assert set(results(make_worklist(archive, wanted=Wanted(selection=Selection(listed=absolute))))) == {"c.png"}
    with pytest.raises(UsageError, match="is not in"):
        make_worklist(archive, wanted=Wanted(selection=Selection(listed=("../x.png",))))
    assert read_list(b"a\nb\0c\0", zero=True) == ("a\nb", "c")


def test_shards_share_an_archive(tree):
    archive = tree(*(f"{number}.png" for number in range(60)), "notes.txt")
    parts = [make_worklist(archive, wanted=Wanted(shard=Shard(number, 3))) for number in (1, 2, 3)]
    names = [item.relative for part in parts for item in part.items]
    assert sorted(names) == sorted(item.relative for item in make_worklist(archive).items)
    assert len(set(names)) == 60
    assert min(len(part.items) for part in parts) >= 10
    assert sum(len(part.settled) for part in parts) == 1


def test_the_root_of_a_drive_needs_a_folder_for_results():
    with pytest.raises(UsageError, match="-o"):
        make_worklist(Path("/"))

"""Which files a batch takes, where their results go, and what it says of the others."""

from __future__ import annotations

import os

import pytest

from halftone_color.batch.worklist import make_worklist
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
        ("a.png", "a-restored.png"),
        ("1.png", "b/1-restored.png"),
        ("2.png", "b/2-restored.png"),
        ("3.tif", "b/c/3-restored.png"),
    ]


def test_names_relative_to_here(tree, monkeypatch, tmp_path):
    archive = tree("a.png")
    assert str(make_worklist(type(archive)("archive/")).items[0].names.pictures[0]) == "archive-restored/a-restored.png"
    monkeypatch.chdir(archive)
    assert make_worklist(type(archive)(".")).output == tmp_path / "archive-restored"


def test_stems_that_collide_keep_their_suffix(tree):
    worklist = make_worklist(tree("x.tif", "x.png", "y.png", "sub/x.png", "X.jpg", "z.png", "z.png.tif"))
    paths = [item.names.pictures[0].relative_to(worklist.output).as_posix() for item in worklist.items]
    assert sorted(paths) == [
        "X.jpg-restored.png",
        "sub/x-restored.png",
        "x.png-restored.png",
        "x.tif-restored.png",
        "y-restored.png",
        "z-restored.png",
        "z.png.tif-restored.png",
    ]


def test_many_samples_and_a_format(tree):
    names = make_worklist(tree("a.png"), "out", count=2, format="tiff").items[0].names
    assert [path.as_posix() for path in names.pictures] == ["out/a-restored-1.tiff", "out/a-restored-2.tiff"]
    assert names.sheet.as_posix() == "out/a-sheet.jpg"


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
    assert set(results(worklist)) == {"a.png", "b.png", "linked.png", "broken.png"}
    assert sorted(outcome.source.name for outcome in worklist.settled) == ["broken.txt", "loop"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_not_waited_for(tree):
    archive = tree("a.png")
    os.mkfifo(archive / "pipe")
    assert [outcome.source.name for outcome in make_worklist(archive).settled] == ["pipe"]


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
    archive = tree("b/x.png", "b/sub/x-restored.png")
    nested = archive / "b"
    (nested / "b").mkdir()
    (nested / "b" / "x.png").write_bytes(PNG)
    (nested / "x-restored.png").write_bytes(PNG)
    with pytest.raises(UsageError, match="would replace a picture"):
        make_worklist(nested, str(archive))


def test_large_folders_are_looked_through_quickly(tree):
    archive = tree(*(f"{number}.png" for number in range(400)))
    looked_at = []
    original = os.stat

    def counted(*words, **options):
        looked_at.append(words)
        return original(*words, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "stat", counted)
        assert len(make_worklist(archive).items) == 400
    assert len(looked_at) < 400 * 40

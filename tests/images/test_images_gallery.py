"""A folder as a gallery: what it holds, what is passed over, and what is remembered of it between runs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError, OutputError
from halftone_color.images import gallery
from halftone_color.images.gallery import open_gallery
from halftone_color.images.reading import read
from halftone_color.images.writing import write

LIMIT = 10**6


class Describer:
    """Describes a picture by its mean tone, and counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def __call__(self, gray):
        self.asked += 1
        assert gray.shape[0] == 1
        return np.float16([gray.mean(), gray.shape[1]])


@pytest.fixture
def folder(tmp_path, scene):
    for number, name in enumerate(("a.png", "sub/b.png", "sub/deep/c.webp")):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path.with_suffix(".png"), scene(20 + number, 30, number)).rename(path)
    return tmp_path / "photos"


@pytest.fixture
def looked(tmp_path, folder):
    """Open the folder anew and describe it; return names, descriptors, and how many files were looked at."""

    def run(key="k", **options):
        describe, shares = Describer(), []
        opened = open_gallery(folder, LIMIT, tmp_path / "cache")
        names, descriptors = opened.descriptors(key, describe, shares.append)
        assert shares == sorted(shares)
        assert len(shares) in (0, len(opened.stamps)) or describe.asked < len(opened.stamps)
        return list(names), descriptors, describe.asked

    return run


def test_every_picture_below_the_folder_is_described(looked, folder):
    names, descriptors, asked = looked()
    assert names == ["a.png", str(Path("sub", "b.png")), str(Path("sub", "deep", "c.webp"))]
    assert descriptors.dtype == np.float16
    for name, (mean, height) in zip(names, descriptors, strict=True):
        gray = rgb_to_luma(read(folder / name).pixels)
        assert mean == pytest.approx(gray.mean(), abs=1e-3)
        assert height == gray.shape[1]
    assert asked == 3


def test_what_is_known_is_not_looked_at_again(looked):
    first = looked()
    again = looked()
    assert again[2] == 0
    assert again[0] == first[0]
    np.testing.assert_array_equal(again[1], first[1])
    assert looked("another key")[2] == 3, "descriptors made in another way do not count"


def test_only_what_changes_is_looked_at(looked, folder, scene):
    first = looked()
    write(folder / "a.png", scene(33, 30, 9), overwrite=True)
    write(folder / "new.png", scene(44, 30, 9))
    (folder / "sub" / "b.png").unlink()
    names, descriptors, asked = looked()
    assert asked == 2
    assert names == ["a.png", "new.png", first[0][2]]
    assert list(descriptors[:, 1]) == [33, 44, 22]
    assert looked()[2] == 0


def test_a_file_touched_later_counts_as_changed(looked, folder):
    looked()
    os.utime(folder / "a.png", ns=(0, 12345))
    assert looked()[2] == 1


def test_what_is_no_color_picture_is_passed_over_once(looked, folder, scene, caplog):
    write(folder / "gray.png", scene(9, 9)[:1])
    write(folder / "tinted.png", (scene(9, 9)[:1].repeat(3, 0) * [[[0.999]], [[1]], [[1]]]).astype(np.float32))
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:200])
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("no picture")
    names, _, asked = looked()
    assert asked == len(names) == 3
    told = [record.getMessage() for record in caplog.records]
    assert len(told) == 2
    assert any("broken.png" in message for message in told)
    caplog.clear()
    looked()
    assert not caplog.records


def test_an_interrupted_look_is_kept(folder, tmp_path):
    def interrupted(gray, seen=[]):  # noqa: B006
        if seen:
            raise KeyboardInterrupt
        seen.append(gray)
        return np.float16([0, 0])

    with pytest.raises(KeyboardInterrupt):
        open_gallery(folder, LIMIT, tmp_path / "cache").descriptors("k", interrupted)
    describe = Describer()
    open_gallery(folder, LIMIT, tmp_path / "cache").descriptors("k", describe)
    assert describe.asked == 2


def test_a_damaged_index_is_made_anew(looked, tmp_path):
    looked()
    (index,) = (tmp_path / "cache").iterdir()
    index.write_bytes(index.read_bytes()[:100])
    assert looked()[2] == 3
    index.write_bytes(b"")
    assert looked()[2] == 3
    assert looked()[2] == 0


def test_an_index_that_cannot_be_written_is_done_without(looked, monkeypatch, caplog):
    def refuse(path, content):
        raise OutputError("there is no room.")

    monkeypatch.setattr(gallery.atomic, "write", refuse)
    assert looked()[2] == 3
    assert "computed again: there is no room." in caplog.text
    assert looked()[2] == 3


def test_by_default_the_index_is_in_the_users_cache(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(gallery, "cache_folder", lambda: tmp_path / "elsewhere")
    open_gallery(folder, LIMIT).descriptors("k", Describer())
    assert len(list((tmp_path / "elsewhere").iterdir())) == 1


def test_a_picture_by_its_name(folder, tmp_path, scene):
    picture = open_gallery(folder, LIMIT, tmp_path / "cache").picture(str(Path("sub", "b.png")))
    np.testing.assert_allclose(picture, scene(21, 30, 1), atol=1 / 255)


def test_refusals(tmp_path, scene):
    with pytest.raises(InputError, match="is not a folder"):
        open_gallery(tmp_path / "nowhere", LIMIT)
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="is empty"):
        open_gallery(tmp_path / "empty", LIMIT)
    write(tmp_path / "grays" / "a.png", scene(9, 9)[:1])
    opened = open_gallery(tmp_path / "grays", LIMIT, tmp_path / "cache")
    with pytest.raises(InputError, match="no color picture"):
        opened.descriptors("k", Describer())


def test_the_print_itself_is_left_out(folder, tmp_path):
    opened = open_gallery(folder, LIMIT, tmp_path / "cache")
    assert opened.name_of(folder / "sub" / ".." / "a.png") == "a.png"
    assert opened.name_of(folder / "nowhere.png") is None
    assert opened.name_of(tmp_path / "a.png") is None
    names, descriptors = gallery.GalleryWithout(opened, "a.png").descriptors("k", Describer())
    assert len(names) == len(descriptors) == 2
    assert "a.png" not in names
    np.testing.assert_array_equal(descriptors, opened.descriptors("k", Describer())[1][1:])


def test_the_print_alone_is_no_gallery(tmp_path, scene):
    write(tmp_path / "one" / "a.png", scene(9, 9))
    opened = open_gallery(tmp_path / "one", LIMIT, tmp_path / "cache")
    with pytest.raises(InputError, match=r"the print itself, a\.png; add others"):
        gallery.GalleryWithout(opened, "a.png").descriptors("k", Describer())

"""Photographs decoded once into one file, by split."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError
from halftone_color.training.photographs import open_split


def test_the_index_decides_the_split(train_split, val_split):
    assert val_split.names == ("0.jpg", "4.jpg")
    assert train_split.names == ("1.jpg", "2.jpg", "3.jpg", "5.jpg", "6.jpg", "7.jpg")


def test_pixels_are_the_files(train_split, photo_folder):
    for index, name in enumerate(train_split.names):
        np.testing.assert_array_equal(train_split[index], np.asarray(Image.open(photo_folder / name)))


def test_select(train_split):
    some = train_split.select(lambda name: name in ("3.jpg", "6.jpg"))
    assert len(some) == 2
    np.testing.assert_array_equal(some[1], train_split[4])


def test_without_an_index_every_fortieth_is_held_out(tmp_path):
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for index in range(42):
        Image.new("RGB", (4, 3), (index, 0, 0)).save(folder / f"{index:02}.png")
    Image.new("RGB", (4, 3), (99, 0, 0)).save(folder / "deep" / "last.PNG")
    (folder / "notes.txt").write_text("no picture")
    train, val = (open_split(folder, split, tmp_path / "cache") for split in ("train", "val"))
    assert val.names == ("00.png", "40.png")
    assert len(train) == 41
    last = next(i for i, name in enumerate(train.names) if name.startswith("deep"))
    assert train[last][0, 0].tolist() == [99, 0, 0]


def test_large_ones_are_reduced_and_all_kinds_become_rgb(tmp_path, caplog):
    folder = tmp_path / "photos"
    folder.mkdir()
    Image.new("L", (1000, 600), 77).save(folder / "a-gray.png")
    Image.new("RGBA", (20, 30), (1, 2, 3, 255)).save(folder / "b-alpha.png")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.new("RGB", (40, 24)).save(folder / "c-turned.jpg", exif=exif)
    (folder / "d-broken.jpg").write_bytes(b"\xff\xd8\xff")
    (folder / "index.csv").write_text(
        "file,split\na-gray.png,train\nb-alpha.png,train\nc-turned.jpg,train\nd-broken.jpg,train\nmissing.jpg,train\n"
    )
    train = open_split(folder, "train", tmp_path / "cache")
    assert [train[i].shape for i in range(len(train))] == [(256, 427, 3), (30, 20, 3), (40, 24, 3)]
    assert (train[0] == 77).all()
    skipped = {record.args[0].name for record in caplog.records if record.levelname == "WARNING"}
    assert skipped == {"d-broken.jpg", "missing.jpg"}


def test_decoded_once(photo_folder, photo_cache, train_split, monkeypatch):
    monkeypatch.setattr("halftone_color.training.photographs._decode", lambda *words: pytest.fail("decoded again"))
    assert open_split(photo_folder, "train", photo_cache).names == train_split.names


def test_a_folder_without_photographs_is_refused_and_leaves_no_cache(tmp_path):
    for folder in (tmp_path / "missing", tmp_path):
        with pytest.raises(InputError, match="holds no photographs; name a folder"):
            open_split(folder, "train", tmp_path / "cache")
        assert not (tmp_path / "cache").exists()


def test_a_folder_of_broken_files_is_refused(tmp_path):
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    with pytest.raises(InputError, match="holds no photographs of the split 'train'"):
        open_split(tmp_path, "train", tmp_path / "cache")


def test_a_split_without_photographs_is_refused(photo_folder, photo_cache, train_split):
    with pytest.raises(InputError, match="of the split 'test'"):
        open_split(photo_folder, "test", photo_cache)

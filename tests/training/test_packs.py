"""Packs: one ZIP archive of photographs, read in place and refused when something is wrong with it."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError
from halftone_color.training.packs import Folder, Pack, open_source, unique
from halftone_color.training.photographs import cache_name, indexed, listing, open_split


def _png(shade, height=3, width=4):
    sink = io.BytesIO()
    pixels = np.arange(height * width * 3, dtype=np.uint8).reshape(height, width, 3) + np.uint8(shade)
    Image.fromarray(pixels).save(sink, "PNG")
    return sink.getvalue()


def _write(path, members, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


INDEX = "file,split,source_repo\na-1.png,train,here/a\ndeep/b-1.png,train,here/b\na-2.png,val,here/a\n"
MEMBERS = {"index.csv": INDEX, "a-1.png": _png(0), "deep/b-1.png": _png(20, 5, 2), "a-2.png": _png(40)}


@pytest.fixture
def pack(tmp_path):
    return _write(tmp_path / "some.zip", MEMBERS)


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_pack_gives_what_its_files_hold(tmp_path, compression):
    pack = _write(tmp_path / "pack.zip", MEMBERS, compression)
    train, val = (open_split(pack, split, tmp_path / "cache") for split in ("train", "val"))
    assert (train.names, val.names) == (("a-1.png", "deep/b-1.png"), ("a-2.png",))
    for photographs, index, name in ((train, 0, "a-1.png"), (train, 1, "deep/b-1.png"), (val, 0, "a-2.png")):
        np.testing.assert_array_equal(photographs[index], np.asarray(Image.open(io.BytesIO(MEMBERS[name]))))


def test_nothing_is_written_but_the_cache(pack, tmp_path):
    open_split(pack, "train", tmp_path / "cache")
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")} == {
        *("some.zip", "cache", "cache/index.json", "cache/pixels.bin")
    }


def test_an_index_says_all_that_is_known(pack, photo_folder):
    assert listing(pack) == [("a-1.png", "train"), ("deep/b-1.png", "train"), ("a-2.png", "val")]
    assert indexed(pack)[1] == {"file": "deep/b-1.png", "split": "train", "source_repo": "here/b"}
    assert {row["source_repo"] for row in indexed(photo_folder)} == {"source-0", "source-1"}


def test_without_a_source_the_name_of_the_place_stands_for_it(tmp_path):
    pack = _write(tmp_path / "mine.zip", {"index.csv": "file,split\na.png,train\n", "a.png": _png(0)})
    assert indexed(pack) == [{"file": "a.png", "split": "train", "source_repo": "mine.zip"}]
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a.png").write_bytes(_png(0))
    assert indexed(tmp_path / "plain") == [{"file": "a.png", "split": "val", "source_repo": "plain"}]


def test_what_a_pack_lacks_or_cannot_be_decoded_is_skipped(tmp_path, caplog):
    index = "file,split\na.png,train\nmissing.png,train\nb.png,train\n"
    pack = _write(tmp_path / "pack.zip", {"index.csv": index, "a.png": _png(0), "b.png": b"no picture"})
    assert open_split(pack, "train", tmp_path / "cache").names == ("a.png",)
    skipped = [record.args[0].name for record in caplog.records if record.levelname == "WARNING"]
    assert skipped == ["missing.png", "b.png"]


def test_several_are_joined_and_no_name_is_twice(pack, photo_folder, tmp_path):
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "a-1.png").write_bytes(_png(7))
    (tmp_path / "plain" / "index.csv").write_text("file,split\na-1.png,train\n")
    places = [pack, tmp_path / "plain", photo_folder]
    train, val = (open_split(places, split, tmp_path / "cache") for split in ("train", "val"))
    assert train.names[:3] == ("a-1.png", "deep/b-1.png", "a-1~2.png")
    assert len(train) == 3 + 6
    assert val.names == ("a-2.png", "0.jpg", "4.jpg")
    np.testing.assert_array_equal(train[2], np.asarray(Image.open(io.BytesIO(_png(7)))))
    np.testing.assert_array_equal(val[1], np.asarray(Image.open(photo_folder / "0.jpg")))
    assert [file for file, split in listing(places) if split == "train"] == list(train.names)


def test_unique_names_keep_their_beginning():
    assert unique(["a.jpg", "a.jpg", "a~2.jpg", "d.x/a", "d.x/a"]) == [
        *("a.jpg", "a~2.jpg", "a~2~2.jpg", "d.x/a", "d.x/a~2")
    ]
    many = unique(["a.png"] * 20 + ["a~3.png"] * 20)
    assert len(set(many)) == 40
    assert all(name.startswith("a") and name.endswith(".png") for name in many)


def test_an_empty_one_among_several_is_named(pack, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no photographs; name a folder"):
        open_split([pack, tmp_path / "empty"], "train", tmp_path / "cache")
    with pytest.raises(InputError, match="holds no photographs"):
        open_split([], "train", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_cache_belongs_to_its_photographs(pack, photo_folder):
    names = [cache_name(photos) for photos in (pack, photo_folder, [pack, photo_folder], [photo_folder, pack])]
    assert len(set(names)) == 4
    assert cache_name([pack]) == names[0], "one in a list is one"
    _write(pack, MEMBERS | {"more.txt": "another size"})
    assert cache_name(pack) != names[0], "a pack that has changed is decoded again"
    assert cache_name(photo_folder) == names[1]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"a.png": _png(0)}, r"not a pack of photographs, for it holds no index\.csv; make one"),
        ({"index.csv": "name,split\na.png,train\n"}, "lacks the columns file and split"),
        ({"index.csv": ""}, "lacks the columns"),
        ({"index.csv": b"file,split\n\xff\xfe,train\n"}, "cannot be read"),
        ({"index.csv": "file,split\n../a.png,train\n"}, r"names a file outside itself \(\.\./a\.png\)"),
        ({"index.csv": "file,split\nb/../../a.png,train\n"}, "outside itself"),
        ({"index.csv": "file,split\n/etc/a.png,train\n"}, "outside itself"),
        ({"index.csv": "file,split\n..\\a.png,train\n"}, "outside itself"),
        ({"index.csv": "file,split\nC:a.png,train\n"}, "outside itself"),
        ({"index.csv": "file,split\n"}, "holds no photographs"),
    ],
)
def test_foreign_archives_are_refused(tmp_path, members, message):
    pack = _write(tmp_path / "pack.zip", members)
    with pytest.raises(InputError, match=message):
        open_split(pack, "train", tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_what_is_no_archive_is_refused(pack, tmp_path):
    whole = pack.read_bytes()
    for content in (b"", b"PK\x03\x04", _png(0), whole[:-30], whole[: len(whole) // 2]):
        pack.write_bytes(content)
        with pytest.raises(InputError, match="is not a pack of photographs, or is damaged"):
            open_source(pack)


def test_a_damaged_photograph_is_the_packs_damage(pack, tmp_path):
    content = bytearray(pack.read_bytes())
    content[content.index(b"IDAT") + 6] ^= 1
    pack.write_bytes(content)
    with pytest.raises(InputError, match=r"some\.zip is damaged at a-1\.png .*; copy or make the pack again"):
        open_split(pack, "train", tmp_path / "cache")
    assert not (tmp_path / "cache" / "index.json").exists(), "half a cache is none"


def test_any_flipped_byte_is_read_or_refused(pack, tmp_path):
    """Whatever breaks, it is one sentence."""
    whole = pack.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(400):
        content = bytearray(whole)
        content[rng.integers(whole.index(b"PK\x01\x02"), len(whole))] ^= 1 << rng.integers(8)
        pack.write_bytes(content)
        try:
            source = Pack(pack)
            for row in source.rows():
                try:
                    source.read(row["file"])
                except FileNotFoundError:
                    continue
        except InputError:
            refused += 1
    assert 50 < refused < 400


def test_what_is_far_too_large_is_refused(pack):
    with pytest.raises(InputError, match=r"a-1\.png in .* is larger than a photograph"):
        Pack(pack, largest_bytes=40).read("a-1.png")


def test_a_folder_is_no_pack(photo_folder, pack):
    assert isinstance(open_source(photo_folder), Folder)
    assert isinstance(open_source(photo_folder / "missing"), Folder)
    assert isinstance(open_source(pack), Pack)


def test_photographs_are_decoded_in_order_by_many_threads(tmp_path):
    names = [f"{index}.png" for index in range(60)]
    index = "file,split\n" + "".join(f"{name},train\n" for name in names)
    pack = _write(
        tmp_path / "pack.zip", {"index.csv": index} | {name: _png(i, 2 + i % 5) for i, name in enumerate(names)}
    )
    train = open_split(pack, "train", tmp_path / "cache", threads=8, chunk=7)
    assert train.names == tuple(names)
    for shade in range(60):
        assert (train[shade].shape[0], train[shade][0, 0, 0]) == (2 + shade % 5, shade)

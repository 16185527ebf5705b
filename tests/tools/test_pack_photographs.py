"""Packs of photographs: what is taken, how small it becomes, and that it fits."""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from halftone_color.training.photographs import open_split

HEADER = "file,source_repo,original_path,width,height,split,quality"


@pytest.fixture(scope="module")
def tool(script):
    return script("pack_photographs")


@pytest.fixture(scope="module")
def photos(grainy, tmp_path_factory):
    """Thirty WebP photographs of three sources: a- is large, b- and c- are small; every fifth is validation."""
    folder = tmp_path_factory.mktemp("photos")
    rows = [HEADER]
    for index in range(30):
        source = "abc"[index % 3]
        size = (90, 60) if source == "a" else (40, 52)
        name = f"{source}-{index:02}.webp"
        grainy(*size, index).save(folder / name, quality=80)
        split, quality = "val" if index % 5 == 0 else "train", "full" if source == "a" else "small"
        rows.append(f"{name},here/{source},{index}.jpg,{size[0]},{size[1]},{split},{quality}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture
def packed(tool, photos, tmp_path, capsys):
    """Run the script; return its exit code, what it printed, the pack's index, its photographs and its bytes."""

    def run(*words, folder=photos, out="out.zip", mib=1):
        capsys.readouterr()
        path = tmp_path / out
        try:
            code = tool.main([str(w) for w in (folder, path, "--mib", mib, *words)])
        except SystemExit as refused:  # the parser's
            code = refused.code
        shown = capsys.readouterr()
        if code:
            return SimpleNamespace(code=code, err=shown.err, path=path)
        with zipfile.ZipFile(path) as archive:
            rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
            files = {row["file"]: archive.read(row["file"]) for row in rows}
            members = archive.infolist()
        return SimpleNamespace(
            code=code, out=shown.out, err=shown.err, path=path, rows=rows, files=files, members=members
        )

    return run


def _size(content):
    with Image.open(io.BytesIO(content)) as file:
        assert file.format == "WEBP"
        return file.size


def test_all_are_taken_where_they_fit(packed, photos):
    done = packed("--side", 48)
    assert done.code == 0
    assert len(done.files) == 30
    with (photos / "index.csv").open() as handle:
        listed = list(csv.DictReader(handle))
    for row, before in zip(done.rows, listed, strict=True):
        same = ("file", "split", "source_repo", "original_path", "quality")
        assert [row[name] for name in same] == [before[name] for name in same]
        assert _size(done.files[row["file"]]) == (int(row["width"]), int(row["height"]))
        small = row["file"][0] != "a"
        assert _size(done.files[row["file"]]) == ((40, 52) if small else (72, 48))
        assert (done.files[row["file"]] == (photos / row["file"]).read_bytes()) == small, "small ones keep their bytes"
    assert "30 photographs (val 6, train 24), shorter side 40 to 48 px (median 40), WebP quality 70" in done.out
    assert len(done.out.splitlines()) == 1, "nothing else had to be done"


def test_photographs_are_stored_and_only_the_index_is_deflated(packed):
    kinds = {member.filename: member.compress_type for member in packed("--side", 48).members}
    assert kinds.pop("index.csv") == zipfile.ZIP_DEFLATED
    assert set(kinds.values()) == {zipfile.ZIP_STORED}


def test_a_reduced_photograph_looks_like_the_reduced_file(packed, photos):
    done = packed("--side", 30, "--quality", 95)
    with Image.open(photos / "a-03.webp") as file:
        wanted = np.asarray(file.convert("RGB").resize((45, 30), Image.Resampling.LANCZOS), dtype=float)
    found = np.asarray(Image.open(io.BytesIO(done.files["a-03.webp"])).convert("RGB"), dtype=float)
    assert np.abs(found - wanted).mean() < 6
    assert min(min(_size(content)) for content in done.files.values()) == 30


def test_a_pack_is_read_as_its_folder_is(packed, photos, tmp_path):
    pack = packed("--side", 256).path
    for split in ("train", "val"):
        from_pack = open_split(pack, split, tmp_path / "a")
        from_folder = open_split(photos, split, tmp_path / "b")
        assert from_pack.names == from_folder.names
        for index in range(len(from_pack)):
            np.testing.assert_array_equal(from_pack[index], from_folder[index])


def test_quality_is_lowered_as_far_as_needed(packed):
    whole = packed("--side", 60, "--quality", 80).path.stat().st_size
    sizes = {}
    for share in (0.9, 0.75):
        mib = share * whole / 2**20
        done = packed("--side", 60, "--quality", 80, "--least-quality", 10, mib=mib)
        assert len(done.files) == 30, done.out
        assert done.path.stat().st_size <= share * whole
        assert "quality lowered from 80 to" in done.out
        sizes[share] = done.path.stat().st_size
    assert sizes[0.75] < sizes[0.9]


def test_small_ones_are_encoded_again_before_quality_falls(packed, grainy, tmp_path):
    folder = tmp_path / "fine"
    folder.mkdir()
    for index in range(8):
        grainy(40, 40, index).save(folder / f"{index}.webp", quality=100)
    whole = packed("--side", 64, "--quality", 70, folder=folder)
    done = packed("--side", 64, "--quality", 70, folder=folder, mib=(whole.path.stat().st_size - 500) / 2**20)
    assert "small photographs encoded again" in done.out
    assert "quality 70," in done.out
    assert all(len(done.files[name]) < len(whole.files[name]) for name in done.files)


def test_encoding_again_never_makes_a_photograph_larger(packed, grainy, tmp_path):
    folder = tmp_path / "coarse"
    folder.mkdir()
    grainy(40, 40, 0).save(folder / "coarse.webp", quality=5)
    grainy(400, 400, 1).save(folder / "large.webp", quality=95)
    done = packed("--side", 399, "--quality", 95, "--least-quality", 60, folder=folder, mib=0.05)
    assert "quality lowered" in done.out
    assert done.files["coarse.webp"] == (folder / "coarse.webp").read_bytes()


def test_what_still_does_not_fit_is_sampled_evenly(packed):
    mib = 0.4 * packed("--side", 60).path.stat().st_size / 2**20
    done = packed("--side", 60, mib=mib)
    assert 0.9 * mib * 2**20 < done.path.stat().st_size <= mib * 2**20
    assert 12 < len(done.files) < 27
    assert f"an even random sample: {len(done.files)} of 30 photographs fit" in done.out
    assert "WebP quality 45" in done.out
    sources = Counter(name[0] for name in done.files)
    assert set(sources) == {"a", "b", "c"}
    assert max(sources.values()) - min(sources.values()) <= 2
    assert {row["split"] for row in done.rows} == {"train", "val"}
    assert list(done.files) == sorted(done.files, key=lambda name: int(name[2:4])), "the order is the folder's"
    again = packed("--side", 60, mib=mib, out="again.zip")
    assert again.path.read_bytes() == done.path.read_bytes()
    other = packed("--side", 60, "--seed", 5, mib=mib)
    assert set(other.files) != set(done.files)


def test_a_few_photographs_foretell_which_quality_fits(tool, packed, monkeypatch):
    mib = 0.8 * packed("--side", 60, "--quality", 80).path.stat().st_size / 2**20
    words = ("--side", 60, "--quality", 80, "--least-quality", 10)
    patient = packed(*words, mib=mib, out="patient.zip")
    counts = []
    encoded = tool.encoded
    monkeypatch.setattr(tool, "encoded", lambda *words: counts.append(len(words[1])) or encoded(*words))
    monkeypatch.setattr(tool, "PROBES", 9)
    hasty = packed(*words, mib=mib, out="hasty.zip")
    assert hasty.path.read_bytes() == patient.path.read_bytes()
    assert counts.count(30) < counts.count(9)


def test_every_beginning_of_the_order_has_each_kind_s_share(tool):
    kinds = ["a"] * 70 + ["b"] * 20 + ["c"] * 10
    for seed in range(5):
        order = tool.spread(kinds, seed)
        assert sorted(order) == list(range(100))
        for length in (10, 37, 50, 80):
            count = Counter(kinds[position] for position in order[:length])
            assert all(abs(count[kind] - share * length) <= 2 for kind, share in (("a", 0.7), ("b", 0.2), ("c", 0.1)))
    assert tool.spread(kinds, 0) != tool.spread(kinds, 1)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--prefix", "a,b"), lambda row: row["file"][0] in "ab"),
        (("--without", "a, b"), lambda row: row["file"][0] == "c"),
        (("--full",), lambda row: row["file"][0] == "a"),
        (("--small", "--without", "c"), lambda row: row["file"][0] == "b"),
        (("--split", "val"), lambda row: int(row["file"][2:4]) % 5 == 0),
        (("--minimum-side", "50"), lambda row: row["file"][0] == "a"),
    ],
)
def test_only_what_is_wanted(packed, photos, words, wanted):
    with (photos / "index.csv").open() as handle:
        listed = [row["file"] for row in csv.DictReader(handle) if wanted(row)]
    assert list(packed("--side", 60, *words).files) == listed


def test_names_are_unique_and_stay_inside(packed, grainy, tmp_path):
    folder = tmp_path / "inner"
    (folder / "deep").mkdir(parents=True)
    for seed, name in enumerate(("a.png", "a.jpg", "a.webp", "deep/a.png", "../outside.png")):
        grainy(30, 30, seed).save(folder / name)
    names = ("a.png", "a.jpg", "a.webp", "deep/a.png", "../outside.png")
    (folder / "index.csv").write_text("file,split\n" + "".join(f"{name},train\n" for name in names))
    done = packed("--side", 64, folder=folder)
    assert list(done.files) == ["a.webp", "a~2.webp", "a~3.webp", "deep/a.webp", "outside.webp"]
    assert done.files["a~3.webp"] == (folder / "a.webp").read_bytes()


def test_without_an_index_every_fortieth_is_validation(packed, grainy, tmp_path):
    folder = tmp_path / "plain"
    folder.mkdir()
    for index in range(41):
        grainy(20, 20, index).save(folder / f"{index:02}.png")
    done = packed("--side", 64, folder=folder)
    assert [row["file"] for row in done.rows if row["split"] == "val"] == ["00.webp", "40.webp"]


def test_turned_and_transparent_photographs_are_made_plain(packed, grainy, tmp_path):
    folder = tmp_path / "odd"
    folder.mkdir()
    exif = Image.Exif()
    exif[0x0112] = 6
    grainy(40, 30).save(folder / "turned.webp", exif=exif)
    grainy(40, 30).convert("RGBA").save(folder / "clear.webp")
    grainy(40, 30).convert("L").save(folder / "gray.jpg")
    done = packed("--side", 64, folder=folder)
    assert {name: _size(content) for name, content in done.files.items()} == {
        **{"clear.webp": (40, 30), "gray.webp": (40, 30), "turned.webp": (30, 40)}
    }
    assert {Image.open(io.BytesIO(content)).mode for content in done.files.values()} == {"RGB"}


def test_broken_ones_are_left_out_by_name(packed, photos, tmp_path):
    folder = tmp_path / "broken"
    folder.mkdir()
    whole = (photos / "a-00.webp").read_bytes()
    (folder / "whole.webp").write_bytes(whole)
    (folder / "half.webp").write_bytes(whole[: len(whole) // 2])
    (folder / "none.png").write_bytes(b"no picture")
    done = packed("--side", 64, folder=folder)
    assert list(done.files) == ["whole.webp"]
    assert sorted(line.split(":")[0] for line in done.err.splitlines()) == ["left out half.webp", "left out none.png"]


@pytest.mark.parametrize(
    ("words", "mib", "code", "message"),
    [
        (("--side", 60, "--prefix", "x"), 1, 8, "holds no photographs of this kind"),
        (("--side", 60, "--minimum-side", 999), 1, 8, "no readable photograph of this size; lower --minimum-side"),
        (("--side", 60), 0.0004, 8, "no photograph fits into 0.0004 MiB; allow more with --mib"),
        (("--side", 60, "--full", "--small"), 1, 2, "not allowed with"),
        (("--side", 0), 1, 2, "0 is not in 1..65535"),
        (("--side", 60, "--quality", 101), 1, 2, "101 is not in 1..100"),
        (("--side", 60), 0, 2, "0 is not in 0"),
    ],
)
def test_refusals_leave_no_file(packed, words, mib, code, message):
    refused = packed(*words, mib=mib)
    assert refused.code == code
    assert message in refused.err
    assert not refused.path.exists()

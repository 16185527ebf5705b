"""Naming: the rules of -o, numbering, collisions, and never over an input."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halftone_color.errors import OutputError, UsageError
from halftone_color.images.naming import LONGEST_NAME, Part, is_folder, outputs, require_size, short_stem


@pytest.mark.parametrize("kind", ["restored", "descreened", "colorized", "halftone"])
def test_default_is_beside_the_input(kind):
    names = outputs(Path("album/scan.v2.jpg"), kind)
    assert names.pictures == (Path(f"album/scan.v2-{kind}.png"),)
    assert names.sheet is None
    assert outputs(Path("scan.jpg"), kind, format="tiff").pictures == (Path(f"scan-{kind}.tiff"),)


def test_several_results_are_numbered_and_get_a_sheet():
    names = outputs(Path("album/scan.jpg"), count=3)
    assert [path.name for path in names.pictures] == [f"scan-restored-{n}.png" for n in (1, 2, 3)]
    assert names.sheet == Path("album/scan-sheet.jpg")
    names = outputs(Path("scan.jpg"), output="out/best.tif", count=2)
    assert names.pictures == (Path("out/best-1.tif"), Path("out/best-2.tif"))
    assert names.sheet == Path("out/best-sheet.jpg")


def test_pages_and_their_photographs_have_names_of_their_own():
    page = Part(page=2)
    assert outputs(Path("scan.tif"), part=page).pictures == (Path("scan-restored-p002.png"),)
    names = outputs(Path("scan.tif"), output="out/best.tif", count=2, part=page)
    assert names.pictures == (Path("out/best-p002-1.tif"), Path("out/best-p002-2.tif"))
    assert names.sheet == Path("out/best-p002-sheet.jpg")
    assert names.of_photographs(5) == names, "which were not asked for"
    assert outputs(Path("scan.tif"), part=Part(1234)).pictures == (Path("scan-restored-p1234.png"),)
    first = outputs(Path("scan.tif"), part=Part(2, crop=True))
    assert first.pictures == (Path("scan-restored-p002-1.png"),)
    assert first.of_photographs(11).pictures[10] == Path("scan-restored-p002-11.png")
    samples = outputs(Path("a/scan-1-1.png"), count=2, part=Part(crop=True)).of_photographs(2)
    assert [path.name for path in samples.pictures] == [
        f"scan-1-1-restored-{photograph}-{sample}.png" for photograph in (1, 2) for sample in (1, 2)
    ]
    assert samples.sheet == Path("a/scan-1-1-sheet.jpg")


def test_output_file_and_folder(tmp_path):
    source = Path("scan.jpg")
    assert outputs(source, output=tmp_path / "x.PNG", format="tiff").pictures == (tmp_path / "x.PNG",)
    for folder in (tmp_path / "none", f"{tmp_path}/trailing.png/", tmp_path / "album.2024"):
        assert outputs(source, output=folder).pictures == (Path(folder) / "scan-restored.png",)
    (tmp_path / "there.png").mkdir()
    assert outputs(source, output=tmp_path / "there.png").pictures == (tmp_path / "there.png/scan-restored.png",)
    assert not (tmp_path / "none").exists()
    assert is_folder(tmp_path)


@pytest.mark.parametrize("name", ["x.gif", "x.pdf", "x.bmp", "x.txt"])
def test_files_of_other_kinds_are_refused(name):
    with pytest.raises(UsageError, match=name) as caught:
        outputs(Path("scan.jpg"), output=name)
    assert caught.value.exit_code == 2


def test_unknown_format():
    with pytest.raises(UsageError, match="png, tiff"):
        outputs(Path("scan.jpg"), format="gif")


def test_colliding_stems_keep_their_suffix():
    inputs = [Path("x.tif"), Path("X.png"), Path("y.png")]
    found = [outputs(path, siblings=inputs).pictures[0].name for path in inputs]
    assert found == ["x.tif-restored.png", "X.png-restored.png", "y-restored.png"]
    assert outputs(Path("x.tif"), count=2, siblings=inputs).sheet == Path("x.tif-sheet.jpg")


NAMES = st.lists(st.sampled_from("ab"), min_size=1, max_size=4).map(".".join)


@given(st.sets(NAMES, min_size=2, max_size=8))
def test_no_two_inputs_share_an_output(names):
    inputs = [Path("in") / name for name in names]
    found = {outputs(path, output="out", siblings=inputs).pictures[0] for path in inputs}
    assert len(found) == len(inputs)


def test_never_over_an_input(tmp_path):
    scan = tmp_path / "scan.png"
    scan.write_bytes(b"scan")
    (tmp_path / "soft.png").symlink_to(scan)
    os.link(scan, tmp_path / "hard.png")
    for output in (scan, tmp_path / "folder/../scan.png", tmp_path / "soft.png", tmp_path / "hard.png"):
        with pytest.raises(UsageError, match="replace an input") as caught:
            outputs(scan, output=output)
        assert caught.value.exit_code == 2
    other = tmp_path / "other-restored.png"
    with pytest.raises(UsageError, match="replace an input"):
        outputs(tmp_path / "other.jpg", siblings=[other])
    assert outputs(scan, output=tmp_path / "new.png").pictures == (tmp_path / "new.png",)


@pytest.mark.parametrize(("suffix", "longest"), [("webp", 16383), ("jpg", 65500), ("png", None), ("tif", None)])
def test_sizes_that_a_format_cannot_hold(tmp_path, suffix, longest):
    names = outputs(Path("scan.bmp"), output=tmp_path / f"out.{suffix}")
    require_size(names, (5, longest or 100_000))
    if longest:
        for size in ((longest + 1, 5), (5, longest + 1)):
            with pytest.raises(OutputError, match=r"at most; end the name with .png or .tif"):
                require_size(names, size)


@pytest.mark.parametrize("length", [240, 246, 250, 251])
@pytest.mark.parametrize("count", [1, 12])
def test_names_without_room_for_the_ending_are_shortened_the_same_each_time(tmp_path, length, count):
    source = tmp_path / f"{'x' * length}.png"
    source.write_bytes(b"")
    names = outputs(source, count=count)
    assert names == outputs(source, count=count)
    files = [*names.pictures, *([names.sheet] if names.sheet else [])]
    for path in files:
        assert len(os.fsencode(path.name)) <= LONGEST_NAME
        path.write_bytes(b"")  # the system takes it
    assert len({path.name for path in files}) == len(files)
    alike = outputs(tmp_path / f"{'x' * (length - 1)}y.png", count=count)
    assert not {*files} & {*alike.pictures, alike.sheet}


def test_names_with_room_stay():
    assert outputs(Path(f"{'x' * 242}.png")).pictures == (Path(f"{'x' * 242}-restored.png"),)
    assert "~" in outputs(Path(f"{'x' * 243}.png")).pictures[0].name


@given(st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=255))
def test_a_short_stem_fits_and_is_cut_between_characters(stem):
    short = short_stem(stem, ("-restored-10.png", "-sheet.jpg"))
    assert len(os.fsencode(f"{short}-restored-10.png")) <= LONGEST_NAME
    assert short == stem or stem.startswith(short.rpartition("~")[0].rstrip(" ."))
    assert os.fsencode(short).decode()


def test_names_that_are_not_utf8_are_shortened_too():
    stem = os.fsdecode(b"M\xfcnchen" * 36)
    short = short_stem(stem, ("-restored.png",))
    assert short != stem
    assert len(os.fsencode(f"{short}-restored.png")) <= LONGEST_NAME


def test_a_long_name_given_by_the_user_makes_room_for_numbers(tmp_path):
    names = outputs(Path("scan.png"), output=tmp_path / f"{'y' * 250}.png", count=2)
    for path in (*names.pictures, names.sheet):
        path.write_bytes(b"")

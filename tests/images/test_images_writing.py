"""Writing: exact values, tags, and nothing left behind by a failure."""

import io
import os
import resource
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageCms

from halftone_color.errors import OutputError
from halftone_color.images import writing
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.system import atomic

RNG = np.random.default_rng(3)
RGB = RNG.random((3, 9, 7), dtype=np.float32)
GRAY = RNG.random((1, 9, 7), dtype=np.float32)


@settings(max_examples=25, deadline=None)
@given(
    arrays.arrays(np.uint8, st.tuples(st.sampled_from((1, 3)), st.integers(1, 9), st.integers(1, 9))),
    st.sampled_from((".png", ".tif", ".webp")),
)
def test_eight_bit_values_survive_the_journey(levels, suffix):
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / f"a{suffix}", levels.astype(np.float32) / np.float32(255), dpi=(300, 150))
        scan = read(path)
    channels = 3 if suffix == ".webp" else len(levels)
    want = np.broadcast_to(levels, (channels, *levels.shape[1:]))
    np.testing.assert_array_equal(np.rint(scan.pixels * 255), want)
    assert scan.dpi == (None if suffix == ".webp" else (300, 150))
    assert scan.notes == ()


def test_half_is_rounded_up_and_strays_are_clipped(tmp_path):
    path = write(tmp_path / "a.png", np.array([[[0.5 / 255, 2.5 / 255, 1.49 / 255, -3, 7]]], np.float32))
    np.testing.assert_array_equal(np.asarray(Image.open(path))[0], [1, 3, 1, 0, 255])


def test_color_is_tagged_srgb_in_every_format(tmp_path):
    for name in ("a.png", "a.tiff", "a.jpg", "a.webp"):
        with Image.open(write(tmp_path / name, RGB, dpi=(300, 300))) as picture:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)
            assert picture.mode == "RGB"


def test_gray_png_says_srgb(tmp_path):
    content = write(tmp_path / "a.png", GRAY).read_bytes()
    assert b"\x00\x00\x00\x01sRGB\x00" in content
    assert content.index(b"sRGB") < content.index(b"IDAT")
    assert Image.open(tmp_path / "a.png").mode == "L"


def test_jpeg_keeps_dpi_and_looks(tmp_path):
    smooth = np.broadcast_to(np.linspace(0, 1, 32, dtype=np.float32), (1, 32, 32))
    scan = read(write(tmp_path / "a.jpg", smooth, dpi=(600, 600)))
    assert scan.dpi == (600, 600)
    assert np.abs(scan.pixels - smooth).max() < 0.02


def test_two_tones_take_one_bit(tmp_path):
    bits = RNG.integers(0, 2, (1, 11, 17)).astype(np.float32)
    for name in ("a.png", "a.tif"):
        path = write(tmp_path / name, bits, dpi=(600, 600))
        with Image.open(path) as picture:
            assert picture.mode == "1"
            assert picture.info.get("compression", "group4") == "group4"
        np.testing.assert_array_equal(read(path).pixels, bits)
    bits[0, 0, 0] = 0.5
    with Image.open(write(tmp_path / "b.png", bits)) as picture:
        assert picture.mode == "L"


def test_equal_pictures_give_equal_bytes(tmp_path, monkeypatch):
    first = write(tmp_path / "a.png", RGB).read_bytes()
    writing.srgb_profile.cache_clear()
    header = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert write(tmp_path / "b.png", RGB).read_bytes() == first
    assert writing.srgb_profile()[24:36] != header[24:36]


def test_format_without_suffix_and_missing_folders(tmp_path):
    path = write(tmp_path / "new" / "deep" / "picture", RGB, format="tiff")
    assert Image.open(path).format == "TIFF"


def test_existing_files_are_kept_unless_told(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    with pytest.raises(OutputError, match="--overwrite") as caught:
        write(path, RGB)
    assert caught.value.exit_code == 5
    assert path.read_bytes() == b"precious"
    write(path, RGB, overwrite=True)
    assert read(path).pixels.shape == RGB.shape


@pytest.mark.parametrize("failure", [KeyboardInterrupt, OSError, MemoryError])
def test_failure_in_the_middle_leaves_nothing(tmp_path, monkeypatch, failure):
    def interrupted(descriptor):
        assert os.fstat(descriptor).st_size > 0
        raise failure

    monkeypatch.setattr(atomic.os, "fsync", interrupted)
    (tmp_path / "old.png").write_bytes(b"old")
    for path in (tmp_path / "a.png", tmp_path / "old.png"):
        with pytest.raises(OutputError if failure is OSError else failure):
            write(path, RGB, overwrite=True)
    assert [path.name for path in tmp_path.iterdir()] == ["old.png"]
    assert (tmp_path / "old.png").read_bytes() == b"old"


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.jpg", "a.webp"])
def test_no_space_is_an_output_error(tmp_path, name):
    noise = RNG.random((3, 128, 128), dtype=np.float32)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with pytest.raises(OutputError, match="could not be written"):
            write(tmp_path / name, noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="could not be written"):
        write(tmp_path / "file" / "a.png", RGB)
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(OutputError, match="is a folder"):
        write(tmp_path / "folder.png", RGB, overwrite=True)
    with pytest.raises(OutputError, match="format"):
        write(tmp_path / "a.gif", RGB)
    with pytest.raises(OutputError, match="another format"):
        write(tmp_path / "a.jpg", np.zeros((1, 1, 65536), np.float32))

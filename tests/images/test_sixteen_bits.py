"""Files of 16 bits: every level, the tags and the resolution, as other decoders see them."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from halftone_color.errors import OutputError, UsageError
from halftone_color.images import naming, sixteen_bits
from halftone_color.images.reading import read
from halftone_color.images.writing import write

RNG = np.random.default_rng(8)
SIZES = [(1, 1), (1, 7), (9, 1), (9, 7), (sixteen_bits.BAND_ROWS, 5), (sixteen_bits.BAND_ROWS + 1, 4), (600, 11)]


def random_levels(channels, height, width):
    levels = RNG.integers(0, 65536, (channels, height, width), dtype=np.uint16)
    levels[0, 0, 0] = 65535
    return levels


def chunks_of(content):
    """Return the chunks of a PNG file by name, in order, after checking their sums."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    found, place = [], 8
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4])
        name, body = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        assert struct.unpack(">I", content[place + 8 + length : place + 12 + length]) == (zlib.crc32(name + body),)
        found.append((name, body))
        place += 12 + length
    return found


def png_levels(path):
    """Return the levels (C, H, W) of a PNG file whose rows are stored as differences to the row above."""
    chunks = chunks_of(path.read_bytes())
    width, height, bits, color, *_ = struct.unpack(">2I5B", dict(chunks)[b"IHDR"])
    channels = {0: 1, 2: 3}[color]
    assert bits == 16
    data = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    rows = np.frombuffer(data, np.uint8).reshape(height, -1)
    assert (rows[:, 0] == 2).all()
    stored = np.cumsum(rows[:, 1:], 0, dtype=np.uint8)
    return np.moveaxis(stored.view(">u2").reshape(height, width, channels), 2, 0)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_every_level_survives(tmp_path, channels, height, width):
    levels = random_levels(channels, height, width)
    pixels = levels.astype(np.float32) / np.float32(65535)
    png, tiff = (write(tmp_path / name, pixels, dpi=(300, 150), bits=16) for name in ("a.png", "a.tif"))
    np.testing.assert_array_equal(png_levels(png), levels)
    stored = tifffile.imread(tiff).reshape(height, width, channels)
    np.testing.assert_array_equal(np.moveaxis(stored, 2, 0), levels)
    for path in (png, tiff):
        with Image.open(path) as picture:
            picture.load()
            assert picture.size == (width, height)
            assert picture.info["dpi"] == pytest.approx((300, 150), abs=0.02)
        assert np.abs(read(path).pixels - pixels).max() <= (1 / 255 if channels == 3 else 1e-6)
        assert read(path).dpi == (300, 150)


def test_gray_is_seen_by_pillow_in_16_bits(tmp_path):
    levels = random_levels(1, 40, 30)
    for name in ("a.png", "a.tif"):
        with Image.open(write(tmp_path / name, levels / np.float32(65535), bits=16)) as picture:
            assert picture.mode == "I;16"
            np.testing.assert_array_equal(np.asarray(picture), levels[0])
            assert "dpi" not in picture.info or picture.format == "TIFF"


def test_tags(tmp_path):
    pixels = random_levels(3, 8, 8) / np.float32(65535)
    for name in ("a.png", "a.tif"):
        with Image.open(write(tmp_path / name, pixels, bits=16)) as picture:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"]))
            assert "sRGB" in ImageCms.getProfileDescription(profile)
    names = [name for name, _ in chunks_of(write(tmp_path / "gray.png", pixels[:1], bits=16).read_bytes())]
    assert names == [b"IHDR", b"sRGB", b"IDAT", b"IDAT", b"IEND"]
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        tags = [tag.code for tag in file.pages[0].tags]
        assert tags == sorted(tags)
        assert (file.pages[0].compression, file.pages[0].predictor) == (8, 2)


def test_values_are_rounded_half_up_and_clipped(tmp_path):
    values = np.array([[[-1, 2, 0.5 / 65535, 1.49 / 65535, 0, 1]]], np.float32)
    for name in ("a.png", "a.tif"):
        with Image.open(write(tmp_path / name, values, bits=16)) as picture:
            np.testing.assert_array_equal(np.asarray(picture)[0], [0, 65535, 1, 1, 0, 65535])


def test_formats_of_8_bits_are_refused(tmp_path):
    for name in ("a.jpg", "a.webp"):
        with pytest.raises(OutputError, match=r"\.png or \.tif"):
            write(tmp_path / name, np.zeros((1, 2, 2), np.float32), bits=16)
        names = naming.Names((tmp_path / name,))
        naming.require_depth(names, 8)
        with pytest.raises(UsageError, match="--bits"):
            naming.require_depth(names, 16)
    assert list(tmp_path.iterdir()) == []
    naming.require_depth(naming.Names((tmp_path / "a.PNG", tmp_path / "a.tiff")), 16)


def test_what_a_tiff_cannot_hold_is_refused():
    pixels = random_levels(1, 50, 50) / np.float32(65535)
    with pytest.raises(ValueError, match="4 GB"):
        sixteen_bits.encode_tiff(pixels, None, sixteen_bits.ROOM_FOR_TAGS + 4000)
    assert len(sixteen_bits.encode_tiff(pixels, None, sixteen_bits.ROOM_FOR_TAGS + 6000)) > 5000


def test_large_pages_of_8_bits_are_encoded_band_by_band(tmp_path, monkeypatch):
    """The pixels, the resolution and the profile are those that Pillow writes."""
    from halftone_color.images import writing

    pixels = np.random.default_rng(0).random((3, 300, 41), np.float32)
    usual = writing.write(tmp_path / "usual.png", pixels, dpi=(300.0, 300.0))
    monkeypatch.setattr(writing, "LARGE_PIXELS", 1000)
    large = writing.write(tmp_path / "large.png", pixels, dpi=(300.0, 300.0))
    assert large.read_bytes() != usual.read_bytes()
    with Image.open(usual) as one, Image.open(large) as other:
        assert np.array_equal(np.asarray(one), np.asarray(other))
        assert (one.mode, one.info["dpi"], one.info["icc_profile"]) == (
            other.mode,
            other.info["dpi"],
            other.info["icc_profile"],
        )

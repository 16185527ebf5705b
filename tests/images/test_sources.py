"""What a job is given becomes pictures: files, arrays and scans alike, with the opacity of what is drawn."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError
from halftone_color.images.reading import read_opacity
from halftone_color.images.sources import (
    input_picture,
    luma_of,
    open_layer,
    open_picture,
    require_picture,
    rgb_of,
    scan_of,
)
from halftone_color.request import Reading
from halftone_color.types import Scan

LIMIT = 10**6


def test_files_arrays_and_scans_are_the_same(tmp_path):
    coded = np.arange(48, dtype=np.uint8).reshape(6, 8) * 5
    Image.fromarray(coded).save(tmp_path / "gray.png")
    expected = coded[None] / np.float32(255)
    for source in (tmp_path / "gray.png", str(tmp_path / "gray.png"), coded, coded[None], coded / 255, Scan(expected)):
        np.testing.assert_allclose(scan_of(source).pixels, expected, atol=1e-7)
    assert scan_of(tmp_path / "gray.png").path == str(tmp_path / "gray.png")
    assert scan_of(coded).path is None


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_negative_of_whole_levels_becomes_its_positive_exactly(kind, channels):
    largest = np.iinfo(kind).max
    levels = np.linspace(0, largest, 4096).astype(kind).reshape(1, 64, 64).repeat(channels, 0)
    negative = scan_of(largest - levels)
    before = negative.pixels.copy()
    np.testing.assert_array_equal(scan_of(negative, Reading(invert=True)).pixels, scan_of(levels).pixels)
    np.testing.assert_array_equal(negative.pixels, before)


def test_a_negative_keeps_its_path_and_its_finest_values(tmp_path):
    Image.fromarray(np.zeros((3, 4), np.uint8)).save(tmp_path / "black.png", dpi=(300, 300))
    positive = scan_of(tmp_path / "black.png", Reading(invert=True))
    assert (positive.path, positive.dpi) == (str(tmp_path / "black.png"), (300, 300))
    assert positive.pixels.min() == 1
    with pytest.raises(InputError, match="limit"):
        scan_of(tmp_path / "black.png", Reading(11, invert=True))
    fine = np.random.default_rng(1).random((1, 20, 30), dtype=np.float32)
    np.testing.assert_array_equal(scan_of(fine, Reading(invert=True)).pixels, 1 - fine)


def test_gray_and_color():
    gray = np.full((1, 2, 3), 0.25, np.float32)
    assert rgb_of(gray).shape == (3, 2, 3)
    np.testing.assert_array_equal(luma_of(gray), gray)
    green = np.zeros((3, 2, 3), np.float32)
    green[1] = 1
    assert rgb_of(green) is green
    np.testing.assert_allclose(luma_of(green), 0.587, atol=1e-6)


def test_a_missing_file_is_refused_before_it_is_read(tmp_path):
    require_picture(np.zeros((3, 3), np.float32))
    for name, content in {"none.png": None, "empty.png": b"", "text.png": b"no picture"}.items():
        if content is not None:
            (tmp_path / name).write_bytes(content)
        for refuse in (require_picture, input_picture):
            with pytest.raises(InputError, match=name):
                refuse(tmp_path / name)


def test_pictures_of_a_request_are_known_by_their_content(tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("L", (4, 3), 99).save(tmp_path / name)
    first, second = (input_picture(tmp_path / name) for name in ("a.png", "b.png"))
    assert first == second
    assert first.sha256 == hashlib.sha256((tmp_path / "a.png").read_bytes()).hexdigest()
    assert open_picture(second, LIMIT).path == str(tmp_path / "b.png")
    array = np.arange(12, dtype=np.float32).reshape(3, 4) / 20
    assert input_picture(array) == input_picture(array[None].copy())
    others = (array.T, array[::-1], array * 0.5)
    assert len({input_picture(each).sha256 for each in (array, *others)}) == 4
    np.testing.assert_array_equal(open_picture(input_picture(array), LIMIT).pixels[0], array)


def test_an_array_with_a_fourth_plane_is_a_layer():
    layer = np.zeros((4, 3, 5), np.float32)
    layer[:, 1, 2:4] = np.float32([1, 0.2, 0.4, 0.5])[:, None]
    colors, opacity = open_layer(input_picture(layer), LIMIT)
    np.testing.assert_array_equal(opacity, layer[3:])
    np.testing.assert_allclose(colors[:, 1, 2], [1, 0.6, 0.7], atol=1e-6)
    np.testing.assert_array_equal(colors[:, 0], 1)
    assert open_layer(input_picture(layer[:3]), LIMIT)[1] is None


def saved(path, mode, **options):
    """Save a picture whose opacity rises from left to right, in a mode of Pillow."""
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 16).astype(np.uint8), (8, 1)))
    picture = Image.new("RGBA", (16, 8), (200, 40, 40))
    picture.putalpha(alpha)
    (picture if mode == "RGBA" else picture.convert(mode)).save(path, **options)
    return np.asarray(alpha, np.float32)[None] / 255


@pytest.mark.parametrize(("name", "mode"), [("a.png", "RGBA"), ("a.png", "LA"), ("a.tiff", "RGBA"), ("a.webp", "RGBA")])
def test_opacity_of_a_file(name, mode, tmp_path):
    options = {"lossless": True} if name.endswith("webp") else {}
    alpha = saved(tmp_path / name, mode, **options)
    np.testing.assert_allclose(read_opacity(tmp_path / name), alpha, atol=1e-6)


def test_opacity_of_a_palette_and_of_none(tmp_path):
    palette = Image.fromarray(np.tile(np.uint8([0, 1, 1, 0]), (3, 1))).convert("P")
    palette.putpalette([255, 255, 255, 200, 0, 0])
    palette.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(read_opacity(tmp_path / "a.png")[0], np.tile([0, 1, 1, 0], (3, 1)))
    Image.new("RGB", (4, 4)).save(tmp_path / "b.jpg")
    assert read_opacity(tmp_path / "b.jpg") is None


def test_opacity_turns_with_the_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = saved(tmp_path / "a.png", "RGBA", exif=exif)
    np.testing.assert_allclose(read_opacity(tmp_path / "a.png")[0], np.rot90(alpha[0], -1), atol=1e-6)

"""PNG in strips: the pixels that Pillow decodes, errors as Pillow's, and gray that is stored in color."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from halftone_color.errors import InputError
from halftone_color.images import png_strips
from halftone_color.images.png_strips import Strips, suits
from halftone_color.images.reading import read

RANDOM = np.random.default_rng(0)
ROWS, COLUMNS = np.mgrid[:53, :37]
SMOOTH = (2 * ROWS + 3 * COLUMNS + RANDOM.integers(0, 9, ROWS.shape)).astype(np.uint8)
NOISE = RANDOM.integers(0, 256, ROWS.shape).astype(np.uint8)


@pytest.fixture(autouse=True)
def all_are_large(monkeypatch):
    monkeypatch.setattr(png_strips, "LEAST_PIXELS", 0)


def saved(path, gray, mode, **options):
    levels = gray if mode == "L" else np.stack([gray, gray[::-1], 255 - gray], -1)
    Image.fromarray(levels).save(path, **options)
    return path, levels


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("gray", [SMOOTH, NOISE, SMOOTH[:1, :1]], ids=["smooth", "noise", "one"])
def test_the_pixels_are_those_of_pillow(tmp_path, gray, mode):
    path, levels = saved(tmp_path / "a.png", gray, mode)
    with path.open("rb") as file:
        opened = PngImagePlugin.PngImageFile(file)
        assert suits(file, opened)
        strips = Strips(file, opened)
        parts = [strips.crop((0, top, len(gray[0]), min(top + 7, len(gray)))) for top in range(0, len(gray), 7)]
    assert np.array_equal(np.concatenate([np.asarray(part) for part in parts]), levels)
    scan = read(path, examine=True)
    assert np.array_equal(np.rint(scan.pixels * 255), np.moveaxis(np.atleast_3d(levels), 2, 0))
    assert scan.damage == ()


def test_every_filter(tmp_path):
    """The filters of one row each, undone as the specification says; Pillow decodes the same file."""
    rows = b"".join(bytes([kind]) + NOISE[kind].tobytes() for kind in (4, 3, 0, 1, 2, 3, 4, 4))
    header = struct.pack(">LLBBBBB", 37, 8, 8, 0, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n"
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")):
        content += struct.pack(">L", len(data)) + name + data + struct.pack(">L", zlib.crc32(name + data))
    (tmp_path / "a.png").write_bytes(content)
    with Image.open(io.BytesIO(content)) as picture:
        expected = np.asarray(picture)
    assert np.array_equal(np.rint(read(tmp_path / "a.png").pixels[0] * 255), expected)


def test_what_ends_early_or_is_wrong_is_refused(tmp_path):
    path, _ = saved(tmp_path / "a.png", NOISE, "RGB")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match="truncated"):
        read(path)
    path.write_bytes(content[:500] + b"0" * 9 + content[509:])
    with pytest.raises(InputError, match=r"broken|truncated"):
        read(path)


@pytest.mark.parametrize("change", ["interlace", "depth", "palette", "transparency", "turned"])
def test_others_are_left_to_pillow(tmp_path, change):
    picture, options = Image.fromarray(SMOOTH), {}
    if change == "depth":
        picture = Image.fromarray(SMOOTH.astype(np.uint16) * 257)
    elif change == "palette":
        picture = picture.convert("P")
    elif change == "transparency":
        options = {"transparency": 3}
    elif change == "turned":
        options = {"exif": Image.Exif()}
        options["exif"][274] = 6
    path = tmp_path / "a.png"
    picture.save(path, **options)
    if change == "interlace":
        content = bytearray(path.read_bytes())
        content[28] = 1
        content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
        path.write_bytes(content)
    with path.open("rb") as file:
        assert not suits(file, PngImagePlugin.PngImageFile(file))


def test_gray_that_is_stored_in_color_takes_one_plane(tmp_path):
    gray = np.zeros((1200, 1000), np.uint8)
    Image.fromarray(gray).convert("RGB").save(tmp_path / "gray.png")
    tracemalloc.start()
    scan = read(tmp_path / "gray.png")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert scan.pixels.shape == (1, 1200, 1000)
    assert scan.notes == ()
    colored = np.repeat(gray[..., None], 3, 2)
    colored[-1, -1, 0] = 255
    Image.fromarray(colored).save(tmp_path / "colored.png")
    in_color = read(tmp_path / "colored.png").pixels
    assert in_color.shape == (3, 1200, 1000)
    assert (in_color.sum(), in_color[0, -1, -1]) == (1, 1)
    assert peak < 60_000_000, "bands of 1 MP, not 4 bytes of Pillow and 12 of the planes for each pixel"

"""Headers that a file of that size cannot have are refused before anything is decoded; sound small files are read."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError
from halftone_color.images import opening, plausibility
from halftone_color.images.reading import read


def tiff(width, height, compression, data, strip_rows=None, bits=1):
    """Return a little-endian TIFF of one strip, or of equal ones."""
    strip_rows = strip_rows or height
    strips = -(-height // strip_rows)
    table = 8 + 2 + 12 * 9 + 4
    entries = (
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, bits),
        (259, 3, 1, compression),
        (262, 3, 1, 0),
        (273, 4, strips, table + 8 * strips if strips == 1 else table),
        (277, 3, 1, 1),
        (278, 4, 1, strip_rows),
        (279, 4, strips, len(data) if strips == 1 else table + 4 * strips),
    )
    content = struct.pack("<2sHLH", b"II", 42, 8, len(entries))
    content += b"".join(struct.pack("<HHLL", *entry) for entry in entries) + bytes(4)
    content += struct.pack(f"<{strips}L", *[table + 8 * strips] * strips) + struct.pack(
        f"<{strips}L", *[len(data)] * strips
    )
    return content + data


def group4(rows):
    """Return group 4's data of rows, as a TIFF of one strip holds them."""
    content = io.BytesIO()
    Image.fromarray(rows).save(content, "tiff", compression="group4", strip_size=1 << 30)
    with Image.open(io.BytesIO(content.getvalue())) as picture:
        start, size = picture.tag_v2[273][0], picture.tag_v2[279][0]
    return content.getvalue()[start : start + size]


def png(width, height):
    def chunk(name, content):
        return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(2000))) + chunk(b"IEND", b"")


BLANK, RULED = np.zeros((40, 300), bool), np.indices((40, 300)).sum(0) % 9 < 4


@pytest.mark.parametrize(
    "content",
    [
        tiff(20_000, 20_000, 1, bytes(2000), bits=8),
        tiff(20_000, 20_000, 5, bytes(2000), bits=8),
        tiff(20_000, 20_000, 8, zlib.compress(bytes(2000)), bits=8),
        tiff(20_000, 20_000, 32773, bytes(2000), bits=8),
        tiff(400_000, 1000, 4, group4(RULED)),
        tiff(3000, 150_000, 4, group4(BLANK)),
        tiff(20_000, 20_000, 7, bytes(2000), bits=8),
        tiff(20_000, 20_000, 3, bytes(2000)),
        png(22_000, 22_000),
    ],
    ids=lambda content: f"{len(content)} bytes",
)
def test_what_a_file_cannot_hold_is_refused_before_memory_is_taken(tmp_path, content):
    path = tmp_path / "scan.bin"
    path.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(InputError, match=r"which is not plausible: .*; copy or scan it again\.$") as caught:
        read(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    assert caught.value.exit_code == 8


def test_a_large_page_that_ends_before_its_middle_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "scan.tif"
    path.write_bytes(tiff(300, 90, 4, group4(RULED)))
    assert read(path).damage == ("it holds 40 rows instead of 90",)
    monkeypatch.setattr(opening, "LARGE_PIXELS", 20_000)
    with pytest.raises(InputError, match=r"states 300 x 90 pixels, but its data end after 40 rows"):
        read(path)
    path.write_bytes(tiff(300, 70, 4, group4(RULED)))
    assert read(path).damage == ("it holds 40 rows instead of 70",)


def test_a_blank_page_of_a_few_bytes_is_read(tmp_path):
    path = tmp_path / "blank.tif"
    path.write_bytes(tiff(5000, 2500, 4, group4(np.ones((50, 5000), bool)), strip_rows=50))
    assert path.stat().st_size < 3000
    scan = read(path)
    assert scan.pixels.shape == (1, 2500, 5000)
    assert scan.damage == ()
    assert scan.pixels.min() == scan.pixels.max()


def test_without_memory_it_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "scan.png"
    Image.new("RGB", (60, 50)).save(path)
    monkeypatch.setattr(plausibility, "available_bytes", lambda: 60 * 50 * 16 - 1)
    with pytest.raises(InputError, match="GB are free; crop it"):
        read(path)
    for free in (60 * 50 * 16, None):
        monkeypatch.setattr(plausibility, "available_bytes", lambda free=free: free)
        assert read(path).pixels.shape == (3, 50, 60)

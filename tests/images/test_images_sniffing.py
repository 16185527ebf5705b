"""Sniffing: content before name, and no picture lost in silence."""

import numpy as np
import pytest
from PIL import Image

from halftone_color.images.sniffing import format_of, is_picture_name, sniff


@pytest.mark.parametrize(
    ("suffix", "name"),
    [
        (".png", "PNG"),
        (".jpg", "JPEG"),
        (".jp2", "JPEG 2000"),
        (".j2k", "JPEG 2000"),
        (".webp", "WebP"),
        (".tif", "TIFF"),
        (".bmp", "BMP"),
        (".gif", "GIF"),
    ],
)
def test_content_tells_the_format_whatever_the_name(tmp_path, suffix, name):
    path = tmp_path / f"picture{suffix}"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(path)
    assert format_of(path.read_bytes()[:32]) == name
    assert sniff(path.rename(tmp_path / "picture.dat")) == name


@pytest.mark.parametrize(
    ("name", "content", "want"),
    [
        ("Thumbs.db", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        ("notes.txt", b"BM is short for bitmap, and for much else", None),
        ("scan.pdf", b"%PDF-1.4", None),
        ("empty", b"", None),
        ("broken", b"\x89PNG\r\n\x1a\nand nothing", "PNG"),
        ("empty.TIF", b"", "TIFF"),
        ("garbage.jpeg", b"garbage", "JPEG"),
        ("._scan.jpg", b"\x00\x05\x16\x07", None),
        (".hcolor-0123.part", b"\x89PNG\r\n\x1a\n", None),
    ],
)
def test_what_a_batch_takes_for_a_picture(tmp_path, name, content, want):
    (tmp_path / name).write_bytes(content)
    assert sniff(tmp_path / name) == want


def test_names_and_folders(tmp_path):
    assert is_picture_name(tmp_path / "a.JP2")
    assert is_picture_name(tmp_path / "a.GIF")
    assert not is_picture_name(tmp_path / "a.psd")
    (tmp_path / "folder.png").mkdir()
    assert sniff(tmp_path / "folder.png") is None

"""Wrong bytes in WebP, JPEG 2000, and TIFF with JPEG or Deflate: they are said, and sound files are not blamed."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from halftone_color.errors import InputError
from halftone_color.images.reading import read

PICTURE = Image.fromarray(astronaut()[:200, :256])
HALF = Image.fromarray(np.where(np.arange(200)[:, None, None] < 100, astronaut()[:200, :256], 255).astype(np.uint8))
FORMATS = {
    "webp": ("WEBP", {"quality": 80}),
    "webp-lossless": ("WEBP", {"lossless": True}),
    "jpeg2000": ("JPEG2000", {}),
    "jpeg2000-lossy": ("JPEG2000", {"irreversible": True, "quality_mode": "rates", "quality_layers": [20]}),
    "jpeg2000-tiles": ("JPEG2000", {"tile_size": (128, 128)}),
    "tiff-jpeg": ("TIFF", {"compression": "jpeg"}),
    "tiff-deflate": ("TIFF", {"compression": "tiff_adobe_deflate"}),
    "gif": ("GIF", {}),
}


def encoded(name, picture=PICTURE):
    kind, options = FORMATS[name]
    content = io.BytesIO()
    (picture.convert("P") if kind == "GIF" else picture).save(content, kind, **options)
    return bytearray(content.getvalue())


def found(tmp_path, content):
    """Return what is damaged, or the refusal."""
    (tmp_path / "a").write_bytes(content)
    try:
        return " ".join(read(tmp_path / "a", examine=True).damage)
    except InputError as error:
        return str(error)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("picture", [PICTURE, HALF], ids=["all over", "half blank"])
def test_sound_files_are_not_blamed(tmp_path, name, picture):
    assert found(tmp_path, encoded(name, picture)) == ""


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "webp": "coded data end too late",
        "webp-lossless": "coded data end too late",
        "jpeg2000": "equal bytes in its coded data",
        "jpeg2000-lossy": "equal bytes in its coded data",
        "jpeg2000-tiles": "equal bytes in its coded data",
        "tiff-jpeg": "coded data end too",
        "tiff-deflate": "checksum of its pixels is wrong",
        "gif": "damaged, truncated",
    }.items(),
)
def test_a_lost_piece_is_seen(tmp_path, name, words):
    content = encoded(name)
    middle = len(content) // 2
    content[middle : middle + 512] = bytes(512)
    said = found(tmp_path, content)
    assert words in said or (name == "webp-lossless" and "failed to read" in said), said


@pytest.mark.parametrize("name", ["webp", "tiff-jpeg", "tiff-deflate", "gif"])
def test_wrong_bytes_are_seen(tmp_path, name):
    content = encoded(name)
    draw = np.random.default_rng(3)
    for place in draw.integers(len(content) // 3, len(content) - 300, 60):
        content[place] = draw.integers(256)
    assert found(tmp_path, content)


def test_a_code_that_is_a_marker_is_seen_in_jpeg_2000(tmp_path):
    content = encoded("jpeg2000")
    content[len(content) // 2 : len(content) // 2 + 2] = b"\xff\xf3"
    assert "impossible codes" in found(tmp_path, content)


@pytest.mark.parametrize("name", FORMATS)
def test_what_ends_early_is_refused(tmp_path, name):
    content = encoded(name)
    assert "a damaged, truncated" in found(tmp_path, content[: len(content) * 2 // 3])


def test_what_is_damaged_is_read_all_the_same(tmp_path):
    content = encoded("tiff-jpeg")
    content[len(content) // 2 : len(content) // 2 + 300] = bytes(300)
    (tmp_path / "a.tif").write_bytes(content)
    scan = read(tmp_path / "a.tif", examine=True)
    assert scan.pixels.shape == (3, 200, 256)
    assert "in 1 of its" in scan.damage[0]
    assert any("The file is damaged" in note for note in scan.notes)
    assert read(tmp_path / "a.tif").damage == ()

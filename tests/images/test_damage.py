"""Damaged files that decode all the same: what is wrong is said, the picture is read, sound files are not blamed."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, JpegImagePlugin
from skimage.data import astronaut, camera

import halftone_color
from halftone_color.errors import InputError
from halftone_color.images.reading import read
from halftone_color.images.sources import scan_of
from halftone_color.request import Reading

ROWS, COLUMNS = np.mgrid[:200, :300]
DOTS = Image.fromarray(np.uint8(255 * (np.sin(COLUMNS / 7) + np.sin(ROWS / 9) > 0))).convert("1")
TIFF_HEIGHT, TIFF_STRIP_ROWS, FILL_ORDER = 257, 278, 266


def encoded(picture, kind, **options):
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return bytearray(content.getvalue())


def with_number(content, tag, value):
    """Change the number of a tag of a little-endian TIFF."""
    start = struct.unpack_from("<L", content, 4)[0]
    for entry in range(struct.unpack_from("<H", content, start)[0]):
        place = start + 2 + 12 * entry
        if struct.unpack_from("<H", content, place)[0] == tag:
            struct.pack_into("<L", content, place + 8, value)
    return content


def with_wrong_bytes(content, first, last, number=60):
    random = np.random.default_rng(3)
    for place in random.integers(first, last, number):
        if 255 not in content[place - 1 : place + 1]:  # markers stay
            content[place] = random.integers(0, 255)
    return content


@pytest.fixture
def damage_in(tmp_path):
    def of(content, name="scan.bin"):
        path = tmp_path / name
        path.write_bytes(content)
        scan = read(path, examine=True)
        assert len(scan.damage) == sum("is damaged" in note for note in scan.notes)
        return scan.damage

    return of


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_bad_fax_codes_are_counted(damage_in, compression):
    content = encoded(DOTS, "tiff", compression=compression)
    (found,) = damage_in(with_wrong_bytes(content, 200, len(content) - 600, 20))
    assert "impossible codes in" in found and "of 200" in found


@pytest.mark.parametrize("fill_order", [1, 2])
@pytest.mark.parametrize("height", [201, 400])
def test_a_page_with_fewer_rows_than_it_states(damage_in, fill_order, height):
    content = encoded(DOTS, "tiff", compression="group4", tiffinfo={FILL_ORDER: fill_order})
    with_number(with_number(content, TIFF_HEIGHT, height), TIFF_STRIP_ROWS, height)
    assert damage_in(content) == (f"it holds 200 rows instead of {height}",)


@pytest.mark.parametrize("options", [{}, {"progressive": True}], ids=str)
def test_wrong_bytes_in_a_jpeg(damage_in, options):
    content = encoded(Image.fromarray(astronaut()[100:356, 100:400]), "jpeg", quality=90, **options)
    with_wrong_bytes(content, 1000, len(content) - 600)
    with JpegImagePlugin.JpegImageFile(io.BytesIO(content)) as picture:
        picture.load()  # Pillow does not mind
    assert len(damage_in(content)) == 1


def test_a_jpeg_that_was_cut_off_before_its_end_mark(damage_in):
    content = encoded(Image.fromarray(camera()[:64]), "jpeg")
    assert damage_in(content[:-2] + b"\xff\xd9") == ()


def test_a_wrong_checksum_in_a_png(damage_in):
    content = encoded(DOTS, "png")
    content[content.index(b"IDAT") - 4 + 8 + int.from_bytes(content[content.index(b"IDAT") - 4 :][:4], "big")] ^= 1
    assert damage_in(content) == ("a checksum of its pixels is wrong",)


FLAT = Image.new("L", (90, 70), 128)


@pytest.mark.parametrize(
    ("picture", "kind", "options"),
    [
        (DOTS, "tiff", {"compression": "group4"}),
        (DOTS, "tiff", {"compression": "group4", "tiffinfo": {FILL_ORDER: 2, TIFF_STRIP_ROWS: 16}}),
        (DOTS, "tiff", {"compression": "group3"}),
        (DOTS, "tiff", {"compression": "tiff_lzw"}),
        (DOTS, "png", {}),
        (FLAT, "jpeg", {}),
        (FLAT, "jpeg", {"progressive": True}),
        (Image.fromarray(camera()[:100, :150]), "jpeg", {"quality": 95}),
        (Image.fromarray(camera()[:100, :150]), "jpeg", {"restart_marker_blocks": 3}),
        (Image.fromarray(astronaut()[:100, :150]), "jpeg", {"progressive": True, "subsampling": 0}),
        (Image.fromarray(astronaut()[:100, :150]), "jpeg", {"optimize": True}),
    ],
    ids=lambda value: value.mode if isinstance(value, Image.Image) else str(value),
)
def test_sound_files_are_not_blamed(damage_in, picture, kind, options):
    content = encoded(picture, kind, **options)
    assert damage_in(content) == ()
    if kind == "jpeg":
        assert damage_in(content + b"\xff\xd8another picture") == ()


def test_the_result_carries_it_and_strict_refuses_it(tmp_path):
    content = encoded(DOTS, "tiff", compression="group4")
    path = tmp_path / "scan.tif"
    path.write_bytes(with_number(with_number(content, TIFF_HEIGHT, 400), TIFF_STRIP_ROWS, 400))
    result = halftone_color.halftone(path)
    assert result.damage == ("it holds 200 rows instead of 400",)
    assert any("is damaged" in note for note in result.notes)
    assert result.picture.shape == (1, 400, 300)
    with pytest.raises(InputError, match=r"is damaged: it holds .* leave out --strict") as caught:
        halftone_color.halftone(path, strict=True)
    assert caught.value.exit_code == 8
    with pytest.raises(InputError, match="is damaged"):
        scan_of(path, Reading(invert=True, strict=True))

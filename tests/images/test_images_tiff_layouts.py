"""TIFF layouts that Pillow misreads or does not know, written here sample by sample: read right, or refused by name."""

import struct
import zlib

import numpy as np
import pytest

from halftone_color.errors import InputError
from halftone_color.images.reading import read, read_opacity

RNG = np.random.default_rng(5)
SHAPE = (5, 7)
TYPES = {"u": 1, "i": 2, "f": 3}


def page(pixels, photometric, *, order="<", planar=False, deflate=False, extra=None, predictor=1, rows=2, more=()):
    """Return tags and strips of a page of samples (S, H, W), by TIFF 6.0."""
    samples, height, width = pixels.shape
    bits = pixels.dtype.itemsize * 8
    planes = [plane[None] for plane in pixels] if planar else [pixels]
    strips = []
    for plane in planes:
        for top in range(0, height, rows):
            strip = np.moveaxis(plane[:, top : top + rows], 0, 2)
            if predictor == 2:
                strip = np.diff(strip, axis=1, prepend=np.zeros_like(strip[:, :1]))
            if predictor == 3:
                floats = np.ascontiguousarray(strip.astype(">f4")).view(np.uint8)
                row = floats.reshape(strip.shape[0], -1, 4).swapaxes(1, 2).reshape(strip.shape[0], -1, samples)
                strip = np.diff(row, axis=1, prepend=np.zeros_like(row[:, :1]))
            data = strip.astype(strip.dtype.newbyteorder(order)).tobytes()
            strips.append(zlib.compress(data) if deflate else data)
    tags = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [bits] * samples),
        259: (3, [8 if deflate else 1]),
        262: (3, [photometric]),
        277: (3, [samples]),
        278: (4, [rows]),
        284: (3, [2 if planar else 1]),
        317: (3, [predictor]),
        339: (3, [TYPES[pixels.dtype.kind]] * samples),
        **dict(more),
    }
    if extra is not None:
        tags[338] = (3, [extra])
    return tags, strips


def write_tiff(path, *pages, order="<"):
    """Write a classic TIFF of pages."""
    content = struct.pack(f"{order}2sHL", b"II" if order == "<" else b"MM", 42, 8)
    for number, (tags, strips) in enumerate(pages):
        ends = len(content) + 2 + 12 * (len(tags) + 2) + 4
        beside = b""

        def put(data, ends=ends):
            nonlocal beside
            at = ends + len(beside)
            beside += data + bytes(len(data) % 2)
            return at

        offsets = [put(strip) for strip in strips]
        full = {**tags, 273: (4, offsets), 279: (4, [len(strip) for strip in strips])}
        entries = struct.pack(f"{order}H", len(full))
        for tag, (kind, values) in sorted(full.items()):
            data = struct.pack(f"{order}{len(values)}{'H' if kind == 3 else 'L'}", *values)
            field = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(f"{order}L", put(data))
            entries += struct.pack(f"{order}HHL", tag, kind, len(values)) + field
        following = 0 if number == len(pages) - 1 else ends + len(beside)
        content += entries + struct.pack(f"{order}L", following) + beside
    path.write_bytes(content)
    return path


def unit(count):
    return RNG.random((count, *SHAPE), dtype=np.float32)


def stored(values, kind):
    kind = np.dtype(kind)
    return values.astype(kind) if kind.kind == "f" else np.rint(values.astype(float) * np.iinfo(kind).max).astype(kind)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("kind", ["u1", "u2", "u4", "f4"])
@pytest.mark.parametrize("extra", [None, 0, 2])
def test_colors_and_opacity_of_every_layout(tmp_path, kind, planar, deflate, order, extra):
    colors, alpha = unit(3), unit(1)
    colors[:, 0, :2] = alpha[:, 0, :2] = [0, 1]  # so that the scale of floats is known
    pixels = stored(np.concatenate([colors, alpha]) if extra is not None else colors, kind)
    path = write_tiff(
        tmp_path / "a.tif",
        page(pixels, 2, order=order, planar=planar, deflate=deflate, extra=extra),
        order=order,
    )
    want = colors * alpha + 1 - alpha if extra == 2 else colors
    np.testing.assert_allclose(read(path).pixels, want, atol=2.1 / 255)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_gray_and_opacity(tmp_path, kind, planar, order, white_is_zero):
    gray, alpha = unit(1), unit(1)
    gray[:, 0, :2] = alpha[:, 0, :2] = [0, 1]
    pixels = stored(np.concatenate([1 - gray if white_is_zero else gray, alpha]), kind)
    photometric = 0 if white_is_zero else 1
    path = write_tiff(tmp_path / "a.tif", page(pixels, photometric, order=order, planar=planar, extra=2), order=order)
    scan = read(path)
    assert scan.pixels.shape == (1, *SHAPE)
    np.testing.assert_allclose(scan.pixels, gray * alpha + 1 - alpha, atol=2.1 / 255)
    np.testing.assert_allclose(read_opacity(path), alpha, atol=1.1 / 255)


def test_planar_sixteen_bits_are_read_as_the_same_picture_chunky(tmp_path):
    pixels = RNG.integers(0, 65536, (3, *SHAPE), dtype=np.uint16)
    planar = read(write_tiff(tmp_path / "a.tif", page(pixels, 2, planar=True)))
    chunky = read(write_tiff(tmp_path / "b.tif", page(pixels, 2)))
    np.testing.assert_array_equal(planar.pixels, chunky.pixels)
    assert planar.notes == chunky.notes


@pytest.mark.parametrize("extra", [None, 0])
@pytest.mark.parametrize("kind", ["u1", "u2"])
def test_a_fourth_sample_that_is_not_named_is_no_opacity(tmp_path, kind, extra):
    infrared = stored(unit(4), kind)
    path = write_tiff(tmp_path / "a.tif", page(infrared, 2, extra=extra))
    scan = read(path)
    np.testing.assert_allclose(scan.pixels, infrared[:3] / np.iinfo(kind).max, atol=1.1 / 255)
    assert read_opacity(path) is None
    if extra is None:
        assert any("left out" in note for note in scan.notes)


def test_premultiplied_opacity(tmp_path):
    colors, alpha = unit(3), unit(1)
    path = write_tiff(tmp_path / "a.tif", page(stored(np.concatenate([colors * alpha, alpha]), "u2"), 2, extra=1))
    np.testing.assert_allclose(read(path).pixels, colors * alpha + 1 - alpha, atol=2.6 / 255)


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize(
    ("photometric", "kind", "red"),
    [
        (8, "u1", (138, 81, 70)),  # CIELAB (54.29, 80.81, 69.89) relative to D50 is sRGB red (Lindbloom's tables)
        (8, "u2", (35579, 20687, 17892)),
        (9, "u1", (138, 209, 198)),
        (9, "u2", (35440, 53455, 50660)),
    ],
)
def test_lab(tmp_path, photometric, kind, red, planar):
    pixels = np.array(red, kind)[:, None, None].repeat(4, 1).repeat(3, 2)
    scan = read(write_tiff(tmp_path / "a.tif", page(pixels, photometric, planar=planar)))
    np.testing.assert_allclose(scan.pixels[:, 0, 0], (1, 0, 0), atol=0.03)
    assert any("CIELAB" in note for note in scan.notes)


@pytest.mark.parametrize("photometric", [8, 9])
def test_lab_of_sixteen_bits_is_exact(tmp_path, photometric):
    # the D50 CIELAB of sRGB's blue (Lindbloom's tables), and a dark blue of (0, 0, 8) and gray 119 by the definition
    lab = np.array([[29.5676, 68.2986, -112.0294], [50.0344, 0, 0], [0.1330, 0.8298, -3.0436]]).T[:, None]
    if photometric == 8:
        pixels = np.rint(lab * np.array([655.35, 256, 256])[:, None, None]).astype(np.int32).astype(np.uint16)
    else:
        pixels = np.rint(lab * np.array([652.8, 256, 256])[:, None, None] + np.array([[[0]], [[32768]], [[32768]]]))
        pixels = pixels.astype(np.uint16)
    scan = read(write_tiff(tmp_path / "a.tif", page(pixels, photometric)))
    want = np.array([(0, 0, 255), (119, 119, 119), (0, 0, 8)]).T[:, None]
    np.testing.assert_allclose(scan.pixels * 255, want, atol=1.1)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("white_is_zero", [False, True])
def test_unsigned_gray_of_32_bits_uses_its_whole_range(tmp_path, order, white_is_zero):
    gray = unit(1)
    pixels = stored(1 - gray if white_is_zero else gray, "u4")
    path = write_tiff(tmp_path / "a.tif", page(pixels, 0 if white_is_zero else 1, order=order), order=order)
    scan = read(path)
    np.testing.assert_allclose(scan.pixels, gray, atol=1e-6)
    assert any("4.29497e+09" in note for note in scan.notes)


def test_32_bit_numbers_of_sixteen_bits_keep_their_scale(tmp_path):
    pixels = RNG.integers(0, 65536, (1, *SHAPE)).astype(np.uint32)
    scan = read(write_tiff(tmp_path / "a.tif", page(pixels, 1)))
    np.testing.assert_allclose(scan.pixels, pixels / 65535, atol=1e-6)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("deflate", [False, True])
def test_signed_gray_of_16_bits(tmp_path, order, deflate):
    gray = unit(1)
    path = write_tiff(tmp_path / "a.tif", page(stored(gray, "i2"), 1, order=order, deflate=deflate), order=order)
    scan = read(path)
    np.testing.assert_allclose(scan.pixels, gray, atol=1 / 32767)
    assert any("32767" in note for note in scan.notes)


@pytest.mark.parametrize("predictor", [1, 3])
def test_compressed_floats_of_both_byte_orders(tmp_path, predictor):
    gray = unit(1)
    for order in "<>":
        tags = page(gray, 1, order=order, deflate=True, predictor=predictor)
        scan = read(write_tiff(tmp_path / f"{'LB'[order == '>']}.tif", tags, order=order))
        np.testing.assert_array_equal(scan.pixels, gray)


def test_differences_of_neighbors(tmp_path):
    pixels = RNG.integers(0, 65536, (2, *SHAPE), dtype=np.uint16)
    pixels[1] = 65535
    scan = read(write_tiff(tmp_path / "a.tif", page(pixels, 1, deflate=True, predictor=2, extra=2)))
    np.testing.assert_allclose(scan.pixels[0], pixels[0] / 65535, atol=1.1 / 255)


def test_orientation_and_resolution_of_a_layout_that_is_decoded_here(tmp_path):
    pixels = stored(unit(3), "u2")
    tags, strips = page(pixels, 2, planar=True, more={274: (3, [6]), 296: (3, [2])})
    path = write_tiff(tmp_path / "a.tif", (tags, strips))
    np.testing.assert_allclose(read(path).pixels, np.rot90(pixels, -1, (1, 2)) / 65535, atol=1.1 / 255)


@pytest.mark.parametrize(
    ("pixels", "photometric", "reason"),
    [
        (np.zeros((3, *SHAPE), np.int16), 2, "signed numbers"),
        (np.zeros((1, *SHAPE), np.int8), 1, "8-bit signed numbers"),
        (np.zeros((4, *SHAPE), np.float32), 5, "CMYK in float"),
        (np.zeros((3, *SHAPE), np.float32), 8, "CIELAB"),
        (np.zeros((1, *SHAPE), np.uint8), 32803, "photometric interpretation 32803"),
    ],
)
def test_what_is_not_read_is_refused_by_its_reason(tmp_path, pixels, photometric, reason):
    path = write_tiff(tmp_path / "a.tif", page(pixels, photometric))
    with pytest.raises(InputError, match=f"{reason}.*convert it to PNG"):
        read(path)


@pytest.mark.parametrize("deflate", [False, True])
def test_truncated(tmp_path, deflate, capfd):
    path = write_tiff(tmp_path / "a.tif", page(stored(unit(3), "u2"), 2, planar=True, deflate=deflate, rows=5))
    content = bytearray(path.read_bytes())
    start = content.index(struct.pack("<HHL", 279, 4, 3)) + 8
    sizes = int.from_bytes(content[start : start + 4], "little")
    content[sizes : sizes + 4] = struct.pack("<L", 20)
    path.write_bytes(content)
    with pytest.raises(InputError, match="copy or scan it again"):
        read(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("tag", [(254, (4, [1])), (255, (3, [2])), (254, (4, [4]))])
def test_a_reduced_page_or_a_mask_is_passed_over(tmp_path, tag):
    full = stored(unit(1), "u1")
    small = page(np.zeros((1, 2, 3), np.uint8), 1, more=[tag])
    path = write_tiff(tmp_path / "a.tif", small, small, page(full, 1))
    scan = read(path)
    np.testing.assert_allclose(scan.pixels, full / 255, atol=1e-6)
    assert any("page 3 was read" in note for note in scan.notes)


def test_a_page_of_several_or_a_lonely_preview_is_read(tmp_path):
    full = stored(unit(1), "u1")
    path = write_tiff(tmp_path / "a.tif", page(full, 1, more=[(254, (4, [2]))]), page(full[:, :2], 1))
    assert read(path).pixels.shape == full.shape
    path = write_tiff(tmp_path / "a.tif", page(full, 1, more=[(254, (4, [1]))]))
    assert read(path).pixels.shape == full.shape


def test_a_picture_below_its_preview_is_refused(tmp_path):
    path = write_tiff(tmp_path / "a.tif", page(stored(unit(1), "u1"), 1, more=[(254, (4, [1])), (330, (4, [8]))]))
    with pytest.raises(InputError, match="preview"):
        read(path)


def test_big_endian_bigtiff_is_refused_by_its_reason(tmp_path):
    path = tmp_path / "a.tif"
    path.write_bytes(b"MM\0+\0\x08\0\0" + struct.pack(">Q", 16) + bytes(8))
    with pytest.raises(InputError, match="big-endian BigTIFF"):
        read(path)


@pytest.mark.parametrize("order", ["<", ">"])
def test_tiles(tmp_path, order):
    pixels = RNG.integers(0, 65536, (3, 32, 32), dtype=np.uint16)
    tiles = [plane[y : y + 16, x : x + 16] for plane in pixels for y in (0, 16) for x in (0, 16)]
    tags, _ = page(pixels, 2, planar=True, more={322: (3, [16]), 323: (3, [16])})
    tags[256], tags[257] = (4, [27]), (4, [21])  # the last tiles reach over the edge
    path = write_tiff(
        tmp_path / "a.tif",
        (tags, [tile.astype(tile.dtype.newbyteorder(order)).tobytes() for tile in tiles]),
        order=order,
    )
    content = path.read_bytes()
    for strip, tile in ((273, 324), (279, 325)):
        content = content.replace(struct.pack(f"{order}HHL", strip, 4, 12), struct.pack(f"{order}HHL", tile, 4, 12))
    path.write_bytes(content)
    np.testing.assert_allclose(read(path).pixels, pixels[:, :21, :27] / 65535, atol=1.1 / 255)

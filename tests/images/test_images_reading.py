"""Reading: every mode and format against arrays known beforehand, and every refusal with its exit code."""

import io
import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin, TiffImagePlugin, features

from halftone_color.errors import InputError
from halftone_color.images.reading import read, read_opacity, size_of

RAMP = np.arange(0, 240, 10, dtype=np.uint8).reshape(4, 6)
RNG = np.random.default_rng(7)
RGB = RNG.integers(0, 256, (5, 7, 3), dtype=np.uint8)


def saved(path, array_or_picture, **options):
    picture = array_or_picture
    if isinstance(picture, np.ndarray):
        picture = Image.fromarray(picture)
    picture.save(path, **options)
    return path


def levels(scan):
    return np.moveaxis(np.rint(scan.pixels * 255).astype(int), 0, 2)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp", "a.webp", "a.jp2"])
def test_lossless_formats_keep_gray_and_color(tmp_path, name):
    options = {"a.webp": {"lossless": True}, "a.jp2": {"irreversible": False}}.get(name, {})
    color = read(saved(tmp_path / name, RGB, **options))
    assert color.pixels.dtype == np.float32
    assert color.pixels.flags.c_contiguous
    np.testing.assert_array_equal(levels(color), RGB)
    if name != "a.webp":
        gray = read(saved(tmp_path / name, RAMP, **options))
        np.testing.assert_array_equal(gray.pixels[0], RAMP.astype(np.float32) / np.float32(255))


def test_jpeg_of_one_tone(tmp_path):
    scan = read(saved(tmp_path / "a.jpg", np.full((16, 16, 3), (200, 100, 50), np.uint8), quality=100))
    assert np.abs(levels(scan) - (200, 100, 50)).max() <= 2


def test_format_is_told_by_content_not_by_name(tmp_path):
    path = tmp_path / "really.jpg"
    Image.fromarray(RAMP).save(path, "PNG")
    np.testing.assert_array_equal(levels(read(path))[..., 0], RAMP)


def test_one_bit(tmp_path):
    bits = RNG.integers(0, 2, (9, 13)).astype(bool)
    for name in ("a.png", "a.tif", "a.bmp"):
        np.testing.assert_array_equal(read(saved(tmp_path / name, bits)).pixels[0], bits.astype(np.float32))


def test_sixteen_bit_gray_in_both_byte_orders(tmp_path):
    deep = RNG.integers(0, 65536, (6, 5), dtype=np.uint16)
    want = deep.astype(np.float64) / 65535
    saved(tmp_path / "a.png", deep)
    saved(tmp_path / "little.tif", deep)
    saved(tmp_path / "big.tif", Image.frombytes("I;16B", (5, 6), deep.astype(">u2").tobytes()))
    assert (tmp_path / "big.tif").read_bytes()[:2] == b"MM"
    for name in ("a.png", "little.tif", "big.tif"):
        np.testing.assert_allclose(read(tmp_path / name).pixels[0], want, atol=1e-7)


def test_sixteen_bit_white_is_zero(tmp_path):
    deep = RNG.integers(0, 65536, (6, 5), dtype=np.uint16)
    saved(tmp_path / "a.tif", deep, tiffinfo={TiffImagePlugin.PHOTOMETRIC_INTERPRETATION: 0})
    inverted = (tmp_path / "a.tif").read_bytes()
    with Image.open(io.BytesIO(inverted)) as picture:
        white_is_zero = picture.tag_v2[TiffImagePlugin.PHOTOMETRIC_INTERPRETATION] == 0
    assert white_is_zero
    np.testing.assert_allclose(read(tmp_path / "a.tif").pixels[0], 1 - deep / 65535, atol=1e-7)


def png(numbers, gamma=None, more=()):
    """A PNG of 16 bits, gray (H, W) or colors (H, W, 3 or 4), with further chunks."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    height, width = numbers.shape[:2]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in numbers)
    kind = 0 if numbers.ndim == 2 else {3: 2, 4: 6}[numbers.shape[2]]
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    for name, content in ([(b"gAMA", struct.pack(">I", round(gamma * 100000)))] if gamma else []) + list(more):
        header += chunk(name, content)
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def srgb(light):
    """IEC 61966-2-1."""
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * np.asarray(light, float) ** (1 / 2.4) - 0.055)


def test_sixteen_bit_color_with_a_word(tmp_path):
    deep = RNG.integers(0, 65536, (4, 3, 3), dtype=np.uint16)
    (tmp_path / "a.png").write_bytes(png(deep))
    scan = read(tmp_path / "a.png")
    np.testing.assert_allclose(np.moveaxis(scan.pixels, 0, 2), deep / 65535, atol=1.01 / 255)  # read as 8 bit
    assert any("16 bits" in note for note in scan.notes)


def test_palettes_of_color_and_of_gray(tmp_path):
    indexed = Image.fromarray(RAMP // 10).convert("P")
    indexed.putpalette([value for i in range(24) for value in (i, 2 * i, 255 - i)])
    scan = read(saved(tmp_path / "color.png", indexed))
    index = RAMP.astype(int) // 10
    np.testing.assert_array_equal(levels(scan), np.stack([index, 2 * index, 255 - index], -1))
    indexed.putpalette([value for i in range(24) for value in (255 - i,) * 3])
    scan = read(saved(tmp_path / "gray.png", indexed))
    assert scan.pixels.shape == (1, 4, 6)
    np.testing.assert_array_equal(levels(scan)[..., 0], 255 - index)


def test_cmyk_without_profile(tmp_path):
    inks = Image.new("CMYK", (3, 2), (0, 255, 255, 0))
    scan = read(saved(tmp_path / "a.tif", inks))
    np.testing.assert_allclose(scan.pixels[:, 0, 0], (1, 0, 0), atol=0.01)
    assert any("CMYK" in note for note in scan.notes)


def test_lab(tmp_path):
    # CIELAB (54.29, 80.81, 69.89) relative to D50 is sRGB red (Lindbloom's tables); TIFF 6.0, section 23: a, b signed
    stored = bytes((round(54.29 * 2.55), 81, 70))
    scan = read(saved(tmp_path / "a.tif", Image.frombytes("LAB", (1, 1), stored)))
    assert stored in (tmp_path / "a.tif").read_bytes()
    np.testing.assert_allclose(scan.pixels[:, 0, 0], (1, 0, 0), atol=0.03)


@pytest.mark.parametrize(("scale", "said"), [(1, "0...1"), (255, "0...255"), (65535, "0...65535")])
def test_float_numbers_are_scaled_by_their_range(tmp_path, scale, said):
    unit = np.linspace(0, 1, 12, dtype=np.float32).reshape(3, 4)
    scan = read(saved(tmp_path / "a.tif", unit * np.float32(scale)))
    np.testing.assert_allclose(scan.pixels[0], unit, atol=1e-6)
    assert any(said in note for note in scan.notes)


def test_float_outside_any_scale_is_stretched_and_holes_survive(tmp_path):
    numbers = np.array([[-2, 0, 2], [np.nan, np.inf, -np.inf]], np.float32)
    scan = read(saved(tmp_path / "a.tif", numbers))
    np.testing.assert_array_equal(scan.pixels[0], [[0, 0.5, 1], [1, 1, 0]])
    assert any("not finite" in note for note in scan.notes)


def test_transparency_is_composed_on_white(tmp_path):
    rgba = np.array([[[255, 0, 0, 255], [255, 0, 0, 0], [0, 0, 0, 51]]], np.uint8)
    scan = read(saved(tmp_path / "a.png", rgba))
    np.testing.assert_array_equal(levels(scan)[0], [(255, 0, 0), (255, 255, 255), (204, 204, 204)])
    assert any("white" in note for note in scan.notes)
    gray = Image.fromarray(np.array([[0, 100]], np.uint8)).convert("LA")
    gray.putalpha(Image.fromarray(np.array([[51, 255]], np.uint8)))
    np.testing.assert_array_equal(levels(read(saved(tmp_path / "la.png", gray)))[0, :, 0], [204, 100])
    keyed = saved(tmp_path / "key.png", RGB[:1, :2], transparency=tuple(int(v) for v in RGB[0, 0]))
    np.testing.assert_array_equal(levels(read(keyed))[0], [(255, 255, 255), RGB[0, 1]])


def test_opaque_alpha_needs_no_word(tmp_path):
    assert read(saved(tmp_path / "a.png", np.full((2, 2, 4), 255, np.uint8))).notes == ()


# Exif 2.3, tag 274: how row 0 and column 0 of the stored picture lie in the upright one
STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.T,
    6: lambda upright: upright.T[::-1],
    7: lambda upright: upright.T[::-1, ::-1],
    8: lambda upright: upright.T[:, ::-1],
}


@pytest.mark.parametrize(("name", "options"), [("a.png", {}), ("a.tif", {}), ("b.tif", {"compression": "tiff_lzw"})])
@pytest.mark.parametrize("orientation", STORED)
def test_all_orientations_come_upright_with_their_dpi(tmp_path, orientation, name, options):
    exif = Image.Exif()
    exif[274] = orientation
    stored = np.ascontiguousarray(STORED[orientation](RAMP))
    dpi = (100, 200) if orientation < 5 else (200, 100)
    scan = read(saved(tmp_path / name, stored, exif=exif, dpi=dpi, **options))
    np.testing.assert_array_equal(levels(scan)[..., 0], RAMP)
    assert scan.dpi == (100, 200)


def test_linear_profile_is_converted(tmp_path):
    # XYZ of D50 as a matrix profile's primaries is awkward; sRGB with its red and blue columns swapped is not
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {bytes(profile[i : i + 4]): i for i in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)}
    red, blue = at[b"rXYZ"], at[b"bXYZ"]
    profile[red : red + 4], profile[blue : blue + 4] = b"bXYZ", b"rXYZ"
    scan = read(saved(tmp_path / "a.png", RGB, icc_profile=bytes(profile)))
    assert np.abs(levels(scan) - RGB[..., ::-1]).max() <= 2
    assert any("profile was converted" in note for note in scan.notes)


def test_srgb_profile_changes_no_value(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    scan = read(saved(tmp_path / "a.png", RGB, icc_profile=profile))
    np.testing.assert_array_equal(levels(scan), RGB)
    assert scan.notes == ()


def gray_profile(gamma):
    """A minimal ICC v2 gray profile: a D50 white point and one gamma value (ICC.1:2001-04, 6.3.1.1)."""
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    curve = b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)) + b"\0\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", 2) + b"g\0" + bytes(78)
    tags, content, at = b"", b"", 128 + 4 + 3 * 12
    for name, value in ((b"wtpt", white), (b"kTRC", curve), (b"desc", text)):
        tags += name + struct.pack(">II", at + len(content), len(value))
        content += value
    size = at + len(content)
    header = struct.pack(">I4sI4s4s4s", size, b"lcms", 0x02100000, b"mntr", b"GRAY", b"XYZ ")
    header += struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return header.ljust(128, b"\0") + struct.pack(">I", 3) + tags + content


def test_gray_profile_is_converted_at_both_depths(tmp_path):
    profile = gray_profile(1.0)
    gray = np.array([[0, 51, 128, 255]], np.uint8)
    linear = gray / 255
    want = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)  # IEC 61966-2-1
    scan = read(saved(tmp_path / "8.png", gray, icc_profile=profile))
    np.testing.assert_allclose(scan.pixels[0], want, atol=1 / 255)
    scan = read(saved(tmp_path / "16.png", gray.astype(np.uint16) * 257, icc_profile=profile))
    np.testing.assert_allclose(scan.pixels[0], want, atol=1 / 255)


def test_linear_gray_is_exact_in_the_shadows(tmp_path):
    dark = np.arange(0, 4096, 8, dtype=np.uint16)[None]
    scan = read(saved(tmp_path / "16.png", dark, icc_profile=gray_profile(1.0)))
    np.testing.assert_allclose(scan.pixels[0], srgb(dark / 65535), atol=0.1 / 255)
    scan = read(saved(tmp_path / "8.png", dark[:, :256].astype(np.uint8), icc_profile=gray_profile(1.0)))
    np.testing.assert_allclose(scan.pixels[0], srgb(dark[:, :256].astype(np.uint8) / 255), atol=0.1 / 255)


@pytest.mark.parametrize("gamma", [1.0, 0.55556])
def test_gamma_of_a_png_without_profile(tmp_path, gamma):
    said = "gamma of"
    for shape in ((6, 5), (6, 5, 3), (6, 5, 4)):
        deep = RNG.integers(0, 65536, shape, dtype=np.uint16)
        deep[:3] //= 200  # shadows, where the upper byte alone says nothing
        (tmp_path / "a.png").write_bytes(png(deep, gamma))
        want = srgb((deep / 65535) ** (1 / gamma))
        if shape[-1] == 4:
            alpha = deep[..., 3:] >> 8
            want = want[..., :3] * (alpha / 255) + 1 - alpha / 255
        scan = read(tmp_path / "a.png")
        got = scan.pixels[0] if len(shape) == 2 else np.moveaxis(scan.pixels, 0, 2)
        np.testing.assert_allclose(got, want, atol=0.6 / 255)
        assert any(said in note for note in scan.notes)
    indexed = Image.fromarray(RAMP // 10).convert("P")
    indexed.putpalette([value for i in range(24) for value in (i, 2 * i, 255 - i)])
    la = Image.fromarray(RAMP).convert("LA")
    la.putalpha(Image.fromarray(255 - RAMP))
    for picture in (Image.fromarray(RAMP), Image.fromarray(RGB), indexed, la):
        content = io.BytesIO()
        picture.save(content, "PNG")
        plain = content.getvalue()
        (tmp_path / "plain.png").write_bytes(plain)
        body = b"gAMA" + struct.pack(">I", round(gamma * 100000))
        chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
        (tmp_path / "a.png").write_bytes(plain[:33] + chunk + plain[33:])
        opacity = read_opacity(tmp_path / "a.png")
        alpha = np.float32(1) if opacity is None else opacity
        before = np.asarray(picture.convert("RGB" if picture.mode in "RGBP" else "L"), float) / 255
        before = np.moveaxis(np.atleast_3d(before), 2, 0)
        want = srgb(before ** (1 / gamma)) * alpha + 1 - alpha
        np.testing.assert_allclose(read(tmp_path / "a.png").pixels, want, atol=0.6 / 255)


def test_gamma_of_srgb_or_overruled_changes_nothing(tmp_path):
    deep = RNG.integers(0, 65536, (6, 5), dtype=np.uint16)
    for gamma, more in ((0.45455, []), (0.45, []), (1.0, [(b"sRGB", b"\0")]), (1e-5, [])):
        (tmp_path / "a.png").write_bytes(png(deep, gamma, more))
        scan = read(tmp_path / "a.png")
        np.testing.assert_allclose(scan.pixels[0], deep / 65535, atol=1e-6)
        assert scan.notes == ()


def test_first_frame_of_a_gif_with_a_word(tmp_path):
    frames = [Image.fromarray(RAMP // 10 * 10), Image.fromarray(255 - RAMP)]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    scan = read(tmp_path / "a.gif")
    np.testing.assert_array_equal(levels(scan)[..., 0], RAMP)
    assert any("2 pages or frames" in note for note in scan.notes)
    colors = Image.fromarray(RGB).quantize(64)
    scan = read(saved(tmp_path / "b.gif", colors))
    np.testing.assert_array_equal(levels(scan), np.asarray(colors.convert("RGB")))
    assert scan.notes == ()


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif(tmp_path):
    scan = read(saved(tmp_path / "a.avif", np.full((16, 16, 3), (200, 100, 50), np.uint8), quality=95))
    assert np.abs(levels(scan) - (200, 100, 50)).max() <= 3


@pytest.mark.parametrize(("dpi", "size"), [((204, 98), (24, 42)), ((98, 204), (50, 20)), ((204, 196), (24, 20))])
def test_a_fax_gets_square_pixels(tmp_path, dpi, size):
    page = np.zeros((20, 24), bool)
    page[:10] = True
    path = saved(tmp_path / "a.tif", Image.fromarray(page), compression="group4", dpi=dpi)
    scan = read(path)
    assert scan.pixels.shape[:0:-1] == size == size_of(path)
    resampled = size != (24, 20)
    assert scan.dpi == ((204, 204) if resampled else dpi)
    assert any("square" in note for note in scan.notes) == resampled
    assert scan.pixels[0, : size[1] // 2 - 3].min() == 1
    assert scan.pixels[0, size[1] // 2 + 3 :].max() == 0


def test_a_fax_that_would_grow_past_the_limit_is_refused(tmp_path):
    path = saved(tmp_path / "a.tif", np.zeros((20, 24), bool), compression="group4", dpi=(200, 100))
    assert read(path, 24 * 40).pixels.size == 24 * 40
    with pytest.raises(InputError, match=r"24 x 40 .*--max-pixels"):
        read(path, 24 * 40 - 1)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.gif"])
def test_size_by_the_header(tmp_path, name):
    assert size_of(saved(tmp_path / name, RAMP)) == (6, 4)


def test_broken_or_foreign_profile_is_ignored_with_a_word(tmp_path):
    for number, profile in enumerate((b"no profile at all", gray_profile(1.8))):
        scan = read(saved(tmp_path / f"{number}.png", RGB, icc_profile=profile))
        np.testing.assert_array_equal(levels(scan), RGB)
        assert any("ignored" in note for note in scan.notes)


def test_first_of_several_pages_with_a_word(tmp_path):
    pages = [Image.fromarray(RAMP), Image.fromarray(RAMP.T.copy()), Image.fromarray(RAMP)]
    pages[0].save(tmp_path / "a.tif", save_all=True, append_images=pages[1:])
    scan = read(tmp_path / "a.tif")
    np.testing.assert_array_equal(levels(scan)[..., 0], RAMP)
    assert any("3 pages" in note for note in scan.notes)


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.bmp"])
def test_dpi_is_read(tmp_path, name):
    x, y = read(saved(tmp_path / name, RAMP, dpi=(300, 600))).dpi
    assert (x, y) == (300, 600)


def test_dpi_in_centimetres_and_none(tmp_path):
    info = {TiffImagePlugin.X_RESOLUTION: 100.0, TiffImagePlugin.Y_RESOLUTION: 200.0, 296: 3}
    scan = read(saved(tmp_path / "a.tif", RAMP, tiffinfo=info))
    assert scan.dpi == pytest.approx((254, 508))
    assert read(saved(tmp_path / "a.png", RAMP)).dpi is None
    assert read(saved(tmp_path / "a.jpg", RAMP)).dpi is None


def test_color_false_gives_luma_and_says_what_is_lost(tmp_path):
    saved(tmp_path / "a.png", RGB)
    scan = read(tmp_path / "a.png", color=False)
    want = (0.299 * RGB[..., 0] + 0.587 * RGB[..., 1] + 0.114 * RGB[..., 2]) / 255
    np.testing.assert_allclose(scan.pixels[0], want, atol=1e-6)
    assert any("discarded" in note for note in scan.notes)
    neutral = read(saved(tmp_path / "b.png", np.repeat(RAMP[..., None], 3, 2)), color=False)
    assert neutral.notes == ()


def test_bands_join_without_a_trace(tmp_path, monkeypatch):
    monkeypatch.setattr("halftone_color.images.reading._BAND_PIXELS", 14)
    np.testing.assert_array_equal(levels(read(saved(tmp_path / "a.png", RGB))), RGB)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.png", {}),
        ("a.jpg", {}),
        ("a.tif", {}),
        ("b.tif", {"compression": "tiff_lzw"}),
        ("a.bmp", {}),
        ("a.webp", {"lossless": True}),
        ("a.jp2", {}),
    ],
)
def test_truncated_is_an_error_and_silent(tmp_path, name, options, capfd):
    noise = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    path = saved(tmp_path / name, noise, **options)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 6 // 10])
    with pytest.raises(InputError) as caught:
        read(path)
    assert caught.value.exit_code == 8
    assert str(path) in str(caught.value)
    assert capfd.readouterr().err == ""


def bomb(width, height):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(99))) + chunk(b"IEND", b"")
    )


def test_the_header_alone_refuses_too_many_pixels(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb(60000, 60000))
    with pytest.raises(InputError, match=r"60000 x 60000 .*--max-pixels"):
        read(path)
    saved(tmp_path / "a.png", RAMP)
    assert read(tmp_path / "a.png", max_pixels=24).pixels.size == 24
    with pytest.raises(InputError, match="--max-pixels"):
        read(tmp_path / "a.png", max_pixels=23)


def test_pillows_own_limit_does_not_apply(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 3)
    monkeypatch.setattr("halftone_color.images.reading._BAND_PIXELS", 6)
    for name in ("a.png", "a.tif"):
        np.testing.assert_array_equal(levels(read(saved(tmp_path / name, RAMP)))[..., 0], RAMP)
    assert Image.MAX_IMAGE_PIXELS == 3


@pytest.mark.parametrize(
    ("content", "next_step"),
    [
        (b"", "is empty"),
        (bytes(100), "zero bytes"),
        (b"%PDF-1.7\n", "pdfimages -all"),
        (b"GIF89a" + bytes(20), "copy or scan it again"),
        (b"8BPS" + bytes(20), "convert it to PNG"),
        (b"Dear diary", "give a PNG"),
        (b"BMW is no bitmap, although it begins like one", "give a PNG"),
        (b"\x89PNG\r\n\x1a\n", "copy or scan it again"),
        (b"\xff\xd8\xff", "copy or scan it again"),
        (b"II*\x00\x08\x00\x00\x00", "copy or scan it again"),
    ],
)
def test_what_is_no_picture_is_refused_with_the_next_step(tmp_path, content, next_step):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(InputError, match=next_step):
        read(path)


def test_missing_folder_and_pipe(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / "none.png")
    with pytest.raises(InputError, match="is a folder"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(InputError, match="not a regular file"):
        read(tmp_path / "pipe.png")
    with pytest.raises(InputError):
        read(tmp_path / ("x" * 5000))


def test_mutants_are_read_or_refused_and_nothing_else(tmp_path):
    info = PngImagePlugin.PngInfo()
    info.add_text("comment", "x" * 40)
    for name, options in (("a.png", {"pnginfo": info, "dpi": (72, 72)}), ("a.tif", {"compression": "tiff_lzw"})):
        sound = saved(tmp_path / name, RGB, **options).read_bytes()
        for _ in range(150):
            mutant = bytearray(sound)
            for place in RNG.integers(8, len(mutant), 3):
                mutant[place] = RNG.integers(256)
            (tmp_path / name).write_bytes(mutant)
            try:
                pixels = read(tmp_path / name, 10_000).pixels
            except InputError:
                continue
            assert pixels.min() >= 0
            assert pixels.max() <= 1

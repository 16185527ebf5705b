"""halftone, descreen, colorize and restore: the files they write, the words they print, the options they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from skimage.data import camera

from halftone_color.errors import OutputError
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.screen import photographs
from halftone_color.screen.detect import detect
from halftone_color.screen.photographs import Photograph
from halftone_color.types import Box


def test_halftone_beside_the_input(hcolor, photo):
    done = hcolor("halftone", photo)
    assert (done.code, done.err) == (0, "")
    assert done.paths == [str(photo.with_name("photo-halftone.png"))]
    with Image.open(done.paths[0]) as picture:
        assert picture.mode == "1"
        assert picture.size == (72, 64)
    assert read(done.paths[0]).dpi == (300.0, 300.0)


@pytest.mark.parametrize(
    "words",
    [
        ("--method", "jjn", "--serpentine"),
        ("--method", "bayer", "--size", "4", "--linear"),
        ("--method", "blue-noise"),
        ("--method", "clustered-dot", "--period", "5", "--angle", "20", "--shape", "line"),
        ("--method", "clustered-dot", "--lpi", "75", "--dpi", "300", "--antialias"),
    ],
    ids=" ".join,
)
def test_halftone_takes_the_options_of_its_method(hcolor, photo, words):
    done = hcolor("halftone", photo, *words)
    assert (done.code, done.err) == (0, "")
    halftone = read(done.paths[0]).pixels
    assert np.isin(halftone, (0, 1)).all() == ("--antialias" not in words)


def test_lpi_with_dpi_is_a_period(hcolor, photo, tmp_path):
    by_lpi = hcolor(
        "halftone", photo, "--method", "clustered-dot", "--lpi", "60", "--dpi", "300", "-o", tmp_path / "a.png"
    )
    by_period = hcolor("halftone", photo, "--method", "clustered-dot", "--period", "5", "-o", tmp_path / "b.png")
    assert Path(by_lpi.paths[0]).read_bytes() == Path(by_period.paths[0]).read_bytes()


@pytest.mark.parametrize(
    ("suffix", "lpi", "dpi", "stated", "expected"),
    [
        (".png", 85, 600, 300.0, 600.0),
        (".tif", 85, 600, None, 600.0),
        (".png", 65, None, 300.0, 300.0),
        (".tif", 53, 200.4, 300.0, 200.4),
        (".jpg", 53, 200.4, 300.0, 200.4),
        (".jpg", 65, None, 300.0, 300.0),
    ],
)
def test_a_halftone_prints_at_the_lpi_asked_for(hcolor, tmp_path, suffix, lpi, dpi, stated, expected):
    photograph = camera()[None, :384, 64:448].astype(np.float32) / 255
    source = write(tmp_path / f"photo{suffix}", photograph, dpi=stated and (stated, stated))
    words = ("--method", "clustered-dot", "--lpi", lpi, *(() if dpi is None else ("--dpi", dpi)))
    done = hcolor("halftone", source, *words, "-o", tmp_path / f"dots{suffix}")
    assert (done.code, done.err) == (0, "")
    result = read(done.paths[0])
    assert result.dpi == pytest.approx((expected, expected), rel=0.0025), "JPEG states whole numbers only"
    found = detect(result.pixels)
    assert found.kind == "clustered-dot"
    assert result.dpi[0] / found.period_px == pytest.approx(lpi, rel=0.01)


def test_dpi_alone_is_stated(hcolor, photo):
    done = hcolor("halftone", photo, "--method", "clustered-dot", "--period", "5", "--dpi", "1200")
    assert read(done.paths[0]).dpi == (1200.0, 1200.0)


def test_lpi_needs_a_resolution(hcolor, tmp_path, scene):
    source = write(tmp_path / "photo.png", scene(64, 72))
    refused = hcolor("halftone", source, "--method", "clustered-dot", "--lpi", "85")
    assert refused.code == 2
    assert "add dpi" in refused.err
    assert list(tmp_path.iterdir()) == [source]


def test_halftone_in_four_inks_is_colored(hcolor, photo):
    done = hcolor("halftone", photo, "--method", "clustered-dot", "--period", "4", "--cmyk")
    printed = read(done.paths[0]).pixels
    assert printed.shape == (3, 64, 72)
    assert np.ptp(printed, axis=0).max() == 1


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("halftone", ("--method", "floyd-steinberg", "--period", "6"), "has no option 'period_px'"),
        ("halftone", ("--method", "bayer", "--serpentine"), "has no option 'serpentine'"),
        ("halftone", ("--method", "clustered-dot", "--period", "6", "--lpi", "85"), "given twice"),
        ("halftone", ("--method", "floyd-steinburg"), "Did you mean floyd-steinberg?"),
        ("descreen", ("--method", "network", "--sigma", "2"), "has no option 'sigma_px'"),
        ("descreen", ("--method", "median"), "Methods: diffusion, gaussian, network"),
        ("colorize", ("--method", "magic"), "Methods: edges, "),
        ("restore", ("--path", "backwards"), "fused, ihn-first, color-first"),
        ("restore", ("--ref", "a.png", "--samples", "2"), "not both"),
        ("restore", ("--format", "gif"), "png, tiff"),
        ("restore", ("-o", "out.pdf"), ".png, .tif"),
        ("restore", ("-o", "out.jpg", "--bits", "16"), "end its name with .png or .tif"),
        ("descreen", ("-o", "out.webp", "--bits", "16"), "end its name with .png or .tif"),
        ("descreen", ("--bits", "12"), "8, 16"),
    ],
)
def test_a_wrong_request_is_refused_with_2(hcolor, scan, command, words, said):
    before = sorted(scan.parent.iterdir())
    refused = hcolor(command, scan, *words)
    assert refused.code == 2
    assert refused.err.startswith("Error: ")
    assert said in refused.err
    assert refused.err.count("\n") == 1
    assert sorted(scan.parent.iterdir()) == before


def test_a_size_that_the_format_cannot_hold_is_refused_before_the_work(hcolor, tmp_path):
    Image.new("L", (16384, 1)).save(tmp_path / "wide.png")
    refused = hcolor("descreen", tmp_path / "wide.png", "--method", "gaussian", "-o", tmp_path / "out.webp")
    assert refused.code == OutputError.exit_code
    assert "16384 x 1 pixels" in refused.err
    assert refused.err.count("\n") == 1


def test_a_misspelt_option_is_refused_with_2(hcolor, scan):
    refused = hcolor("restore", scan, "--refs", "a.png")
    assert refused.code == 2
    assert "--refs" in refused.err


def test_descreen_is_not_fast_and_patient_at_once(hcolor, scan):
    result = hcolor("descreen", scan, "--fast", "--patient")
    assert result.code == 2
    assert "leave out one of the two" in result.err


def test_descreen_by_gaussian(hcolor, scan):
    fitted = hcolor("descreen", scan, "--method", "gaussian")
    assert (fitted.code, fitted.paths) == (0, [str(scan.with_name("scan-descreened.png"))])
    wide = hcolor("descreen", scan, "--method", "gaussian", "--sigma", "8", "--overwrite")
    assert wide.code == 0
    assert read(wide.paths[0]).pixels.shape == (1, 64, 72)
    assert read(wide.paths[0]).pixels.std() < read(scan).pixels.std() / 2


@pytest.mark.parametrize("command", ["restore", "descreen", "colorize", "batch"])
def test_a_negative_gives_the_bytes_of_its_positive(hcolor, scan, tiny_weights, tmp_path, command):
    positive, negative = tmp_path / "positive", tmp_path / "negative"
    write(positive / "scan.png", read(scan).pixels, dpi=(300.0, 300.0))
    write(negative / "scan.png", 1 - read(scan).pixels, dpi=(300.0, 300.0))
    name, here = ("", ("-j", "0")) if command == "batch" else ("scan.png", ())
    expected = hcolor(command, positive / name, *here, "-o", tmp_path / "a/")
    done = hcolor(command, negative / name, *here, "--invert", "-o", tmp_path / "b/")
    assert (done.code, expected.code) == (0, 0), done.err
    content = Path(done.paths[0]).read_bytes()
    assert content == Path(expected.paths[0]).read_bytes()
    plain = hcolor(command, negative / name, *here, "-o", tmp_path / "c/")
    assert Path(plain.paths[0]).read_bytes() != content


@pytest.mark.parametrize("command", ["restore", "descreen", "colorize", "batch"])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_results_of_16_bits(hcolor, scan, tiny_weights, tmp_path, command, format):
    words = (command, scan.parent, "-j", "0") if command == "batch" else (command, scan)
    done = hcolor(*words, "--bits", "16", "--format", format)
    assert done.code == 0, done.err
    plain = hcolor(*words, "-o", f"{tmp_path}/plain/")
    eight = np.asarray(Image.open(plain.paths[0]))
    if format == "tiff":
        levels = tifffile.imread(done.paths[0])
        assert (levels.dtype, levels.shape) == (np.uint16, eight.shape)
        assert len(np.unique(levels)) > 256
        assert np.abs(levels / 257 - eight).max() <= 0.5 + 1 / 257
    else:
        assert Path(done.paths[0]).read_bytes()[24] == 16, "the bit depth of the header"


def test_16_bits_with_samples_have_a_sheet_of_8(hcolor, scan, tiny_weights):
    done = hcolor("restore", scan, "--bits", "16", "--samples", "2", "--path", "ihn-first")
    assert done.code == 0, done.err
    assert all(Path(path).read_bytes()[24] == 16 for path in done.paths[:2])
    assert Image.open(done.paths[2]).format == "JPEG"


@pytest.fixture
def book(tmp_path, scan):
    """A TIFF of three pages, of which the second is the scan."""
    path, gray = tmp_path / "book.tif", (read(scan).pixels[0] * 255).round().astype(np.uint8)
    with tifffile.TiffWriter(path) as file:
        for levels in (np.full((20, 30), 90, np.uint8), gray, np.full((25, 40), 120, np.uint8)):
            file.write(levels, photometric="minisblack", metadata=None, resolution=(300, 300))
    return path


@pytest.mark.parametrize("command", ["descreen", "colorize", "restore"])
def test_each_page_has_results_of_its_own(hcolor, book, scan, tiny_weights, command):
    done = hcolor(command, book, "--pages", "2-end")
    assert done.code == 0, done.err
    kind = {"descreen": "descreened", "colorize": "colorized", "restore": "restored"}[command]
    assert done.paths == [str(book.with_name(f"book-{kind}-p00{page}.png")) for page in (2, 3)]
    assert "Page 2 of book.tif" in done.err
    alone = hcolor(command, scan)
    assert Path(done.paths[0]).read_bytes() == Path(alone.paths[0]).read_bytes()
    assert read(done.paths[1]).pixels.shape[1:] == (25, 40)


def test_pages_and_names(hcolor, book, scan, tmp_path):
    words = ("descreen", book, "--pages", "1,3")
    assert hcolor(*words, "-o", tmp_path / "x.png").paths == [str(tmp_path / f"x-p00{page}.png") for page in (1, 3)]
    assert hcolor("descreen", book, "--pages", "3", "-o", tmp_path / "y.png").paths == [str(tmp_path / "y.png")]
    one = hcolor("descreen", scan, "--pages", "all")
    assert one.paths == [str(scan.with_name("scan-descreened.png"))]
    (tmp_path / "book-descreened-p003.png").write_bytes(b"kept")
    refused = hcolor(*words)
    assert (refused.code, refused.paths) == (5, [])
    assert "book-descreened-p003.png already exists" in refused.err
    assert not (tmp_path / "book-descreened-p001.png").exists(), "refused before the work"
    gone = hcolor("descreen", book, "--pages", "4-end")
    assert gone.code == 8
    assert "has 3 pages, and so no page 4-end" in gone.err
    assert hcolor("descreen", book, "--pages", "some").code == 2


def test_a_region_is_a_result_of_its_size(hcolor, scan, tmp_path):
    done = hcolor("descreen", scan, "--region", "8,4,40,50")
    assert done.code == 0, done.err
    assert read(done.paths[0]).pixels.shape == (1, 50, 40)
    assert read(done.paths[0]).dpi == (300.0, 300.0)
    refused = hcolor("descreen", scan, "--region", "60,0,13,13", "-o", tmp_path / "x.png")
    assert refused.code == 8
    assert "The region 60,0,13,13 reaches beyond the picture of 72 x 64 px; choose one inside it." in refused.err
    assert hcolor("descreen", scan, "--region", "60,0,13", "-o", tmp_path / "x.png").code == 2


@pytest.fixture
def two_photographs(monkeypatch):
    found = (Photograph(Box(5, 6, 20, 10)), Photograph(Box(30, 40, 12, 14)))
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: found)


def test_photographs_of_a_page_become_files(hcolor, scan, tiny_weights, two_photographs):
    done = hcolor("restore", scan, "--crop", "--samples", "2")
    assert done.code == 0, done.err
    stem = str(scan.with_name("scan-restored"))
    assert done.paths == [
        *(f"{stem}-{photograph}-{sample}.png" for photograph in (1, 2) for sample in (1, 2)),
        str(scan.with_name("scan-sheet.jpg")),
    ]
    assert [read(path).pixels.shape for path in done.paths[:4]] == [(3, 10, 20)] * 2 + [(3, 14, 12)] * 2
    assert read(done.paths[0]).dpi == (300.0, 300.0)
    again = hcolor("restore", scan, "--crop", "--samples", "2")
    assert again.code == 5


def test_what_is_no_page_gives_one_file_and_text_alone_none(hcolor, scan, monkeypatch):
    whole = hcolor("descreen", scan, "--crop")
    assert whole.code == 0
    assert whole.paths == [str(scan.with_name("scan-descreened-1.png"))]
    assert "This is no page of text and photographs" in whole.err
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: ())
    nothing = hcolor("descreen", scan, "--crop", "--overwrite")
    assert nothing.code == 4
    assert "No photograph was found on the page; leave out --crop" in nothing.err


def test_a_folder_and_a_format(hcolor, scan, tmp_path):
    done = hcolor("descreen", scan, "--method", "gaussian", "-o", f"{tmp_path}/new/deep/", "--format", "tiff")
    assert done.paths == [str(tmp_path / "new" / "deep" / "scan-descreened.tiff")]
    with Image.open(done.paths[0]) as picture:
        assert picture.format == "TIFF"


def test_restore_automatic(hcolor, scan, tiny_weights):
    done = hcolor("restore", scan)
    assert done.code == 0, done.err
    assert done.paths == [str(scan.with_name("scan-restored.png"))]
    with Image.open(done.paths[0]) as picture:
        assert (picture.mode, picture.size) == ("RGB", (72, 64))
        assert picture.info["icc_profile"]
    assert read(done.paths[0]).dpi == (300.0, 300.0)


def test_samples_differ_and_get_a_sheet(hcolor, scan, tiny_weights):
    done = hcolor("restore", scan, "--samples", "3", "--seed", "5", "--path", "ihn-first")
    names = ["scan-restored-1.png", "scan-restored-2.png", "scan-restored-3.png", "scan-sheet.jpg"]
    assert done.paths == [str(scan.with_name(name)) for name in names]
    first, second, third = (read(path).pixels for path in done.paths[:3])
    assert np.abs(first - second).max() > 0.01
    assert np.abs(second - third).max() > 0.01
    with Image.open(done.paths[3]) as sheet:
        assert sheet.format == "JPEG"
        assert sheet.width > 3 * sheet.height / 2
    one = hcolor("restore", scan, "--samples", "1", "--seed", "6", "--path", "ihn-first")
    assert one.paths == [str(scan.with_name("scan-restored.png"))]
    assert np.array_equal(read(one.paths[0]).pixels, second)


def test_references_and_saturation(hcolor, photo, scan, tiny_weights, tmp_path):
    def restored(name, *words):
        done = hcolor("restore", scan, *words, "--path", "ihn-first", "-o", tmp_path / name)
        assert done.code == 0, done.err
        return read(done.paths[0]).pixels

    automatic = restored("a.png")
    assert np.abs(restored("b.png", "--ref", photo, "--ref", photo) - automatic).max() > 0.01
    gray = restored("c.png", "--ref", photo, "--saturation", "0")
    assert np.ptp(gray, axis=0).max() <= 1.001 / 255


def test_colorize_says_that_color_was_dropped(hcolor, photo, tiny_weights):
    done = hcolor("colorize", photo)
    assert done.code == 0
    assert done.paths == [str(photo.with_name("photo-colorized.png"))]
    assert "Note: The picture's colors were discarded." in done.err
    assert read(done.paths[0]).pixels.shape == (3, 64, 72)


def test_the_method_is_listed_with_its_help(hcolor):
    shown = hcolor("halftone", "--help").out
    assert "two-row-sierra" in shown
    assert "Blue noise by void and cluster" in shown
    assert "_cmyk" not in shown
    assert "gaussian" in hcolor("descreen", "--help").out

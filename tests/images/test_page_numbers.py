"""Pages of a TIFF by numbers and ranges, reduced versions left out, and files that have one page."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile
from PIL import Image

from halftone_color import api
from halftone_color.errors import InputError, UsageError
from halftone_color.images.page_numbers import choose_pages, parse_pages, require_pages
from halftone_color.images.reading import read


def write_pages(path, count=12, reduced=()):
    """Write a TIFF whose page n, from 1, is 10 + n px wide and n / 255 gray; some are marked as reduced versions."""
    with tifffile.TiffWriter(path) as file:
        for page in range(1, count + 1):
            levels = np.full((8, 10 + page), page, np.uint8)
            file.write(levels, photometric="minisblack", subfiletype=1 if page in reduced else 2, metadata=None)
    return path


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    return write_pages(tmp_path_factory.mktemp("pages") / "book.tif")


@pytest.mark.parametrize(
    ("asked", "pages"),
    [
        ("all", range(1, 13)),
        ("1-3,10-end", (1, 2, 3, 10, 11, 12)),
        ("10-END, 2 ,1", (1, 2, 10, 11, 12)),
        ("5", (5,)),
        ("3-4,4-5,4", (3, 4, 5)),
        ("11-99", (11, 12)),
    ],
)
def test_pages_are_numbers_and_ranges(book, asked, pages):
    chosen = choose_pages(book, asked)
    assert chosen.numbers == tuple(pages) == api.pages(book, asked)
    assert chosen.left_out == 12 - len(pages)


@pytest.mark.parametrize("asked", ["", "0", "-3", "3-", "end", "1-end-3", "5-2", "two", "1;3", "all,2", "1.5"])
def test_other_words_are_refused(asked):
    with pytest.raises(UsageError, match="are no pages; write numbers and ranges such as 1-3,10-end, or all"):
        parse_pages(asked)


def test_each_page_is_read(book):
    for page in (1, 7, 12):
        scan = read(book, page=page)
        assert scan.pixels.shape == (1, 8, 10 + page)
        assert scan.pixels[0, 0, 0] == np.float32(page) / np.float32(255)
        assert scan.notes == ()
    assert "the first was read" in read(book).notes[0]


def test_pages_that_are_not_there_are_refused(book, tmp_path):
    with pytest.raises(InputError, match="no page 13 in the file, which has 12 pages; choose another"):
        read(book, page=13)
    with pytest.raises(InputError, match="has 12 pages, and so no page 13-end; choose others with --pages"):
        require_pages(book, "13-end")
    Image.new("L", (5, 5)).save(tmp_path / "one.png")
    assert choose_pages(tmp_path / "one.png", "all").numbers == (1,)
    assert read(tmp_path / "one.png", page=1).pixels.shape == (1, 5, 5)
    with pytest.raises(InputError, match="has 1 page, so there is no page 2; only TIFF files have several"):
        read(tmp_path / "one.png", page=2)
    with pytest.raises(InputError, match="An array has 1 page, so there is no page 2"):
        api.descreen(np.zeros((5, 5)), page=2)
    with pytest.raises(UsageError, match="There is no page 0; pages are counted from 1"):
        api.descreen(book, page=0)


def test_reduced_versions_are_no_pages_but_can_be_read(tmp_path):
    path = write_pages(tmp_path / "previews.tif", 4, reduced=(1, 3))
    assert choose_pages(path, "all").numbers == (2, 4)
    assert choose_pages(path, None).left_out == 1
    assert read(path).pixels.shape == (1, 8, 12)
    assert read(path, page=3).pixels.shape == (1, 8, 13)


def test_pages_behind_a_damaged_directory_are_not_lost_silently(tmp_path):
    path = write_pages(tmp_path / "damaged.tif", 3)
    content = bytearray(path.read_bytes())
    first = int.from_bytes(content[4:8], "little")
    link = first + 2 + 12 * int.from_bytes(content[first : first + 2], "little")
    content[link : link + 4] = (len(content) + 1000).to_bytes(4, "little")
    path.write_bytes(content)
    assert read(path).pixels.shape == (1, 8, 11)
    with pytest.raises(InputError, match="directory of page 2 is damaged"):
        choose_pages(path, "all")

"""Where a page holds photograph: pages made here, and photographs that must stay whole."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from halftone_color.screen import page as module
from halftone_color.screen.page import read_page
from halftone_color.screen.photographs import find_photographs, in_reading_order
from halftone_color.screen.skew import box_as_it_lies, mask_as_it_lies, turn
from halftone_color.types import Box, Screen

NO_SCREEN = Screen("none")


def text_page(height=900, width=700, size=20):
    page = Image.new("L", (width, height), 235)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    for line, top in enumerate(range(30, height - 2 * size, int(size * 1.3))):
        words = ("The war in the west", "reported yesterday", "from the capital by", "our own correspondent")
        for column in range(3):
            draw.text((30 + column * (width - 60) // 3, top), words[(line + column) % 4], font=font, fill=25)
    return np.asarray(page, np.float32) / 255


def put(page, box, photograph):
    """Put part of a photograph (H, W) in 0 ... 255 on a page, with a margin of bare paper around it."""
    rows, columns = box.slices
    page[max(0, box.y - 10) : box.bottom + 10, max(0, box.x - 10) : box.right + 10] = 0.92
    page[rows, columns] = photograph[: box.height, : box.width] / 255


def find(page, halftone=None, screen=NO_SCREEN):
    return find_photographs(page[None], None if halftone is None else halftone[None], screen)


def near(found, truth, px=3):
    ends = [(box.x, box.y, box.right, box.bottom) for box in (found, truth)]
    return max(abs(a - b) for a, b in zip(*ends, strict=True)) <= px


def test_each_photograph_of_a_page_is_found_to_the_px():
    page, camera = text_page(), data.camera()[100:, 100:]
    truth = [Box(203, 110, 290, 180), Box(203, 298, 290, 211), Box(501, 303, 150, 160), Box(31, 603, 181, 190)]
    for box in truth:
        put(page, box, camera)
    found = find(page)
    assert len(found) == 4
    assert all(near(photograph.box, box) for photograph, box in zip(found, truth, strict=True)), "in reading order"
    assert all(photograph.mask is None for photograph in found)


def test_two_photographs_with_a_narrow_gap_are_two():
    page, camera = text_page(), data.camera()[100:, 100:]
    left, right = Box(103, 300, 240, 200), Box(349, 300, 240, 200)
    put(page, left, camera)
    put(page, right, camera)
    page[left.slices] = camera[:200, :240] / 255
    assert [near(photograph.box, box) for photograph, box in zip(find(page), (left, right), strict=True)] == [True] * 2


def test_a_cut_out_photograph_has_an_outline():
    page = text_page()
    y, x = np.mgrid[-150:150, -150:150]
    page[290:610, 190:510] = 0.92
    inside = (np.abs(y) < 40) | (np.abs(x) < 40)
    page[300:600, 200:500] = np.where(inside, data.camera()[100:400, 100:400] / 255 * 0.7, 0.92)
    (photograph,) = find(page)
    assert near(photograph.box, Box(200, 300, 300, 300), 20)
    assert photograph.mask.shape == (1, photograph.box.height, photograph.box.width)
    assert photograph.mask[0, 10:60, 10:60].max() < 0.1
    assert photograph.mask[0, 140:160, 20:280].min() > 0.8


def test_a_bright_part_belongs_to_its_photograph():
    """Its cells are like paper, but no bare row or column parts them from the rest."""
    page = text_page()
    box = Box(203, 300, 290, 290)
    put(page, box, data.camera()[100:, 100:])
    page[470:590, 203:493] = np.tile([0.9, 0.9, 0.9, 0.6], (120, 73))[:, :290]
    (photograph,) = find(page)
    assert near(photograph.box, box)


def test_the_bed_of_the_scanner_is_no_photograph():
    page = text_page(1000, 700)
    page[:60] = np.random.default_rng(0).uniform(0.1, 0.6, (60, 700))
    page[60:75] = 0.92
    assert find(page) == ()


@pytest.mark.parametrize("angle_deg", [-0.6, 1.5])
def test_photographs_of_a_page_that_lies_askew(angle_deg):
    level, camera = text_page(1000, 900), data.camera()[100:, 100:]
    truth = [Box(203, 298, 290, 211), Box(509, 298, 260, 240)]
    for box in truth:
        put(level, box, camera)
    level[298:509, 203:493] = camera[:211, :290] / 255
    found = find(turn(level, -angle_deg))
    assert len(found) == 2
    for photograph, box in zip(found, truth, strict=True):
        assert near(photograph.box, box_as_it_lies(box, level.shape, angle_deg), 5)
        expected = mask_as_it_lies(box, None, photograph.box, level.shape, angle_deg)
        assert np.abs(photograph.mask - expected).mean() < 0.03


def test_a_flat_tint_is_no_photograph():
    page = text_page()
    put(page, Box(203, 300, 290, 290), 140 + 3 * np.random.default_rng(0).standard_normal((290, 290)))
    assert find(page) == ()


def test_page_of_text_alone_has_none():
    assert find(text_page()) == ()


@pytest.mark.parametrize("name", ["camera", "astronaut", "coffee", "chelsea", "rocket", "brick", "grass", "coins"])
def test_photographs_are_no_pages(name):
    photograph = getattr(data, name)().astype(np.float32) / 255
    photograph = photograph if photograph.ndim == 2 else photograph.mean(axis=2)
    for gray in (photograph, np.kron(photograph, np.ones((2, 2), np.float32))):
        assert find(gray) is None


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_and_contrasty_pictures_are_no_pages(level):
    flat = np.full((1, 1000, 800), level, np.float32)
    assert read_page(flat, None, NO_SCREEN) is None
    flat[:, 200:500, 100:400] = 1.0 - level
    assert read_page(flat, None, NO_SCREEN) is None


def test_dots_tell_a_highlight_from_paper():
    page = text_page()
    page[300:600, 200:500] = 0.92
    page[310:590, 210:490] = 0.93
    page[450:590, 210:490] = np.linspace(0.2, 0.8, 280, dtype=np.float32)
    halftone = page.copy()
    halftone[310:450:4, 210:490:4] = 0.1
    halftone[310:450:4, 211:490:4] = 0.1
    (blind,) = find(page)
    (seeing,) = find(page, halftone, Screen("clustered-dot", 4.0, 0.0, 100.0))
    assert near(blind.box, Box(210, 450, 280, 140), 60)
    assert blind.box.y > 440
    assert near(seeing.box, Box(210, 310, 280, 280))


def test_reading_order_is_by_rows():
    boxes = [Box(300, 12, 90, 90), Box(0, 10, 90, 90), Box(0, 200, 90, 90), Box(150, 180, 90, 90)]
    assert in_reading_order(boxes) == [boxes[1], boxes[0], boxes[2], boxes[3]]


@pytest.mark.parametrize("shape", [(600, 310), (513, 512)])
def test_cells_measured_in_bands_are_those_of_the_whole(shape, monkeypatch):
    plane, other = np.random.default_rng(2).random((2, *shape)).astype(np.float32)
    measured = []
    for cells in (1, 3, 10_000):
        monkeypatch.setattr(module, "BAND_CELLS", cells)
        measured.append((module._share(plane, lambda tones: tones > 0.4, 16), module._deviation(plane, other, 16)))
    for share, deviation in measured[:-1]:
        np.testing.assert_array_equal(share, measured[-1][0])
        np.testing.assert_array_equal(deviation, measured[-1][1])

"""Where a page holds photograph: pages made here, and photographs that must stay whole."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from skimage import data

from halftone_color.arrays import banded
from halftone_color.screen import page as module
from halftone_color.screen.page import cell_size, picture_mask, upsample_mask
from halftone_color.types import Screen

NO_SCREEN = Screen("none")


def text_page(height=900, width=700, size=20):
    page = Image.new("L", (width, height), 235)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(size)
    for line, top in enumerate(range(30, height - 2 * size, int(size * 1.3))):
        words = ("The war in the west", "reported yesterday", "from the capital by", "our own correspondent")
        for column in range(3):
            draw.text((30 + column * (width - 60) // 3, top), words[(line + column) % 4], font=font, fill=25)
    return np.asarray(page, np.float32) / 255


def test_page_with_a_photograph():
    page = text_page()
    page[300:600, 200:500] = 0.9
    page[310:590, 210:490] = data.camera()[100:380, 100:380] / 255
    mask = upsample_mask(picture_mask(page[None], None, NO_SCREEN), 900, 700)[0]
    assert mask[330:570, 230:470].mean() > 0.9
    outside = np.ones_like(mask, bool)
    outside[260:640, 160:540] = False
    assert mask[outside].max() < 0.05


def test_page_of_text_alone_is_not_colored():
    assert picture_mask(text_page()[None], None, NO_SCREEN).max() == 0.0


@pytest.mark.parametrize("name", ["camera", "astronaut", "coffee", "chelsea", "rocket", "brick", "grass", "coins"])
def test_photographs_are_whole(name):
    photograph = getattr(data, name)().astype(np.float32) / 255
    photograph = photograph if photograph.ndim == 2 else photograph.mean(axis=2)
    for gray in (photograph, np.kron(photograph, np.ones((2, 2), np.float32))):
        assert picture_mask(gray[None], None, NO_SCREEN).min() == 1.0


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_flat_and_contrasty_pictures_are_whole(level):
    flat = np.full((1, 1000, 800), level, np.float32)
    assert picture_mask(flat, None, NO_SCREEN).min() == 1.0
    flat[:, 200:500, 100:400] = 1.0 - level
    assert picture_mask(flat, None, NO_SCREEN).min() == 1.0


def test_dots_tell_a_highlight_from_paper():
    page = text_page()
    page[300:600, 200:500] = 0.92
    page[310:590, 210:490] = 0.93
    page[450:590, 210:490] = np.linspace(0.2, 0.8, 280, dtype=np.float32)
    halftone = page.copy()
    halftone[310:450:4, 210:490:4] = 0.1
    halftone[310:450:4, 211:490:4] = 0.1
    screen = Screen("clustered-dot", 4.0, 0.0, 100.0)
    blind = upsample_mask(picture_mask(page[None], None, NO_SCREEN), 900, 700)
    seeing = upsample_mask(picture_mask(page[None], halftone[None], screen), 900, 700)
    assert blind[0, 350:420, 250:450].max() < 0.5
    assert seeing[0, 350:420, 250:450].mean() > 0.9


def test_upsampling_keeps_cells_at_their_place():
    height, width = 130, 70
    cell_px = cell_size(height, width)
    mask = np.random.default_rng(0).random((-(-height // cell_px), -(-width // cell_px)), np.float32)
    full = upsample_mask(mask, height, width)
    assert full.shape == (1, height, width)
    centers = full[0, cell_px // 2 - 1 :: cell_px, cell_px // 2 - 1 :: cell_px]
    beside = full[0, cell_px // 2 :: cell_px, cell_px // 2 :: cell_px]
    assert ((centers + beside) / 2)[:8, :4] == pytest.approx(mask[:8, :4], abs=0.04)
    assert upsample_mask(np.ones_like(mask), height, width).min() == 1.0


def test_the_mask_of_a_large_page_is_made_when_it_is_read(monkeypatch):
    mask = np.random.default_rng(1).random((9, 7)).astype(np.float32)
    at_once = upsample_mask(mask, 140, 110)
    monkeypatch.setattr(banded, "LARGE_PIXELS", 1000)
    monkeypatch.setattr(module, "MASK_ROWS", 50)
    when_read = upsample_mask(mask, 140, 110)
    assert not isinstance(when_read, np.ndarray)
    np.testing.assert_array_equal(when_read[:, 30:120], at_once[:, 30:120])
    assert when_read.min() == at_once.min()


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

"""Letters and unscreened pictures are kept; dots, faint dots and blank paper are not."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from halftone_color.descreeners._kept import BLOCK_PX, enlarge, keep, kept_shares

SIDE = 160


def letters(height=SIDE, width=SIDE):
    page = Image.new("L", (width, height), 255)
    for line in range(height // 16):
        ImageDraw.Draw(page).text((2, 2 + 16 * line), "minimum hallo sphinx of quartz", 0, ImageFont.load_default(13))
    return np.asarray(page, np.float32)[None] / 255


def dots(tone=0.5, contrast=1.0):
    y, x = np.mgrid[:SIDE, :SIDE]
    return 0.5 + contrast * (((np.sin(1.4 * x) + np.sin(1.4 * y)) > 2 * tone - 1)[None].astype(np.float32) - 0.5)


def test_letters_are_kept_and_dots_are_not():
    page = np.concatenate([letters(), dots()], 2)
    made = np.concatenate([letters() + 0.005, np.full((1, SIDE, SIDE), 0.5, np.float32)], 2)
    kept = kept_shares(made, page)
    assert kept.shape == (SIDE // BLOCK_PX, 2 * SIDE // BLOCK_PX)
    assert kept[:, :14].min() == 1
    assert kept[:, -16:].max() == 0
    assert 0 <= kept.min() <= kept.max() <= 1


@pytest.mark.parametrize(
    "page", [dots(contrast=0.2), np.ones((1, SIDE, SIDE), np.float32)], ids=["faint dots", "paper"]
)
def test_what_has_little_contrast_is_not_kept_even_unchanged(page):
    assert kept_shares(page, page).max() == 0


def test_letters_that_the_network_blurred_are_not_kept():
    page = letters()
    blurred = (page + np.roll(page, 2, 1) + np.roll(page, 2, 2)) / 3
    assert kept_shares(blurred, page).max() == 0


@pytest.mark.parametrize("size", [(9, 17), (1, 1), (64, 40)])
def test_every_pixel_has_a_block(size):
    page = letters(64, 64)[:, : size[0], : size[1]]
    blocks = kept_shares(page, page)
    assert enlarge(blocks, np.arange(size[0]), np.arange(size[1])).shape == size


def test_letters_keep_the_pixels_of_the_first_estimate():
    page = np.concatenate([letters(), dots()], 2)
    first = np.concatenate([letters() * 0.99, np.full((1, SIDE, SIDE), 0.5, np.float32)], 2)
    second = np.zeros_like(first)
    assert keep(second, first, page) is second
    np.testing.assert_allclose(second[:, :, :110], first[:, :, :110], atol=1e-6)
    assert second[:, :, -110:].max() == 0

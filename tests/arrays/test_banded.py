"""Pictures that are computed when they are read: the same numbers as an array, and never more than a band of them."""

import numpy as np
import pytest

from halftone_color.arrays import banded, tiling
from halftone_color.arrays.banded import LEVELS, BandedPicture, apply_when_read, compact, made_when_read

WHOLE = np.random.default_rng(0).random((3, 70, 45), np.float32)


@pytest.fixture
def asked():
    return []


@pytest.fixture
def picture(asked):
    def make(top, bottom):
        asked.append((top, bottom))
        return WHOLE[:, top:bottom]

    return BandedPicture(WHOLE.shape, 16, make)


@pytest.mark.parametrize(
    "key",
    [
        (slice(None), slice(10, 40)),
        (slice(None), slice(0, 500)),
        (slice(1), slice(60, None), slice(3, 9)),
        (slice(None), slice(5, 5)),
        (0, slice(16, 32)),
        (slice(None), slice(None, None, 3), slice(None, None, 3)),
        (slice(None), np.arange(5)[:, None], np.arange(7)),
        1,
    ],
)
def test_it_reads_like_an_array(picture, key):
    np.testing.assert_array_equal(picture[key], WHOLE[key])


def test_it_has_the_shape_of_an_array(picture):
    assert (picture.shape, len(picture), picture.size, picture.ndim) == (WHOLE.shape, 3, WHOLE.size, 3)
    assert picture.min() == WHOLE.min()
    np.testing.assert_array_equal(np.asarray(picture), WHOLE)


def test_rows_read_in_order_are_made_once(picture, asked):
    for top in range(0, 70, 8):
        picture[:, top : top + 8]
    assert asked == [(0, 16), (16, 32), (32, 48), (48, 64), (64, 70)]


def test_tiles_when_read_are_those_of_tiling():
    def function(window):
        return window.read(WHOLE) * 2

    grid = tiling.Grid(32, halo=0, multiple=1)
    at_once, when_read = (make(function, WHOLE.shape, grid) for make in (tiling.apply, apply_when_read))
    np.testing.assert_array_equal(np.asarray(when_read), at_once)


def test_small_pictures_are_made_at_once(monkeypatch):
    make = lambda top, bottom: WHOLE[:, top:bottom]  # noqa: E731
    assert isinstance(made_when_read(WHOLE.shape, 16, make), np.ndarray)
    monkeypatch.setattr(banded, "LARGE_PIXELS", 70 * 45)
    assert isinstance(made_when_read(WHOLE.shape, 16, make), BandedPicture)


def test_pictures_of_8_bit_levels_are_held_in_bytes():
    levels = np.random.default_rng(1).integers(0, 256, (1, 700, 30))
    picture = LEVELS[levels]
    held = compact(picture)
    assert isinstance(held, BandedPicture)
    np.testing.assert_array_equal(held[:, 100:600, 3:20], picture[:, 100:600, 3:20])
    picture[0, 690, 7] = np.nextafter(picture[0, 690, 7], np.float32(2))
    assert compact(picture) is picture

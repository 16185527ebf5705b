"""Contact sheets: pictures in their places, captions below, white around."""

import numpy as np
import pytest

from halftone_color.images.sheet import contact_sheet

RED = np.zeros((3, 40, 80), np.float32)
RED[0] = 1
BLACK = np.zeros((1, 64, 64), np.float32)


def test_pictures_fill_rows_in_order():
    page = contact_sheet([("red", RED), ("black", BLACK), ("red again", RED)], columns=2, cell_px=64)
    assert page.dtype == np.float32
    red = (page[0] > 0.99) & (page[1] < 0.01)
    rows, columns = np.nonzero(red)
    assert red.sum() == 2 * 64 * 32
    middle_y, middle_x = page.shape[1] / 2, page.shape[2] / 2
    assert ((rows < middle_y) & (columns < middle_x)).sum() == 64 * 32
    assert ((rows > middle_y) & (columns < middle_x)).sum() == 64 * 32
    assert (page[:, 10:60, int(middle_x) + 10 : int(middle_x) + 60] == 0).all()
    assert (page[:, int(middle_y) + 8 :, int(middle_x) + 8 :] == 1).all()


def test_caption_is_drawn_below_and_kept_inside_its_cell():
    bare = contact_sheet([("", BLACK), ("", BLACK)], columns=2, cell_px=64)
    wordy = contact_sheet([("caption " * 20, BLACK), ("", BLACK)], columns=2, cell_px=64)
    assert bare.shape == wordy.shape
    rows, columns = np.nonzero((bare != wordy).any(0))
    assert rows.size > 50
    assert rows.min() >= 64
    assert columns.max() < bare.shape[2] / 2


def test_fewer_pictures_make_a_narrower_sheet():
    one = contact_sheet([("a", BLACK)], columns=5, cell_px=64)
    two = contact_sheet([("a", BLACK), ("b", BLACK)], columns=5, cell_px=64)
    assert one.shape[1] == two.shape[1]
    assert 64 < one.shape[2] < two.shape[2]
    with pytest.raises(ValueError, match="needs a picture"):
        contact_sheet([], columns=2)

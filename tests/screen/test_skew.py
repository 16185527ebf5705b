"""By how much a page lies askew, and where boxes of the level page lie on it."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from halftone_color.screen.skew import box_as_it_lies, mask_as_it_lies, skew_of, turn
from halftone_color.types import Box


@pytest.fixture(scope="module")
def page():
    paper = Image.new("L", (600, 500), 235)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(16)
    for top in range(20, 460, 22):
        draw.text((30, top), "The war in the west reported yesterday from the capital by our own", font=font, fill=25)
    return np.asarray(paper, np.float32) / 255


@pytest.mark.parametrize("angle_deg", [-3.1, -0.4, 0.0, 0.1, 1.7])
def test_the_angle_of_lines_of_text(page, angle_deg):
    askew = turn(page, -angle_deg)
    assert skew_of(askew < 0.5) == pytest.approx(angle_deg, abs=0.15), "a drift of 1.5 px"
    again = turn(askew, skew_of(askew < 0.5))
    assert skew_of(again < 0.5) == pytest.approx(0, abs=0.15)


def test_nothing_is_not_askew():
    assert skew_of(np.zeros((50, 60), np.bool_)) == 0


@pytest.mark.parametrize("angle_deg", [-2.0, 0.7, 3.0])
def test_a_box_is_found_where_it_lies(angle_deg):
    level, box = np.zeros((300, 400), np.float32), Box(90, 60, 200, 120)
    level[box.slices] = 1
    askew = turn(level, -angle_deg)
    place = box_as_it_lies(box, askew.shape, angle_deg)
    rows, columns = np.flatnonzero(askew.max(1) > 0.3), np.flatnonzero(askew.max(0) > 0.3)
    ends = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert (place.x, place.y, place.right, place.bottom) == pytest.approx(ends, abs=2)
    mask = mask_as_it_lies(box, None, place, askew.shape, angle_deg)[0]
    assert mask.shape == (place.height, place.width)
    assert np.abs(mask - askew[place.slices]).mean() < 0.01
    outline = np.zeros((1, 120, 200), np.float32)
    outline[:, :, 100:] = 1
    half = mask_as_it_lies(box, outline, place, askew.shape, angle_deg)[0]
    assert half.sum() == pytest.approx(mask.sum() / 2, rel=0.02)

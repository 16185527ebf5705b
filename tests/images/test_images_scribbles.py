"""What is drawn on a print, in each of the four ways, is found where it was drawn and in its color."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError, UsageError
from halftone_color.images import scribbles

TEAL = np.float32([0.0, 128 / 255, 128 / 255])
STROKE = np.s_[:, 5:8, 3:20]


def strokes():
    drawn = np.zeros((20, 30), bool)
    drawn[STROKE[1:]] = True
    return drawn


def test_a_transparent_layer():
    layer, opacity = np.ones((3, 20, 30), np.float32), np.zeros((1, 20, 30), np.float32)
    layer[STROKE], opacity[STROKE] = TEAL[:, None, None], 1
    opacity[:, 5, 3:20] = 0.75  # an edge that was smoothed
    found = scribbles.hints_of_layer(1 - (1 - layer) * opacity, opacity)
    np.testing.assert_array_equal(found.given, strokes())
    np.testing.assert_allclose(found.colors[:, found.given], np.broadcast_to(TEAL[:, None], (3, 51)), atol=1e-6)


@pytest.mark.parametrize("tinted", [False, True])
def test_a_copy_of_the_print_whether_of_its_tint_or_gray(tinted, scene):
    pixels = scene(20, 30) * np.float32([0.5, 0.4, 0.3])[:, None, None]
    copy = pixels.copy() if tinted else rgb_to_luma(pixels).repeat(3, 0)
    copy[STROKE] = np.float32([0.9, 0.1, 0.8])[:, None, None]
    found = scribbles.hints_of_copy(copy, pixels)
    np.testing.assert_array_equal(found.given, strokes())
    np.testing.assert_array_equal(found.colors, copy)


def test_a_mask(scene):
    mask = np.zeros((1, 20, 30), np.float32)
    mask[:, 4:6] = 1
    found = scribbles.hints_of_mask(scene(20, 30), mask)
    np.testing.assert_array_equal(found.given, mask[0] == 1)
    np.testing.assert_array_equal(found.colors, scene(20, 30))


@pytest.mark.parametrize("color", ["teal", "#008080", "rgb(0,128,128)", (0, 128 / 255, 128 / 255)])
def test_points_are_discs_about_their_place(color):
    found = scribbles.hints_of_points([(700, 300, "red"), (700.9, 300, color)], 500, 900)
    np.testing.assert_allclose(found.colors[:, 300, 700], TEAL, atol=1e-6)
    rows, columns = np.nonzero(found.given)
    assert rows.mean() == 300
    assert columns.mean() == 700
    assert found.given.sum() == sum(x * x + y * y <= 9 for x in range(-3, 4) for y in range(-3, 4))


def test_a_point_in_a_corner_of_a_small_picture():
    found = scribbles.hints_of_points([(0, 0, "red")], 3, 4)
    assert found.given.sum() == 1
    np.testing.assert_array_equal(found.colors[:, 0, 0], [1, 0, 0])


def test_the_later_lies_over_the_earlier():
    first = scribbles.hints_of_points([(1, 1, "red"), (2, 1, "red")], 5, 5)
    both = scribbles.merge_hints(first, scribbles.hints_of_points([(2, 1, "blue")], 5, 5))
    np.testing.assert_array_equal(both.colors[:, 1, 1:3].T, [[1, 0, 0], [0, 0, 1]])
    assert both.given.sum() == 2
    assert scribbles.merge_hints(None, first) is first


def test_nothing_drawn_is_refused(scene):
    picture, empty = scene(9, 9), np.zeros((1, 9, 9), np.float32)
    with pytest.raises(InputError, match="transparent everywhere"):
        scribbles.hints_of_layer(picture, empty)
    with pytest.raises(InputError, match="do not differ"):
        scribbles.hints_of_copy(picture, picture)
    with pytest.raises(InputError, match="black everywhere"):
        scribbles.hints_of_mask(picture, empty)


@pytest.mark.parametrize("place", [(-1, 3), (9, 3), (3, 9.5), (float("nan"), 2)])
def test_points_outside_are_refused(place):
    with pytest.raises(InputError, match="outside the picture of 9 x 9"):
        scribbles.hints_of_points([(*place, "red")], 9, 9)


@pytest.mark.parametrize("color", ["tael", "#12", (1, 2), (0, 0, 300), (0, 0, float("nan"))])
def test_what_is_no_color_is_refused(color):
    with pytest.raises(UsageError, match="is not a color"):
        scribbles.rgb_of_color(color)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_hints_are_float32_whatever_they_are_drawn_in(kind, scene):
    picture, mask = scene(5, 6).astype(kind), np.ones((1, 5, 6), kind)
    for found in (
        scribbles.hints_of_points([(1, 1, (kind(1), kind(0), kind(0)))], 5, 6),
        scribbles.hints_of_layer(picture, mask),
        scribbles.hints_of_copy(1 - picture, picture),
        scribbles.hints_of_mask(picture, mask),
    ):
        assert (found.colors.dtype, found.colors.shape) == (np.float32, (3, 5, 6))
        assert (found.given.dtype, found.given.shape) == (np.bool_, (5, 6))

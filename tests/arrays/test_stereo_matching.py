"""Matching of a rectified pair: census costs, paths, agreement, sides, blocks, on pairs whose shifts are known."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.arrays.block_matching import match_blocks
from halftone_color.arrays.census import OUTSIDE, census, census_costs
from halftone_color.arrays.pair_matching import match_pair
from halftone_color.arrays.pair_side import measure_candidates, measure_side
from halftone_color.arrays.semi_global import aggregate, best
from halftone_color.arrays.view_agreement import disparities_agree, in_tones_of, lumas_agree, matched

SHIFT, NEAR = 4, 11
D = 16


def texture(height=40, width=96, seed=0):
    """Return a plane (H, W) with detail everywhere, in [.2, .8]."""
    noise = gaussian_filter(np.random.default_rng(seed).standard_normal((height, width)), 1.0)
    return (0.5 + 0.3 * noise / np.abs(noise).max()).astype(np.float32)


@pytest.fixture(scope="module")
def pair():
    """Return a first and a second plane: the background lies at i + SHIFT, a square in front at i + NEAR."""
    first, second = texture(), np.roll(texture(), SHIFT, 1)
    square = texture(16, 24, 5)
    first[10:26, 30:54] = square
    second[10:26, 30 + NEAR : 54 + NEAR] = square
    return first, second


def disparity_of_pair():
    truth = np.full((40, 96), SHIFT)
    truth[10:26, 30:54] = NEAR
    return truth


def test_the_census_says_which_neighbors_are_darker():
    luma = np.zeros((9, 11), np.float32)
    luma[4, 5] = 1
    codes = census(luma)
    assert int(codes[4, 5]).bit_count() == 62, "all neighbors of the bright pixel"
    assert codes[4, 6] == 0
    assert codes.dtype == np.uint64


def test_costs_are_differing_bits_and_nothing_but_order_counts(pair):
    first, second = pair
    costs = census_costs(first, second, D)
    codes, others = census(first), census(second)
    for y, x, k in ((3, 5, 0), (20, 40, 11), (39, 79, 15)):
        assert costs[y, x, k] == int(codes[y, x] ^ others[y, x + k]).bit_count()
    assert (costs[:, -1, 1:] == OUTSIDE).all()
    np.testing.assert_array_equal(costs, census_costs(first, 0.3 * second**2, D))


def test_one_path_is_the_recursion_of_the_paper():
    costs = np.random.default_rng(0).integers(0, 60, (1, 4, 5)).astype(np.uint8)
    flat = np.full((1, 4), 0.5, np.float32)

    def along(rows):
        found = [rows[0].astype(int)]
        for row in rows[1:]:
            last = found[-1]
            padded = np.pad(last, 1, constant_values=10**6)
            low = np.minimum(last, np.minimum(padded[:-2], padded[2:]) + 6)
            found.append(row + np.minimum(low, last.min() + 60) - last.min())
        return np.array(found)

    # in a single row all but two of the eight paths start anew at each pixel
    expected = along(costs[0]) + along(costs[0, ::-1])[::-1] + 6 * costs[0].astype(int)
    np.testing.assert_array_equal(aggregate(costs, flat)[0], expected)


def test_a_pair_is_matched_from_both_sides(pair):
    sums = aggregate(census_costs(*pair, D), pair[0])
    disparity, of_second = best(sums)
    truth = disparity_of_pair()
    assert (disparity == truth)[:, : 96 - D].mean() > 0.95
    known = disparities_agree(disparity, of_second)
    assert (disparity == truth)[known].mean() > 0.95
    hidden = np.zeros_like(known)
    hidden[10:26, 54 : 54 + NEAR - SHIFT] = True  # what the square hides from the second camera
    assert known[hidden].mean() < 0.3


def test_identity_and_shifted_pairs_are_found_exactly():
    plane = texture()
    for shift in (0, 3):
        matching = match_pair(plane, np.roll(plane, shift, 1), D)
        inner = np.s_[4:-4, 8 : 96 - D]
        assert (matching.disparity[inner] == shift).all()
        assert matching.known[inner].mean() > 0.99
        np.testing.assert_array_equal(matched(np.roll(plane, shift, 1), matching.disparity)[inner], plane[inner])


def test_a_tone_curve_between_the_pictures_is_found_again(pair):
    first, second = pair
    known = np.ones_like(first, bool)
    known[:, -D:] = False
    toned = in_tones_of(first, np.float32(0.8) * second**1.5, disparity_of_pair(), known)
    inner = np.s_[:, 8:-8]
    assert np.abs(toned - second)[inner].mean() < 0.01
    agreed = lumas_agree(first, toned, disparity_of_pair())
    assert agreed[known].mean() > 0.95
    assert lumas_agree(first, 1 - toned, disparity_of_pair())[known].mean() < 0.7


def test_blocks_find_the_shift(pair):
    found = match_blocks(*pair, D)
    assert (found == disparity_of_pair())[:, : 96 - D].mean() > 0.8


def test_side_and_range_are_measured(pair):
    first, second = pair
    assert measure_side(first, second) == "right"
    assert measure_side(first[:, ::-1], second[:, ::-1]) == "left"
    assert measure_side(second, first) == "left"
    assert measure_candidates(first, second) == 16

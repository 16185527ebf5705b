"""Pigment is found where paper, one ink, stains and channels out of register do not explain the color, and stays."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.screen.pigment import PLAIN, Pigment, keep_pigment, look_for_pigment, place_pigment
from halftone_color.screen.tone import measure_plausibly

VIOLET, STAIN = (0.3, 0.15, 0.6), (0.8, 0.62, 0.42)


def photograph(size=128, seed=0):
    """A gray picture (3, size, size) with tones of all kinds, on paper of 0.94."""
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), 3)
    gray = np.clip(0.5 + 4 * noise, 0.02, 0.94)
    gray[:8] = 0.94
    return np.repeat(gray[None], 3, 0).astype(np.float32)


def dyed(rgb, cover, color):
    return (rgb * (1 - cover * (1 - np.float32(color)[:, None, None]))).astype(np.float32)


def stroke(size=128):
    cover = np.zeros((size, size), np.float32)
    cover[40:44, 20:100] = 1
    return cover


def look(rgb):
    found = measure_plausibly(rgb)
    return found, look_for_pigment(rgb, found)


def test_a_stroke_of_colored_ink_is_pigment_and_nothing_else_is():
    _found, evidence = look(dyed(photograph(), stroke(), VIOLET))
    assert evidence.patches[41:43, 25:95].all()
    assert not evidence.patches[60:].any()
    assert not evidence.target.any()
    assert (evidence.beyond[evidence.rest] <= PLAIN).all()


@pytest.mark.parametrize("ink", [(0.0, 0.0, 0.0), (0.2, 0.12, 0.06)])
def test_paper_ink_stains_and_channels_out_of_register_are_none(ink):
    gray = photograph()
    paper = np.float32((0.95, 0.88, 0.72))[:, None, None]
    print_ = np.float32(ink)[:, None, None] * (1 - gray) + paper * gray
    spot = np.exp(-(((np.mgrid[:128, :128] - 64) / 20) ** 2).sum(axis=0)).astype(np.float32)
    for scan in (
        print_,
        dyed(print_, spot, STAIN),
        np.stack([shift(print_[0], (0, 0.6), mode="nearest"), *print_[1:]]),
    ):
        _, evidence = look(scan.astype(np.float32))
        assert not evidence.patches.any()


def test_no_pigment_has_no_place():
    gray = photograph()
    found, evidence = look(gray)
    assert place_pigment(gray, found, evidence, None) is None


def test_the_color_of_pigment_stays_and_the_rest_is_not_touched():
    scan = dyed(photograph(), stroke(), VIOLET)
    found, evidence = look(scan)
    pigment = place_pigment(scan, found, evidence, None)
    assert pigment is not None
    assert pigment.share == pytest.approx(stroke().mean(), rel=0.4)
    luma = np.asarray(rgb_to_luma(scan), np.float32)
    brown = np.clip(luma + np.float32((0.05, 0, -0.05))[:, None, None], 0, 1)
    kept = keep_pigment(brown, pigment)
    np.testing.assert_allclose(kept[:, 41:43, 22:98], scan[:, 41:43, 22:98], atol=0.06)  # brown is 0.3 away
    np.testing.assert_array_equal(kept[:, 60:], brown[:, 60:])
    np.testing.assert_allclose(keep_pigment(luma, pigment)[:, 60:], luma[:, 60:].repeat(3, 0))


def test_large_scans_are_looked_at_in_squares_whatever_their_size():
    scan = dyed(photograph(), stroke(), VIOLET).repeat(9, 1).repeat(9, 2)[:, :1150, :1147]
    found, evidence = look(scan)
    assert evidence.reduced == 3
    assert evidence.patches.shape == (384, 383)
    pigment = place_pigment(scan, found, evidence, None)
    assert pigment.cover.shape == pigment.saturation[:1].shape
    assert pigment.cover[0, 378 - pigment.top, 540 - pigment.left] == 1


def test_a_box_lies_where_its_pigment_does():
    pigment = Pigment(3, 5, np.ones((1, 2, 4), np.float32), np.zeros((2, 2, 4), np.float32), 0.1)
    picture = np.zeros((3, 9, 9))
    picture[pigment.box] = 1
    assert picture[:, 3:5, 5:9].all()
    assert picture.sum() == 3 * 8

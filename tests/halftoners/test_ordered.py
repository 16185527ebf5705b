"""Bayer's matrix by its known values, blue noise by its spectrum, both by the tone they keep."""

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.halftoners import bayer, blue_noise


def levels_of(method, options, side):
    """Find each pixel's threshold from outside: the share of flat tones that leave it ink."""
    tones = (np.arange(side * side) + 1) / (side * side)  # between two ranks
    return sum(1 - method.halftone(np.full((1, side, side), t, np.float32), options)[0] for t in tones)


def test_the_matrices_of_two_and_four_are_the_published_ones():
    known = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
    assert levels_of(bayer, bayer.Options(size=2), 2).tolist() == [[0, 2], [3, 1]]
    assert levels_of(bayer, bayer.Options(size=4), 4).tolist() == known


@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_bayer_repeats_and_keeps_each_of_its_tones(size):
    for share in range(0, size * size + 1, max(1, size * size // 16)):
        halftone = bayer.halftone(np.full((1, 48, 64), share / size**2, np.float32), bayer.Options(size=size))
        assert halftone.mean() == pytest.approx(share / size**2)
        assert np.array_equal(halftone[:, :-size, :-size], halftone[:, size:, size:])


def test_sizes_that_bayer_has_not_are_refused():
    with pytest.raises(UsageError, match="2, 4, 8 or 16"):
        bayer.Options(size=3)


def test_every_rank_of_blue_noise_comes_once():
    for dark in (0, 1, 409, 2048, 4095, 4096):
        halftone = blue_noise.halftone(np.full((1, 64, 64), dark / 4096, np.float32), blue_noise.Options())
        assert halftone.sum() == dark


@pytest.mark.parametrize("tone", [0.1, 0.5, 0.85])
def test_blue_noise_has_little_power_at_low_frequencies_and_no_direction(tone):
    pattern = blue_noise.halftone(np.full((1, 64, 64), tone, np.float32), blue_noise.Options())[0]
    power = np.abs(np.fft.fft2(pattern - pattern.mean())) ** 2 / (pattern.var() * pattern.size)  # white noise: 1
    down, across = np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij")
    radius = np.hypot(down, across)
    principal = np.sqrt(min(tone, 1 - tone))  # Ulichney: cycles per px
    assert power[(radius > 0) & (radius < 0.4 * principal)].mean() < 0.12
    upper = radius > 0.8 * min(principal, 0.5)
    assert power[upper].mean() > 0.9
    flat, steep = upper & (np.abs(across) > np.abs(down)), upper & (np.abs(across) < np.abs(down))
    assert power[flat].mean() == pytest.approx(power[steep].mean(), rel=0.15)


def test_blue_noise_dots_stay_apart_in_light_tones():
    pattern = blue_noise.halftone(np.full((1, 64, 64), 0.95, np.float32), blue_noise.Options())[0]
    dots = np.argwhere(pattern == 0)
    away = np.abs(dots[:, None] - dots[None])
    distance = np.hypot(*np.moveaxis(np.minimum(away, 64 - away), -1, 0)) + 1e9 * np.eye(len(dots))
    assert distance.min() >= 2  # random dots of that density touch
    assert distance.min(1).mean() > 0.7 / np.sqrt(0.05)  # of the spacing of a square grid


def test_blue_noise_is_made_the_same_again():
    first = blue_noise._ranks()
    assert np.array_equal(blue_noise._ranks.__wrapped__(), first)


@pytest.mark.parametrize(("synonym", "name"), [("ordered", "bayer"), ("Void-and-Cluster", "blue-noise")])
def test_synonyms_of_ordered_methods(synonym, name):
    assert registry.find("halftoners", synonym).name == name

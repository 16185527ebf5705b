"""Own colors: none of gray, sepia and stained pictures; in places where there is pigment; all of pictures in color."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from halftone_color.screen.own_colors import find_own_colors
from halftone_color.types import Screen

NONE = Screen("none")


def smooth(seed, sigma, size=160):
    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(size, size)), sigma)
    return (noise / noise.std()).astype(np.float32)


def gray_photograph():
    tones = np.clip(0.5 + 0.2 * smooth(1, 3), 0.02, 0.94)
    tones[:10] = 0.94
    return np.repeat(tones[None], 3, 0)


def sepia():
    ink, paper = (np.float32(color)[:, None, None] for color in ((0.2, 0.12, 0.06), (0.93, 0.86, 0.7)))
    return ink + (paper - ink) * gray_photograph()


def with_blot(scan, rows=slice(90, 130), columns=slice(30, 90), color=(0.4, 0.55, 1.0)):
    scan = scan.copy()
    scan[:, rows, columns] *= np.float32(color)[:, None, None]
    return scan


def in_color():
    tones = gray_photograph()
    tones[0] += 0.08 * smooth(2, 8)
    tones[2] += 0.08 * smooth(3, 8)
    return np.clip(tones, 0, 1)


def test_gray_and_sepia_pictures_have_none():
    for scan in (gray_photograph(), gray_photograph()[:1], sepia()):
        own = find_own_colors(scan.astype(np.float32), NONE)
        assert (own.everywhere, own.pigment) == (False, None)


def test_stains_are_none():
    stain = np.clip(smooth(4, 12), 0, 1)
    own = find_own_colors(
        (sepia() * (1 - stain * np.float32((0.15, 0.3, 0.5))[:, None, None])).astype(np.float32), NONE
    )
    assert (own.everywhere, own.pigment) == (False, None)


@pytest.mark.parametrize("base", [gray_photograph, sepia])
def test_pigment_in_places_is_found_there(base):
    own = find_own_colors(with_blot(base()).astype(np.float32), NONE)
    assert not own.everywhere
    assert own.pigment is not None
    assert own.pigment.share == pytest.approx(40 * 60 / 160**2, rel=0.2)


def test_pictures_in_color_have_them_everywhere():
    for scan in (in_color(), with_blot(in_color())):
        own = find_own_colors(scan.astype(np.float32), NONE)
        assert own.everywhere
        assert own.pigment is None


def test_mostly_pigment_is_a_picture_in_color():
    whole = with_blot(gray_photograph(), slice(12, 150), slice(5, 120))
    assert find_own_colors(whole.astype(np.float32), NONE).everywhere

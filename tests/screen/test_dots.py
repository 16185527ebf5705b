"""Dots of two inks lie off the line from paper to one ink; those of one do not, though channels are out of register."""

import numpy as np
from scipy.ndimage import shift

from halftone_color.screen.dots import off_the_line
from halftone_color.screen.own_colors import ONE_INK, SECOND_INK
from halftone_color.screen.tone import measure_plausibly

PAPER = np.float32((0.92, 0.86, 0.75))[:, None, None]


def dots(angle_deg, share=0.45, size=160, period_px=5.0):
    """Coverage (size, size) of ink by round dots with soft edges."""
    down, right = np.mgrid[:size, :size] / period_px * 2 * np.pi
    angle = np.radians(angle_deg)
    along, across = right * np.cos(angle) + down * np.sin(angle), down * np.cos(angle) - right * np.sin(angle)
    wave = np.cos(along) + np.cos(across)
    return (1 / (1 + np.exp(-4 * (wave - np.quantile(wave, 1 - share))))).astype(np.float32)


def printed(*inks):
    scan = np.repeat(PAPER, 160, 1).repeat(160, 2)
    scan[:, :10] = PAPER
    for angle_deg, color in inks:
        cover = dots(angle_deg)
        cover[:10] = 0
        scan = scan * (1 - cover * (1 - np.float32(color)[:, None, None]))
    return scan.astype(np.float32)


def off(scan):
    return off_the_line(scan, measure_plausibly(scan))


def test_two_inks_are_off_the_line():
    assert off(printed((45, (0.08, 0.08, 0.08)), (75, (0.85, 0.5, 0.2)))) > SECOND_INK


def test_one_ink_is_on_it_whatever_its_color():
    for color in ((0.1, 0.1, 0.1), (0.75, 0.2, 0.15), (0.35, 0.2, 0.1)):
        assert off(printed((45, color))) <= ONE_INK


def test_channels_out_of_register_are_no_second_ink():
    red, green, blue = printed((45, (0.1, 0.1, 0.1)))
    scan = np.stack([shift(red, (0, 0.7), mode="nearest"), green, shift(blue, (0, -0.7), mode="nearest")])
    assert off(scan) <= SECOND_INK


def test_without_dots_nothing_is_said():
    assert off(np.full((3, 160, 160), 0.5, np.float32)) is None

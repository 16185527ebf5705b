"""A gray print with a color target beside it: the screen is found in the print."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.screen.beside_pigment import settle_doubt
from halftone_color.types import Screen

HEIGHT, WIDTH, BAR = 420, 360, 60
DOUBT = Screen("none", doubt=Screen("clustered-dot", 5.0, 45.0))


@pytest.fixture(scope="module")
def print_with_target(scene):
    """Return (3, H, W): dots of 5 px, and below them a bar of eight patches."""
    gray = scene(HEIGHT, WIDTH)[0] * 0.8 + 0.1
    dots = (gray > thresholds(HEIGHT, WIDTH, 5.0, 45.0, "round", (0.0, 0.0), 1)).astype(np.float32)
    pixels = np.repeat(dots[None] * 0.85 + 0.08, 3, axis=0)
    hues = [(0.8, 0.1, 0.1), (0.1, 0.6, 0.1), (0.1, 0.2, 0.8), (0.8, 0.8, 0.1), (0.7, 0.1, 0.7), (0.1, 0.7, 0.7)]
    for number, color in enumerate(hues):
        left = 10 + number * (WIDTH - 20) // len(hues)
        right = 10 + (number + 1) * (WIDTH - 20) // len(hues)
        pixels[:, HEIGHT - BAR :, left:right] = np.array(color)[:, None, None]
    return pixels.astype(np.float32)


def settled(pixels, found=DOUBT):
    return settle_doubt(pixels, pixels.mean(axis=0, keepdims=True), found)


def test_the_print_beside_the_target_settles_the_doubt(print_with_target):
    found = settled(print_with_target)
    assert found.kind == "clustered-dot"
    assert found.period_px == pytest.approx(5.0, abs=0.05)


def test_another_period_and_a_picture_without_pigment_stay_in_doubt(print_with_target):
    other = Screen("none", doubt=Screen("clustered-dot", 7.0, 45.0))
    assert settled(print_with_target, other) is other
    gray = np.repeat(print_with_target[:1, : HEIGHT - BAR], 3, axis=0)
    assert settled(gray) is DOUBT


def test_what_was_found_or_not_doubted_is_not_looked_at_again():
    nothing = np.zeros((3, 4, 4), np.float32)
    for found in (Screen("none"), Screen("clustered-dot", 5.0, 45.0)):
        assert settled(nothing, found) is found

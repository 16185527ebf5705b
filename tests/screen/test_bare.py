"""Bare paper is seen where no dots are, not in a cloth or in shadows; gaps and dots show paper and ink or do not."""

import numpy as np
import pytest

from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.screen.bare import dots_show_ink, find_bare_paper, gaps_show_paper
from halftone_color.screen.ink import measure_ink_and_paper
from halftone_color.screen.tone import read_tones
from halftone_color.types import Screen

SIDE, PERIOD_PX = 160, 5.0
SCREEN = Screen("clustered-dot", PERIOD_PX, 45.0)
PAPER, INK = 0.85, 0.15
RAMP = np.linspace(0, 1, SIDE, dtype=np.float32)[None].repeat(SIDE, 0)
WHOLE = np.full((1, 16, 16), PAPER, np.float32), np.full((1, 16, 16), INK, np.float32)


def printed(tones, noise=0.01):
    fine = thresholds(SIDE, SIDE, PERIOD_PX, 45.0, "round", oversample=2)
    dots = (tones.repeat(2, 0).repeat(2, 1) > fine).reshape(SIDE, 2, SIDE, 2).mean((1, 3))
    scan = INK + (PAPER - INK) * dots + np.random.default_rng(0).normal(0, noise, dots.shape)
    return np.clip(scan, 0, 1).astype(np.float32)[None]


def with_margin(tones):
    return np.where(np.arange(SIDE)[:, None] < 40, 1.0, tones).astype(np.float32)


def test_a_margin_is_bare_and_has_the_color_of_paper():
    found = find_bare_paper(printed(with_margin(0.1 + 0.6 * RAMP)), SCREEN)
    assert found is not None
    np.testing.assert_allclose(found.colors, PAPER, atol=0.02)
    assert found.centers[:, 0].max() < -0.4, "in the margin, which is the upper quarter"


def test_crops_without_paper_have_none():
    assert find_bare_paper(printed(0.1 + 0.6 * RAMP), SCREEN) is None
    shadow = np.where(RAMP < 0.4, 0.0, 0.6).astype(np.float32)
    assert find_bare_paper(printed(shadow), SCREEN) is None, "what is even and dark is no paper"


def test_a_weave_goes_on_through_what_is_bright():
    y, x = np.indices((SIDE, SIDE)) * 2 * np.pi / PERIOD_PX / np.sqrt(2)
    photograph = np.where(
        RAMP < 0.6, 0.3 + 0.5 * (np.random.default_rng(1).random((20, 20)) > 0.5).repeat(8, 0).repeat(8, 1), 0.8
    )
    weave = photograph * (1 + 0.04 * (np.cos(x + y) + np.cos(x - y)))
    assert find_bare_paper(weave[None].astype(np.float32), SCREEN) is None
    assert find_bare_paper(photograph[None].astype(np.float32), SCREEN) is not None, "and without it, it would be bare"


def test_gaps_show_paper_and_dots_show_ink_where_they_are_resolved():
    scan = printed(0.05 + 0.87 * RAMP)
    assert gaps_show_paper(scan, *WHOLE, SCREEN)
    assert dots_show_ink(scan, *WHOLE, SCREEN)
    display = RAMP * (1 + 0.4 * np.cos(np.arange(SIDE) * 2 * np.pi / PERIOD_PX))[:, None]
    assert not gaps_show_paper((0.6 * display)[None].astype(np.float32), *WHOLE, SCREEN), "these brighten with the tone"
    assert not gaps_show_paper(printed(0.05 + 0.4 * RAMP), *WHOLE, SCREEN), "no dot has shrunk to next to nothing"


def test_uneven_light_on_paper_has_one_hue():
    tint = np.array([1.0, 0.9, 0.7], np.float32)[:, None, None]
    y, x = np.indices((SIDE, SIDE)) / (SIDE - 1)
    scan = printed(with_margin(0.1 + 0.6 * RAMP)) * tint * (1 - 0.15 * x * y).astype(np.float32)
    paper = measure_ink_and_paper(scan, SCREEN).paper
    np.testing.assert_allclose(paper / paper[:1], np.broadcast_to(tint, paper.shape), atol=0.02)


@pytest.mark.parametrize("margin", [True, False])
def test_tones_are_read_as_those_of_a_print_only_if_it_shows_its_paper(margin):
    tones = 0.1 + 0.5 * RAMP
    scan = printed(with_margin(tones) if margin else tones)
    assert (read_tones(scan, "auto", SCREEN).print_ is not None) == margin
    assert read_tones(scan, "print", SCREEN).print_ is not None


def test_the_dots_of_a_light_tone_are_not_taken_for_solid_ink():
    light = np.clip(printed(with_margin(0.75 + 0.25 * RAMP)), 0.55, 1)  # blurred dots that never get black
    found = read_tones(light, "print", SCREEN).print_
    assert found.ink_color[0] <= 0.3 * PAPER + 0.02 or dots_show_ink(light, found.paper, found.ink, SCREEN)


def test_small_pictures_have_an_answer():
    tiny = np.full((1, 5, 5), 0.5, np.float32)
    assert find_bare_paper(tiny, SCREEN) is None
    assert not gaps_show_paper(tiny, *WHOLE, SCREEN)

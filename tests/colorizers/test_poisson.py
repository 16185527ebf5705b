"""Poisson merging is the paper's least-squares solution, from nothing spread to everything even."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers import poisson
from halftone_color.colorizers.poisson import PoissonColorizer, spread_offset
from halftone_color.cue import Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.run import Run
from halftone_color.types import Task


def colored(gray, cue, progress=None, **options):
    return PoissonColorizer(**options)(Task(gray, cue=cue), Run.open(progress=progress))


def hinted(colors, *places):
    given = np.zeros(colors.shape[1:], bool)
    for place in places:
        given[place] = True
    return Cue(hints=Hints(colors, given))


def by_hand(target, colors, given, weight):
    """Minimise the loss of 3.1.2 for one channel, written as a list of squares, by dense least squares."""
    height, width = target.shape
    number = {place: k for k, place in enumerate(zip(*np.nonzero(~given), strict=True))}
    rows, right = [], []

    def add(factor, plus, minus, value):
        row = np.zeros(len(number))
        for place, sign in ((plus, 1), (minus, -1)):
            if place is None:
                continue
            if place in number:
                row[number[place]] += sign
            else:
                value = value - sign * colors[place]
        rows.append(factor * row)
        right.append(factor * value)

    for i in range(height):
        for j in range(width):
            add(1.0, (i, j), None, target[i, j])
            for other in ((i + 1, j), (i, j + 1)):
                if other[0] < height and other[1] < width:
                    add(weight**0.5, (i, j), other, target[i, j] - target[other])
    solution = np.linalg.lstsq(np.array(rows), np.array(right), rcond=None)[0]
    result = colors.astype(float).copy()
    for place, k in number.items():
        result[place] = solution[k]
    return result


@pytest.mark.parametrize("continuity", [0.0, 1.0, 50.0])
def test_agrees_with_dense_least_squares(continuity, scene):
    gray, colors = rgb_to_luma(scene(9, 7)) * 0.5 + 0.2, 0.3 + 0.3 * scene(9, 7, 1)
    cue = hinted(colors, (2, 3), (6, 1), np.s_[8, 4:6])
    result = colored(gray, cue, continuity=continuity, keep_luminance=False)
    for k in range(3):
        wanted = by_hand(gray[0], colors[k], cue.hints.given, continuity)
        np.testing.assert_allclose(result[k], wanted.clip(0, 1), atol=1e-5)


def test_at_zero_nothing_spreads(scene):
    gray, colors = rgb_to_luma(scene(20, 20)), scene(20, 20, 1)
    cue = hinted(colors, np.s_[5:9, 5:9])
    result = colored(gray, cue, continuity=0, keep_luminance=False)
    np.testing.assert_allclose(result, np.where(cue.hints.given, colors, gray.repeat(3, 0)), atol=1e-6)


def test_at_its_largest_one_hint_colors_everything():
    gray = np.full((1, 30, 40), 0.5, np.float32)
    teal = np.broadcast_to(np.float32([0.2, 0.6, 0.6])[:, None, None], (3, 30, 40))
    result = colored(gray, hinted(teal, (3, 4)), continuity=1e10, keep_luminance=False)
    np.testing.assert_allclose(result, teal, atol=1e-4)


def test_more_continuity_reaches_further():
    gray = np.full((1, 1, 200), 0.5, np.float32)
    red = np.broadcast_to(np.float32([0.8, 0.4, 0.4])[:, None, None], (3, 1, 200))
    offset = np.ones((1, 1, 200), np.float32)
    given = np.zeros((1, 200), bool)
    given[0, 0] = True
    for continuity in (4.0, 100.0):
        decay = spread_offset(offset, given, continuity)[0, 0]
        root = np.log(decay[10] / decay[9])
        np.testing.assert_allclose(np.exp(root) + np.exp(-root), 2 + 1 / continuity, rtol=1e-4)
    near, far = (colored(gray, hinted(red, (0, 0)), continuity=continuity)[0, 0, 30] for continuity in (10.0, 1000.0))
    assert far > near + 0.05


def test_between_two_hints_it_blends_evenly():
    gray = np.full((1, 1, 11), 0.5, np.float32)
    colors = np.zeros((3, 1, 11), np.float32)
    colors[0, 0, 10] = 1
    result = colored(gray, hinted(colors, np.s_[0, 0], np.s_[0, 10]), keep_luminance=False)
    np.testing.assert_allclose(result[0, 0], np.linspace(0, 1, 11), atol=1e-5)


def test_full_hints_come_back(scene):
    picture = scene(20, 30)
    cue = hinted(picture, np.s_[:, :])
    result = colored(rgb_to_luma(picture), cue, keep_luminance=False)
    np.testing.assert_allclose(result, picture, atol=1e-6)
    kept = colored(rgb_to_luma(picture), cue)
    np.testing.assert_allclose(kept, add_chroma(*rgb_to_ycc(picture)), atol=1e-6)


def test_large_pictures_spread_as_small_ones_do(scene, monkeypatch):
    """A picture above what is solved: hints are kept, and what is between them is as on the small grid."""
    monkeypatch.setattr(poisson, "SOLVED_PX", 205 * 205)
    picture = 0.3 + 0.4 * scene(280, 280)
    cue = hinted(picture, np.s_[::20, ::20], np.s_[120:124, 40:240])
    shares = []
    result = colored(rgb_to_luma(picture), cue, shares.append)
    np.testing.assert_allclose(result[:, cue.hints.given], picture[:, cue.hints.given], atol=1e-5)
    assert np.abs(result - picture).mean() < 0.03 < np.abs(rgb_to_luma(picture) - picture).mean()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize("continuity", [-1, float("nan"), float("inf")])
def test_refusals(continuity):
    with pytest.raises(UsageError, match="between 0 and 1e15"):
        PoissonColorizer(continuity)

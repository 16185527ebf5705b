"""Levin's optimization is the solution of eq. 8 and 9, keeps luma and hints, and stops colors at edges."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers import levin
from halftone_color.colorizers._affinity import affinity
from halftone_color.colorizers._hints import downsample_hints
from halftone_color.colorizers.levin import LevinColorizer, spread_chroma
from halftone_color.cue import Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.run import Run
from halftone_color.types import Task


def colored(gray, cue, progress=None, **options):
    return LevinColorizer(**options)(Task(gray, cue=cue), Run.open(progress=progress))


def around(i, j, shape):
    for di, dj in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        if 0 <= i + di < shape[0] and 0 <= j + dj < shape[1]:
            yield i + di, j + dj


def weights_by_hand(luma, factor, floor):
    """Eq. 8 pixel by pixel: a dense matrix over all pairs."""
    height, width = luma.shape
    dense = np.zeros((luma.size, luma.size))
    for i in range(height):
        for j in range(width):
            tones = np.array([luma[place] for place in around(i, j, luma.shape)])
            sigma_squared = max(factor * tones.var(), floor)
            raw = np.exp(-((luma[i, j] - tones) ** 2) / (2 * sigma_squared))
            for place, weight in zip(around(i, j, luma.shape), raw / raw.sum(), strict=True):
                dense[i * width + j, place[0] * width + place[1]] = weight
    return dense


def solved_by_hand(dense, known, values, over):
    """Eq. 9 term by term where the sum is over all; else least squares over the residuals of what is free."""
    count = len(dense)
    free = [r for r in range(count) if not known[r]]
    matrix, right = np.zeros((len(free), len(free))), np.zeros(len(free))
    if over == "free":
        rows = (np.eye(count) - dense)[free]
        return np.linalg.lstsq(rows[:, free], -rows[:, known] @ values[known], rcond=None)[0]
    for a, r in enumerate(free):
        coefficients = np.zeros(count)
        coefficients[r] += 1
        for s in range(count):
            coefficients[r] += dense[s, r] ** 2
            coefficients[s] -= dense[s, r] + dense[r, s]
            for t in range(count):
                if t != r:
                    coefficients[t] += dense[s, r] * dense[s, t]
        matrix[a] = coefficients[free]
        right[a] = -coefficients[known] @ values[known]
    return np.linalg.solve(matrix, right)


def hinted(colors, *places):
    given = np.zeros(colors.shape[1:], bool)
    for place in places:
        given[place] = True
    return Cue(hints=Hints(colors, given))


@pytest.mark.parametrize(("factor", "floor"), [(1.0, 1e-3), (0.3, 1e-2)])
def test_weights_are_those_of_equation_8(factor, floor, scene):
    luma = rgb_to_luma(scene(6, 5))[0]
    weights = affinity(luma, factor, floor).toarray()
    np.testing.assert_allclose(weights, weights_by_hand(luma, factor, floor), atol=1e-4)
    np.testing.assert_allclose(weights.sum(1), 1)


def test_a_speck_like_nothing_around_it_keeps_its_neighbors():
    luma = np.full((5, 5), 0.2, np.float32)
    luma[2, 2] = 1
    weights = affinity(luma, 1.0, 1e-8)
    assert np.isfinite(weights.data).all()
    np.testing.assert_allclose(weights[12, [7, 11, 13, 17]].toarray(), 0.25)


@pytest.mark.parametrize("over", ["free", "all"])
def test_agrees_with_a_dense_solver(over, scene):
    luma = rgb_to_luma(scene(6, 7))[0]
    chroma = rgb_to_ycc(scene(6, 7, 1))[1]
    given = np.zeros((6, 7), bool)
    given[1, 2] = given[4, 5] = given[5, 0] = True
    result = spread_chroma(chroma, given, affinity(luma, 1.0, 1e-3), over)
    dense = weights_by_hand(luma, 1.0, 1e-3)
    for k in range(2):
        wanted = solved_by_hand(dense, given.ravel(), chroma[k].ravel().astype(float), over)
        np.testing.assert_allclose(result[k][~given], wanted, atol=2e-4)


@pytest.mark.parametrize("over", ["free", "all"])
def test_full_hints_come_back(over, scene):
    picture = 0.2 + 0.6 * scene(20, 30)
    result = colored(rgb_to_luma(picture), hinted(picture, np.s_[:, :]), over=over)
    np.testing.assert_allclose(result, add_chroma(*rgb_to_ycc(picture)), atol=1e-6)
    nearly = hinted(picture, np.s_[:, :])
    nearly.hints.given[7, 9] = False
    result = colored(rgb_to_luma(picture), nearly, over=over)
    np.testing.assert_allclose(result, picture, atol=0.03)


def test_one_hint_colors_everything(scene):
    gray = 0.3 + 0.4 * rgb_to_luma(scene(40, 30))
    teal = np.broadcast_to(np.float32([0.45, 0.55, 0.55])[:, None, None], (3, 40, 30))
    result = colored(gray, hinted(teal, (5, 5)))
    np.testing.assert_allclose(rgb_to_ycc(result)[1], np.broadcast_to(rgb_to_ycc(teal)[1], (2, 40, 30)), atol=1e-4)
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)


def two_halves(height, width):
    """Return luma with an edge in the middle, and a cue: reddish on the left, bluish on the right."""
    gray = np.full((1, height, width), 0.35, np.float32)
    gray[:, :, width // 2 :] = 0.65
    colors = np.zeros((3, height, width), np.float32)
    colors[:, :, : width // 2] = np.float32([0.5, 0.3, 0.3])[:, None, None]
    colors[:, :, width // 2 :] = np.float32([0.6, 0.6, 0.9])[:, None, None]
    return gray, hinted(colors, np.s_[height // 2, width // 4], np.s_[height // 2, -width // 4])


def test_colors_stop_at_edges():
    gray, cue = two_halves(40, 60)
    red = rgb_to_ycc(colored(gray, cue))[1][1]
    wanted = rgb_to_ycc(cue.hints.colors)[1][1]
    assert np.abs(red - wanted).mean() < 0.2 * np.abs(wanted[0, 0] - wanted[0, -1])
    blurred = rgb_to_ycc(colored(gray, cue, floor=1.0))[1][1]
    assert np.abs(red - wanted).mean() < 0.5 * np.abs(blurred - wanted).mean()


def test_colors_stay_within_the_hints(scene):
    gray, picture = rgb_to_luma(scene(50, 50)), scene(50, 50, 3)
    cue = hinted(picture, (3, 3), (40, 10), (20, 45))
    chroma = spread_chroma(
        *downsample_hints(rgb_to_ycc(picture)[1], cue.hints.given, 50, 50), affinity(gray[0], 0.3, 1e-4)
    )
    given = rgb_to_ycc(picture)[1][:, cue.hints.given]
    for k in range(2):
        assert given[k].min() - 1e-5 <= chroma[k].min() <= chroma[k].max() <= given[k].max() + 1e-5


def test_large_pictures_keep_hints_luma_and_edges(monkeypatch):
    monkeypatch.setattr(levin, "SOLVED_PX", 170 * 170)
    gray, cue = two_halves(200, 206)
    shares = []
    result = colored(gray, cue, shares.append)
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)
    wanted = rgb_to_ycc(cue.hints.colors)[1]
    found = rgb_to_ycc(result)[1]
    np.testing.assert_allclose(found[:, cue.hints.given], wanted[:, cue.hints.given], atol=1e-5)
    assert np.abs(found[:, 100, :98] - wanted[:, 100, :98]).max() < 0.05
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_thin_strokes_survive_reduction():
    values = np.zeros((2, 90, 120), np.float32)
    given = np.zeros((90, 120), bool)
    given[44], given[:, 7] = True, True
    values[:, 44] = 0.25
    small, there = downsample_hints(values, given, 30, 40)
    np.testing.assert_array_equal(np.nonzero(there.all(1))[0], [14])
    np.testing.assert_array_equal(np.nonzero(there.all(0))[0], [2])
    np.testing.assert_allclose(small[:, 14, 10:], 0.25)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"spread": 0}, "spread must be positive"),
        ({"spread": float("nan")}, "spread must be positive"),
        ({"floor": 0}, "floor must be positive"),
        ({"over": "half"}, "free, all"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(UsageError, match=said):
        LevinColorizer(**values)

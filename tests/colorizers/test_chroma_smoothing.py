"""Refinement evens out chroma where luma is even, stops at edges, and spreads what hints correct."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers import levin
from halftone_color.colorizers.levin import LevinColorizer
from halftone_color.cue import Cue, Hints
from halftone_color.run import Run
from halftone_color.types import Task

SIZES = [(40, 60), (180, 200)]


@pytest.fixture
def solved_small(monkeypatch):
    """Let the second of SIZES be a large picture, which is solved at 0.9 of its size."""
    monkeypatch.setattr(levin, "SOLVED_PX", 170 * 170)


def refined(picture, hints=None, progress=None):
    return LevinColorizer().refine(Task(picture, cue=Cue(hints=hints)), Run.open(progress=progress))


def halves(height, width):
    """Return luma with an edge in the middle, and chroma that has its edge there too."""
    gray = np.full((1, height, width), 0.35, np.float32)
    gray[:, :, width // 2 :] = 0.65
    chroma = np.full((2, height, width), -0.05, np.float32)
    chroma[:, :, width // 2 :] = 0.08
    return gray, chroma


def run_over(chroma, px):
    """Return chroma whose edge lies px too far to the right."""
    return np.concatenate([chroma[:, :, :1].repeat(px, 2), chroma[:, :, :-px]], 2)


@pytest.mark.parametrize("size", SIZES)
def test_chroma_that_ran_over_an_edge_comes_back(size, solved_small):
    gray, chroma = halves(*size)
    shares = []
    worn = add_chroma(gray, run_over(chroma, 3))
    found = rgb_to_ycc(refined(worn, None, shares.append))[1]
    before = np.abs(rgb_to_ycc(worn)[1] - chroma).max(axis=(0, 1))
    after = np.abs(found - chroma).mean(axis=(0, 1))
    middle = size[1] // 2
    assert after[middle : middle + 3].mean() < 0.8 * before[middle : middle + 3].mean()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_noise_of_chroma_goes_and_luma_stays(scene):
    gray, chroma = halves(50, 60)
    noise = np.random.default_rng(0).normal(0, 0.03, chroma.shape).astype(np.float32)
    rough = add_chroma(gray, chroma + noise)
    smooth = refined(rough)
    np.testing.assert_allclose(rgb_to_luma(smooth), gray, atol=1e-5)
    assert np.abs(rgb_to_ycc(smooth)[1] - chroma).std() < 0.3 * noise.std()


def test_even_colors_stay(scene):
    gray = 0.3 + 0.4 * rgb_to_luma(scene(30, 40))
    picture = add_chroma(gray, np.full((2, 30, 40), 0.05, np.float32))
    np.testing.assert_allclose(refined(picture), picture, atol=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_hints_correct_their_side_of_an_edge(size, solved_small):
    gray, chroma = halves(*size)
    picture = add_chroma(gray, chroma)
    given = np.zeros(size, bool)
    given[size[0] // 2, size[1] // 4] = True
    hints = Hints(np.broadcast_to(np.float32([0.5, 0.3, 0.3])[:, None, None], (3, *size)), given)
    found = rgb_to_ycc(refined(picture, hints))[1]
    wanted = rgb_to_ycc(hints.colors)[1]
    np.testing.assert_allclose(found[:, given], wanted[:, given], atol=1e-5)
    near = np.s_[:, size[0] // 2, size[1] // 4 + 3]
    assert np.abs(found[near] - wanted[near]).max() < 0.6 * np.abs(chroma[near] - wanted[near]).max()
    right = np.s_[:, :, size[1] // 2 + 5 :]
    np.testing.assert_allclose(found[right], chroma[right], atol=0.01)


def test_a_single_pixel():
    picture = np.full((3, 1, 1), 0.4, np.float32)
    np.testing.assert_allclose(refined(picture), picture, atol=1e-6)

"""Ink and paper of prints made here: tints, uneven light, noise, gray; one ink and several."""

import numpy as np
import pytest
from skimage import data

from halftone_color.screen.ink import GRID, measure_ink_and_paper

LIGHTS = {
    "even": lambda y, x: 1.0 + 0 * x,
    "from the left": lambda y, x: 1 - 0.2 * x,
    "from the middle": lambda y, x: 1 - 0.4 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
    "from a corner": lambda y, x: 1 - 0.1 * (x + y**2),
}
PAPER, INK = (236, 221, 180), (46, 33, 38)


def dots(gray, period_px=5.0, angle_deg=20.0):
    y, x = np.indices(gray.shape)
    turn = np.deg2rad(angle_deg)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    spot = np.cos(2 * np.pi * along / period_px) + np.cos(2 * np.pi * across / period_px)
    return (gray > spot.argsort(axis=None).argsort().reshape(spot.shape) / spot.size).astype(np.float32)


def color(values):
    return np.array(values, np.float32).reshape(-1, 1, 1) / 255


def photograph(side=300):
    return data.camera()[80 : 80 + side, 100 : 100 + side].astype(np.float32) / 255


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("noise", [0.0, 0.015])
@pytest.mark.parametrize("dimmed", [True, False])
def test_tinted_print_in_uneven_light(light, noise, dimmed):
    y, x = np.indices((300, 300)) / 299
    field = LIGHTS[light](y, x)
    paper = color(PAPER) * field
    ink = color(INK) * field if dimmed else color(INK) * np.ones_like(field)
    scan = ink + (paper - ink) * dots(photograph())
    scan = np.clip(scan + np.random.default_rng(0).normal(0, noise, scan.shape), 0, 1).astype(np.float32)
    found = measure_ink_and_paper(scan)
    assert found.paper.shape == found.ink.shape == (3, GRID, GRID)
    assert 255 * np.abs(found.paper_at(300, 300) - paper).mean() < 1.5
    assert 255 * np.quantile(np.abs(found.paper_at(300, 300) - paper), 0.95) < 3
    assert 255 * np.abs(found.ink_at(300, 300) - ink).max() < 3
    assert found.single_ink


def test_gray_and_rgb_agree():
    scan = (0.1 + 0.75 * dots(photograph()))[None].astype(np.float32)
    gray, rgb = measure_ink_and_paper(scan), measure_ink_and_paper(scan.repeat(3, 0))
    assert gray.single_ink
    assert gray.paper.shape == (1, GRID, GRID)
    assert gray.paper_color == pytest.approx((0.85,), abs=0.005)
    assert gray.ink_color == pytest.approx((0.1,), abs=0.005)
    assert rgb.paper_color == pytest.approx(gray.paper_color * 3, abs=1e-3)


def test_color_prints_have_several_inks_and_color_washes_out_of_one():
    rgb = np.moveaxis(data.astronaut()[:300, :300].astype(np.float32) / 255, 2, 0)
    assert not measure_ink_and_paper(rgb).single_ink
    assert not measure_ink_and_paper(np.stack([dots(rgb[c], angle_deg=15.0 + 30 * c) for c in range(3)])).single_ink
    luma = rgb.mean(axis=0)
    red = np.stack([0.9 + 0 * luma, 0.2 + 0.6 * dots(luma), 0.15 + 0.6 * dots(luma)]).astype(np.float32)
    assert measure_ink_and_paper(red).single_ink


@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 1, 40), (3, 7, 5), (1, 128, 128)])
def test_odd_pictures_have_an_answer(shape):
    flat = measure_ink_and_paper(np.full(shape, 0.6, np.float32))
    assert flat.paper_color == pytest.approx((0.6,) * shape[0], abs=1e-3)
    assert np.all(flat.ink <= flat.paper)
    assert flat.paper_at(*shape[1:]).shape == shape
    assert np.isfinite(measure_ink_and_paper(np.zeros(shape, np.float32)).paper).all()


@pytest.mark.parametrize("fall", [0.15, -0.15])
def test_gaps_between_dots_show_the_light_where_bare_paper_lies_at_one_side(fall):
    x = np.indices((300, 300))[1] / 299
    gray = np.clip(photograph(), 0, 0.9)
    gray[:, 240:] = 1.0
    paper = color(PAPER) * (0.85 - fall * (x - 0.5))
    scan = color(INK) + (paper - color(INK)) * dots(gray)
    found = measure_ink_and_paper(scan.astype(np.float32))
    assert found.is_bare
    assert 255 * np.abs(found.paper_at(300, 300) - paper).max() < 4

"""Screens of prints are told from textures as periodic: shaded, in front of a photograph, beside one, lines of text."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from halftone_color.screen.detect import detect

SIDE = 288
Y, X = np.indices((SIDE, SIDE), np.float32)


def photograph(name="camera", top=100, left=100):
    gray = getattr(data, name)().astype(np.float32) / 255
    gray = gray if gray.ndim == 2 else gray @ np.float32([0.299, 0.587, 0.114])
    return gray[top : top + SIDE, left : left + SIDE]


def axes(period_px, angle_deg, bend_px=0.0):
    """Return positions along and across a lattice, in periods."""
    angle = np.deg2rad(angle_deg)
    y, x = Y + bend_px * np.sin(X / 40), X + bend_px * np.sin(Y / 47)
    return (x * np.cos(angle) + y * np.sin(angle)) / period_px, (y * np.cos(angle) - x * np.sin(angle)) / period_px


def dots(gray, period_px, angle_deg, blur_px=0.6, bend_px=0.0):
    """Return a scan of dots that grow with darkness."""
    along, across = axes(period_px, angle_deg, bend_px)
    spot = np.cos(2 * np.pi * along) + np.cos(2 * np.pi * across)
    rank = np.searchsorted(np.sort(spot.ravel()), spot.ravel()).reshape(spot.shape) / spot.size
    return 0.1 + 0.8 * gaussian_filter((gray > rank).astype(np.float32), blur_px)


def shade():
    return 0.55 + 0.4 * np.sin(X / 90 + 0.5) * np.cos(Y / 110)


def weave(period_px, angle_deg):
    along, across = axes(period_px, angle_deg)
    return shade() * (0.75 + 0.12 * np.cos(2 * np.pi * along) + 0.12 * np.cos(2 * np.pi * across))


def polka(period_px, angle_deg):
    along, across = axes(period_px, angle_deg)
    return shade() * np.where(np.hypot(along % 1 - 0.5, across % 1 - 0.5) < 0.3, 0.4, 0.9)


def fence(period_px, angle_deg, wire=0.85):
    along, across = axes(period_px, angle_deg)
    wires = np.minimum(along % 1, across % 1) < 0.22
    return np.where(gaussian_filter(wires.astype(np.float32), 0.5) > 0.5, wire, 0.6 * photograph())


def blinds_beside_a_photograph(period_px, angle_deg):
    along, _ = axes(period_px, angle_deg)
    return np.where(X < 110, photograph("chelsea", 0, 60), shade() * (0.6 + 0.35 * np.cos(2 * np.pi * along)))


def text(period_px, angle_deg):
    """Return lines of one-pixel letters."""
    rng = np.random.default_rng(0)
    letters = rng.random((SIDE, SIDE)) < 0.35
    return np.where(letters & (Y % round(period_px) < 0.55 * period_px), 0.0, 1.0)


def noisy(gray):
    return np.clip(gray + np.random.default_rng(0).normal(0, 0.01, gray.shape), 0, 1)[None].astype(np.float32)


@pytest.mark.parametrize("texture", [weave, polka, fence, blinds_beside_a_photograph])
@pytest.mark.parametrize(("period_px", "angle_deg"), [(4.7, 12.0), (6.3, 33.0), (9.1, 70.0)])
def test_a_texture_is_left_and_said_to_be_in_doubt(texture, period_px, angle_deg):
    screen = detect(noisy(texture(period_px, angle_deg)))
    assert not screen.present
    assert screen.doubt is not None
    assert screen.doubt.period_px == pytest.approx(period_px, rel=0.02)


@pytest.mark.parametrize("period_px", [11.0, 14.0])
def test_lines_of_text_are_no_line_screen(period_px):
    assert not detect(text(period_px, 90.0)[None].astype(np.float32)).present


@pytest.mark.parametrize(("period_px", "angle_deg"), [(3.1, 45.0), (4.7, 12.0), (6.3, 33.0), (9.1, 70.0), (13.0, 45.0)])
@pytest.mark.parametrize("blur", [0.1, 0.25])
def test_dots_are_found_sharp_and_blurred(period_px, angle_deg, blur):
    screen = detect(noisy(dots(photograph(), period_px, angle_deg, blur * period_px)))
    assert screen.kind == "clustered-dot"
    assert screen.doubt is None
    assert screen.period_px == pytest.approx(period_px, rel=0.01)


def test_dots_on_bent_paper_are_found():
    assert detect(noisy(dots(photograph(), 5.0, 45.0, bend_px=0.4))).kind == "clustered-dot"


def test_inks_at_other_angles_make_a_print_of_what_alone_would_be_a_texture():
    black, cyan = polka(4.6, 45.0), polka(4.6, 15.0)
    assert not detect(noisy(black)).present
    assert detect(noisy(black * cyan)).kind == "clustered-dot"

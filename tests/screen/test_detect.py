"""The kind, period and angle of screens made here from photographs, and of pictures that have none."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from skimage import data

from halftone_color.screen.detect import detect


def photograph(name="camera", top=100, left=100, side=256):
    gray = getattr(data, name)().astype(np.float32) / 255
    gray = gray if gray.ndim == 2 else gray @ np.float32([0.299, 0.587, 0.114])
    return gray[top : top + side, left : left + side]


def dots(gray, period_px, angle_deg, oversample=4):
    fine = np.kron(gray, np.ones((oversample, oversample), np.float32))
    y, x = (np.indices(fine.shape) + 0.5) / oversample
    angle = np.deg2rad(angle_deg)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    spot = np.cos(2 * np.pi * along / period_px) + np.cos(2 * np.pi * across / period_px)
    some = np.sort(spot[::41, ::43].ravel())
    threshold = np.searchsorted(some, spot.ravel()).reshape(spot.shape) / some.size
    halftone = (fine > threshold).astype(np.float32)
    return halftone.reshape(gray.shape[0], oversample, gray.shape[1], oversample).mean(axis=(1, 3))


def floyd_steinberg(gray):
    rest, halftone = np.pad(gray, ((0, 1), (1, 1))).astype(np.float64), np.zeros_like(gray)
    for y in range(gray.shape[0]):
        for x in range(gray.shape[1]):
            halftone[y, x] = rest[y, x + 1] >= 0.5
            error = rest[y, x + 1] - halftone[y, x]
            rest[y, x + 2] += error * 7 / 16
            rest[y + 1, x : x + 3] += error * np.array([3, 5, 1]) / 16
    return halftone


def bayer(gray, order=3):
    matrix = np.zeros((1, 1))
    for _ in range(order):
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    threshold = np.tile((matrix + 0.5) / matrix.size, np.array(gray.shape) // len(matrix))
    return (gray > threshold).astype(np.float32)


def text(height=400, width=400):
    page = np.ones((height, width), np.float32)
    rng = np.random.default_rng(0)
    for top in range(20, height - 30, 22):
        for left in range(20, width - 30, 12):
            page[top : top + 14, left : left + 8] = rng.random((7, 4)).repeat(2, axis=0).repeat(2, axis=1) > 0.4
    return page


@pytest.mark.parametrize(
    ("period_px", "angle_deg"), [(2.4, 45.0), (3.0, 37.0), (4.0, 0.0), (5.3, 46.7), (8.0, 75.0), (13.0, 20.0)]
)
def test_dots_have_their_period_and_angle(period_px, angle_deg):
    screen = detect(dots(photograph(), period_px, angle_deg)[None])
    assert screen.kind == "clustered-dot"
    assert screen.period_px == pytest.approx(period_px, rel=0.01)
    assert abs((screen.angle_deg - angle_deg + 45) % 90 - 45) < 1
    assert 0 <= screen.angle_deg < 90
    assert screen.strength > 20


def test_dots_after_printing_and_scanning():
    rng = np.random.default_rng(1)
    print_ = 0.15 + 0.7 * gaussian_filter(dots(photograph(), 4.5, 30.0), 0.3 * 4.5)
    screen = detect((print_ + rng.normal(0, 0.03, print_.shape))[None].astype(np.float32))
    assert screen.kind == "clustered-dot"
    assert screen.period_px == pytest.approx(4.5, rel=0.01)


def test_bilevel_dots_are_not_taken_for_their_moire():
    screen = detect((dots(photograph(), 5.9, 24.0) > 0.5)[None].astype(np.float32))
    assert (screen.kind, round(screen.period_px, 1), round(screen.angle_deg)) == ("clustered-dot", 5.9, 24)


@pytest.mark.parametrize("angle_deg", [0.0, 20.0, 45.0, 89.5, 100.0, 170.0])
def test_lines_have_an_angle_of_half_a_turn(angle_deg):
    y, x = np.indices((256, 256))
    angle = np.deg2rad(angle_deg)
    phase = (x * np.cos(angle) + y * np.sin(angle)) / 5.5 % 1
    screen = detect((photograph() > np.abs(2 * phase - 1)).astype(np.float32)[None])
    assert screen.kind == "line"
    assert screen.period_px == pytest.approx(5.5, rel=0.01)
    assert abs((screen.angle_deg - angle_deg + 90) % 180 - 90) < 1


def test_dots_finer_than_two_pixels_between_the_axes():
    screen = detect(dots(photograph(), 1.8, 45.0)[None])
    assert (screen.kind, round(screen.period_px, 2), round(screen.angle_deg)) == ("clustered-dot", 1.8, 45)


def test_a_checkerboard_alone_is_no_ordered_dither():
    y, x = np.indices((256, 256))
    assert detect((photograph() * 0.9 + 0.05 * ((x + y) % 2))[None].astype(np.float32)).kind == "none"


def test_a_small_patch_of_pattern_in_a_large_photograph_is_no_screen():
    large = np.tile(photograph("astronaut", 0, 0, 512), (3, 3)) * 0.8 + 0.1
    assert detect(large[None]).kind == "none"
    large[300:520, 300:520] = dots(photograph(side=220), 4.0, 30.0)
    assert detect(large[None]).kind == "none"


def test_error_diffusion_and_ordered_dither():
    assert detect(floyd_steinberg(photograph(side=160))[None]).kind == "error-diffusion"
    assert detect(bayer(photograph())[None]).kind == "ordered"


@pytest.mark.parametrize("name", ["camera", "astronaut", "coffee", "chelsea", "brick", "grass", "gravel"])
def test_photographs_and_textures_have_none(name):
    gray = photograph(name, top=20, left=20, side=270)
    noisy = gray + np.random.default_rng(0).normal(0, 20 / 255, gray.shape)
    assert detect(gray[None]).kind == "none"
    assert detect(np.clip(noisy, 0, 1)[None].astype(np.float32)).kind == "none"


def test_text_and_blank_paper_have_none():
    assert detect(text()[None]).kind == "none"
    assert detect(np.full((1, 300, 200), 0.8, np.float32)).kind == "none"
    assert detect(np.zeros((1, 5, 3), np.float32)).kind == "none"


def test_one_photograph_on_a_large_page_is_found():
    page = text(1600, 1300)
    page[500:756, 300:556] = dots(photograph(), 4.0, 45.0)
    screen = detect(page[None])
    assert screen.kind == "clustered-dot"
    assert screen.period_px == pytest.approx(4.0, rel=0.01)


def test_same_picture_same_answer_and_no_change_to_it():
    halftone = dots(photograph(side=128), 4.0, 45.0)[None]
    before = halftone.copy()
    assert detect(halftone) == detect(halftone) == detect(halftone, threads=3)
    assert np.array_equal(halftone, before)


def test_tiny_drawings_are_no_halftones():
    rng = np.random.default_rng(0)
    for side in (1, 3, 8, 16, 23):
        for _ in range(10):
            drawing = (rng.random((1, side, 60), np.float32) > 0.5).astype(np.float32)
            assert not detect(drawing).present
            assert not detect(drawing.swapaxes(1, 2)).present

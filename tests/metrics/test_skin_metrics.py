"""Where skin is and how its colors spread, on constructed pictures and on Gaussian draws."""

import numpy as np
import pytest
from skimage.color import lab2rgb

from halftone_color.metrics import skin


def from_lab(lightness, a, b):
    return lab2rgb(np.stack(np.broadcast_arrays(lightness, a, b)).astype(float), channel_axis=0).astype(np.float32)


def gray_with(*squares, side=100):
    """A neutral picture with squares (top, left, side) of the color of skin."""
    a, b = np.zeros((2, side, side))
    for top, left, size in squares:
        a[top : top + size, left : left + size], b[top : top + size, left : left + size] = 12, 16
    return from_lab(np.full((side, side), 60.0), a, b)


def test_the_box_of_skin():
    degrees = np.radians([17, 19, 45, 71, 73, 45, 45])
    chroma = np.array([20, 20, 20, 20, 20, 8.9, 40.1])
    inside = skin.is_skin_color(chroma * np.cos(degrees), chroma * np.sin(degrees))
    assert inside.tolist() == [False, True, True, True, False, False, False]


def test_regions_lose_a_margin_and_small_ones_are_told():
    everywhere, small = skin.skin_of(gray_with((10, 20, 9), (40, 40, 30)))
    expected_small, expected = np.zeros((2, 100, 100), bool)
    expected_small[12:17, 22:27] = True  # 9 px less 2 on each side; 9 x 9 px are under a tenth of 100 px squared
    expected[42:68, 42:68] = True
    np.testing.assert_array_equal(small, expected_small)
    np.testing.assert_array_equal(everywhere, expected_small | expected)


@pytest.mark.parametrize(("size", "is_small"), [(9, True), (10, False)])
def test_small_is_under_a_tenth_of_the_shorter_side_squared(size, is_small):
    _, small = skin.skin_of(gray_with((30, 30, size)))
    assert small.any() == is_small


def test_the_border_of_the_picture_is_no_border_of_skin():
    everywhere, _ = skin.skin_of(gray_with((0, 0, 100)))
    assert everywhere.all()


@pytest.fixture
def drawn():
    """Draws of three Gaussians, one a third of luma: ab (n, 2), luma (n,)."""
    rng = np.random.default_rng(0)
    luma = rng.uniform(0, 1, 60000)
    third = np.minimum((luma * 3).astype(int), 2)
    means, roots = np.array([[10, 12], [14, 18], [12, 20]]), rng.uniform(-4, 4, (3, 2, 2))
    return means[third] + np.einsum("nij,nj->ni", roots[third], rng.standard_normal((60000, 2))), luma


def test_the_ellipse_holds_95_percent_of_each_third(drawn):
    ab, luma = drawn
    fit = skin.SkinFit()
    for part in (slice(0, 1000), slice(1000, None)):  # in parts as of all
        fit.add(ab[part], luma[part])
    colors = fit.fit()
    held = colors.contain(ab, luma)
    for third in range(3):
        own = skin.third_of(luma) == third
        assert held[own].mean() == pytest.approx(0.95, abs=0.005)
        np.testing.assert_allclose(colors.means[third], ab[own].mean(0))
        np.testing.assert_allclose(np.linalg.inv(colors.precisions[third]), np.cov(ab[own].T, bias=True), rtol=1e-6)
    assert colors.contain(colors.means, np.array([0.1, 0.5, 0.9])).all()
    assert not colors.contain(colors.means + 100, np.array([0.1, 0.5, 0.9])).any()


def test_too_little_skin_has_no_ellipse():
    fit = skin.SkinFit()
    assert fit.fit() is None
    fit.add(np.full((9, 2), 10.0), np.linspace(0, 1, 9))
    assert fit.fit() is None  # one color has no spread


def test_pixels_where_the_mask_says():
    rgb, where = gray_with((10, 20, 9)), np.zeros((100, 100), bool)
    where[14, 24] = where[50, 50] = True
    ab = skin.pixels_of(rgb, where)
    np.testing.assert_allclose(ab, [[12, 16], [0, 0]], atol=0.05)
    np.testing.assert_allclose(skin.luma_of(rgb, where), [rgb[:, 14, 24] @ [0.299, 0.587, 0.114], rgb[0, 50, 50]], 1e-4)
    assert skin.gray_share(ab) == 0.5
    assert skin.gray_share(np.array([[3.0, 4.1], [3.0, 3.9]])) == 0.5  # chroma 5.08 and 4.92

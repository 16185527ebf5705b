"""What the network leaves of a screen goes, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from halftone_color.descreeners._residue import remove_residue
from halftone_color.metrics.screen_power import screen_power_ratio
from halftone_color.types import Screen

PERIOD_PX, ANGLE_DEG = 4.7, 28.0
DOTS, OTHER_DOTS = Screen("clustered-dot", PERIOD_PX, ANGLE_DEG), Screen("clustered-dot", 8.0, 70.0)
UNKNOWN = Screen("stochastic")


def wave(height, width, period_px=PERIOD_PX, angle_deg=ANGLE_DEG):
    """Return a screen's two crossed waves, (1, H, W) of amplitude 1 each."""
    y, x = np.mgrid[:height, :width]
    cos, sin = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    along, across = x * cos + y * sin, y * cos - x * sin
    return (np.cos(2 * np.pi * along / period_px) + np.cos(2 * np.pi * across / period_px))[None].astype(np.float32)


@pytest.fixture(scope="module")
def clean(scene):
    """Return a picture with some grain, so that no frequency is empty."""
    grain = 0.01 * np.random.default_rng(0).standard_normal((1, 300, 217), dtype=np.float32)
    return scene(300, 217)[:1] * 0.5 + 0.25 + grain


@pytest.fixture(scope="module")
def screen(clean):
    return wave(*clean.shape[1:])


@pytest.mark.parametrize("known", [UNKNOWN, DOTS], ids=["unknown", "dots"])
def test_a_faint_screen_goes(known, clean, screen):
    left = clean + 0.03 * screen
    found = remove_residue(left, clean + 0.2 * screen, known)
    assert found.shape == clean.shape
    assert found.dtype == np.float32
    inside = (0, slice(8, -8), slice(8, -8))
    before, after = (np.sum((x - clean)[inside] * screen[inside]) for x in (left, found))
    assert abs(after) < 0.05 * before
    assert np.abs(found - clean)[inside].mean() < 0.3 * np.abs(left - clean)[inside].mean()


def test_power_at_the_screen_falls_below_that_around_it(clean, screen):
    found = remove_residue(clean + 0.03 * screen, clean + 0.2 * screen, DOTS)
    assert screen_power_ratio(clean + 0.03 * screen, PERIOD_PX, ANGLE_DEG) > 100
    assert screen_power_ratio(found, PERIOD_PX, ANGLE_DEG) < 1.5


def test_waves_that_the_network_makes_of_a_known_screen_go(clean, screen):
    """Here at the diagonal of its lattice, where the halftone itself has none."""
    diagonal = wave(*clean.shape[1:], PERIOD_PX / 2**0.5, ANGLE_DEG + 45)
    made, halftone = clean + 0.02 * diagonal, clean + 0.2 * screen
    known = remove_residue(made, halftone, DOTS)
    unknown = remove_residue(made, halftone, Screen("clustered-dot", 9.3, 5.0))
    assert np.abs(known - clean).mean() < 0.4 * np.abs(unknown - clean).mean()


def test_a_screen_of_a_small_part_of_a_page_goes():
    page = 0.5 + 0.05 * np.random.default_rng(3).standard_normal((1, 800, 800), dtype=np.float32)
    part, screen = (0, slice(300, 500), slice(300, 500)), wave(800, 800)
    left = page.copy()
    left[part] += 0.03 * screen[part]
    found = remove_residue(left, left, DOTS)
    before, after = (np.sum((x - page)[part] * screen[part]) for x in (left, found))
    assert after < 0.3 * before


def test_what_clipping_at_black_brings_back_goes_again():
    """Patches of faint white dots on black, from which nothing can be taken between the dots."""
    rng = np.random.default_rng(5)
    grain = 0.002 * rng.random((1, 384, 384), dtype=np.float32)
    patches = (rng.random((1, 96, 96)) < 0.3).repeat(4, 1).repeat(4, 2)
    dots = patches * np.clip(wave(384, 384) - 1.2, 0, 1)
    found = []
    for most in (0.0, 1.0):
        result = remove_residue(grain + 0.15 * dots, np.clip(grain + 2 * dots, 0, 1), DOTS, most_again=most)
        assert result.min() >= 0
        found.append(screen_power_ratio(result, PERIOD_PX, ANGLE_DEG))
    assert found[1] < 0.75 * found[0]


def test_lines_of_text_are_no_waves():
    """Their spacing stands out throughout, but the network keeps it."""
    page = Image.new("L", (400, 400), 255)
    letters = np.random.default_rng(0).choice(list("etaoin shrdlu cmfw "), (25, 80))
    for line, text in enumerate(letters):
        ImageDraw.Draw(page).text((4, 4 + 16 * line), "".join(text), 0, ImageFont.load_default(12))
    gray = np.asarray(page, np.float32)[None] / 255
    assert np.abs(remove_residue(gray, gray, Screen("clustered-dot", 3.5, 45.0)) - gray).mean() < 3e-3


def test_where_nothing_is_left_nothing_goes(clean, screen):
    found = remove_residue(clean, clean + 0.2 * screen, DOTS)
    assert np.abs(found - clean).mean() < 2e-3
    np.testing.assert_allclose(found.mean(), clean.mean(), atol=1e-4)


def test_without_a_screen_the_picture_stays(clean):
    np.testing.assert_array_equal(remove_residue(clean, clean, UNKNOWN), clean)


def test_texture_that_the_network_kept_is_no_screen(clean, screen):
    """Unless it has the known screen's period and angle, or a screen is known and it fades and runs throughout."""
    woven, faded = clean + 0.1 * screen, clean + 0.09 * screen
    np.testing.assert_array_equal(remove_residue(woven, woven, UNKNOWN), woven)
    np.testing.assert_array_equal(remove_residue(faded, woven, UNKNOWN), faded)
    assert np.abs(remove_residue(woven, woven, OTHER_DOTS) - woven).mean() < 2e-3
    assert np.abs(remove_residue(woven, woven, DOTS) - woven).mean() > 0.02
    assert np.abs(remove_residue(faded, woven, OTHER_DOTS) - faded).mean() > 0.02
    for partly in (woven, faded):
        partly[:, 60:] = clean[:, 60:]
    assert np.abs(remove_residue(faded, woven, OTHER_DOTS) - faded).mean() < 2e-3


def test_pictures_smaller_than_a_window_stay(clean, screen):
    small = np.ascontiguousarray((clean + 0.03 * screen)[:, :127])
    np.testing.assert_array_equal(remove_residue(small, small + 0.2 * screen[:, :127], DOTS), small)


def test_the_result_stays_in_range(screen):
    extreme = (screen > 0).astype(np.float32)
    found = remove_residue(np.clip(0.9 + 0.1 * screen, 0, 1), extreme, DOTS)
    assert found.min() >= 0
    assert found.max() <= 1


@pytest.mark.parametrize("height", [128, 191, 192, 193, 300, 447, 512, 513])
def test_in_place_and_by_several_threads_it_is_the_same(height):
    rows, columns = np.mgrid[:height, :150].astype(np.float32)
    picture = 0.5 + 0.2 * np.sin(rows / 37) * np.cos(columns / 23)
    dots = np.cos(2 * np.pi * rows / 5) * np.cos(2 * np.pi * columns / 5)
    page, halftone = (np.asarray((picture + a * dots)[None], np.float32) for a in (0.03, 0.25))
    five = Screen("clustered-dot", 5.0, 0.0)
    wanted = remove_residue(page, halftone, five)
    assert np.abs(wanted - page).max() > 0.01
    assert remove_residue(page, halftone, five, threads=3, out=page) is page
    np.testing.assert_array_equal(page, wanted)


def test_letters_beside_dots_stay(screen):
    page = Image.new("L", (217, 150), 255)
    for line in range(9):
        ImageDraw.Draw(page).text((4, 4 + 16 * line), "minimum hallo sphinx of black", 0, ImageFont.load_default(13))
    letters = np.asarray(page, np.float32)[None] / 255
    halftone = np.concatenate([letters, 0.5 + 0.2 * screen[:, :150]], 1)
    made = np.concatenate([letters, 0.5 + 0.03 * screen[:, :150]], 1)
    found = remove_residue(made, halftone, DOTS)
    assert np.abs(found[:, :150] - letters)[0, :110, :180].max() < 0.01
    assert found[:, 190:].std() < 0.3 * made[:, 190:].std()

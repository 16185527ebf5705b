"""Clustered dots: period and angle by their spectra, evenly spread thresholds, and every option refused or obeyed."""

import numpy as np
import pytest
from scipy.ndimage import label

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.halftoners.clustered_dot import SHAPES, SHIFT_PX, ClusteredDotHalftoner, thresholds
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

RUN = Run.open(Conditions(device="cpu"))


def halftone(gray, period_px=None, **options):
    return ClusteredDotHalftoner(period_px, **options)(Task(gray), RUN)


def peak(plane, near_px):
    """Return period in px and angle in [0, 180) degrees of the strongest wave longer than `near_px` * .8."""
    side = len(plane)
    window = np.hanning(side)[:, None] * np.hanning(side)
    power = np.abs(np.fft.rfft2((plane - plane.mean()) * window, (4 * side, 4 * side)))
    down, across = np.fft.fftfreq(4 * side)[:, None], np.fft.rfftfreq(4 * side)[None, :]
    power[(np.hypot(down, across) > 1.25 / near_px) | (np.hypot(down, across) < 0.5 / near_px)] = 0
    row, column = np.unravel_index(np.argmax(power), power.shape)
    y, x = down[row, 0], across[0, column]
    return 1 / np.hypot(x, y), np.degrees(np.arctan2(y, x)) % 180


def flat(tone, side=256):
    return np.full((1, side, side), tone, np.float32)


@pytest.mark.parametrize(
    ("period_px", "angle_deg"), [(4.0, 45.0), (5.3, 15.0), (6.0, 75.0), (8.0, 30.0), (11.7, 100.0), (3.2, 160.0)]
)
def test_lines_have_the_period_and_the_angle_asked_for(period_px, angle_deg):
    is_px, is_deg = peak(halftone(flat(0.5), period_px, angle_deg=angle_deg, shape="line")[0], period_px)
    assert is_px == pytest.approx(period_px, rel=0.02)
    assert is_deg == pytest.approx(angle_deg, abs=1)


@pytest.mark.parametrize("shape", ["round", "diamond", "ellipse"])
@pytest.mark.parametrize(("period_px", "angle_deg"), [(4.0, 45.0), (6.0, 15.0), (8.5, 75.0)])
def test_dots_have_the_period_and_the_angle_asked_for(shape, period_px, angle_deg):
    is_px, is_deg = peak(halftone(flat(0.6), period_px, angle_deg=angle_deg, shape=shape)[0], period_px)
    assert is_px == pytest.approx(period_px, rel=0.02)
    assert is_deg % 90 == pytest.approx(angle_deg % 90, abs=1)  # both axes of the grid carry dots


def test_lpi_without_dpi_takes_the_resolution_of_the_picture():
    alone = ClusteredDotHalftoner(lpi=85, angle_deg=30.0)
    assert alone.at_resolution((600.0, 600.0)).spacing_px == pytest.approx(600 / 85)
    assert alone.at_resolution((200.0, 100.0)).spacing_px == pytest.approx(np.hypot(200 * 0.75**0.5, 50) / 85)
    given = ClusteredDotHalftoner(lpi=85, dpi=600)
    assert given.at_resolution((300.0, 300.0)) == given
    with pytest.raises(UsageError, match="add dpi"):
        alone(Task(flat(0.5, 32)), RUN)
    with pytest.raises(UsageError, match="at least 2 px"):
        alone.at_resolution((100.0, 100.0))


def test_lpi_is_dpi_over_period():
    assert ClusteredDotHalftoner(lpi=85, dpi=600).spacing_px == pytest.approx(600 / 85)
    same = halftone(flat(0.3, 64), period_px=6.0), halftone(flat(0.3, 64), lpi=100, dpi=600)
    assert np.array_equal(*same)
    assert np.array_equal(same[0], halftone(flat(0.3, 64)))


@pytest.mark.parametrize("shape", SHAPES)
def test_thresholds_are_spread_evenly_into_the_tails(shape):
    levels = np.sort(thresholds(400, 400, 7.3, 22.5, shape, (0.3, 0.8), 2).ravel())
    assert 0 < levels[0] < 1e-4
    assert 1 - 1e-4 < levels[-1] < 1
    assert np.abs(levels - (np.arange(levels.size) + 0.5) / levels.size).max() < 0.005


@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_ramp_keeps_its_mean(shape, antialias):
    gray = np.linspace(0, 1, 300, dtype=np.float32)[None, :, None].repeat(300, 2)  # longer than a band
    screened = halftone(gray, shape=shape, antialias=antialias, angle_deg=37)
    for part, wanted in zip(np.split(screened, 6, axis=1), np.split(gray, 6, axis=1), strict=True):
        assert part.mean() == pytest.approx(wanted.mean(), abs=0.01)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("angle_deg", [0, 90, 270])
def test_whole_periods_along_the_rows_have_every_tone_of_their_cell(shape, angle_deg):
    for dark in range(0, 37, 3):
        printed = halftone(flat(dark / 36, 96), 6.0, angle_deg=angle_deg, shape=shape)
        assert printed.mean() == pytest.approx(dark / 36)
        assert np.array_equal(printed[:, 6:, 6:], printed[:, :-6, :-6])


@pytest.mark.parametrize("linear", [False, True])
def test_linear_light_keeps_the_linear_mean(linear):
    light = ((0.5 + 0.055) / 1.055) ** 2.4
    assert halftone(flat(0.5), linear=linear).mean() == pytest.approx(light if linear else 0.5, abs=0.01)
    seen = halftone(flat(0.5), linear=linear, antialias=True)
    if linear:
        seen = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4)
    assert seen.mean() == pytest.approx(light if linear else 0.5, abs=0.01)


@pytest.mark.parametrize("shape", ["round", "diamond", "ellipse"])
def test_light_tones_are_dark_dots_and_dark_tones_light_holes_one_to_a_period(shape):
    light = halftone(flat(0.85, 160), 10.0, angle_deg=20, shape=shape)[0]
    dark = halftone(flat(0.15, 160), 10.0, angle_deg=20, shape=shape)[0]
    eight = np.ones((3, 3))
    for islands, sea in ((light == 0, light == 1), (dark == 1, dark == 0)):
        assert label(sea)[1] == 1
        assert label(islands, eight)[1] == pytest.approx((160 / 10) ** 2, rel=0.15)  # those on the edge count as well


def test_an_ellipse_is_longer_along_the_axis():
    dots, count = label(halftone(flat(0.85, 200), 20.0, angle_deg=0, shape="ellipse")[0] == 0)
    heights = [np.ptp(np.nonzero(dots == i)[0]) for i in range(1, count + 1)]
    widths = [np.ptp(np.nonzero(dots == i)[1]) for i in range(1, count + 1)]
    assert np.median(widths) > 1.1 * np.median(heights)


def test_samples_lie_at_the_centers_of_subpixels():
    fine = thresholds(20, 30, 6.0, 33.0, "round", (0.2, 0.4), 3)
    assert fine.shape == (60, 90)
    assert np.array_equal(fine[1::3, 1::3], thresholds(20, 30, 6.0, 33.0, "round", (0.2, 0.4)))
    assert np.array_equal(fine, thresholds(60, 90, 18.0, 33.0, "round", (0.2, 0.4)))


def test_a_phase_of_one_period_changes_nothing_and_half_a_period_does():
    still, round_again, half = (thresholds(40, 40, 8.0, 30.0, "round", phase) for phase in ((0, 0), (1, -2), (0.5, 0)))
    assert np.abs(still - round_again).mean() < 1e-3
    assert np.abs(still - half).mean() > 0.1


def test_antialiasing_gives_gray_edges():
    crisp, soft = halftone(flat(0.4, 64), 8.0), halftone(flat(0.4, 64), 8.0, antialias=True)
    assert set(np.unique(crisp)) == {0, 1}
    assert set(np.unique(soft * 16) % 1) == {0}
    assert 0.1 < ((soft > 0) & (soft < 1)).mean() < 0.9


@pytest.mark.parametrize("row", [63, 64, 127])
def test_bands_do_not_show(row):
    whole = halftone(flat(0.5, 200), 9.1, angle_deg=33, shape="line")[0]
    levels = thresholds(200, 200, 9.1, 33, "line", (SHIFT_PX[0] / 9.1, SHIFT_PX[1] / 9.1))
    assert (whole[row] == (levels[row] < 0.5)).mean() > 0.98


def test_the_screen_of_an_ink_is_turned_and_takes_tones_as_they_are():
    ink = ClusteredDotHalftoner(7.0, angle_deg=20.0, shape="line", antialias=True, linear=True).ink_screen(-30.0)
    assert ink == ClusteredDotHalftoner(7.0, angle_deg=170.0, shape="line", antialias=True)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"period_px": 6, "lpi": 85, "dpi": 600}, "given twice"),
        ({"dpi": 1.5}, "cannot state 1.5 dpi"),
        ({"dpi": 1e6}, "from 2 to 65535"),
        ({"lpi": -85, "dpi": 300}, "must be positive"),
        ({"lpi": 0, "dpi": 300}, "must be positive"),
        ({"lpi": 300, "dpi": 300}, "at least 2 px"),
        ({"period_px": 1.5}, "at least 2 px"),
        ({"period_px": float("nan")}, "at least 2 px"),
        ({"angle_deg": float("inf")}, "degrees"),
        ({"shape": "star"}, "round, line, diamond, ellipse"),
        ({"size": 8}, "no option 'size'"),
    ],
)
def test_what_cannot_be_is_refused(values, says):
    with pytest.raises(UsageError, match=says):
        registry.build("halftoners", Choice.of("clustered_dot", values))

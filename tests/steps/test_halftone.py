"""Four-color prints: paper and black as they are, means near the picture's, the inks at their angles."""

import numpy as np
import pytest
from skimage import data

from halftone_color import registry
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.steps.halftone import halftone_cmyk

NAMES = [name for name in registry.entries("halftoners") if not registry.build("halftoners", Choice.of(name)).networks]
RUN = Run.open(Conditions(device="cpu"))


def print_of(rgb, name="clustered-dot", **options):
    return halftone_cmyk(rgb, registry.build("halftoners", Choice.of(name, options)), RUN)


def flat(*color, side=160):
    return np.broadcast_to(np.float32(color)[:, None, None], (3, side, side))


def to_linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


@pytest.mark.parametrize("name", NAMES)
def test_white_black_and_full_inks_stay(name):
    for color in ((1, 1, 1), (0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0), (1, 0, 0), (0, 0, 1)):
        assert np.array_equal(print_of(flat(*color, side=24), name), flat(*color, side=24))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"atkinson"}))
@pytest.mark.parametrize("linear", [False, True])
def test_the_mean_color_of_a_photograph_stays(name, linear):
    rgb = (data.astronaut()[:256, 128:384].transpose(2, 0, 1) / 255).astype(np.float32)
    printed = print_of(rgb, name, linear=linear)
    assert (printed.shape, printed.dtype) == (rgb.shape, np.float32)
    assert set(np.unique(printed)) == {0, 1}
    space = to_linear if linear else np.asarray
    assert space(printed).mean((1, 2)) == pytest.approx(space(rgb).mean((1, 2)), abs=0.01)


@pytest.mark.parametrize("color", [(0.3, 0.6, 0.8), (0.9, 0.7, 0.6), (0.2, 0.25, 0.1), (0.5, 0.5, 0.5)])
@pytest.mark.parametrize("antialias", [False, True])
def test_flat_colors_keep_their_mean(color, antialias):
    printed = print_of(flat(*color), antialias=antialias)
    assert printed.mean((1, 2)) == pytest.approx(color, abs=0.02)


def wave(plane):
    """Return the angle in [0, 90) degrees of the strongest wave near the period of 8 px."""
    window = np.hanning(len(plane))[:, None] * np.hanning(len(plane))
    power = np.abs(np.fft.rfft2((plane - plane.mean()) * window, (1024, 1024)))
    down, across = np.fft.fftfreq(1024)[:, None], np.fft.rfftfreq(1024)[None, :]
    power[np.abs(np.hypot(down, across) - 1 / 8) > 0.02] = 0
    row, column = np.unravel_index(np.argmax(power), power.shape)
    return np.degrees(np.arctan2(down[row, 0], across[0, column])) % 90


@pytest.mark.parametrize(
    ("color", "channel", "angle_deg"), [((0.4, 1, 1), 0, 15), ((1, 0.4, 1), 1, 75), ((1, 1, 0.4), 2, 0)]
)
def test_each_ink_has_its_angle(color, channel, angle_deg):
    printed = print_of(flat(*color, side=256), period_px=8.0)
    off = (wave(printed[channel]) - angle_deg + 45) % 90 - 45
    assert abs(off) < 1
    assert all(printed[other].min() == 1 for other in {0, 1, 2} - {channel})


def test_black_has_the_angle_asked_for_and_the_inks_turn_with_it():
    dark = flat(0.1, 0.1, 0.1, side=256)
    black = print_of(dark, period_px=8.0).max(0)  # what no color ink covers shows black alone
    assert abs(wave(black) - 45) < 1
    turned = print_of(flat(0.4, 1, 1, side=256), period_px=8.0, angle_deg=55.0)
    assert abs(wave(turned[0]) - 25) < 1


def test_gray_pictures_print_in_one_ink_with_methods_without_angles():
    printed = print_of(flat(0.3, 0.3, 0.3), "stucki")
    assert np.array_equal(printed[0], printed[1])
    assert np.array_equal(printed[0], printed[2])


@pytest.mark.parametrize("name", ["clustered-dot", "stucki"])
def test_progress_rises_to_one_over_the_inks(name):
    shares = []
    run = RUN.with_progress(shares.append)
    halftone_cmyk(flat(0.3, 0.5, 0.7, side=24), registry.build("halftoners", Choice(name)), run)
    inks = 4 if name == "clustered-dot" else 3
    assert shares == pytest.approx([(ink + 1) / inks for ink in range(inks)])

"""Blue noise by its spectrum, its spacing and the tones it keeps."""

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.halftoners.blue_noise import BlueNoiseHalftoner, ranks
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

RUN = Run.open(Conditions(device="cpu"))


def pattern_of(tone):
    """Return one tile (64, 64) of a flat tone."""
    return BlueNoiseHalftoner()(Task(np.full((1, 64, 64), tone, np.float32)), RUN)[0]


def test_every_rank_comes_once():
    for dark in (0, 1, 409, 2048, 4095, 4096):
        assert pattern_of(dark / 4096).sum() == dark
    assert np.array_equal(np.sort(ranks(), axis=None), np.arange(4096))


@pytest.mark.parametrize("tone", [0.1, 0.5, 0.85])
def test_there_is_little_power_at_low_frequencies_and_no_direction(tone):
    pattern = pattern_of(tone)
    power = np.abs(np.fft.fft2(pattern - pattern.mean())) ** 2 / (pattern.var() * pattern.size)  # white noise: 1
    down, across = np.meshgrid(np.fft.fftfreq(64), np.fft.fftfreq(64), indexing="ij")
    radius = np.hypot(down, across)
    principal = np.sqrt(min(tone, 1 - tone))  # Ulichney: cycles per px
    assert power[(radius > 0) & (radius < 0.4 * principal)].mean() < 0.12
    upper = radius > 0.8 * min(principal, 0.5)
    assert power[upper].mean() > 0.9
    flat, steep = upper & (np.abs(across) > np.abs(down)), upper & (np.abs(across) < np.abs(down))
    assert power[flat].mean() == pytest.approx(power[steep].mean(), rel=0.15)


def test_dots_stay_apart_in_light_tones():
    dots = np.argwhere(pattern_of(0.95) == 0)
    away = np.abs(dots[:, None] - dots[None])
    distance = np.hypot(*np.moveaxis(np.minimum(away, 64 - away), -1, 0)) + 1e9 * np.eye(len(dots))
    assert distance.min() >= 2  # random dots of that density touch
    assert distance.min(1).mean() > 0.7 / np.sqrt(0.05)  # of the spacing of a square grid


def test_the_tile_is_made_the_same_again():
    assert np.array_equal(ranks.__wrapped__(), ranks())


def test_synonyms():
    assert registry.find("halftoners", "Void-and-Cluster").name == "blue-noise"

"""Tones are read between ink and paper; tints and uneven light go, dot gain is taken back, and paper can return."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.errors import UsageError
from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.screen import tone

YELLOW, BROWN = np.array([0.87, 0.80, 0.62], np.float32), np.array([0.22, 0.16, 0.10], np.float32)


@pytest.fixture(scope="module")
def dots(scene):
    """Return bilevel dots on a page with a blank margin, and full ink somewhere."""
    page = np.ones((200, 240), np.float32)
    page[30:170, 40:200] = scene(140, 160)[0]
    page[150:170, 40:200] = 0
    return (page > thresholds(200, 240, 6.0, 45.0, "round")).astype(np.float32)


def printed(dots, light):
    return (BROWN + (YELLOW - BROWN) * dots[..., None]).transpose(2, 0, 1) * light


def test_a_yellowed_print_is_read_as_gray(dots):
    light = np.linspace(0.8, 1, 240, dtype=np.float32)[None, None]
    reading = tone.read_tones(printed(dots, light).astype(np.float32))
    assert reading.colors is None
    assert reading.print_ is not None
    np.testing.assert_allclose(reading.correct_tones(reading.gray)[0], dots, atol=0.04)


def test_paper_returns_where_it_is_wanted(dots):
    scan = printed(dots, np.ones((1, 1, 1), np.float32)).astype(np.float32)
    reading = tone.read_tones(scan)
    gray = reading.correct_tones(reading.gray)
    assert gray.shape == (1, 200, 240)
    np.testing.assert_allclose(reading.on_paper(gray), scan, atol=0.03)
    np.testing.assert_allclose(reading.on_paper(np.repeat(gray, 3, 0)), scan, atol=0.03)


def test_what_is_brighter_than_the_paper_that_was_found_is_not_cut_off():
    half = tone.InkAndPaper(np.full((1, 16, 16), 0.5, np.float32), np.zeros((1, 16, 16), np.float32), True)
    ramp = np.linspace(0, 1, 100, dtype=np.float32)[None, None].repeat(100, 1)
    corrected = tone.ToneReading(ramp, None, half).correct_tones(ramp)
    assert np.all(np.diff(corrected[0, 0])[2:-2] > 0)


def test_tones_can_be_read_in_place(dots):
    reading = tone.read_tones(printed(dots, np.ones((1, 1, 1), np.float32)).astype(np.float32))
    wanted, page = reading.correct_tones(reading.gray), reading.gray.copy()
    assert reading.correct_tones(page, out=page) is page
    np.testing.assert_array_equal(page, wanted)
    assert not np.array_equal(reading.gray, wanted), "and without a place to write to, what is given stays as it is"


def test_light_that_no_scanner_throws_is_not_believed(monkeypatch):
    paper = np.linspace(0.3, 0.9, 256, dtype=np.float32).reshape(1, 16, 16)
    steep = tone.InkAndPaper(paper, np.zeros_like(paper), True)
    gentle = tone.InkAndPaper(0.6 + paper / 3, np.zeros_like(paper), True)
    gray = np.full((1, 32, 32), 0.5, np.float32)
    for found, believed in ((steep, False), (gentle, True)):
        monkeypatch.setattr(tone, "measure_ink_and_paper", lambda pixels, screen, found=found: found)
        read = tone.read_tones(gray, "print").print_
        assert (np.ptp(read.paper) > 0) == believed


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_a_blank_page_stays_blank(channels, level):
    blank = np.full((channels, 40, 50), level, np.float32)
    reading = tone.read_tones(blank)
    np.testing.assert_allclose(reading.correct_tones(reading.gray), level, atol=0.01)
    faint = np.clip(reading.gray + 0.03 * (-1) ** np.arange(50), 0, 1)
    assert np.ptp(reading.correct_tones(faint)) < 0.06, "what a network leaves on it is not made larger"
    cream = np.broadcast_to(YELLOW[:, None, None], (3, 40, 50))
    np.testing.assert_allclose(tone.read_tones(cream).correct_tones(tone.read_tones(cream).gray), 1, atol=0.01)


def test_a_digital_halftone_is_what_it_is(dots):
    reading = tone.read_tones(dots[None])
    np.testing.assert_array_equal(reading.gray[0], dots)
    half = np.full((1, 4, 4), 0.5, np.float32)
    for same in (reading.correct_tones, reading.on_paper):
        np.testing.assert_array_equal(same(half), half)
    assert tone.read_tones(dots[None], "print").print_ is not None
    gray_scan = 0.2 + 0.6 * dots[None]
    assert tone.read_tones(gray_scan).print_ is not None
    np.testing.assert_array_equal(tone.read_tones(gray_scan, "digital").gray, gray_scan)


def test_a_color_print_keeps_its_colors_on_white_paper(scene):
    inks = scene(200, 240)
    inks[:, :40] = 1
    inks[0, 50:, :80], inks[2, 50:, 160:] = 0.1, 0.1  # cyan and yellow ink
    cover = np.stack([thresholds(200, 240, 5.0, angle, "round") for angle in (15.0, 75.0, 0.0)])
    scan = np.where(inks > cover, 1.0, 0.12).astype(np.float32) * YELLOW[:, None, None]
    reading = tone.read_tones(scan)
    assert reading.colors is not None
    white = reading.whiten_paper(reading.colors)
    np.testing.assert_allclose(white[:, :36], 1, atol=0.03)
    assert np.abs(rgb_to_ycc(white)[1]).mean() > 0.05


def test_dot_gain_by_hand():
    meant = np.array([[[0.0, 0.25, 0.5, 0.75, 1.0]]], np.float32)  # paper; 1 - meant is covered
    covered = 1 - meant
    grown = 1 - (covered + 0.2 * covered * (1 - covered))
    np.testing.assert_allclose(tone.remove_dot_gain(grown, 0.2), meant, atol=1e-6)


def test_gain_is_taken_from_the_luma_of_colors():
    black_on_white = tone.InkAndPaper(np.ones((1, 16, 16), np.float32), np.zeros((1, 16, 16), np.float32), True)
    color = np.array([0.6, 0.4, 0.3], np.float32)[:, None, None] * np.ones((1, 20, 20), np.float32)
    corrected = tone.ToneReading(color[:1], None, black_on_white).correct_tones(color)
    before, after = rgb_to_ycc(color), rgb_to_ycc(corrected)
    np.testing.assert_allclose(after[0], tone.remove_dot_gain(np.asarray(before[0])), atol=1e-5)
    np.testing.assert_allclose(after[1], before[1], atol=1e-5)


def test_other_tones_are_refused(dots):
    with pytest.raises(UsageError, match="no tone 'sepia'; choose one of auto, digital, print"):
        tone.read_tones(dots[None], "sepia")

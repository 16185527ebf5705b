"""The last step: paper where it is kept, all notes in order, the resolution where the size has stayed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.plan import Plan
from halftone_color.run import Conditions, Run
from halftone_color.screen.pigment import Pigment
from halftone_color.screen.tone import ToneReading, read_tones
from halftone_color.steps.finish import finish
from halftone_color.types import Scan, Screen

GRAY = np.full((1, 24, 32), 0.5, np.float32)
DOTS = Screen("clustered-dot", 4.0, 45.0)
RUN = Run.open(Conditions(device="cpu", precision="float32"))


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3), st.integers(1, 4))
def test_pictures_and_notes_are_handed_on_in_order(found, said, count):
    run = RUN.for_scan()
    for sentence in said:
        run.note(sentence)
    pictures = [GRAY * (k / 4) for k in range(count)]
    result = finish(pictures, Scan(GRAY), Plan(GRAY, DOTS, ToneReading(GRAY), notes=tuple(found)), run)
    assert all(given_ is made for given_, made in zip(result.pictures, pictures, strict=True))
    assert result.notes == (*found, *said)
    assert result.screen is DOTS


@pytest.mark.parametrize(("shape", "dpi"), [((3, 24, 32), (300.0, 200.0)), ((3, 48, 64), None), ((1, 24, 33), None)])
def test_the_resolution_is_kept_where_the_size_is(shape, dpi):
    scan = Scan(GRAY, dpi=(300.0, 200.0))
    result = finish([np.zeros(shape, np.float32)], scan, Plan(GRAY, DOTS, ToneReading(GRAY)), RUN.for_scan())
    assert result.dpi == dpi


@pytest.fixture
def yellowed():
    """Return a print in dark brown on yellow paper."""
    y, x = np.mgrid[:64, :80]
    dots = (np.cos(2 * np.pi * x / 5) + np.cos(2 * np.pi * y / 5) > 0.2).astype(np.float32)
    ink, paper = (np.array(color, np.float32)[:, None, None] for color in ((0.2, 0.15, 0.1), (0.9, 0.82, 0.6)))
    return np.asarray(ink + (paper - ink) * dots, np.float32)


@pytest.mark.parametrize("planes", [1, 3])
def test_the_papers_tint_is_laid_on_where_it_is_kept(planes, yellowed):
    tones = read_tones(yellowed, "print")
    pictures = [np.full((planes, 64, 80), tone, np.float32) for tone in (0.0, 1.0)]
    before = [picture.copy() for picture in pictures]
    scan = Scan(yellowed)
    kept = finish(pictures, scan, Plan(tones.gray, DOTS, tones, keep_paper=True), RUN.for_scan())
    ink, paper = (picture.mean((1, 2)) for picture in kept.pictures)
    np.testing.assert_allclose(ink, (0.2, 0.15, 0.1), atol=0.05)
    np.testing.assert_allclose(paper, (0.9, 0.82, 0.6), atol=0.05)
    plain = finish(pictures, scan, Plan(tones.gray, DOTS, tones), RUN.for_scan())
    for picture, same in zip(plain.pictures, before, strict=True):
        np.testing.assert_array_equal(picture, same)


def test_a_digital_halftone_has_no_paper_to_keep():
    result = finish([GRAY], Scan(GRAY), Plan(GRAY, DOTS, ToneReading(GRAY), keep_paper=True), RUN.for_scan())
    np.testing.assert_array_equal(result.picture, GRAY)


def test_pigment_has_its_own_colors_in_a_gray_and_in_a_tinted_result():
    violet = np.float32((0.2, -0.1))[:, None, None] * np.ones((2, 4, 6), np.float32)
    pigment = Pigment(2, 3, np.ones((1, 4, 6), np.float32), violet, 0.03)
    plan = Plan(GRAY, DOTS, ToneReading(GRAY), pigment=pigment)
    for picture in (GRAY, np.float32((0.6, 0.5, 0.3))[:, None, None] * np.ones((3, 24, 32), np.float32)):
        (made,) = finish([picture], Scan(GRAY), plan, RUN.for_scan()).pictures
        luma, chroma = rgb_to_ycc(made)
        np.testing.assert_allclose(luma, rgb_to_luma(picture.repeat(3 // len(picture), 0)), atol=1e-5)
        np.testing.assert_allclose(chroma[:, 2:6, 3:9], violet * luma[:, 2:6, 3:9], atol=1e-5)
        np.testing.assert_array_equal(made[:, 10:], np.broadcast_to(picture, made.shape)[:, 10:])

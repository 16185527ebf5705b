"""The photographs of a page are colored one by one, and text keeps its tones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.cue import Cue, Hints
from halftone_color.method import Colorizer
from halftone_color.plan import Plan
from halftone_color.run import Conditions, Run
from halftone_color.screen.photographs import Photograph
from halftone_color.screen.tone import ToneReading
from halftone_color.steps.color import color, ihn_first
from halftone_color.steps.pages import WITHOUT_HINTS
from halftone_color.types import Box

BOXES = (Box(10, 5, 20, 12), Box(40, 25, 8, 10))


@dataclass(frozen=True)
class RedColorizer(Colorizer):
    """Makes everything redder, by the number of hints it has; without the cues named it cannot work."""

    needs_hints: bool = False

    @property
    def cues(self):
        return ("hints",) if self.needs_hints else ("none", "hints")

    def __call__(self, task, run):
        assert task.cue.hints is not None or not self.needs_hints
        seen.append((task.picture.shape[1:], 0 if task.cue.hints is None else int(task.cue.hints.given.sum())))
        run.report(0.5)
        return np.concatenate([task.picture + np.float32(0.2), task.picture, task.picture])


seen: list[tuple[tuple[int, int], int]] = []


@pytest.fixture
def gray():
    seen.clear()
    return np.random.default_rng(0).uniform(0.2, 0.7, (1, 50, 60)).astype(np.float32)


def plan_of(gray, photographs, colorizer=None):
    colorizer = colorizer or RedColorizer()
    return Plan(gray, None, ToneReading(gray), colorizer=colorizer, cascade=ihn_first, photographs=photographs)


def run_of(progress=None):
    return Run.open(Conditions(device="cpu", precision="float32"), progress)


def hints_at(points):
    given = np.zeros((50, 60), np.bool_)
    for x, y in points:
        given[y, x] = True
    return Hints(np.broadcast_to(np.array([0.9, 0.1, 0.1], np.float32)[:, None, None], (3, 50, 60)), given)


def test_each_photograph_is_a_picture_of_its_own_and_text_stays(gray):
    (page,) = color([gray], [Cue()], plan_of(gray, tuple(map(Photograph, BOXES))), run_of())
    assert [shape for shape, _ in seen] == [(12, 20), (10, 8)]
    expected = gray.repeat(3, 0)
    for box in BOXES:
        expected[0, *box.slices] += np.float32(0.2)
    np.testing.assert_array_equal(page, expected)


def test_a_page_of_text_stays_gray(gray):
    shares = []
    (page,) = color([gray], [Cue()], plan_of(gray, ()), run_of(shares.append))
    np.testing.assert_array_equal(page, gray.repeat(3, 0))
    assert (seen, shares) == ([], [1.0])


def test_an_outline_fades_into_the_page(gray):
    mask = np.zeros((1, 12, 20), np.float32)
    mask[:, :, 10:] = 1
    (page,) = color([gray], [Cue()], plan_of(gray, (Photograph(BOXES[0], mask),)), run_of())
    spread = np.ptp(page, axis=0)
    assert spread[5:17, 20:30].min() > 0.19
    spread[5:17, 20:30] = 0
    assert spread.max() < 1e-6


def test_masks_that_overlap_leave_each_other_their_colors(gray):
    """Boxes around photographs that lie askew overlap, their masks do not."""
    masks = np.zeros((2, 1, 12, 20), np.float32)
    masks[0, :, :, :9] = masks[1, :, :, 3:] = 1
    found = (Photograph(Box(10, 5, 20, 12), masks[0]), Photograph(Box(20, 5, 20, 12), masks[1]))
    (page,) = color([gray], [Cue()], plan_of(gray, found), run_of())
    spread = np.ptp(page, axis=0)[5:17]
    assert spread[:, 10:19].min() > 0.19
    assert spread[:, 19:23].max() < 1e-6
    assert spread[:, 23:40].min() > 0.19


def test_hints_are_cut_and_count_on_text_as_well(gray):
    cue = Cue(hints=hints_at([(12, 6), (13, 6), (42, 30), (55, 2)]))
    (page,) = color([gray], [cue], plan_of(gray, tuple(map(Photograph, BOXES))), run_of())
    assert seen == [((12, 20), 2), ((10, 8), 1)]
    made, wanted = (
        rgb_to_ycc(picture[:, 2:3, 55:56].astype(np.float64))[1].ravel() for picture in (page, cue.hints.colors)
    )
    assert made[0] / made[1] == pytest.approx(wanted[0] / wanted[1], rel=1e-3)
    page[:, 2, 55] = 0
    for box in BOXES:
        page[:, *box.slices] = 0
    assert np.ptp(page, axis=0).max() < 1e-6


def test_a_photograph_without_a_hint_stays_gray_if_the_method_needs_one(gray):
    run, cue = run_of(), Cue(hints=hints_at([(12, 6)]))
    (page,) = color([gray], [cue], plan_of(gray, tuple(map(Photograph, BOXES)), RedColorizer(needs_hints=True)), run)
    assert seen == [((12, 20), 1)]
    assert run.notes == (WITHOUT_HINTS,)
    np.testing.assert_array_equal(page[:, *BOXES[1].slices], gray[:, *BOXES[1].slices].repeat(3, 0))


def test_progress_goes_on_from_photograph_to_photograph(gray):
    shares = []
    color([gray], [Cue(seed=0), Cue(seed=1)], plan_of(gray, tuple(map(Photograph, BOXES))), run_of(shares.append))
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert len(set(shares)) > 4

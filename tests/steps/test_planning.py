"""The plan says what will be done to a scan, refuses what cannot be, and loads nothing."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from halftone_color import pipeline
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.cue import CueRequest, InputPicture
from halftone_color.errors import NothingToDoError, UsageError, WeightsError
from halftone_color.images.sources import luma_of
from halftone_color.method import Descreener
from halftone_color.request import Choice, Output, Request
from halftone_color.run import Conditions, Run
from halftone_color.screen import photographs
from halftone_color.screen.detect import detect
from halftone_color.screen.ink import InkAndPaper
from halftone_color.screen.photographs import Photograph
from halftone_color.screen.tone import ToneReading, find_colors
from halftone_color.steps import color, color_2021, planning
from halftone_color.types import Box, Scan, Screen

PROCESSOR = Conditions(device="cpu", precision="float32")
RESTORE = Request("restore")
LIGHT = ((0.7, 0.95), (0.1, 0.2))
"""Least and greatest level of paper and of ink."""
REFERENCE = CueRequest(references=(InputPicture("0" * 64),))


class WithoutNetworks(Run):
    """A Run that fails when a network is asked for."""

    def network(self, role):
        pytest.fail(f"{role} was loaded")


@pytest.fixture(scope="module")
def no_networks():
    return WithoutNetworks(Run.open(PROCESSOR).conditions)


@pytest.fixture(scope="module")
def plain():
    return Run.open(PROCESSOR)


@pytest.fixture(scope="module")
def gray(scene):
    return np.asarray(0.1 + 0.8 * rgb_to_luma(scene(150, 181)), np.float32)


def screened(picture, plain, **options):
    """Return a picture as round dots of 5 px."""
    halftoner = Choice.of("clustered-dot", {"period_px": 5.0, "angle_deg": 30.0})
    return pipeline.halftone(picture, replace(Request("halftone"), halftoner=halftoner, **options), plain).picture


@pytest.fixture(scope="module")
def dots(gray, plain):
    return screened(gray, plain)


@pytest.fixture(scope="module")
def inks(scene, plain):
    return screened(scene(150, 180), plain, cmyk=True)


def plan_of(pixels, request, run=None):
    """Return the plan for pixels; all weights are taken to be there."""
    run = run or Run.open(PROCESSOR)
    run.require = lambda roles: None
    return planning.make_plan(Scan(pixels), request, run)


# ---- nothing to do, nothing to load --------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**31), st.booleans())
def test_a_color_picture_comes_back_untouched_and_no_network_is_loaded(scene, no_networks, height, width, seed, keep):
    rgb = scene(height, width, seed)
    assume(find_colors(rgb, luma_of(rgb)) is not None)  # a picture of a few pixels may be one tint
    before = rgb.tobytes()
    result = pipeline.restore(rgb, replace(RESTORE, keep_paper=keep), no_networks.for_scan())
    assert result.picture.tobytes() == before == rgb.tobytes()
    assert result.notes == (planning.RETURNED, planning.RECOLOR)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from((1, 3)), st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**31))
def test_descreening_leaves_what_has_no_dots(scene, no_networks, planes, height, width, seed):
    picture = scene(height, width, seed)[:planes]
    result = pipeline.restore(picture, Request("descreen"), no_networks.for_scan())
    assert result.picture.tobytes() == picture.tobytes()
    assert result.notes == ("No halftone screen was found: the picture is returned unchanged.",)


def test_the_plan_of_such_a_picture_is_to_hand_it_on(scene, no_networks):
    rgb = scene(60, 70)
    for request in (RESTORE, replace(RESTORE, keep_paper=True), replace(RESTORE, colorizer=Choice("edges"))):
        plan = planning.make_plan(Scan(rgb), request, no_networks)
        assert (plan.descreener, plan.colorizer, plan.cascade, plan.networks) == (None, None, None, ())
        assert plan.picture is rgb


@pytest.mark.parametrize(
    "changed",
    [{"recolor": True}, {"cues": REFERENCE}, {"cues": CueRequest(samples=2)}],
    ids=lambda changed: str([*changed]),
)
def test_new_colors_are_made_where_they_are_asked_for(scene, changed):
    plan = plan_of(scene(60, 70), replace(RESTORE, **changed))
    assert plan.cascade is color.ihn_first
    assert plan.picture.shape == (1, 60, 70)
    assert "colorizer" in plan.networks
    assert planning.RETURNED not in plan.notes


# ---- which methods, which networks ---------------------------------------------------------------------------------


def test_a_gray_print_is_descreened_and_colored_in_both_orders(dots):
    plan = plan_of(dots, RESTORE)
    assert plan.screen.kind == "clustered-dot"
    assert plan.screen.period_px == pytest.approx(5, abs=0.1)
    assert plan.cascade is color.fused
    assert plan.channel_screens == ()
    assert plan.may_be_page
    assert plan.networks == ("inverse-halftone", "fusion", "colorizer", "color-encoder")
    assert plan.notes == ()


@pytest.mark.parametrize(
    ("changed", "cascade", "networks"),
    [
        ({"cascade": "ihn-first"}, "ihn_first", {"inverse-halftone", "colorizer", "color-encoder"}),
        ({"cascade": "color-first"}, "color_first", {"inverse-halftone", "colorizer", "color-encoder"}),
        ({"descreener": Choice("gaussian"), "cascade": "ihn-first"}, "ihn_first", {"colorizer", "color-encoder"}),
        ({"colorizer": Choice("lut"), "cues": REFERENCE}, "ihn_first", {"inverse-halftone"}),
        ({"colorizer": Choice("lut"), "cues": REFERENCE, "descreener": Choice("gaussian")}, "ihn_first", set()),
        ({"fuser": Choice("mean")}, "fused", {"inverse-halftone", "colorizer", "color-encoder"}),
        (
            {"colorizer": Choice("lut"), "cues": REFERENCE, "refiner": Choice("gram")},
            "ihn_first",
            {"inverse-halftone", "color-encoder"},
        ),
    ],
)
def test_networks_are_those_of_the_methods(changed, cascade, networks, dots):
    plan = plan_of(dots, replace(RESTORE, **changed))
    assert plan.cascade is getattr(color, cascade)
    assert set(plan.networks) == networks
    assert len(plan.networks) == len(networks), "each is named once"
    assert (plan.fuser is None) == (cascade != "fused")
    assert (plan.refiner is None) == ("refiner" not in changed)


def test_without_dots_the_order_is_color_alone(gray):
    plan = plan_of(gray, replace(RESTORE, cascade="color-first"))
    assert plan.cascade is color.ihn_first
    assert plan.descreener is None
    assert set(plan.networks) == {"colorizer", "color-encoder"}
    assert plan.notes == ("No halftone screen was found: descreening was skipped.",)


def test_colorizing_looks_for_no_screen(dots, monkeypatch):
    monkeypatch.setattr(planning, "detect_in_colors", lambda *given: pytest.fail("it looked for a screen"))
    plan = plan_of(dots, Request("colorize"))
    assert (plan.screen, plan.descreener, plan.fuser, plan.may_be_page) == (None, None, None, False)
    assert plan.cascade is color.ihn_first


def test_the_user_may_know_better_about_the_screen(gray, dots, monkeypatch):
    forced = plan_of(gray, replace(RESTORE, screen="yes"))
    assert forced.screen.kind == "stochastic"
    assert forced.descreener is not None
    found = plan_of(dots, replace(RESTORE, screen="yes"))
    assert found.screen.kind == "clustered-dot"
    monkeypatch.setattr(planning, "detect_in_colors", lambda *given: pytest.fail("nobody should look"))
    left = plan_of(dots, replace(RESTORE, screen="no"))
    assert not left.screen.present
    assert left.descreener is None
    assert left.notes == ("The picture was declared to have no screen: descreening was skipped.",)


# ---- what is refused -----------------------------------------------------------------------------------------------


def test_missing_weights_are_refused_before_descreening(dots, tiny_weights_folder, tmp_path, monkeypatch):
    folder = tmp_path / "weights"
    shutil.copytree(tiny_weights_folder, folder)
    (path,) = folder.glob("*fusion*.safetensors")
    path.unlink()
    monkeypatch.setattr(pipeline, "descreen", lambda *given: pytest.fail("worked for nothing"))
    run = WithoutNetworks(replace(PROCESSOR, weights=str(folder)))
    with pytest.raises(WeightsError, match="is missing"):
        pipeline.restore(dots, RESTORE, run)
    with pytest.raises(WeightsError, match="no set of weights 'another-set'"):
        pipeline.restore(dots, RESTORE, WithoutNetworks(replace(PROCESSOR, weights="another-set")))
    monkeypatch.setattr(pipeline, "descreen", lambda *given: pytest.fail("the networks needed are there"))
    with pytest.raises(pytest.fail.Exception, match="are there"):
        pipeline.restore(dots, replace(RESTORE, cascade="ihn-first"), run)


@dataclass(frozen=True)
class NeedsPeriod(Descreener):
    requires = ("period",)

    def __call__(self, task, run):
        return task.picture


def test_a_method_that_needs_a_period_is_refused_where_there_is_none(dots, gray, monkeypatch):
    build = planning.registry.build
    monkeypatch.setattr(
        planning.registry, "build", lambda room, choice: NeedsPeriod() if room == "descreeners" else build(room, choice)
    )
    request = Request("descreen", screen="yes")
    assert plan_of(dots, request).descreener == NeedsPeriod()
    with pytest.raises(UsageError, match="NeedsPeriod needs a screen with a period, and none was found"):
        plan_of(gray, request)


# ---- prints in several inks ----------------------------------------------------------------------------------------


def test_each_channel_of_a_print_in_several_inks_has_its_screen(inks):
    plan = plan_of(inks, Request("descreen"))
    assert plan.picture.shape == inks.shape
    assert plan.channel_screens == tuple(detect(channel) for channel in plan.tones.colors[:, None])
    assert all(screen.present for screen in plan.channel_screens)
    assert len({round(screen.angle_deg) for screen in plan.channel_screens}) > 1, "inks are screened at angles"
    assert planning.KEPT in plan.notes


def test_a_channel_without_dots_takes_the_scans_screen(inks):
    flat = inks.copy()
    flat[2] = 0.3
    plan = plan_of(flat, replace(Request("descreen"), tone="digital"))
    assert not detect(flat[2:]).present
    assert plan.channel_screens[2] == plan.screen
    assert plan.channel_screens[0] == detect(flat[:1])


def test_such_a_print_keeps_its_colors_unless_new_ones_are_asked_for(inks):
    kept = plan_of(inks, RESTORE)
    assert kept.cascade is None
    assert len(kept.channel_screens) == 3
    assert kept.notes[-2:] == (planning.KEPT, planning.RECOLOR)
    anew = plan_of(inks, replace(RESTORE, recolor=True))
    assert anew.cascade is color.fused
    assert anew.picture.shape == (1, *inks.shape[1:])
    assert anew.channel_screens == ()


# ---- colors of its own in places -----------------------------------------------------------------------------------


def test_pigment_is_kept_and_its_share_named_unless_everything_is_to_be_colored(gray):
    stamped = gray.repeat(3, 0)
    stamped[:, 30:60, 30:60] *= np.float32((0.4, 0.5, 1.0))[:, None, None]
    plan = plan_of(stamped, RESTORE)
    assert plan.pigment is not None
    assert plan.cascade is not None
    assert plan.picture.shape == gray.shape
    (note,) = (each for each in plan.notes if each.startswith("Colors of its own were kept in"))
    assert f"{100 * plan.pigment.share:.0f}" in note
    assert planning.DISCARDED not in plan.notes
    anew = plan_of(stamped, replace(RESTORE, recolor=True))
    assert anew.pigment is None
    assert planning.DISCARDED in anew.notes
    assert plan_of(gray.repeat(3, 0), RESTORE).pigment is None


# ---- pages, and the networks of 2021 -------------------------------------------------------------------------------


def test_photographs_are_looked_for_once_the_dots_are_gone(dots, gray, monkeypatch):
    found = (Photograph(Box(10, 20, 60, 70)),)
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: found)
    plan = plan_of(dots, RESTORE)
    assert plan.photographs is None
    filled = planning.find_photographs(gray, plan)
    assert filled.photographs == found
    assert filled.notes == (*plan.notes, planning.TEXT)
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: None)
    assert planning.find_photographs(gray, plan).notes == plan.notes
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: pytest.fail("it looked for a page"))
    for other in (plan_of(dots, Request("descreen")), plan_of(gray, Request("colorize"))):
        assert planning.find_photographs(gray, other) is other


@pytest.mark.parametrize("job", ["descreen", "colorize", "restore"])
def test_whoever_wants_photographs_alone_has_them_looked_for(job, dots, gray, monkeypatch):
    request = Request(job, output=Output(crop=True))
    plan = plan_of(dots, request)
    found = (Photograph(Box(10, 20, 60, 70)),)
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: found)
    assert planning.find_photographs(gray, plan).photographs == found
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: None)
    assert planning.find_photographs(gray, plan).notes == (*plan.notes, planning.NO_PAGE)
    monkeypatch.setattr(photographs, "find_photographs", lambda *given: ())
    with pytest.raises(NothingToDoError, match="No photograph was found on the page"):
        planning.find_photographs(gray, plan)


def test_the_plan_of_a_photograph_is_that_of_its_part(dots, gray):
    paper = InkAndPaper(
        *(np.linspace(low, high, 256, dtype=np.float32).reshape(1, 16, 16) for low, high in LIGHT), True
    )
    plan = replace(plan_of(dots, RESTORE), tones=ToneReading(dots, None, paper))
    box = Box(10, 20, 60, 70)
    part = plan.part(Photograph(box))
    assert (part.photographs, part.mask) == (None, None)
    np.testing.assert_array_equal(part.picture, dots[:, 20:90, 10:70])
    whole = plan.tones.on_paper(gray)
    np.testing.assert_allclose(part.tones.on_paper(gray[:, 20:90, 10:70]), whole[:, 20:90, 10:70], atol=2e-3)


@pytest.mark.parametrize("job", ["descreen", "colorize", "restore"])
def test_the_networks_of_2021_have_a_plan_of_their_own(job, dots):
    run = Run.open(replace(PROCESSOR, weights="authors-2021"))
    plan = plan_of(dots, Request(job), run)
    assert plan.cascade in {cascade for cascade, _ in color_2021.CASCADES.values()}
    assert plan.notes == (color_2021.NOTE,)
    assert ("inverse-halftone" in plan.networks) == (job != "colorize")
    assert (plan.descreener, plan.colorizer) == (None, None)


@pytest.mark.parametrize("request_", [RESTORE, Request("descreen"), Request("colorize")], ids=lambda asked: asked.job)
def test_planning_changes_no_scan(request_, inks, dots):
    for pixels in (inks, dots):
        before = pixels.tobytes()
        plan_of(pixels, request_)
        assert pixels.tobytes() == before


# ---- a pattern in doubt ---------------------------------------------------------------------------------------------

DOUBTED = Screen("none", doubt=Screen("clustered-dot", 7.8, 45.0))


@pytest.mark.parametrize("job", ["descreen", "restore"])
def test_a_pattern_in_doubt_is_left_and_said_and_removed_if_asked(monkeypatch, scene, job):
    monkeypatch.setattr(planning, "detect_in_colors", lambda pixels, gray, threads=1: DOUBTED)
    for planes in (1, 3):
        picture = scene(60, 70)[:planes]
        plan = plan_of(picture, Request(job))
        assert plan.descreener is None
        assert any("clustered-dot screen of 7.8 px" in note and "--screen yes" in note for note in plan.notes)
        forced = plan_of(picture, Request(job, screen="yes"))
        assert forced.screen == DOUBTED.doubt
        assert forced.descreener is not None
        assert not any("texture" in note for note in forced.notes)

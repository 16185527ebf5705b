"""The cascades: hints, masks and refinement reach the result, and the progress goes on through all of it."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color import api, registry
from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.cue import Cue
from halftone_color.request import Choice
from halftone_color.screen import photographs
from halftone_color.steps import planning
from halftone_color.steps.parsing import make_request
from halftone_color.types import Scan, Task


@pytest.fixture
def gray(scene):
    return (0.3 + 0.4 * rgb_to_luma(scene(30, 40))).astype(np.float32)


def test_colors_of_the_print_itself_by_a_mask(scene):
    picture, mask = 0.2 + 0.6 * scene(30, 40), np.zeros((30, 40), np.float32)
    mask[3:20, 3:20] = 1
    result = api.colorize(picture, mask=mask, method="levin").picture
    np.testing.assert_allclose(result[:, 3:20, 3:20], picture[:, 3:20, 3:20], atol=1e-4)


def test_hints_by_name_in_python(gray):
    result = api.colorize(gray, hints=[(3, 4, "red"), (30, 20, (0, 0, 1))], method="levin").picture
    chroma = rgb_to_ycc(result)[1]
    assert chroma[1, 4, 3] > 0.1
    assert chroma[0, 20, 30] > 0.1
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)


def test_hints_count_on_blank_paper_too(gray, monkeypatch):
    """What is no photograph of a page stays gray, but where the user says its color."""
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: ())
    restored = api.restore(gray, hints=[(20, 10, "red")], method="levin", screened="no").picture
    spread = np.ptp(restored, axis=0)
    assert spread[10, 20] > 0.2
    assert np.delete(spread.ravel(), 10 * 40 + 20).max() < 1e-6


def test_progress_goes_on_through_the_refinement(gray, scene):
    shares = []
    api.colorize(gray, references=[scene(20, 20)], method="lut", refine="levin", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert 0 < shares[0] < 0.5


def test_a_result_is_refined_by_transfer(gray, scene, tiny_weights, tiny_run):
    cue = Cue((scene(20, 20),))
    plain = api.colorize(gray, references=list(cue.references), method="lut").picture
    refined = api.colorize(gray, references=list(cue.references), method="lut", refine="gram").picture
    assert np.abs(refined - plain).max() > 0.01
    by_hand = registry.build("colorizers", Choice.of("gram")).refine(Task(plain, cue=cue), tiny_run)
    assert np.abs(refined - by_hand).mean() < 2e-3, "but for half precision"
    restored = api.restore(gray, references=list(cue.references), method="lut", refine="gram", screened="no")
    assert restored.picture.shape == plain.shape


def test_a_refiner_brings_its_own_network(gray, scene, tiny_run):
    def networks(**words):
        request = make_request("colorize", references=[scene(5, 5)], **words)
        return planning.make_plan(Scan(gray), request, tiny_run).networks

    assert networks(method="lut", refine="gram") == ("color-encoder",)
    assert networks(refine="gram") == networks()
    assert networks(method="lut", refine="levin") == ()

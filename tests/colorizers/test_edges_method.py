"""Edges are measured by the paper's kernels, and only what is no edge is matched."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers.edges import KERNELS, EdgesColorizer, edge_measure
from halftone_color.colorizers.lut import LutColorizer
from halftone_color.cue import Cue
from halftone_color.errors import InputError, UsageError
from halftone_color.run import Run
from halftone_color.types import Task


def colored(gray, cue, **options):
    return EdgesColorizer(**options)(Task(gray, cue=cue), Run.open())


def by_lut(gray, cue):
    return LutColorizer(keep_luminance=False)(Task(gray, cue=cue), Run.open())


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_dot_has_measure_one_and_flat_ground_none(kernel):
    luma = np.zeros((9, 9), np.float32)
    luma[4, 4] = 1
    measure = edge_measure(luma, kernel)
    assert measure[4, 4] == 1
    assert measure[0, 0] == 0
    assert measure.max() <= 1
    ramp = np.broadcast_to(np.linspace(0, 1, 9, dtype=np.float32), (9, 9))
    assert edge_measure(ramp, kernel)[:, 1:-1].max() < 1e-6, "a slope is no edge"


def test_columns_and_rows_see_one_direction():
    step = np.zeros((8, 8), np.float32)
    step[:, 4:] = 1
    assert edge_measure(step, "columns")[:, 3:5].min() == 0.5
    assert edge_measure(step, "rows").max() == 0
    assert edge_measure(step.T, "rows").max() == 0.5


def test_only_pixels_off_edges_count(scene):
    """Bright specks in the reference, all of them edges, change nothing."""
    reference = np.linspace(0.1, 0.5, 60, dtype=np.float32)[None, None].repeat(40, 1).repeat(3, 0)
    reference[0] *= 0.5
    specked = reference.copy()
    specked[:, ::8, ::8] = 1
    gray = rgb_to_luma(scene(30, 30))
    result = colored(gray, Cue((specked,)), keep_luminance=False)
    assert result.max() < 0.51
    np.testing.assert_allclose(result, colored(gray, Cue((reference,)), keep_luminance=False), atol=0.02)
    assert by_lut(gray, Cue((specked,))).max() > 0.9


def test_without_a_threshold_it_is_the_lut(scene):
    gray, cue = rgb_to_luma(scene(30, 30)), Cue((scene(20, 20, 1),))
    result = colored(gray, cue, threshold=2.0, keep_luminance=False)
    np.testing.assert_allclose(result, by_lut(gray, cue), atol=1e-6)


def test_the_picture_itself_as_reference_changes_nothing(scene):
    gray = rgb_to_luma(scene(40, 50))
    result = colored(gray, Cue((gray.repeat(3, 0),)), threshold=2.0, keep_luminance=False)
    np.testing.assert_allclose(result, gray.repeat(3, 0), atol=1e-6)


def test_the_border_is_no_edge(scene):
    counted = EdgesColorizer().counted_pixels(np.full((1, 6, 6), 0.4, np.float32))
    assert counted.shape == (1, 36)


def test_refusals(scene):
    checks = np.indices((16, 16)).sum(0, keepdims=True).astype(np.float32) % 2
    with pytest.raises(InputError, match="raise threshold"):
        colored(checks, Cue((scene(9, 9),)))
    with pytest.raises(InputError, match="only one color"):
        colored(scene(9, 9)[:1], Cue((np.zeros((3, 5, 5), np.float32),)))
    with pytest.raises(UsageError, match="positive"):
        EdgesColorizer(threshold=0)
    with pytest.raises(UsageError, match="columns, rows, four, eight"):
        EdgesColorizer(kernel="sobel")

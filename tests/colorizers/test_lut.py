"""Look-up tables give the target the reference's histogram, and refuse what cannot color."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers.lut import LutColorizer, fit_to_range, match_channels
from halftone_color.cue import Cue
from halftone_color.errors import InputError, UsageError
from halftone_color.run import Run
from halftone_color.types import Task

AS_IN_PAPER = {"keep_luminance": False}


def colored(gray, cue, progress=None, **options):
    return LutColorizer(**options)(Task(gray, cue=cue), Run.open(progress=progress))


def quantiles(picture):
    return np.quantile(picture.reshape(3, -1), np.linspace(0.02, 0.98, 25), axis=1)


def ramp(height, width):
    """Every tone once, so that histograms can be matched exactly."""
    return (
        np.random.default_rng(0).permutation(np.linspace(0, 1, height * width)).reshape(1, height, width).astype("f4")
    )


def test_the_histogram_becomes_the_references(scene):
    reference = scene(64, 48, 1)
    result = colored(ramp(50, 61), Cue((reference,)), **AS_IN_PAPER)
    np.testing.assert_allclose(quantiles(result), quantiles(reference), atol=5e-3)


def test_as_the_papers_loop_over_256_levels(scene):
    """The while-loop of 2.1.2, in other words: the first level whose cumulative count reaches the target's."""
    target = np.round(ramp(40, 40) * 255).astype(np.float32) / 255
    reference = np.round(scene(40, 40, 1) * 255).astype(np.float32) / 255
    result = colored(target, Cue((reference,)), **AS_IN_PAPER)
    levels = np.arange(256)
    for k in range(3):
        share = np.searchsorted(np.sort(reference[k].ravel()), levels / 255 + 1e-4) / reference[k].size
        reached = np.searchsorted(np.sort(target.ravel()), target / 255 * 255 + 1e-4) / target.size
        by_loop = np.searchsorted(share, reached - 1e-9) / 255
        assert np.abs(result[k] - by_loop[0]).mean() < 1.5 / 255


def test_order_is_kept(scene):
    gray = scene(30, 40)[:1]
    result = colored(gray, Cue((scene(20, 20, 2),)), **AS_IN_PAPER)
    order = np.argsort(gray.ravel(), kind="stable")
    assert (np.diff(result.reshape(3, -1)[:, order], axis=1) >= -1e-6).all()


def test_the_picture_itself_as_reference_changes_nothing(scene):
    picture = scene(40, 50)
    np.testing.assert_allclose(match_channels(picture, picture.reshape(3, -1)), picture, atol=1e-6)
    gray = rgb_to_luma(picture).repeat(3, 0)
    np.testing.assert_allclose(colored(gray[:1], Cue((gray,)), **AS_IN_PAPER), gray, atol=1e-6)


def test_yuv_after_rgb_matches_chroma_too(scene):
    reference = scene(64, 48, 1)
    result = colored(ramp(50, 61), Cue((reference,)), space="rgb-then-yuv", **AS_IN_PAPER)
    plain = colored(ramp(50, 61), Cue((reference,)), **AS_IN_PAPER)

    def spread(rgb):
        return rgb_to_ycc(rgb)[1].std((1, 2))

    assert np.abs(spread(result) - spread(reference)).max() < np.abs(spread(plain) - spread(reference)).max()


def test_several_references_make_one_histogram():
    low, high = np.zeros((2, 3, 10, 10), np.float32)
    low[:, :, :5], high[:] = 0.1, 0.9
    high[:, :, 5:] = 0.8
    result = colored(ramp(40, 40), Cue((low, high)), **AS_IN_PAPER)
    np.testing.assert_allclose(np.quantile(result[0], (0.01, 0.99)), (0, 0.9), atol=0.02)


def test_what_leaves_the_range_is_moved_and_scaled_by_channel():
    """The rules of 2.1.4: below 0 moves the channel up, above 1 scales it down."""
    rgb = np.stack([np.linspace(-0.5, 0.5, 5), np.linspace(0, 2, 5), np.linspace(0.2, 0.8, 5)])[:, None].astype("f4")
    result = fit_to_range(rgb)
    np.testing.assert_allclose(result[0, 0], np.linspace(0, 1, 5), atol=1e-6)
    np.testing.assert_allclose(result[1, 0], np.linspace(0, 1, 5), atol=1e-6)
    np.testing.assert_allclose(result[2], rgb[2], atol=1e-6)


def test_yuv_alone_is_refused_with_a_way_out():
    with pytest.raises(UsageError, match="space=rgb-then-yuv"):
        LutColorizer("yuv")
    with pytest.raises(UsageError, match="rgb, rgb-then-yuv"):
        LutColorizer("hsv")


def test_a_reference_of_one_color_is_refused(scene):
    flat = np.full((3, 9, 9), 0.3, np.float32)
    flat[0] = 0.7
    with pytest.raises(InputError, match="only one color"):
        colored(scene(9, 9)[:1], Cue((scene(9, 9), flat)))


@pytest.mark.parametrize("space", ["rgb", "rgb-then-yuv"])
def test_progress_ends_at_one(space, scene):
    shares = []
    colored(scene(9, 9)[:1], Cue((scene(9, 9, 1),)), shares.append, space=space)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert len(shares) == (3 if space == "rgb" else 6)

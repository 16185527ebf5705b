"""Wavelet merging between the two ends: weights of 1 return the print, weights of 0 the reference."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers.lut import LutColorizer
from halftone_color.colorizers.wavelet import WaveletColorizer, merge
from halftone_color.cue import Cue
from halftone_color.errors import InputError, UsageError
from halftone_color.run import Run
from halftone_color.types import Task

SIZES = [(64, 64), (50, 37), (3, 90)]


def colored(gray, cue, **options):
    return WaveletColorizer(**options)(Task(gray, cue=cue), Run.open())


def as_in_paper(gray, cue, **options):
    return colored(gray, cue, keep_luminance=False, space="rgb", **options)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("wavelet", ["haar", "db4", "bior4.4"])
def test_the_ends(size, wavelet, scene):
    gray, reference = rgb_to_luma(scene(*size)), scene(*size, 1)
    ones = as_in_paper(gray, Cue((reference,)), shares=(1, 1, 1, 1), wavelet=wavelet)
    np.testing.assert_allclose(ones, gray.repeat(3, 0), atol=1e-5)
    zeros = as_in_paper(gray, Cue((reference,)), shares=(0, 0, 0, 0), wavelet=wavelet)
    np.testing.assert_allclose(zeros, reference, atol=1e-5)


def test_one_weight_is_a_plain_mean(scene):
    gray, reference = rgb_to_luma(scene(40, 40)), scene(40, 40, 1)
    result = as_in_paper(gray, Cue((reference,)), shares=(0.25,))
    np.testing.assert_allclose(result, 0.25 * gray + 0.75 * reference, atol=1e-6)


def test_squares_take_the_references_means(scene):
    """Hard weights of Haar: each square of 2^k px has the reference's mean and the target's detail (figure 12)."""
    target, reference = scene(64, 64), scene(64, 64, 1)
    result = merge(target, reference, (0, 1, 1, 1), "haar")

    def means(picture):
        return picture.reshape(3, 8, 8, 8, 8).mean((2, 4))

    def detail(picture):
        return picture - np.kron(means(picture), np.ones((8, 8)))

    np.testing.assert_allclose(means(result), means(reference), atol=1e-5)
    np.testing.assert_allclose(detail(result), detail(target), atol=1e-5)


def test_weights_are_counted_from_the_coarse_end(scene):
    target, reference = scene(64, 64), scene(64, 64, 1)
    result = merge(target, reference, (1, 1, 0), "haar")  # two levels: the finest is the reference's
    pairs = result.reshape(3, 32, 2, 32, 2).mean((2, 4))
    np.testing.assert_allclose(pairs, target.reshape(3, 32, 2, 32, 2).mean((2, 4)), atol=1e-5)
    assert np.abs(result - target).max() > 1e-3


def test_chroma_leaves_luma_alone(scene):
    gray, reference = 0.3 + 0.4 * rgb_to_luma(scene(64, 64)), 0.5 + 0.2 * (scene(64, 64, 1) - 0.5)
    result = colored(gray, Cue((reference,)), shares=(0,), keep_luminance=False)
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)
    np.testing.assert_allclose(rgb_to_ycc(result)[1], rgb_to_ycc(reference)[1], atol=1e-5)


def test_after_matching(scene):
    gray, cue = rgb_to_luma(scene(32, 32)), Cue((scene(32, 32, 1),))
    by_lut = LutColorizer(keep_luminance=False)(Task(gray, cue=cue), Run.open())
    result = as_in_paper(gray, cue, shares=(1, 1), then="lut")
    np.testing.assert_allclose(result, by_lut, atol=1e-5)


def test_contrast_is_stretched_about_the_local_mean(scene):
    gray = 0.4 + 0.2 * rgb_to_luma(scene(64, 64))
    gray[:, ::2] += 0.05
    cue = Cue((scene(64, 64, 1),))
    result = as_in_paper(gray, cue, shares=(1,), contrast=2.0)[:1]
    stripes = [np.diff(picture[0], axis=0).std() for picture in (gray, result)]
    assert stripes[1] == pytest.approx(2 * stripes[0], rel=0.1)
    assert result.mean() == pytest.approx(gray.mean(), abs=0.02)


def test_references_of_any_size_are_averaged(scene):
    first, second = scene(64, 64, 1), scene(64, 64, 2)
    gray = rgb_to_luma(scene(64, 64))
    result = as_in_paper(gray, Cue((first, second)), shares=(0,))
    np.testing.assert_allclose(result, (first + second) / 2, atol=1e-6)
    large = scene(128, 128, 1)
    result = as_in_paper(gray, Cue((large,)), shares=(0,))
    np.testing.assert_allclose(result.mean((1, 2)), large.mean((1, 2)), atol=0.01)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"shares": ()}, "between 0"),
        ({"shares": (0.5, 1.5)}, "between 0"),
        ({"space": "yuv"}, "chroma, rgb"),
        ({"then": "levin"}, "lut or none"),
        ({"wavelet": "morl"}, "haar, db4"),
        ({"contrast": 0}, "positive"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(UsageError, match=said):
        WaveletColorizer(**values)


def test_a_reference_of_one_color_is_refused(scene):
    with pytest.raises(InputError, match="only one color"):
        colored(scene(9, 9)[:1], Cue((np.full((3, 5, 5), 0.5, np.float32),)))

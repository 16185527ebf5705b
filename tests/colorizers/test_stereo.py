"""Colors from a color camera beside: pairs of either order, given and measured sides, what is refused."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, shift

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers.stereo import StereoColorizer
from halftone_color.cue import Cue
from halftone_color.errors import ExitCode, InputError, UsageError
from halftone_color.types import Task

SHIFT = 6


@pytest.fixture(scope="module")
def scene_pair():
    """Return a color scene (3, H, W) and the same from a camera further right: things lie SHIFT px further left."""
    noise = gaussian_filter(np.random.default_rng(0).standard_normal((3, 40, 120)), (0, 1.2, 1.2))
    scene = (0.5 + 0.3 * noise / np.abs(noise).max()).astype(np.float32)
    return scene, np.roll(scene, -SHIFT, 2)


@pytest.fixture(scope="module")
def spotted():
    """Return a scene with points that can be found, large enough for its offset to be measured."""
    spots = gaussian_filter((np.random.default_rng(0).random((3, 120, 180)) > 0.97).astype(float), (0, 1.5, 1.5))
    return (spots / spots.max()).astype(np.float32)


def colored(scene, view, run, **options):
    return StereoColorizer(**options)(Task(rgb_to_luma(scene), cue=Cue(view=view)), run)


def error(result, truth):
    inner = np.s_[:, 4:-4, 16:-16]
    return float(np.abs(rgb_to_ycc(result)[1] - rgb_to_ycc(truth)[1])[inner].mean())


@pytest.mark.parametrize("matcher", ["semi-global", "block", "network"])
def test_pairs_of_either_order_get_their_colors(scene_pair, tiny_run, matcher):
    scene, view = scene_pair
    most = 0.02 if matcher == "network" else 1e-3  # the tiny network is a random one
    for left, right in ((scene, view), (view, scene)):
        run = tiny_run.for_scan()
        result = colored(left, right, run, matcher=matcher)
        side = "left" if left is scene else "right"
        assert any(f"on the {side}" in note for note in run.notes)
        assert error(result, left) < most
        given = colored(left, right, tiny_run, matcher=matcher, side=side, max_disparity="15")
        assert error(given, left) < most


def test_the_wrong_side_finds_nothing(scene_pair, tiny_run):
    scene, view = scene_pair
    wrong = colored(scene, view, tiny_run, matcher="semi-global", side="right", max_disparity="15")
    assert error(wrong, scene) > 0.01


def test_a_pair_that_is_not_rectified_is_refused_with_its_offset_or_aligned(spotted, tiny_run):
    lower = shift(np.roll(spotted, -SHIFT, 2), (0, 4, 0), order=1, mode="nearest").astype(np.float32)
    with pytest.raises(InputError, match=r"[34]\.\d px higher or lower .* align=yes") as refused:
        colored(spotted, lower, tiny_run, matcher="block")
    assert refused.value.exit_code == ExitCode.INPUT
    run = tiny_run.for_scan()
    result = colored(spotted, lower, run, matcher="semi-global", align=True, side="left", max_disparity="15")
    assert any("aligned" in note for note in run.notes)
    assert error(result, spotted) < 0.5 * error(np.repeat(rgb_to_luma(spotted), 3, 0), spotted)


def test_other_sizes_are_refused(scene_pair, tiny_run):
    scene, view = scene_pair
    with pytest.raises(InputError, match="118 x 40 px, the picture 120 x 40"):
        colored(scene, view[:, :, 2:], tiny_run)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"matcher": "eye"}, "no matcher"), ({"side": "up"}, "auto, left, right"), ({"max_disparity": "0"}, "above 0")],
)
def test_impossible_options_are_refused(options, said):
    with pytest.raises(UsageError, match=said):
        StereoColorizer(**options)


def test_another_exposure_is_found_and_scales_the_chroma(scene_pair, tiny_run):
    scene, view = scene_pair
    dark = (0.6 * view).astype(np.float32)
    method = StereoColorizer(side="left", max_disparity="15")
    found = method.colored_pair(rgb_to_luma(scene), np.concatenate(rgb_to_ycc(dark)), tiny_run)
    assert found.exposure == pytest.approx(1 / 0.6, rel=0.05)
    scaled = colored(scene, dark, tiny_run, side="left", max_disparity="15")
    unscaled = colored(scene, dark, tiny_run, side="left", max_disparity="15", scale_chroma=False)
    strength = [np.abs(rgb_to_ycc(x)[1]).mean() for x in (scaled, unscaled)]
    assert strength[0] == pytest.approx(strength[1] * found.exposure, rel=0.03)


def test_large_pictures_are_matched_at_a_reduced_size(scene_pair, tiny_run, monkeypatch):
    monkeypatch.setattr("halftone_color.colorizers.stereo.MOST_CANDIDATES", 20_000)
    scene, view = scene_pair
    result = colored(scene, view, tiny_run, matcher="semi-global", side="left", max_disparity="15")
    assert result.shape == scene.shape
    assert error(result, scene) < 0.6 * error(np.repeat(rgb_to_luma(scene), 3, 0), scene)

"""Halftones and prints made for training: ranges, targets and shares."""

from __future__ import annotations

import numpy as np
import pytest

from halftone_color.errors import InputError
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.training import degradations
from halftone_color.training.degradations import HalftoneMaker, KernelMaker, jpeg
from halftone_color.training.halftone_pairs import gray_crop, halftone_batches, in_background


@pytest.fixture(scope="module")
def contone(scene):
    return np.ascontiguousarray(scene(96, 96)[0] * 0.7 + 0.15)


def many(maker, contone, count, seed=0):
    rng = np.random.default_rng(seed)
    return [maker(contone, rng) for _ in range(count)]


def test_ranges_and_kinds(contone):
    for halftone, target in many(HalftoneMaker(text=0.3), contone, 60):
        for plane in (halftone, target):
            assert plane.shape == contone.shape
            assert plane.dtype == np.float32
            assert plane.min() >= 0
            assert plane.max() <= 1


@pytest.mark.parametrize("text", [0.0, 1.0])
def test_what_has_no_screen_stays_as_it_is(contone, text):
    for halftone, target in many(HalftoneMaker(unscreened=1, text=text), contone, 20):
        np.testing.assert_array_equal(halftone, target)


def test_clean_halftones_are_of_the_contone(contone):
    bilevel = 0
    for halftone, target in many(HalftoneMaker(unscreened=0, printed=0, mirrored=0, text=0), contone, 60):
        np.testing.assert_array_equal(target, contone)
        assert halftone.mean() == pytest.approx(contone.mean(), abs=0.06)
        bilevel += set(np.unique(halftone)) <= {0.0, 1.0}
    assert 40 <= bilevel < 60, "some are antialiased"


def test_a_print_keeps_ink_paper_and_dot_gain_in_its_target(contone):
    pairs = many(HalftoneMaker(unscreened=0, printed=1, text=0), contone, 60)
    apart = [abs(scan.mean() - target.mean()) for scan, target in pairs]
    assert np.mean(apart) < 0.02, "one by one, not only in the mean of all"
    assert max(apart) < 0.08
    narrower = np.mean([np.ptp(target) < 0.97 * np.ptp(contone) for _, target in pairs])
    assert 0.4 < narrower < 0.85


def test_light_falls_off_by_a_fifth_at_most():
    rng = np.random.default_rng(0)
    for _ in range(20):
        light = degradations._uneven_light((48, 64), rng)
        assert light.max() <= 1 + 1e-6
        assert 0.8 - 1e-6 <= light.min() < 0.98


def test_shares_are_kept(contone):
    pairs = many(HalftoneMaker(unscreened=0.3, printed=0.5, mirrored=0, text=0), contone, 400)
    same = np.mean([halftone is target or np.array_equal(halftone, target) for halftone, target in pairs])
    clean = np.mean([np.array_equal(target, contone) and set(np.unique(h)) <= {0, 1} for h, target in pairs])
    assert same == pytest.approx(0.3, abs=0.08)
    assert clean == pytest.approx(0.7 * 0.5 * (1 - 0.55 * 0.2), abs=0.09)


def test_words_stand_on_both_sides(contone):
    written = 0
    maker = HalftoneMaker(unscreened=0, printed=0, mirrored=0, text=1)
    for halftone, target in many(maker, contone, 20):
        covered = np.abs(target - contone) > 0.01
        written += covered.any()
        changed = covered & ((target < 0.01) | (target > 0.99))
        np.testing.assert_allclose(halftone[changed], target[changed], atol=0.05)
    assert written >= 18


def test_dots_have_the_tone(contone):
    maker, rng = HalftoneMaker(), np.random.default_rng(1)
    flat = np.full((120, 120), 0.3, np.float32)
    for oversample in (1, 3):
        dots = maker.dots(flat, rng, 5.0, oversample)
        assert dots.mean() == pytest.approx(0.3, abs=0.02)
        assert len(np.unique(dots)) == 2 if oversample == 1 else len(np.unique(dots)) > 4


def test_equal_seeds_make_equal_pairs(contone):
    for first, second in zip(*(many(HalftoneMaker(), contone, 12, seed=5) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(first, second)


def test_jpeg_is_close_at_high_quality_and_coarse_at_low(contone):
    fine, coarse = jpeg(contone, 95), jpeg(contone, 5)
    assert fine.dtype == np.float32
    assert np.abs(fine - contone).mean() < 0.01
    assert np.abs(coarse - contone).mean() > 2 * np.abs(fine - contone).mean()


def test_crops(train_split):
    rng = np.random.default_rng(0)
    for side in (16, 96, 136):
        for _ in range(20):
            crop = gray_crop(train_split, side, rng)
            assert crop.shape == (side, side)
            assert crop.dtype == np.float32
            assert crop.min() >= 0
            assert crop.max() <= 1


def test_batches(train_split):
    first, again = (next(halftone_batches(train_split, HalftoneMaker(), 3, 48, seed=2)) for _ in range(2))
    assert first[0].shape == first[1].shape == (3, 1, 48, 48)
    np.testing.assert_array_equal(first[0], again[0])
    other = next(halftone_batches(train_split, HalftoneMaker(), 3, 48, seed=3))
    assert not np.array_equal(first[0], other[0])


def test_photographs_that_are_too_small_are_refused(train_split):
    with pytest.raises(InputError, match="400 px wide and high; name a folder of larger ones"):
        gray_crop(train_split, 400, np.random.default_rng(0))


def test_the_background_passes_on_items_and_errors():
    def make():
        yield from range(20)
        raise ValueError("the end")

    items = in_background(make, ahead=3)
    assert [next(items) for _ in range(20)] == list(range(20))
    with pytest.raises(ValueError, match="the end"):
        next(items)


def test_the_diffusion_papers_protocol_makes_named_kernels_alone(contone):
    made = [tuple(halftone.ravel()) for halftone, target in many(KernelMaker(("jarvis", "atkinson")), contone, 24)]
    wanted = {tuple(diffuse(contone, k, s).ravel()) for k in ("jarvis", "atkinson") for s in (False, True)}
    assert set(made) == wanted, "each kernel, one way and serpentine, and no other"


def test_inks_over_each_other_have_the_channels_tone(contone):
    rng = np.random.default_rng(2)
    numbers = set()
    for _ in range(30):
        inks = degradations._inks(contone, rng)
        product = np.prod([1 - ink.opacity * (1 - ink.contone) for ink in inks], axis=0)
        np.testing.assert_allclose(product, contone, atol=2e-3)
        for ink in inks:
            assert 0 <= ink.contone.min() <= ink.contone.max() <= 1
        numbers.add(len(inks))
    assert numbers == {2, 3}


def test_overprinted_dots_keep_the_tone(contone):
    maker = HalftoneMaker(overprinted=1)
    for seed in range(6):
        dots = maker.dots(contone, np.random.default_rng(seed), 3.3, 1)
        away = np.abs(dots.reshape(3, 32, 3, 32).mean((1, 3)) - contone.reshape(3, 32, 3, 32).mean((1, 3)))
        assert away.max() < 0.06


def test_error_diffusion_runs_from_either_side(contone):
    maker = HalftoneMaker(unscreened=0, printed=0, diffused=1, text=0)
    sides = [np.array_equal(target, contone) for _, target in many(maker, contone, 40)]
    mirrored = [np.array_equal(target, contone[:, ::-1]) for _, target in many(maker, contone, 40)]
    assert all(a != b for a, b in zip(sides, mirrored, strict=True))
    assert 10 < sum(sides) < 30


def test_some_periods_are_fine_and_some_whole():
    rng = np.random.default_rng(0)
    periods = np.array([HalftoneMaker().period(rng) for _ in range(2000)])
    assert periods.min() < 2.05
    assert periods.max() <= 11
    assert np.median(periods[periods > 2.8]) == pytest.approx(6.9, rel=0.05), "the others evenly"
    assert 0.08 < np.mean(periods == np.round(periods)) < 0.12
    assert 0.17 < np.mean(periods < 2.8) < 0.27


@pytest.mark.parametrize("share", ["regridded", "palettes"])
def test_further_kinds_are_made_in_their_share_alone(contone, share):
    clean = {"unscreened": 0, "printed": 0, "mirrored": 0, "text": 0}
    for wanted, least, most in ((0.0, 0, 0), (0.5, 12, 28), (1.0, 30, 40)):
        made = many(HalftoneMaker(**clean | {share: wanted}), contone, 40)
        other = sum(not np.array_equal(target, contone) for _, target in made)
        assert least <= other <= most


def test_undersampled_prints_have_no_dots_as_coarse_as_others(contone):
    def lowest(maker):
        return min(maker.period(np.random.default_rng(seed)) for seed in range(50))

    assert lowest(HalftoneMaker()) >= degradations.FINE_PX[0]
    for scan, target in many(HalftoneMaker(unscreened=0, printed=1, undersampled=1, text=0), contone, 20):
        assert abs(scan.mean() - target.mean()) < 0.08

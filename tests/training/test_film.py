"""What film saw and what time did to it: shares of rows, ranges, and each treatment alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.training.batch_degradations import jpeg
from halftone_color.training.film import WEAR, Wear, film, worn

NEUTRAL = Wear(
    clean=0.0,
    old=1.0,
    blur_px=(0.01, 0.01),
    sharpened=0.0,
    gamma_octaves=(0.0, 0.0),
    hardness=(0.0, 0.0),
    grain=(0.0, 0.0),
    ink=(0.0, 0.0),
    faded=(0.0, 0.0),
    uneven=0.0,
    compressed=0.0,
)
"""An old photograph to which nothing happened."""
PRINTED = replace(WEAR, clean=0.0, old=0.0)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def colors() -> torch.Tensor:
    """Return 40 pictures (40, 3, 32, 32) of noise in the middle tones, which film's contrast does not clip."""
    return 0.4 + 0.2 * torch.rand(40, 3, 32, 32, generator=seeded())


@pytest.fixture(scope="module")
def grays(scene) -> torch.Tensor:
    """Return 20 gray pictures (20, 1, 40, 40)."""
    return torch.from_numpy(np.stack([rgb_to_luma(scene(40, 40, seed)) for seed in range(20)]))


def changed(result: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    return (result - before).abs().amax((1, 2, 3)) > 1e-4


def test_a_share_of_the_rows_is_seen_by_other_film(colors):
    luma = rgb_to_luma(colors)
    assert torch.equal(film(colors, 0.0), luma)
    for seed in range(4):
        assert int(changed(film(colors, 0.25, seeded(seed)), luma).sum()) == 10
    torch.manual_seed(1)
    few = [int(changed(film(colors[:3], 0.25), luma[:3]).sum()) for _ in range(400)]
    assert set(few) == {0, 1}
    assert np.mean(few) == pytest.approx(0.75, abs=0.1), "right in the mean, where rows do not divide"


def test_film_is_luma_mixed_with_a_known_sensitivity(colors):
    """The weights of red, green and blue, found by least squares, lie between luma's and one film's."""
    seen = film(colors, 1.0, seeded(2))
    luma_weights = np.array([0.299, 0.587, 0.114])
    kinds, mixings = set(), []
    for picture, gray in zip(colors.double().numpy(), seen.double().numpy(), strict=True):
        planes = np.concatenate([picture.reshape(3, -1), np.ones((1, 32 * 32))]).T
        weights = np.linalg.lstsq(planes, gray.ravel(), rcond=None)[0][:3]
        weights /= weights.sum()
        fits = []
        for kind in np.array([[0, 0.15, 0.85], [0, 0.5, 0.5], [0.1, 0.3, 0.6]]):
            way = kind - luma_weights
            mixing = (weights - luma_weights) @ way / (way @ way)
            fits.append((np.abs(luma_weights + mixing * way - weights).max(), mixing))
        best = min(range(3), key=lambda k: fits[k][0])
        assert fits[best][0] < 1e-3
        kinds.add(best)
        mixings.append(fits[best][1])
    assert kinds == {0, 1, 2}
    assert -0.001 < min(mixings) < 0.15
    assert 0.85 < max(mixings) < 1.001


def test_film_has_lumas_mean_and_contrast(colors):
    luma, seen = rgb_to_luma(colors), film(colors, 1.0, seeded(3))
    torch.testing.assert_close(seen.mean((1, 2, 3)), luma.mean((1, 2, 3)), atol=1e-4, rtol=0)
    torch.testing.assert_close(seen.std((1, 2, 3)), luma.std((1, 2, 3)), atol=1e-4, rtol=0)
    vivid = torch.zeros(30, 3, 16, 16)
    vivid[:, 2, :8] = 1  # blue and black: film sees far more contrast than luma has, and keeps a part of it
    seen = film(vivid, 1.0, seeded(4))
    ratio = seen.std((1, 2, 3)) / rgb_to_luma(vivid).std((1, 2, 3))
    assert ratio.max() > 1.5
    assert seen.min() >= 0
    assert seen.max() <= 1


def test_kinds_have_their_shares(grays):
    result = worn(grays, replace(WEAR, softened=0.0, grain=(0.02, 0.05)), seeded(5))
    clean = ~changed(result, grays)
    dotted = ((result * 4) % 1 == 0).flatten(1).all(1)
    assert int(clean.sum()) == 7
    assert int(dotted.sum()) == 4
    assert not (clean & dotted).any()
    again = worn(grays, replace(WEAR, softened=0.0, grain=(0.02, 0.05)), seeded(6))
    assert not torch.equal(clean, ~changed(again, grays)), "other rows each time"


def test_shares_are_right_in_the_mean_of_small_batches(grays):
    torch.manual_seed(7)
    wear = replace(WEAR, softened=0.0, grain=(0.02, 0.05))
    results = [(grays[i : i + 3], worn(grays[i : i + 3], wear)) for i in range(17) for _ in range(20)]
    clean = np.mean([float((~changed(result, before)).float().mean()) for before, result in results])
    dotted = np.mean([float(((result * 4) % 1 == 0).flatten(1).all(1).float().mean()) for _, result in results])
    assert clean == pytest.approx(0.35, abs=0.03)
    assert dotted == pytest.approx(0.2, abs=0.03)


def test_range_repetition_and_the_input_stays(grays):
    before = grays.clone()
    results = [worn(grays, generator=seeded(8)) for _ in range(2)]
    assert torch.equal(*results)
    assert torch.equal(grays, before)
    assert results[0].shape == grays.shape
    assert results[0].dtype == torch.float32
    assert results[0].min() >= 0
    assert results[0].max() <= 1
    assert not torch.equal(results[0], worn(grays, generator=seeded(9)))
    for wear in (replace(WEAR, clean=1.0, old=0.0), NEUTRAL):
        torch.testing.assert_close(worn(grays, wear, seeded()), grays, atol=1e-4, rtol=0)


def test_tone(grays):
    faded = worn(grays, replace(NEUTRAL, ink=(0.1, 0.1), faded=(0.2, 0.2)), seeded())
    torch.testing.assert_close(faded, 0.1 + 0.7 * grays, atol=1e-4, rtol=0)
    kept = worn(grays, replace(NEUTRAL, ink=(-0.1, -0.1), faded=(-0.2, -0.2)), seeded())
    torch.testing.assert_close(kept, grays, atol=1e-4, rtol=0)
    dark = worn(grays, replace(NEUTRAL, gamma_octaves=(0.7, 0.7)), seeded())
    torch.testing.assert_close(dark, grays ** (2**0.7), atol=1e-4, rtol=0)
    hard = worn(grays, replace(NEUTRAL, hardness=(6.0, 6.0)), seeded())
    sigmoid = torch.sigmoid(6 * (grays - 0.5))
    least = float(torch.sigmoid(torch.tensor(-3.0)))
    torch.testing.assert_close(hard, (sigmoid - least) / (1 - 2 * least), atol=1e-4, rtol=0)


def test_grain_light_and_detail(grays):
    middle = 0.3 + 0.4 * grays
    grain = worn(middle, replace(NEUTRAL, grain=(0.04, 0.04)), seeded()) - middle
    torch.testing.assert_close(grain.std((1, 2, 3)), torch.full((20,), 0.04), atol=2e-3, rtol=0)
    light = worn(middle, replace(NEUTRAL, uneven=0.3), seeded()) - middle
    assert int(changed(light, torch.zeros(())).sum()) == 6
    assert 0.05 < light.abs().max() < 0.15
    assert (light[..., 1:] - light[..., :-1]).abs().max() < 0.03
    sharp = worn(middle, replace(NEUTRAL, sharpened=0.25), seeded())
    assert int(changed(sharp, middle).sum()) == 5
    assert (sharp.std((1, 2, 3)) >= middle.std((1, 2, 3)) - 1e-5).all()
    soft = worn(middle, replace(NEUTRAL, blur_px=(1.1, 1.1)), seeded())
    steps = [(p[..., 1:] - p[..., :-1]).abs().amax((1, 2, 3)) for p in (soft, middle)]
    assert (steps[0] < steps[1]).all()


def test_some_are_stored_as_jpeg(grays):
    stored = worn(grays, replace(NEUTRAL, compressed=0.3, quality=(60, 60)), seeded())
    rows = changed(stored, grays)
    assert int(rows.sum()) == 6
    expected = jpeg(grays[rows], torch.full((6,), 60.0))
    assert ((stored[rows] - expected).abs() < 1e-3).float().mean() > 0.95, "but for values that round either way"


def test_halftones_have_the_tone_and_half_are_softened(grays):
    dots = worn(grays, PRINTED, seeded())
    hard = ((dots * 4) % 1 == 0).flatten(1).all(1)
    assert int(hard.sum()) == 10
    coarse = torch.nn.functional.avg_pool2d(dots - grays, 20)
    assert coarse.abs().max() < 0.06
    waves = torch.fft.rfft2(dots[hard, 0] - grays[hard, 0]).abs().mean(0)
    assert waves[5:20, 5:].max() > 4 * waves[:3, :3].mean(), "dots of 2.5 to 4.5 px, not blotches"


def test_half_precision_around_it_changes_nothing(grays):
    expected = worn(grays, generator=seeded(3))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = worn(grays, generator=seeded(3))
    assert torch.equal(found, expected)

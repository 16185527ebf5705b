"""The noise map depends on the place and the seed alone, and has the power it is trained with."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.descreeners._noise import SIDE, noise_map
from halftone_color.training.recipes.inverse_halftone import smoothed_noise


@pytest.mark.parametrize(
    ("top", "left", "height", "width"), [(0, 0, 5, 7), (-9, -140, 20, 30), (127, 100, 3, 60), (200, -3, 1, 1)]
)
def test_a_window_is_part_of_the_whole(top, left, height, width):
    whole = noise_map(-20, -150, 260, 320, 7)
    down, right = top + 20, left + 150
    np.testing.assert_array_equal(
        noise_map(top, left, height, width, 7), whole[:, down : down + height, right : right + width]
    )


def test_seeds_differ_and_repeat():
    first = noise_map(0, 0, 16, 16, 1)
    assert first.tobytes() == noise_map(0, 0, 16, 16, 1).tobytes()
    assert abs(np.corrcoef(first.ravel(), noise_map(0, 0, 16, 16, 2).ravel())[0, 1]) < 0.1


def test_channels_do_not_repeat():
    apart = np.corrcoef(noise_map(0, 0, 256, 256, 3).reshape(8, -1)) - np.eye(8)
    assert np.abs(apart).max() < 0.05


def test_it_repeats_without_a_seam():
    field = noise_map(0, 0, 2 * SIDE, SIDE + 1, 3)
    np.testing.assert_array_equal(field[:, :SIDE], field[:, SIDE:])
    np.testing.assert_array_equal(field[:, :, 0], field[:, :, SIDE])
    for pair in (field[:, SIDE - 1 : SIDE + 1], field[:, :SIDE, SIDE - 1 :].swapaxes(1, 2)):  # neighbors across
        assert float((pair[:, 0] * pair[:, 1]).mean()) == pytest.approx(4 / 6, abs=0.12)


def test_it_is_binomially_smoothed_noise_of_unit_power():
    field = noise_map(0, 0, 512, 512, 0)
    assert field.dtype == np.float32
    assert float(field.std()) == pytest.approx(1, abs=0.01)
    assert float(field.mean()) == pytest.approx(0, abs=0.01)
    taps = np.convolve([1, 2, 1], [1, 2, 1]) / 6  # autocorrelation of the kernel
    for shift in (1, 2, 3):
        wanted = taps[2 + shift] if shift < 3 else 0
        for a, b in ((field[:, shift:], field[:, :-shift]), (field[:, :, shift:], field[:, :, :-shift])):
            assert float((a * b).mean()) == pytest.approx(wanted, abs=0.01)


def test_training_draws_the_same_kind_of_noise():
    noise = smoothed_noise(torch.zeros(2, 1, 256, 512), torch.Generator().manual_seed(0))
    assert noise.shape == (2, 8, 128, 256)
    inside = noise[:, :, 1:-1, 1:-1]
    assert float(inside.std()) == pytest.approx(1, abs=0.01)
    assert float((inside[..., 1:] * inside[..., :-1]).mean()) == pytest.approx(4 / 6, abs=0.01)

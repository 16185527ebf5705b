"""Samplers: what diffusers computes with the same stand-in for a network, and distributions whose samples are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from halftone_color.diffusion.sampling import ancestral, ddim, euler
from halftone_color.diffusion.schedule import Schedule

GOLDEN = np.load(Path(__file__).with_name("golden.npz"))
STEPS = 40
MEAN, DEVIATION = 0.3, 0.2


def toy_noise(state, step):
    return np.sin(1.7 * state + 0.05 * step) * 0.8


def exact_noise(schedule):
    """Return the noise predicted by a perfect network for data of N(MEAN, DEVIATION^2)."""

    def denoise(state, step):
        left = float(schedule.alpha_bars[step])
        variance = left * DEVIATION**2 + 1 - left
        return (1 - left) ** 0.5 * (state - left**0.5 * MEAN) / variance

    return denoise


def test_ancestral_sampling_as_diffusers_does_it():
    added = GOLDEN["added"]
    result = ancestral(toy_noise, GOLDEN["start"], Schedule.linear(STEPS), lambda step: added[step - 2])
    np.testing.assert_allclose(result, GOLDEN["ancestral"], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("count", [4, 8, 20, 40])
def test_ddim_as_diffusers_does_it(count):
    result = ddim(toy_noise, GOLDEN["start"], Schedule.linear(STEPS), count)
    np.testing.assert_allclose(result, GOLDEN[f"ddim_{count}"], rtol=1e-4, atol=1e-5)


def test_ancestral_samples_have_the_distribution_of_the_data():
    rng, schedule = np.random.default_rng(4), Schedule.linear(1000)
    start = rng.standard_normal(20_000)
    made = ancestral(exact_noise(schedule), start, schedule, lambda step: rng.standard_normal(20_000))
    assert made.mean() == pytest.approx(MEAN, abs=0.01)
    assert made.std() == pytest.approx(DEVIATION, rel=0.05)


def test_ddim_carries_the_start_to_the_data_in_order():
    schedule = Schedule.linear(1000)
    start = np.linspace(-2, 2, 41)
    made = ddim(exact_noise(schedule), start, schedule, 500)
    np.testing.assert_allclose(made, MEAN + DEVIATION * start, atol=0.02)


def test_tensors_give_what_arrays_give():
    schedule = Schedule.linear(STEPS)
    state = torch.from_numpy(GOLDEN["start"])
    made = ddim(lambda x, step: torch.sin(1.7 * x + 0.05 * step) * 0.8, state, schedule, 8)
    np.testing.assert_allclose(made.numpy(), ddim(toy_noise, GOLDEN["start"], schedule, 8), atol=1e-9)


def test_euler_steps_follow_a_straight_flow_exactly_and_a_curved_one_better_with_more_steps():
    start, end = np.array([0.0, 1.0]), np.array([2.0, -1.0])
    np.testing.assert_allclose(euler(lambda x, t: end - start, start, 1), end)
    errors = [abs(float(euler(lambda x, t: x, np.ones(1), count)[0]) - np.e) for count in (4, 8, 16)]
    assert errors[0] > 1.7 * errors[1] > 1.7 * 1.7 * errors[2]


def test_progress_ends_at_one():
    schedule = Schedule.linear(STEPS)
    for sample in (
        lambda told: ancestral(toy_noise, GOLDEN["start"], schedule, lambda step: 0.0, told),
        lambda told: ddim(toy_noise, GOLDEN["start"], schedule, 5, told),
        lambda told: euler(toy_noise, GOLDEN["start"], 5, told),
    ):
        shares = []
        sample(shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == 1

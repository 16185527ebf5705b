"""Noise schedules: what diffusers computes, and what the equations say of each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from halftone_color.diffusion.schedule import Schedule

GOLDEN = np.load(Path(__file__).with_name("golden.npz"))
STEPS = 40


@pytest.fixture
def schedule():
    return Schedule.linear(STEPS)


def test_ends_of_the_linear_schedule_scale_with_the_number_of_steps():
    short, usual = Schedule.linear(200), Schedule.linear(1000)
    assert (short.betas[0], short.betas[-1]) == pytest.approx((5e-4, 0.1))
    assert (usual.betas[0], usual.betas[-1]) == pytest.approx((1e-4, 0.02))
    assert short.alpha_bars[-1] < 1e-4 > usual.alpha_bars[-1], "next to nothing is left of the data"


@pytest.mark.parametrize("step", [1, 17, STEPS])
def test_known_answers_of_noisy_states_and_variances(schedule, step):
    state = schedule.noisy(GOLDEN["clean"], GOLDEN["noise"], step)
    np.testing.assert_allclose(state, GOLDEN[f"noisy_{step}"], rtol=1e-5, atol=1e-6)
    assert schedule.posterior_variance(step) == pytest.approx(float(GOLDEN[f"variance_{step}"]), rel=1e-4)


@pytest.mark.parametrize("step", [1, 2, 20, STEPS])
def test_clean_inverts_noisy_and_both_means_agree(schedule, step):
    clean, noise = GOLDEN["clean"], GOLDEN["noise"]
    state = schedule.noisy(clean, noise, step)
    np.testing.assert_allclose(schedule.clean(state, noise, step), clean, atol=1e-6)
    np.testing.assert_allclose(
        schedule.mean(state, noise, step), schedule.posterior_mean(clean, state, step), atol=1e-6
    )


def test_a_batch_of_unlike_steps_is_each_of_its_rows(schedule):
    clean, noise = (torch.randn(3, 2, 4, 4, generator=torch.Generator().manual_seed(k)) for k in (1, 2))
    steps = torch.tensor([1, 9, STEPS])
    batch = schedule.noisy_batch(clean, noise, steps)
    for row, step in enumerate(steps.tolist()):
        torch.testing.assert_close(batch[row], schedule.noisy(clean[row], noise[row], step))


def test_the_states_variance_is_kept(schedule):
    rng = np.random.default_rng(0)
    clean, noise = rng.standard_normal((2, 100_000))
    for step in (1, 10, STEPS):
        assert schedule.noisy(clean, noise, step).std() == pytest.approx(1, abs=0.01)


def test_spaced_steps_begin_at_the_last_and_are_even(schedule):
    assert schedule.spaced(4) == (40, 30, 20, 10)
    assert schedule.spaced(STEPS) == tuple(range(STEPS, 0, -1))
    assert schedule.spaced(1) == (STEPS,)
    assert len(set(schedule.spaced(33))) == 33
    for count in (0, STEPS + 1):
        with pytest.raises(ValueError, match="Between 1 and 40"):
            schedule.spaced(count)


@pytest.mark.parametrize("betas", [(), (0.0,), (0.5, 1.0)])
def test_impossible_variances_are_refused(betas):
    with pytest.raises(ValueError, match="between 0 and 1"):
        Schedule(betas)

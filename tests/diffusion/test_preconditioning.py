"""What is known without a network: Bayes' rule for a pixel of a halftone, and the flow between two Gaussians."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.diffusion.preconditioning import LACKING, bilevel_noise, flow_velocity
from halftone_color.diffusion.processes import FLOW_SIGMA
from halftone_color.diffusion.sampling import ddim, euler
from halftone_color.diffusion.schedule import Schedule


@pytest.mark.parametrize("step", [5, 80, 200])
def test_the_noise_in_a_pixel_is_that_of_bayes_rule(step):
    """Two hypotheses, weighed by prior and likelihood."""
    left = float(Schedule.linear(200).alpha_bars[step])
    rng = np.random.default_rng(0)
    gray, ink_or_paper = rng.uniform(-0.95, 0.95, 50), rng.choice([-1, 1], 50)
    state = left**0.5 * ink_or_paper + (1 - left) ** 0.5 * rng.standard_normal(50)
    density = {value: np.exp(-((state - left**0.5 * value) ** 2) / (2 * (1 - left))) for value in (-1, 1)}
    paper, ink = (1 + gray) / 2 * density[1], (1 - gray) / 2 * density[-1]
    clean = (paper - ink) / (paper + ink)
    planes = [torch.tensor(values).reshape(1, 1, 5, 10) for values in (np.zeros(50), state, gray)]
    found = bilevel_noise(*planes, torch.tensor(left))
    wanted = (state - left**0.5 * clean) / (1 - left) ** 0.5
    np.testing.assert_allclose(found.flatten(), wanted, atol=1e-6)


def test_black_and_white_are_sure_and_a_network_can_say_otherwise():
    gray = torch.tensor([-1.0, 1.0]).reshape(1, 1, 1, 2)
    left = torch.tensor(1e-3)
    for said, wanted in ((0.0, gray), (-30 * gray, -gray)):
        noise = bilevel_noise(torch.as_tensor(said), torch.zeros_like(gray), gray, left)
        torch.testing.assert_close(noise, -((left / (1 - left)) ** 0.5) * wanted, rtol=1e-3, atol=0)


def test_halftones_without_a_network_have_the_tone():
    schedule = Schedule.linear(200)
    gray = torch.linspace(-0.8, 0.8, 5)[None, None, :, None].expand(1, 1, 5, 4000)
    start = torch.randn(gray.shape, generator=torch.Generator().manual_seed(0))

    def denoise(state, step):
        return bilevel_noise(torch.zeros(()), state, gray, torch.tensor(schedule.alpha_bars[step]).float())

    made = (ddim(denoise, start, schedule, 40) > 0).float() * 2 - 1
    torch.testing.assert_close(made.mean(3), gray[..., 0], atol=0.12, rtol=0)
    assert made.std(3).min() > 0.5


@pytest.mark.parametrize("time", [0.0, 0.3, 0.9])
def test_the_velocity_is_the_regression_of_what_is_still_to_go(time):
    rng = np.random.default_rng(1)
    start, end = FLOW_SIGMA * rng.standard_normal(200_000), LACKING * rng.standard_normal(200_000)
    apart = (1 - time) * start + time * end
    slope = (apart * (end - start)).mean() / (apart**2).mean()
    assert flow_velocity(0.0, 1.0, 0.0, time) == pytest.approx(slope, rel=0.02)


def test_one_step_leads_to_the_mean_and_many_to_what_it_lacks():
    mean = np.linspace(-0.5, 0.5, 2000)
    start = mean + FLOW_SIGMA * np.random.default_rng(2).standard_normal(2000)
    np.testing.assert_allclose(euler(lambda x, t: flow_velocity(0.0, x, mean, t), start, 1), mean, atol=1e-12)
    many = euler(lambda x, t: flow_velocity(0.0, x, mean, t), start, 400)
    assert (many - mean).std() == pytest.approx(LACKING, rel=0.05)

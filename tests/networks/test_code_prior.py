"""The prior of codes against torch's own normal distribution."""

import pytest
import torch

from halftone_color.networks.code_prior import CodeDistribution, CodePrior

CODE = 5


@pytest.fixture
def likely():
    torch.manual_seed(3)
    directions = torch.randn(CODE, CODE).tril(-1) + torch.eye(CODE)
    return CodeDistribution(torch.randn(2, CODE), 0.3 * torch.randn(2, CODE), directions)


def test_surprise_is_that_of_a_normal_distribution(likely):
    code = torch.randn(2, CODE)
    factor = likely.directions * likely.log_scale.exp()[:, None, :]
    normal = torch.distributions.MultivariateNormal(likely.mean, scale_tril=factor)
    constant = 0.5 * torch.log(torch.tensor(2 * torch.pi))
    torch.testing.assert_close(likely.negative_log_likelihood(code) + constant, -normal.log_prob(code) / CODE)


def test_draws_have_its_mean_and_covariance(likely):
    one = CodeDistribution(likely.mean[:1], likely.log_scale[:1], likely.directions)
    draws = one.sample(torch.randn(200_000, CODE))
    factor = one.directions * one.log_scale.exp()
    torch.testing.assert_close(draws.mean(0), one.mean[0], atol=0.03, rtol=0)
    covariance = factor @ factor.T
    torch.testing.assert_close(draws.T.cov(), covariance, atol=0.02 * float(covariance.abs().max()), rtol=0.02)


def test_a_draw_without_spread_is_the_mean(likely):
    assert torch.equal(likely.sample(torch.randn(2, CODE), 0.0), likely.mean)


def test_it_learns_codes_that_pictures_tell():
    torch.manual_seed(0)
    prior = CodePrior(12, 2, 32)
    maps = torch.randn(64, 12, 4, 4) + 2 * torch.randn(64, 12, 1, 1)
    codes = maps.mean((2, 3))[:, :2]
    optimizer = torch.optim.Adam(prior.parameters(), 0.02)
    first = float(prior([maps]).negative_log_likelihood(codes).mean().detach())
    for _ in range(200):
        optimizer.zero_grad()
        prior([maps]).negative_log_likelihood(codes).mean().backward()
        optimizer.step()
    likely = prior([maps])
    assert float(likely.negative_log_likelihood(codes).mean()) < first - 1
    assert float((likely.mean - codes).square().mean()) < 0.1 * float(codes.var())

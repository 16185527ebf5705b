"""Every loss on a case whose value follows from an independent formula."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch.distributions import Normal, kl_divergence
from torch.nn import functional as F

from halftone_color.training import losses


@pytest.fixture
def draw():
    generator = torch.Generator().manual_seed(7)
    return lambda *shape: torch.rand(shape, generator=generator)


def test_pixel_is_the_mean_absolute_difference(draw):
    a, b = draw(2, 1, 5, 6), draw(2, 1, 5, 6)
    assert float(losses.pixel(a, b)) == pytest.approx(np.abs(a.numpy() - b.numpy()).mean(), rel=1e-6)
    assert float(losses.pixel(a, a - 0.25)) == pytest.approx(0.25, rel=1e-6)


def test_perceptual_is_the_share_of_power_that_differs():
    truth = torch.full((1, 3, 2, 2), 2.0)
    assert float(losses.perceptual(truth + 1, truth)) == pytest.approx(1 / 4)
    assert float(losses.perceptual(10 * (truth + 1), 10 * truth)) == pytest.approx(1 / 4), "scales with the features"


@pytest.mark.parametrize(("difference", "value"), [(0.02, 0.02**2 / 2 / 0.05), (0.5, 0.5 - 0.025), (-0.5, 0.475)])
def test_reconstruction_is_square_near_and_absolute_far(difference, value):
    truth = torch.full((1, 2, 3, 3), 0.1)
    assert float(losses.reconstruction(truth + difference, truth)) == pytest.approx(value, rel=1e-4)


def test_gram_is_the_mean_outer_product(draw):
    features = draw(2, 3, 4, 5)
    flat = features.numpy().reshape(2, 3, 20)
    wanted = np.stack([one @ one.T / 20 for one in flat])
    np.testing.assert_allclose(losses.gram(features), wanted, rtol=1e-5)


def test_style_ignores_where_things_are(draw):
    features = draw(2, 3, 4, 5)
    shuffled = features.flatten(2)[:, :, torch.randperm(20)].reshape(features.shape)
    assert float(losses.style(shuffled, features)) == pytest.approx(0, abs=1e-6)
    assert float(losses.style(2 * features, features)) == pytest.approx(3.0, rel=1e-5)  # Gram grows fourfold
    other = draw(2, 3, 4, 5)
    grams = [np.einsum("bchw,bdhw->bcd", x.numpy(), x.numpy()) / 20 for x in (other, features)]
    wanted = np.abs(grams[0] - grams[1]).mean() / np.abs(grams[1]).mean()
    assert float(losses.style(other, features)) == pytest.approx(wanted, rel=1e-5)


def test_latent_is_the_mean_squared_difference():
    code = torch.tensor([[1.0, 2.0], [0.0, -1.0]])
    assert float(losses.latent(code, torch.zeros(2, 2))) == pytest.approx((1 + 4 + 0 + 1) / 4)


def test_kl_is_the_divergence_from_the_standard_normal(draw):
    mean, log_variance = 3 * draw(5, 4) - 1, 4 * draw(5, 4) - 3
    wanted = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1).mean()
    assert float(losses.kl(mean, log_variance)) == pytest.approx(float(wanted), rel=1e-5)
    assert float(losses.kl(torch.zeros(2, 3), torch.zeros(2, 3))) == 0


def test_self_similarity_is_the_cosine_of_patches(draw):
    side = 3
    picture = draw(2, 3, 4 * side, 4 * side)  # cells are as large as patches: nothing is averaged
    found = losses.self_similarity(picture, side)
    assert found.shape == (2, side**2, side**2)
    for one, matrix in zip(picture.numpy(), found.numpy(), strict=True):
        centered = one - one.mean((1, 2), keepdims=True)
        patches = [centered[:, 4 * r : 4 * r + 4, 4 * c : 4 * c + 4].ravel() for r in range(side) for c in range(side)]
        wanted = [[a @ b / np.linalg.norm(a) / np.linalg.norm(b) for b in patches] for a in patches]
        np.testing.assert_allclose(matrix, wanted, atol=1e-5)


def test_similarity_compares_relations_and_not_colors(draw):
    picture = draw(1, 3, 16, 16)
    assert float(losses.similarity(0.5 * picture[:, [2, 0, 1]] + 0.2, picture, 4)) == pytest.approx(0, abs=1e-9)
    other = draw(1, 3, 16, 16)
    matrices = [losses.self_similarity(x, 4).numpy() for x in (picture, other)]
    assert float(losses.similarity(picture, other, 4)) == pytest.approx(
        np.square(np.subtract(*matrices)).mean(), rel=1e-5
    )


def test_histogram_is_cross_entropy_less_entropy():
    found, wanted = np.array([[0.2, 0.7, 0.1]]), np.array([[0.5, 0.5, 0.0]])

    def cross_entropy(p, q):
        p, q = np.clip(p, 1e-6, 1 - 1e-6), np.clip(q, 1e-6, 1 - 1e-6)
        return -(q * np.log(p) + (1 - q) * np.log(1 - p)).mean()

    value = losses.histogram(torch.from_numpy(found), torch.from_numpy(wanted))
    assert float(value) == pytest.approx(cross_entropy(found, wanted) - cross_entropy(wanted, wanted), rel=1e-6)
    assert float(losses.histogram(torch.from_numpy(wanted), torch.from_numpy(wanted))) == pytest.approx(0, abs=1e-9)


def test_mode_seeking_is_the_distance_of_codes_over_that_of_results(draw):
    first, second = draw(2, 2, 8, 12) - 0.5, draw(2, 2, 8, 12) - 0.5
    codes = torch.zeros(2, 4), torch.tensor([[1.0, -1, 1, -1], [2, 2, 0, 4]])  # mean distances 1 and 2
    cells = (first - second).numpy().reshape(2, 2, 2, 4, 3, 4).mean((3, 5))
    apart = np.abs(cells).mean((1, 2, 3)) / [1, 2]
    found = float(losses.mode_seeking(first, second, *codes))
    assert found == pytest.approx((0.02 / (apart + 0.002)).mean(), rel=1e-4)
    assert float(losses.mode_seeking(first, first, *codes)) == pytest.approx(10, rel=1e-4), "the same twice is worst"
    assert float(losses.mode_seeking(first, 2 * second - first, *codes)) < found


def test_mode_seeking_does_not_look_at_single_places(draw):
    first, codes = draw(1, 2, 8, 8), (torch.zeros(1, 4), torch.ones(1, 4))
    checks = 0.2 * (1 - 2 * ((torch.arange(8)[:, None] + torch.arange(8)) % 2))
    assert float(losses.mode_seeking(first, first + checks, *codes)) == pytest.approx(10, rel=1e-3)


def test_reconstruction_of_each_value(draw):
    result, truth = draw(2, 2, 3, 4), draw(2, 2, 3, 4)
    each = losses.reconstruction(result, truth, "none")
    assert each.shape == truth.shape
    torch.testing.assert_close(each.mean(), losses.reconstruction(result, truth))


CASES = {
    "pixel": lambda x, y: losses.pixel(x, y),
    "perceptual": lambda x, y: losses.perceptual(x, y),
    "reconstruction": lambda x, y: losses.reconstruction(x, y),
    "style": lambda x, y: losses.style(x, y),
    "latent": lambda x, y: losses.latent(y.flatten(1), x.flatten(1)),
    "kl": lambda x, y: losses.kl(x.flatten(1), y.flatten(1)),
    "similarity": lambda x, y: losses.similarity(x, y, 4),
    "histogram": lambda x, y: losses.histogram(x.flatten(1).softmax(1), y.flatten(1).softmax(1)),
    "mode_seeking": lambda x, y: losses.mode_seeking(x, y, x.mean((2, 3)).detach(), y.mean((2, 3))),
}


@pytest.mark.parametrize("name", CASES)
def test_gradients_lead_downhill(name, draw):
    start, truth = draw(2, 3, 16, 16), draw(2, 3, 16, 16)
    start.requires_grad_()
    value = CASES[name](start, truth)
    (gradient,) = torch.autograd.grad(value, start)
    assert torch.isfinite(gradient).all()
    assert gradient.abs().sum() > 0
    step = 0.02 * F.normalize(gradient.flatten(), dim=0).reshape(gradient.shape)
    assert float(CASES[name](start.detach() - step, truth)) < float(value.detach())


def test_unlikeness_is_one_minus_ssim_as_scikit_image_has_it():
    rng = np.random.default_rng(4)
    truth = rng.random((40, 53), np.float32)
    result = np.clip(truth + 0.2 * rng.standard_normal(truth.shape, dtype=np.float32), 0, 1)
    reach = 3  # scikit-image leaves out windows that are cut by the border from its mean
    _, everywhere = structural_similarity(truth, result, data_range=1.0, full=True)
    wanted = 1 - everywhere[reach:-reach, reach:-reach].mean(dtype=np.float64)
    pair = [torch.from_numpy(plane)[None, None] for plane in (result, truth)]
    assert float(losses.unlikeness(*pair)) == pytest.approx(wanted, abs=1e-5)
    assert float(losses.unlikeness(pair[1], pair[1])) == pytest.approx(0, abs=1e-6)

"""Losses beyond the paper on colors and planes whose values are known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

from halftone_color.arrays.color import rgb_to_ycc
from halftone_color.training import color_losses


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(11)


def chroma_of(*colors):
    """Return chroma (1, 2, 1, n) of colors given as 8-bit RGB."""
    rgb = torch.tensor(colors, dtype=torch.float32).T[None, :, None] / 255
    return rgb_to_ycc(rgb)[1]


SKIN = ((255, 219, 172), (241, 194, 125), (224, 172, 105), (141, 85, 36), (92, 56, 36), (238, 187, 153))
"""From light to dark, in light and in shadow."""
OTHERS = {
    "leaf": (74, 124, 48),
    "sky": (135, 186, 235),
    "gray": (128, 128, 128),
    "sepia, faded": (140, 136, 130),
    "lips": (200, 40, 60),
    "lemon": (245, 230, 60),
    "lilac": (180, 140, 200),
}


def test_skin_is_like_skin():
    assert color_losses.skin_like(chroma_of(*SKIN)).all()


@pytest.mark.parametrize("name", OTHERS)
def test_other_things_are_not(name):
    assert not color_losses.skin_like(chroma_of(OTHERS[name])).any()


def test_a_lone_pixel_of_skin_weighs_most_and_a_field_nothing_more():
    mask = torch.zeros(2, 1, 15, 15)
    mask[0, 0, 7, 7] = 1
    mask[1] = 1
    weight = color_losses.small_region_weight(mask, 2, 0.5)
    assert float(weight[0, 0, 7, 7]) == pytest.approx(1 + 0.5 * (1 - 1 / 25))
    assert weight[0].sum() == pytest.approx(225 + 0.5 * 24 / 25)
    torch.testing.assert_close(weight[1], torch.ones(1, 15, 15), msg="also at the borders")
    torch.testing.assert_close(color_losses.small_region_weight(mask, 2, 0.0), torch.ones(2, 1, 15, 15))


def test_chroma_may_have_the_edges_of_the_truth_and_of_the_luma():
    truth, luma = torch.rand(2, 2, 16, 16) - 0.5, torch.rand(2, 1, 16, 16)
    assert float(color_losses.chroma_excess(truth, truth, luma)) == 0
    gray = torch.zeros_like(truth)
    assert float(color_losses.chroma_excess(gray, gray, luma)) == 0
    along = 0.3 * luma.expand(-1, 2, -1, -1)  # averages of half the size keep the ratio
    assert float(color_losses.chroma_excess(along, gray, luma)) == pytest.approx(0, abs=1e-7)
    assert float(color_losses.chroma_excess(along, gray, 0.5 * luma)) > 0.01


def test_excess_of_a_stain_is_that_of_its_border():
    chroma, luma = torch.zeros(1, 2, 8, 8), torch.full((1, 1, 8, 8), 0.5)
    chroma[:, 0, 2:6, 2:6] = 0.2
    wanted, stain = 0.0, chroma[0].numpy()
    for _ in range(color_losses.SIZES):
        wanted += sum(np.abs(np.diff(stain, axis=axis)).mean() for axis in (1, 2))
        stain = stain.reshape(2, len(stain[0]) // 2, 2, -1, 2).mean((2, 4))
    assert float(color_losses.chroma_excess(chroma, 0 * chroma, luma)) == pytest.approx(wanted, rel=1e-5)


def test_cells_are_drawn_by_their_weight():
    chroma = torch.arange(32.0).reshape(1, 2, 4, 4)
    weight = torch.zeros(1, 1, 4, 4)
    weight[0, 0, 1, 2] = 1
    weight[0, 0, 3, 0] = 3
    drawn = color_losses.drawn_cells(chroma, weight)
    assert drawn.shape == (1, 2, color_losses.CELLS)
    torch.testing.assert_close(drawn[:, 1] - drawn[:, 0], torch.full((1, color_losses.CELLS), 16.0))
    share = [float((drawn[0, 0] == place).float().mean()) for place in (6, 12)]
    assert share == pytest.approx([0.25, 0.75], abs=0.08)


def test_equal_sets_are_no_distance_apart():
    points = torch.rand(2, 2, 50)
    shuffled = points[:, :, torch.randperm(50)]
    assert float(color_losses.partial_wasserstein(points, shuffled, 1.0)) == pytest.approx(0, abs=1e-6)


def test_a_shifted_set_is_as_far_as_its_shift_seen_from_all_sides():
    points = torch.rand(64, 2, 50)
    found = float(color_losses.partial_wasserstein(points, points + torch.tensor([0.3, -0.4])[:, None], 1.0))
    assert found == pytest.approx(0.5 * 2 / math.pi, rel=0.05)


def test_all_of_two_sets_is_scipys_distance_in_each_direction():
    first, second = torch.rand(1, 2, 40), torch.rand(1, 2, 40) * 0.5
    torch.manual_seed(3)
    angle = float(torch.rand(1, 1, 1)) * math.pi
    torch.manual_seed(3)
    found = float(color_losses.partial_wasserstein(first, second, 1.0, directions=1))
    across = np.array([math.cos(angle), math.sin(angle)])
    assert found == pytest.approx(stats.wasserstein_distance(*(across @ x[0].numpy() for x in (first, second))))


def test_a_share_leaves_the_worst_matches_out():
    points = torch.rand(8, 2, 50)
    other = points.clone()
    other[:, :, :10] += 5  # a fifth is elsewhere
    whole, part = (float(color_losses.partial_wasserstein(points, other, share)) for share in (1.0, 0.5))
    assert whole == pytest.approx(0.2 * 5 * math.sqrt(2) * 2 / math.pi, rel=0.15)
    assert part < 0.2 * whole


def test_faded_is_what_lacks_of_a_share_of_the_mean_strength():
    truth = torch.tensor([0.3, 0.4]).reshape(1, 2, 1, 1).expand(1, 2, 4, 4)
    assert float(color_losses.faded(0.5 * truth, truth, 0.9)) == pytest.approx(0.9 * 0.5 - 0.25)
    assert float(color_losses.faded(-truth, truth, 0.9)) == 0, "another hue is as strong"


def test_moments_of_standard_normal_codes_are_near_zero():
    count, numbers = 20_000, 6
    drawn = torch.randn(count, numbers)
    assert float(color_losses.moments(drawn, drawn)) == pytest.approx(0, abs=0.01)
    mean, spread = torch.full((count, numbers), 0.5), 0.5 + 2 * drawn
    found = float(color_losses.moments(mean, spread))
    covariance = np.cov(spread.numpy().T) - np.eye(numbers)
    assert found == pytest.approx(numbers * 0.25 + np.square(covariance).sum() / 4, rel=1e-4)


def test_losses_have_gradients_that_lead_downhill():
    truth, luma = 0.3 * torch.rand(2, 2, 16, 16) - 0.15, torch.rand(2, 1, 16, 16)
    start = (0.3 * torch.rand(2, 2, 16, 16) - 0.15).requires_grad_()

    def palette(chroma):
        torch.manual_seed(5)
        sets = (color_losses.drawn_cells(x, torch.ones(2, 1, 16, 16)) for x in (chroma, truth + 0.2))
        return color_losses.partial_wasserstein(*sets, 0.7)

    for loss in (
        lambda chroma: color_losses.chroma_excess(chroma, 0.2 * truth, 0.2 * luma),
        lambda chroma: color_losses.faded(0.2 * chroma, truth, 0.9),
        palette,
    ):
        (gradient,) = torch.autograd.grad(loss(start), start)
        step = 0.05 * gradient / gradient.norm()
        assert float(loss(start.detach() - step)) < float(loss(start).detach())


def skin_map_loss(odds, people, luma=0.5):
    """Return the loss of a map on a picture that is tan on its left half and blue on the right."""
    chroma = torch.zeros(1, 2, 4, 8)
    chroma[:, 0, :, :4], chroma[:, 1, :, :4], chroma[:, 0, :, 4:] = -0.04, 0.07, 0.1
    plane = torch.ones(1, 1, 4, 8)
    return float(color_losses.skin_map(odds, chroma, luma * plane, people * plane))


LEFT = torch.full((1, 1, 4, 8), -20.0)
LEFT[..., :4] = 20


def test_skin_of_people_is_to_be_found():
    assert skin_map_loss(LEFT, 1) < 1e-6
    assert skin_map_loss(-LEFT, 1) == pytest.approx(20, rel=1e-4)
    overlooked, invented = torch.full_like(LEFT, -20.0), torch.full_like(LEFT, 20.0)
    ratio = skin_map_loss(overlooked, 1) / skin_map_loss(invented, 1)
    assert ratio == pytest.approx(color_losses.SKIN_WEIGHT, rel=1e-4)


def test_where_nobody_is_nothing_is_skin():
    assert skin_map_loss(LEFT, -1) == pytest.approx(10, rel=1e-4)


def test_what_may_be_skin_or_hair_counts_nothing():
    assert skin_map_loss(LEFT, 0) == skin_map_loss(-LEFT.abs(), 0) < 1e-6
    assert skin_map_loss(-LEFT.abs(), 1, luma=0.1) < 1e-6

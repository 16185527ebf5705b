"""Cycle CNN, equation by equation, on cases whose values are known."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from halftone_color.networks import cycle_cnn
from halftone_color.networks.chroma_refinement import RefinementNet
from halftone_color.networks.global_curve import NODES, apply_curve, closeness, nodes_of, positions
from halftone_color.networks.residual_stack import ResidualStack
from halftone_color.networks.sliced_convolution import SlicedConv3d, SlicedConvTranspose3d
from halftone_color.networks.weighted_average import SplitLayer, WeightUNet, average, fill, weights_of

SMALL = cycle_cnn.CycleCnnConfig(4, 1, 1, 2, refinement_features=4)
WHOLE = cycle_cnn.CycleCnnConfig(4, 2, 1, 1, True, False, 4, 2, 1, False)
"""The paper's form with fewer channels and levels."""


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def one_hot(d, k, height=4, width=12):
    weights = torch.zeros(1, d, height, width)
    weights[:, k] = 1
    return weights


@pytest.mark.parametrize(
    "layer",
    [SlicedConv3d(3, 2), SlicedConv3d(3, 2, 2), SlicedConvTranspose3d(3, 2), SlicedConvTranspose3d(3, 2, 1)],
)
def test_slices_are_the_3d_convolutions_of_torch(layer):
    volume = torch.randn(1, 3, 6, 8, 10)
    whole = type(layer).__mro__[1].forward(layer, volume)
    torch.testing.assert_close(layer(volume), whole, atol=1e-5, rtol=1e-5)


def test_the_split_layer_is_the_layer_on_the_volume_of_both_features():
    d, first, second = 5, torch.randn(1, 3, 7, 12), torch.randn(1, 3, 7, 12)
    layer = SplitLayer(3, 0)
    padded = F.pad(second, (0, d))
    volume = torch.cat([torch.stack([first] * d, 2), torch.stack([padded[..., k : k + 12] for k in range(d)], 2)], 1)
    weight = torch.cat([layer.of_first.weight, layer.of_second.weight], 1)  # (3 n, 2 n, 3, 3), slice by slice
    weight = weight.view(3, 3, 6, 3, 3).permute(1, 2, 0, 3, 4)
    bias = layer.of_first.bias.view(3, 3)  # one for each slice that is there
    there = torch.tensor([[0.0, 1, 1]] + [[1.0, 1, 1]] * (d - 2) + [[1.0, 1, 0]])
    whole = F.conv3d(volume, weight, padding=1) + (there @ bias).T[None, :, :, None, None]
    inner = np.s_[..., 1 : 12 - d - 1]  # beside the picture the volume is 0, and the features are not
    torch.testing.assert_close(layer(first, second, d, None)[inner], whole[inner], atol=1e-5, rtol=1e-5)


def test_equation_1_takes_the_candidate_that_has_the_weight():
    second = torch.rand(1, 3, 4, 12)
    torch.testing.assert_close(average(one_hot(5, 0), second), second)  # an identity pair
    torch.testing.assert_close(average(one_hot(5, 3), second)[..., :9], second[..., 3:])  # a shifted pair
    half = (one_hot(5, 0) + one_hot(5, 2)) / 2
    torch.testing.assert_close(average(half, second)[..., :10], (second[..., :10] + second[..., 2:]) / 2)


def test_equation_1_is_the_same_without_gradients():
    weights, second = torch.rand(1, 5, 4, 12), torch.rand(1, 3, 4, 12)
    with torch.inference_mode():
        found = average(weights, second)
    torch.testing.assert_close(found, average(weights, second))


def test_candidates_outside_the_picture_have_no_weight():
    weights = weights_of(torch.randn(1, 6, 3, 8), 8)
    torch.testing.assert_close(weights.sum(1), torch.ones(1, 3, 8))
    for k in range(6):
        assert (weights[:, k, :, 8 - k :] == 0).all()


def test_unmatched_pixels_are_averages_of_others():
    planes = torch.arange(8.0).view(1, 1, 2, 4)
    filled = fill(planes, torch.tensor([5]), torch.tensor([[0, 2]]), torch.tensor([[0.25, 0.75]]))
    assert filled.flatten().tolist() == [0, 1, 2, 3, 4, 1.5, 6, 7]


def test_distances_from_the_border():
    vertical, horizontal = positions(4, 5)[0]
    assert vertical[:, 0].tolist() == [0, 1, 1, 0]
    assert horizontal[0].tolist() == [0, 1, 2, 1, 0]


def test_a_gaussian_around_each_node():
    near = closeness(torch.tensor([8 / 255]))
    assert near.shape == (1, NODES)
    assert float(near[0, 2]) == pytest.approx(1)
    assert float(near[0, 3]) == pytest.approx(np.exp(-(4**2) / 50), rel=1e-4)


@pytest.mark.parametrize("curve", [lambda luma: 0.8 * luma + 0.05, lambda luma: luma**1.3])
def test_an_exposure_curve_is_found_again(curve):
    luma = torch.linspace(0.02, 0.9, 6000).view(1, 1, 60, 100)
    found = apply_curve(luma, nodes_of(luma, curve(luma), torch.ones_like(luma)))
    inner = (luma > 0.1) & (luma < 0.82)  # (3) and (5) are means over 5 levels, which end where the tones end
    assert float((found - curve(luma))[inner].abs().max()) < 1 / 255


def test_pixels_without_confidence_do_not_count_for_the_curve():
    luma = torch.linspace(0.05, 0.9, 4000).view(1, 1, 40, 100)
    gray, trusted = 0.5 * luma, torch.ones_like(luma)
    gray[..., ::2], trusted[..., ::2] = 0.9, 0
    found = apply_curve(luma, nodes_of(luma, gray, trusted))
    assert float((found - 0.5 * luma)[(luma > 0.15) & (luma < 0.8)].abs().max()) < 1 / 255


def test_where_no_pixel_is_near_the_curve_is_straight():
    luma = torch.full((1, 1, 4, 4), 0.2)
    nodes = nodes_of(luma, luma * 0.5, torch.ones_like(luma))
    assert float(nodes[0]) == pytest.approx(0, abs=1e-3)
    assert float(nodes[60]) == pytest.approx(240 / 255, abs=1e-3)


@pytest.mark.parametrize(("scale", "together"), [(2, True), (1, False)])
def test_refinement_begins_with_what_it_is_given(scale, together):
    gray, chroma, hints = torch.rand(1, 1, 8, 12), torch.rand(1, 2, 8, 12) - 0.5, torch.zeros(1, 2, 8, 12)
    network = RefinementNet(4, 1, False, scale, together)
    torch.testing.assert_close(network(gray, chroma, hints), chroma)
    torch.nn.init.normal_(network.leave.weight)
    assert float((network(gray, chroma, hints) - chroma).detach().abs().max()) > 1e-3


def test_each_plane_is_refined_by_itself_in_the_papers_form():
    network = RefinementNet(4, 1, False, 1, False)
    torch.nn.init.normal_(network.leave.weight)
    gray, chroma, hints = torch.rand(1, 1, 8, 12), torch.rand(1, 2, 8, 12), torch.zeros(1, 2, 8, 12)
    torch.testing.assert_close(network(gray, chroma.flip(1), hints), network(gray, chroma, hints).flip(1))


def test_table_1():
    paper = cycle_cnn.PAPER
    stack = ResidualStack(1, paper.features, paper.pairs, paper.normed)
    kernels = [tuple(w.shape[2:]) for w in stack.parameters() if w.ndim == 4]
    assert kernels == [(5, 5)] + [(3, 3)] * 16  # layers 1 to 17
    unet = WeightUNet(paper.features, paper.levels, paper.normed, 0)
    volumes = [w for w in unet.parameters() if w.ndim == 5]
    assert len(volumes) == 1 + 12 + 4 + 1  # layers 2, 3-14, 15-18, 19; the first one is split
    assert volumes[0].shape[0] == 16
    assert volumes[1].shape[0] == 32


@pytest.mark.parametrize("config", [SMALL, WHOLE])
def test_any_size_gives_weights_that_sum_to_one(config):
    network = cycle_cnn.CycleCnnNet(config)
    first, second = torch.rand(1, 1, 13, 22), torch.rand(1, 1, 13, 22)
    prior = prior_for(second, 16) if config.prior else None
    weights = network.weigh(first, second, 16, prior)
    assert weights.shape == (1, 16, 13, 22)
    torch.testing.assert_close(weights.sum(1), torch.ones(1, 13, 22))
    colored = network.color(weights, torch.rand(1, 3, 13, 22), prior)
    assert colored.shape == (1, 3, 13, 22)
    assert network.refine(first, colored[:, 1:], first, prior).shape == (1, 2, 13, 22)
    assert network.trust(colored[:, :1], first).min() > 0


def prior_for(second, d, k=2):
    sums = torch.full((1, d, *second.shape[2:]), 3000.0)
    sums[:, k] = 100
    nothing = torch.zeros(0, dtype=torch.long)
    return cycle_cnn.Prior(sums, second, torch.ones_like(second), nothing, nothing.view(0, 1), torch.zeros(0, 1))


def test_a_fresh_small_network_does_as_its_prior_says():
    network = cycle_cnn.CycleCnnNet(SMALL)
    second = torch.rand(1, 1, 16, 32)
    first = second.roll(-2, 3)
    weights = network.weigh(first, second, 16, prior_for(second, 16))
    assert float(weights[:, 2, :, :16].detach().min()) > 0.99

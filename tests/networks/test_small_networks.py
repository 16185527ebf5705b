"""IHN, color encoder and queries, discriminator, histogram estimator, fusion: shapes, what a fresh one does, files."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.checkpoints import files
from halftone_color.networks import (
    color_encoder,
    color_queries,
    colorizer,
    discriminator,
    fusion,
    histogram,
    inverse_halftone,
    lite_trunk,
)

SHIPPED_BYTES = 16e6
"""Of the largest file, in half precision."""


@pytest.mark.parametrize(
    ("widths", "blocks"), [((8, 12), (1, 1)), ((6, 8, 10), (2, 1, 1)), ((4, 4, 6, 8), (1, 1, 1, 1))]
)
def test_ihn_shapes_and_multiple(widths, blocks):
    network = inverse_halftone.InverseHalftoneNet(inverse_halftone.InverseHalftoneConfig(widths, blocks, 8, 1))
    side = network.multiple
    for height, width in ((side, side), (3 * side, 2 * side)):
        halftone = torch.rand(2, 1, height, width)
        content, output = network(halftone, torch.randn(2, 8, height // 2, width // 2))
        assert content.shape == output.shape == halftone.shape
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, side + side // 2, side), torch.randn(1, 8, (side + side // 2) // 2, side // 2))


def test_a_fresh_ihn_returns_the_halftone():
    halftone = torch.rand(1, 1, 32, 48)
    content, output = inverse_halftone.InverseHalftoneNet(inverse_halftone.InverseHalftoneConfig())(
        halftone, torch.randn(1, 8, 16, 24)
    )
    torch.testing.assert_close(content, halftone)
    torch.testing.assert_close(output, halftone)


def test_the_noise_reaches_the_output(tiny_networks):
    halftone = torch.rand(1, 1, 16, 16)
    outputs = [tiny_networks["inverse-halftone"](halftone, torch.randn(1, 8, 8, 8))[1] for _ in range(2)]
    assert not torch.allclose(*outputs, atol=1e-5)


def test_encoder_shapes_for_any_size_and_range_of_variance():
    network = color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(code=5, widths=(8, 8), mixed=7))
    for shape in ((2, 3, 5, 5), (2, 3, 17, 31)):
        mean, log_variance = network(torch.rand(shape))
        assert mean.shape == log_variance.shape == (2, 5)
        torch.testing.assert_close(log_variance, torch.full((2, 5), -2.0))  # fresh: every picture is as uncertain
    with torch.no_grad():
        network.log_variance.bias.fill_(99.0)
    assert network(torch.rand(1, 3, 8, 8))[1].max() == 4


def test_the_encoder_knows_no_places():
    """All that it pools of a picture of one size of tiles is the same wherever the tiles are, but for their borders."""
    network = color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(code=5, widths=(8,), mixed=7)).eval()
    tiles = [torch.zeros(3, 8, 8), torch.zeros(3, 8, 8)]  # black borders: what the convolution sees beyond is alike
    for seed, tile in enumerate(tiles):
        tile[:, 2:-1, 2:-1] = torch.rand(3, 5, 5, generator=torch.Generator().manual_seed(seed))
    black = torch.zeros(3, 8, 8)
    first = torch.cat([torch.cat([black, *tiles, black], 2), torch.cat([black] * 4, 2)], 1)
    other = torch.cat([torch.cat([black, *tiles[::-1], black], 2), torch.cat([black] * 4, 2)], 1)
    assert not torch.equal(first, other)
    for found, wanted in zip(network(other[None]), network(first[None]), strict=True):
        torch.testing.assert_close(found, wanted)


def test_queries_move_with_the_code_in_groups():
    torch.manual_seed(2)
    queries = color_queries.ColorQueries(8, 12, 5, (6, 7), 9).eval()
    features = (torch.randn(2, 6, 3, 4), torch.randn(2, 7, 6, 8))
    assert queries(torch.randn(2, 5), features).shape == (2, 8, 9)
    with torch.no_grad():  # no start, no movement but for the second group
        queries.start.zero_()
        queries.move.weight.zero_()
        queries.move.weight[12:24] = torch.randn(12, 5)
    found = queries(torch.ones(2, 5), features)
    for first, second in ((0, 1), (2, 3), (0, 5), (0, 7)):
        torch.testing.assert_close(found[:, first], found[:, second])
    assert (found[:, 0] - found[:, 2]).abs().max() > 1e-3


def test_attention_of_queries_is_numpys():
    torch.manual_seed(3)
    attention = color_queries.Attention(8, 6).requires_grad_(False)
    queries, features = torch.randn(1, 5, 8), torch.randn(1, 7, 6)
    given = ((attention.query, queries), (attention.key, features), (attention.value, features))
    q, k, v = (x[0].numpy() @ layer.weight.numpy().T + layer.bias.numpy() for layer, x in given)
    seen = []
    for head in range(4):
        own = np.s_[:, 2 * head : 2 * head + 2]
        shares = np.exp(q[own] @ k[own].T / 2**0.5)
        seen.append(shares / shares.sum(1, keepdims=True) @ v[own])
    wanted = np.concatenate(seen, 1) @ attention.join.weight.numpy().T + attention.join.bias.numpy()
    np.testing.assert_allclose(attention(queries, features)[0], wanted, atol=1e-5)


def test_queries_see_no_order_of_places():
    queries = color_queries.ColorQueries(4, 12, 5, (6,), 9).eval()
    code, features = torch.randn(1, 5), torch.randn(1, 6, 3, 4)
    shuffled = features.flatten(2)[:, :, torch.randperm(12)].unflatten(2, (3, 4))
    torch.testing.assert_close(queries(code, (shuffled,)), queries(code, (features,)))


def tiny_discriminator():
    torch.manual_seed(1)
    return discriminator.DiscriminatorNet(discriminator.DiscriminatorConfig(channels=(4, 6), width=5))


def test_discriminator_judges_patches_of_each_size():
    found = tiny_discriminator().eval()([torch.rand(2, 4, 16, 24), torch.rand(2, 6, 8, 12)])
    assert [tuple(realness.shape) for realness in found] == [(2, 1, 8, 12), (2, 1, 4, 6)]


def test_discriminators_heads_are_spectrally_normal():
    network = tiny_discriminator().train()
    for _ in range(50):  # power iterations
        network([torch.rand(1, 4, 8, 8), torch.rand(1, 6, 8, 8)])
    layers = [layer for head in network.heads for layer in head if hasattr(layer, "weight")]
    assert len(layers) == 6
    for layer in layers:
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
        assert float(largest) == pytest.approx(1, abs=0.05)


def test_only_the_discriminators_heads_learn():
    network = tiny_discriminator()
    for wanted in (False, True):
        network.set_trainable(wanted)
        assert {weight.requires_grad for weight in network.heads.parameters()} == {wanted}
        assert not any(weight.requires_grad for weight in network.project.parameters())


def test_adversarial_losses_by_hand():
    real, made = [torch.tensor([2.0, 0.5]), torch.tensor([-1.0])], [torch.tensor([-3.0, 0.0]), torch.tensor([1.0])]
    # head 1: real (0, .5), made (0, 1); head 2: real 2, made 2
    assert float(discriminator.hinge(real, made)) == pytest.approx((0.25 + 0.5 + 2 + 2) / 2)
    assert float(discriminator.realness(made)) == pytest.approx((-1.5 + 1) / 2)


def test_discriminator_looks_at_four_maps_of_the_trunk():
    maps = lite_trunk.Trunk()(torch.rand(1, 3, 32, 32))
    assert [len(map_[0]) for map_ in discriminator.select_taps(maps)] == list(
        discriminator.DiscriminatorConfig().channels
    )


def test_fresh_fusion_is_the_mean():
    first, second = torch.rand(1, 3, 10, 14), torch.rand(1, 3, 10, 14)
    torch.testing.assert_close(fusion.FusionNet(fusion.FusionConfig())(first, second), (first + second) / 2)


def test_estimated_histograms_are_shares():
    network = histogram.HistogramNet(histogram.HistogramConfig(bins=5, width=8))
    bins = network(torch.rand(3, 3, 7, 9))
    assert bins.shape == (3, 25)
    assert bins.min() >= 0
    torch.testing.assert_close(bins.sum(1), torch.ones(3))


def test_counted_histogram_is_numpys():
    config = histogram.HistogramConfig(bins=6, reach=0.3)
    chroma = np.random.default_rng(1).uniform(-0.299, 0.299, (2, 2, 9, 11)).astype(np.float32)
    edges = np.linspace(-0.3, 0.3, 7)
    for found, (cb, cr) in zip(histogram.chroma_histogram(torch.from_numpy(chroma), config), chroma, strict=True):
        wanted = np.histogram2d(cb.ravel(), cr.ravel(), [edges, edges])[0] / cb.size
        np.testing.assert_allclose(found.reshape(6, 6), wanted, atol=1e-7)


def test_chroma_beyond_reach_falls_into_the_outermost_bins():
    config = histogram.HistogramConfig(bins=4, reach=0.1)
    chroma = torch.tensor([-0.5, 0.5]).reshape(1, 2, 1, 1)
    found = histogram.chroma_histogram(chroma, config).reshape(4, 4)
    assert found[0, 3] == 1
    assert found.sum() == 1


CONFIGS = [
    ("inverse_halftone", inverse_halftone.InverseHalftoneConfig((8, 12), (1, 2), 8, 1)),
    ("inverse_halftone", inverse_halftone.InverseHalftoneConfig((4, 6, 8), (1, 1, 1), 4, 2)),
    ("color_encoder", color_encoder.ColorEncoderConfig(3, (4, 6), 5)),
    ("colorizer", colorizer.ColorizerConfig(3, (8, 8, 8, 6, 4), 4, 8, 12, 6, ((0.1, 0.2), (0.3, 0.4)))),
    ("discriminator", discriminator.DiscriminatorConfig((4, 6), 5)),
    ("histogram", histogram.HistogramConfig(3, 0.2, 8)),
    ("fusion", fusion.FusionConfig(6, 2)),
]
NETWORKS = {
    "inverse_halftone": inverse_halftone.InverseHalftoneNet,
    "color_encoder": color_encoder.ColorEncoderNet,
    "colorizer": colorizer.ColorizerNet,
    "discriminator": discriminator.DiscriminatorNet,
    "histogram": histogram.HistogramNet,
    "fusion": fusion.FusionNet,
}


@pytest.mark.parametrize(("architecture", "config"), CONFIGS, ids=lambda value: str(value)[:16])
def test_a_file_rebuilds_its_network(architecture, config, tmp_path):
    network = NETWORKS[architecture](config).eval()
    path = tmp_path / "network.safetensors"
    files.save(path, network, architecture, "some-role")
    checkpoint = files.load(path)
    again = checkpoint.network()
    assert type(again) is type(network)
    assert again.config == config
    state = again.state_dict()
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(state[name], weight, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(
    "network",
    [
        inverse_halftone.InverseHalftoneNet(inverse_halftone.InverseHalftoneConfig()),
        color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig()),
        colorizer.ColorizerNet(colorizer.ColorizerConfig()),
        histogram.HistogramNet(histogram.HistogramConfig()),
        fusion.FusionNet(fusion.FusionConfig()),
    ],
    ids=lambda network: type(network).__name__,
)
def test_the_shipped_networks_stay_small(network):
    numbers = sum(weight.numel() for weight in network.parameters())
    assert 2 * numbers < SHIPPED_BYTES

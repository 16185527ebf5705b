"""IHN, colour encoder, discriminator, histogram estimator and fusion: shapes, what a fresh one does, files and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.checkpoints import files
from halftone_color.networks import color_encoder, colorizer, discriminator, fusion, histogram, inverse_halftone

SHIPPED_BYTES = 16e6


@pytest.mark.parametrize(
    ("widths", "blocks"), [((8, 12), (1, 1)), ((6, 8, 10), (2, 1, 1)), ((4, 4, 6, 8), (1, 1, 1, 1))]
)
def test_ihn_shapes_and_multiple(widths, blocks):
    network = inverse_halftone.Network(inverse_halftone.Config(widths, blocks, 8, 1))
    side = network.multiple
    for height, width in ((side, side), (3 * side, 2 * side)):
        halftone = torch.rand(2, 1, height, width)
        content, output = network(halftone, torch.randn(2, 8, height // 2, width // 2))
        assert content.shape == output.shape == halftone.shape
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 1, side + side // 2, side), torch.randn(1, 8, (side + side // 2) // 2, side // 2))


def test_a_fresh_ihn_returns_the_halftone():
    halftone = torch.rand(1, 1, 32, 48)
    content, output = inverse_halftone.Network(inverse_halftone.Config())(halftone, torch.randn(1, 8, 16, 24))
    torch.testing.assert_close(content, halftone)
    torch.testing.assert_close(output, halftone)


def test_the_noise_reaches_the_output(tiny_networks):
    halftone = torch.rand(1, 1, 16, 16)
    outputs = [tiny_networks["inverse-halftone"](halftone, torch.randn(1, 8, 8, 8))[1] for _ in range(2)]
    assert not torch.allclose(*outputs, atol=1e-5)


def test_encoder_shapes_for_any_size_and_range_of_variance():
    network = color_encoder.Network(color_encoder.Config(code=5, widths=(8, 8)))
    for shape in ((2, 3, 5, 5), (2, 3, 17, 31)):
        mean, log_variance = network(torch.rand(shape))
        assert mean.shape == log_variance.shape == (2, 5)
        torch.testing.assert_close(log_variance, torch.full((2, 5), -2.0))  # fresh: every picture is as uncertain
    with torch.no_grad():
        network.log_variance.bias.fill_(99.0)
    assert network(torch.rand(1, 3, 8, 8))[1].max() == 4


def test_discriminator_judges_patches_and_hears_the_code():
    network = discriminator.Network(discriminator.Config(code=3, widths=(4, 6, 8))).eval()
    rgb = torch.rand(2, 3, 32, 48)
    realness = network(rgb, torch.zeros(2, 3))
    assert realness.shape == (2, 1, 4, 6)
    assert not torch.allclose(realness, network(rgb, torch.ones(2, 3)))


def test_discriminator_is_spectrally_normal():
    network = discriminator.Network(discriminator.Config(code=3, widths=(4, 6, 8))).train()
    for _ in range(50):  # power iterations
        network(torch.rand(1, 3, 16, 16), torch.zeros(1, 3))
    for layer in (*network.layers, network.leave):
        largest = torch.linalg.svdvals(layer.weight.detach().flatten(1))[0]
        assert float(largest) == pytest.approx(1, abs=0.05)


def test_fresh_fusion_is_the_mean():
    first, second = torch.rand(1, 3, 10, 14), torch.rand(1, 3, 10, 14)
    torch.testing.assert_close(fusion.Network(fusion.Config())(first, second), (first + second) / 2)


def test_estimated_histograms_are_shares():
    network = histogram.Network(histogram.Config(bins=5, width=8))
    bins = network(torch.rand(3, 3, 7, 9))
    assert bins.shape == (3, 25)
    assert bins.min() >= 0
    torch.testing.assert_close(bins.sum(1), torch.ones(3))


def test_counted_histogram_is_numpys():
    config = histogram.Config(bins=6, reach=0.3)
    chroma = np.random.default_rng(1).uniform(-0.299, 0.299, (2, 2, 9, 11)).astype(np.float32)
    edges = np.linspace(-0.3, 0.3, 7)
    for found, (cb, cr) in zip(histogram.chroma_histogram(torch.from_numpy(chroma), config), chroma, strict=True):
        wanted = np.histogram2d(cb.ravel(), cr.ravel(), [edges, edges])[0] / cb.size
        np.testing.assert_allclose(found.reshape(6, 6), wanted, atol=1e-7)


def test_chroma_beyond_reach_falls_into_the_outermost_bins():
    config = histogram.Config(bins=4, reach=0.1)
    chroma = torch.tensor([-0.5, 0.5]).reshape(1, 2, 1, 1)
    found = histogram.chroma_histogram(chroma, config).reshape(4, 4)
    assert found[0, 3] == 1
    assert found.sum() == 1


CONFIGS = [
    ("inverse_halftone", inverse_halftone.Config((8, 12), (1, 2), 8, 1)),
    ("inverse_halftone", inverse_halftone.Config((4, 6, 8), (1, 1, 1), 4, 2)),
    ("color_encoder", color_encoder.Config(3, (4, 6))),
    ("colorizer", colorizer.Config(3, (8, 8, 8, 6, 4), 4)),
    ("discriminator", discriminator.Config(3, (4, 6, 8))),
    ("histogram", histogram.Config(3, 0.2, 8)),
    ("fusion", fusion.Config(6, 2)),
]
MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (inverse_halftone, color_encoder, colorizer, discriminator, histogram, fusion)
}


@pytest.mark.parametrize(("architecture", "config"), CONFIGS, ids=lambda value: str(value)[:16])
def test_a_file_rebuilds_its_network(architecture, config, tmp_path):
    network = MODULES[architecture].Network(config).eval()
    path = tmp_path / "network.safetensors"
    files.save(path, network, architecture, "some-role")
    checkpoint = files.load(path)
    again = checkpoint.network()
    assert type(again) is type(network)
    assert again.config == config
    state = again.state_dict()
    for name, weight in network.state_dict().items():
        torch.testing.assert_close(state[name], weight, rtol=1e-3, atol=1e-6)


def test_the_shipped_networks_stay_small():
    shipped = (inverse_halftone, color_encoder, colorizer, histogram, fusion)
    numbers = sum(weight.numel() for module in shipped for weight in module.Network(module.Config()).parameters())
    assert 2 * numbers < SHIPPED_BYTES

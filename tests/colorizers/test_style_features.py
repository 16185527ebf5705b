"""Feature maps for style transfer: their scale is theirs alone, whatever the network's weights are scaled by."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.colorizers import _style_features
from halftone_color.colorizers._style_features import maps, scales
from halftone_color.networks import color_encoder, vgg19


@pytest.fixture
def small_vgg(monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (4, 4, 0, 8))
    torch.manual_seed(1)
    return vgg19.Vgg19Net().eval().requires_grad_(False)


@pytest.fixture
def encoder():
    torch.manual_seed(2)
    return color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(3, (8, 6, 4), 5)).eval().requires_grad_(False)


def seen_by(network, rgb):
    """Return what the convolutions of a network give, as torch hands it out."""
    seen = []
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    handles = [layer.register_forward_hook(lambda module, given, found: seen.append(found)) for layer in layers]
    network.maps(rgb) if isinstance(network, vgg19.Vgg19Net) else network(rgb)
    for handle in handles:
        handle.remove()
    return seen


@pytest.mark.parametrize("which", ["small_vgg", "encoder"])
def test_maps_are_what_convolutions_give(which, request):
    network, rgb = request.getfixturevalue(which), torch.rand(1, 3, 20, 28)
    for found, wanted in zip(maps(network, rgb, 3), seen_by(network, rgb), strict=True):
        torch.testing.assert_close(found, wanted[0].flatten(1))
    assert len(maps(network, rgb, 2)) == 2


@pytest.mark.parametrize("which", ["small_vgg", "encoder"])
def test_rectified_maps_have_the_mean_one(which, request):
    network = request.getfixturevalue(which)
    seen = seen_by(network, torch.from_numpy(_style_features._pictures()))
    for factor, map_ in zip(scales(network, 3, "cpu"), seen, strict=True):
        assert float(nn.functional.relu(factor * map_).mean()) == pytest.approx(1, rel=1e-4)
    assert scales(network, 1, "cpu") == scales(network, 3, "cpu")[:1]


def test_a_networks_own_scale_does_not_count(small_vgg):
    rgb = torch.rand(1, 3, 20, 28)

    def scaled():
        return [
            factor * map_ for factor, map_ in zip(scales(small_vgg, 3, "cpu"), maps(small_vgg, rgb, 3), strict=True)
        ]

    for layer in small_vgg.modules():
        if isinstance(layer, nn.Conv2d):
            layer.bias.zero_()
    before = scaled()
    next(layer for layer in small_vgg.modules() if isinstance(layer, nn.Conv2d)).weight.mul_(7)
    for found, wanted in zip(scaled(), before, strict=True):
        torch.testing.assert_close(found, wanted)


def test_a_layer_that_is_dead_stays_so(small_vgg):
    for weight in small_vgg.parameters():
        weight.zero_()
    assert np.isfinite(scales(small_vgg, 3, "cpu")).all()


def test_the_seeded_pictures_have_the_power_of_photographs():
    pictures = _style_features._pictures()
    assert pictures.shape == (4, 3, 128, 128)
    assert (pictures.dtype, pictures.min(), pictures.max()) == (np.float32, 0, 1)
    luma = np.stack([rgb_to_luma(picture)[0] for picture in pictures])
    assert luma.mean() == pytest.approx(0.45, abs=0.02)
    assert luma.std() == pytest.approx(0.25, abs=0.03)
    power = np.square(np.abs(np.fft.fft2(luma))).mean(0)
    near, far = (np.mean([power[0, f], power[f, 0]]) for f in (2, 32))
    slope = np.log(far / near) / np.log(16)
    assert -2.4 < slope < -1.5, "1 / f^2, but for what was cut off at black and white"

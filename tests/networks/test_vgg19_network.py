"""VGG-19: the published sizes, the means of pooling, and maps before ReLU."""

from __future__ import annotations

import pytest
import torch

from halftone_color.networks import vgg19


def test_layers_have_torchvisions_numbers_and_sizes():
    with torch.device("meta"):
        state = vgg19.Vgg19Net().state_dict()
    numbers = (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34)
    assert list(state) == [f"features.{k}.{kind}" for k in numbers for kind in ("weight", "bias")]
    assert sum(value.numel() for value in state.values()) == 20_024_384  # as published, less the classifier


def test_maps_of_each_convolution():
    with torch.device("meta"):
        network, rgb = vgg19.Vgg19Net(), torch.zeros(1, 3, 50, 34)
    shapes = [tuple(found.shape[1:]) for found in network.maps(rgb)]
    assert (
        shapes == [(64, 50, 34)] * 2 + [(128, 25, 17)] * 2 + [(256, 13, 9)] * 4 + [(512, 7, 5)] * 4 + [(512, 4, 3)] * 4
    )
    assert len(network.maps(rgb, 3)) == 3


def test_pooling_takes_means_and_maps_come_before_relu(monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (1, 0, 1))
    network = vgg19.Vgg19Net()
    with torch.no_grad():
        for weight, scale in ((network.features[0].weight, -1.0), (network.features[3].weight, 1.0)):
            weight.zero_()
            weight[:, 0, 1, 1] = scale  # the red channel as it is, its sign turned
        network.features[0].bias.zero_()
        network.features[3].bias.zero_()
        rgb = torch.zeros(1, 3, 2, 2)
        rgb[0, 0] = torch.tensor([[0.0, 1.0], [0.2, 0.4]])
        first, second = network.maps(rgb)
    seen = (rgb[0, 0] - 0.485) / 0.229
    torch.testing.assert_close(first[0, 0], -seen)
    assert second.item() == pytest.approx((-seen).clamp_min(0).mean().item(), rel=1e-5)


def test_the_smallest_picture(monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (2, 0, 2, 0, 2))
    assert vgg19.Vgg19Net().maps(torch.zeros(1, 3, 1, 1))[-1].shape == (1, 2, 1, 1)

"""The EfficientNet-Lite1 trunk: taps, size, TensorFlow's padding, and starting a gray trunk from a color one."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import correlate2d
from torch import nn

from halftone_color.networks.lite_trunk import Features, InvertedResidual, SameConv2d, Trunk, start_from


@pytest.fixture(scope="module")
def features():
    torch.manual_seed(5)
    return Features().eval().requires_grad_(False)


def test_taps(features):
    shapes = [tuple(map_.shape) for map_ in features(torch.rand(2, 3, 64, 96))]
    assert shapes == [
        (2, 16, 32, 48), (2, 24, 16, 24), (2, 40, 8, 12), (2, 80, 4, 6), (2, 112, 4, 6), (2, 192, 2, 3), (2, 320, 2, 3),
    ]  # fmt: skip
    some = features.trunk(torch.ones(1, 3, 32, 32), 3)
    assert len(some) == 3
    torch.testing.assert_close(some, features.trunk(torch.ones(1, 3, 32, 32))[:3])


def test_size_of_the_published_network():
    trunk = Trunk()
    channels = sum(layer.out_channels for layer in trunk.modules() if isinstance(layer, nn.Conv2d))
    numbers = sum(weight.numel() for weight in trunk.parameters())
    # The published 5,416,680 hold a head of 320 x 1280, a classifier, and batch norms: two numbers a channel, not one.
    head, classifier = 320 * 1280 + 2 * 1280, 1280 * 1000 + 1000
    assert numbers + channels == 5_416_680 - head - classifier


def padded_as_tensorflow(picture, kernel, stride):
    """Correlate (H, W) with a kernel, padded so that ceil(side / stride) places fit, the odd row below and right."""
    pads = []
    for side in picture.shape:
        total = max((-(-side // stride) - 1) * stride + len(kernel) - side, 0)
        pads.append((total // 2, total - total // 2))
    return correlate2d(np.pad(picture, pads), kernel, "valid")[::stride, ::stride]


@pytest.mark.parametrize("kernel", [3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_is_tensorflows(kernel, stride):
    torch.manual_seed(kernel)
    layer = SameConv2d(3, 2, kernel, stride).requires_grad_(False)
    picture = torch.rand(1, 3, 10, 14)
    found = layer(picture)[0]
    for filters, bias, plane in zip(layer.weight, layer.bias, found, strict=True):
        each = [padded_as_tensorflow(p.numpy(), f.numpy(), stride) for p, f in zip(picture[0], filters, strict=True)]
        np.testing.assert_allclose(plane, np.sum(each, 0) + bias.item(), atol=1e-5)


def test_a_shortcut_where_the_shape_stays():
    x = torch.rand(1, 8, 6, 6)
    for block, added in ((InvertedResidual(8, 8, 6, 1, 3), x), (InvertedResidual(8, 8, 1, 1, 5), x)):
        nn.init.zeros_(block.project.weight)
        nn.init.constant_(block.project.bias, 2.0)
        torch.testing.assert_close(block(x), added + 2)
    for block in (InvertedResidual(8, 9, 6, 1, 3), InvertedResidual(8, 8, 6, 2, 3)):
        nn.init.zeros_(block.project.weight)
        nn.init.constant_(block.project.bias, 2.0)
        assert block(x).eq(2).all()


def test_activations_end_at_six():
    block = InvertedResidual(1, 2, 1, 1, 3)
    with torch.no_grad():
        block.depthwise.weight.zero_()
        block.depthwise.weight[0, 0, 1, 1] = 1
        block.depthwise.bias.zero_()
        block.project.weight.fill_(1)
        block.project.bias.zero_()
        found = block(torch.tensor([-1.0, 4.0, 9.0]).reshape(1, 1, 1, 3))
    torch.testing.assert_close(found[0, 0], torch.tensor([[0.0, 4.0, 6.0]]))


def test_features_see_bytes_as_they_were_trained(features):
    rgb = torch.rand(1, 3, 32, 32)
    for found, wanted in zip(features(rgb), features.trunk((rgb * 255 - 127) / 128), strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_a_gray_trunk_sees_what_the_color_trunk_sees_in_gray(features):
    trunk = Trunk(inputs=2).eval()
    start_from(trunk, features.trunk)
    gray, edge = torch.rand(1, 1, 64, 64), (torch.rand(1, 1, 64, 64) > 0.9).float()
    colored = features.trunk(gray.expand(-1, 3, -1, -1) * 2 - 1)
    for plane in (torch.zeros_like(edge), edge):  # the edge map's weights start at zero
        for found, wanted in zip(trunk(torch.cat([gray * 2 - 1, plane], 1)), colored, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)

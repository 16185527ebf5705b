"""The MobileNetV2 trunk: taps, the order of its convolutions, and starting a gray trunk from a color one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from halftone_color.networks.mobilenet_v2 import Classifier, Trunk, convolutions, start_from


@pytest.fixture(scope="module")
def classifier():
    torch.manual_seed(5)
    return Classifier().eval().requires_grad_(False)


def test_taps(classifier):
    maps = classifier(torch.rand(1, 3, 64, 96))
    shapes = [tuple(maps[f"stage{i}"].shape[1:]) for i in range(7)]
    assert shapes == [
        (16, 32, 48), (24, 16, 24), (32, 8, 12), (64, 4, 6), (96, 4, 6), (160, 2, 3), (320, 2, 3),
    ]  # fmt: skip
    assert maps["pooled"].shape == (1, 1280)
    assert maps["logits"].shape == (1, 1000)


def test_size_of_the_published_network(classifier):
    listed = convolutions(classifier)
    assert len(listed) == 53
    assert [tuple(conv.weight.shape) for conv in (listed[0], listed[1], listed[2], listed[3])] == [
        (32, 3, 3, 3), (32, 1, 3, 3), (16, 32, 1, 1), (96, 16, 1, 1),
    ]  # fmt: skip
    # Torchvision's has 3 504 872 numbers: 2 a channel in batch norms (17 056 channels), 1000 classes with biases.
    published = 3_504_872 - 2 * 17_056 - 1000
    assert sum(conv.weight.numel() for conv in listed) == published + 1280  # one more class, background


def test_strided_convolutions_pad_below_and_right_alone():
    trunk = Trunk()
    nn.init.zeros_(trunk.stem.weight)
    nn.init.zeros_(trunk.stem.bias)
    trunk.stem.weight.data[0, 0, 0, 0] = 1  # picks the upper left pixel of its window
    picture = torch.arange(32.0 * 32).reshape(1, 1, 32, 32).expand(1, 3, 32, 32) / 1024
    seen = []
    handle = trunk.stages[0].register_forward_hook(lambda module, inputs, output: seen.append(inputs[0]))
    trunk(picture)
    handle.remove()
    torch.testing.assert_close(seen[0][0, 0], picture[0, 0, ::2, ::2])


def test_a_gray_trunk_sees_what_the_color_trunk_sees_in_gray(classifier):
    trunk = Trunk(inputs=2).eval()
    start_from(trunk, classifier)
    gray, edge = torch.rand(1, 1, 64, 64), (torch.rand(1, 1, 64, 64) > 0.9).float()
    colored = classifier.trunk(gray.expand(-1, 3, -1, -1) * 2 - 1)
    for plane in (torch.zeros_like(edge), edge):  # the edge map's weights start at zero
        for found, wanted in zip(trunk(torch.cat([gray * 2 - 1, plane], 1)), colored, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)

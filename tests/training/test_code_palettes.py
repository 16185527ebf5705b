"""What codes say: their linear regression on palettes, and of palettes on them."""

from __future__ import annotations

import torch
from torch import nn

from halftone_color.networks.code_palette import CodePalette
from halftone_color.training import code_palettes
from halftone_color.training.device_photographs import DevicePhotographs
from halftone_color.training.photographs import Photographs


def photographs(count=24, side=32, seed=0):
    """Return photographs of one color each, with noise."""
    generator = torch.Generator().manual_seed(seed)
    colors = torch.randint(40, 216, (count, 1, 1, 3), generator=generator)
    noise = torch.randint(-30, 30, (count, side, side, 3), generator=generator)
    pixels = (colors + noise).to(torch.uint8).numpy()
    places = tuple((i * side * side * 3, side, side) for i in range(count))
    names = tuple(f"a-{i}.png" for i in range(count))
    return DevicePhotographs.of(Photographs(names, pixels.reshape(-1), places), "cpu")


class MeanChroma(nn.Module):
    """Says as a code how blue and how red a picture is."""

    def forward(self, rgb):
        luma = (rgb * rgb.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1)
        code = torch.stack([(rgb[:, 2] - luma) / 1.772, (rgb[:, 0] - luma) / 1.402], 1).mean((2, 3))
        return code, torch.zeros_like(code)


def fitted():
    palette = CodePalette(2)
    code_palettes.fit(palette, MeanChroma(), photographs(), count=48)
    return palette


def test_linear_maps_are_found():
    generator = torch.Generator().manual_seed(1)
    given, slopes = torch.randn(20, 3, generator=generator), torch.randn(4, 5, generator=generator)
    wanted = slopes[0] + given @ slopes[1:]
    torch.testing.assert_close(code_palettes.regressed(given, wanted), slopes, atol=1e-4, rtol=1e-4)


def test_an_encoder_of_mean_chroma_has_slopes_of_one():
    palette = fitted()
    torch.testing.assert_close(palette.read.weight[:2], torch.eye(2), atol=1e-3, rtol=0)
    torch.testing.assert_close(palette.ask.weight, torch.eye(2, 3), atol=1e-3, rtol=0)
    torch.testing.assert_close(palette.ask.bias, torch.zeros(2), atol=1e-3, rtol=0)


def test_equal_photographs_give_equal_maps_whatever_was_drawn_before():
    first, second = fitted(), CodePalette(2)
    torch.rand(5)
    state = torch.get_rng_state()
    code_palettes.fit(second, MeanChroma(), photographs(), count=48)
    torch.testing.assert_close(second.ask.weight, first.ask.weight)
    assert torch.equal(torch.get_rng_state(), state)

"""What codes say: their linear regression on palettes."""

from __future__ import annotations

import torch
from torch import nn

from halftone_color.training import code_slopes
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


def test_palettes_are_mean_and_spread_of_chroma():
    chroma = torch.zeros(1, 2, 2, 2)
    chroma[0, 0] = torch.tensor([[0.1, 0.3], [0.1, 0.3]])
    torch.testing.assert_close(code_slopes.palettes_of(chroma), torch.tensor([[1.0, 0.2, 0.0, 0.1]]))


def test_codes_that_are_linear_in_palettes_have_their_slopes_found():
    generator = torch.Generator().manual_seed(1)
    palettes, slopes = torch.randn(20, 4, generator=generator), torch.randn(4, 5, generator=generator)
    torch.testing.assert_close(code_slopes.regressed(palettes @ slopes, palettes), slopes, atol=1e-4, rtol=1e-4)


def test_an_encoder_of_mean_chroma_has_slopes_of_one():
    found = torch.tensor(code_slopes.fit(MeanChroma(), photographs())).view(4, 2)
    torch.testing.assert_close(found, torch.tensor([[0.0, 0], [1, 0], [0, 1], [0, 0]]), atol=1e-3, rtol=0)


def test_equal_photographs_give_equal_slopes_whatever_was_drawn_before():
    first = code_slopes.fit(MeanChroma(), photographs())
    torch.rand(5)
    state = torch.get_rng_state()
    assert code_slopes.fit(MeanChroma(), photographs()) == first
    assert torch.equal(torch.get_rng_state(), state)

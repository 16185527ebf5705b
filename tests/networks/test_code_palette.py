"""What codes say about palettes, with maps that were set by hand."""

import torch

from halftone_color.networks.code_palette import CodePalette, palettes_of


def identity():
    palette = CodePalette(3)
    with torch.no_grad():
        for layer in (palette.read, palette.ask):
            layer.weight.copy_(torch.eye(3))
    return palette


def test_palettes_by_hand():
    chroma = torch.zeros(1, 2, 2, 2)
    chroma[:, 0] = 0.2
    chroma[:, 1, 0], chroma[:, 1, 1] = 0.1, -0.1
    torch.testing.assert_close(palettes_of(chroma), torch.tensor([[0.2, 0.0, 0.1]]))


def test_a_moved_code_tells_another_cast_and_spread():
    moved = identity().shift(torch.tensor([[0.1, 0.2, 0.3]]), cast=0.5, spread=0.1)
    torch.testing.assert_close(moved, torch.tensor([[0.05, 0.1, 0.4]]))


def test_a_code_comes_nearer_to_what_is_wanted():
    code, made, wanted = torch.zeros(1, 3), torch.tensor([[0.1, 0.0, 0.2]]), torch.tensor([[0.3, 0.0, 0.1]])
    torch.testing.assert_close(identity().move_towards(code, made, wanted, 0.5), torch.tensor([[0.1, 0.0, -0.05]]))


def test_it_is_fitted_and_not_learned():
    assert not [weight for weight in CodePalette(4).parameters() if weight.requires_grad]

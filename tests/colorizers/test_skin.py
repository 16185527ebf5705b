"""Skin that is seen gets the color of other skin; everything else stays."""

from __future__ import annotations

import pytest
import torch

from halftone_color.colorizers import _skin

TAN = torch.tensor([-0.04, 0.07]).view(1, 2, 1, 1)


def picture():
    """Return chroma of a picture that is tan on the left, gray in the middle and blue on the right, and its luma."""
    chroma = torch.zeros(1, 2, 8, 24)
    chroma[..., :8] = TAN
    chroma[:, 0, :, 16:] = 0.1
    return chroma, torch.full((1, 1, 8, 24), 0.5)


def odds_of(*chances):
    """Return the logarithm of the odds of skin on the left, in the middle and on the right."""
    chance = torch.tensor(chances).repeat_interleave(4).expand(1, 1, 4, 12)
    return torch.logit(chance, 1e-4)


EVERYWHERE = torch.ones(1, 1, 8, 24)


def test_gray_skin_gets_the_color_of_the_other_skin():
    chroma, luma = picture()
    found = _skin.correct_skin(chroma, chroma, luma, odds_of(1.0, 1.0, 0.0), EVERYWHERE)
    torch.testing.assert_close(found[..., 10:14], TAN.expand(1, 2, 8, 4), atol=1e-3, rtol=0)
    torch.testing.assert_close(found[..., :6], chroma[..., :6], atol=1e-3, rtol=0)
    assert torch.equal(found[..., 18:], chroma[..., 18:])


def test_what_is_no_skin_stays():
    chroma, luma = picture()
    assert torch.equal(_skin.correct_skin(chroma, 2 * chroma, luma, odds_of(0.0, 0.0, 0.0), EVERYWHERE), chroma)


def test_colors_that_were_asked_for_stay():
    chroma, luma = picture()
    assert torch.equal(_skin.correct_skin(chroma, 0 * chroma, luma, odds_of(1.0, 1.0, 1.0), 0 * EVERYWHERE), chroma)


def test_a_picture_without_any_skin_that_looks_like_it_gets_the_usual_color():
    chroma, luma = picture()
    found = _skin.correct_skin(0 * chroma, 0 * chroma, luma, odds_of(0.0, 1.0, 0.0), EVERYWHERE)
    torch.testing.assert_close(found[0, :, 4, 12], torch.tensor(_skin.TYPICAL_SKIN))


def test_skin_has_the_colors_of_its_own_light():
    chroma, luma = picture()
    warm = chroma + 0.2 * TAN
    found = _skin.correct_skin(chroma, warm, luma, odds_of(1.0, 0.0, 0.0), EVERYWHERE)
    torch.testing.assert_close(found[..., :6], warm[..., :6], atol=1e-3, rtol=0)


@pytest.mark.parametrize("tone", [0.0, 1.0])
def test_black_and_white_have_no_color(tone):
    chroma, luma = picture()
    found = _skin.correct_skin(0 * chroma, 0 * chroma, torch.full_like(luma, tone), odds_of(1, 1, 1), EVERYWHERE)
    assert not found.any()

"""What is known of a halftone's pixel by itself, so that a network has only the rest to learn.

Ours, not Jiang and Mu's (2022), whose network predicts the noise from nothing. It is the exact answer for pixels that
know nothing of each other: each is 1 or -1, with the picture's gray as its mean. A network that says nothing already
draws dots of white noise in the right tone; that they keep away from each other is what it learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

WHITEST = 1 - 1e-4
"""Grays are kept this far from black and white, where a pixel's logit is infinite."""


def bilevel_noise(found: Tensor, state: Tensor, gray: Tensor, left: Tensor) -> Tensor:
    """Return the noise in noisy halftones x_t, given what a network adds to the logit of each pixel.

    With P(x_0 = 1) = (1 + gray) / 2, the mean of x_0 given x_t is tanh(artanh(gray) + sqrt(abar) x_t / (1 - abar)); the
    network's part is added within. The noise is that which leads from this mean to x_t.

    Args:
        found: what the network says, half a logit, (B, 1, H, W).
        state: x_t, of the same shape.
        gray: of the picture, in [-1, 1].
        left: abar_t of each row, (B, 1, 1, 1) or a number's tensor, below 1.
    """
    known = gray.clamp(-WHITEST, WHITEST).atanh() + left.sqrt() / (1 - left) * state
    clean = (known + found).tanh()
    noise: Tensor = (state - left.sqrt() * clean) / (1 - left).sqrt()
    return noise

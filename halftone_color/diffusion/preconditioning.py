"""What is known without a network, so that it has only the rest to learn.

Ours, not Jiang and Mu's (2022), whose networks predict the noise from nothing. Both are the exact answers for pixels
that know nothing of each other. A halftone's pixel is 1 or -1, with the picture's gray as its mean: a network that says
nothing already draws dots of white noise in the right tone; that they keep away from each other is what it learns. What
a mean lacks is Gaussian and small: a network that says nothing leaves the mean with hardly a grain; where there is more
is what it learns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from halftone_color.diffusion.processes import FLOW_SIGMA
from halftone_color.diffusion.schedule import State

if TYPE_CHECKING:
    from torch import Tensor

WHITEST = 1 - 1e-4
"""Grays are kept this far from black and white, where a pixel's logit is infinite."""
LACKING = 0.02
"""Standard deviation of what a mean lacks in smooth places, data in [-1, 1]: less than FLOW_SIGMA, so that the noise of
the flow's start goes."""


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


def flow_velocity(found: State, state: State, mean: State, time: State) -> State:
    """Return the velocity of the flow from a mean, given what a network adds to that between two Gaussians.

    If x_0 = mean + sigma n and x_1 = mean + s m with independent N(0, 1) n and m, then d = x_t - mean has the velocity
    d (t s^2 - (1 - t) sigma^2) / (t^2 s^2 + (1 - t)^2 sigma^2), with sigma = FLOW_SIGMA and s = LACKING. At time 0 it
    leads to the mean, as the best velocity does.

    Args:
        found: what the network says, of any shape.
        state: x_t, of the same shape.
        mean: of the same shape.
        time: in [0, 1]; a number, or one for each row, (B, 1, 1, 1).
    """
    start, end = FLOW_SIGMA**2, LACKING**2
    share = (time * end - (1 - time) * start) / (time**2 * end + (1 - time) ** 2 * start)
    return share * (state - mean) + found

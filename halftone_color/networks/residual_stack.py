"""The ResNet that Cycle CNN has four of: a 5 x 5 layer, then pairs of 3 x 3 layers with residual connections.

Dong et al., "Self-supervised colorization towards monochrome-color camera systems using Cycle CNN", table I. The text
says seven pairs; the table's layers 2-3 and "4-17, repeated 7 times" are eight, which we take.

The paper trains with batches of one picture. Then BatchNorm's statistics are the picture's own, and so they are at use:
nothing is averaged over pictures. Without norms (our small configuration) a pair's second layer has no ReLU, and starts
near zero.
"""

from __future__ import annotations

from torch import Tensor, nn


class ResidualPair(nn.Module):
    """x plus two 3 x 3 layers of x."""

    def __init__(self, features: int, normed: bool) -> None:
        super().__init__()
        self.first = layer(nn.Conv2d(features, features, 3, padding=1), normed)
        second = nn.Conv2d(features, features, 3, padding=1)
        self.second = layer(second, normed) if normed else second
        if not normed:
            nn.init.kaiming_normal_(second.weight, a=10.0)  # gain .14: nearly the identity
            nn.init.zeros_(second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """(B, n, h, w) -> (B, n, h, w)."""
        change: Tensor = self.second(self.first(x))
        return x + change


class ResidualStack(nn.Sequential):
    """The ResNet: (B, planes, h, w) -> (B, features, h, w)."""

    def __init__(self, planes: int, features: int, pairs: int, normed: bool) -> None:
        enter = layer(nn.Conv2d(planes, features, 5, padding=2), normed)
        super().__init__(enter, *(ResidualPair(features, normed) for _ in range(pairs)))


def layer(convolution: nn.Module, normed: bool) -> nn.Sequential:
    """Return a convolution with BatchNorm, where it is wanted, and ReLU."""
    features = int(convolution.out_channels)  # type: ignore[arg-type]
    kind = nn.BatchNorm3d if isinstance(convolution, nn.Conv3d | nn.ConvTranspose3d) else nn.BatchNorm2d
    norms = [kind(features, track_running_stats=False)] if normed else []
    return nn.Sequential(convolution, *norms, nn.ReLU())

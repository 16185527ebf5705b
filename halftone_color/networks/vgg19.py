"""VGG-19 without its classifier, and with average pooling: features for style transfer (Zheng 2023, 4.2.1).

Simonyan and Zisserman 2015, table 1, column E. The layers are numbered as in torchvision, so that its weights file
loads unchanged. Pooling takes the mean of 2 x 2 instead of the maximum.
"""

from __future__ import annotations

from torch import Tensor, nn

POOL = 0
LAYERS = (64, 64, POOL, 128, 128, POOL, *(256,) * 4, POOL, *(512,) * 4, POOL, *(512,) * 4, POOL)
"""Output channels of each convolution, in order; POOL stands for a pooling layer."""
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Normalization of sRGB in [0, 1] for the ImageNet weights: subtract the mean, divide by the deviation."""


class Vgg19Net(nn.Module):
    """The sixteen convolutions; any height and width."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        width = 3
        for channels in LAYERS:
            if channels == POOL:
                layers.append(nn.AvgPool2d(2, ceil_mode=True))
            else:
                layers += [nn.Conv2d(width, channels, 3, padding=1), nn.ReLU()]
                width = channels
        self.features = nn.Sequential(*layers)

    def maps(self, rgb: Tensor, depth: int = 16) -> list[Tensor]:
        """Map (B, 3, H, W) sRGB in [0, 1] to the outputs of the first `depth` convolutions, before ReLU.

        Their channels are 64, 128, 256, 512 and 512, their sizes H, H/2, H/4, H/8 and H/16, rounded up.
        """
        x = (rgb - rgb.new_tensor(MEAN)[:, None, None]) / rgb.new_tensor(DEVIATION)[:, None, None]
        found: list[Tensor] = []
        for layer in self.features:
            if len(found) == depth:
                break
            x = layer(x)
            if isinstance(layer, nn.Conv2d):
                found.append(x)
        return found

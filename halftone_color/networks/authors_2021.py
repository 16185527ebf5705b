"""The four networks of the published checkpoints, so that the authors' files load key by key.

Source: Yen, Cheng, Chiu, "Inverse Halftone Colorization" (ICIP 2021): IHN (inverse halftone network), E (color
encoder), G (colorization network), F (fusion network). Submodules are named as in the published files.

Pictures are (B, C, H, W) float32 in [0, 1]; noise and z are drawn from N(0, 1). H and W are multiples of 128; for the
encoder both are 256, because its linear layers fix the size. Outputs are not clipped.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, get_args

import torch
from torch import Tensor, nn

Role = Literal["ihn", "encoder", "colorizer", "fusion"]
ROLES: tuple[Role, ...] = get_args(Role)

NOISE_CHANNELS = 8
CODE_LENGTH = 8
ENCODER_SIZE_PX = 256
WIDTHS = (64, 128, 256, 512, 512, 512, 512)
DROPOUT_LEVELS = (4, 5)
GROWTH = 256
DENSE_LAYERS = 3


@dataclass(frozen=True)
class Authors2021Config:
    """Which of the four published networks this is."""

    role: Role
    """ihn, encoder, colorizer or fusion."""


def build(role: str) -> nn.Module:
    """Return the published network `role` with fresh weights; the classes of this file document its inputs and outputs.

    Raises:
        KeyError: `role` is not one of ihn, encoder, colorizer, fusion.
    """
    return {"ihn": InverseHalftone, "encoder": Encoder, "colorizer": Colorizer, "fusion": Fusion}[role]()


def Authors2021Net(config: Authors2021Config) -> nn.Module:
    """Rebuild a network from its checkpoint's configuration."""
    return build(config.role)


def _up(in_channels: int, out_channels: int) -> list[nn.Module]:
    """ReLU, upsampling by two, then a 3 x 3 convolution."""
    return [
        nn.ReLU(),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        nn.ReflectionPad2d(1),
        nn.Conv2d(in_channels, out_channels, 3),
    ]


class _Level(nn.Module):
    """One level of the U-Net below the outermost: its input is concatenated to the output of the levels beneath it.

    As published, the skip connection carries the input after the leaky ReLU.
    """

    def __init__(self, level: int, beneath: nn.Module | None) -> None:
        super().__init__()
        outer, inner = WIDTHS[level - 1], WIDTHS[level]
        layers: list[nn.Module] = [nn.LeakyReLU(0.2), nn.Conv2d(outer, inner, 4, stride=2, padding=1)]
        if beneath is None:
            layers += _up(inner, outer)
        else:
            layers += [nn.BatchNorm2d(inner), beneath, *_up(2 * inner, outer)]
        layers.append(nn.BatchNorm2d(outer))
        if level in DROPOUT_LEVELS:
            layers.append(nn.Dropout(0.5))
        self.model = nn.Sequential(*layers)

    def forward(self, features: Tensor) -> Tensor:  # (B, C, H, W)
        activated, *rest = self.model
        skip: Tensor = activated(features)
        features = skip
        for layer in rest:
            features = layer(features)
        return torch.cat([features, skip], dim=1)  # (B, 2C, H, W)


class _DenseLayer(nn.Module):
    """Bottleneck layer of a dense block: its new channels are appended to its input."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, 4 * GROWTH, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(4 * GROWTH)
        self.conv2 = nn.Conv2d(4 * GROWTH, GROWTH, 3, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:  # (B, C, H, W)
        bottleneck = self.conv1(torch.relu(self.bn1(features)))  # (B, 4 GROWTH, H, W)
        grown = self.conv2(torch.relu(self.bn2(bottleneck)))  # (B, GROWTH, H, W)
        return torch.cat([features, grown], dim=1)  # (B, C + GROWTH, H, W)


class _DenseBlock(nn.Module):
    """Dense layers in a row."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.layer = nn.Sequential(*(_DenseLayer(in_channels + i * GROWTH) for i in range(DENSE_LAYERS)))

    def forward(self, features: Tensor) -> Tensor:  # (B, C, H, W)
        grown: Tensor = self.layer(features)
        return grown  # (B, C + DENSE_LAYERS GROWTH, H, W)


class _Transition(nn.Module):
    """1 x 1 convolution from the dense block's channels back to the U-Net's."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)

    def forward(self, features: Tensor) -> Tensor:  # (B, C in, H, W)
        mixed: Tensor = self.conv1(torch.relu(self.bn1(features)))
        return mixed  # (B, C out, H, W)


class _DenseBottom(nn.Module):
    """Innermost level of the inverse halftone network's U-Net: a dense block between downsampling and upsampling."""

    def __init__(self) -> None:
        super().__init__()
        width = WIDTHS[-1]
        self.down = nn.Sequential(nn.LeakyReLU(0.2), nn.Conv2d(WIDTHS[-2], width, 4, stride=2, padding=1))
        self.block_1 = _DenseBlock(width)
        self.trans_1 = _Transition(width + DENSE_LAYERS * GROWTH, width)
        self.up = nn.Sequential(*_up(width, WIDTHS[-2]), nn.BatchNorm2d(WIDTHS[-2]))

    def forward(self, features: Tensor) -> Tensor:  # (B, 512, H, W)
        activate, convolve = self.down
        skip: Tensor = activate(features)
        deep = self.block_1(convolve(skip))  # (B, 1280, H / 2, W / 2)
        deep = self.up(self.trans_1(deep))  # (B, 512, H, W)
        return torch.cat([deep, skip], dim=1)  # (B, 1024, H, W)


class _UNet(nn.Module):
    """U-Net of seven levels."""

    def __init__(self, in_channels: int, out_channels: int, bottom: nn.Module) -> None:
        super().__init__()
        beneath = bottom
        for level in range(len(WIDTHS) - 2, 0, -1):
            beneath = _Level(level, beneath)
        self.model = nn.Sequential(
            nn.Conv2d(in_channels, WIDTHS[0], 4, stride=2, padding=1),
            beneath,
            *_up(2 * WIDTHS[0], out_channels),
            nn.Tanh(),
        )

    def forward(self, stack: Tensor) -> Tensor:  # (B, C in, H, W)
        picture: Tensor = self.model(stack)
        return picture  # (B, C out, H, W), in [-1, 1]


class _ContentAggregation(nn.Module):
    """Rough contone from the halftone and a noise map; the published keys nest its U-Net in a second `Unet`."""

    def __init__(self) -> None:
        super().__init__()
        self.Unet = _UNet(1 + NOISE_CHANNELS, 1, _DenseBottom())

    def forward(self, halftone: Tensor, noise: Tensor) -> Tensor:  # (B, 1, H, W), (B, 8, H, W)
        content: Tensor = self.Unet(torch.cat([halftone, noise], dim=1))
        return content  # (B, 1, H, W)


class _DetailBlock(nn.Module):
    """Residual block of the detail part, the `index`-th."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.residual = nn.Sequential(
            OrderedDict(
                {
                    f"dn64s1/c1/{index}": nn.Conv2d(64, 64, 3, padding=1, bias=False),
                    f"dn64s1/r/{index}": nn.ReLU(),
                    f"dn64s1/c2/{index}": nn.Conv2d(64, 64, 3, padding=1, bias=False),
                }
            )
        )

    def forward(self, features: Tensor) -> Tensor:  # (B, 64, H, W)
        added: Tensor = features + self.residual(features)
        return added  # (B, 64, H, W)


class InverseHalftone(nn.Module):
    """IHN: (halftone (B, 1, H, W), noise (B, 8, H, W)) -> (content, detail, output), each (B, 1, H, W)."""

    config = Authors2021Config("ihn")

    def __init__(self) -> None:
        super().__init__()
        self.Unet = _ContentAggregation()
        self.n64s1 = nn.Sequential(OrderedDict({"n64s1/c": nn.Conv2d(2, 64, 3, padding=1, bias=False)}))
        self.dn64s1 = nn.Sequential(*(_DetailBlock(index) for index in range(8)))
        self.n256s1 = nn.Sequential(OrderedDict({"n256s1/2": nn.Conv2d(64, 256, 3, padding=1, bias=False)}))
        self.out = nn.Sequential(OrderedDict(out=nn.Conv2d(256, 1, 1, bias=False)))

    def forward(self, halftone: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return content and detail, and output, their sum."""
        content = self.Unet(halftone, noise)  # (B, 1, H, W)
        features = self.n64s1(torch.cat([content, halftone], dim=1))  # (B, 64, H, W)
        features = self.n256s1(self.dn64s1(features))  # (B, 256, H, W)
        detail = self.out(features)  # (B, 1, H, W)
        return content, detail, content + detail


class _EncoderBlock(nn.Module):
    """Residual block of the encoder."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
            nn.ReLU(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, features: Tensor) -> Tensor:  # (B, C, H, W)
        added: Tensor = features + self.conv_block(features)
        return added  # (B, C, H, W)


class Encoder(nn.Module):
    """E: rgb (B, 3, 256, 256) -> (mu, logvar) of the color code, each (B, 8)."""

    config = Authors2021Config("encoder")

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.ReflectionPad2d(3), nn.Conv2d(3, 64, 7), nn.InstanceNorm2d(64), nn.ReLU()]
        for narrow, wide in ((64, 128), (128, 256)):
            layers += [nn.Conv2d(narrow, wide, 3, stride=2, padding=1), nn.InstanceNorm2d(wide), nn.ReLU()]
        layers += [_EncoderBlock(256) for _ in range(4)]
        self.enc = nn.Sequential(*layers, nn.AvgPool2d(8))
        pooled_px = ENCODER_SIZE_PX // 4 // 8
        self.fc = nn.Linear(256 * pooled_px**2, CODE_LENGTH)
        self.fcVar = nn.Linear(256 * pooled_px**2, CODE_LENGTH)

    def forward(self, rgb: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log-variance of the color code."""
        features = self.enc(rgb).flatten(1)  # (B, 256 * 8 * 8)
        return self.fc(features), self.fcVar(features)  # (B, 8), (B, 8)


class Colorizer(nn.Module):
    """G: (gray (B, 1, H, W), edge (B, 1, H, W) of 0 and 1, z (B, 8)) -> rgb (B, 3, H, W)."""

    config = Authors2021Config("colorizer")

    def __init__(self) -> None:
        super().__init__()
        self.Unet = _UNet(1 + CODE_LENGTH + 1, 3, _Level(len(WIDTHS) - 1, None))

    def forward(self, gray: Tensor, edge: Tensor, z: Tensor) -> Tensor:
        """Return the colored picture."""
        everywhere = z[:, :, None, None].expand(-1, -1, *gray.shape[-2:])  # (B, 8, H, W)
        rgb: Tensor = self.Unet(torch.cat([gray, everywhere, edge], dim=1))
        return rgb  # (B, 3, H, W)


class _BasicBlock(nn.Module):
    """Residual block of the fusion network."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, features: Tensor) -> Tensor:  # (B, C, H, W)
        return torch.relu(features + self.conv2(torch.relu(self.conv1(features))))  # (B, C, H, W)


class Fusion(nn.Module):
    """F: (first, second), the results of IHN -> C and C -> IHN, each (B, 3, H, W), -> rgb (B, 3, H, W)."""

    config = Authors2021Config("fusion")

    def __init__(self) -> None:
        super().__init__()
        self.block1 = nn.Sequential(nn.Conv2d(6, 64, 7, padding=3), nn.ReLU())
        self.block2 = _BasicBlock(64)
        self.block3 = _BasicBlock(64)
        self.block4 = _BasicBlock(64)
        self.block5 = nn.Sequential(nn.Conv2d(64, 3, 3, padding=1))

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return the fused picture."""
        features = self.block1(torch.cat([first, second], dim=1))  # (B, 64, H, W)
        features = self.block4(self.block3(self.block2(features)))  # (B, 64, H, W)
        rgb: Tensor = self.block5(features)
        return rgb  # (B, 3, H, W)

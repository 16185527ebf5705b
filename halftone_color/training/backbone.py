"""The feature network for losses and distances: MobileNetV2 read from a file that the user names."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

from halftone_color.errors import WeightsError
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions


def load_backbone(path: Path, device: str = "cpu") -> Classifier:
    """Return a frozen MobileNetV2 with the weights of a safetensors file.

    The file numbers the convolutions of the graph: conv0.weight, conv0.bias, ... conv52.

    Raises:
        WeightsError: the file is missing or holds other tensors.
    """
    network = Classifier()
    try:
        tensors = load_file(path)
        for index, conv in enumerate(convolutions(network)):
            weight = tensors[f"conv{index}.weight"].float()
            conv.weight.data = weight.reshape(conv.weight.shape)
            conv.bias.data = tensors[f"conv{index}.bias"].float()  # type: ignore[union-attr]
    except (OSError, KeyError, RuntimeError, ValueError) as error:
        raise WeightsError(f"{path} is no MobileNetV2 feature file ({error}); name another with --backbone.") from error
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)

"""Feature networks for losses and distances, read from files that the user names: MobileNetV2, EfficientNet-Lite1."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from halftone_color.errors import WeightsError
from halftone_color.networks import lite_trunk
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions

SomeNetwork = TypeVar("SomeNetwork", bound=nn.Module)


def load_backbone(path: Path, device: str = "cpu") -> Classifier:
    """Return a frozen MobileNetV2 with the weights of a safetensors file.

    The file numbers the convolutions of the graph: conv0.weight, conv0.bias, ... conv52.

    Raises:
        WeightsError: the file is missing or holds other tensors.
    """
    network, tensors = Classifier(), read_tensors(path, "--backbone")
    try:
        for index, conv in enumerate(convolutions(network)):
            conv.weight.data = tensors[f"conv{index}.weight"].reshape(conv.weight.shape)
            conv.bias.data = tensors[f"conv{index}.bias"]  # type: ignore[union-attr]
    except (KeyError, RuntimeError) as error:
        raise WeightsError(
            f"{path} is not a MobileNetV2 feature file ({error}); name another with --backbone."
        ) from error
    return _frozen(network, device)


def load_features(path: Path, device: str = "cpu") -> lite_trunk.Features:
    """Return a frozen EfficientNet-Lite1 trunk with the tensors trunk.* of a safetensors file; it may hold others.

    Raises:
        WeightsError: the file is missing or holds other tensors.
    """
    network, tensors = lite_trunk.Features(), read_tensors(path, "--backbone")
    try:
        network.load_state_dict({name: value for name, value in tensors.items() if name.startswith("trunk.")})
    except RuntimeError as error:
        raise WeightsError(
            f"{path} is not an EfficientNet-Lite1 trunk ({_first_line(error)}); name another with --backbone."
        ) from error
    return _frozen(network, device)


def read_tensors(path: Path, option: str) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file by name, as float32; `option` is how its user names it.

    Raises:
        WeightsError: it is missing or no such file.
    """
    try:
        return {name: value.float() for name, value in load_file(path).items()}
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path} cannot be read as safetensors ({error}); name another with {option}.") from error


def _frozen(network: SomeNetwork, device: str) -> SomeNetwork:
    network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)


def _first_line(error: RuntimeError) -> str:
    return str(error).splitlines()[0].rstrip(":")

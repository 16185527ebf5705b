"""VGG-19 features from the weights file that torchvision publishes, which the user has to supply."""

from __future__ import annotations

from pathlib import Path

import torch

from halftone_color.checkpoints.mismatch import describe_mismatch, read_tensors
from halftone_color.errors import WeightsError
from halftone_color.networks.vgg19 import Vgg19Net

CLASSIFIER = {f"classifier.{layer}.{kind}" for layer in (0, 3, 6) for kind in ("weight", "bias")}
"""Keys of the file that are not needed."""
NEXT_STEP = "give torchvision's file vgg19-dcbb9e9d.pth, or leave out the option features"


def load_vgg19(path: str | Path) -> Vgg19Net:
    """Return the frozen network of torchvision's weight file; nothing in the file is executed.

    Raises:
        WeightsError: the file is missing, damaged, contains more than tensors, or is of another network.
    """
    path = Path(path)
    tensors = {key: value for key, value in read_tensors(path, NEXT_STEP).items() if key not in CLASSIFIER}
    with torch.device("meta"):
        network = Vgg19Net()
    if differing := describe_mismatch(tensors, network.state_dict()):
        raise WeightsError(f"{path} is not VGG-19 ({differing}); {NEXT_STEP}.")
    network.load_state_dict({key: value.float() for key, value in tensors.items()}, assign=True)
    return network.eval().requires_grad_(False)

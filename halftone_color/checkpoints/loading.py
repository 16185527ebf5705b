"""Load the networks that a method needs, by role, ready to run."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn

from halftone_color.checkpoints import files, finding
from halftone_color.errors import WeightsError


def networks_for(set_name: str, roles: Iterable[str], device: str | torch.device = "cpu") -> dict[str, nn.Module]:
    """Return the networks of a set by role: verified, float32, in evaluation mode, on `device`.

    A warning is logged about networks that were not trained with each other.

    Raises:
        WeightsError: a file is missing, damaged, of another role or of an unknown architecture.
    """
    located = finding.locate_together(roles, set_name)
    return {role: _load(role, stored.path, stored.entry.sha256, str(device)) for role, stored in located.items()}


@lru_cache(maxsize=16)
def _load(role: str, path: Path, sha256: str, device: str) -> nn.Module:
    """Return one network; equal files are read only once per process."""
    checkpoint = files.load(path)
    if checkpoint.header.role != role:
        raise WeightsError(f"{path} is a {checkpoint.header.role} network, not {role}; correct the manifest beside it.")
    network = checkpoint.network()
    network.to(device)
    if all(weight.ndim < 5 for weight in network.parameters()):  # torch has no such layout for kernels over volumes
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network

"""Average colorizers of one training, and store them as weights.

    python tools/average_colorizers.py runs/colorizer/kept-050 runs/colorizer/kept-100 --shares .25 .75 --out weights

Copies that a training kept along its way lie close enough for their mean to be a network as good as they are; one
folder alone is stored as it is. The folders hold colorizer.safetensors and color-encoder.safetensors; the manifest of
OUT is brought up to date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from halftone_color.checkpoints import files
from halftone_color.checkpoints.manifest import read
from halftone_color.networks import color_encoder, colorizer
from halftone_color.training.jobs import publish_networks

ROLES = {"colorizer": colorizer.Network, "color-encoder": color_encoder.Network}
"""Roles that belong together, and their networks."""


def averaged(folders: list[Path], role: str, shares: list[float]) -> nn.Module:
    """Return a network with the mean, by shares that sum up to one, of a role's weights in several folders."""
    networks = [files.load(folder / f"{role}.safetensors").network() for folder in folders]
    states = [network.state_dict() for network in networks]
    mean: dict[str, Tensor] = {
        name: torch.stack([share * state[name] for share, state in zip(shares, states, strict=True)]).sum(0)
        for name in states[0]
    }
    networks[0].load_state_dict(mean)
    return networks[0]


def main() -> None:
    """Average and store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", help="of the folders in the mean; equal by default")
    arguments = parser.parse_args()
    shares = arguments.shares or [1.0] * len(arguments.folders)
    shares = [share / sum(shares) for share in shares]
    networks = {role: averaged(arguments.folders, role, shares) for role in ROLES}
    entry = next(entry for entry in read(arguments.folders[0]) if entry.role == "colorizer")
    publish_networks(networks, arguments.out, entry.sources, dict(entry.trained_with))


if __name__ == "__main__":
    main()

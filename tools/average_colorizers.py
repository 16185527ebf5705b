r"""Average colorizers of one training, fit what their codes say, and store them as weights.

    python tools/average_colorizers.py runs/colorizer/kept-050 runs/colorizer/kept-100 --shares .25 .75 \
        --photos PHOTOS --out weights

Copies that a training kept along its way lie close enough for their mean to be a network as good as they are; one
folder alone only gets its maps fitted and is stored. The folders hold colorizer.safetensors and
color-encoder.safetensors; the manifest of OUT is brought up to date.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor, nn

from halftone_color.checkpoints import files, header
from halftone_color.checkpoints.manifest import read
from halftone_color.networks import color_encoder, colorizer
from halftone_color.training import code_palettes
from halftone_color.training.device_photographs import DevicePhotographs
from halftone_color.training.jobs import publish_networks
from halftone_color.training.photographs import cache_name, open_split

ROLES = {"colorizer": colorizer.ColorizerNet, "color-encoder": color_encoder.ColorEncoderNet}
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
    """Average, fit, store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--photos", type=Path, required=True, help="photographs for training, or a pack of them")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--shares", type=float, nargs="+", help="of the folders in the mean; equal by default")
    arguments = parser.parse_args()
    shares = arguments.shares or [1.0] * len(arguments.folders)
    shares = [share / sum(shares) for share in shares]
    networks = {role: averaged(arguments.folders, role, shares) for role in ROLES}
    painter = networks["colorizer"]
    assert isinstance(painter, colorizer.ColorizerNet)
    if painter.palette is not None:
        photographs = open_split(arguments.photos, "train", Path("runs") / cache_name(arguments.photos))
        code_palettes.fit(painter.palette, networks["color-encoder"], DevicePhotographs.of(photographs, "cpu"))
    entries = {entry.role: entry for entry in read(arguments.folders[0])}
    sources = {role: entries[role].sources for role in ROLES}
    losses = header.read(arguments.folders[0] / entries["colorizer"].file).extra.get("losses")
    publish_networks(networks, arguments.out, sources, dict(entries["colorizer"].trained_with), losses)


if __name__ == "__main__":
    main()

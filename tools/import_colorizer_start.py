"""Store the colorizer that a training in shorthand left behind as hcolor's weights, and hold it to its known answers.

    python tools/import_colorizer_start.py colorizer_start.safetensors weights [--known golden.npz]

The file has `colorizer.*` and `encoder.*` under short names; NAMES says what they are called here.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor, nn

from halftone_color.checkpoints import files, finding, manifest
from halftone_color.networks import color_encoder, colorizer
from halftone_color.training.jobs import LICENSE

NAMES = (
    (r"^queries$", "queries.start"),
    (r"^code_queries\.", "queries.move."),
    (r"^query_layers\.", "queries.layers."),
    (r"^query_out\.", "queries.read."),
    (r"^pixel\.", "embed."),
    (r"\.look\.q\.", ".look.query."),
    (r"\.look\.k\.", ".look.key."),
    (r"\.look\.v\.", ".look.value."),
    (r"\.look\.o\.", ".look.join."),
    (r"\.talk\.q\.", ".agree.query."),
    (r"\.talk\.k\.", ".agree.key."),
    (r"\.talk\.v\.", ".agree.value."),
    (r"\.talk\.o\.", ".agree.join."),
    (r"\.n1\.", ".look_norm."),
    (r"\.nt\.", ".feature_norm."),
    (r"\.n2\.", ".agree_norm."),
    (r"\.n3\.", ".think_norm."),
    (r"\.mlp\.", ".think."),
)
"""What each part of a short name (a regular expression) is called in networks/colorizer.py."""
TOLERANCE = 1e-3
"""Largest difference from a known answer, over the answer's largest value."""
THINNED = {
    "deep": np.s_[:, ::8],
    "keys": np.s_[:, ::4],
    "fine_keys": np.s_[:, ::8, ::2, ::2],
    "guide_fine": np.s_[:, :, ::2, ::2],
    "votes": np.s_[:, ::11, ::8, ::8],
}
"""What of an answer is known, where it is not all of it."""


def renamed(name: str) -> str:
    """Return what a tensor of the shorthand's colorizer is called here."""
    for pattern, replacement in NAMES:
        name = re.sub(pattern, replacement, name)
    return name


def networks_from(tensors: dict[str, Tensor]) -> dict[str, nn.Module]:
    """Return colorizer and color encoder, by role, from the tensors of the file."""
    found = {
        "colorizer": colorizer.ColorizerNet(colorizer.ColorizerConfig()),
        "color-encoder": color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig()),
    }
    for role, prefix in (("colorizer", "colorizer."), ("color-encoder", "encoder.")):
        own = {key.removeprefix(prefix): value.float() for key, value in tensors.items() if key.startswith(prefix)}
        found[role].load_state_dict({renamed(key) if role == "colorizer" else key: own[key] for key in own})
        found[role].eval().requires_grad_(False)
    return found


def answers(networks: dict[str, nn.Module], given: dict[str, Tensor]) -> dict[str, Tensor]:
    """Return what the networks answer to the known inputs, by name."""
    network, encoder = networks["colorizer"], networks["color-encoder"]
    assert isinstance(network, colorizer.ColorizerNet)
    luma = given["rgb"].new_tensor([0.299, 0.587, 0.114])[:, None, None]
    gray = (given["rgb"] * luma).sum(1, keepdim=True)
    chroma = torch.cat([(given["rgb"][:, 2:] - gray) / 1.772, (given["rgb"][:, :1] - gray) / 1.402], 1)
    with torch.inference_mode():
        places = network.encode(given["gray"], given["edge"].float())
        reference = network.encode(gray, given["reference_edge"].float())
        guide = network.correspond(places, colorizer.Exemplar.of(reference, chroma))
        none = torch.zeros_like(given["code"])
        automatic = network.decode(places, none)
        mean, log_variance = encoder(given["rgb"])
        return {
            "deep": places.deep,
            "keys": places.keys,
            "fine_keys": places.fine_keys,
            "guide_coarse": guide.coarse,
            "guide_fine": guide.fine,
            "automatic": network.chroma(automatic),
            "coded": network.predict_chroma(places, given["code"]),
            "guided": network.predict_chroma(places, given["code"], guide),
            "hinted": network.predict_chroma(places, none, None, given["hints"]),
            "votes": network.votes(automatic),
            "mean": mean,
            "log_variance": log_variance,
        }


def differences(networks: dict[str, nn.Module], known: dict[str, NDArray[np.float32]]) -> dict[str, float]:
    """Return the largest difference from each known answer, over the answer's largest value."""
    given = {key.removeprefix("in_"): torch.from_numpy(value) for key, value in known.items() if key.startswith("in_")}
    found = {}
    for name, answer in answers(networks, given).items():
        own = answer.numpy()[THINNED.get(name, ...)]
        found[name] = float(np.abs(own - known[name]).max() / np.abs(known[name]).max())
    return found


def main() -> None:
    """Convert, compare, store."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--known", type=Path)
    arguments = parser.parse_args()
    networks = networks_from(load_file(arguments.file))
    if arguments.known:
        found = differences(networks, dict(np.load(arguments.known)))
        print("\n".join(f"{name}: {difference:.1e}" for name, difference in found.items()))
        if max(found.values()) > TOLERANCE:
            raise SystemExit("An answer differs from the known one; nothing was stored.")
    for role, network in networks.items():
        path = arguments.folder / f"{role}.safetensors"
        sha256 = files.save(path, network, role.replace("-", "_"), role, {"licence": LICENSE})
        sources = finding.locate(role).entry.sources
        entry = manifest.Entry(role, "hcolor", path.name, sha256, path.stat().st_size, True, LICENSE, sources, {})
        manifest.add(arguments.folder, [entry])
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

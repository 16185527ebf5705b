"""The published networks: their keys, their shapes and what they compute from known weights.

`authors_2021_keys.json` lists the keys and shapes of the published files by role. `authors_2021_known.npz` holds what
the authors' own code returned (eval mode, float32, CPU) for `drawn_inputs()` once `draw_weights` had filled it; of
pictures every 16th row and column is kept.
"""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from halftone_color.networks import authors_2021

HERE = Path(__file__).parent
KEYS = json.loads((HERE / "authors_2021_keys.json").read_text())
NOT_LEARNT = "num_batches_tracked"


def draw(seed, shape, kind="standard_normal"):
    stream = np.random.Generator(np.random.PCG64(seed)) if isinstance(seed, int) else seed
    return torch.from_numpy(getattr(stream, kind)(shape)).float()


def draw_weights(network):
    """Give each tensor values that depend on its key alone: the CRC-32 of the key seeds its stream."""
    for key, tensor in network.state_dict().items():
        if key.endswith(NOT_LEARNT):
            tensor.fill_(0)
            continue
        stream = np.random.Generator(np.random.PCG64(zlib.crc32(key.encode())))
        unit = torch.from_numpy(stream.standard_normal(tuple(tensor.shape)))
        if key.endswith("running_var"):
            drawn = 1 + 0.1 * unit.abs()
        elif tensor.ndim > 1:
            drawn = unit / tensor[0].numel() ** 0.5
        else:
            drawn = 0.1 * unit + (1 if key.endswith("weight") else 0)
        tensor.copy_(drawn)


def drawn_inputs():
    """Inputs of the four calls; one stream, so that the order of the draws matters."""
    stream = np.random.Generator(np.random.PCG64(2021))
    plane = (1, 1, 256, 256)
    halftone = draw(stream, plane, "random") > 0.5
    noise = draw(stream, (1, 8, 256, 256))
    gray = draw(stream, plane, "random")
    edge = draw(stream, plane, "random") > 0.9
    z = draw(stream, (1, 8))
    reference, first, second = (draw(stream, (1, 3, 256, 256), "random") for _ in range(3))
    return {
        "ihn": (halftone.float(), noise),
        "encoder": (reference,),
        "colorizer": (gray, edge.float(), z),
        "fusion": (first, second),
    }


ANSWERS = {
    "ihn": ("ihn_content", "ihn_detail", "ihn_output"),
    "encoder": ("e_mu", "e_logvar"),
    "colorizer": ("g_rgb",),
    "fusion": ("f_rgb",),
}


@pytest.mark.parametrize("role", authors_2021.ROLES)
def test_keys_and_shapes_are_those_of_the_published_file(role):
    with torch.device("meta"):
        network = authors_2021.build(role)
    assert {key: list(tensor.shape) for key, tensor in network.state_dict().items()} == KEYS[role]


def test_parameter_counts_of_the_published_files():
    with torch.device("meta"):
        networks = {role: authors_2021.build(role) for role in authors_2021.ROLES}
    millions = {role: sum(p.numel() for p in network.parameters()) / 1e6 for role, network in networks.items()}
    assert millions == pytest.approx({"ihn": 41.1, "encoder": 5.4, "colorizer": 30.3, "fusion": 0.24}, rel=0.01)


@pytest.mark.parametrize("role", authors_2021.ROLES)
def test_computes_what_the_authors_code_computes(role):
    network = authors_2021.build(role).eval()
    draw_weights(network)
    with torch.inference_mode():
        returned = network(*drawn_inputs()[role])
    outputs = returned if isinstance(returned, tuple) else (returned,)
    with np.load(HERE / "authors_2021_known.npz") as known:
        for name, output in zip(ANSWERS[role], outputs, strict=True):
            expected = known[name]
            found = output.numpy() if output.ndim == 2 else output[..., ::16, ::16].numpy()
            assert found.shape == expected.shape
            assert np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max(), name


def test_a_network_is_rebuilt_from_its_configuration():
    with torch.device("meta"):
        for role in authors_2021.ROLES:
            network = authors_2021.Authors2021Net(authors_2021.Authors2021Config(role))
            assert network.config == authors_2021.Authors2021Config(role)
            assert list(network.state_dict()) == list(KEYS[role])


def test_unknown_role_is_refused():
    with pytest.raises(KeyError, match="discriminator"):
        authors_2021.build("discriminator")

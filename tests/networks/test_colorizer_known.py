"""Colorization network and color encoder give the answers of the shorthand that they were written anew from.

colorizer_known.npz holds names of tensors, inputs and answers; that shorthand made them once, with the weights that
are drawn here.
"""

from __future__ import annotations

import importlib.util
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch

from halftone_color.networks import color_encoder, colorizer

KNOWN = Path(__file__).with_name("colorizer_known.npz")
TOOL = Path(__file__).parents[2] / "tools" / "import_colorizer_start.py"


def drawn(name, shape):
    """Return the weights of a tensor: normal numbers that only its name and shape decide."""
    numbers = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape, dtype=np.float32)
    if name.endswith("sharpness"):
        return torch.from_numpy(np.asarray(2 + 0.2 * numbers, np.float32))
    if len(shape) > 1:
        gain = 0.005 if "leave" in name else 2.0  # chroma of up to about .3, where its curve is not flat
        return torch.from_numpy(numbers * np.float32((gain / np.prod(shape[1:])) ** 0.5))
    around = 1.0 if name.endswith("weight") else 0.0  # a layer norm's, or a bias
    return torch.from_numpy(np.float32(around) + np.float32(0.1) * numbers)


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("import_colorizer_start", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def known():
    with np.load(KNOWN) as stored:
        return dict(stored)


@pytest.fixture(scope="module")
def tensors(tool, known):
    """Return the shorthand's weights under its own names."""
    sizes = {
        "colorizer.": colorizer.ColorizerNet(colorizer.ColorizerConfig()).state_dict(),
        "encoder.": color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig()).state_dict(),
    }
    found = {}
    for name in bytes(known["names"]).decode().splitlines():
        prefix = name[: name.index(".") + 1]
        own = name.removeprefix(prefix)
        found[name] = drawn(name, tuple(sizes[prefix][tool.renamed(own) if prefix == "colorizer." else own].shape))
    return found


def test_answers_are_the_known_ones(tool, known, tensors):
    found = tool.differences(tool.networks_from(tensors), known)
    wanted = "deep keys fine_keys guide_coarse guide_fine automatic coded guided hinted votes mean log_variance"
    assert set(found) == set(wanted.split())
    assert {name: gap for name, gap in found.items() if not gap < tool.TOLERANCE} == {}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("colorizer.trunk.stages.6.0.project.weight", "deep"),
        ("colorizer.code_queries.weight", "coded"),
        ("colorizer.query_layers.2.talk.o.weight", "automatic"),
        ("colorizer.guide8.bias", "guided"),
        ("colorizer.hint4.weight", "hinted"),
        ("colorizer.vote.2.weight", "votes"),
        ("colorizer.sharpness", "guide_coarse"),
        ("encoder.layers.3.weight", "mean"),
    ],
)
def test_a_wrong_weight_would_show(tool, known, tensors, name, answer):
    networks = tool.networks_from(tensors | {name: tensors[name] * 1.5})
    assert tool.differences(networks, known)[answer] > 2 * tool.TOLERANCE

"""A folder of small photographs and what is read from it; a colorizer and a backbone of the smallest sizes."""

from __future__ import annotations

import numpy as np
import pytest
import safetensors.torch
import torch
from PIL import Image

from halftone_color.networks import colorizer, lite_trunk
from halftone_color.run import Conditions, Run
from halftone_color.training.photographs import open_split
from halftone_color.training.recipe import Material


@pytest.fixture(scope="session")
def photo_folder(scene, tmp_path_factory):
    """Return a folder of eight JPEGs of 140 to 176 px; index.csv holds two of them out."""
    folder = tmp_path_factory.mktemp("photos")
    rows = ["file,split,source_repo"]
    for index in range(8):
        picture = scene(140 + 4 * index, 176 - 3 * index, index)
        pixels = (picture.transpose(1, 2, 0) * 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{index}.jpg", quality=92)
        rows.append(f"{index}.jpg,{'val' if index % 4 == 0 else 'train'},source-{index % 2}")
    (folder / "index.csv").write_text("\n".join(rows) + "\n")
    return folder


@pytest.fixture(scope="session")
def photo_cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def train_split(photo_folder, photo_cache):
    return open_split(photo_folder, "train", photo_cache)


@pytest.fixture(scope="session")
def val_split(photo_folder, photo_cache):
    return open_split(photo_folder, "val", photo_cache)


@pytest.fixture(scope="session")
def material(train_split, val_split):
    """Return what recipes are made with on the processor: no backbone, no trained networks."""
    return Material(train_split, val_split, None, Run.open(Conditions("cpu", weights="none")))


@pytest.fixture(scope="session")
def tiny_config():
    """Return the sizes of the colorizer among the tiny networks."""
    return colorizer.ColorizerConfig(4, (16, 16, 16, 12, 8), 8, 8, 16, 8, prior=8, skin=4)


@pytest.fixture(scope="session")
def trunk_file(tmp_path_factory):
    """Return a file of an EfficientNet-Lite1 trunk of random weights that keep the size of what they see."""
    torch.manual_seed(6)
    features = lite_trunk.Features()
    for weight in features.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=1.4 / weight[0].numel() ** 0.5)
    path = tmp_path_factory.mktemp("backbone") / "trunk.safetensors"
    safetensors.torch.save_file({name: value.half() for name, value in features.state_dict().items()}, path)
    return path

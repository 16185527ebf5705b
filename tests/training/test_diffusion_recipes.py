"""Recipes of both diffusions with the smallest networks: losses, learning, and the two stages of halftoning."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from halftone_color.errors import UsageError
from halftone_color.networks.denoiser import DenoiserConfig
from halftone_color.networks.denoiser_2022 import Denoiser2022Config
from halftone_color.networks.guided_denoiser import GuidedDenoiserConfig
from halftone_color.run import Conditions, Run
from halftone_color.training.jobs import publish_networks
from halftone_color.training.recipes import denoiser, halftone_denoiser


class TinyDenoiser(denoiser.DenoiserRecipe):
    config = DenoiserConfig(2, (8, 12), (1, 1), 8)
    published_config = Denoiser2022Config(2, 32, (1, 1), 1, (1,), 2)
    validation_crops = 2


class TinyHalftoneDenoiser(halftone_denoiser.HalftoneDenoiserRecipe):
    config = GuidedDenoiserConfig((8, 12), (1, 1), 8, guides=2, kernel=3, grays=4, tile=32)
    validation_crops = 4


def learned(recipe, name, steps=25):
    """Return the mean loss of the first and of the last steps."""
    weights = [
        weight for network in recipe.networks.values() for weight in network.parameters() if weight.requires_grad
    ]
    optimizer = torch.optim.AdamW(weights, 3e-3)
    losses, batches = [], recipe.batches(1)
    for _ in range(steps):
        optimizer.zero_grad()
        loss = recipe.losses(next(batches), 0.0)[name]
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    return np.mean(losses[:5]), np.mean(losses[-5:])


@pytest.mark.parametrize("published", [False, True])
def test_denoising_begins_at_the_noise_and_learns(material, published):
    torch.manual_seed(0)
    side = 16 if published else 32
    recipe = TinyDenoiser(denoiser.DenoiserOptions(batch=4, side=side, compile=False, published=published), material)
    first, last = learned(recipe, "noise")
    assert first > 0.5, "a fresh network predicts nothing, and noise has a variance of 1"
    assert last < 0.8 * first
    if not published:  # whose attention takes long at the size of the validation crops
        assert set(recipe.validate(recipe.networks)) == {"sample"}


def test_denoising_of_named_kernels_sees_clean_halftones_alone(material):
    options = denoiser.DenoiserOptions(batch=2, side=32, compile=False, kernels="jarvis")
    halftone, _ = next(TinyDenoiser(options, material).batches(0))
    assert set(halftone.unique().tolist()) <= {0.0, 1.0}
    with pytest.raises(UsageError, match="kernel"):
        denoiser.DenoiserOptions(kernels="nobody")


@pytest.fixture(scope="module")
def first_stage(material):
    torch.manual_seed(0)
    options = halftone_denoiser.HalftoneDenoiserOptions(batch=4, side=32, compile=False)
    recipe = TinyHalftoneDenoiser(options, material)
    first, last = learned(recipe, "noise")
    assert first < 0.3, "a fresh network knows what a pixel by itself tells"
    assert last < 0.93 * first
    return recipe


def test_figures_of_halftones_have_floyd_steinbergs_beside_them(first_stage):
    figures = first_stage.validate(first_stage.networks)
    assert set(figures) == {"tone", "tone_floyd_steinberg"}
    assert 0 < figures["tone_floyd_steinberg"] < figures["tone"], "a network of 25 steps draws poor halftones"


def test_the_second_stage_begins_as_the_first_with_its_meta_halftones(first_stage, material, tiny_networks, tmp_path):
    publish_networks(first_stage.networks, tmp_path, {"halftone-denoiser": ("noise",)}, {})
    run = Run.open(Conditions("cpu")).with_networks(tiny_networks)
    options = halftone_denoiser.HalftoneDenoiserOptions(batch=4, side=32, compile=False, stage=2, first=str(tmp_path))
    second = TinyHalftoneDenoiser(options, dataclasses.replace(material, run=run))
    network = second.network
    assert network.meta_halftones.shape == (20, 4, 32, 32)
    means = network.meta_halftones.mean((2, 3))
    assert (means[-1].diff() > 0).all(), "darker grays have darker halftones, best at the last step"
    planes, steps = torch.randn(3, 2, 1, 16, 16), torch.tensor([3, 120])
    with torch.no_grad():
        torch.testing.assert_close(network(*planes, steps), first_stage.network(*planes, steps), atol=2e-3, rtol=0)
    learned(second, "noise", 3)
    assert network.denoiser.enter.weight[:, 12:].abs().max() > 0, "guidance is learned"


@pytest.mark.parametrize("wrong", [{"stage": 3}, {"stage": 2}, {"first": "there"}, {"kernels": ","}])
def test_impossible_stages_are_refused(wrong):
    with pytest.raises(UsageError):
        halftone_denoiser.HalftoneDenoiserOptions(**wrong)

"""Recipe of the flow with the smallest networks: its loss, a few steps, and what it is measured by."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from halftone_color.networks.denoiser import DenoiserConfig
from halftone_color.run import Conditions, Run
from halftone_color.training.recipes import flow


class TinyFlow(flow.FlowRecipe):
    config = DenoiserConfig(3, (8, 12), (1, 1), 8)
    validation_crops = 6


@pytest.fixture
def recipe(material, tiny_networks):
    torch.manual_seed(0)
    run = Run.open(Conditions("cpu")).with_networks(tiny_networks)
    return TinyFlow(flow.FlowOptions(batch=4, side=32, compile=False), dataclasses.replace(material, run=run))


def test_it_begins_with_the_blocks_of_the_inverse_halftone_network(recipe, tiny_networks):
    content = tiny_networks["inverse-halftone"].content
    torch.testing.assert_close(recipe.network.middle.blocks[0].first.weight, content.middle[0].first.weight)


def test_a_fresh_network_leaves_the_mean(recipe):
    assert set(recipe.losses(next(recipe.batches(0)), 0.0)) == set(recipe.weights)
    figures = recipe.validate(recipe.networks)
    assert figures["sample"] == pytest.approx(figures["mean"], abs=0.1)


def test_it_learns_and_its_sample_comes_nearer(recipe):
    before = recipe.validate(recipe.networks)
    optimizer = torch.optim.AdamW(recipe.network.parameters(), 3e-3)
    losses, batches = [], recipe.batches(1)
    for _ in range(30):
        optimizer.zero_grad()
        loss = recipe.losses(next(batches), 0.0)["velocity"]
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    after = recipe.validate(recipe.networks)
    assert sum(losses[-8:]) < 0.8 * sum(losses[:8])
    assert after["sample"] > before["sample"] + 0.5
    assert set(after) == {"mean", "mean_gradients", "sample", "sample_gradients"}

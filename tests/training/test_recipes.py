"""Recipes of the inverse halftone network, the histogram estimator and the fusion network, for a few steps each."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import safetensors.torch
import torch

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import UsageError
from halftone_color.networks import fusion as fusion_network
from halftone_color.networks import histogram as histogram_network
from halftone_color.networks import inverse_halftone as ihn_network
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions
from halftone_color.training import losses
from halftone_color.training.recipes import fusion, histogram, inverse_halftone


class TinyInverseHalftone(inverse_halftone.InverseHalftoneRecipe):
    config = ihn_network.InverseHalftoneConfig((8, 12), (1, 1), 8, 1)
    validation_crops = 4


class TinyHistogram(histogram.HistogramRecipe):
    config = histogram_network.HistogramConfig(6, 0.3, 16)


class TinyFusion(fusion.FusionRecipe):
    config = fusion_network.FusionConfig(8, 1)
    validation_pairs = 2


@pytest.fixture(scope="module")
def mobilenet_file(tmp_path_factory):
    torch.manual_seed(0)
    tensors = {}
    for index, conv in enumerate(convolutions(Classifier())):
        tensors |= {f"conv{index}.weight": conv.weight.detach(), f"conv{index}.bias": conv.bias.detach()}
    path = tmp_path_factory.mktemp("backbone") / "mobilenet.safetensors"
    safetensors.torch.save_file(tensors, path)
    return path


@pytest.fixture(scope="module")
def ihn(material, mobilenet_file):
    options = inverse_halftone.InverseHalftoneOptions(batch=2, side=32, compile=False)
    return TinyInverseHalftone(options, dataclasses.replace(material, backbone=mobilenet_file))


def test_ihn_losses(ihn):
    halftone, target = next(ihn.batches(0))
    assert halftone.shape == target.shape == (2, 1, 32, 32)
    found = ihn.losses((halftone, target), 0.0)
    assert set(found) == set(ihn.weights) == {"content", "output", "perceptual"}
    apart = float((halftone - target).abs().mean())  # a fresh network returns the halftone
    assert float(found["content"].detach()) == pytest.approx(5 * apart, rel=0.02, abs=1e-4)
    assert float(found["output"].detach()) == pytest.approx(apart, rel=0.02, abs=1e-4)
    sum(found.values()).backward()
    assert ihn.network.content.leave.weight.grad.abs().sum() > 0
    assert ihn.network.detail.leave.weight.grad.abs().sum() > 0


@pytest.mark.parametrize(
    ("weight", "loss"), [("content_pixel", "content"), ("output_pixel", "output"), ("perceptual", "perceptual")]
)
def test_ihn_losses_can_be_switched_off(weight, loss, ihn):
    batch = next(ihn.batches(0))
    before, ihn.options = ihn.options, dataclasses.replace(ihn.options, **{weight: 0.0})
    try:
        found = ihn.losses(batch, 0.0)
    finally:
        ihn.options = before
    assert found.pop(loss, 0) == 0
    assert all(value > 0 for value in found.values())


def test_ihn_losses_beyond_the_paper_join_when_given_a_weight(ihn):
    halftone, target = next(ihn.batches(0))
    before, ihn.options = ihn.options, dataclasses.replace(ihn.options, square=3.0, ssim=0.5)
    try:
        found, weights = ihn.losses((halftone, target), 0.0), ihn.weights
    finally:
        ihn.options = before
    assert (weights["square"], weights["ssim"]) == (3.0, 0.5)
    # A fresh network returns the halftone.
    assert float(found["square"].detach()) == pytest.approx(3 * float((halftone - target).square().mean()), rel=0.02)
    assert float(found["ssim"].detach()) == pytest.approx(0.5 * float(losses.unlikeness(halftone, target)), rel=0.02)


def test_ihn_of_named_kernels_alone(material):
    options = inverse_halftone.InverseHalftoneOptions(batch=2, side=32, compile=False, kernels="jarvis, stucki")
    batches = TinyInverseHalftone(options, material).batches(0)
    for _ in range(5):
        halftone, _ = next(batches)
        assert set(halftone.unique().tolist()) <= {0.0, 1.0}, "every other recipe makes gray prints now and then"
    with pytest.raises(UsageError, match="kernel"):
        inverse_halftone.InverseHalftoneOptions(kernels="jarvis,nobody")


def test_ihn_validation_of_a_fresh_network(ihn):
    figures = ihn.validate(ihn.networks)
    assert set(figures) == {"digital", "print", "unscreened", "regridded", "palette", "text"}
    assert figures["unscreened"] > figures["digital"]
    assert figures["print"] > 5
    assert ihn.validate(ihn.networks) == pytest.approx(figures, rel=1e-5)


def test_histogram_recipe(material):
    torch.manual_seed(0)
    recipe = TinyHistogram(histogram.HistogramOptions(8, 16), material)
    batch = next(recipe.batches(0))
    assert batch.shape == (8, 3, 16, 16)
    optimizer = torch.optim.Adam(recipe.network.parameters(), 1e-2)
    before = recipe.validate(recipe.networks)["intersection"]
    for _ in range(60):
        optimizer.zero_grad()
        loss = recipe.losses(batch, 0.0)["histogram"]
        loss.backward()
        optimizer.step()
    figures = recipe.validate(recipe.networks)
    assert before < figures["intersection"] <= 1
    assert 0 < figures["intersection_of_the_mean"] <= 1


def test_fusion_recipe(material, tiny_run):
    options = fusion.FusionOptions(batch=4, crop=16, side=32, pool=8, crops_per_pair=8)
    recipe = TinyFusion(options, dataclasses.replace(material, run=tiny_run))
    figures = recipe.validate(recipe.networks)
    assert set(figures) == {"ihn_first", "color_first", "mean", "fused"}
    assert figures["fused"] == pytest.approx(figures["mean"], abs=1e-3), "a fresh network gives the mean"
    batch = next(recipe.batches(0))
    assert [tuple(x.shape) for x in batch] == [(4, 3, 16, 16)] * 3
    found = recipe.losses(batch, 0.0)
    mean = (batch[0] + batch[1]) / 2
    assert float(found["pixel"].detach()) == pytest.approx(float((mean - batch[2]).abs().mean()), rel=1e-4)
    assert float(found["squared"].detach()) == pytest.approx(5 * float((mean - batch[2]).square().mean()), rel=1e-4)
    sum(found.values()).backward()
    assert recipe.network.leave.weight.grad.abs().sum() > 0


def test_both_orders_are_of_the_photograph(scene, tiny_run):
    truth = scene(64, 64)
    ihn_first, color_first, same = fusion.both_orders(truth, np.random.default_rng(0), tiny_run)
    assert same is truth
    for picture in (ihn_first, color_first):
        assert picture.shape == truth.shape
        assert picture.min() >= 0
        assert picture.max() <= 1
        cells = [rgb_to_luma(x).reshape(8, 8, 8, 8).mean((1, 3)).ravel() for x in (picture, truth)]
        assert np.corrcoef(*cells)[0, 1] > 0.9

"""Recipe of Cycle CNN with the smallest network: losses of known cases, the flipped way back, and that it learns."""

import dataclasses

import numpy as np
import pytest
import torch

from halftone_color.errors import UsageError
from halftone_color.networks.cycle_cnn import CycleCnnConfig
from halftone_color.training.recipes import cycle_cnn
from halftone_color.training.recipes.cycle_cnn import CycleOptions
from halftone_color.training.stereo_pairs import StereoPair


class TinyCycle(cycle_cnn.CycleCnnRecipe):
    config = CycleCnnConfig(4, 1, 1, 2, refinement_features=4, refinement_pairs=1)


def made(material, **options):
    torch.manual_seed(0)
    return TinyCycle(CycleOptions(height=16, width=48, d=16, **options), material)


@pytest.fixture(scope="module")
def recipe(material):
    return made(material)


def shifted_pair(shift=4):
    """Return a pair whose color picture is the gray scene shifted by a few px."""
    color = np.random.default_rng(0).random((3, 16, 48)).astype(np.float32)
    color[1:] = (color[:1] - 0.5) * np.array([0.5, -0.4], np.float32)[:, None, None]  # chroma follows the luma
    return StereoPair(np.roll(color[0], -shift, 1), color)


def test_smoothness_of_a_constant_volume_is_nothing():
    assert float(cycle_cnn.roughness(torch.full((1, 4, 5, 6), 0.25))) == 0
    step = torch.zeros(1, 1, 2, 2)
    step[..., 1] = 1
    assert float(cycle_cnn.roughness(step)) == pytest.approx(0.5)  # two of four differences are 1


def test_there_and_back_is_the_same_picture(recipe):
    views = recipe.views_of(shifted_pair())
    found = {name: float(loss.detach()) for name, loss in recipe.losses(views, 0.0).items()}
    assert set(found) == {"structure", "cycle", "smooth", "refine", "truth"}
    assert found["cycle"] < 0.4  # at the border one camera sees what the other does not
    wrong = dataclasses.replace(views, back=views.there)
    assert float(recipe.losses(wrong, 0.0)["cycle"].detach()) > found["cycle"] + 0.05


def test_nothing_is_detached_between_both_colorizations(recipe):
    views = recipe.views_of(shifted_pair())
    color = views.color.clone().requires_grad_()
    recipe.losses(dataclasses.replace(views, color=color), 0.0)["cycle"].backward()
    assert float(color.grad.abs().sum()) > 0
    assert float(recipe.network.unet.leave.weight.grad.abs().sum()) > 0


@pytest.mark.parametrize(
    "options", [{"curve": "none"}, {"curve": "transfer"}, {"confidence": False}, {"position": False}]
)
def test_ablations_of_the_curve(material, options):
    recipe = made(material, **options)
    pair = shifted_pair()
    views = recipe.views_of(dataclasses.replace(pair, gray=0.5 * pair.gray))
    with torch.no_grad():
        unlike = float(recipe.losses(views, 0.0)["structure"])
    if options.get("curve") == "none":
        assert unlike > 0.15, "half the exposure stays unlike"
    else:
        assert unlike < 0.15


def test_losses_that_have_no_weight_are_left_out(material):
    recipe = made(material, cycle=0.0, smooth=0.0, truth=0.0, refine=0.0)
    assert set(recipe.losses(recipe.views_of(shifted_pair()), 0.0)) == {"structure"}
    assert set(recipe.weights) == {"structure"}
    blind = made(material, luma=False)
    assert float(blind.losses(blind.views_of(shifted_pair()), 0.0)["structure"]) == 0


def test_it_learns_from_synthetic_pairs(material):
    recipe = made(material, truth=50.0)
    batch = next(recipe.batches(0))
    assert batch.truth is not None
    optimizer = torch.optim.RMSprop(recipe.network.parameters(), 3e-4)
    losses = []
    for _ in range(4):
        optimizer.zero_grad()
        loss = sum(recipe.losses(batch, 0.0).values())
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert recipe.momentum == 0


def test_what_cannot_be_trained_is_refused(material):
    nothing = dataclasses.replace(material, train=material.train.select(lambda name: False))
    with pytest.raises(UsageError, match="--pairs or --photos"):
        made(nothing)
    with pytest.raises(UsageError, match="gca, transfer, none"):
        CycleOptions(curve="straight")
    with pytest.raises(UsageError, match="multiple of 16"):
        CycleOptions(d=20)

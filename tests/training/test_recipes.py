"""The recipes for one step each: which losses there are, which go when their weight is zero, and what is drawn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
from torch import nn

from halftone_color.color import rgb_to_luma, rgb_to_ycc
from halftone_color.errors import UsageError
from halftone_color.networks import chroma_classes
from halftone_color.networks import colorizer as colorizer_network
from halftone_color.networks import fusion as fusion_network
from halftone_color.networks import histogram as histogram_network
from halftone_color.networks import inverse_halftone as ihn_network
from halftone_color.networks.mobilenet_v2 import Classifier
from halftone_color.training import colorizer, fusion, histogram, inverse_halftone, losses

LATE = 0.9
"""Progress at which every loss has joined."""
TINY = colorizer_network.Config(4, (16, 16, 16, 12, 8), 8, voters=8)
SWITCHES = {
    "reconstruction": ("reconstruction", "automatic"),
    "structure": ("structure",),
    "style": ("style",),
    "latent": ("latent",),
    "kl": ("kl",),
    "adversarial": ("adversarial",),
    "similarity": ("similarity",),
    "histogram": ("histogram",),
    "classes": ("classes",),
    "correspondence": ("correspondence",),
    "mode_seeking": ("mode_seeking",),
}
"""Weights of the options and the losses they weigh."""


@pytest.fixture(scope="module")
def features():
    torch.manual_seed(0)
    return Classifier().eval().requires_grad_(False)


@pytest.fixture(scope="module")
def estimator():
    torch.manual_seed(0)
    return histogram_network.Network(histogram_network.Config(4, 0.3, 8)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def small(train_split, val_split, features, estimator):
    """Return the colorizer's recipe with everything on, in the smallest sizes."""
    torch.manual_seed(0)
    options = colorizer.Options(batch=16, side=64, features_every=1)
    return colorizer.Colorizer(TINY, options, train_split, val_split, features, estimator)


@pytest.fixture(scope="module")
def batch(small):
    return next(small.batches(0))


def losses_with(small, batch, progress=LATE, **weights):
    """Return the losses of the recipe with other options, and of the same draws."""
    torch.manual_seed(1)
    before = small.options
    small.options = dataclasses.replace(before, **weights)
    try:
        return {name: value.detach() for name, value in small.losses(batch, progress).items()}
    finally:
        small.options = before


# ---- colorizer -------------------------------------------------------------------------------------------------


def test_all_losses_of_the_paper_are_there(small, batch):
    found = losses_with(small, batch)
    assert set(found) == {name for names in SWITCHES.values() for name in names}
    assert all(torch.isfinite(value) and value > 0 for value in found.values())


@pytest.mark.parametrize("weight", SWITCHES)
def test_a_weight_of_zero_switches_a_loss_off(weight, small, batch):
    everything = losses_with(small, batch)
    without = losses_with(small, batch, **{weight: 0.0})
    for name, value in everything.items():
        if name in SWITCHES[weight]:
            assert without.get(name, 0) == 0
        else:
            torch.testing.assert_close(without[name], value)


@pytest.mark.parametrize("weight", SWITCHES)
def test_weights_are_factors(weight, small, batch):
    everything = losses_with(small, batch)
    doubled = losses_with(small, batch, **{weight: 2 * getattr(small.options, weight)})
    for name, value in everything.items():
        torch.testing.assert_close(doubled[name], value * (2 if name in SWITCHES[weight] else 1), rtol=1e-4, atol=1e-7)


def test_without_a_discriminators_loss_there_is_no_opponent(train_split, val_split):
    recipe = colorizer.Colorizer(TINY, colorizer.Options(batch=16, side=64, adversarial=0), train_split, val_split)
    assert recipe.opponents == {}
    found = recipe.losses(next(recipe.batches(0)), LATE)
    assert set(found) == {"reconstruction", "correspondence", "classes", "automatic", "kl", "similarity", "latent"}, (
        "nor features, nor histogram"
    )


def test_some_losses_join_late(small, batch):
    early = losses_with(small, batch, progress=0.0)
    assert set(SWITCHES) - set(early) == {"adversarial", "mode_seeking"}


def test_feature_losses_join_each_so_many_steps(small, batch):
    joined = ["style" in losses_with(small, batch, features_every=3) for _ in range(6)]
    assert sum(joined) == 2


def test_one_step_reaches_every_weight(small, batch):
    torch.manual_seed(2)
    networks = nn.ModuleDict({role.replace("-", "_"): network for role, network in small.networks.items()})
    networks.zero_grad()
    sum(small.losses(batch, LATE).values()).backward()
    still = [name for name, weight in networks.named_parameters() if weight.grad is None or not weight.grad.any()]
    assert not still
    small.discriminator.zero_grad()
    sum(small.opponent_losses().values()).backward()
    assert all(weight.grad is not None for weight in small.discriminator.parameters())


def test_a_few_steps_reduce_the_loss(train_split, val_split):
    torch.manual_seed(0)
    recipe = colorizer.Colorizer(TINY, colorizer.Options(batch=16, side=64), train_split, val_split)
    batch = next(recipe.batches(0))
    optimizer = torch.optim.Adam([w for n in recipe.networks.values() for w in n.parameters()], 5e-3)
    course = []
    for _ in range(12):
        optimizer.zero_grad()
        torch.manual_seed(1)  # the same draws each time
        loss = recipe.losses(batch, 0.0)["reconstruction"]
        loss.backward()
        optimizer.step()
        course.append(float(loss.detach()))
    assert course[-1] < 0.97 * course[0], course


def test_validation_knows_every_scheme(small):
    figures = small.validate({role: network.eval() for role, network in small.networks.items()})
    assert {"automatic", "voted", "code", "warped", "both", "wrong", "random"} <= set(figures)
    assert {"automatic_chroma", "voted_chroma", "random_chroma", "cross_entropy"} <= set(figures)
    assert all(np.isfinite(value) for value in figures.values())
    again = small.validate(small.networks)
    assert again == pytest.approx(figures, rel=1e-5), "seeded"


def test_a_wrong_reference_is_another_photograph_with_its_own_edges(small, batch, monkeypatch):
    seen = []
    look = small.colorizer.look
    monkeypatch.setattr(small.colorizer, "look", lambda *planes: (seen.append(planes), look(*planes))[1])
    losses_with(small, batch)
    (gray, edge), (reference_luma, reference_edge) = seen
    torch.testing.assert_close(gray, batch["gray"])
    torch.testing.assert_close(edge, batch["edge"])
    groups = colorizer._groups(16)
    wrong = slice(groups["wrong"].start - groups["both"].start, groups["wrong"].stop - groups["both"].start)
    other = slice(0, wrong.stop - wrong.start)
    torch.testing.assert_close(reference_luma[wrong], rgb_to_luma(batch["reference"][other]))
    torch.testing.assert_close(reference_edge[wrong], batch["reference_edge"][other])
    both = slice(0, groups["both"].stop - groups["both"].start)
    torch.testing.assert_close(reference_edge[both], batch["reference_edge"][groups["both"]])


def test_each_scheme_has_its_cues(small, batch, monkeypatch):
    """Code, guide: recovery has the first or both, jittered and wrong references the second, automatic none."""
    seen = []
    decode = small.colorizer.decode
    monkeypatch.setattr(small.colorizer, "decode", lambda *cues: (seen.append(cues), decode(*cues))[1])
    losses_with(small, batch)
    (_, code, guide), (_, second_code, *_) = seen
    groups = colorizer._groups(16)
    coded = {name for name, rows in groups.items() if code[rows].any()}
    guided = {name for name, rows in groups.items() if guide.coarse[rows].any() and guide.fine[rows].any()}
    assert coded == {"code", "both", "random"}
    assert guided == {"both", "jittered", "wrong"}
    assert (code[groups["random"]] - second_code).abs().min(1).values.max() > 0, "drawn twice"


def test_votes_are_asked_where_the_truth_is_true(small, batch, monkeypatch):
    seen = []
    monkeypatch.setattr(small, "_class_loss", lambda votes, chroma: seen.append(chroma) or torch.tensor(0.0))
    losses_with(small, batch)
    groups = colorizer._groups(16)
    rows = [row for name in ("code", "both", "wrong", "automatic") for row in range(16)[groups[name]]]
    half_chroma = torch.nn.functional.avg_pool2d(rgb_to_ycc(batch["truth"])[1], 2)
    torch.testing.assert_close(seen[0], half_chroma[rows], msg="neither turned colours nor none")


def test_the_discriminator_is_shown_true_colours_with_the_codes_that_made_ones_have(small, batch):
    losses_with(small, batch)
    groups = colorizer._groups(16)
    real, real_code, made, made_code = small._judged
    rows = [row for name in ("code", "both", "wrong", "automatic") for row in range(16)[groups[name]]]
    torch.testing.assert_close(real, torch.nn.functional.avg_pool2d(batch["truth"][rows], 2), atol=1e-5, rtol=0)
    without = 7  # wrong references and automatic
    assert not real_code[-without:].any()
    assert not made_code[-without:].any()
    assert real_code[:-without].any(1).all()
    assert made_code[:-without].any(1).all()
    assert len(made) == without + 2, "and a picture at random, twice"


def test_rare_classes_weigh_more(train_split, monkeypatch):
    red = np.array([0.6, 0.4, 0.4], np.float32)[:, None, None].repeat(8, 1).repeat(8, 2)
    monkeypatch.setattr(colorizer, "square_crop", lambda *_: red)
    weights = colorizer._class_weights(train_split)
    share = chroma_classes.memberships(rgb_to_ycc(torch.from_numpy(red))[1].movedim(0, -1))[0, 0]
    assert weights.argmin() == share.argmax()
    assert weights.max() > 5 * weights.min()
    assert share @ weights == pytest.approx(1)


def test_groups_share_out_the_batch():
    for count in (16, 48):
        groups = colorizer._groups(count)
        covered = [index for group in groups.values() for index in range(count)[group]]
        assert covered == list(range(count))
        assert {name: (g.stop - g.start) * 16 // count for name, g in groups.items()} == colorizer.SHARES


def test_jitter_turns_hue_alike_and_keeps_luma(scene):
    picture = torch.from_numpy(np.stack([scene(16, 16, s) for s in range(4)])) * 0.2 + 0.4
    reference = picture.flip(3)
    turned, reference_turned = colorizer._jitter(picture, reference)
    torch.testing.assert_close(reference_turned, turned.flip(3))
    torch.testing.assert_close(rgb_to_luma(turned), rgb_to_luma(picture), atol=0.02, rtol=0)
    size = [rgb_to_ycc(x)[1].norm(dim=1).mean((1, 2)) for x in (turned, picture)]
    share = size[0] / size[1]
    assert share.min() > 0.5
    assert share.max() < 1.45
    assert (turned - picture).abs().mean() > 0.01


def test_the_encoder_is_shown_no_positions():
    ramp = torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    view = colorizer._encoder_view(ramp)
    assert view.shape == (1, 3, 32, 32)
    assert view[0, 0, 0, 0] > view[0, 0, 0, -1], "mirrored"


@pytest.mark.parametrize("values", [{"batch": 8}, {"batch": 24}, {"side": 32}, {"side": 100}])
def test_sizes_that_do_not_work_are_refused(values):
    with pytest.raises(UsageError, match="must be a multiple"):
        colorizer.Options(**values)


# ---- the others ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ihn(train_split, val_split, features):
    options = inverse_halftone.Options(batch=2, side=32, compile=False)
    return inverse_halftone.InverseHalftone(
        ihn_network.Config((8, 12), (1, 1), 8, 1), options, train_split, val_split, features
    )


def test_ihn_losses(ihn):
    halftone, target = next(ihn.batches(0))
    assert halftone.shape == target.shape == (2, 1, 32, 32)
    found = ihn.losses((halftone, target), 0.0)
    assert set(found) == {"content", "output", "perceptual"}
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
        found = ihn.losses((halftone, target), 0.0)
    finally:
        ihn.options = before
    # A fresh network returns the halftone.
    assert float(found["square"].detach()) == pytest.approx(3 * float((halftone - target).square().mean()), rel=0.02)
    assert float(found["ssim"].detach()) == pytest.approx(0.5 * float(losses.unlikeness(halftone, target)), rel=0.02)


def test_ihn_of_named_kernels_alone(train_split, val_split):
    options = inverse_halftone.Options(batch=2, side=32, compile=False, kernels="jarvis, stucki")
    recipe = inverse_halftone.InverseHalftone(
        ihn_network.Config((8, 12), (1, 1), 8, 1), options, train_split, val_split
    )
    batches = recipe.batches(0)
    for _ in range(5):
        halftone, _ = next(batches)
        assert set(halftone.unique().tolist()) <= {0.0, 1.0}, "every other recipe makes grey prints now and then"
    with pytest.raises(UsageError, match="kernel"):
        inverse_halftone.Options(kernels="jarvis,nobody")


def test_ihn_validation_of_a_fresh_network(ihn):
    figures = ihn.validate(ihn.networks)
    assert set(figures) == {"digital", "print", "unscreened"}
    assert figures["unscreened"] > figures["digital"]
    assert figures["print"] > 5
    assert ihn.validate(ihn.networks) == pytest.approx(figures, rel=1e-5)


def test_histogram_recipe(train_split, val_split):
    torch.manual_seed(0)
    recipe = histogram.Histogram(histogram_network.Config(6, 0.3, 16), histogram.Options(8, 16), train_split, val_split)
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


def test_fusion_recipe(train_split, val_split, tiny_networks):
    options = fusion.Options(batch=4, crop=16, side=48, pool=8, crops_per_pair=8)
    recipe = fusion.Fusion(fusion_network.Config(8, 1), options, train_split, val_split, tiny_networks)
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


def test_both_orders_are_of_the_photograph(scene, tiny_networks):
    truth = scene(64, 64)
    ihn_first, color_first, same = fusion.both_orders(truth, np.random.default_rng(0), tiny_networks)
    assert same is truth
    for picture in (ihn_first, color_first):
        assert picture.shape == truth.shape
        assert picture.min() >= 0
        assert picture.max() <= 1
        cells = [rgb_to_luma(x).reshape(8, 8, 8, 8).mean((1, 3)).ravel() for x in (picture, truth)]
        assert np.corrcoef(*cells)[0, 1] > 0.9

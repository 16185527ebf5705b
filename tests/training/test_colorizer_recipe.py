"""The colorizer's recipe for single steps: its losses, what they look at, and schemes that are left out."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import nn

from halftone_color.arrays.color import rgb_to_ycc, ycc_to_rgb
from halftone_color.errors import UsageError, WeightsError
from halftone_color.networks import chroma_classes
from halftone_color.networks import colorizer as colorizer_network
from halftone_color.networks import histogram as histogram_network
from halftone_color.training import color_figures, color_making, loop
from halftone_color.training.color_objectives import ROWS, Objectives
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_schemes import SCHEMES
from halftone_color.training.device_photographs import DevicePhotographs
from halftone_color.training.photographs import Photographs
from halftone_color.training.recipes import colorizer

SIZES = {"sides": (64,), "megapixels": 0.07}
WITHOUT_REFERENCES = {"code": 8, "both": 0, "jittered": 0, "unlike": 0, "hints": 2, "automatic": 4, "random": 2}
WITHOUT_RANDOM = {"automatic": 6, "random": 0}
LEFT_OUT = {
    "": set(),
    "references": {"correspondence", "palette"},
    "random": {"mode_seeking"},
    "both": {"correspondence", "palette", "mode_seeking", "latent"},
}
SHARES = {
    "": {},
    "references": WITHOUT_REFERENCES,
    "random": WITHOUT_RANDOM,
    "both": WITHOUT_REFERENCES | WITHOUT_RANDOM,
}


@pytest.fixture(scope="module")
def estimator():
    torch.manual_seed(0)
    return histogram_network.HistogramNet(histogram_network.HistogramConfig(4, 0.3, 8)).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def recipe_of(material, tiny_config, trunk_file, estimator):
    """Return a function that makes a recipe of the smallest sizes with the options given."""
    patch = pytest.MonkeyPatch()
    patch.setattr(color_figures, "SIDE", 64)
    patch.setattr(color_figures, "REFERENCE_PX", 64)

    class Tiny(colorizer.ColorizerRecipe):
        config = tiny_config
        fitted_on = 16

    def made(backbone=trunk_file, histogram=estimator, **options):
        torch.manual_seed(0)
        run = material.run.with_networks({} if histogram is None else {"histogram": histogram})
        own = dataclasses.replace(material, backbone=backbone, run=run)
        recipe = Tiny(ColorizerOptions(**(SIZES | options)), own)
        nn.init.normal_(recipe.networks["colorizer"].leave.weight, std=0.05)  # a fresh network paints gray
        return recipe

    yield made
    patch.undo()


@pytest.fixture(scope="module")
def small(recipe_of):
    return recipe_of()


@pytest.fixture(scope="module")
def batch(small):
    drawn = next(small.batches(0))
    return dataclasses.replace(drawn, people=torch.ones_like(drawn.people))


def objectives_of(recipe, batch, **made):
    """Return the losses on a batch, in whose results something may be put in place of what the networks made."""
    torch.manual_seed(1)
    results = dataclasses.replace(color_making.color(batch, recipe._learners), **made)
    return Objectives(batch, results, recipe.options, recipe._learners, recipe._frozen, recipe._rarity)


@pytest.fixture(scope="module")
def objectives(small, batch):
    return objectives_of(small, batch)


def weighed(objectives, **weights):
    """Return the losses with other weights and the same draws."""
    before, objectives._options = objectives._options, dataclasses.replace(objectives._options, **weights)
    torch.manual_seed(1)
    try:
        return {name: value.detach() for name, value in objectives.weighed().items()}
    finally:
        objectives._options = before


@pytest.mark.parametrize("missing", SHARES)
def test_a_step_of_any_schemes(missing, recipe_of):
    recipe = recipe_of(**SHARES[missing])
    found = recipe.losses(next(recipe.batches(3)), 0.5)
    assert set(found) == set(ROWS) - LEFT_OUT[missing]
    assert all(torch.isfinite(value) and value.requires_grad for value in found.values())
    sum(found.values()).backward()
    gradients = [weight.grad for network in recipe.networks.values() for weight in network.parameters()]
    assert all(torch.isfinite(gradient).all() for gradient in gradients if gradient is not None)
    assert sum(float(gradient.abs().sum()) for gradient in gradients if gradient is not None) > 0


def test_one_step_reaches_every_weight(recipe_of):
    recipe = recipe_of(sides=(96,), faded=20.0)
    sum(recipe.losses(next(recipe.batches(3)), 0.5).values()).backward()
    untouched = {
        f"{role}.{name}"
        for role, network in recipe.networks.items()
        for name, weight in network.named_parameters()
        if weight.requires_grad and (weight.grad is None or not weight.grad.any())
    }
    assert not untouched


@pytest.mark.parametrize("name", ROWS)
def test_a_loss_of_weight_zero_is_absent_and_changes_no_other(name, objectives):
    everything, without = weighed(objectives), weighed(objectives, **{name: 0.0})
    also = {"reconstruction": {"skin"}}.get(name, set())  # which is weighed by both
    assert set(everything) - set(without) == {name} | also
    for other in set(without) - {"classes", "palette"}:  # which draw places, after those of losses that are gone
        torch.testing.assert_close(without[other], everything[other], msg=other)


def test_weights_are_factors(objectives):
    options = objectives._options
    factors = dict(zip(ROWS, np.linspace(1.5, 4, len(ROWS)), strict=True))
    everything = weighed(objectives)
    scaled = weighed(objectives, **{name: factor * getattr(options, name) for name, factor in factors.items()})
    factors["skin"] *= factors["reconstruction"]
    for name, value in everything.items():
        torch.testing.assert_close(scaled[name], factors[name] * value, msg=name)


def test_without_frozen_networks_their_losses_are_left_out(recipe_of):
    recipe = recipe_of(backbone=None, histogram=None)
    assert set(recipe.losses(next(recipe.batches(0)), 0.5)) == set(ROWS) - {"structure", "style", "histogram"}


def test_each_scheme_has_its_cues(small, batch, monkeypatch):
    seen = []
    g = small.networks["colorizer"]
    decode = g.decode
    monkeypatch.setattr(g, "decode", lambda *cues: (seen.append(cues), decode(*cues))[1])
    made = color_making.color(batch, small._learners, without_code=0.0)
    (_, code, guide, hints), (_, second_code, no_guide, no_hints) = seen
    given = code[:, -1] == 1
    assert torch.equal(given, code[:, :-1].any(1)), "it is said whether there is a code"
    coded = {name for name, rows in batch.rows.items() if given[rows].all()}
    assert coded == {"code", "both", "unlike", "random", "hints", "automatic"}
    assert int(given.sum()) == batch.count(*coded)
    guided = {name for name, rows in batch.rows.items() if guide.coarse[rows].any() or guide.fine[rows].any()}
    assert guided <= {"both", "jittered", "unlike"}
    assert {name for name, rows in batch.rows.items() if made.guide.coarse[:, 3].any()} >= guided
    assert torch.equal(hints, batch.hints)
    torch.testing.assert_close(second_code[:, :-1], made.second_code)
    assert no_guide is None
    assert not no_hints.any()
    torch.testing.assert_close(code[batch.rows["code"], :-1], made.drawn[batch.rows["code"]])
    torch.testing.assert_close(code[batch.rows["unlike"], :-1], made.drawn[len(code) :], msg="the reference's")
    for scheme in ("automatic", "hints"):
        torch.testing.assert_close(code[batch.rows[scheme], :-1], made.likely.mean[batch.rows[scheme]])
    assert (made.code[batch.rows["random"]] - made.second_code).abs().max() > 0.1, "drawn twice"


def test_some_references_come_without_their_code(small, batch):
    code = color_making.color(batch, small._learners, without_code=1.0).code
    coded = {name for name, rows in batch.rows.items() if code[rows].any()}
    assert coded == {"code", "random", "hints", "automatic"}


def test_reconstruction_by_hand(objectives, batch):
    made = objectives._made.chroma.detach()
    truth = F.avg_pool2d(rgb_to_ycc(batch.truth)[1], 2)
    apart = (made - truth).abs().numpy()
    error = np.where(apart < 0.05, apart**2 / 0.1, apart - 0.025).mean(1)
    error *= objectives._weight[:, 0].numpy()
    share = np.zeros(16)
    for name, value in (("code", 1), ("both", 1), ("jittered", 1), ("hints", 0.7), ("automatic", 0.35)):
        share[batch.rows[name]] = value
    wanted = (share * error.mean((1, 2))).mean()
    assert float(objectives.reconstruction().detach()) == pytest.approx(wanted, rel=1e-4)


def test_what_is_as_it_should_be_costs_nothing(small, batch):
    truth = F.avg_pool2d(rgb_to_ycc(batch.truth)[1], 2)
    noisy = 0.02 * torch.randn(truth.shape, generator=torch.Generator().manual_seed(3)) - 0.1 * truth
    random = batch.rows["random"]
    perfect, poor = (objectives_of(small, batch, chroma=x, second=x[random]) for x in (truth, noisy))
    for name in ("reconstruction", "skin", "excess", "faded", "similarity"):
        assert float(getattr(perfect, name)()) == pytest.approx(0, abs=1e-6), name
        assert float(getattr(poor, name)()) > 1e-4, name


def test_skin_counts_where_other_colors_are_wanted_or_none_is_told(small, batch):
    tan = torch.tensor([224.0, 172, 105])[:, None, None] / 255
    found = []
    for scheme in ("code", "automatic", "random", "unlike"):
        truth = torch.full_like(batch.truth, 0.5)
        truth[batch.rows[scheme], :, 20:40, 20:40] = tan
        changed = dataclasses.replace(batch, truth=truth)
        found.append(float(objectives_of(small, changed).skin().detach()))
        nobody = dataclasses.replace(changed, people=torch.zeros_like(batch.people))
        assert float(objectives_of(small, nobody).skin().detach()) == 0
    assert found[0] == 0
    assert min(found[1:]) > 1e-4


def test_a_guide_that_carries_the_truth_corresponds(small, batch, objectives):
    chroma, likeness, parts = rgb_to_ycc(batch.truth[batch.guided])[1], 0.5, []
    for side in (8, 16):
        carried = F.avg_pool2d(chroma, 64 // side) * likeness
        one = torch.ones_like(carried[:, :1])
        parts.append(torch.cat([carried, likeness * one, one], 1))
    perfect = objectives_of(small, batch, guide=colorizer_network.Guide(*parts))
    assert float(perfect.correspondence()) == pytest.approx(0, abs=1e-6)
    assert float(objectives.correspondence().detach()) > 1e-4


def test_an_encoder_is_only_read_by_the_latent_loss(small, batch):
    made = objectives_of(small, batch)._made
    painted = made.chroma.detach().requires_grad_()
    words = {"chroma": painted, "code": made.code.detach(), "mean": made.mean.detach()}
    small.networks["color-encoder"].zero_grad()
    objectives_of(small, batch, **words).latent().backward()
    assert painted.grad[batch.rows["random"]].any()
    assert all(weight.grad is None for weight in small.networks["color-encoder"].parameters())


def test_the_feature_network_sees_results_at_full_size_beside_true_colors(small, batch, monkeypatch):
    shown = []
    features = small._frozen.features
    forward = features.forward
    monkeypatch.setattr(features, "forward", lambda rgb: (shown.append(rgb), forward(rgb))[1])
    objectives = objectives_of(small, batch)
    seen = objectives.seen
    assert objectives.seen is seen, "once"
    (pictures,) = shown
    rows = [*batch.index("random", "unlike", "automatic", "hints").tolist(), 0, 2, 3]
    assert pictures.shape == (2 + 2 * len(rows), 3, 64, 64)
    luma, chroma = rgb_to_ycc(batch.seen[rows])
    strength = torch.ones(len(rows), 1, 1, 1)
    strength[:8] = small.options.true_chroma  # random, unlike, automatic
    torch.testing.assert_close(pictures[2 + len(rows) :], ycc_to_rgb(luma, strength * chroma).clamp(0, 1))
    wide = F.interpolate(objectives._made.chroma[rows], scale_factor=2, mode="bilinear")
    torch.testing.assert_close(pictures[2 : 2 + len(rows)], ycc_to_rgb(luma, wide).clamp(0, 1))
    assert [len(map_) for map_ in seen.made] == [2 + len(rows)] * 4
    assert [len(map_) for map_ in seen.true] == [len(rows)] * 4


def test_an_adversary_joins_late_and_is_then_an_opponent(recipe_of):
    recipe = recipe_of(adversarial=0.8, adversarial_from=0.5)
    batch = next(recipe.batches(0))
    assert "adversarial" not in recipe.losses(batch, 0.49)
    assert recipe.opponent_losses() == {}
    found = recipe.losses(batch, 0.9)
    assert set(found) == set(recipe.weights) == set(ROWS) | {"adversarial"}
    opposed = recipe.opponent_losses()
    assert set(opposed) == {"discrimination"}
    sum(opposed.values()).backward()
    heads = recipe.opponents["discriminator"].heads
    assert all(weight.grad is not None and torch.isfinite(weight.grad).all() for weight in heads.parameters())
    assert all(weight.grad is None for weight in recipe.networks["colorizer"].parameters())


def test_without_its_weight_there_is_no_opponent(small):
    assert small.opponents == {}
    assert small.opponent_losses() == {}


def test_a_discriminator_goes_on_from_a_file(recipe_of, tmp_path):
    state = recipe_of(adversarial=1.0).opponents["discriminator"].state_dict()
    save_file({name: (2 * value).contiguous() for name, value in state.items()}, tmp_path / "d.safetensors")
    again = recipe_of(adversarial=1.0, discriminator=str(tmp_path / "d.safetensors")).opponents["discriminator"]
    for name, value in again.state_dict().items():
        torch.testing.assert_close(value, 2 * state[name])
    save_file({"project.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(WeightsError, match="is not a discriminator; name another with --set discriminator=FILE"):
        recipe_of(adversarial=1.0, discriminator=str(tmp_path / "other.safetensors"))
    with pytest.raises(UsageError, match="name a --backbone"):
        recipe_of(backbone=None, adversarial=1.0)


def test_a_few_steps_lower_the_reconstruction(recipe_of):
    recipe = recipe_of(**(dict.fromkeys(ROWS, 0.0) | {"reconstruction": 10.0}))
    batch = next(recipe.batches(0))
    optimizer = torch.optim.Adam([w for n in recipe.networks.values() for w in n.parameters()], 2e-3)
    course = []
    for _ in range(3):
        optimizer.zero_grad()
        torch.manual_seed(1)  # the same draws each time
        (loss,) = recipe.losses(batch, 0.5).values()
        loss.backward()
        optimizer.step()
        course.append(float(loss.detach()))
    assert course[-1] < 0.97 * course[0], course


def test_the_trunk_learns_at_a_lower_rate(small):
    optimizer = loop._adamw(nn.ModuleDict(small.networks), loop.Schedule(), small.rates)
    scale = {weight: group["scale"] for group in optimizer.param_groups for weight in group["params"]}
    for role, network in small.networks.items():
        for name, weight in network.named_parameters():
            trunk = role == "colorizer" and name.startswith("trunk.")
            if not weight.requires_grad:
                continue
            assert scale[weight] == (colorizer.TRUNK_RATE if trunk else 1.0), name


def test_a_fresh_network_begins_with_the_backbones_trunk(recipe_of, small):
    trunk, features = recipe_of().networks["colorizer"].trunk, small._frozen.features.trunk
    torch.testing.assert_close(trunk.stages[3][1].expand.weight, features.stages[3][1].expand.weight)
    assert not any(weight.requires_grad for weight in features.parameters())


def test_rare_classes_weigh_more():
    pixels = np.full((2, 60, 60, 3), (150, 100, 100), np.uint8)
    places = ((0, 60, 60), (pixels[0].size, 60, 60))
    reds = DevicePhotographs.of(Photographs(("a.png", "b.png"), pixels.ravel(), places), "cpu")
    weights = colorizer._rarity(reds)
    red = torch.tensor([150.0, 100, 100])[:, None, None] / 255
    share = chroma_classes.memberships(rgb_to_ycc(red)[1].movedim(0, -1))[0, 0]
    assert weights.argmin() == share.argmax()
    assert weights.max() > 50 * weights.min()
    assert float(share @ weights) == pytest.approx(1, rel=1e-4)


def test_validation_knows_every_scheme(small):
    figures = small.validate({role: network.eval() for role, network in small.networks.items()})
    schemes = {"automatic", "code", "warped", "both", "strange", "random", "hints"}
    others = {"strange_distance", "spread_of_means", "spread_within", "skin", "code_deviation"}
    assert set(figures) == schemes | {f"{name}_strength" for name in schemes} | others
    assert all(np.isfinite(value) for value in figures.values())
    assert figures["spread_of_means"] > 0
    torch.manual_seed(77)
    again = small.validate(small.networks)
    assert again == pytest.approx(figures, rel=1e-5), "seeded"


def test_steps_have_about_as_many_pixels_at_any_side(recipe_of):
    options = ColorizerOptions()
    assert [options.batch(side) for side in (160, 224, 320, 64)] == [16, 16, 16, 96]
    assert dataclasses.replace(options, megapixels=1.7).batch(160) == 64
    recipe = recipe_of(sides=(64, 96), megapixels=0.14)
    batches = recipe.batches(5)
    sizes = {tuple(next(batches).seen.shape) for _ in range(8)}
    assert sizes == {(32, 3, 64, 64), (16, 3, 96, 96)}


def test_equal_seeds_make_equal_batches(small):
    first, again, other = (next(small.batches(seed)) for seed in (1, 1, 2))
    for part in ("seen", "gray", "reference", "hints"):
        assert torch.equal(getattr(first, part), getattr(again, part))
    assert not torch.equal(first.seen, other.seen)


@pytest.mark.parametrize("values", [{"sides": (100,)}, {"sides": (32,)}, {"code": 4}, {"random": 0}])
def test_options_that_do_not_work_are_refused(values):
    with pytest.raises(UsageError, match=r"multiples of 32|must sum up to 16"):
        ColorizerOptions(**values)


def test_every_loss_has_its_weight_and_its_rows():
    options = ColorizerOptions()
    assert options.weight("skin") == pytest.approx(options.skin * options.reconstruction)
    for name, schemes in ROWS.items():
        assert options.weight(name) > 0
        assert schemes
        assert set(schemes) <= set(SCHEMES)
        assert callable(getattr(Objectives, name))


def test_the_skin_map_can_be_learned_alone(recipe_of):
    recipe = recipe_of(only_skin_map=True)
    found = recipe.losses(next(recipe.batches(0)), 0.5)
    assert set(found) == set(recipe.weights) == {"skin_map"}
    found["skin_map"].backward()
    network = recipe.networks["colorizer"]
    learning = {name for name, weight in network.named_parameters() if weight.grad is not None}
    assert learning == {name for name, _ in network.named_parameters() if name.startswith("skin.")}


def test_finishing_fits_what_codes_say(recipe_of):
    recipe = recipe_of()
    assert not recipe.networks["colorizer"].palette.ask.weight.any()
    recipe.finish(recipe.networks)
    assert recipe.networks["colorizer"].palette.ask.weight.any()

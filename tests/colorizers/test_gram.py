"""Style transfer: Gram matrices and losses by hand, the descent on a known valley, and what the result keeps."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
import torch

from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc, ycc_to_rgb
from halftone_color.colorizers import gram
from halftone_color.colorizers.gram import (
    GramColorizer,
    content_loss,
    descend,
    gram_matrices,
    maps,
    refine_colors,
    style_loss,
)
from halftone_color.cue import Cue
from halftone_color.errors import InputError, UsageError
from halftone_color.networks import vgg19
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

FEATURES = torch.tensor([[1.0, 2.0], [3.0, 4.0]])


@pytest.fixture
def small_vgg(monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (4, 4, 0, 8, 8, 0, 8))
    torch.manual_seed(1)
    return vgg19.Vgg19Net().eval().requires_grad_(False)


def test_a_gram_matrix_by_hand():
    (found,) = gram_matrices([FEATURES])
    torch.testing.assert_close(found, torch.tensor([[5.0, 11.0], [11.0, 25.0]]) / 4)


def test_gram_matrices_know_no_places():
    features = torch.randn(5, 40, generator=torch.Generator().manual_seed(0))
    shuffled = features[:, torch.randperm(40, generator=torch.Generator().manual_seed(1))]
    torch.testing.assert_close(gram_matrices([shuffled])[0], gram_matrices([features])[0])


def test_losses_by_hand():
    other = FEATURES + torch.tensor([[0.0, 0.0], [0.0, 1.0]])
    assert style_loss([FEATURES], gram_matrices([FEATURES]), (7.0,)) == 0
    assert content_loss([FEATURES], [FEATURES], (7.0,)) == 0
    assert content_loss([other], [FEATURES], (2.0,)).item() == pytest.approx(4 * 1 / 4)
    # grams differ by (0, 2; 2, 9) / 4
    assert style_loss([other], gram_matrices([FEATURES]), (2.0,)).item() == pytest.approx(4 * (4 + 4 + 81) / 16 / 4)
    both = style_loss([other, other], gram_matrices([FEATURES, FEATURES]), (2.0, 4.0)).item()
    assert both == pytest.approx(5 * 4 * 89 / 64)


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
def test_the_descent_finds_a_known_minimum(optimizer):
    point = torch.zeros(2)
    wanted = torch.tensor([0.3, -0.2])
    steps = descend(
        lambda step: (point - wanted).square().sum() + 1e-3, [point], GramColorizer(optimizer=optimizer), None
    )
    torch.testing.assert_close(point.detach(), wanted, atol=0.02, rtol=0)
    assert steps < 400, "it stops when it gains no more"


def test_the_descent_keeps_the_best_and_stops_in_vain():
    point, shares = torch.full((1,), 2**-10), []
    steps = descend(lambda step: point.abs().sum() + 1, [point], GramColorizer(rate=0.5), shares.append)
    assert point.item() == 2**-10, "larger steps than it is far lead away"
    assert steps == gram.PATIENCE + 1
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_steps_are_limited():
    point = torch.zeros(1)
    assert descend(lambda step: (point - 5).square().sum(), [point], GramColorizer(steps=7), None) == 7


def test_a_loss_that_looks_elsewhere_in_each_step():
    """Its mean over the steps is what counts, though single values are lower farther off."""
    point, wanted = torch.zeros(2), torch.tensor([0.3, -0.2])

    def loss(step):
        turn = 0.1 * torch.tensor([np.cos(2.4 * step), np.sin(2.4 * step)], dtype=torch.float32)
        return (point - wanted - turn).square().sum()

    steps = descend(loss, [point], GramColorizer(), None)
    torch.testing.assert_close(point.detach(), wanted, atol=0.05, rtol=0)
    assert steps < 400


def test_only_adam_is_asked_for_other_steps():
    for optimizer, wanted in (("adam", list(range(10))), ("lbfgs", [0])):
        point, asked = torch.zeros(1), []
        descend(
            lambda step, point=point, asked=asked: asked.append(step) or (point - 5).square().sum(),
            [point],
            GramColorizer(optimizer=optimizer, steps=10),
            None,
        )
        assert sorted(set(asked)) == wanted


def test_the_style_is_seen_from_everywhere():
    picture = torch.arange(40.0 * 50).reshape(1, 1, 40, 50)
    large = picture.repeat(1, 1, 5, 4)  # 200 x 200 px
    corners = {(200 - s.shape[2], 200 - s.shape[3]) for s in (gram._crop_corner(large, step) for step in range(400))}
    assert {down for down, _ in corners} == {right for _, right in corners} == set(range(16))
    assert len(corners) > 200, "of the 256 there are"
    down, right = (side - kept for side, kept in zip((40, 50), gram._crop_corner(picture, 3).shape[2:], strict=True))
    torch.testing.assert_close(gram._crop_corner(picture, 3), picture[:, :, down:, right:])
    assert max(down, right) <= 6
    assert gram._crop_corner(picture[:, :, :5, :5], 7).shape == (1, 1, 5, 5)


def tinted(scene, cb=0.05, cr=0.1):
    luma = 0.3 + 0.4 * rgb_to_luma(scene(48, 64))
    return ycc_to_rgb(luma, np.broadcast_to(np.float32([[[cb]], [[cr]]]), (2, 48, 64))).astype(np.float32)


def test_a_picture_by_itself_stays_as_it_is(scene, tiny_run):
    """Starting from the reference, which is the print in colors, there is nothing to gain."""
    truth = tinted(scene)
    result = GramColorizer(start="reference")(Task(rgb_to_luma(truth), cue=Cue((truth,))), tiny_run)
    np.testing.assert_allclose(result, truth, atol=2e-3)


def test_the_descent_nears_the_style(scene, tiny_run, tiny_networks):
    truth, encoder = tinted(scene), tiny_networks["color-encoder"]
    gray = rgb_to_luma(truth)
    weights = (100.0, 100.0, 100.0)

    def distance(rgb):
        def of(picture):
            return maps(encoder, torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None], 3)

        return style_loss(of(rgb), gram_matrices(of(truth)), weights).item()

    near = GramColorizer(style=weights)(Task(gray, cue=Cue((truth,))), tiny_run)
    first = GramColorizer(style=weights, steps=1)(Task(gray, cue=Cue((truth,))), tiny_run)
    assert distance(near) < 0.2 * distance(first)
    assert distance(near) < 0.1 * distance(gray.repeat(3, 0))
    np.testing.assert_allclose(rgb_to_luma(near), gray, atol=1e-5)


def test_style_may_change_the_luminance_and_content_keeps_it(scene, tiny_run):
    gray, cue = 0.2 + 0.2 * rgb_to_luma(scene(48, 64)), Cue((0.5 + 0.4 * scene(48, 64, 1),))

    def moved(content):
        free = GramColorizer(keep_luminance=False, content=(content,), side=32, steps=100)
        return np.abs(rgb_to_luma(free(Task(gray, cue=cue), tiny_run)) - gray).mean()

    assert moved(0.0) > 0.1
    assert moved(1e4) < 0.1 * moved(0.0)


def test_starts_differ(scene, tiny_run):
    gray, cue = rgb_to_luma(scene(48, 64)), Cue((scene(48, 64, 1),))
    strengths = []
    for start in ("print", "average", "reference"):
        chroma = rgb_to_ycc(GramColorizer(start=start, steps=1)(Task(gray, cue=cue), tiny_run))[1]
        strengths.append(np.abs(chroma).mean())
    assert strengths == sorted(strengths)
    assert strengths[0] < 0.1 * strengths[2]


def test_several_references_mean_their_matrices(scene, tiny_run):
    gray, a, b = rgb_to_luma(scene(48, 64)), scene(40, 40, 1), scene(50, 30, 2)
    both = GramColorizer(steps=20)(Task(gray, cue=Cue((a, b))), tiny_run)
    np.testing.assert_allclose(both, GramColorizer(steps=20)(Task(gray, cue=Cue((b, a))), tiny_run), atol=1e-4)
    assert np.abs(both - GramColorizer(steps=20)(Task(gray, cue=Cue((a,))), tiny_run)).max() > 1e-3


def test_features_of_a_file(scene, small_vgg):
    method = GramColorizer(features="vgg19.pth", steps=10, side=64)
    assert method.networks == method.refiner_networks == ("vgg19=vgg19.pth",)
    assert GramColorizer().networks == GramColorizer().refiner_networks == ("color-encoder",)
    gray = rgb_to_luma(scene(48, 64))
    run = Run.open(Conditions(device="cpu")).with_networks({"vgg19=vgg19.pth": small_vgg})
    result = method(Task(gray, cue=Cue((scene(40, 50, 1),))), run)
    assert np.ptp(result, axis=0).max() > 0.01
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)


def test_it_descends_through_a_network_that_another_method_loaded(scene, tiny_weights_folder, tmp_path):
    """What is loaded while torch keeps no gradients has them afterwards all the same."""
    shutil.copytree(tiny_weights_folder, tmp_path / "weights")
    run = Run.open(Conditions(device="cpu", weights=str(tmp_path / "weights")))
    with run.inference():
        assert not next(run.network("color-encoder").parameters()).is_inference()
    task = Task(rgb_to_luma(scene(20, 30)), cue=Cue((scene(20, 30, 1),)))
    assert GramColorizer(steps=2)(task, run).shape == (3, 20, 30)


def test_a_large_picture_is_worked_on_small(scene, tiny_run, monkeypatch):
    seen = []
    plain = gram.maps
    monkeypatch.setattr(gram, "maps", lambda network, rgb, depth: seen.append(rgb.shape) or plain(network, rgb, depth))
    result = GramColorizer(side=64, steps=2)(
        Task(rgb_to_luma(scene(300, 500)), cue=Cue((scene(400, 90, 1),))), tiny_run
    )
    assert result.shape == (3, 300, 500)
    assert max(shape[2] * shape[3] for shape in seen) <= 64 * 64


def style_distance(rgb, reference, network):
    """Return how far pictures' styles are apart, over all layers and by an own sum."""

    def matrices(picture):
        found = maps(network, torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None], 3)
        return [m.double() @ m.double().T / m.numel() for m in found]

    return sum(float((a - b).norm()) for a, b in zip(matrices(rgb), matrices(reference), strict=True))


def test_refining_nears_the_style_from_where_it_starts(scene, tiny_run, tiny_networks):
    truth, encoder = tinted(scene), tiny_networks["color-encoder"]
    gray = rgb_to_luma(truth)
    drab = add_chroma(gray, 0.3 * rgb_to_ycc(truth)[1])
    result = GramColorizer().refine(Task(drab, cue=Cue((truth,))), tiny_run)
    assert style_distance(result, truth, encoder) < 0.3 * style_distance(drab, truth, encoder)
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)


def test_a_pull_keeps_colors(scene, tiny_run):
    rgb, references, changes = tinted(scene), (scene(48, 64, 1),), []
    for pull in (0.0, gram.PULL, 1e12):
        changes.append(np.abs(refine_colors(rgb, references, GramColorizer(steps=100), tiny_run, pull) - rgb).mean())
    assert changes == sorted(changes, reverse=True)
    assert changes[2] < 1e-3 < changes[0]


def test_refining_leaves_what_has_the_style(scene, tiny_run):
    """Finer chroma than the descent sees stays as well."""
    truth = tinted(scene).repeat(6, 1).repeat(6, 2)
    truth = add_chroma(rgb_to_luma(truth), rgb_to_ycc(truth)[1] + 0.02 * (-1) ** np.arange(384, dtype=np.float32))
    np.testing.assert_allclose(GramColorizer().refine(Task(truth, cue=Cue((truth,))), tiny_run), truth, atol=5e-3)


def test_refining_by_what_has_no_style_of_color(scene, tiny_run):
    truth = tinted(scene)
    gray = Task(truth, cue=Cue((scene(9, 9)[:1].repeat(3, 0),)))
    np.testing.assert_array_equal(GramColorizer().refine(gray, tiny_run), truth)
    with pytest.raises(InputError, match=r"only one color"):
        GramColorizer().refine(Task(truth, cue=Cue((np.full((3, 5, 5), 0.5, np.float32),))), tiny_run)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (33, 2)])
def test_refining_tiny_pictures(size, scene, tiny_run):
    rgb, shares = scene(*size), []
    task = Task(rgb, cue=Cue((scene(20, 30, 1),)))
    result = GramColorizer().refine(task, tiny_run.with_progress(shares.append))
    assert result.shape == rgb.shape
    assert np.isfinite(result).all()
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"content": (-1.0,)}, "not be negative"),
        ({"style": (0.0, 0.0)}, "style weight must be positive"),
        ({"start": "middle"}, "average, print, reference"),
        ({"optimizer": "sgd"}, "adam, lbfgs"),
        ({"rate": 0.0}, "positive"),
        ({"steps": 0}, "positive"),
        ({"side": 4}, "between 16 and 1024"),
    ],
)
def test_refusals(values, said):
    with pytest.raises(UsageError, match=said):
        GramColorizer(**values)


def test_a_reference_of_one_color_is_refused(scene, tiny_run):
    with pytest.raises(InputError, match="only one color"):
        GramColorizer()(Task(scene(9, 9)[:1], cue=Cue((np.full((3, 5, 5), 0.5, np.float32),))), tiny_run)

"""Colouring by network: cues, samples, saturation, masks; with small random networks."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from halftone_color.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorize._halftone import color_halftone
from halftone_color.colorize.network import TEMPERATURE, Options, colorize, predict_chroma
from halftone_color.errors import UsageError
from halftone_color.networks import colorizer
from halftone_color.networks.chroma_classes import annealed_mean
from halftone_color.types import Cue

AUTOMATIC = Cue()


@pytest.fixture(scope="module")
def gray(scene):
    return rgb_to_luma(scene(90, 130))


@pytest.fixture(scope="module")
def run(gray, tiny_networks):
    def colored(cue=AUTOMATIC, **options):
        return colorize(gray, cue, Options(**{"side": 64} | options), tiny_networks)

    return colored


def test_luma_is_kept(run, gray):
    for cue in (Cue(), Cue(seed=1)):
        rgb = run(cue, saturation=3.0)
        np.testing.assert_allclose(rgb_to_luma(rgb), gray, atol=1e-5)
        assert rgb_to_ycc(rgb)[1].std() > 1e-3, "and there is colour"


def test_no_saturation_is_gray(run, gray):
    np.testing.assert_allclose(run(saturation=0.0), np.repeat(gray, 3, 0), atol=1e-6)


def test_saturation_scales_chroma(run):
    pale, full = (rgb_to_ycc(run(Cue(seed=2), saturation=s))[1] for s in (0.1, 0.2))
    np.testing.assert_allclose(full, 2 * pale, atol=1e-5)


def test_seeds(run):
    assert run(Cue(seed=4)).tobytes() == run(Cue(seed=4)).tobytes()
    assert np.abs(run(Cue(seed=4)) - run(Cue(seed=5))).max() > 1e-3
    assert np.abs(run(Cue(seed=4)) - run()).max() > 1e-3


def test_references_matter_in_both_ways(run, scene):
    first, second = Cue(references=(scene(60, 80, 1),)), Cue(references=(scene(80, 60, 2),))
    assert np.abs(run(first) - run(second)).max() > 1e-4
    by_code = run(first, correspondence=False)
    assert np.abs(run(first) - by_code).max() > 1e-4
    assert np.abs(by_code - run(second, correspondence=False)).max() > 1e-5


def test_all_references_together_give_one_result(run, scene):
    a, b = scene(60, 80, 1), scene(70, 70, 2)
    both = run(Cue(references=(a, b)))
    np.testing.assert_allclose(both, run(Cue(references=(b, a))), atol=1e-5)
    assert np.abs(both - run(Cue(references=(a,)))).max() > 1e-5
    np.testing.assert_allclose(run(Cue(references=(a, a))), run(Cue(references=(a,))), atol=1e-5)


def test_references_of_other_shapes_and_sizes(run, scene):
    for size in ((1, 1), (5, 300), (400, 20)):
        assert np.isfinite(run(Cue(references=(scene(*size),)))).all()


def test_a_mask_keeps_text_gray(run, gray):
    mask = np.ones_like(gray)
    mask[:, :, :50] = 0
    rgb = run(Cue(seed=3), chroma_mask=mask)
    np.testing.assert_allclose(rgb[:, :, :50], np.repeat(gray[:, :, :50], 3, 0), atol=1e-6)
    np.testing.assert_array_equal(rgb[:, :, 50:], run(Cue(seed=3))[:, :, 50:])


@pytest.mark.parametrize("values", [{"side": 0}, {"side": 100}, {"side": -32}, {"saturation": -0.1}])
def test_options_out_of_range(values):
    with pytest.raises(UsageError, match="must"):
        Options(**values)


@pytest.mark.parametrize(
    ("size", "small"), [((90, 130), (64, 96)), ((130, 90), (96, 64)), ((20, 999), (64, 256)), ((1, 1), (64, 64))]
)
def test_the_network_sees_the_pictures_shape(size, small, scene, tiny_networks):
    chroma = predict_chroma(scene(*size)[:1], Cue(), Options(side=64), tiny_networks)
    assert chroma.shape == (2, small[0] // 2, small[1] // 2)


def test_a_coloured_halftone_keeps_its_tone(scene, tiny_networks):
    tone = scene(128, 128)[:1] * 0.6 + 0.2
    bayer = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
    halftone = (tone > np.tile(bayer, (32, 32))).astype(np.float32)
    rgb = color_halftone(halftone, 4.0, Cue(seed=1), Options(side=64), tiny_networks)
    assert rgb.shape == (3, 128, 128)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    cells = rgb.reshape(3, 8, 16, 8, 16).mean((2, 4))
    luma, chroma = rgb_to_ycc(cells)
    np.testing.assert_allclose(luma[0], halftone.reshape(8, 16, 8, 16).mean((1, 3)), atol=0.03)
    assert np.abs(chroma).max() > 1e-3
    plain = color_halftone(halftone, 4.0, Cue(seed=1), Options(side=64, saturation=0), tiny_networks)
    np.testing.assert_allclose(plain, np.repeat(halftone, 3, 0), atol=1e-6)
    masked = Options(side=64, chroma_mask=np.zeros_like(halftone))
    np.testing.assert_allclose(color_halftone(halftone, None, Cue(), masked, tiny_networks), plain, atol=1e-6)


def test_variety_scales_the_random_code(run):
    automatic = run()
    np.testing.assert_array_equal(run(Cue(seed=3), variety=0.0), automatic)
    near, far = (np.abs(run(Cue(seed=3), variety=variety) - automatic).mean() for variety in (0.3, 1.0))
    assert 0 < near < far
    with pytest.raises(UsageError, match="variety"):
        Options(variety=-1)


def test_weights_that_do_not_vote_colour_as_they_expect(gray, tiny_networks):
    network = tiny_networks["colorizer"]
    voteless = colorizer.Network(dataclasses.replace(network.config, voters=0)).eval()
    known = {name: tensor for name, tensor in network.state_dict().items() if not name.startswith("vote")}
    voteless.load_state_dict(known)
    networks = tiny_networks | {"colorizer": voteless}
    options = Options(side=64)
    automatic, drawn = (predict_chroma(gray, cue, options, networks) for cue in (Cue(), Cue(seed=1)))
    assert not np.allclose(automatic, drawn, atol=1e-4)
    reference = Cue(references=(np.repeat(gray, 3, 0),))
    np.testing.assert_array_equal(
        predict_chroma(gray, reference, options, networks), predict_chroma(gray, reference, options, tiny_networks)
    )
    assert not np.allclose(automatic, predict_chroma(gray, Cue(), options, tiny_networks), atol=1e-4)


@pytest.mark.parametrize(("likeness", "trust"), [(0.5, 0.0), (0.64, 0.6), (0.8, 1.0)])
def test_references_say_the_less_about_the_whole_the_stranger_they_are(
    likeness, trust, gray, tiny_networks, scene, monkeypatch
):
    network = tiny_networks["colorizer"]
    guide = colorizer.Guide(torch.full((1, 4, 8, 12), likeness), torch.full((1, 4, 16, 24), likeness))
    monkeypatch.setattr(network, "correspond", lambda *_: guide)
    decoded = []
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *cues: decoded.append((cues, decode(*cues))) or decoded[-1][1])
    found = predict_chroma(gray, Cue(references=(scene(60, 80, 1),)), Options(side=64), tiny_networks)
    ((_, code, used), features) = decoded[0]
    assert used is guide
    assert bool(code.any()) == (trust > 0)
    with torch.inference_mode():
        likely = annealed_mean(network.votes(features), TEMPERATURE)
        torch.testing.assert_close(found, (trust * network.chroma(features) + (1 - trust) * likely)[0])

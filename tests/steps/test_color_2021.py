"""Pre-processing around the published networks, seen through stand-ins that show what they are given."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from halftone_color import api
from halftone_color.checkpoints import finding, loading
from halftone_color.cue import Cue
from halftone_color.errors import UsageError
from halftone_color.networks import authors_2021
from halftone_color.run import Conditions, Run
from halftone_color.steps import color_2021


class StandIn(nn.Module):
    """Calls a function and keeps what it was called with."""

    def __init__(self, function):
        super().__init__()
        self.function, self.calls = function, []

    def forward(self, *inputs):
        self.calls.append(inputs)
        return self.function(*inputs)


@pytest.fixture
def stand_ins():
    """Return IHN: half as light; G: adds the code to red; E: the mean; F: twice the first, less the second."""

    def colored(gray, edge, z):
        rgb = gray.repeat(1, 3, 1, 1)
        rgb[:, :1] += 0.1 * z[:, :1, None, None]
        return rgb

    def encode(rgb):
        mean = rgb.mean((1, 2, 3))[:, None].expand(-1, 8)
        return mean, torch.full_like(mean, -60.0)

    return {
        "inverse-halftone": StandIn(lambda halftone, noise: (halftone, halftone, halftone / 2)),
        "colorizer": StandIn(colored),
        "color-encoder": StandIn(encode),
        "fusion": StandIn(lambda first, second: 2 * first - second),
    }


@pytest.fixture(scope="module")
def gray(scene):
    return scene(256, 256)[:1] * 0.5 + 0.2


@pytest.fixture
def run(stand_ins):
    return Run.open(Conditions(device="cpu", weights="authors-2021")).with_networks(stand_ins)


def by(name, picture, cue, run):
    """Run a cascade by its name; none of these reads the plan."""
    cascade, _ = color_2021.CASCADES[name]
    return cascade(picture, cue, None, run)


def test_the_center_is_cut_out(scene, run):
    tall = scene(512, 256)[:1]
    found = by("descreen", tall, Cue(), run)
    np.testing.assert_allclose(found, tall[:, 128:384] / 2, atol=1e-6)


@pytest.mark.parametrize("size", [(1, 1), (100, 700), (901, 333), (257, 256)])
def test_every_size_becomes_256(size, scene, run):
    for result in (by(name, scene(*size)[:1], Cue(), run) for name in ("descreen", "fused")):
        assert result.shape[1:] == (256, 256)
        assert result.dtype == np.float32
        assert result.min() >= 0
        assert result.max() <= 1


def test_noise_is_equal_in_all_channels_and_runs(gray, stand_ins, run):
    for _ in range(2):
        by("descreen", gray, Cue(), run)
    (_, first), (_, second) = stand_ins["inverse-halftone"].calls
    assert first.shape == (1, 8, 256, 256)
    torch.testing.assert_close(first, first[:, :1].expand_as(first))
    torch.testing.assert_close(first, second)
    kernel_power = np.square(np.outer([1, 2, 1], [1, 2, 1])).sum() * 8  # eight independent channels are added
    assert float(first[0, 0, 1:-1, 1:-1].var()) == pytest.approx(kernel_power, rel=0.05)


def test_edges_are_binary(gray, stand_ins, run):
    step = gray.copy()
    step[:, :, 100:] = 1
    by("colorize", step, Cue(), run)
    ((seen, edge, z),) = stand_ins["colorizer"].calls
    assert set(edge.unique().tolist()) == {0, 1}
    assert edge[0, 0, :, 99:101].any(1).all()
    assert seen.shape == edge.shape == (1, 1, 256, 256)
    torch.testing.assert_close(z, torch.zeros(1, 8))


def test_codes(gray, stand_ins, run):
    light, dark = np.full((3, 9, 9), 0.8, np.float32), np.full((3, 300, 20), 0.2, np.float32)
    cues = (Cue(seed=1), Cue(seed=1), Cue(seed=2), Cue(references=(light,)), Cue(references=(light, dark)))
    for cue in cues:
        by("colorize", gray, cue, run)
    first, again, other, one, both = (call[2] for call in stand_ins["colorizer"].calls)
    torch.testing.assert_close(first, again)
    assert not torch.equal(first, other)
    torch.testing.assert_close(one, torch.full((1, 8), 0.8))
    torch.testing.assert_close(both, torch.full((1, 8), 0.5))


def test_the_orders_by_hand(gray, run):
    cue = Cue(references=(np.full((3, 256, 256), 0.5, np.float32),))  # adds .05 to red
    red = np.array([0.05, 0, 0], np.float32)[:, None, None]
    first, second = gray / 2 + red, (gray + red) / 2
    for path, wanted in {"ihn-first": first, "color-first": second, "fused": 2 * first - second}.items():
        np.testing.assert_allclose(by(path, gray, cue, run), wanted, atol=1e-6)


def test_the_pipeline_runs_them_with_a_word(gray, stand_ins, monkeypatch):
    def stored(roles, weights):
        assert weights == "authors-2021"

    monkeypatch.setattr(finding, "locate_together", stored)
    monkeypatch.setattr(
        loading, "networks_for", lambda weights, roles, device: {role: stand_ins[role] for role in roles}
    )
    for job, channels in ((api.restore, 3), (api.colorize, 3), (api.descreen, 1)):
        result = job(gray[:, :200], weights="authors-2021")
        assert result.picture.shape == (channels, 256, 256)
        assert color_2021.NOTE in result.notes
    assert len(api.restore(gray, weights="authors-2021", samples=2).pictures) == 2


def test_what_the_published_networks_lack_is_refused_and_not_ignored(gray):
    for job, asked in (
        (api.restore, {"recolor": True}),
        (api.restore, {"keep_paper": True}),
        (api.descreen, {"keep_paper": True}),
        (api.descreen, {"tone": "print"}),
    ):
        with pytest.raises(UsageError, match=f"do not support {next(iter(asked))}"):
            job(gray, weights="authors-2021", **asked)


def test_the_published_colorizer_and_encoder_fit(gray, scene):
    torch.manual_seed(0)
    networks = {
        role: authors_2021.build(part).eval().requires_grad_(False)
        for role, part in {"colorizer": "colorizer", "color-encoder": "encoder"}.items()
    }
    cue = Cue(seed=3, references=(scene(90, 70),))
    run = Run.open(Conditions(device="cpu")).with_networks(networks)
    first = by("colorize", gray, cue, run)
    assert first.shape == (3, 256, 256)
    assert first.std() > 0
    assert first.tobytes() == by("colorize", gray, cue, run).tobytes()

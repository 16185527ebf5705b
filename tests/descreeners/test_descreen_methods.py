"""Descreening by network and by Gaussian: no seams, coarse screens reduced, widths of the blur."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import nn

from halftone_color.descreeners import gaussian, network
from halftone_color.errors import UsageError
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.networks import inverse_halftone
from halftone_color.system import precision


class Recording(nn.Module):
    """Returns the halftone and keeps the sizes it was shown."""

    multiple = 16

    def __init__(self):
        super().__init__()
        self.seen = []

    def forward(self, halftone, noise):
        assert noise.shape == (1, 8, halftone.shape[2] // 2, halftone.shape[3] // 2)
        self.seen.append(tuple(halftone.shape[2:]))
        return halftone, halftone


@pytest.fixture(scope="module")
def deep():
    """Return a network as deep as the shipped one, with all its weights awake."""
    torch.manual_seed(1)
    made = inverse_halftone.Network(inverse_halftone.Config((8, 8, 8, 8), (2, 2, 2, 2), 8, 4)).eval()
    with torch.no_grad():
        for part in (made.content.leave, made.detail.leave):
            part.weight.normal_(std=0.05)
    return {"inverse-halftone": made.requires_grad_(False)}


@pytest.mark.parametrize(("numbers", "levels"), [("float32", 1), ("bfloat16", 4)])
def test_tiles_show_no_seams(numbers, levels, deep, scene):
    halftone = (scene(300, 230)[:1] > np.random.default_rng(0).random((1, 300, 230))).astype(np.float32)
    with precision.using(numbers):
        whole = network.descreen(halftone, network.Options(tile=1024), deep)
        tiled = network.descreen(halftone, network.Options(tile=64), deep)
    assert np.abs(whole - halftone).max() > 0.1, "the network does something"
    assert np.abs(tiled - whole).max() <= levels / 255


def test_the_noise_seed_matters(tiny_networks, scene):
    halftone = scene(40, 40)[:1]
    first, second = (network.descreen(halftone, network.Options(noise_seed=s), tiny_networks) for s in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 33), (200, 120)])
def test_pixels_stay_in_their_place(size, scene):
    halftone = scene(*size)[:1]
    for patient in (False, True):
        options = network.Options(tile=64, patient=patient)
        found = network.descreen(halftone, options, {"inverse-halftone": Recording()})
        np.testing.assert_allclose(found, halftone, atol=1e-6 * patient)


def test_coarse_screens_are_reduced_first(scene):
    halftone = scene(300, 420)[:1]
    sizes = {}
    for period_px in (None, 9.9, 14.0, 28.0):
        recording = Recording()
        options = network.Options(period_px=period_px, patient=False)
        found = network.descreen(halftone, options, {"inverse-halftone": recording})
        assert found.shape == halftone.shape
        (sizes[period_px],) = recording.seen
    assert sizes[None] == sizes[9.9]
    assert sizes[None][0] >= 300
    assert 150 <= sizes[14.0][0] < 200
    assert 75 <= sizes[28.0][0] < 125
    assert np.abs(found - halftone).mean() < 0.01, "reduced and enlarged again, it is the same picture"


@pytest.mark.parametrize(
    ("kind", "low", "small", "choices", "looks"),
    [
        ("error-diffusion", 0.0, False, {}, 3),
        ("error-diffusion", 0.1, False, {}, 1),  # a print
        ("error-diffusion", 0.0, False, {"known": False}, 1),
        ("error-diffusion", 0.0, False, {"patient": False}, 1),
        ("error-diffusion", 0.0, True, {"fast": True}, 1),
        ("stochastic", 0.0, False, {}, 1),
        ("stochastic", 0.0, True, {}, 3),
        ("stochastic", 0.0, True, {"patient": False}, 1),
        ("stochastic", 0.1, False, {"patient": True}, 3),
    ],
)
def test_who_is_looked_at_from_three_sides(kind, low, small, choices, looks, scene, monkeypatch):
    monkeypatch.setattr(network, "SMALL_PIXELS", 48 * 64 - (not small))
    halftone = np.maximum((scene(48, 64)[:1] > 0.5).astype(np.float32), np.float32(low))
    recording, told = Recording(), []
    options = network.Options(kind=kind, **choices)
    found = network.descreen(halftone, options, {"inverse-halftone": recording}, told.append)
    assert len(recording.seen) == looks
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    if not options.fast:
        np.testing.assert_allclose(found, halftone, atol=1e-6)  # every look was turned back


def test_coarse_error_diffusion_is_reduced_and_mirrored(scene):
    halftone, recording = (scene(120, 140)[:1] > 0.5).astype(np.float32), Recording()
    options = network.Options(kind="error-diffusion", period_px=14.0)
    found = network.descreen(halftone, options, {"inverse-halftone": recording})
    assert len(recording.seen) == 2
    assert np.abs(found - halftone).mean() < 0.1


@pytest.mark.parametrize(("serpentine", "looks"), [(False, 3), (True, 2)])
def test_only_error_diffusion_that_runs_one_way_is_transposed(serpentine, looks, scene):
    gray = np.asarray(gaussian_filter(scene(208, 208)[:1], (0, 1.5, 1.5)), np.float32)
    halftone = diffuse(gray[0], "floyd-steinberg", serpentine)[None]
    asked = []

    class Knowing(torch.nn.Module):
        """A network that knows the picture, from every side."""

        multiple = 16

        def forward(self, seen, noise):
            asked.append(seen.shape)
            sides = (gray, gray[:, :, ::-1], gray.transpose(0, 2, 1))
            return seen, torch.from_numpy(np.ascontiguousarray(sides[len(asked) - 1]))[None]

    told = []
    options = network.Options(kind="error-diffusion")
    found = network.descreen(halftone, options, {"inverse-halftone": Knowing()}, told.append)
    assert len(asked) == looks
    assert told[-1] == 1
    assert np.abs(found - gray).max() < 0.02


def test_nobody_is_fast_and_patient_at_once():
    with pytest.raises(UsageError, match="either fast or patient"):
        network.Options(fast=True, patient=True)


def test_large_pages_are_worked_on_in_smaller_tiles(scene, monkeypatch):
    monkeypatch.setattr(network, "LARGE_PAGE_PIXELS", 300 * 200)
    monkeypatch.setattr(network, "LARGE_PAGE_TILE", 64)
    for width, tiles in ((200, 5 * 4), (199, 1)):  # rows times columns of tiles, or the page at once
        recording, page = Recording(), scene(300, width)[:1]
        found = network.descreen(page, network.Options(patient=False), {"inverse-halftone": recording})
        np.testing.assert_array_equal(found, page)
        assert len(recording.seen) == tiles


def test_reducing_does_not_move_the_picture():
    y = np.linspace(0, 1, 240, dtype=np.float32)
    ramp = np.broadcast_to(y[:, None], (240, 240))[None].copy()
    found = network.descreen(ramp, network.Options(period_px=21), {"inverse-halftone": Recording()})
    np.testing.assert_allclose(found[0, 12:-12], ramp[0, 12:-12], atol=2e-3)


def test_gaussian_keeps_flat_tone_and_spreads_as_wide_as_it_says():
    flat = np.full((1, 20, 30), 0.4, np.float32)
    np.testing.assert_allclose(gaussian.descreen(flat, gaussian.Options()), flat, atol=1e-6)
    point = np.zeros((1, 81, 81), np.float32)
    point[0, 40, 40] = 1
    for options, sigma in ((gaussian.Options(sigma_px=3), 3), (gaussian.Options(period_px=10), 4)):
        spread = gaussian.descreen(point, options)[0].astype(np.float64)
        distance = np.arange(81) - 40.0
        assert (spread.sum(0) * distance**2).sum() == pytest.approx(sigma**2, rel=0.02)


def test_gaussian_removes_the_fundamental_of_the_screen():
    x = np.arange(240)
    wave = (0.5 + 0.5 * np.cos(2 * np.pi * x / 8)).astype(np.float32)
    screen = np.broadcast_to(wave, (1, 64, 240))
    left = gaussian.descreen(screen, gaussian.Options(period_px=8))[0, 32, 40:-40]
    assert np.ptp(left) == pytest.approx(0.04, abs=0.01)


def test_gaussian_refuses_no_width():
    with pytest.raises(UsageError, match="sigma_px must be positive"):
        gaussian.Options(sigma_px=0)


@pytest.mark.parametrize(
    ("period_px", "side"), [(None, 60), (8.0, 60), (3.0, 77), (2.0, 100), (14.0, 50)], ids=lambda value: str(value)
)
def test_the_fast_way_works_smaller_but_keeps_the_screen(period_px, side, scene):
    recording = Recording()
    halftone = scene(100, 100)[:1]
    result = network.descreen(
        halftone, network.Options(period_px=period_px, fast=True), {"inverse-halftone": recording}
    )
    assert result.shape == halftone.shape
    assert recording.seen == [(-(-side // 16) * 16,) * 2]

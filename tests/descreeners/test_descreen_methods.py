"""Descreening by network and by Gaussian: no seams, coarse screens reduced, self-ensembles, widths of the blur."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter
from torch import nn

from halftone_color.descreeners import network
from halftone_color.descreeners.gaussian import GaussianDescreener
from halftone_color.descreeners.network import NetworkDescreener
from halftone_color.errors import UsageError
from halftone_color.halftoners.error_diffusion import diffuse
from halftone_color.networks import inverse_halftone
from halftone_color.run import Conditions, Run
from halftone_color.types import Screen, Task


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


def run_with(module, progress=None, precision="auto"):
    """Return a Run on the processor whose inverse halftone network is `module`."""
    run = Run.open(Conditions(device="cpu", precision=precision), progress)
    return run.with_networks({"inverse-halftone": module})


def dots(period_px):
    return Screen("none") if period_px is None else Screen("clustered-dot", period_px, 45.0)


@pytest.fixture(scope="module")
def deep():
    """Return a network as deep as the shipped one, with all its weights awake."""
    torch.manual_seed(1)
    made = inverse_halftone.InverseHalftoneNet(
        inverse_halftone.InverseHalftoneConfig((8, 8, 8, 8), (2, 2, 2, 2), 8, 4)
    ).eval()
    with torch.no_grad():
        for part in (made.content.leave, made.detail.leave):
            part.weight.normal_(std=0.05)
    return made.requires_grad_(False)


@pytest.mark.parametrize(("numbers", "levels"), [("float32", 1), ("bfloat16", 4)])
def test_tiles_show_no_seams(numbers, levels, deep, scene):
    halftone = (scene(300, 230)[:1] > np.random.default_rng(0).random((1, 300, 230))).astype(np.float32)
    task, run = Task(halftone), run_with(deep, precision=numbers)
    whole, tiled = (NetworkDescreener(tile=tile)(task, run) for tile in (1024, 64))
    assert np.abs(whole - halftone).max() > 0.1, "the network does something"
    assert np.abs(tiled - whole).max() <= levels / 255


def test_the_noise_seed_matters(tiny_run, scene):
    halftone = Task(scene(40, 40)[:1])
    first, second = (NetworkDescreener(noise_seed=seed)(halftone, tiny_run) for seed in (1, 2))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 33), (200, 120)])
def test_pixels_stay_in_their_place(size, scene):
    halftone = scene(*size)[:1]
    for patient in (False, True):
        found = NetworkDescreener(tile=64, patient=patient)(Task(halftone), run_with(Recording()))
        np.testing.assert_allclose(found, halftone, atol=1e-6 * patient)


def test_coarse_screens_are_reduced_first(scene):
    halftone = scene(300, 420)[:1]
    sizes = {}
    for period_px in (None, 9.9, 14.0, 28.0):
        recording = Recording()
        found = NetworkDescreener(patient=False)(Task(halftone, dots(period_px)), run_with(recording))
        assert found.shape == halftone.shape
        (sizes[period_px],) = recording.seen
    assert sizes[None] == sizes[9.9]
    assert sizes[None][0] >= 300
    assert 150 <= sizes[14.0][0] < 200
    assert 75 <= sizes[28.0][0] < 125
    assert np.abs(found - halftone).mean() < 0.01, "reduced and enlarged again, it is the same picture"


@pytest.mark.parametrize(
    ("kind", "low", "small", "exact", "choices", "views"),
    [
        ("error-diffusion", 0.0, False, True, {}, 3),
        ("error-diffusion", 0.1, False, True, {}, 1),  # a print
        ("error-diffusion", 0.0, False, False, {}, 1),  # a channel of a print in several inks
        ("error-diffusion", 0.0, False, True, {"known": False}, 1),
        ("error-diffusion", 0.0, False, True, {"patient": False}, 1),
        ("error-diffusion", 0.0, True, True, {"fast": True}, 1),
        ("stochastic", 0.0, False, True, {}, 1),
        ("stochastic", 0.0, True, True, {}, 3),
        ("stochastic", 0.0, True, True, {"patient": False}, 1),
        ("stochastic", 0.1, False, True, {"patient": True}, 3),
    ],
)
def test_what_is_viewed_from_three_sides(kind, low, small, exact, choices, views, scene):
    height, width = (48, 64) if small else (624, 832)
    assert (height * width <= network.SMALL_PIXELS) == small
    halftone = np.maximum((scene(height, width)[:1] > 0.5).astype(np.float32), np.float32(low))
    recording, told = Recording(), []
    method = NetworkDescreener(**{"residue": False} | choices)
    found = method(Task(halftone, Screen(kind), exact), run_with(recording, told.append))
    assert len(recording.seen) == views
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1)
    if not method.fast:
        np.testing.assert_allclose(found, halftone, atol=1e-6)  # every view was turned back


def test_coarse_error_diffusion_is_reduced_and_mirrored(scene):
    halftone, recording = (scene(120, 140)[:1] > 0.5).astype(np.float32), Recording()
    found = NetworkDescreener()(Task(halftone, Screen("error-diffusion", 14.0)), run_with(recording))
    assert len(recording.seen) == 2
    assert np.abs(found - halftone).mean() < 0.1


class Knowing(nn.Module):
    """A network that knows the picture (1, H, W) and adds errors to it, from every side in turn."""

    multiple = 16

    def __init__(self, gray):
        super().__init__()
        self.sides = [gray, gray[:, :, ::-1], gray.transpose(0, 2, 1)]
        self.asked = 0

    def forward(self, seen, noise):
        self.asked += 1
        return seen, torch.from_numpy(np.ascontiguousarray(self.sides[self.asked - 1]))[None]


@pytest.fixture
def smooth(scene):
    return np.asarray(gaussian_filter(scene(208, 208)[:1], (0, 1.5, 1.5)), np.float32)


@pytest.mark.parametrize(("serpentine", "views"), [(False, 3), (True, 2)])
def test_only_error_diffusion_in_raster_order_is_transposed(serpentine, views, smooth):
    halftone = diffuse(smooth[0], "floyd-steinberg", serpentine)[None]
    knowing, told = Knowing(smooth), []
    found = NetworkDescreener()(Task(halftone, Screen("error-diffusion")), run_with(knowing, told.append))
    assert knowing.asked == views
    assert told[-1] == 1
    assert np.abs(found - smooth).max() < 0.02


def test_only_what_may_be_exact_is_moved_to_agree_with_the_halftone(smooth):
    halftone = diffuse(smooth[0], "floyd-steinberg", True)[None]
    errors = gaussian_filter(np.random.default_rng(0).standard_normal(smooth.shape), (0, 1, 1))
    estimate = np.clip(smooth + 0.03 * errors, 0, 1).astype(np.float32)

    def squares(exact, **options):
        task = Task(halftone, Screen("error-diffusion"), exact=exact)
        found = NetworkDescreener(patient=False, residue=False, **options)(task, run_with(Knowing(estimate)))
        return np.square(found - smooth).mean()

    as_it_is = np.square(estimate - smooth).mean()
    assert squares(True) < 0.9 * as_it_is
    assert squares(False) == squares(True, known=False) == as_it_is


def test_nobody_is_fast_and_patient_at_once():
    with pytest.raises(UsageError, match="either fast or patient"):
        NetworkDescreener(fast=True, patient=True)


@pytest.mark.parametrize(
    ("option", "message"), [({"tile": 100}, "multiple of 16"), ({"tile": 0}, "multiple"), ({"noise_seed": -1}, "seed")]
)
def test_impossible_options_are_refused(option, message):
    with pytest.raises(UsageError, match=message):
        NetworkDescreener(**option)


@pytest.mark.parametrize(
    ("asked_px", "pixels", "tile_px"), [(1280, 39_999_999, 1280), (1280, 40_000_000, 640), (64, 40_000_000, 64)]
)
def test_large_pages_are_worked_on_in_smaller_tiles(asked_px, pixels, tile_px):
    assert network._tile_px(asked_px, pixels) == tile_px


def test_tiles_are_as_large_as_asked(scene):
    recording, page = Recording(), scene(300, 200)[:1]
    found = NetworkDescreener(patient=False, tile=64)(Task(page), run_with(recording))
    np.testing.assert_array_equal(found, page)
    assert len(recording.seen) == 5 * 4


def test_reducing_does_not_move_the_picture():
    y = np.linspace(0, 1, 240, dtype=np.float32)
    ramp = np.broadcast_to(y[:, None], (240, 240))[None].copy()
    found = NetworkDescreener()(Task(ramp, Screen("line", 21.0)), run_with(Recording()))
    np.testing.assert_allclose(found[0, 12:-12], ramp[0, 12:-12], atol=2e-3)


def test_gaussian_keeps_flat_tone_and_spreads_as_wide_as_it_says():
    flat = np.full((1, 20, 30), 0.4, np.float32)
    np.testing.assert_allclose(GaussianDescreener()(Task(flat), Run.open()), flat, atol=1e-6)
    point = np.zeros((1, 81, 81), np.float32)
    point[0, 40, 40] = 1
    cases = [({"sigma_px": 3.0}, None, 3), ({}, 10.0, 4), ({"sigma_px": 3.0}, 10.0, 3), ({}, None, 1.2)]
    for options, period_px, sigma_px in cases:
        spread = GaussianDescreener(**options)(Task(point, dots(period_px)), Run.open())[0].astype(np.float64)
        distance = np.arange(81) - 40.0
        assert (spread.sum(0) * distance**2).sum() == pytest.approx(sigma_px**2, rel=0.02)


def test_gaussian_removes_the_fundamental_of_the_screen():
    x = np.arange(240)
    wave = (0.5 + 0.5 * np.cos(2 * np.pi * x / 8)).astype(np.float32)
    halftone = np.broadcast_to(wave, (1, 64, 240))
    left = GaussianDescreener()(Task(halftone, Screen("line", 8.0, 0.0)), Run.open())[0, 32, 40:-40]
    assert np.ptp(left) == pytest.approx(0.04, abs=0.01)


@pytest.mark.parametrize("sigma_px", [0.0, -1.0, float("nan"), float("inf")])
def test_gaussian_refuses_impossible_widths(sigma_px):
    with pytest.raises(UsageError, match="sigma_px must be positive"):
        GaussianDescreener(sigma_px=sigma_px)


@pytest.mark.parametrize(
    ("period_px", "side"), [(None, 60), (8.0, 60), (3.0, 77), (2.0, 100), (14.0, 50)], ids=lambda value: str(value)
)
def test_the_fast_way_works_smaller_but_keeps_the_screen(period_px, side, scene):
    recording = Recording()
    halftone = scene(100, 100)[:1]
    result = NetworkDescreener(fast=True)(Task(halftone, dots(period_px)), run_with(recording))
    assert result.shape == halftone.shape
    assert recording.seen == [(-(-side // 16) * 16,) * 2]

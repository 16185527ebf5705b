"""The section diffusion: its figures are those of the methods, and what lacks a network is left out and says why."""

from __future__ import annotations

import re

import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.descreeners.diffusion import DiffusionDescreener
from halftone_color.evaluation import Materials, _diffusion_halftones, bench
from halftone_color.evaluation.sections import diffusion
from halftone_color.halftoners.diffusion import DiffusionHalftoner
from halftone_color.halftoners.error_diffusion import ErrorDiffusionHalftoner
from halftone_color.metrics.fidelity import psnr
from halftone_color.metrics.halftones import tone_error
from halftone_color.run import Run
from halftone_color.types import Task

SCREENING = {
    _diffusion_halftones.DIFFUSED: ErrorDiffusionHalftoner(),
    _diffusion_halftones.EVEN: ErrorDiffusionHalftoner("jarvis"),  # quicker
    _diffusion_halftones.DRAWN: DiffusionHalftoner(steps=1),
}


@pytest.fixture
def grays(monkeypatch, tmp_path):
    pictures = {f"{index}.png": colorful(index, 64, 64) for index in range(3)}
    monkeypatch.setattr(diffusion, "validation", lambda folder: [tmp_path / name for name in pictures])
    monkeypatch.setattr(diffusion, "square", lambda path: pictures[path.name])
    monkeypatch.setattr(diffusion, "TIMED_PX", 64)
    monkeypatch.setattr(diffusion, "SAMPLES", 2)
    monkeypatch.setattr(diffusion, "TIMES", 1)
    methods = {
        diffusion.NETWORK: diffusion.METHODS[diffusion.NETWORK],
        diffusion.FROM_MEAN: DiffusionDescreener(steps=2, known=False),
        diffusion.FROM_NOISE: DiffusionDescreener("noise", steps=2, known=False),
    }
    monkeypatch.setattr(diffusion, "METHODS", methods)
    monkeypatch.setattr(_diffusion_halftones, "GRAYS", (0.35,))
    monkeypatch.setattr(_diffusion_halftones, "METHODS", SCREENING)
    return [np.asarray(rgb_to_luma(picture), np.float32) for picture in pictures.values()]


def test_figures_are_those_of_the_methods(tiny_weights, grays, tmp_path):
    markdown = bench("diffusion", Materials(tmp_path))
    drawn, halftones = [], []
    for index, gray in enumerate(grays):
        made = api.halftone(gray, method=diffusion.UNSEEN[index]).picture
        drawn.append(psnr(api.descreen(made, method="diffusion", steps=2, known=False).picture, gray))
        halftones.append(tone_error(DiffusionHalftoner(steps=1)(Task(gray), Run.open()), gray))
    cells = {line.split(" | ")[0].strip("| "): line.split(" | ") for line in markdown.splitlines() if line[:1] == "|"}
    assert float(cells[diffusion.FROM_MEAN][2].split(" / ")[0]) == pytest.approx(np.mean(drawn), abs=0.02)
    assert cells[f"{diffusion.FROM_MEAN}, mean of 2"][1] == "1"
    assert float(cells[diffusion.FROM_MEAN][5].split()[0]) > 1, "it takes longer than the network"
    assert float(cells[_diffusion_halftones.DRAWN][1].split()[0]) == pytest.approx(np.mean(halftones), abs=0.02)
    assert len(re.findall("holds|FAILS", markdown)) >= 8


def test_what_lacks_a_network_is_left_out_and_says_why(weights, grays, tmp_path):
    markdown = bench("diffusion", Materials(tmp_path, count=2))
    for name, role in (
        (diffusion.FROM_MEAN, "flow"),
        (diffusion.FROM_NOISE, "denoiser"),
        (_diffusion_halftones.DRAWN, "halftone-denoiser"),
    ):
        assert f"{name}: left out, There are no default weights for {role}, which does not ship |" in markdown
    assert f"| {diffusion.NETWORK} | 2 |" in markdown


def test_gradient_energy_is_that_of_a_slope():
    slope = np.arange(12, dtype=np.float32).reshape(1, 1, 12).repeat(5, 1) / 10
    assert diffusion.gradient_energy(slope) == pytest.approx(0.01)

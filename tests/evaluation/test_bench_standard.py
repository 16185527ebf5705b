import numpy as np
import pytest
import torch
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.evaluation import Materials, bench, filters, halftones
from halftone_color.evaluation._report import reached
from halftone_color.evaluation.sections import standard
from halftone_color.metrics.fidelity import psnr


class Echo(torch.nn.Module):
    """A network that gives back its noise."""

    multiple = 4

    def forward(self, halftone, noise):
        return halftone, noise


def test_the_noiseless_network_sees_no_noise():
    noiseless = standard.Noiseless(Echo())
    halftone, noise = torch.rand(1, 1, 8, 8), torch.rand(1, 8, 4, 4)
    content, seen = noiseless(halftone, noise)
    assert noiseless.multiple == 4
    assert torch.equal(content, halftone)
    assert not seen.any()


def test_the_table_holds_the_means(weights, monkeypatch, cells):
    truths = {"one": colorful(1, 96, 104), "two": colorful(2, 104, 96)}
    monkeypatch.setattr(standard, "PICTURES", tuple(truths))
    monkeypatch.setattr(standard, "standard_picture", truths.__getitem__)
    monkeypatch.setattr(filters, "SIGMAS_PX", np.array([1.0, 2.0]))
    for grid in ("BILATERAL_TONES", "MEANS_TONES", "BILATERAL_BLURS", "MEANS_BLURS"):
        monkeypatch.setattr(filters, grid, getattr(filters, grid)[:1])
    heard = []
    report = bench("standard", Materials(notify=lambda share, line: heard.append((share, line))))

    table = cells(report)
    expected = []
    for rgb in truths.values():
        gray = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])[None]
        expected.append(psnr(api.descreen(halftones.dots(gray, 6, 45)).picture, gray))
    decibels = float(table["network"]["dots 6 px"].split(" / ")[0])
    assert decibels == pytest.approx(np.mean(expected), abs=0.006)
    assert table["network"]["dots 6 px"].endswith("(FAILS)")  # it was never trained
    assert table["must"]["floyd-steinberg"] == "31.00 / 0.865"
    assert table["aim"]["scan"] == "28.30 / 0.810"
    blurred = float(table["Gaussian"]["dots 6 px"].split(" / ")[0])
    assert {filters.BILATERAL, filters.MEANS, standard.HASTY} < set(table)
    assert blurred > decibels + 5
    assert heard[0] == (0, "descreening one, floyd-steinberg")
    assert all(0 <= share < 1 for share, _ in heard)


def test_both_figures_have_to_be_reached():
    assert reached((31.0, 0.87), (31.0, 0.865)) == "31.00 / 0.870 (holds)"
    assert reached((31.0, 0.86), (31.0, 0.865)) == "31.00 / 0.860 (FAILS)"
    assert reached((30.999, 0.9), (31.0, 0.865)) == "31.00 / 0.900 (FAILS)"

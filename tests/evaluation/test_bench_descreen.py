import numpy as np
import pytest
import torch
from evaluation_pictures import colourful

from halftone_color import pipeline
from halftone_color.evaluation import bench, descreen, halftones
from halftone_color.metrics.fidelity import psnr


class Echo(torch.nn.Module):
    """A network that gives back its noise."""

    multiple = 4

    def forward(self, halftone, noise):
        return halftone, noise


def test_the_noiseless_network_sees_no_noise():
    noiseless = descreen.Noiseless(Echo())
    halftone, noise = torch.rand(1, 1, 8, 8), torch.rand(1, 8, 4, 4)
    content, seen = noiseless(halftone, noise)
    assert noiseless.multiple == 4
    assert torch.equal(content, halftone)
    assert not seen.any()


def test_the_table_holds_the_means(weights, monkeypatch, cells):
    truths = {"one": colourful(1, 128, 136), "two": colourful(2, 136, 128)}
    monkeypatch.setattr(descreen, "PICTURES", tuple(truths))
    monkeypatch.setattr(descreen, "standard_picture", truths.__getitem__)
    monkeypatch.setattr(halftones, "SIGMAS_PX", np.array([1.0, 2.0]))
    heard = []
    report = bench("descreen", notify=lambda share, line: heard.append((share, line)))

    table = cells(report)
    expected = []
    for rgb in truths.values():
        gray = (0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2])[None]
        expected.append(psnr(pipeline.descreen(halftones.dots(gray, 6, 45)).picture, gray))
    decibels = float(table["network"]["dots 6 px"].split(" / ")[0])
    assert decibels == pytest.approx(np.mean(expected), abs=0.006)
    assert table["network"]["dots 6 px"].endswith("(FAILS)")  # it was never trained
    assert table["asked for"]["floyd-steinberg"] == "30.0"
    blurred = float(table["Gaussian, tuned per picture"]["dots 6 px"].split(" / ")[0])
    assert blurred > decibels + 5
    assert heard[0] == (0, "descreening one, floyd-steinberg")
    assert all(0 <= share < 1 for share, _ in heard)

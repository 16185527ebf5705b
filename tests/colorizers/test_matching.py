"""Correspondence in two steps beside the one of all pairs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.colorizers._matching import ReferenceKeys, correspond
from halftone_color.networks import colorizer


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    return (
        colorizer.ColorizerNet(colorizer.ColorizerConfig(5, (24, 20, 16, 12, 8), 6, 8, 16, 8))
        .eval()
        .requires_grad_(False)
    )


def seen(network, height, width, seed, rows=1):
    gray = torch.rand(rows, 1, height, width, generator=torch.Generator().manual_seed(seed))
    return network.encode(gray, (gray > 0.9).float())


def chroma(height, width, seed):
    return torch.rand(1, 2, height, width, generator=torch.Generator().manual_seed(seed)) - 0.5


@pytest.fixture(scope="module")
def references(network):
    return [(seen(network, *size, seed), chroma(*size, seed)) for seed, size in enumerate([(32, 64), (64, 32)])]


@pytest.mark.parametrize("most", [2**25, 40], ids=["at once", "in parts"])
def test_with_every_place_among_the_best_it_is_the_networks_own(most, network, references):
    places = seen(network, 64, 96, 5, rows=2)
    offered = ReferenceKeys.concatenate([ReferenceKeys.of(*reference) for reference in references])
    found = correspond(places, offered, network, best=10**6, at_once=most)
    for row in range(2):
        exemplar = colorizer.Exemplar.concatenate([colorizer.Exemplar.of(*reference) for reference in references])
        wanted = network.correspond(places.select(slice(row, row + 1)), exemplar)
        torch.testing.assert_close(found.coarse[row : row + 1], wanted.coarse)
        torch.testing.assert_close(found.fine[row : row + 1], wanted.fine)


def test_the_best_place_alone(network, references):
    """Each fine place sees the four fine ones in the coarse place that is most like its own."""
    places, (reference, colors) = seen(network, 32, 32, 5), references[0]
    found = correspond(places, ReferenceKeys.of(reference, colors), network, best=1).fine[0].numpy()
    cosines = np.einsum("chw,cm->hwm", places.keys[0].numpy(), reference.keys[0].flatten(1).numpy())
    fine_keys, fine = reference.fine_keys[0].numpy(), torch.nn.functional.avg_pool2d(colors, 4)[0].numpy()
    for row, column in ((0, 0), (3, 6), (7, 7)):
        there = divmod(int(cosines[row // 2, column // 2].argmax()), 8)
        block = np.s_[:, 2 * there[0] : 2 * there[0] + 2, 2 * there[1] : 2 * there[1] + 2]
        likeness = np.einsum("c,chw->hw", places.fine_keys[0, :, row, column].numpy(), fine_keys[block])
        weights = np.exp(float(network.fine_sharpness.exp()) * likeness)
        carried = (fine[block] * weights).sum((1, 2)) / weights.sum()
        best = max(likeness.max(), 0)
        np.testing.assert_allclose(found[:, row, column], [*(carried * best), best, 1], atol=1e-5)

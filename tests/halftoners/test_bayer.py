"""Bayer's matrix by its known values and by the tones it keeps."""

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.halftoners.bayer import BayerHalftoner
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

RUN = Run.open(Conditions(device="cpu"))


def levels_of(size):
    """Find each pixel's threshold from outside: the share of flat tones that leave it ink."""
    tones = (np.arange(size * size) + 1) / (size * size)  # between two ranks
    tasks = [Task(np.full((1, size, size), tone, np.float32)) for tone in tones]
    return sum(1 - BayerHalftoner(size)(task, RUN)[0] for task in tasks)


def test_the_matrices_of_two_and_four_are_the_published_ones():
    known = [[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]
    assert levels_of(2).tolist() == [[0, 2], [3, 1]]
    assert levels_of(4).tolist() == known


@pytest.mark.parametrize("size", [2, 4, 8, 16])
def test_bayer_repeats_and_keeps_each_of_its_tones(size):
    for share in range(0, size * size + 1, max(1, size * size // 16)):
        halftone = BayerHalftoner(size)(Task(np.full((1, 48, 64), share / size**2, np.float32)), RUN)
        assert halftone.mean() == pytest.approx(share / size**2)
        assert np.array_equal(halftone[:, :-size, :-size], halftone[:, size:, size:])


def test_sizes_that_bayer_has_not_are_refused():
    with pytest.raises(UsageError, match="2, 4, 8 or 16"):
        BayerHalftoner(size=3)


def test_synonyms():
    assert registry.find("halftoners", "ordered").name == "bayer"

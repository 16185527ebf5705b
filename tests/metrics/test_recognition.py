"""How much of the gap between gray and true colors is closed, by hand."""

import pytest

from halftone_color.metrics.recognition import agreement, gap_closed

TRUE = [1, 2, 3, 4, 5]
GRAY = [1, 0, 0, 0, 0]  # a fifth is recognized without color


def test_agreement_counts_equal_classes():
    assert agreement(GRAY, TRUE) == pytest.approx(0.2)
    assert agreement(TRUE, TRUE) == 1


@pytest.mark.parametrize(
    ("classes", "closed"),
    [
        (TRUE, 1),
        (GRAY, 0),
        ([0, 2, 0, 0, 0], 0),  # another one is recognized, no more of them
        ([1, 2, 3, 0, 0], 0.5),  # (.6 - .2) / .8
        ([0, 0, 0, 0, 0], -0.25),  # (0 - .2) / .8
    ],
)
def test_the_gap(classes, closed):
    assert gap_closed(classes, GRAY, TRUE) == pytest.approx(closed)


def test_without_a_gap_nothing_is_to_be_gained():
    assert gap_closed(TRUE, TRUE, TRUE) == 0
    assert gap_closed([1, 2, 3, 4, 0], TRUE, TRUE) == pytest.approx(-0.2)

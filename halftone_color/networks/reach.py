"""Reach of the U-Nets here: how far from a window's border they are not what they would be in the whole picture."""

from __future__ import annotations

from collections.abc import Sequence


def reach_of(blocks: Sequence[int], wrong_px: int = 0) -> int:
    """Return up to how many px from its border a window's result may be wrong; what lies within is exact.

    Holds for a U-Net at half resolution: 3 x 3 convolutions on entering and leaving, two in each residual block, 2 x 2
    steps between levels; the window begins at a multiple of the coarsest step.

    Args:
        blocks: residual blocks of each level, the same number in the encoder and in the decoder.
        wrong_px: how far from the border the input is wrong already.
    """
    wrong = -(-wrong_px // 2) + 1  # half resolution; entering
    levels = []
    for count in blocks[:-1]:
        wrong += 2 * count
        levels.append(count)
        wrong = -(-wrong // 2)
    wrong += 2 * blocks[-1]
    for count in reversed(levels):
        wrong = 2 * wrong + 2 * count
    return 2 * (wrong + 1)

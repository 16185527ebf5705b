"""Fusion network: residual blocks on the results of both cascade orders (Yen, Cheng, Chiu 2021, 2.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from halftone_color.arrays import tiling
from halftone_color.errors import UsageError
from halftone_color.method import Fuser
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

MULTIPLE = 2
"""The network's size multiple in px: it works at half resolution."""


@dataclass(frozen=True)
class NetworkFuser(Fuser):
    """The mean of both results, corrected by a network, tile by tile."""

    networks = ("fusion",)

    tile: int = 1024
    """Side of the tiles in px."""

    def __post_init__(self) -> None:
        if self.tile < MULTIPLE or self.tile % MULTIPLE:
            raise UsageError(f"Tiles of {self.tile} px cannot be fused; give an even number of px.")

    def __call__(self, task: Task, run: Run) -> Picture:
        """Fuse `picture` and `other`, both (3, H, W) in [0, 1], to one picture (3, H, W) in [0, 1].

        Raises:
            WeightsError: the network's file is missing or damaged.
        """
        assert task.other is not None
        network, orders = run.network("fusion"), (task.picture, task.other)

        def fuse_window(window: tiling.Window) -> Picture:
            tensors = [run.tensor(window.read(picture)) for picture in orders]  # (1, 3, height, width) each
            with run.inference():
                result = network(*tensors)
            return run.picture(result.float().clamp(0, 1))

        return tiling.apply(
            fuse_window, task.picture.shape, tiling.Grid(self.tile, multiple=MULTIPLE), progress=run.progress
        )

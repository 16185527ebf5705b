"""Colors from a color camera beside a monochrome one: each pixel finds itself in the other view (Dong et al. 2022).

Cycle CNN (`networks/cycle_cnn.py`), or classical matching whose colors are copied. The pair must be rectified: things
lie in the same rows of both pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from halftone_color.arrays.block_matching import match_blocks
from halftone_color.arrays.color import add_chroma, rgb_to_ycc
from halftone_color.arrays.pair_matching import match_pair
from halftone_color.arrays.pair_side import MULTIPLE, measure_candidates, measure_side
from halftone_color.arrays.rectification import measure_offsets
from halftone_color.arrays.resampling import reduce_picture, upsample_chroma
from halftone_color.arrays.view_agreement import matched
from halftone_color.colorizers._pair_network import ColoredPair, color_pair
from halftone_color.errors import InputError, UsageError
from halftone_color.method import Colorizer
from halftone_color.types import Picture, Task

if TYPE_CHECKING:
    from halftone_color.run import Run

MATCHERS = ("network", "semi-global", "block")
SIDES = ("auto", "left", "right")
AUTO = "auto"
MOST_OFFSET_PX = 1.0
"""Mean vertical offset of matches above which a pair is refused; rectified pairs of Middlebury have .05 at most."""
MOST_CANDIDATES = 80_000_000
"""Pixels times candidates that are matched at most, about 400 MB; larger pictures are matched at a reduced size."""


@dataclass(frozen=True)
class StereoColorizer(Colorizer):
    """Chroma of the other view, by Cycle CNN or by classical matching."""

    matcher: str = "network"
    """network (Cycle CNN), semi-global (census costs, colors copied, gaps filled along the luma) or block."""
    side: str = "auto"
    """Side on which the monochrome camera stood: left, right, or auto, which measures it."""
    max_disparity: str = AUTO
    """Largest distance in px at which a thing lies in the other picture, or auto, which measures it."""
    align: bool = False
    """Align pictures that are not rectified: rows are moved by an offset, a small turn and a small scale."""
    scale_chroma: bool = True
    """Multiply chroma by the ratio of exposures that the network finds."""

    cues = ("view",)

    @property
    def networks(self) -> tuple[str, ...]:
        """Cycle CNN, if it is to match."""
        return ("cycle-cnn",) if self.matcher == "network" else ()

    def __post_init__(self) -> None:
        if self.matcher not in MATCHERS:
            raise UsageError(f"There is no matcher {self.matcher!r}; choose one of {', '.join(MATCHERS)}.")
        if self.side not in SIDES:
            raise UsageError(f"The side cannot be {self.side!r}; choose one of {', '.join(SIDES)}.")
        if self.max_disparity != AUTO and not (str(self.max_disparity).isdigit() and int(self.max_disparity) > 0):
            raise UsageError(
                f"max_disparity cannot be {self.max_disparity!r}; give a whole number of px above 0, or auto."
            )

    def __call__(self, task: Task, run: Run) -> Picture:
        """Color the picture by the cue's view: (1, H, W) -> (3, H, W) of the same luma.

        Raises:
            InputError: the view has another size, or the pair is not rectified and not to be aligned.
        """
        gray, view = task.picture, self._aligned(task, run)
        height, width = gray.shape[1:]
        ycc = np.concatenate(rgb_to_ycc(view)).astype(np.float32)
        reduced = self._working_size(gray, ycc)
        small = [np.asarray(reduce_picture(x, *reduced), np.float32) for x in (gray, ycc)]
        factor = reduced[1] / width
        chroma = self._chroma(small[0], small[1], factor, run)
        if reduced != (height, width):
            import torch

            chroma = upsample_chroma(torch.from_numpy(np.ascontiguousarray(chroma)), gray)
        run.report(1.0)
        return add_chroma(gray, chroma)

    def colored_pair(self, gray: Picture, color: Picture, run: Run) -> ColoredPair:
        """Return all that Cycle CNN finds of gray (1, H, W) and color Y, Cb, Cr (3, H, W), as the pictures lie."""
        step = self._step(gray, color, run)
        gray, color = (x[..., ::step].copy() for x in (gray, color))
        found = color_pair(gray, color, self._candidates(gray, color, 1.0), run)
        turned = {
            name: getattr(found, name)[..., ::step].copy() for name in ("chroma", "first", "toned", "known", "trust")
        }
        return ColoredPair(**turned, exposure=found.exposure)

    def _aligned(self, task: Task, run: Run) -> Picture:
        """Return the cue's view, aligned if that is asked for."""
        view = task.cue.view
        assert view is not None
        if view.shape[1:] != task.picture.shape[1:]:
            raise InputError(
                f"The color view has {view.shape[2]} x {view.shape[1]} px, the picture {task.picture.shape[2]} x "
                f"{task.picture.shape[1]}; give both the same size."
            )
        offsets = measure_offsets(task.picture[0], rgb_to_ycc(view)[0][0])
        if offsets is None or (offsets.typical_px <= MOST_OFFSET_PX and not self.align):
            return view
        if not self.align:
            raise InputError(
                f"The pair is not rectified: things lie {offsets.typical_px:.1f} px higher or lower in the color view; "
                "rectify it with your cameras' calibration, or add --set align=yes."
            )
        run.note(f"The color view was aligned: its rows were off by {offsets.typical_px:.1f} px.")
        return offsets.align(view)

    def _chroma(self, gray: Picture, color: Picture, factor: float, run: Run) -> Picture:
        """Return the chroma (2, h, w) of gray (1, h, w) by color Y, Cb, Cr (3, h, w), of `factor` times their size."""
        step = self._step(gray, color, run)
        gray, color = (x[..., ::step].copy() for x in (gray, color))
        d = self._candidates(gray, color, factor)
        if self.matcher == "network":
            found = color_pair(gray, color, d, run)
            chroma = found.chroma * np.float32(found.exposure if self.scale_chroma else 1.0)
        elif self.matcher == "block":
            chroma = matched(color[1:], match_blocks(gray[0], color[0], d))
        else:
            matching = match_pair(gray[0], color[0], d)
            chroma = matching.filling.apply(matched(color[1:], matching.disparity))
        return np.asarray(chroma[..., ::step], np.float32)

    def _step(self, gray: Picture, color: Picture, run: Run) -> int:
        """Return the step along the rows, -1 if both pictures are to be flipped into the paper's order."""
        side = self.side
        if side == AUTO:
            side = measure_side(gray[0], color[0])
            run.note(f"The monochrome camera stood on the {side}, as measured; --set side says so, or otherwise.")
        return -1 if side == "left" else 1

    def _candidates(self, gray: Picture, color: Picture, factor: float) -> int:
        """Return the number of candidates for pictures in the paper's order, of `factor` times their size."""
        if self.max_disparity == AUTO:
            return measure_candidates(gray[0], color[0])
        return -(-(int(int(self.max_disparity) * factor) + 1) // MULTIPLE) * MULTIPLE

    def _working_size(self, gray: Picture, color: Picture) -> tuple[int, int]:
        """Return height and width at which the pair is matched."""
        height, width = gray.shape[1:]
        known = self.max_disparity != AUTO
        d = int(self.max_disparity) if known else width // 8
        scale = min(1.0, (MOST_CANDIDATES / (height * width * max(d, MULTIPLE))) ** (1 / 3))
        return (height, width) if scale == 1 else (max(1, int(height * scale)), max(1, int(width * scale)))

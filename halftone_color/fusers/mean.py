"""Mean of the two cascade orders: the baseline that fusion has to beat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from halftone_color.types import Picture, Progress


@dataclass(frozen=True)
class Options:
    """The mean has no options."""


def fuse(
    ihn_first: Picture,
    color_first: Picture,
    options: Options,
    networks: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Picture:
    """Return (ihn_first + color_first) / 2, (3, H, W)."""
    return (ihn_first + color_first) / np.float32(2)

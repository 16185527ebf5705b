"""Endless batches of (halftone, contone) crops, made on the fly in a background thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from halftone_color.arrays.color import BLUE, GREEN, RED
from halftone_color.errors import InputError
from halftone_color.halftoners.error_diffusion import ErrorDiffusionHalftoner
from halftone_color.training.degradations import HalftoneMaker, Plane
from halftone_color.training.photographs import Photographs

Batch = TypeVar("Batch")

Maker = Callable[[Plane, np.random.Generator], tuple[Plane, Plane]]
"""Turns a contone (H, W) into (halftone, target)."""

LUMA = np.array([RED, GREEN, BLUE], np.float32)
MOST_DRAWS = 1000
"""Photographs looked at for one crop."""


@dataclass(frozen=True)
class HalftoneShares:
    """Options of a recipe that say which halftones it sees: those shares of HalftoneMaker that have proved right."""

    printed: float = 0.45
    """Share of the halftones that are printed and scanned."""
    diffused: float = 0.4
    """Share of the clean digital halftones that are diffused or ordered; the others are clustered dots."""
    regridded: float = 0.16
    """Share of the halftones whose dots lie on a grid of their own: rescaled dithers, FM spots, needles' dots."""
    palettes: float = 0.04
    """Share of the halftones that are channels of pictures dithered to a palette."""
    undersampled: float = 0.04
    """Share of the prints whose dots are finer than the scanner resolves."""
    text: float = 0.08
    """Share of the halftones with a few words on them, which must stay unchanged."""

    @property
    def maker(self) -> HalftoneMaker:
        """What makes halftones in these shares."""
        return HalftoneMaker(**{field.name: getattr(self, field.name) for field in fields(HalftoneShares)})


@dataclass(frozen=True)
class CropOptions:
    """Options of a recipe that say which kernels it sees, and the sizes of its batches."""

    kernels: str = ""
    """Kernels of error diffusion with commas between; where given, they alone are trained on, clean."""
    batch: int = 16
    side: int = 128
    """Crops in px."""
    compile: bool = True
    """Compile the network (needs a C++ compiler; falls back to eager without one)."""

    @property
    def names(self) -> tuple[str, ...]:
        """The kernels, one by one."""
        return tuple(name.strip() for name in self.kernels.split(",") if name.strip())

    def __post_init__(self) -> None:
        for name in self.names:
            ErrorDiffusionHalftoner(kernel=name)  # raises UsageError where there is no such kernel


def gray_crop(photographs: Photographs, side: int, rng: np.random.Generator) -> Plane:
    """Return a random (side, side) luma crop, flipped and turned, in four of ten cases enlarged up to twice.

    Raises:
        InputError: next to no photograph is large enough.
    """
    for _ in range(MOST_DRAWS):
        pixels = photographs[int(rng.integers(len(photographs)))]
        wanted = side if rng.random() < 0.6 else round(side / rng.uniform(1, 2))
        if min(pixels.shape[:2]) >= wanted:
            break
    else:
        raise InputError(f"Next to no photograph is {side} px wide and high; name a folder of larger ones.")
    top = int(rng.integers(pixels.shape[0] - wanted + 1))
    left = int(rng.integers(pixels.shape[1] - wanted + 1))
    gray = pixels[top : top + wanted, left : left + wanted].astype(np.float32) @ LUMA / 255
    if wanted < side:
        enlarged = Image.fromarray(gray).resize((side, side), Image.Resampling.BICUBIC)
        gray = np.clip(np.asarray(enlarged), 0, 1)
    gray = np.rot90(gray, int(rng.integers(4)))
    if rng.random() < 0.5:
        gray = gray[:, ::-1]
    if rng.random() < 0.2:
        gray = gray ** rng.uniform(0.7, 1.4)
    return np.ascontiguousarray(gray, dtype=np.float32)


def halftone_batches(
    photographs: Photographs, maker: Maker, batch: int, side: int, seed: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """Yield (halftone, target), both (batch, 1, side, side) float32 in [0, 1], for ever."""
    rng = np.random.default_rng(seed)
    while True:
        pairs = [maker(gray_crop(photographs, side, rng), rng) for _ in range(batch)]
        yield np.stack([p[0] for p in pairs])[:, None], np.stack([p[1] for p in pairs])[:, None]


def in_background(make: Callable[[], Iterator[Batch]], ahead: int = 6) -> Iterator[Batch]:
    """Run an endless iterator in a thread, `ahead` items at most before they are taken.

    An exception in the thread is raised where the next item is taken. The thread ends with the iterator: one that still
    runs compiled code when the interpreter goes would take the process down with it.
    """
    ready: queue.Queue[Batch | BaseException] = queue.Queue(ahead)
    over = threading.Event()

    def put(item: Batch | BaseException) -> None:
        while not over.is_set():
            try:
                return ready.put(item, timeout=0.1)
            except queue.Full:
                continue

    def fill() -> None:
        try:
            for item in make():
                put(item)
                if over.is_set():
                    return
        except BaseException as error:
            put(error)

    thread = threading.Thread(target=fill, daemon=True)
    thread.start()
    try:
        while True:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        over.set()
        thread.join()

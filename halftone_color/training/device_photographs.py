"""Photographs as 8-bit pixels on the device, and crops of them in batches.

All pixels lie one after the other in one tensor, each photograph in its own size. Random numbers are drawn on the
device and nothing is read back from it, so that the host can queue the next step meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from torch import Tensor

from halftone_color.training.photographs import Photographs

SQUASHED = frozenset({"flickr8k", "oimg", "cocoh", "scooter"})
"""Photographs whose names begin so, up to a hyphen, were 4:3 or 3:4 before they were squashed to a square."""
SQUASHED_ASPECT = 4 / 3
"""Longer over shorter side of a squashed photograph's scene."""
_PORTRAITS = ("pixabay", "fairface", "utkface", "lfw", "aaf", "facemask", "ytf")
_FIGURES = ("ccp", "sports", "small", "oimg", "lsp", "humanseg", "peds", "scooter")
OF_PEOPLE = frozenset(_PORTRAITS + _FIGURES)
"""Photographs whose names begin so, up to a hyphen, show people, and little that is like skin but is none."""
OF_NOBODY = frozenset(("houses", "intel", "food", "selfexsr", "clothing", "clothes", "grocery", "caltech"))
"""Photographs whose names begin so show nobody, so that nothing in them is skin; of all others it is not known."""
ASPECT_JITTER = 0.08
"""Largest change of a crop's aspect, as a share, either way."""
MOST_ENLARGED = 1.5
"""Output px per stored px up to which crops are enlarged: beyond, a network learns that the world is blurred."""
CHUNK = 2**26
"""Bytes copied to the device at a time."""
CHANNELS = 3
"""Bytes of a pixel."""


@dataclass(frozen=True)
class DevicePhotographs:
    """Photographs on a device: N pictures, one after the other."""

    pixels: Tensor
    """uint8, flat: rows of pixels of red, green and blue, and one more pixel at the end, which is never seen."""
    offset: Tensor
    """(N,) int64: where in `pixels` each begins."""
    height: Tensor
    """(N,) float32, px."""
    width: Tensor
    """(N,) float32, px."""
    squashed: Tensor
    """(N,) bool: the scene was 4:3 or 3:4 and is stored in another aspect."""
    people: Tensor
    """(N,) float32: 1 for photographs of people, -1 of nobody, 0 where that is not known."""

    @staticmethod
    def of(photographs: Photographs, device: torch.device | str, chunk_bytes: int = CHUNK) -> DevicePhotographs:
        """Copy the pixels of `photographs`, and no others of their file, to the device, so many bytes at a time."""
        sizes = [height * width * CHANNELS for _, height, width in photographs.places]
        pixels = torch.zeros(sum(sizes) + CHANNELS, dtype=torch.uint8, device=device)
        pending: list[np.ndarray] = []
        filled = waiting = 0
        for index, size in enumerate(sizes):
            pending.append(photographs[index].reshape(-1))
            waiting += size
            if waiting >= chunk_bytes or index == len(sizes) - 1:
                pixels[filled : filled + waiting].copy_(torch.from_numpy(np.concatenate(pending)))
                filled, waiting, pending = filled + waiting, 0, []
        offset = np.cumsum([0, *sizes[:-1]], dtype=np.int64)[: len(sizes)]
        sources = [name.rsplit("/", 1)[-1].split("-", 1)[0] for name in photographs.names]
        people = [float(source in OF_PEOPLE) - float(source in OF_NOBODY) for source in sources]
        squashed = [source in SQUASHED for source in sources]
        return DevicePhotographs(
            pixels=pixels,
            offset=torch.from_numpy(offset).to(device),
            height=torch.tensor([place[1] for place in photographs.places], dtype=torch.float32, device=device),
            width=torch.tensor([place[2] for place in photographs.places], dtype=torch.float32, device=device),
            squashed=torch.tensor(squashed, dtype=torch.bool, device=device),
            people=torch.tensor(people, device=device),
        )

    def __len__(self) -> int:
        return len(self.offset)

    @property
    def device(self) -> torch.device:
        """The device that holds the pixels."""
        return self.pixels.device


def crops(
    photographs: DevicePhotographs,
    index: Tensor,
    side: int,
    share: tuple[float, float],
    generator: torch.Generator | None = None,
    most_enlarged: float = MOST_ENLARGED,
    oversample: int = 1,
) -> Tensor:
    """Return squares of the true scene at random places, half of them mirrored: (B, 3, side, side) in [0, 1].

    Args:
        photographs: on a device.
        index: (B,) int64 on the same device: which photographs.
        side: px.
        share: least and greatest side of a square as a share of the scene's shorter side, drawn evenly.
        generator: of the same device; without one the device's own.
        most_enlarged: squares that would be enlarged more become larger, up to the whole of the photograph.
        oversample: samples along the side of an output pixel, averaged; 2 where squares are reduced beyond 1.2 times.
    """
    draws = torch.rand(6, len(index), device=photographs.device, generator=generator)
    height, width = photographs.height[index], photographs.width[index]
    flat = SQUASHED_ASPECT ** (1 - 2 * (draws[0] < 0.5).float())
    stretch = flat ** photographs.squashed[index]  # true px to a stored one across, over those down
    stretch = stretch * (1 + ASPECT_JITTER * (2 * draws[1] - 1))
    widest = torch.minimum(width, height / stretch)
    smallest = widest * stretch.clamp_max(1)
    part = share[0] + (share[1] - share[0]) * draws[2]
    part = torch.maximum(part, (side / most_enlarged / smallest).clamp_max(1))
    across, down = widest * part, widest * part * stretch
    columns = _places(width, across, draws[3], side * oversample)
    rows = _places(height, down, draws[4], side * oversample)
    columns = torch.where(draws[5, :, None] < 0.5, columns.flip(1), columns)
    return _sampled(photographs, index, rows, columns, oversample)


def groups(
    photographs: DevicePhotographs,
    index: Tensor,
    side: int,
    share: tuple[float, float] = (0.7, 1.0),
    generator: torch.Generator | None = None,
    most_enlarged: float = MOST_ENLARGED,
) -> Tensor:
    """Return photographs reduced and set side by side, two by two: many small figures, (B, 3, side, side) in [0, 1].

    Args:
        photographs: on a device.
        index: (4 B,) int64 on the same device: four photographs for each picture, in reading order.
        side: px, even.
        share: as for `crops`, of each of the four.
        generator: of the same device; without one the device's own.
        most_enlarged: as for `crops`.
    """
    half = side // 2
    parts = crops(photographs, index, half, share, generator, most_enlarged, oversample=2)
    squares = parts.view(-1, 2, 2, CHANNELS, half, half).permute(0, 3, 1, 4, 2, 5)
    return squares.reshape(-1, CHANNELS, 2 * half, 2 * half)


def _places(length: Tensor, part: Tensor, draw: Tensor, count: int) -> Tensor:
    """Return (B, count) places in px, evenly over a part (B,) of a length (B,) that begins at a random one."""
    steps = (torch.arange(count, device=part.device) + 0.5) / count
    begin = draw * (length - part).clamp_min(0)
    centers = begin[:, None] + part[:, None] * steps - 0.5  # the first pixel's center is 0
    return torch.minimum(centers.clamp_min(0), length[:, None] - 1)


def _sampled(photographs: DevicePhotographs, index: Tensor, rows: Tensor, columns: Tensor, oversample: int) -> Tensor:
    """Return (B, 3, S / oversample, S / oversample) in [0, 1], bilinear at rows and columns (B, S) in px, averaged."""
    grids = [(rows[:, i::oversample], columns[:, j::oversample]) for i, j in product(range(oversample), repeat=2)]
    total = _bilinear(photographs, index, *grids[0])
    for grid in grids[1:]:
        total += _bilinear(photographs, index, *grid)
    return total / (255 * oversample**2)


def _bilinear(photographs: DevicePhotographs, index: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return (B, 3, S, S) in [0, 255] at rows and columns (B, S) in px, neither outside of the photograph."""
    height, width = photographs.height[index, None], photographs.width[index, None]
    above, left = rows.floor(), torch.minimum(columns.floor(), (width - 2).clamp_min(0))
    below = torch.minimum(above + 1, height - 1)
    start = photographs.offset[index, None, None] // CHANNELS + left.long()[:, None, :]
    stride = width.long()[:, :, None]
    pairs = _pairs(photographs.pixels, start + above.long()[:, :, None] * stride)
    lower = _pairs(photographs.pixels, start + below.long()[:, :, None] * stride)
    pairs += lower.sub_(pairs).mul_((rows - above)[:, None, :, None])
    result, right = pairs[:, :CHANNELS], pairs[:, CHANNELS:]
    return result + right.sub_(result).mul_((columns - left)[:, None, None, :])


def _pairs(pixels: Tensor, index: Tensor) -> Tensor:
    """Return pixels `index` (B, S, S) and their right neighbors: (B, 6, S, S) float32 in [0, 255]."""
    overlapping = pixels.as_strided((len(pixels) // CHANNELS - 1, 2 * CHANNELS), (CHANNELS, 1))
    pairs = overlapping.index_select(0, index.reshape(-1)).view(*index.shape, 2 * CHANNELS)
    return pairs.movedim(-1, 1).to(torch.float32, memory_format=torch.contiguous_format)

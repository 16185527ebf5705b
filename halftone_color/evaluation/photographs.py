"""The photographs that are measured: a folder's validation split, read file by file, and those of scikit-image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import skimage.data
import torch
import torch.nn.functional as F

from halftone_color.errors import InputError
from halftone_color.images.reading import read
from halftone_color.training.photographs import listing
from halftone_color.types import Picture

SIDE = 256
"""Side of the squares that are measured, px."""


def validation(folder: Path, prefixes: tuple[str, ...] = ("",)) -> list[Path]:
    """Return the photographs of `folder` held out from training whose names start with one of `prefixes`.

    Raises:
        InputError: there are none.
    """
    files = [
        folder / file for file, split in listing(folder) if split == "val" and Path(file).name.startswith(prefixes)
    ]
    if not files:
        kind = f" named {' or '.join(f'{prefix}*' for prefix in prefixes)}" if any(prefixes) else ""
        raise InputError(
            f"{folder} holds no validation photographs{kind}; give the folder of photographs that training used."
        )
    return files


def evenly(files: list[Path], count: int) -> list[Path]:
    """Return `count` of the files, evenly spaced; all of them if there are no more."""
    count = min(count, len(files))
    return [files[i * len(files) // count] for i in range(count)]


def square(path: Path, side: int = SIDE) -> Picture:
    """Return (3, side, side): shorter side brought to `side`, center cropped."""
    pixels = read(path).pixels
    height, width = pixels.shape[1:]
    scale = side / min(height, width)
    size = (max(side, round(height * scale)), max(side, round(width * scale)))
    if size != (height, width):
        resized = F.interpolate(torch.from_numpy(pixels)[None], size, mode="bicubic", antialias=True)
        pixels = np.asarray(resized[0].clamp(0, 1))
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    return np.array(np.broadcast_to(pixels, (3, *size))[:, top : top + side, left : left + side])


def standard_picture(name: str) -> Picture:
    """Return a photograph of scikit-image, (3, H, W); a gray one has equal channels.

    Raises:
        InputError: this installation of scikit-image does not carry it and cannot fetch it.
    """
    try:
        pixels = getattr(skimage.data, name)()
    except Exception as error:  # what fetches pictures raises many classes
        raise InputError(
            f"This scikit-image does not carry the picture {name!r} ({error}); install its wheel from PyPI."
        ) from error
    planes = np.asarray(pixels, np.float32).reshape(*pixels.shape[:2], -1) / np.float32(255)
    return np.array(np.broadcast_to(np.moveaxis(planes, 2, 0), (3, *pixels.shape[:2])))

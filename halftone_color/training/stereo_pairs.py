"""Pairs of a monochrome and a color camera for training: real ones of a folder, synthetic ones made of photographs.

A synthetic scene is a stack of layers, each a photograph in a blob of random shape with a disparity that changes evenly
over it; both views are sampled from the layers, near ones above, so that occlusions are as in life. Then each camera
adds its exposure, response, blur and noise. All pairs are in the paper's order: pixel i of the gray picture lies at
i + k of the color picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, map_coordinates

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.arrays.pair_side import measure_candidates, measure_side
from halftone_color.errors import InputError
from halftone_color.images.reading import read
from halftone_color.images.sources import rgb_of
from halftone_color.training.photographs import Photographs
from halftone_color.types import Picture

Plane = NDArray[np.float32]

LAYERS = (2, 6)
"""Least number of layers in front of the background, and one more than the most."""
BLOB_PX = (6.0, 30.0)
"""Range of the smoothing, in px, of the noise whose high parts are the blobs."""
SLOPE = 0.06
"""Largest change of disparity, in px, along a px."""
EXPOSURE = 0.35
"""Spread of the logarithm of the exposure, for half of the pairs."""
CURVE = 0.25
"""Spread of the logarithm of the response's exponent, for half of the pairs."""
GRAY_NOISE, COLOR_NOISE = 0.006, 0.015
"""Largest standard deviation of the noise of either camera: a monochrome camera has less."""
BLUR_PX = 0.8
"""Largest standard deviation of the blur, in px."""


@dataclass(frozen=True)
class StereoPair:
    """A pair in the paper's order, with the truth where it is known."""

    gray: Plane
    """(H, W) in [0, 1] of the monochrome camera."""
    color: Picture
    """(3, H, W) of the color camera: Y, Cb, Cr."""
    truth: Picture | None = None
    """(2, H, W), Cb and Cr of the gray picture in the color camera's tones; None for real pairs."""
    candidates: int = 0
    """Number of candidates d that the pair needs, for real pairs."""


def open_pairs(folder: Path) -> list[StereoPair]:
    """Return the pairs NAME-mono.* and NAME-color.* of a folder, flipped into the paper's order where that is needed.

    Raises:
        InputError: there is none, or both pictures of one differ in size.
    """
    grays = {path.stem.removesuffix("-mono"): path for path in sorted(folder.glob("*-mono.*"))}
    colors = {path.stem.removesuffix("-color"): path for path in sorted(folder.glob("*-color.*"))}
    names = [name for name in grays if name in colors]
    if not names:
        raise InputError(f"{folder} holds no pair NAME-mono.* and NAME-color.*; name a folder of rectified pairs.")
    return [_open_pair(grays[name], colors[name]) for name in names]


def _open_pair(gray_file: Path, color_file: Path) -> StereoPair:
    gray = read(gray_file, color=False).pixels[0]
    color = rgb_of(read(color_file).pixels)
    if gray.shape != color.shape[1:]:
        raise InputError(f"{gray_file} and {color_file} differ in size; give pairs of equal size.")
    step = -1 if measure_side(gray, rgb_to_luma(color)[0]) == "left" else 1
    ycc = np.concatenate(rgb_to_ycc(color))
    gray, ycc = (np.ascontiguousarray(x[..., ::step]) for x in (gray, ycc))
    return StereoPair(gray, ycc, candidates=measure_candidates(gray, ycc[0]))


def crop_of(pair: StereoPair, height: int, width: int, d: int, rng: np.random.Generator) -> StereoPair:
    """Return a random crop of a real pair; sides are cut where it is smaller.

    Where the pair needs more than d candidates, the color picture is cut further right by up to the excess, so that
    near things are seen as well. The gray picture gets another response in half of the cases, for the curve.
    """
    tall, wide = pair.gray.shape
    excess = max(0, min(pair.candidates - d, wide - width))
    shift = int(rng.integers(excess + 1))
    height, width = min(height, tall), min(width, wide - shift)
    top, left = int(rng.integers(tall - height + 1)), int(rng.integers(wide - shift - width + 1))
    rows = slice(top, top + height)
    gray = pair.gray[rows, left : left + width]
    if rng.random() < 0.5:
        gray = _responded(gray, rng)
    color = pair.color[:, rows, left + shift : left + shift + width]
    return StereoPair(np.ascontiguousarray(gray), np.ascontiguousarray(color))


def synthetic_pair(
    photographs: Photographs, height: int, width: int, most_px: float, rng: np.random.Generator
) -> StereoPair:
    """Return a pair made of photographs, with its truth.

    Args:
        photographs: of the layers.
        height, width: of the pair in px.
        most_px: largest disparity in px.
        rng: of all that is drawn.
    """
    count = int(rng.integers(*LAYERS)) + 1
    depths = np.sort(rng.uniform(0, most_px * rng.uniform(0.3, 1.0), count))
    first, second = (np.zeros((3, height, width), np.float32) for _ in range(2))
    for number, depth in enumerate(depths):
        texture = _texture(photographs, height, width + 2 * int(most_px), rng)
        shape = np.ones(texture.shape[1:], np.float32) if number == 0 else _blob(texture.shape[1:], rng)
        slopes = rng.uniform(-SLOPE, SLOPE, 2) * (rng.random() < 0.7)
        layer = np.concatenate([texture, shape[None]])
        for view, shifted in ((first, False), (second, True)):
            seen = _seen(layer, view.shape[1:], depth, slopes, (shifted, most_px))
            view += (seen[:3] - view) * seen[3:]
    return _photographed(first, second, rng)


def _seen(
    layer: Picture, size: tuple[int, ...], depth: float, slopes: NDArray[np.float64], view: tuple[bool, float]
) -> Picture:
    """Return a layer (4, H, W'), colors and opacity, as a view (4, *size) sees it.

    The first view sees column i at i + margin; the second sees what the first has at i at i + k, where
    k = depth + slopes[0] (i - W / 2) + slopes[1] (j - H / 2), and is solved for i.
    """
    shifted, most_px = view
    rows, columns = np.meshgrid(np.arange(size[0], dtype=float), np.arange(size[1], dtype=float), indexing="ij")
    if shifted:
        down = depth + slopes[1] * (rows - size[0] / 2)
        columns = (columns - down + slopes[0] * size[1] / 2) / (1 + slopes[0])
    places = np.stack([rows, columns + most_px])
    return np.stack([map_coordinates(plane, places, order=1, mode="nearest") for plane in layer])


def _texture(photographs: Photographs, height: int, width: int, rng: np.random.Generator) -> Picture:
    """Return part of a random photograph, (3, height, width), at a random size."""
    pixels = photographs[int(rng.integers(len(photographs)))]
    scale = max(height / pixels.shape[0], width / pixels.shape[1]) * rng.uniform(1.0, 1.3)
    tall, wide = height / scale, width / scale
    top, left = (
        rng.uniform(0, max(0.0, whole - part - 1)) for whole, part in zip(pixels.shape[:2], (tall, wide), strict=True)
    )
    rows = top + np.arange(height) / scale
    columns = left + np.arange(width) / scale
    places = np.stack(np.meshgrid(rows, columns, indexing="ij"))
    planes = pixels.transpose(2, 0, 1).astype(np.float32) / 255
    step = -1 if rng.random() < 0.5 else 1
    sampled = np.stack([map_coordinates(plane, places, order=1, mode="reflect") for plane in planes])
    return np.ascontiguousarray(sampled[:, :, ::step], np.float32)


def _blob(size: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Return the opacity (H, W) of random blobs: high parts of smooth noise, with edges about a pixel wide."""
    noise = gaussian_filter(rng.standard_normal(size), rng.uniform(*BLOB_PX), mode="reflect")
    noise /= noise.std() + 1e-9
    sharp = gaussian_filter((noise > rng.uniform(0.3, 1.3)).astype(np.float32), 0.6)
    return np.asarray(sharp, np.float32)


def _photographed(first: Picture, second: Picture, rng: np.random.Generator) -> StereoPair:
    """Return what both cameras make of their views, sRGB (3, H, W)."""
    gray = np.asarray(rgb_to_luma(first)[0], np.float32)
    if rng.random() < 0.5:
        gray = _responded(gray, rng)
    if rng.random() < 0.5:
        gain, exponent = np.exp(rng.normal(0, EXPOSURE) - 0.1), np.exp(rng.normal(0, CURVE / 2))
        first, second = (np.clip(gain * view**exponent, 0, 1) for view in (first, second))
    truth = np.asarray(rgb_to_ycc(np.asarray(first, np.float32))[1], np.float32)
    gray = gaussian_filter(gray, rng.uniform(0, BLUR_PX / 2)) + rng.normal(0, rng.uniform(0, GRAY_NOISE), gray.shape)
    blur = rng.uniform(0, BLUR_PX)
    color = np.stack([gaussian_filter(plane, blur) for plane in second])
    color = np.clip(color + rng.normal(0, rng.uniform(0, COLOR_NOISE), color.shape), 0, 1).astype(np.float32)
    return StereoPair(np.clip(gray, 0, 1).astype(np.float32), np.concatenate(rgb_to_ycc(color)), truth)


def _responded(gray: Plane, rng: np.random.Generator) -> Plane:
    """Return luma (H, W) of another exposure and response."""
    gain, exponent = np.exp(rng.normal(0, EXPOSURE / 2)), np.exp(rng.normal(0, CURVE))
    return np.asarray(np.clip(gain * gray**exponent, 0, 1), np.float32)

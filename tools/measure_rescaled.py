"""Measure how dithers that were enlarged or reduced are descreened: python tools/measure_rescaled.py [SIDE].

Five photographs of scikit-image, two dithers, eight scales, two filters, as they are and as JPEG of quality 85; results
are SIDE px large at most (384). PSNR in dB less that of the best of Gaussians, both after the best gain and offset.
Prints the table of docs/public-reports.md, and before it each case below the Gaussian.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import gaussian_filter

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.training.degradations import jpeg

PHOTOGRAPHS = ("astronaut", "coffee", "chelsea", "rocket", "camera")
METHODS = ("floyd-steinberg", "bayer")
SCALES = (0.6, 0.7, 0.8, 1.25, 1.5, 1.75, 2.0, 2.5)
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
QUALITIES = (None, 85)
SIGMAS_PX = (0.0, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 3.7)

Plane = NDArray[Any]
"""(rows, columns) in [0, 1]."""


def main(side_px: int = 384) -> None:
    """Print the cases below the Gaussian, and a Markdown table with a row for each scale."""
    rows = []
    for scale in SCALES:
        gains = []
        for name, (scan, truth) in cases(scale, side_px):
            best = max(fitted(gaussian_filter(scan.astype(np.float64), sigma), truth) for sigma in SIGMAS_PX)
            gain = fitted(api.descreen(scan[None]).picture.astype(np.float64).mean(0), truth) - best
            gains.append(gain)
            if gain < 0:
                print(f"{scale:g}, {name}: {gain:+.2f} dB", flush=True)
        below = sum(gain < 0 for gain in gains)
        rows.append(f"| {scale:g} | {len(gains)} | {below} | {np.mean(gains):+.2f} | {min(gains):+.2f} |")
    print("| scale | cases | below the Gaussian | mean, dB | least, dB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    print("\n".join(rows))


def cases(scale: float, side_px: float) -> Iterator[tuple[str, tuple[Plane, Plane]]]:
    """Yield a name, and a rescaled dither and its truth, both (h, w) in [0, 1], for every case of a scale."""
    for photograph, method in itertools.product(PHOTOGRAPHS, METHODS):
        gray = middle(np.asarray(rgb_to_luma(standard_picture(photograph))[0], np.float32), side_px / min(scale, 1))
        dither = Image.fromarray(np.uint8(api.halftone(gray[None], method=method).picture[0] * 255))
        size = (round(gray.shape[1] * scale), round(gray.shape[0] * scale))
        truth = np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.BICUBIC))
        for (word, filter_), quality in itertools.product(FILTERS.items(), QUALITIES):
            scan = np.asarray(dither.resize(size, filter_), np.float32) / np.float32(255)
            scan = scan if quality is None else jpeg(scan, quality)
            yield f"{photograph}, {method}, {word}, {quality or 'no'} JPEG", (scan, truth)


def middle(plane: Plane, side_px: float) -> Plane:
    """Return the middle of a plane (H, W), at most this large on each side."""
    height, width = (min(side, round(side_px)) for side in plane.shape)
    top, left = (plane.shape[0] - height) // 2, (plane.shape[1] - width) // 2
    return plane[top : top + height, left : left + width]


def fitted(picture: Plane, truth: Plane) -> float:
    """Return the PSNR in dB after the best gain and offset."""
    terms = np.stack([picture.ravel(), np.ones(picture.size)], 1)
    solution = np.linalg.lstsq(terms, truth.ravel().astype(np.float64), rcond=None)[0]
    return float(-10 * np.log10(np.mean((terms @ solution - truth.ravel()) ** 2)))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))

"""Measure what hcolor makes of situations from public bug reports: python tools/measure_public_reports.py FOLDER.

FOLDER holds the pictures, an INDEX.csv with the columns file, kind, truth and metric, and the truths that it names. The
table is that of docs/public-reports.md. All pictures are descreened as they come; those that must stay unchanged are
compared with themselves. PSNR in dB over all pixels and channels: raw; fit, after the best gain and offset of each
channel; G, the picture under the best of Gaussians of 0 to 9 px, fitted likewise.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage import color

import halftone_color
from halftone_color.images.reading import read
from halftone_color.screen.words import in_words

SIGMAS_PX = (0.0, 0.4, 0.7, 1.0, 1.3, 1.6, 2.0, 2.5, 3.0, 3.7, 4.5, 5.5, 7.0, 9.0)
Plane = NDArray[Any]


def main(folder: Path) -> None:
    """Print a Markdown table, a row for each picture of a situation, and the textures that were changed."""
    print("| file | kind | found | raw | fit | G | CIEDE2000 |")
    print("| --- | --- | --- | ---: | ---: | ---: | ---: |")
    textures, changed = 0, []
    for row in csv.DictReader((folder / "INDEX.csv").open()):
        if row["kind"] == "file":
            continue
        source = folder / row["file"]
        result = halftone_color.descreen(source)
        found = in_words(result.screen) if result.screen and result.screen.present else "none"
        if row["metric"] == "unchanged":
            textures += 1
            if np.abs(_rgb(result.picture) - _rgb(read(source).pixels)).max() > 1.5:
                changed.append(f"{row['file']} ({found})")
            continue
        made, truth = _rgb(result.picture), _rgb(read(folder / row["truth"]).pixels)
        before = _rgb(read(source).pixels)
        difference: Any = color.deltaE_ciede2000
        apart = difference(*(color.rgb2lab(x.transpose(1, 2, 0) / 255) for x in (made, truth))).mean()
        best = max(_fitted(_blurred(before, sigma), truth) for sigma in SIGMAS_PX)
        figures = f"{_psnr(made, truth):.1f} | {_fitted(made, truth):.1f} | {best:.1f} | {apart:.1f}"
        print(f"| {row['file']} | {row['kind']} | {found} | {figures} |", flush=True)
    print(f"\nOf {textures} clean pictures and textures {len(changed)} were changed. {', '.join(changed)}")


def _rgb(picture: Plane) -> Plane:
    """Return (3, H, W) in levels of 255, rounded."""
    return np.round(np.broadcast_to(picture, (3, *picture.shape[1:])) * 255.0)


def _blurred(picture: Plane, sigma_px: float) -> Plane:
    return np.stack([gaussian_filter(channel, sigma_px) for channel in picture]) if sigma_px else picture


def _psnr(made: Plane, truth: Plane) -> float:
    return float(20 * np.log10(255) - 10 * np.log10(np.mean((made - truth) ** 2) + 1e-9))


def _fitted(made: Plane, truth: Plane) -> float:
    """Return the PSNR after the best gain and offset of each channel, clipped."""
    fitted = []
    for ours, right in zip(made, truth, strict=True):
        gain, offset = np.polyfit(ours.ravel(), right.ravel(), 1) if ours.std() > 0 else (0.0, right.mean())
        fitted.append(np.clip(gain * ours + offset, 0, 255))
    return _psnr(np.stack(fitted), truth)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]))

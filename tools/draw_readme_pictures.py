"""Draw the pictures of the README: photographs of scikit-image, screened by hcolor and restored by it.

    python tools/draw_readme_pictures.py [--out docs/pictures]

Nothing is picked by hand but the photographs and what is enlarged: samples are those of the first seeds, results are
what the defaults give. The photographs are in the public domain (astronaut: NASA) or CC0 (coffee: Rachel Michetti,
chelsea: Stefan van der Walt), and come with scikit-image, on which hcolor depends.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

import halftone_color

Picture = NDArray[np.float32]
"""(C, H, W) in [0, 1]."""

PERIOD_PX, ANGLE_DEG = 4.0, 45.0
"""The screen of the prints."""
WIDTH, GAP, TEXT = 1200, 8, 20
"""Of a drawing, between its cells, and of the captions, px."""
ENLARGED = 3
"""How many times the part of a picture that shows its dots is enlarged."""
FACE = (slice(62, 162), slice(146, 302))
"""Rows and columns of that part of the astronaut."""
SAMPLES = 4
QUALITY = 86


@dataclass(frozen=True)
class Cell:
    """A picture and what is written below it."""

    caption: str
    picture: Picture
    share: float = 1.0
    """Its width over that of other cells in its row."""


def main() -> None:
    """Screen, restore, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parents[1] / "docs" / "pictures")
    folder: Path = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    photographs = {name: photograph(name) for name in ("astronaut", "chelsea", "coffee")}
    prints = {name: print_of(picture) for name, picture in photographs.items()}
    save(restored(photographs, prints), folder / "restored.jpg")
    save(colored(photographs, prints), folder / "colored.jpg")


def restored(photographs: dict[str, Picture], prints: dict[str, Picture]) -> list[list[Cell]]:
    """Return rows of print, automatic result and photograph, and of the dots enlarged."""
    rows = []
    for name in ("astronaut", "chelsea"):
        result = halftone_color.restore(prints[name]).picture
        cells = {"print": prints[name], "restored, automatic colors": result, "the photograph": photographs[name]}
        rows.append([Cell(caption, picture) for caption, picture in cells.items()])
        if name == "astronaut":
            rows.append([Cell(f"{caption}, enlarged", enlarged(picture)) for caption, picture in cells.items()])
    return rows


def colored(photographs: dict[str, Picture], prints: dict[str, Picture]) -> list[list[Cell]]:
    """Return rows of one print with references, and of its random colorings."""
    scan, references = prints["coffee"], []
    for name in ("astronaut", "chelsea"):
        result = halftone_color.restore(scan, references=[photographs[name]]).picture
        height, width = scan.shape[1:]
        references += [Cell("reference", fitted(photographs[name], width // 2, height), 0.5), Cell("result", result)]
    drawn = halftone_color.restore(scan, samples=SAMPLES).pictures
    automatic = [
        Cell("print", scan),
        Cell("automatic", halftone_color.restore(scan).picture),
        Cell("the photograph", photographs["coffee"]),
    ]
    return [automatic, references, [Cell(f"sample {seed}", sample) for seed, sample in enumerate(drawn)]]


def photograph(name: str) -> Picture:
    """Return a photograph of scikit-image, (3, H, W)."""
    pixels = np.asarray(getattr(skimage.data, name)(), np.float32) / 255
    return np.ascontiguousarray(np.moveaxis(pixels, 2, 0))


def print_of(picture: Picture) -> Picture:
    """Return the print (1, H, W) of a photograph, as a scanner sees it."""
    result = halftone_color.halftone(
        picture, method="clustered-dot", period_px=PERIOD_PX, angle_deg=ANGLE_DEG, antialias=True
    )
    return result.picture


def enlarged(picture: Picture) -> Picture:
    """Return the part FACE with every pixel a square."""
    part = picture[:, FACE[0], FACE[1]]
    return part.repeat(ENLARGED, 1).repeat(ENLARGED, 2)


def fitted(picture: Picture, width: int, height: int) -> Picture:
    """Return the middle of a picture in the shape of width : height, as large as it is there."""
    scale = min(picture.shape[2] / width, picture.shape[1] / height)
    width, height = round(width * scale), round(height * scale)
    left, top = (picture.shape[2] - width) // 2, (picture.shape[1] - height) // 2
    return picture[:, top : top + height, left : left + width]


def save(rows: Sequence[Sequence[Cell]], path: Path) -> None:
    """Draw rows of cells on white, each row as wide as the page, and write a JPEG."""
    strips = [strip(row) for row in rows]
    page = Image.new("RGB", (WIDTH, sum(part.height for part in strips)), "white")
    top = 0
    for part in strips:
        page.paste(part, (0, top))
        top += part.height
    page.save(path, quality=QUALITY, subsampling=0, optimize=True)
    print(f"{path}: {path.stat().st_size / 1000:.0f} kB")


def strip(row: Sequence[Cell]) -> Image.Image:
    """Return a row of cells with their captions."""
    unit = (WIDTH - GAP * (len(row) - 1)) / sum(cell.share for cell in row)
    pictures = [scaled(cell.picture, round(unit * cell.share)) for cell in row]
    height = max(picture.height for picture in pictures)
    made = Image.new("RGB", (WIDTH, height + 2 * TEXT), "white")
    draw, font, left = ImageDraw.Draw(made), ImageFont.load_default(TEXT), 0
    for cell, picture in zip(row, pictures, strict=True):
        made.paste(picture, (left, 0))
        middle = left + (picture.width - font.getlength(cell.caption)) / 2
        draw.text((middle, height + TEXT / 4), cell.caption, (64, 64, 64), font)
        left += picture.width + GAP
    return made


def scaled(picture: Picture, width: int) -> Image.Image:
    """Return a picture as wide as that."""
    pixels = (np.broadcast_to(picture, (3, *picture.shape[1:])) * 255 + 0.5).astype(np.uint8)
    image = Image.fromarray(np.moveaxis(pixels, 0, 2))
    return image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()

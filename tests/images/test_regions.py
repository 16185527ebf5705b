"""Regions in words and numbers; what lies outside the picture is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color.errors import InputError, UsageError
from halftone_color.images.reading import read
from halftone_color.images.regions import parse_region
from halftone_color.images.sources import scan_of
from halftone_color.request import Reading
from halftone_color.types import Box


@pytest.mark.parametrize("region", ["120,80,600,400", " 120, 80,600 ,400", (120, 80, 600, 400), [120.0, 80, 600, 400]])
def test_four_numbers_are_a_region(region):
    assert parse_region(region) == Box(120, 80, 600, 400)


@pytest.mark.parametrize("region", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "1.5,2,3,4", 7, (1, 2, 3)])
def test_anything_else_is_refused(region):
    with pytest.raises(UsageError, match="is not a region; give x, y, width and height in px, such as"):
        parse_region(region)


@pytest.mark.parametrize("region", ["-1,0,5,5", "0,-1,5,5", "0,0,0,5", "0,0,5,0"])
def test_empty_and_negative_ones_are_refused(region):
    with pytest.raises(UsageError, match="is empty or begins outside the picture"):
        parse_region(region)


@pytest.mark.parametrize("orientation", [1, 6])
def test_the_region_is_that_of_the_upright_picture(tmp_path, orientation):
    levels = np.random.default_rng(0).integers(0, 256, (30, 40, 3), np.uint8)
    exif = Image.Exif()
    exif[274] = orientation
    Image.fromarray(levels).save(tmp_path / "scan.png", exif=exif, dpi=(300, 300))
    whole, box = read(tmp_path / "scan.png"), Box(3, 5, 20, 17)
    part = read(tmp_path / "scan.png", region=box)
    np.testing.assert_array_equal(part.pixels, whole.pixels[:, 5:22, 3:23])
    assert (part.region, part.whole, part.dpi) == (box, whole.pixels.shape[1:], whole.dpi)
    same = scan_of(whole.pixels, Reading(region=box))
    np.testing.assert_array_equal(same.pixels, part.pixels)
    negative = scan_of(str(tmp_path / "scan.png"), Reading(region=box, invert=True))
    np.testing.assert_allclose(negative.pixels, 1 - part.pixels, atol=1e-6)


def test_a_region_beyond_the_picture_is_refused_with_its_size(tmp_path):
    Image.new("L", (40, 30)).save(tmp_path / "scan.png")
    assert read(tmp_path / "scan.png", region=Box(0, 0, 40, 30)).pixels.shape == (1, 30, 40)
    for region in (Box(39, 0, 2, 5), Box(0, 29, 5, 2), Box(100, 100, 1, 1)):
        with pytest.raises(InputError, match="reaches beyond the picture of 40 x 30 px; choose one inside it"):
            read(tmp_path / "scan.png", region=region)
        with pytest.raises(InputError, match="reaches beyond the picture of 40 x 30 px"):
            scan_of(np.zeros((30, 40), np.float32), Reading(region=region))

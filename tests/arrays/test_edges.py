"""Our Canny against OpenCV's on synthetic pictures and photographs.

`edges_opencv.npz` holds the packed edge maps that opencv-python-headless 5.0.0 and 4.11.0 (they agree) return for
`pictures()` at each of `THRESHOLDS`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import skimage.data

from halftone_color.arrays.edges import canny

THRESHOLDS = ((80, 250), (250, 80), (20.7, 60.2), (0, 0), (100, 100), (400, 900), (-5, 30))


def pictures() -> dict[str, np.ndarray]:
    generator = np.random.Generator(np.random.PCG64(7))
    y, x = np.mgrid[:96, :80]
    camera = skimage.data.camera()
    astronaut = skimage.data.astronaut()[100:220, 170:330].astype(np.int64)
    drawn = {
        "noise": generator.integers(0, 256, (61, 47)),
        "ties": generator.integers(0, 4, (50, 60)) * 60,
        "white noise halftone": (camera[140:230, 200:320] > generator.integers(0, 256, (90, 120))) * 255,
        "clustered dots": (camera[140:230, 200:320] > 127 + 120 * np.sin(np.mgrid[:90, :120] * 1.1).prod(0)) * 255,
        "ramp": x + y,
        "disc": ((x - 40) ** 2 + (y - 50) ** 2 < 900) * 200,
        "waves": np.floor(127 + 120 * np.sin(x / 3 + y / 5) * np.cos(y / 7)),
        "checkers": (x // 8 + y // 8) % 2 * 255,
        "one pixel": generator.integers(0, 256, (1, 1)),
        "row": generator.integers(0, 256, (1, 40)),
        "column": generator.integers(0, 256, (40, 1)),
        "camera": camera[60:220, 120:300],
        "astronaut": astronaut @ np.array([299, 587, 114]) // 1000,
    }
    return {name: picture.astype(np.uint8) for name, picture in drawn.items()}


@pytest.fixture(scope="module")
def known() -> dict[str, np.ndarray]:
    with np.load(Path(__file__).with_name("edges_opencv.npz")) as stored:
        return dict(stored)


@pytest.mark.parametrize("name", pictures())
def test_equals_opencv(name, known):
    picture = pictures()[name]
    for index, (low, high) in enumerate(THRESHOLDS):
        expected = np.unpackbits(known[f"{name}/{index}"], count=picture.size).reshape(picture.shape)
        found = canny(picture, low, high)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected, err_msg=f"{name} at {low}, {high}")


def test_known_answers_are_not_empty(known):
    for name in ("noise", "clustered dots", "camera", "astronaut"):
        share = np.unpackbits(known[f"{name}/0"]).mean()
        assert 0.01 < share < 0.6, name


@pytest.mark.parametrize("scale", [lambda p: p / np.float32(255), lambda p: p * np.float32(1 / 255)])
def test_float_picture_that_came_from_8_bits_gives_the_same_edges(scale):
    picture = pictures()["noise"]
    as_float = scale(picture.astype(np.float32))
    assert as_float.dtype == np.float32
    np.testing.assert_array_equal(canny(as_float, 80, 250), canny(picture, 80, 250))


def test_float_picture_is_cut_not_rounded_and_clipped():
    picture = pictures()["camera"]
    above = picture.astype(np.float32) / 255 + np.float32(0.9 / 255)
    np.testing.assert_array_equal(canny(above, 80, 250), canny(picture, 80, 250))
    beyond = np.where(picture > 127, np.float32(1.7), np.float32(-0.6))
    np.testing.assert_array_equal(canny(beyond, 80, 250), canny((picture > 127) * np.uint8(255), 80, 250))

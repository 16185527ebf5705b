"""Photographs on the device; crops are read from photographs whose red and green are the place itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.ndimage import map_coordinates

from halftone_color.training.device_photographs import DevicePhotographs, crops, groups
from halftone_color.training.film import film, worn
from halftone_color.training.photographs import Photographs
from halftone_color.training.warps import warp


def stored(pictures: dict[str, np.ndarray]) -> Photographs:
    """Return photographs (h, w, 3) uint8 by name, in memory, with gaps between them."""
    flat, places, end = [], [], 0
    for picture in pictures.values():
        flat += [np.full(5, 255, np.uint8), picture.reshape(-1)]
        places.append((end + 5, *picture.shape[:2]))
        end += 5 + picture.size
    return Photographs(tuple(pictures), np.concatenate(flat), tuple(places))


def chart(height: int, width: int) -> np.ndarray:
    """Return a photograph whose red is the column, whose green is the row, and whose blue is noise."""
    rows, columns = np.mgrid[:height, :width]
    noise = np.random.default_rng(height * width).integers(0, 256, (height, width))
    return np.stack([columns, rows, noise], 2).astype(np.uint8)


def charts(name: str, height: int, width: int) -> DevicePhotographs:
    return DevicePhotographs.of(stored({name: chart(height, width)}), "cpu")


def many(photographs: DevicePhotographs, side: int, share: tuple[float, float], count: int = 300, **more):
    """Return crops of the first photograph, and their boxes as (count, 4): left, top, across, down in px."""
    index = torch.zeros(count, dtype=torch.int64)
    pictures = crops(photographs, index, side, share, torch.Generator().manual_seed(3), **more)
    columns, rows = pictures[:, 0, 1] * 255 + 0.5, pictures[:, 1, :, 1] * 255 + 0.5
    low, high = 3, side - 4  # away from the border, where the outermost half pixel repeats
    step_x, step_y = ((line[:, high] - line[:, low]) / (high - low) for line in (columns, rows))
    across, down = step_x.abs() * side, step_y * side
    left = columns[:, low] - step_x.abs() * (low + 0.5)
    left = torch.where(step_x < 0, columns[:, high] - step_x.abs() * (side - high - 0.5), left)
    top = rows[:, low] - step_y * (low + 0.5)
    return pictures, torch.stack([left, top, across, down], 1), step_x < 0


def test_pixels_are_compacted_and_squashed_ones_known():
    names = ("flickr8k-1.png", "bsds-1.png", "oimg-2.png", "some/scooter-3.png", "flickr8kx-4.png", "cocoh.png")
    photographs = stored({name: chart(4 + i, 9 - i) for i, name in enumerate(names)})
    kept = photographs.select(lambda name: "bsds" not in name)
    held = DevicePhotographs.of(kept, "cpu")
    assert len(held) == 5
    assert held.pixels.dtype == torch.uint8
    assert held.squashed.tolist() == [True, True, True, False, False]
    for i in range(len(kept)):
        begin, height, width = int(held.offset[i]), int(held.height[i]), int(held.width[i])
        np.testing.assert_array_equal(held.pixels[begin : begin + height * width * 3].view(height, width, 3), kept[i])
    assert len(held.pixels) == sum(kept[i].size for i in range(5)) + 3


def test_pixels_are_copied_in_chunks():
    photographs = stored({f"a-{i}.png": chart(7, 5 + i) for i in range(6)})
    whole = DevicePhotographs.of(photographs, "cpu")
    assert torch.equal(DevicePhotographs.of(photographs, "cpu", chunk_bytes=200).pixels, whole.pixels)
    assert len(DevicePhotographs.of(photographs.select(lambda name: False), "cpu")) == 0


def test_squares_of_the_scene_anywhere_half_of_them_mirrored():
    _, boxes, mirrored = many(charts("a-1.png", 120, 200), 64, (0.5, 1.0))
    left, top, across, down = boxes.unbind(1)
    aspect = down / across
    assert 0.915 < aspect.min() < 0.93
    assert 1.07 < aspect.max() < 1.085
    share = down / 120
    assert 0.499 < share.min() < 0.53
    assert 0.97 < share.max() < 1.001
    assert share.median() == pytest.approx(0.75, abs=0.05)
    assert (left > -0.1).all()
    assert (left + across < 200.1).all()
    assert (top > -0.1).all()
    assert (top + down < 120.1).all()
    room = left / (200 - across)
    assert room.min() < 0.03
    assert room.max() > 0.97
    assert 110 < int(mirrored.sum()) < 190


def test_squashed_ones_are_stretched_back_either_way():
    _, boxes, _ = many(charts("flickr8k-1.png", 150, 150), 64, (0.6, 0.9))
    aspect = boxes[:, 3] / boxes[:, 2]
    wide = aspect > 1
    assert 110 < int(wide.sum()) < 190
    for found, true in ((aspect[wide], 4 / 3), (aspect[~wide], 3 / 4)):
        assert (found / true).min() > 0.918
        assert (found / true).max() < 1.082
        assert (found / true).mean() == pytest.approx(1, abs=0.015)


@pytest.mark.parametrize("side", [150, 60])
def test_nothing_is_enlarged_more_than_one_and_a_half_times(side):
    _, boxes, _ = many(charts("a-1.png", 120, 200), side, (0.1, 0.2), count=100)
    torch.testing.assert_close(boxes[:, 2:].amin(1), torch.full((100,), side / 1.5), atol=0.02, rtol=0)


def test_the_whole_is_taken_where_a_photograph_has_no_more():
    _, boxes, _ = many(charts("a-1.png", 120, 200), 300, (0.1, 0.2), count=30)
    torch.testing.assert_close(boxes[:, 3], torch.full((30,), 120.0), atol=0.02, rtol=0)


def test_enlarging_further_may_be_asked_for():
    _, boxes, _ = many(charts("a-1.png", 120, 200), 60, (0.1, 0.1), most_enlarged=10.0)
    assert boxes[:, 2:].amin(1).max() < 13.1


def test_bilinear_between_pixels_as_scipy_has_it():
    photographs = {"a-1.png": chart(60, 90), "b-2.png": chart(80, 70), "c-3.png": chart(50, 50)}
    held = DevicePhotographs.of(stored(photographs), "cpu")
    index = torch.arange(30) % 3
    pictures = crops(held, index, 40, (0.5, 1.0), torch.Generator().manual_seed(5)).double().numpy() * 255
    for picture, i in zip(pictures, index, strict=True):
        noise = list(photographs.values())[int(i)][:, :, 2].astype(np.float64)
        expected = map_coordinates(noise, picture[[1, 0]], order=1, mode="nearest")
        np.testing.assert_allclose(picture[2], expected, atol=0.02)


def test_more_samples_are_averaged():
    held = charts("a-1.png", 200, 200)
    index = torch.zeros(8, dtype=torch.int64)
    for times in (2, 3):
        fine = crops(held, index, 32 * times, (0.9, 1.0), torch.Generator().manual_seed(1), 1.5 * times)
        coarse = crops(held, index, 32, (0.9, 1.0), torch.Generator().manual_seed(1), oversample=times)
        torch.testing.assert_close(coarse, F.avg_pool2d(fine, times), atol=1e-5, rtol=0)


def test_photographs_of_a_few_pixels():
    pixels = {"a-1.png": chart(1, 1) + 40, "b-2.png": chart(1, 9) + 50, "c-3.png": chart(9, 1) + 60}
    held = DevicePhotographs.of(stored(pixels), "cpu")
    pictures = crops(held, torch.tensor([0, 1, 2]), 8, (1.0, 1.0), torch.Generator().manual_seed(0)) * 255
    torch.testing.assert_close(pictures[0, 0], torch.full((8, 8), 40.0))
    torch.testing.assert_close(pictures[1, 1], torch.full((8, 8), 50.0))
    torch.testing.assert_close(pictures[2, 0], torch.full((8, 8), 60.0))
    assert 60 <= pictures[2, 1].min() < pictures[2, 1].max() <= 68


def test_groups_stand_two_by_two_in_reading_order():
    flats = {f"a-{i}.png": np.full((50 + i, 70 - i, 3), 20 * i + 10, np.uint8) for i in range(8)}
    held = DevicePhotographs.of(stored(flats), "cpu")
    mosaics = groups(held, torch.tensor([3, 1, 4, 0, 7, 7, 2, 5]), 24) * 255
    assert mosaics.shape == (2, 3, 24, 24)
    for mosaic, wanted in zip(mosaics, ((3, 1, 4, 0), (7, 7, 2, 5)), strict=True):
        quarters = [mosaic[:, y : y + 12, x : x + 12] for y in (0, 12) for x in (0, 12)]
        for quarter, i in zip(quarters, wanted, strict=True):
            torch.testing.assert_close(quarter, torch.full((3, 12, 12), 20.0 * i + 10))


def test_range_and_repetition(train_split):
    held = DevicePhotographs.of(train_split, "cpu")
    index = torch.tensor([0, 5, 2, 2])
    first, again = (crops(held, index, 48, (0.6, 1.0), torch.Generator().manual_seed(2)) for _ in range(2))
    assert first.dtype == torch.float32
    assert first.is_contiguous()
    assert first.min() >= 0
    assert first.max() <= 1
    assert torch.equal(first, again)
    assert not torch.equal(first[2], first[3]), "each row has its own place"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_nothing_is_read_back_from_the_device(train_split):
    held = DevicePhotographs.of(train_split, "cuda")
    index = torch.arange(16, device="cuda") % len(held)
    for mode in ("default", "error"):  # the first time tables are copied there
        torch.cuda.set_sync_debug_mode(mode)
        try:
            truth = crops(held, index, 48, (0.6, 1.0), oversample=2)
            mosaics = groups(held, index, 48)
            gray = worn(film(warp(truth)))
        finally:
            torch.cuda.set_sync_debug_mode("default")
    assert torch.isfinite(gray).all()
    assert torch.isfinite(mosaics).all()

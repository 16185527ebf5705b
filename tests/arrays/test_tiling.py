"""Tiles agree with the whole picture for every size, and never hold much of it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import convolve

from halftone_color.arrays import tiling

multiples = st.sampled_from([1, 2, 8])
sides = st.integers(1, 70)


@settings(deadline=None, max_examples=80)
@given(sides, sides, multiples, st.integers(1, 5), st.integers(0, 3), st.integers(0, 2), st.integers(1, 3))
def test_the_identity_gives_the_picture(height, width, multiple, tiles, halos, borders, channels):
    picture = np.random.default_rng(0).random((channels, height, width), dtype=np.float32)
    shares = []
    result = tiling.apply(
        lambda window: window.read(picture),
        (channels, height, width),
        tiling.Grid(tiles * multiple, halos * multiple, borders * multiple, multiple),
        progress=shares.append,
    )
    np.testing.assert_array_equal(result, picture)
    assert shares == sorted(shares)
    assert shares[-1] == 1


@settings(deadline=None, max_examples=60)
@given(sides, sides, multiples, st.integers(1, 5), st.integers(0, 3), st.integers(0, 3))
def test_windows_cover_once_and_keep_to_the_grid(height, width, multiple, tiles, halos, borders):
    tile, halo, border = tiles * multiple, halos * multiple, borders * multiple
    seen = np.zeros((height, width), int)
    for window in tiling.windows(height, width, tiling.Grid(tile, halo, border, multiple)):
        seen[
            window.core_top : window.core_top + window.core_height,
            window.core_left : window.core_left + window.core_width,
        ] += 1
        for place in (window.top, window.left, window.height, window.width):
            assert place % multiple == 0
        assert window.height <= tile + 2 * halo
        assert window.width <= tile + 2 * halo
        for core, length, outer, outer_length, side in (
            (window.core_top, window.core_height, window.top, window.height, height),
            (window.core_left, window.core_width, window.left, window.width, width),
        ):
            assert outer == max(core - halo, -border), "a halo inside, a border outside"
            assert outer + outer_length >= min(core + length + halo, side + border)
    assert (seen == 1).all()


@settings(deadline=None, max_examples=30)
@given(st.integers(4, 60), st.integers(4, 60), st.integers(1, 3))
def test_a_tiled_convolution_is_the_whole_one(height, width, tiles):
    rng = np.random.default_rng(3)
    picture, kernel = rng.random((1, height, width), dtype=np.float32), rng.random((7, 7))

    def run(window):
        return convolve(window.read(picture)[0], kernel)[None]

    whole = convolve(picture[0], kernel, mode="mirror")
    tiled = tiling.apply(run, (1, height, width), tiling.Grid(8 * tiles, halo=8, border=8, multiple=8))
    np.testing.assert_allclose(tiled[0], whole, rtol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 5), (6, 3)])
def test_beyond_the_border_the_picture_is_mirrored(size):
    picture = np.random.default_rng(0).random((2, *size), dtype=np.float32)
    window = tiling.Window(0, 0, *size, top=-11, left=-13, height=size[0] + 22, width=size[1] + 26)
    mode = [(11, 11), (13, 13)]
    wanted = picture
    for axis, (pad, side) in enumerate(zip(mode, size, strict=True), 1):
        widths = [(0, 0)] * 3
        widths[axis] = pad
        wanted = np.pad(wanted, widths, mode="reflect" if side > 1 else "edge")
    np.testing.assert_array_equal(window.read(picture), wanted)


def test_a_large_picture_is_seen_in_small_windows():
    largest = 0

    def run(window):
        nonlocal largest
        largest = max(largest, window.height * window.width)
        return np.zeros((1, window.height, window.width), np.float32)

    tiling.apply(run, (1, 5000, 3000), tiling.Grid(256, halo=32))
    assert largest == (256 + 2 * 32) ** 2


def test_threads_change_nothing_but_the_time():
    picture = np.random.default_rng(1).random((1, 90, 110), np.float32)
    told: list[float] = []

    def run(threads):
        return tiling.apply(
            lambda w: w.read(picture) ** 2,
            (1, 90, 110),
            tiling.Grid(32, halo=8, multiple=2),
            threads,
            told.append,
        )

    np.testing.assert_array_equal(run(3), run(1))
    half = len(told) // 2
    assert told[:half] == told[half:] == sorted(told[:half])


def test_what_fails_in_a_thread_is_raised():
    def fail(window):
        raise MemoryError("no room")

    with pytest.raises(MemoryError, match="no room"):
        tiling.apply(fail, (1, 40, 40), tiling.Grid(16, halo=0), threads=2)

"""Patchiness of constructed pictures: chroma edges on even ground, on texture, and on both."""

import numpy as np
import pytest

from halftone_color.arrays.color import ycc_to_rgb
from halftone_color.metrics.patchiness import flat_share


def picture(blob_on_flat, blob_on_texture, side=64):
    """Luma even on the left and striped on the right, with a square of chroma on either half as asked."""
    luma = np.full((1, side, side), 0.5)
    luma[:, :, side // 2 :] += 0.2 * np.sin(np.arange(side // 2) * 1.3)
    luma += 1e-3 * np.sin(np.arange(side) * 0.9)[None, :, None]  # so that the even half is not all ties
    chroma = np.zeros((2, side, side))
    middle = slice(side // 4, 3 * side // 4)
    chroma[0, middle, side // 8 : 3 * side // 8] = blob_on_flat
    chroma[1, middle, 5 * side // 8 : 7 * side // 8] = blob_on_texture
    return ycc_to_rgb(luma, chroma).astype(np.float32)


def test_chroma_that_changes_on_even_ground_is_all_patches():
    assert flat_share(picture(0.1, 0.0)) == pytest.approx(1, abs=0.01)


def test_chroma_that_changes_on_texture_is_none():
    assert flat_share(picture(0.0, 0.1)) == pytest.approx(0, abs=0.01)


def test_energies_add_up_as_squares():
    # equal blobs share alike; one of twice the step has four times the energy
    assert flat_share(picture(0.1, 0.1)) == pytest.approx(0.5, abs=0.01)
    assert flat_share(picture(0.1, 0.05)) == pytest.approx(0.8, abs=0.01)


def test_gray_and_tints_have_no_chroma_edges():
    assert flat_share(picture(0.0, 0.0)) == 0
    rng = np.random.default_rng(0)
    luma = rng.uniform(0.3, 0.7, (1, 40, 50))
    tint = ycc_to_rgb(luma, np.float64([0.05, -0.04])[:, None, None] * np.ones((2, 40, 50)))
    assert flat_share(tint) == 0


def test_it_is_taken_at_64_px():
    small = picture(0.1, 0.05)
    assert flat_share(small.repeat(4, 1).repeat(4, 2)) == pytest.approx(flat_share(small), abs=1e-6)
    grain = np.random.default_rng(1).normal(0, 0.008, (3, 256, 256)).astype(np.float32)
    assert flat_share(small.repeat(4, 1).repeat(4, 2) + grain) == pytest.approx(flat_share(small), abs=0.05)

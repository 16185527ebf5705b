"""Training pairs: synthetic ones hold together, real ones are read in their order and cropped."""

import numpy as np
import pytest

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.errors import InputError
from halftone_color.images.writing import write
from halftone_color.training import stereo_pairs
from halftone_color.training.stereo_pairs import StereoPair, crop_of, open_pairs, synthetic_pair


def test_a_layer_lies_where_its_disparity_says():
    layer = np.zeros((4, 8, 60), np.float32)
    layer[:, :, 30] = 1
    first = stereo_pairs._seen(layer, (8, 40), 6.0, np.zeros(2), (False, 10))
    second = stereo_pairs._seen(layer, (8, 40), 6.0, np.zeros(2), (True, 10))
    assert first[0, 3].argmax() == 20
    assert second[0, 3].argmax() == 26, "at i + k"


def test_a_synthetic_pair_has_its_truth(train_split, monkeypatch):
    for name in ("GRAY_NOISE", "COLOR_NOISE", "BLUR_PX", "SLOPE"):
        monkeypatch.setattr(stereo_pairs, name, 0.0)
    monkeypatch.setattr(stereo_pairs, "LAYERS", (0, 1))  # a background alone
    pair = synthetic_pair(train_split, 32, 64, 20, np.random.default_rng(3))
    assert pair.gray.shape == (32, 64)
    assert pair.color.shape == (3, 32, 64)
    errors = [np.abs(pair.truth[:, :, : 64 - k] - pair.color[1:, :, k:]).mean() for k in range(24)]
    assert min(errors) < 0.3 * np.mean(errors), "the truth's chroma is in the view, shifted"


def test_pairs_are_read_in_the_papers_order(scene, tmp_path):
    left = scene(64, 128, 2)
    left += 0.2 * np.random.default_rng(0).random((1, 64, 128), np.float32) - 0.1
    left = left.clip(0, 1)
    write(tmp_path / "a-mono.png", rgb_to_luma(left))
    write(tmp_path / "a-color.png", np.roll(left, -8, 2))
    write(tmp_path / "lonely-mono.png", rgb_to_luma(left))
    (pair,) = open_pairs(tmp_path)
    np.testing.assert_allclose(pair.gray, rgb_to_luma(left)[0, :, ::-1], atol=2 / 255)
    assert pair.candidates == 16
    crop = crop_of(pair, 32, 48, 16, np.random.default_rng(0))
    assert crop.gray.shape == (32, 48)
    assert crop.truth is None
    with pytest.raises(InputError, match="no pair NAME-mono"):
        open_pairs(tmp_path / "nothing")


def test_near_things_are_seen_by_a_shifted_crop():
    color = np.tile(np.arange(100, dtype=np.float32), (3, 4, 1))
    pair = StereoPair(color[0] / 100, color, candidates=48)
    rng = np.random.default_rng(0)
    lefts = {float(crop_of(pair, 4, 80, 32, rng).color[0, 0, 0]) for _ in range(80)}
    assert max(lefts) == 20
    assert crop_of(pair, 9, 400, 32, rng).gray.shape[0] == 4

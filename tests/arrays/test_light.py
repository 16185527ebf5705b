"""Linear light by values of the standard, and there and back."""

import numpy as np
import pytest

from halftone_color.arrays.light import linear_to_srgb, srgb_to_linear


def test_known_values():
    coded = np.float32([0, 0.04045, 0.5, 188 / 255, 1])
    assert srgb_to_linear(coded) == pytest.approx([0, 0.0031308, 0.2140411, 0.5028865, 1], abs=1e-6)


@pytest.mark.parametrize("there", [srgb_to_linear, linear_to_srgb])
def test_there_and_back(there):
    back = {srgb_to_linear: linear_to_srgb, linear_to_srgb: srgb_to_linear}[there]
    values = np.linspace(0, 1, 1001, dtype=np.float32).reshape(1, 7, 143)
    np.testing.assert_allclose(back(there(values)), values, atol=2e-6)
    assert back(there(values)).dtype == np.float32


def test_black_and_white_stay_exactly():
    ends = np.float32([0, 1])
    assert srgb_to_linear(ends).tolist() == linear_to_srgb(ends).tolist() == [0, 1]

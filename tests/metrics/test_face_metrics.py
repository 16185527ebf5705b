"""Colors of faces, the quadrilateral by hand."""

import numpy as np
import pytest
from skimage.color import lab2rgb

from halftone_color.metrics.faces import GRAY, OTHER, SKIN, Landmarks, face_color, face_lab

FACE = Landmarks(eyes=((20.0, 30.0), (60.0, 30.0)), mouth=((26.0, 70.0), (54.0, 70.0)))
# middle (40, 50); shrunk to .85: x from 23 to 57, y from 33 to 67


def test_the_box_of_a_face():
    assert FACE.box(100, 100) == (slice(33, 67), slice(23, 57))
    assert FACE.eye_distance_px == 40
    assert FACE.box(60, 50) == (slice(33, 60), slice(23, 50))


def test_a_tiny_face_has_one_pixel_at_least():
    face = Landmarks(eyes=((9.0, 9.0), (9.0, 9.0)), mouth=((9.0, 9.0), (9.0, 9.0)))
    assert face.box(100, 100) == (slice(9, 10), slice(9, 10))
    assert face.box(5, 5) == (slice(4, 5), slice(4, 5))


def test_its_color_is_the_mean_within():
    lab = np.zeros((3, 100, 100))
    lab[0], lab[1:, 33:67, 23:57] = 60, 10
    lab[1, 33:50, 23:57] = 20  # the upper half
    mean = face_lab(lab2rgb(lab, channel_axis=0).astype(np.float32), FACE)
    np.testing.assert_allclose(mean, [60, 15, 10], atol=0.05)


@pytest.mark.parametrize(
    ("chroma", "degrees", "color"),
    [
        (8.9, 45, GRAY),
        (9.1, 45, SKIN),
        (39.9, 45, SKIN),
        (40.1, 45, OTHER),
        (20, 17, OTHER),
        (20, 73, OTHER),
        (8.9, 200, GRAY),
        (20, 200, OTHER),
    ],
)
def test_skin_gray_or_other(chroma, degrees, color):
    a, b = chroma * np.cos(np.radians(degrees)), chroma * np.sin(np.radians(degrees))
    assert face_color((50.0, a, b)) == color

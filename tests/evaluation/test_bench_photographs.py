from pathlib import Path

import numpy as np
import pytest

from halftone_color.errors import InputError
from halftone_color.evaluation import photographs
from halftone_color.images.writing import write


def test_only_the_validation_split_is_measured(photos):
    names = [path.name for path in photographs.validation(photos)]
    assert names == ["pixabay-0.png", "fairface-1.png", "food-2.png", "food-3.png", "food-4.png", "food-5.png"]
    portraits = photographs.validation(photos, ("pixabay", "fairface"))
    assert [path.name for path in portraits] == ["pixabay-0.png", "fairface-1.png"]


def test_a_folder_without_such_photographs_is_refused(photos, tmp_path):
    with pytest.raises(InputError, match=r"utkface\*"):
        photographs.validation(photos, ("utkface",))
    with pytest.raises(InputError, match="no validation photographs"):
        photographs.validation(tmp_path / "missing")


def test_evenly_spaced():
    files = [Path(str(n)) for n in range(10)]
    assert [path.name for path in photographs.evenly(files, 4)] == ["0", "2", "5", "7"]
    assert photographs.evenly(files, 20) == files


def test_the_square_is_the_center(tmp_path):
    ramp = np.broadcast_to(np.linspace(0, 1, 90, dtype=np.float32), (3, 30, 90))
    write(tmp_path / "wide.png", np.ascontiguousarray(ramp))
    middle = photographs.square(tmp_path / "wide.png", 30)
    assert middle.shape == (3, 30, 30)
    assert np.abs(middle - ramp[:, :, 30:60]).max() < 1 / 255
    enlarged = photographs.square(tmp_path / "wide.png", 60)
    assert enlarged.shape == (3, 60, 60)
    assert enlarged.mean() == pytest.approx(0.5, abs=0.01)
    assert (enlarged.max() - enlarged.min()) == pytest.approx(1 / 3, abs=0.02)


def test_a_gray_file_gets_three_equal_channels(tmp_path):
    write(tmp_path / "gray.png", np.linspace(0.1, 0.9, 1024, dtype=np.float32).reshape(1, 32, 32))
    square = photographs.square(tmp_path / "gray.png", 32)
    assert square.shape == (3, 32, 32)
    assert np.array_equal(square[0], square[2])


def test_standard_pictures():
    astronaut, camera = photographs.standard_picture("astronaut"), photographs.standard_picture("camera")
    assert astronaut.shape == camera.shape == (3, 512, 512)
    assert np.array_equal(camera[0], camera[1])
    assert 0.3 < astronaut.mean() < 0.6
    with pytest.raises(InputError, match="no_such_picture"):
        photographs.standard_picture("no_such_picture")

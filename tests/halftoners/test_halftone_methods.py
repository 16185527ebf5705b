"""What every method of the room keeps to: shape, range, ink and paper, mean tone, equal runs, no numba on import."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.errors import UsageError

METHODS = registry.methods("halftoners")


@pytest.fixture(params=METHODS)
def method(request):
    return METHODS[request.param]


def ramp(height=120, width=190):
    return np.linspace(0, 1, width, dtype=np.float32)[None, None].repeat(height, 1)


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (53, 1), (70, 131)])
def test_the_size_stays_and_pixels_are_ink_or_paper(method, size):
    gray = np.random.default_rng(3).random((1, *size), dtype=np.float32)
    before = gray.copy()
    halftone = method.function(gray, method.options())
    assert (halftone.shape, halftone.dtype) == ((1, *size), np.float32)
    assert set(np.unique(halftone)) <= {0, 1}
    assert np.array_equal(gray, before)


def test_white_stays_white_and_black_stays_black(method):
    for tone in (0, 1):
        flat = np.full((1, 40, 50), tone, np.float32)
        assert np.array_equal(method.function(flat, method.options()), flat)
        assert np.array_equal(method.function(flat, method.options(linear=True)), flat)


def test_the_mean_stays(method):
    gray = ramp()
    assert method.function(gray, method.options()).mean() == pytest.approx(gray.mean(), abs=0.01)


def test_linear_light_keeps_the_mean_of_linear_light(method):
    gray = ramp()
    light = np.where(gray <= 0.04045, gray / 12.92, ((gray + 0.055) / 1.055) ** 2.4).mean()
    tolerance = 0.03 if method.name == "atkinson" else 0.01  # Atkinson drops what is nearly black or white
    assert method.function(gray, method.options(linear=True)).mean() == pytest.approx(light, abs=tolerance)


def test_equal_runs_give_equal_bytes_in_threads_too(method):
    gray = np.random.default_rng(4).random((1, 60, 60), dtype=np.float32)
    first = method.function(gray, method.options()).tobytes()
    with ThreadPoolExecutor(4) as threads:
        runs = list(threads.map(lambda _: method.function(gray, method.options()).tobytes(), range(8)))
    assert set(runs) == {first}


def test_pictures_that_cannot_be_written_to_are_read(method):
    gray = ramp(20, 30)
    gray.flags.writeable = False
    assert np.array_equal(method.function(gray, method.options()), method.function(gray.copy(), method.options()))


def test_each_has_a_line_of_help_and_refuses_unknown_options(method):
    assert 20 < len(method.summary) < 120
    with pytest.raises(UsageError, match="has no option 'colour'"):
        method.options(colour="red")


def test_unknown_methods_are_refused_with_a_guess():
    with pytest.raises(UsageError, match="Did you mean stucki"):
        registry.find("halftoners", "stuki")


def test_listing_the_methods_loads_neither_numba_nor_torch():
    code = "import sys; from halftone_color import registry; registry.methods('halftoners'); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"halftone_color.halftoners.clustered_dot", "halftone_color.halftoners.blue_noise"} <= set(loaded)
    assert not {"numba", "torch", "PIL"} & set(loaded)


def test_every_loop_is_compiled_once():
    from halftone_color.halftoners import clustered_dot, error_diffusion
    from halftone_color.halftoners._compiled import compiled

    for name in METHODS:
        for gray in (ramp(9, 12), ramp(12, 9)[:, ::2, ::-1]):
            METHODS[name].function(gray, METHODS[name].options())
    error_diffusion.diffuse(ramp(5, 6)[0], "jarvis", True, ramp(5, 6)[0])
    for loop in (clustered_dot._lay, error_diffusion._diffuse_rows):
        assert len(compiled(loop).signatures) == 1

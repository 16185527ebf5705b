"""What every halftoner keeps to: shape, range, ink and paper, mean tone, equal runs, no numba on import."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from halftone_color import registry
from halftone_color.arrays.compiled import compile_loop
from halftone_color.errors import UsageError
from halftone_color.halftoners import clustered_dot, error_diffusion
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

ALL = list(registry.entries("halftoners"))
NAMES = [name for name in ALL if not registry.build("halftoners", Choice(name)).networks]
"""Those that keep a tone by rule; what a network draws has a test of its own."""
RUN = Run.open(Conditions(device="cpu"))


def halftone(name, gray, run=RUN, **options):
    return registry.build("halftoners", Choice.of(name, options))(Task(gray), run)


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


def ramp(height=120, width=190):
    return np.linspace(0, 1, width, dtype=np.float32)[None, None].repeat(height, 1)


def test_all_are_there():
    assert set(ALL) - set(NAMES) == {"diffusion"}
    assert set(NAMES) == {"bayer", "blue-noise", "clustered-dot", *error_diffusion.KERNELS}
    assert len(NAMES) == 12


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (53, 1), (70, 131)])
def test_the_size_stays_and_pixels_are_ink_or_paper(name, size):
    gray = np.random.default_rng(3).random((1, *size), dtype=np.float32)
    before = gray.copy()
    result = halftone(name, gray)
    assert (result.shape, result.dtype) == ((1, *size), np.float32)
    assert set(np.unique(result)) <= {0, 1}
    assert np.array_equal(gray, before)


def test_white_stays_white_and_black_stays_black(name):
    for tone in (0, 1):
        flat = np.full((1, 40, 50), tone, np.float32)
        assert np.array_equal(halftone(name, flat), flat)
        assert np.array_equal(halftone(name, flat, linear=True), flat)


def test_the_mean_stays(name):
    gray = ramp()
    assert halftone(name, gray).mean() == pytest.approx(gray.mean(), abs=0.01)


def test_linear_light_keeps_the_mean_of_linear_light(name):
    gray = ramp()
    light = np.where(gray <= 0.04045, gray / 12.92, ((gray + 0.055) / 1.055) ** 2.4).mean()
    tolerance = 0.03 if name == "atkinson" else 0.01  # Atkinson drops what is nearly black or white
    assert halftone(name, gray, linear=True).mean() == pytest.approx(light, abs=tolerance)


def test_equal_runs_give_equal_bytes_in_threads_too(name):
    gray = np.random.default_rng(4).random((1, 60, 60), dtype=np.float32)
    first = halftone(name, gray).tobytes()
    with ThreadPoolExecutor(4) as threads:
        again = list(threads.map(lambda _: halftone(name, gray).tobytes(), range(8)))
    assert set(again) == {first}


def test_pictures_that_cannot_be_written_to_are_read(name):
    gray = ramp(20, 30)
    gray.flags.writeable = False
    assert np.array_equal(halftone(name, gray), halftone(name, gray.copy()))


@pytest.mark.parametrize("height", [1, 64, 150])
def test_progress_rises_to_one(name, height):
    shares = []
    halftone(name, ramp(height, 9), RUN.with_progress(shares.append))
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_each_has_a_line_of_help_and_refuses_unknown_options(name):
    assert 20 < len(registry.find("halftoners", name).summary) < 120
    with pytest.raises(UsageError, match="has no option 'color'"):
        registry.build("halftoners", Choice.of(name, {"color": "red"}))


def test_unknown_methods_are_refused_with_a_guess():
    with pytest.raises(UsageError, match="Did you mean stucki"):
        registry.find("halftoners", "stuki")


@pytest.mark.parametrize(
    ("program", "loads"),
    [
        ("registry.entries('halftoners')", set()),
        *(
            (f"registry.build('halftoners', Choice('{name.replace('_', '-')}'))", {f"halftone_color.halftoners.{name}"})
            for name in ("bayer", "blue_noise", "clustered_dot")
        ),
        ("registry.build('halftoners', Choice('jarvis'))", {"halftone_color.halftoners.error_diffusion"}),
    ],
)
def test_only_the_chosen_file_is_loaded_and_neither_numba_nor_torch(program, loads):
    code = f"import sys; from halftone_color import registry; from halftone_color.request import Choice; {program}"
    run = partial(subprocess.run, capture_output=True, text=True, check=True)
    loaded = set(run([sys.executable, "-c", f"{code}; print(*sys.modules)"]).stdout.split())
    assert {name for name in loaded if name.startswith("halftone_color.halftoners.")} == loads
    assert not {"numba", "torch", "PIL"} & loaded


def test_every_loop_is_compiled_once():
    for name in NAMES:
        for gray in (ramp(9, 12), ramp(12, 9)[:, ::2, ::-1]):
            halftone(name, gray)
    error_diffusion.diffuse(ramp(5, 6)[0], "jarvis", True, ramp(5, 6)[0])
    for loop in (clustered_dot._fill_thresholds, error_diffusion._diffuse_rows):
        assert len(compile_loop(loop).signatures) == 1

"""Nine kernels against a slow reference with the weights as published, Pillow, and what diffusion has to keep."""

from fractions import Fraction

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import uniform_filter

from halftone_color import registry
from halftone_color.errors import UsageError
from halftone_color.halftoners.error_diffusion import KERNELS, VARIANTS, ErrorDiffusionHalftoner, diffuse
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.types import Task

PUBLISHED = {  # as drawn in the literature: the star is the pixel, dots get nothing
    "floyd-steinberg": "* 7 / 3 5 1 = 16",
    "simple-floyd-steinberg": "* 3 / . 3 2 = 8",
    "jarvis": ". . * 7 5 / 3 5 7 5 3 / 1 3 5 3 1 = 48",
    "stucki": ". . * 8 4 / 2 4 8 4 2 / 1 2 4 2 1 = 42",
    "atkinson": ". * 1 1 / 1 1 1 . / . 1 . . = 8",
    "burkes": ". . * 8 4 / 2 4 8 4 2 = 32",
    "sierra": ". . * 5 3 / 2 4 5 4 2 / . 2 3 2 . = 32",
    "two-row-sierra": ". . * 4 3 / 1 2 3 2 1 = 16",
    "sierra-lite": ". * 2 / 1 1 . = 4",
}


def published(name):
    drawing, divisor = PUBLISHED[name].split("=")
    rows = [row.split() for row in drawing.split("/")]
    if name in ("floyd-steinberg", "simple-floyd-steinberg"):
        rows[0].insert(0, ".")
    star = rows[0].index("*")
    return [
        (down, column - star, Fraction(int(parts), int(divisor)))
        for down, row in enumerate(rows)
        for column, parts in enumerate(row)
        if parts not in ".*"
    ]


def reference(gray, name, serpentine, threshold):
    """Spread errors forward in exact fractions."""
    height, width = gray.shape
    rest = [[Fraction(float(value)) for value in row] for row in gray]
    levels = np.broadcast_to(threshold, gray.shape)
    paper = np.zeros_like(gray)
    for y in range(height):
        direction = -1 if serpentine and y % 2 else 1
        for x in range(width)[::direction]:
            paper[y, x] = rest[y][x] > Fraction(float(levels[y, x]))
            error = rest[y][x] - int(paper[y, x])
            for down, step, share in published(name):
                if y + down < height and 0 <= x + direction * step < width:
                    rest[y + down][x + direction * step] += error * share
    return paper


def ramp(height=160, width=320):
    return np.linspace(0, 1, width, dtype=np.float32)[None].repeat(height, 0)


@pytest.mark.parametrize("serpentine", [False, True])
@pytest.mark.parametrize("name", PUBLISHED)
def test_every_kernel_equals_the_slow_reference(name, serpentine):
    gray = np.random.default_rng(7).random((17, 23), dtype=np.float32)
    agreement = (diffuse(gray, name, serpentine) == reference(gray, name, serpentine, 0.5)).mean()
    assert agreement == 1


def test_a_threshold_per_pixel_equals_the_slow_reference():
    rng = np.random.default_rng(8)
    gray, threshold = rng.random((2, 15, 19), dtype=np.float32)
    assert np.array_equal(diffuse(gray, "stucki", True, threshold), reference(gray, "stucki", True, threshold))
    assert not np.array_equal(diffuse(gray, "stucki", True, threshold), diffuse(gray, "stucki", True))


def test_the_threshold_is_ink_at_the_level_itself():
    assert diffuse(np.full((1, 1), 0.5, np.float32), "burkes", False)[0, 0] == 0
    assert diffuse(np.full((1, 1), 0.5, np.float32), "burkes", False, 0.4)[0, 0] == 1


def test_all_nine_are_there():
    assert set(KERNELS) == set(PUBLISHED)
    assert {name: {"kernel": name} for name in PUBLISHED} == VARIANTS
    assert set(PUBLISHED) <= set(registry.entries("halftoners"))
    for name in PUBLISHED:
        assert registry.build("halftoners", Choice(name)) == ErrorDiffusionHalftoner(name)


@pytest.mark.parametrize("name", sorted(set(PUBLISHED) - {"atkinson"}))
def test_a_ramp_keeps_its_mean_everywhere(name):
    gray = ramp()
    halftone = diffuse(gray, name, True)
    assert set(np.unique(halftone)) == {0, 1}
    means = [
        (part.mean(), wanted.mean())
        for part, wanted in zip(np.split(halftone, 8, axis=1), np.split(gray, 8, axis=1), strict=True)
    ]
    assert max(abs(is_ - wanted) for is_, wanted in means) < 0.01


def test_atkinson_keeps_the_middle_and_drops_the_ends():
    middle, dark, light = (
        diffuse(np.full((96, 96), tone, np.float32), "atkinson", False).mean() for tone in (0.5, 0.1, 0.9)
    )
    assert middle == pytest.approx(0.5, abs=0.02)
    assert dark < 0.05
    assert light > 0.95


def test_floyd_steinberg_has_the_local_means_of_pillow():
    gray = ramp(128, 256)
    levels = np.round(gray * 255).astype(np.uint8)  # Pillow's whole numbers soon place other pixels, of one local mean
    pillow = np.asarray(Image.fromarray(levels).convert("1"), dtype=np.float32)
    ours = diffuse(levels.astype(np.float32) / 255, "floyd-steinberg", False)
    difference = np.abs(uniform_filter(ours, 16) - uniform_filter(pillow, 16))
    assert (difference < 0.02).mean() > 0.95


def test_serpentine_differs_and_mirrors_the_second_row():
    gray = np.random.default_rng(1).random((12, 40), dtype=np.float32)
    one_way, both_ways = diffuse(gray, "sierra", False), diffuse(gray, "sierra", True)
    assert np.array_equal(one_way[0], both_ways[0])
    assert not np.array_equal(one_way[1], both_ways[1])


def test_linear_light_is_darker_and_keeps_the_linear_mean():
    task, run = Task(np.full((1, 96, 96), 0.5, np.float32)), Run.open(Conditions(device="cpu"))
    assert ErrorDiffusionHalftoner()(task, run).mean() == pytest.approx(0.5, abs=0.01)
    assert ErrorDiffusionHalftoner(linear=True)(task, run).mean() == pytest.approx(
        ((0.5 + 0.055) / 1.055) ** 2.4, abs=0.01
    )


def test_the_input_is_left_alone():
    gray = ramp(8, 16)
    before = gray.copy()
    diffuse(gray, "jarvis", True)
    assert np.array_equal(gray, before)


def test_a_single_pixel_and_a_single_column_work():
    assert diffuse(np.ones((1, 1), np.float32), "jarvis", True).tolist() == [[1]]
    assert diffuse(np.full((40, 1), 0.5, np.float32), "jarvis", True).shape == (40, 1)


@pytest.mark.parametrize(
    ("synonym", "name"),
    [
        ("FS", "floyd-steinberg"),
        ("Floyd Steinberg", "floyd-steinberg"),
        ("false_floyd_steinberg", "simple-floyd-steinberg"),
        ("jjn", "jarvis"),
        ("Jarvis-Judice-Ninke", "jarvis"),
        ("sierra3", "sierra"),
        ("sierra-3", "sierra"),
        ("sierra2", "two-row-sierra"),
        ("sierra-2", "two-row-sierra"),
        ("Sierra-2-4A", "sierra-lite"),
        ("filter lite", "sierra-lite"),
    ],
)
def test_synonyms(synonym, name):
    assert registry.find("halftoners", synonym).name == name


def test_unknown_kernels_and_options_are_refused():
    with pytest.raises(UsageError, match="choose one of"):
        ErrorDiffusionHalftoner(kernel="sobel")
    with pytest.raises(UsageError, match="its options: linear, serpentine"):
        registry.build("halftoners", Choice.of("burkes", {"kernel": "jarvis"}))

"""A bar of patches of many hues is kept as a whole; a splash of one color is not."""

import numpy as np

from halftone_color.screen.color_target import find_target


def hue(degrees, shape=(120, 100)):
    angle = np.radians(degrees)
    return 0.1 * np.stack([np.full(shape, np.cos(angle)), np.full(shape, np.sin(angle))]).astype(np.float32)


def scene(hues_deg):
    """Patches of 10 x 10 px in a row, 2 px apart, at rows 100 to 110."""
    chroma = np.zeros((2, 120, 100), np.float32)
    for place, degrees in enumerate(hues_deg):
        columns = slice(10 + 12 * place, 20 + 12 * place)
        chroma[:, 100:110, columns] = hue(degrees)[:, 100:110, columns]
    patches = np.zeros((120, 100), bool)
    patches[99:111, 9 : 11 + 12 * len(hues_deg)] = True  # blurred together
    return patches, chroma


def test_a_bar_of_many_hues_is_a_target_with_what_lies_between():
    patches, chroma = scene([0, 60, 130, 200, 300])
    whole = find_target(patches, chroma)
    assert whole[97:113, 8:70].all()
    assert not whole[:90].any()


def test_it_goes_on_over_patches_that_might_be_stains():
    patches, chroma = scene([140, 60, 130, 200, 300, 20])
    patches[:, :21] = False  # the first is brown
    assert find_target(patches, chroma)[100:110, 10:80].all()


def test_one_color_is_no_target():
    patches, chroma = scene([300] * 5)
    assert not find_target(patches, chroma).any()
    assert not find_target(np.zeros_like(patches), chroma).any()

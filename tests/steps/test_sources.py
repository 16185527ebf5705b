"""Where color comes from, as the Python interface takes it, becomes cues; what does not fit is refused."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from halftone_color import pipeline
from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.colorizers import gram
from halftone_color.errors import InputError, UsageError
from halftone_color.images.reading import read_opacity
from halftone_color.steps.sources import Coloring, Given, cues_of, notes_on, read_palette
from halftone_color.types import Cue

LIMIT = 10**6


@pytest.fixture
def gray(scene):
    return (0.3 + 0.4 * rgb_to_luma(scene(30, 40))).astype(np.float32)


def test_nothing_given_is_automatic(gray):
    (cue,) = cues_of(gray, Given(), LIMIT)
    assert (cue.references, cue.seed, cue.hints) == ((), None, None)


def test_samples_have_a_seed_each(gray):
    assert [cue.seed for cue in cues_of(gray, Given(samples=3, seed=5), LIMIT)] == [5, 6, 7]


def test_a_gray_reference_of_16_bits_is_three_planes_and_told(gray):
    deep = np.round(gray[0] * 65535).astype(np.uint16)
    cues = cues_of(gray, Given(references=[deep]), LIMIT)
    np.testing.assert_allclose(cues[0].references[0], gray.repeat(3, 0), atol=1e-5)
    assert notes_on(cues) == ("A reference is gray, so there are no colors to take from it.",)


def test_a_colored_reference_needs_no_word(gray, scene):
    assert notes_on(cues_of(gray, Given(references=[scene(9, 9)]), LIMIT)) == ()


@pytest.mark.parametrize("kind", [np.float32, np.uint8])
def test_an_array_with_a_fourth_plane_is_a_layer(kind, gray):
    layer = np.zeros((4, 30, 40), np.float32)
    layer[:, 4:7, 5:9] = np.float32([1, 0.2, 0.4, 1])[:, None, None]
    layer = layer if kind == np.float32 else np.round(layer * 255).astype(kind)
    (cue,) = cues_of(gray, Given(scribbles=layer), LIMIT)
    np.testing.assert_array_equal(cue.hints.given, layer[3] > 0)
    np.testing.assert_allclose(cue.hints.colors[:, 5, 6], [1, 0.2, 0.4], atol=1e-6)


def test_points_lie_over_scribbles(gray):
    copy = gray.repeat(3, 0)
    copy[:, 4:9, 5:9] = np.float32([1, 0.2, 0.4])[:, None, None]
    (cue,) = cues_of(gray, Given(scribbles=copy, hints=[(6, 5, "blue"), (20, 20, "lime")]), LIMIT)
    np.testing.assert_array_equal(cue.hints.colors[:, 5, 6], [0, 0, 1])
    np.testing.assert_array_equal(cue.hints.colors[:, 20, 20], [0, 1, 0])
    assert cue.hints.given.sum() == 4 * 5 + 1


def test_colors_of_the_print_itself_by_a_mask(scene):
    picture, mask = 0.2 + 0.6 * scene(30, 40), np.zeros((30, 40), np.float32)
    mask[3:20, 3:20] = 1
    result = pipeline.colorize(picture, mask=mask, method="levin").picture
    np.testing.assert_allclose(result[:, 3:20, 3:20], picture[:, 3:20, 3:20], atol=1e-4)


def test_a_palette_of_words_numbers_and_pictures(gray, scene, tmp_path):
    """Each color has an equal part of the area; the main colors of a picture share one."""
    Image.new("RGB", (20, 10), "blue").save(tmp_path / "sea.png")
    swatches = ["red,#00ff00", (1.0, 1.0, 0.0), str(tmp_path / "sea.png")]
    (cue,) = cues_of(gray, Given(palette=swatches, hints=[(3, 4, "red")]), LIMIT)
    for color in ((1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1)):
        share = (cue.palette == np.float32(color)[:, None, None]).all(0).mean()
        assert share == pytest.approx(1 / 4, abs=0.01)
    assert cue.hints is not None
    read = read_palette(swatches, LIMIT)
    np.testing.assert_array_equal(cues_of(gray, Given(palette=read), LIMIT)[0].palette, cue.palette)
    (tones,) = cues_of(gray, Given(palette=[scene(20, 30)]), LIMIT)
    assert len(np.unique(tones.palette.reshape(3, -1), axis=1).T) > 3


def test_a_missing_picture_of_a_palette_is_no_color(gray):
    for coloring in (Coloring(given=Given(palette=["nowhere.png"])), Coloring(given=Given(palette=["tael"]))):
        with pytest.raises(UsageError, match="neither a color nor a picture; write a name"):
            coloring.check()


@pytest.mark.parametrize("other", [{"references": ["a.png"]}, {"samples": 2}])
def test_a_palette_stands_alone(other):
    with pytest.raises(UsageError, match=r"or colors of a palette \(--palette\), not both"):
        Coloring(given=Given(palette=["red"], **other)).check()


def test_hints_by_name_in_python(gray):
    result = pipeline.colorize(gray, hints=[(3, 4, "red"), (30, 20, (0, 0, 1))], method="levin").picture
    chroma = rgb_to_ycc(result)[1]
    assert chroma[1, 4, 3] > 0.1
    assert chroma[0, 20, 30] > 0.1
    np.testing.assert_allclose(rgb_to_luma(result), gray, atol=1e-5)


def test_hints_count_on_blank_paper_too(gray, monkeypatch):
    """What the page's mask leaves out stays gray, but where the user says its color."""
    monkeypatch.setattr(pipeline, "picture_mask", lambda contone, halftone, screen: np.zeros((8, 8), np.float32))
    monkeypatch.setattr(pipeline, "_networks", lambda weights, roles: {})
    restored = pipeline.restore(gray, hints=[(20, 10, "red")], method="levin", screened="no").picture
    spread = np.ptp(restored, axis=0)
    assert spread[10, 20] > 0.2
    assert np.delete(spread.ravel(), 10 * 40 + 20).max() < 1e-6


def test_progress_goes_on_through_the_refinement(gray, scene):
    shares = []
    pipeline.colorize(gray, references=[scene(20, 20)], method="lut", refine="levin", progress=shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    assert 0 < shares[0] < 0.5


def test_a_result_is_refined_by_transfer(gray, scene, tiny_weights, tiny_networks):
    cue = Cue((scene(20, 20),))
    plain = pipeline.colorize(gray, references=list(cue.references), method="lut").picture
    refined = pipeline.colorize(gray, references=list(cue.references), method="lut", refine="gram").picture
    assert np.abs(refined - plain).max() > 0.01
    assert np.abs(refined - gram.refine(plain, cue, tiny_networks)).mean() < 2e-3, "but for half precision"
    restored = pipeline.restore(gray, references=list(cue.references), method="lut", refine="gram", screened="no")
    assert restored.picture.shape == plain.shape


def test_transfer_brings_its_own_network():
    assert Coloring("lut", Given(references=["a.png"]), refine="gram").needs == ("color-encoder",)
    assert Coloring(given=Given(references=["a.png"]), refine="gram").needs == Coloring().needs
    assert Coloring("lut", Given(references=["a.png"]), refine="levin").needs == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"mask": np.ones((3, 4))}, "4 x 3 px, is not the print's, 40 x 30"),
        ({"scribbles": np.ones((4, 3, 4)) * 0.5}, "4 x 3 px"),
        ({"mask": np.ones((30, 40))}, "give a colored copy"),
        ({"scribbles": np.zeros((4, 30, 40))}, "transparent everywhere"),
        ({"hints": [(40, 3, "red")]}, "outside the picture"),
    ],
)
def test_what_does_not_fit_the_print_is_refused(given, said, gray):
    with pytest.raises(InputError, match=said):
        cues_of(gray, Given(**given), LIMIT)


@pytest.mark.parametrize(
    ("coloring", "said"),
    [
        (Coloring(given=Given(references="a.png")), "come as a list"),
        (Coloring(given=Given(palette="red")), "come as a list"),
        (Coloring(given=Given(palette=[(1, 2, 3)])), "is no color"),
        (Coloring(given=Given(samples=-1)), "must not be negative"),
        (Coloring("levin", Given(hints=["3,3,red"])), "is no hint"),
        (Coloring("levin", Given(hints=[(3, 3, "tael")])), "is no color"),
        (Coloring("lut"), "give it references"),
        (Coloring(refine="gram"), "gram needs references"),
        (Coloring(given=Given(palette=["red"]), refine="gram"), "gram needs references"),
        (Coloring(given=Given(samples=2), refine="gram"), "gram needs references"),
        (Coloring("lut", Given(["a.png"], hints=[(3, 3, "red")]), refine="gram"), "takes no colors given in places"),
        (Coloring("levin", Given(hints=[(3, 3, "red")]), keep_luminance=False), "always keeps"),
    ],
)
def test_wrong_requests_are_refused_before_a_picture_is_read(coloring, said):
    with pytest.raises(UsageError, match=said):
        coloring.check()


def saved(path, mode, **options):
    """Save a picture whose opacity rises from left to right, in a mode of Pillow."""
    alpha = Image.fromarray(np.tile(np.linspace(0, 255, 16).astype(np.uint8), (8, 1)))
    picture = Image.new("RGBA", (16, 8), (200, 40, 40))
    picture.putalpha(alpha)
    (picture if mode == "RGBA" else picture.convert(mode)).save(path, **options)
    return np.asarray(alpha, np.float32)[None] / 255


@pytest.mark.parametrize(("name", "mode"), [("a.png", "RGBA"), ("a.png", "LA"), ("a.tiff", "RGBA"), ("a.webp", "RGBA")])
def test_opacity_of_a_file(name, mode, tmp_path):
    options = {"lossless": True} if name.endswith("webp") else {}
    alpha = saved(tmp_path / name, mode, **options)
    np.testing.assert_allclose(read_opacity(tmp_path / name), alpha, atol=1e-6)


def test_opacity_of_a_palette_and_of_none(tmp_path):
    palette = Image.fromarray(np.tile(np.uint8([0, 1, 1, 0]), (3, 1))).convert("P")
    palette.putpalette([255, 255, 255, 200, 0, 0])
    palette.save(tmp_path / "a.png", transparency=0)
    np.testing.assert_array_equal(read_opacity(tmp_path / "a.png")[0], np.tile([0, 1, 1, 0], (3, 1)))
    Image.new("RGB", (4, 4)).save(tmp_path / "b.jpg")
    assert read_opacity(tmp_path / "b.jpg") is None


def test_opacity_turns_with_the_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    alpha = saved(tmp_path / "a.png", "RGBA", exif=exif)
    np.testing.assert_allclose(read_opacity(tmp_path / "a.png")[0], np.rot90(alpha[0], -1), atol=1e-6)

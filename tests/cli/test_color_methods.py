"""Methods of coloring on the command line: their list, --set, hints in each form, and what is refused."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.images import gallery
from halftone_color.images.reading import read
from halftone_color.images.writing import write
from halftone_color.networks import vgg19

NAMES = ("network", "lut", "wavelet", "edges", "poisson", "levin", "gram", "gallery")


@pytest.fixture
def gray(tmp_path, scene):
    """A gray photograph of 72 x 64 px."""
    return write(tmp_path / "gray.png", (0.3 + 0.4 * rgb_to_luma(scene(64, 72))).astype(np.float32))


@pytest.fixture
def strokes(tmp_path):
    """A transparent layer with a red stroke on the left and a blue one on the right."""
    layer = Image.new("RGBA", (72, 64))
    layer.paste((200, 60, 60, 255), (5, 20, 25, 24))
    layer.paste((60, 60, 200, 255), (50, 40, 70, 44))
    layer.save(tmp_path / "strokes.png")
    return tmp_path / "strokes.png"


def test_every_method_is_listed_with_its_options(hcolor):
    shown = hcolor("colorize", "--list-methods")
    assert shown.code == 0
    assert hcolor("colorize", "--help-methods").out == shown.out, "its name until 0.6.0"
    for name in NAMES:
        assert f"\n{name}: " in f"\n{shown.out}"
    assert "--set space=rgb\n        Channels that are matched" in shown.out
    assert "--set correspondence=yes" in shown.out
    assert "--set ref_strength=1" in shown.out
    assert "--set continuity=1e+10" in shown.out
    assert "--set shares=0.2,0.4,0.6,0.8,0.9,1,1,1,1,1,1" in shown.out
    assert "--set keep_luminance=yes" in shown.out


def test_each_room_lists_its_methods(hcolor):
    halftoners, descreeners = (hcolor(command, "--list-methods").out for command in ("halftone", "descreen"))
    assert "atkinson, burkes, floyd-steinberg," in halftoners
    assert "--set serpentine=no" in halftoners
    assert "kernel" not in halftoners, "the variant says it"
    assert "--set sigma_px=\n        Standard deviation" in descreeners


def test_the_list_loads_nothing_heavy():
    program = """
import contextlib, io, sys
from halftone_color.cli import run
with contextlib.redirect_stdout(io.StringIO()):
    for command in ("halftone", "descreen", "colorize"):
        assert run([command, "--list-methods"]) == 0
print(*sorted({"torch", "numba", "skimage", "scipy", "PIL", "pywt"} & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == ""


@pytest.mark.parametrize(
    "words",
    [
        ("lut", "--set", "space=rgb-then-yuv"),
        ("wavelet", "--set", "shares=0,0.5,1", "--set", "then=lut"),
        ("edges", "--set", "threshold=0.2"),
        ("gram", "--set", "style=500,500", "--set", "steps=20", "--set", "optimizer=lbfgs"),
    ],
    ids=" ".join,
)
def test_by_reference(hcolor, gray, photo, tiny_weights, words):
    done = hcolor("colorize", gray, "--ref", photo, "--method", *words)
    assert (done.code, done.err) == (0, "")
    result = read(done.paths[0]).pixels
    assert np.ptp(result, axis=0).max() > 0.05
    np.testing.assert_allclose(rgb_to_luma(result), read(gray).pixels, atol=1.5 / 255)


@pytest.fixture
def album(tmp_path, scene, monkeypatch):
    """A folder of photographs, one of them that of `gray`, and a cache of the test's own."""
    monkeypatch.setattr(gallery, "cache_folder", lambda: tmp_path / "cache")
    for seed in range(4):
        write(tmp_path / "album" / f"{seed}.png", scene(64, 72, seed))
    return tmp_path / "album"


@pytest.mark.parametrize("then", ["network", "lut"])
def test_by_the_nearest_of_a_folder(hcolor, gray, album, tiny_weights, then):
    done = hcolor("colorize", gray, "--method", "gallery", "--ref-dir", album, "--set", f"then={then}")
    assert done.code == 0, done.err
    assert done.err.startswith("Note: Reference: ")
    assert ", chosen from 4 pictures." in done.err
    name = done.err.split("Reference: ")[1].split(",")[0]
    same = hcolor("colorize", gray, "--method", then, "--ref", album / name, "-o", album.parent / "same.png")
    np.testing.assert_array_equal(read(done.paths[0]).pixels, read(same.paths[0]).pixels)


def test_a_print_in_the_folder_is_not_its_own_reference(hcolor, album, tiny_weights):
    done = hcolor("colorize", album / "2.png", "--method", "gallery", "--ref-dir", album, "--set", "then=lut")
    assert done.code == 0, done.err
    assert "chosen from 3 pictures" in done.err
    assert "Reference: 2.png" not in done.err


def test_restore_and_batch_choose_from_a_folder(hcolor, scan, album, tiny_weights, tmp_path, monkeypatch):
    words = ("--method", "gallery", "--ref-dir", album, "--set", "then=lut")
    done = hcolor("restore", scan, *words, "-o", tmp_path / "out.png")
    assert done.code == 0, done.err
    assert "chosen from 4 pictures" in done.err
    (tmp_path / "archive").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "archive" / name).write_bytes(scan.read_bytes())
    opened = []
    plain = gallery.open_gallery
    monkeypatch.setattr("halftone_color.steps.cues.open_gallery", lambda *given: opened.append(given) or plain(*given))
    many = hcolor("batch", tmp_path / "archive", "-j", 0, *words)
    assert (many.code, len(many.paths)) == (0, 2)
    assert many.err.count("chosen from 4 pictures") == 2
    assert len(opened) == 2, "before the batch, and once for both pictures"
    np.testing.assert_array_equal(read(many.paths[0]).pixels, read(done.paths[0]).pixels)


def test_a_folder_that_is_no_gallery_is_refused_with_8(hcolor, gray, tiny_weights, tmp_path):
    def refused(*words):
        done = hcolor("colorize", gray, "--method", "gallery", "--ref-dir", *words)
        assert done.code == 8
        return done.err

    assert "is not a folder" in refused(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    assert "is empty" in refused(tmp_path / "empty")
    assert hcolor("batch", gray.parent, "--method", "gallery", "--ref-dir", tmp_path / "empty").code == 8


def test_a_bad_feature_file_is_refused_with_6(hcolor, gray, photo, tmp_path):
    words = ("colorize", gray, "--ref", photo, "--method", "gram", "--set")
    missing = hcolor(*words, f"features={tmp_path / 'vgg19.pth'}")
    assert (missing.code, missing.err.count("\n")) == (6, 1)
    assert "vgg19.pth does not exist" in missing.err
    (tmp_path / "vgg19.pth").write_bytes(b"<html>")
    refused = hcolor(*words, f"features={tmp_path / 'vgg19.pth'}")
    assert (refused.code, refused.err.count("\n")) == (6, 1)
    assert "nothing in it was executed" in refused.err


def test_features_of_the_users_file(hcolor, gray, photo, tmp_path, monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (4, 4, 0, 8))
    torch.manual_seed(0)
    torch.save(vgg19.Vgg19Net().state_dict(), tmp_path / "vgg19.pth")
    words = ("--method", "gram", "--set", f"features={tmp_path / 'vgg19.pth'}", "--set", "steps=5")
    done = hcolor("colorize", gray, "--ref", photo, *words)
    assert done.code == 0, done.err
    assert np.ptp(read(done.paths[0]).pixels, axis=0).max() > 0.05


def test_luminance_is_kept_or_not(hcolor, gray, photo):
    words = ("colorize", gray, "--ref", photo, "--method", "lut", "--no-keep-luminance")
    result = read(hcolor(*words).paths[0]).pixels
    assert np.abs(rgb_to_luma(result) - read(gray).pixels).max() > 0.05
    wanted = np.quantile(read(photo).pixels, (0.1, 0.5, 0.9), axis=(1, 2))
    np.testing.assert_allclose(np.quantile(result, (0.1, 0.5, 0.9), axis=(1, 2)), wanted, atol=0.03)


def colors_of(done):
    assert done.code == 0, done.err
    return rgb_to_ycc(read(done.paths[0]).pixels)[1]


@pytest.mark.parametrize("method", ["levin", "poisson"])
def test_the_same_hints_in_every_form(hcolor, gray, strokes, tmp_path, method):
    """A layer, a colored copy, and a mask over a colored copy say the same thing."""

    def run(name, *words):
        return colors_of(hcolor("colorize", gray, "--method", method, "-o", tmp_path / f"{name}.png", *words))

    by_layer = run("a", "--scribbles", strokes)
    copy = Image.open(gray).convert("RGB")
    copy.paste(Image.open(strokes), mask=Image.open(strokes))
    copy.save(tmp_path / "copy.png")
    Image.open(strokes).getchannel("A").save(tmp_path / "mask.png")
    np.testing.assert_allclose(run("b", "--scribbles", tmp_path / "copy.png"), by_layer, atol=2 / 255)
    masked = run("c", "--scribbles", tmp_path / "copy.png", "--mask", tmp_path / "mask.png")
    np.testing.assert_allclose(masked, by_layer, atol=2 / 255)
    assert by_layer[1, 22, 15] > 0.05 > -0.03 > by_layer[1, 42, 60]
    copied = hcolor(
        "colorize", tmp_path / "copy.png", "--method", method, "--mask", tmp_path / "mask.png", "-o", tmp_path / "d.png"
    )
    assert colors_of(copied)[1, 22, 15] > 0.05


def test_points(hcolor, gray):
    found = colors_of(hcolor("colorize", gray, "--method", "levin", "--hint", "10,20,red", "--hint", "60,40,#2020ff"))
    assert found[1, 20, 10] > 0.1
    assert found[0, 40, 60] > 0.1


def test_refining_the_network_by_hints(hcolor, gray, tiny_weights, tmp_path):
    plain = colors_of(hcolor("colorize", gray, "-o", tmp_path / "a.png"))
    refined = colors_of(hcolor("colorize", gray, "--refine", "levin", "-o", tmp_path / "b.png"))
    assert 0 < np.abs(refined - plain).mean() < 0.02
    hinted = colors_of(hcolor("colorize", gray, "--refine", "levin", "--hint", "10,20,red", "-o", tmp_path / "c.png"))
    assert hinted[1, 20, 10] > refined[1, 20, 10] + 0.05


def test_the_strength_of_references_and_palettes(hcolor, gray, photo, tiny_weights, tmp_path):
    plain = colors_of(hcolor("colorize", gray, "-o", tmp_path / "plain.png"))
    for name, words in enumerate([("--ref", photo), ("--palette", "teal,#e9c46a"), ("--palette", photo)]):
        none, half, full = (
            colors_of(hcolor("colorize", gray, *words, "--ref-strength", s, "-o", tmp_path / f"{name}-{s}.png"))
            for s in (0, 0.5, 2)
        )
        np.testing.assert_array_equal(none, plain)
        assert 0 < np.abs(half - plain).mean() < np.abs(full - plain).mean()


def test_hints_to_the_network(hcolor, gray, strokes, tiny_weights, tmp_path):
    plain = colors_of(hcolor("colorize", gray, "-o", tmp_path / "a.png"))
    point = colors_of(hcolor("colorize", gray, "--hint", "10,20,red", "-o", tmp_path / "b.png"))
    drawn = colors_of(hcolor("colorize", gray, "--scribbles", strokes, "-o", tmp_path / "c.png"))
    assert 0 < np.abs(point - plain).mean() < np.abs(drawn - plain).mean()


def test_restore_and_batch_take_palettes_and_hints(hcolor, scan, photo, tiny_weights, tmp_path):
    (tmp_path / "archive").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "archive" / name).write_bytes(scan.read_bytes())
    plain = read(hcolor("restore", scan, "-o", tmp_path / "plain.png").paths[0]).pixels
    for name, words in enumerate([("--palette", photo), ("--palette", "teal,gold"), ("--hint", "10,20,red")]):
        one = hcolor("restore", scan, *words, "-o", tmp_path / f"{name}.png")
        many = hcolor("batch", tmp_path / "archive", "-j", 0, *words, "-o", tmp_path / f"out-{name}/")
        assert (one.code, many.code, len(many.paths)) == (0, 0, 2)
        assert np.abs(read(one.paths[0]).pixels - plain).max() > 1 / 255
        for path in many.paths:
            np.testing.assert_array_equal(read(path).pixels, read(one.paths[0]).pixels)


def test_the_output_may_not_replace_a_palette(hcolor, gray, photo):
    assert hcolor("colorize", gray, "--palette", photo, "-o", photo, "--overwrite").code == 2


@pytest.mark.parametrize("words", [("--method", "lut", "--ref"), ("--method", "levin", "--scribbles")], ids="-".join)
def test_restore_colors_the_descreened_picture(hcolor, scan, photo, strokes, tiny_weights, tmp_path, words):
    source = photo if words[-1] == "--ref" else strokes
    done = hcolor("restore", scan, *words, source, "-o", tmp_path / "out.png")
    assert done.code == 0, done.err
    assert np.ptp(read(done.paths[0]).pixels, axis=0).max() > 0.05
    descreened = read(hcolor("descreen", scan).paths[0]).pixels
    np.testing.assert_allclose(rgb_to_luma(read(done.paths[0]).pixels), descreened, atol=2 / 255)
    same = hcolor("restore", scan, *words, source, "--path", "ihn-first", "-o", tmp_path / "same.png")
    assert np.array_equal(read(same.paths[0]).pixels, read(done.paths[0]).pixels)


@pytest.mark.parametrize(
    ("command", "words", "said"),
    [
        ("colorize", ("--method", "lut"), "The method lut has no colors of its own; give it references (--ref)."),
        ("colorize", ("--method", "levin"), "--scribbles, --mask or --hint"),
        ("colorize", ("--method", "levin", "--ref", "PHOTO"), "cannot use references"),
        ("colorize", ("--method", "gallery"), "give it references from a folder (--ref-dir)"),
        ("colorize", ("--method", "gallery", "--ref", "PHOTO"), "cannot use references (--ref)"),
        ("colorize", ("--method", "lut", "--ref-dir", "."), "cannot use references from a folder (--ref-dir)"),
        (
            "colorize",
            ("--method", "gallery", "--ref-dir", ".", "--set", "then=levin"),
            "cannot use references; set then",
        ),
        ("restore", ("--method", "gallery", "--ref-dir", ".", "--path", "fused"), "leave out --path fused"),
        ("colorize", ("--method", "gram", "--ref", "PHOTO", "--set", "start=end"), "average, print, reference"),
        ("colorize", ("--method", "lut", "--ref", "PHOTO", "--samples", "2"), "not both"),
        ("colorize", ("--method", "lut", "--samples", "2"), "cannot use samples"),
        ("colorize", ("--hint", "3,3,red", "--method", "lut", "--ref", "PHOTO"), "cannot use color hints"),
        ("colorize", ("--method", "stereo"), "give it a color picture taken beside it (--color-view)"),
        ("colorize", ("--method", "lut", "--color-view", "PHOTO"), "cannot use a color picture taken beside it"),
        ("colorize", ("--palette", "teal", "--method", "levin"), "The method levin cannot use colors of a palette"),
        (
            "colorize",
            ("--palette", "teal", "--ref", "PHOTO"),
            "references (--ref) or colors of a palette (--palette), not both",
        ),
        ("colorize", ("--palette", "teal,tael"), "'teal,tael' is neither a color nor a picture"),
        ("colorize", ("--method", "lut", "--ref", "PHOTO", "--set", "space=yuv"), "set space=rgb-then-yuv"),
        ("colorize", ("--method", "lut", "--ref", "PHOTO", "--set", "flavour=1"), "has no option 'flavour'"),
        ("colorize", ("--method", "lut", "--ref", "PHOTO", "--saturation", "2"), "its options: keep_luminance, space"),
        ("colorize", ("--method", "wavelet", "--ref", "PHOTO", "--set", "shares=a,b"), "write for example shares="),
        ("colorize", ("--set", "saturation"), "write --set NAME=VALUE"),
        ("colorize", ("--set", "side=64", "--set", "side=96"), "set twice"),
        ("colorize", ("--set", "chroma_mask=1"), "has no option 'chroma_mask'"),
        ("colorize", ("--set", "=1"), "write --set NAME=VALUE"),
        ("colorize", ("--set", "saturation=2", "--saturation", "1"), "set twice"),
        ("colorize", ("--saturation", "-1"), "saturation must not be negative"),
        ("colorize", ("--set", "descreener.fast=yes"), "has no option 'descreener.fast'"),
        ("restore", ("--set", "descreener.fats=yes"), "network has no option 'fats'"),
        ("restore", ("--set", "descreener.fast=7"), "fast=yes"),
        ("restore", ("--set", "fast=yes"), "network has no option 'fast'"),
        ("restore", ("--descreener", "gaussian", "--set", "descreener.fast=yes"), "gaussian has no option 'fast'"),
        ("restore", ("--descreener", "median"), "no descreener 'median'"),
        ("restore", ("--fuser", "median"), "no fuser 'median'"),
        ("descreen", ("--set", "fats=yes"), "has no option 'fats'"),
        ("halftone", ("--set", "kernel=jarvis"), "has no option 'kernel'"),
        ("colorize", ("--set", "correspondence=maybe"), "correspondence=yes"),
        ("colorize", ("--no-keep-luminance",), "has no option 'keep_luminance'"),
        ("colorize", ("--refine", "poisson"), "no refinement 'poisson'"),
        ("colorize", ("--method", "levin", "--hint", "3,3"), "is not a hint"),
        ("colorize", ("--method", "levin", "--hint", "3,3,rde"), "'rde' is not a color"),
        ("restore", ("--method", "lut", "--ref", "PHOTO", "--path", "fused"), "leave out --path fused"),
        ("restore", ("--method", "lut", "--ref", "PHOTO", "--path", "color-first"), "can color only after descreening"),
        ("restore", ("--weights", "authors-2021", "--method", "lut", "--ref", "PHOTO"), "do not support method"),
    ],
)
def test_a_wrong_request_is_refused_with_2(hcolor, gray, photo, command, words, said):
    refused = hcolor(command, gray, *(photo if word == "PHOTO" else word for word in words))
    assert refused.code == 2
    assert said in refused.err
    assert refused.err.count("\n") == 1


def test_hints_that_do_not_fit_are_refused_with_8(hcolor, gray, photo, strokes, tmp_path):
    def refused(*words):
        done = hcolor("colorize", gray, "--method", "levin", *words)
        assert done.code == 8
        return done.err

    Image.new("L", (10, 10), 255).save(tmp_path / "small.png")
    Image.new("L", (72, 64)).save(tmp_path / "black.png")
    assert "The size of the mask, 10 x 10 px, differs from the print's, 72 x 64 px" in refused(
        "--mask", tmp_path / "small.png"
    )
    assert "The size of the scribbles, 10 x 10 px" in refused("--scribbles", tmp_path / "small.png")
    assert "black everywhere" in refused("--scribbles", photo, "--mask", tmp_path / "black.png")
    assert "the print has none" in refused("--mask", tmp_path / "black.png")
    assert "do not differ" in refused("--scribbles", gray)
    assert "outside the picture" in refused("--hint", "72,3,red")
    assert "does not exist" in refused("--scribbles", tmp_path / "missing.png")


def test_a_flat_reference_is_refused_and_a_gray_one_told(hcolor, gray, tmp_path):
    Image.new("RGB", (20, 20), "teal").save(tmp_path / "teal.png")
    refused = hcolor("colorize", gray, "--method", "lut", "--ref", tmp_path / "teal.png")
    assert refused.code == 8
    assert "only one color" in refused.err
    told = hcolor("colorize", gray, "--method", "lut", "--ref", gray)
    assert told.code == 0
    assert "Note: A reference is gray" in told.err


def test_the_output_may_not_replace_the_scribbles(hcolor, gray, strokes):
    refused = hcolor("colorize", gray, "--method", "levin", "--scribbles", strokes, "-o", strokes, "--overwrite")
    assert refused.code == 2


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_batch_takes_a_tree_of_scribbles(hcolor, scan, strokes, tiny_weights, tmp_path, suffix):
    archive, trees = tmp_path / "archive", tmp_path / "strokes"
    for name in ("a", "sub/b", "sub/c"):
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / f"{name}.png").write_bytes(scan.read_bytes())
    for name in ("a", "sub/b"):
        (trees / name).parent.mkdir(parents=True, exist_ok=True)
        Image.open(strokes).save(trees / f"{name}{suffix}")
    done = hcolor("batch", archive, "-j", 0, "--method", "levin", "--scribbles", trees, "--screen", "no")
    assert done.code == 3
    assert [path.rsplit("archive-restored/")[1] for path in done.paths] == [
        "a.png-restored.png",
        "sub/b.png-restored.png",
    ]
    assert "needs one scribbles file" in done.err
    assert rgb_to_ycc(read(done.paths[1]).pixels)[1][1, 22, 15] > 0.02


def test_batch_refuses_at_once(hcolor, scan, tmp_path):
    archive = scan.parent
    assert hcolor("batch", archive, "-j", 0, "--method", "levin").code == 2
    assert hcolor("batch", archive, "--method", "lut", "--ref", scan, "--path", "fused").code == 2
    missing = hcolor(
        "batch", archive, "--method", "levin", "--scribbles", tmp_path / "nowhere", "-o", tmp_path / "out/"
    )
    assert missing.code == 8
    assert "give a folder of scribbles" in missing.err

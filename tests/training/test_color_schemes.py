"""Batches of the colorizer: which rows are colored by what, and what each part of a batch shows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.training import color_schemes
from halftone_color.training.color_schemes import SCHEMES, Schemes, make_batch
from halftone_color.training.device_photographs import DevicePhotographs
from halftone_color.training.photographs import Photographs

DEFAULT = Schemes()
WITHOUT_REFERENCES = Schemes(code=8, both=0, jittered=0, unlike=0, hints=1, automatic=5, random=2)


@pytest.fixture(scope="module")
def photographs():
    """Return 40 photographs of one color each, as different as 40 can be, of 100 x 90 px; the last ten are larger."""
    rng = np.random.default_rng(8)
    colors = rng.permuted(np.linspace(90, 170, 120)).reshape(40, 3).astype(np.uint8)
    sizes = [(100, 90)] * 30 + [(220, 230)] * 10
    pictures = [np.broadcast_to(color, (*size, 3)) for color, size in zip(colors, sizes, strict=True)]
    starts = np.cumsum([0, *(picture.size for picture in pictures)])
    places = tuple((int(start), *size) for start, size in zip(starts[:-1], sizes, strict=True))
    pixels = np.concatenate([picture.ravel() for picture in pictures])
    return DevicePhotographs.of(Photographs(tuple(f"{i}.png" for i in range(40)), pixels, places), "cpu")


def made(photographs, schemes=DEFAULT, batch=16, side=64, grouped=0.0):
    torch.manual_seed(4)
    return make_batch(photographs, torch.arange(30, 40), schemes, batch, side, grouped)


def colors(pictures):
    """Return the mean color (B, 3) of pictures."""
    return pictures.mean((2, 3))


@pytest.mark.parametrize("count", [16, 48])
@pytest.mark.parametrize("schemes", [DEFAULT, WITHOUT_REFERENCES])
def test_rows_share_out_the_batch(count, schemes):
    rows = schemes.rows(count)
    assert tuple(rows) == SCHEMES
    assert [row for scheme in SCHEMES for row in range(count)[rows[scheme]]] == list(range(count))
    shares = {name: (part.stop - part.start) * 16 // count for name, part in rows.items()}
    assert shares == {name: getattr(schemes, name) for name in SCHEMES}


def test_a_batch_says_which_rows_are_whose(photographs):
    batch = made(photographs)
    assert batch.count("code", "random") == 5
    assert batch.index("random", "both").tolist() == [14, 15, 3, 4]
    values = batch.by_row({"hints": 0.5, "code": 2.0})
    assert values.shape == (16, 1, 1, 1)
    assert values.flatten().tolist() == [2.0] * 3 + [0.0] * 6 + [0.5] + [0.0] * 6
    assert batch.guided == slice(3, 9)
    torch.testing.assert_close(batch.strangers, batch.reference[4:])


def test_shapes_ranges_and_edges(photographs):
    batch = made(photographs, side=96)
    for name, channels, side in (("seen", 3, 96), ("truth", 3, 96), ("gray", 1, 96), ("edge", 1, 96), ("hints", 3, 24)):
        assert getattr(batch, name).shape == (16, channels, side, side)
    assert batch.reference.shape == (6, 3, 96, 96)
    for planes in (batch.seen, batch.truth, batch.gray, batch.reference):
        assert planes.min() >= 0
        assert planes.max() <= 1
    for gray, edge in zip(batch.gray, batch.edge, strict=True):
        np.testing.assert_array_equal(edge[0], canny(gray[0].numpy(), *EDGE_THRESHOLDS))


def test_references_are_no_larger_than_they_need_be(photographs):
    assert made(photographs, side=192).reference.shape == (6, 3, 160, 160)


def test_references_show_what_they_should(photographs):
    batch = made(photographs)
    rows = batch.rows
    offered, own = colors(batch.reference), colors(batch.truth)
    torch.testing.assert_close(offered[:2], own[rows["both"]], atol=1e-4, rtol=0)
    torch.testing.assert_close(offered[2:4], own[rows["jittered"]], atol=1e-4, rtol=0)
    assert ((offered[4:] - own[rows["unlike"]]).abs().max(1).values > 0.01).all(), "another picture"
    for stranger in offered[4:]:
        assert (colors(batch.seen) - stranger).abs().max(1).values.min() < 1e-4, "of this batch"


def test_only_jittered_rows_are_turned(photographs):
    batch = made(photographs)
    turned = (batch.truth - batch.seen).abs().flatten(1).max(1).values > 1e-3
    assert turned.nonzero().flatten().tolist() == batch.index("jittered").tolist()
    luma = [rgb_to_luma(pictures) for pictures in (batch.truth, batch.seen)]
    torch.testing.assert_close(*luma, atol=1e-3, rtol=0)


def test_gray_is_of_the_true_colors_also_where_they_are_turned(photographs, monkeypatch):
    monkeypatch.setattr(color_schemes, "film", rgb_to_luma)
    monkeypatch.setattr(color_schemes, "worn", lambda gray: gray)
    batch = made(photographs)
    torch.testing.assert_close(batch.gray, rgb_to_luma(batch.seen))


def test_without_references(photographs):
    batch = made(photographs, WITHOUT_REFERENCES)
    assert len(batch.reference) == len(batch.strangers) == 0
    torch.testing.assert_close(batch.truth, batch.seen)


def test_jitter_turns_by_one_angle_and_keeps_luma(scene):
    picture = torch.from_numpy(np.stack([scene(16, 16, seed) for seed in range(12)])) * 0.2 + 0.4  # nothing is clipped
    reference = picture.flip(3)
    torch.manual_seed(9)
    turned, reference_turned = color_schemes.jitter(picture, reference)
    torch.testing.assert_close(reference_turned, turned.flip(3))
    torch.testing.assert_close(rgb_to_luma(turned), rgb_to_luma(picture))
    before, after = (torch.complex(*rgb_to_ycc(x)[1].unbind(1)) for x in (picture, turned))
    factor = (after / before).flatten(1)
    torch.testing.assert_close(factor, factor[:, :1].expand_as(factor), atol=2e-3, rtol=1e-2)
    size, angle = factor[:, 0].abs(), factor[:, 0].angle()
    assert size.min() >= 0.6 - 1e-3
    assert size.max() <= 1.4 + 1e-3
    assert angle.std() > 1, "each row by its own"


def test_hints_are_there_for_their_rows_alone(photographs):
    batch = made(photographs, batch=32)
    given = batch.hints[:, 2].flatten(1).any(1)
    assert given.nonzero().flatten().tolist() == batch.index("hints").tolist()


def test_hints_are_the_means_of_their_cells():
    torch.manual_seed(10)
    chroma = torch.rand(64, 2, 64, 64) - 0.5
    hints = color_schemes.random_hints(chroma)
    cells = chroma.numpy().reshape(64, 2, 16, 4, 16, 4).mean((3, 5))
    given = hints[:, 2:].numpy()
    np.testing.assert_allclose(hints[:, :2], cells * given, atol=1e-6)
    assert set(np.unique(given)) == {0, 1}
    counts = given.sum((1, 2, 3))
    assert np.median(counts) < 20
    assert counts.max() > 30


def test_hints_come_as_points_and_as_squares():
    torch.manual_seed(10)
    given = color_schemes.random_hints(torch.zeros(200, 2, 64, 64))[:, 2]
    cells = given.sum((1, 2))
    assert (cells == 1).any()
    squares = torch.nn.functional.avg_pool2d(given[cells == 4][:, None], 2, 1).amax((1, 2, 3)) == 1
    assert 0.2 < squares.float().mean() < 1


def test_the_encoder_sees_small_mirrored_parts():
    ramp = torch.linspace(0, 1, 120).expand(2, 3, 120, 120)
    view = color_schemes.encoder_views(ramp)
    assert view.shape == (2, 3, 80, 80)
    falls = view[0, 0, 40].diff()
    assert (falls < 0).all(), "mirrored"
    assert 0.75 < view[0, 0, 40, 0] - view[0, 0, 40, -1] <= 1


def test_palettes_keep_the_mean_color_and_lose_the_places():
    torch.manual_seed(12)
    pictures = torch.rand(8, 3, 80, 80)
    pictures[:, :, :, 40:] *= 0.3
    torch.manual_seed(0)
    whole = color_schemes.encoder_views(pictures, palettes=0.0)
    torch.manual_seed(0)
    views = color_schemes.encoder_views(pictures, palettes=1.0)
    torch.testing.assert_close(views[2:], whole[2:], msg="a quarter alone comes as palettes")
    torch.testing.assert_close(colors(views[:2]), colors(whole[:2]), atol=0.03, rtol=0)
    for palette in views[:2]:
        assert len(palette.flatten(1).unique(dim=1).T) <= 64, "8 x 8 patches at most"


def test_groups_at_wide_sides_alone(photographs):
    grouped = []
    for side in (192, 224):
        batch = made(photographs, batch=48, side=side, grouped=0.5)
        quarters = torch.nn.functional.avg_pool2d(batch.seen, side // 2)
        parted = (quarters - quarters[:, :, :1, :1]).abs().flatten(1).max(1).values > 0.01
        grouped.append([int(parted[batch.rows[name]].sum()) for name in SCHEMES])
    none, some = grouped
    assert none == [0] * len(SCHEMES)
    halves = {"code": 4, "hints": 2, "automatic": 6}  # of 9, 3 and 12, half to even
    assert some == [halves.get(name, 0) for name in SCHEMES]


def test_wide_sides_are_of_large_photographs(photographs):
    large = colors(made(photographs, side=224).seen)
    known = photographs.pixels[photographs.offset[30:, None] + torch.arange(3)] / 255
    torch.testing.assert_close(torch.cdist(large, known).min(1).values, torch.zeros(16), atol=1e-3, rtol=0)
    small = colors(made(photographs, side=96, batch=48).seen)
    assert torch.cdist(small, known).min(1).values.max() > 0.01

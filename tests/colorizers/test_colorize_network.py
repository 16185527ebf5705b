"""Coloring by network: cues, strengths, working sizes, mirror images; with small random networks."""

from __future__ import annotations

import tracemalloc
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from skimage.color import deltaE_ciede2000, rgb2lab

from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.arrays.edges import EDGE_THRESHOLDS, canny
from halftone_color.arrays.resampling import reduce_picture
from halftone_color.colorizers import _guides
from halftone_color.colorizers import network as module
from halftone_color.colorizers._views import encode_views, mirror, resize_view, working_size
from halftone_color.colorizers.network import NATURAL_FACTOR, PALETTE_GAIN, PALETTE_STEPS, NetworkColorizer
from halftone_color.cue import Cue, Hints
from halftone_color.errors import UsageError
from halftone_color.networks import color_encoder, colorizer
from halftone_color.networks.code_palette import palettes_of
from halftone_color.run import Conditions, Run
from halftone_color.types import Screen, Task

AUTOMATIC = Cue()
CODE = 5


def run_of(networks, precision="float32"):
    """Return a Run on the processor with networks of one's own."""
    return Run.open(Conditions(device="cpu", precision=precision)).with_networks(networks)


def made_of(prior, skin=0):
    """Return a colorization network and its encoder with random weights, whose chroma is about .1."""
    torch.manual_seed(3)
    made = {
        "colorizer": colorizer.ColorizerNet(
            colorizer.ColorizerConfig(CODE, (24, 20, 16, 12, 8), 6, 8, 16, 8, prior=prior, skin=skin)
        ),
        "color-encoder": color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(CODE, (8, 8, 8), 8)),
    }
    for network in made.values():
        network.eval().requires_grad_(False)
    network = made["colorizer"]
    with torch.no_grad():
        for entrance in (network.guide4, network.hint4, network.hint8):
            entrance.weight.normal_(std=0.1)
        network.leave.weight.normal_(std=0.05)
        made["color-encoder"].mean.weight.normal_(std=3.0)
        if network.prior is not None:
            network.prior.leave.weight.normal_()
            network.prior.mixing.normal_(std=0.3)
    return made


@pytest.fixture(scope="module")
def networks():
    return made_of(prior=0)


@pytest.fixture
def run(networks):
    return run_of(networks)


@pytest.fixture(scope="module")
def with_prior():
    return made_of(prior=8)


@pytest.fixture(scope="module")
def gray(scene):
    return rgb_to_luma(scene(90, 130))


@pytest.fixture
def colored(gray, run):
    def of(cue=AUTOMATIC, picture=gray, mask=None, **options):
        return NetworkColorizer(**{"side": 64} | options)(Task(picture, cue=cue, mask=mask), run)

    return of


def predicted(picture, cue, run, **options):
    """Return the small chroma of a picture (1, H, W) that is seen at 64 px."""
    return NetworkColorizer(**{"side": 64} | options).predict_chroma(Task(picture, cue=cue), run)


def hinted(shape, rows, columns, color):
    """Return hints of one color in a block of a picture."""
    given = np.zeros(shape, bool)
    given[rows, columns] = True
    return Hints(np.broadcast_to(np.float32(color)[:, None, None], (3, *shape)).copy(), given)


# ---- what comes out --------------------------------------------------------------------------------------------


def test_luma_is_kept(colored, gray):
    for cue in (Cue(), Cue(seed=1)):
        rgb = colored(cue, saturation=3.0)
        np.testing.assert_allclose(rgb_to_luma(rgb), gray, atol=1e-5)
        assert rgb_to_ycc(rgb)[1].std() > 1e-3, "and there is color"


def test_without_a_prior_automatic_is_the_network_without_a_code_made_natural(gray, networks):
    network = networks["colorizer"]
    small = F.interpolate(torch.from_numpy(gray)[None], (64, 96), mode="bilinear", antialias=True)
    edge = torch.from_numpy(canny(small[0, 0].numpy(), *EDGE_THRESHOLDS))[None, None]
    wanted = NATURAL_FACTOR * network(small, edge, torch.zeros(1, CODE + 1))[0]
    torch.testing.assert_close(predicted(gray, Cue(), run_of(networks)), wanted, atol=1e-5, rtol=1e-4)


def test_automatic_results_samples_and_references_start_from_the_codes_expected_of_the_picture(
    gray, with_prior, monkeypatch, scene
):
    network, used = with_prior["colorizer"], []
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given[1]) or decode(*given))
    reference = scene(60, 80, 1)
    cues = [(Cue(), {}), (Cue(seed=3), {"variety": 0.0}), (Cue(seed=3), {"variety": 1.0}),
            (Cue(seed=3), {"variety": 2.0}), (Cue((reference,)), {"ref_strength": 0.0})]  # fmt: skip
    for cue, options in cues:
        predicted(gray, cue, run_of(with_prior), **options)
    automatic, still, sample, further, without = used
    view = resize_view(gray, working_size(gray, 64))
    likely = network.predict_codes(encode_views([view], run_of(with_prior)))
    draw = np.random.Generator(np.random.PCG64(3)).standard_normal(CODE, dtype=np.float32)
    for code in (automatic, still, without):
        torch.testing.assert_close(code, network.with_flag(likely.mean))
    torch.testing.assert_close(sample, network.with_flag(likely.sample(torch.from_numpy(draw)[None])))
    torch.testing.assert_close(further - automatic, 2 * (sample - automatic))


def test_every_cue_works_in_bfloat16_too(gray, with_prior, scene):
    reference = scene(60, 80, 1)
    cues = [Cue(), Cue(seed=1), Cue((reference,)), Cue(palette=reference)]
    for cue in cues:
        exact = predicted(gray, cue, run_of(with_prior))
        quick = predicted(gray, cue, run_of(with_prior, "bfloat16"))
        assert 0 < (quick - exact).abs().mean() < 0.01


def test_no_saturation_is_gray(colored, gray):
    np.testing.assert_allclose(colored(saturation=0.0), np.repeat(gray, 3, 0), atol=1e-6)


def test_saturation_scales_chroma(colored):
    pale, full = (rgb_to_ycc(colored(Cue(seed=2), saturation=s))[1] for s in (0.1, 0.2))
    np.testing.assert_allclose(full, 2 * pale, atol=1e-5)


def test_a_mask_keeps_text_gray(colored, gray):
    mask = np.ones_like(gray)
    mask[:, :, :50] = 0
    rgb = colored(Cue(seed=3), mask=mask)
    np.testing.assert_allclose(rgb[:, :, :50], np.repeat(gray[:, :, :50], 3, 0), atol=1e-6)
    np.testing.assert_array_equal(rgb[:, :, 50:], colored(Cue(seed=3))[:, :, 50:])


def test_what_comes_in_stays_as_it_is(colored, gray, scene):
    reference, palette, picture = scene(60, 80, 1), scene(16, 16, 2), gray.copy()
    hints = hinted(gray.shape[1:], slice(8), slice(8), (0.5, 0.2, 0.1))
    before = [array.copy() for array in (reference, palette, hints.colors)]
    colored(Cue((reference,), hints=hints), picture)
    colored(Cue(palette=palette), picture)
    np.testing.assert_array_equal(picture, gray)
    for array, kept in zip((reference, palette, hints.colors), before, strict=True):
        np.testing.assert_array_equal(array, kept)


@pytest.mark.parametrize(
    "values", [{"side": 0}, {"side": 100}, {"side": -32}, {"saturation": -0.1}, {"variety": -1}, {"ref_strength": -1}]
)
def test_options_out_of_range(values):
    with pytest.raises(UsageError, match=f"{next(iter(values))} must"):
        NetworkColorizer(**values)


# ---- samples ---------------------------------------------------------------------------------------------------


def test_a_sample_depends_on_its_seed_alone(colored):
    assert colored(Cue(seed=4)).tobytes() == colored(Cue(seed=4)).tobytes()
    assert colored(Cue(seed=4)).tobytes() == colored(Cue(seed=4)).tobytes()
    first, second = (colored(Cue(seed=seed), variety=1.0) for seed in (4, 5))
    assert np.abs(first - second).max() > 1e-3
    assert np.abs(first - colored()).max() > 1e-3


def test_variety_scales_the_random_code(colored):
    np.testing.assert_array_equal(colored(Cue(seed=3), variety=0.0), colored())
    near, far = (np.abs(colored(Cue(seed=3), variety=variety) - colored()).mean() for variety in (0.3, 1.0))
    assert 0 < near < far


# ---- references ------------------------------------------------------------------------------------------------


def test_references_without_strength_are_automatic_to_the_bit(colored, scene):
    reference = scene(60, 80, 1)
    for cue in (Cue((reference,)), Cue(palette=reference)):
        assert colored(cue, ref_strength=0.0).tobytes() == colored().tobytes()
        near, far = (np.abs(colored(cue, ref_strength=strength) - colored()).mean() for strength in (0.3, 1.0))
        assert 0 < near < far


def test_references_matter_in_both_ways(colored, scene):
    first, second = Cue(references=(scene(60, 80, 1),)), Cue(references=(scene(80, 60, 2),))
    assert np.abs(colored(first) - colored(second)).max() > 1e-4
    by_code = colored(first, correspondence=False)
    assert np.abs(colored(first) - by_code).max() > 1e-4
    assert np.abs(by_code - colored(second, correspondence=False)).max() > 1e-5


def test_all_references_together_give_one_result(colored, scene, monkeypatch):
    every = partial(_guides.correspond, best=10**6)  # or who comes first decides between equals
    monkeypatch.setattr(_guides, "correspond", every)
    a, b = scene(60, 80, 1), scene(70, 70, 2)
    both = colored(Cue(references=(a, b)))
    np.testing.assert_allclose(both, colored(Cue(references=(b, a))), atol=1e-5)
    assert np.abs(both - colored(Cue(references=(a,)))).max() > 1e-5
    np.testing.assert_allclose(colored(Cue(references=(a, a))), colored(Cue(references=(a,))), atol=1e-5)


def test_features_of_a_reference_are_found_once_for_all_scans(gray, networks, run, scene, monkeypatch):
    seen, encoder = [], networks["color-encoder"]
    forward = encoder.forward
    monkeypatch.setattr(encoder, "forward", lambda *given: seen.append(1) or forward(*given))
    reference = scene(60, 80, 1)
    first = predicted(gray, Cue((reference,)), run)
    again = predicted(gray, Cue((reference.copy(),)), run.for_scan())
    assert len(seen) == 1
    assert torch.equal(first, again)
    other = predicted(gray, Cue((1 - reference,)), run.for_scan())
    assert len(seen) == 2
    assert torch.equal(other, predicted(gray, Cue((1 - reference,)), run_of(networks)))
    assert not torch.equal(first, other)


def test_other_networks_find_other_features(gray, networks, with_prior, run, scene):
    cue = Cue((scene(60, 80, 1),))
    predicted(gray, cue, run)
    found = predicted(gray, cue, run.with_networks(with_prior))
    assert torch.equal(found, predicted(gray, cue, run_of(with_prior)))


@pytest.mark.parametrize("size", [(1, 1), (5, 300), (400, 20)])
def test_references_of_other_shapes_and_sizes(size, colored, gray, scene):
    rgb = colored(Cue(references=(scene(*size),)))
    np.testing.assert_allclose(rgb_to_luma(rgb), gray, atol=1e-5)
    assert np.abs(rgb - colored()).max() > 1e-3, "it says something"


def test_a_gray_reference_offers_no_chroma(gray, networks, monkeypatch):
    """Nothing is carried from it; what there is of color comes from the network's own idea of such a picture."""
    network, used = networks["colorizer"], []
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given) or decode(*given))
    predicted(gray, Cue((np.repeat(gray, 3, 0),)), run_of(networks))
    guide = used[0][2]
    assert guide.coarse[:, :2].abs().max() < 1e-6 < guide.coarse[:, 2].max()
    assert guide.fine[:, :2].abs().max() < 1e-6 < guide.fine[:, 2].max()


@pytest.mark.parametrize(("likeness", "vouched"), [(0.5, 0.0), (0.815, 0.5), (0.97, 1.0)])
def test_likeness_decides_how_far_a_reference_guides(likeness, vouched, gray, networks, scene, monkeypatch):
    """Colors by an unlike reference are made natural; those by a like one are taken as they are."""
    network, used = networks["colorizer"], []
    flat = torch.tensor([0.1, -0.1, 1.0, 1.0])[None, :, None, None]
    planes = [flat * torch.tensor([1, 1, likeness, 1.0])[None, :, None, None] * torch.ones(1, 1, *size)
              for size in ((8, 12), (16, 24))]  # fmt: skip
    planes[1][:, 2] = likeness if likeness > 0.96 else 0.0
    monkeypatch.setattr(_guides, "correspond", lambda *given: colorizer.Guide(*planes))
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given) or decode(*given))
    reference = scene(60, 80, 1)
    found = predicted(gray, Cue((reference,)), run_of(networks))
    _, code, guide, _ = used[0]
    torch.testing.assert_close(code[0, -1], torch.tensor(1.0))
    torch.testing.assert_close(guide.coarse, planes[0] * vouched)
    plain = network.chroma(decode(*used[0]))[0]
    torch.testing.assert_close(found, plain * (NATURAL_FACTOR + (1 - NATURAL_FACTOR) * vouched))


def test_a_picture_is_brought_nearer_to_the_palette_of_its_references(gray, with_prior, scene, monkeypatch):
    network, used, asked = with_prior["colorizer"], [], []
    moved = torch.full((1, CODE), 0.3)
    monkeypatch.setattr(network.palette, "move_towards", lambda *given: asked.append(given) or moved)
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given) or decode(*given))
    reference = scene(60, 80, 1)
    predicted(gray, Cue((reference,)), run_of(with_prior))
    assert len(used) == 1 + PALETTE_STEPS == 1 + len(asked)
    (_, first, *_), (_, second, *_) = used[:2]
    code, made, wanted, gain = asked[0]
    assert torch.equal(code, first[:, :-1])
    assert torch.equal(second, network.with_flag(moved))
    torch.testing.assert_close(wanted, palettes_of(torch.from_numpy(rgb_to_ycc(reference)[1])[None]))
    torch.testing.assert_close(made, palettes_of(network.chroma(decode(*used[0]))), rtol=NATURAL_FACTOR - 1, atol=1e-3)
    assert gain == PALETTE_GAIN


@pytest.fixture(scope="module")
def seeing():
    """Return networks of which the colorizer sees skin in the upper half of the picture."""
    made = made_of(prior=8, skin=4)
    made["colorizer"].skin.forward = lambda half, quarter, eighth: torch.cat(
        [torch.full_like(quarter[:, :1, ::2], 9.0), torch.full_like(quarter[:, :1, ::2], -9.0)], 2
    )
    return made


def test_skin_gets_the_likely_color_where_nothing_says_another(gray, seeing, scene):
    for cue in (Cue(), Cue(seed=1), Cue(palette=scene(60, 80, 1))):
        plain = predicted(gray, cue, run_of(seeing), skin=False)
        found = predicted(gray, cue, run_of(seeing))
        torch.testing.assert_close(found[:, 20:], plain[:, 20:])
        assert (found[:, :12] - plain[:, :12]).abs().mean() > 1e-3
    hints = Hints(np.repeat(gray, 3, 0), np.ones(gray.shape[1:], bool))
    colors = [predicted(gray, Cue(hints=hints), run_of(seeing), skin=s) for s in (True, False)]
    torch.testing.assert_close(*colors)


# ---- palettes --------------------------------------------------------------------------------------------------


def test_a_palette_is_a_part_of_a_code_and_no_guide(gray, networks, monkeypatch, scene):
    network, used = networks["colorizer"], []
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given) or decode(*given))
    palette = scene(80, 80, 5)
    predicted(gray, Cue(palette=palette), run_of(networks))
    _, code, guide, _ = used[0]
    mean = networks["color-encoder"](torch.from_numpy(palette)[None])[0]
    torch.testing.assert_close(code, _guides.CODE_STRENGTH * torch.cat([mean, torch.ones(1, 1)], 1))
    assert guide is None


# ---- hints -----------------------------------------------------------------------------------------------------


def test_hints_reach_their_place(networks, gray, monkeypatch):
    """A block of the picture, 90 x 130 px seen at 64 x 96, in cells of 4 x 4 px; divided by what comes after."""
    network, used = networks["colorizer"], []
    decode = network.decode
    monkeypatch.setattr(network, "decode", lambda *given: used.append(given) or decode(*given))
    color = (0.7, 0.3, 0.2)
    hints = hinted((90, 130), slice(0, 45), slice(0, 65), color)
    predicted(gray, Cue(hints=hints), run_of(networks))
    planes = used[0][3]
    assert planes.shape == (1, 3, 16, 24)
    wanted = torch.zeros(16, 24)
    wanted[:8, :12] = 1
    torch.testing.assert_close(planes[0, 2], wanted)
    chroma = rgb_to_ycc(np.float32(color)[:, None, None])[1]
    np.testing.assert_allclose(planes[0, :2, :8, :12], np.broadcast_to(chroma / NATURAL_FACTOR, (2, 8, 12)), atol=1e-6)
    assert not planes[0, :2, 8:].any()


def test_hints_change_colors_most_where_they_are(colored, gray):
    change = colored(Cue(hints=hinted(gray.shape[1:], slice(8, 30), slice(8, 30), (0.9, 0.1, 0.1)))) - colored()
    there = np.abs(change[:, 8:30, 8:30]).mean()
    assert there > 1e-3
    assert there > 2 * np.abs(change[:, :, 90:]).mean()


def test_hints_count_beside_other_cues_and_on_blank_paper(colored, gray, scene):
    hints = hinted(gray.shape[1:], slice(8, 30), slice(8, 30), (0.9, 0.1, 0.1))
    for cue in (Cue(seed=1), Cue((scene(60, 80, 1),)), Cue(palette=scene(9, 9))):
        assert np.abs(colored(Cue(cue.references, cue.seed, hints, cue.palette)) - colored(cue)).max() > 1e-3
    blank = colored(Cue(hints=hints), mask=np.zeros_like(gray))
    assert np.ptp(blank, axis=0)[hints.given].mean() > 1e-3
    np.testing.assert_allclose(np.ptp(blank, axis=0)[~hints.given], 0, atol=1e-6)


# ---- how a picture is seen -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((90, 130), (96, 128)),
        ((130, 90), (128, 96)),
        ((20, 999), (64, 256)),
        ((1, 1), (64, 64)),
        ((500, 600), (128, 160)),
    ],
)
def test_the_network_sees_the_pictures_shape(size, small, scene, networks):
    """Large pictures at the working size, here 128 px, smaller ones at their own."""
    chroma = predicted(scene(*size)[:1], Cue(), run_of(networks), side=128)
    assert chroma.shape == (2, small[0] // 2, small[1] // 2)


def test_a_mirrored_picture_gives_the_mirrored_result(scene, run):
    gray = rgb_to_luma(scene(64, 96))
    hints = hinted((64, 96), slice(8, 24), slice(8, 40), (0.9, 0.1, 0.1))
    turned = Hints(mirror(hints.colors), hints.given[:, ::-1])
    reference = scene(60, 80, 1)
    for cue, other in ((Cue(), Cue()), (Cue(seed=2), Cue(seed=2)), (Cue((reference,)), Cue((reference,))),
                       (Cue(hints=hints), Cue(hints=turned))):  # fmt: skip
        found = predicted(gray, cue, run, mirror=True)
        again = predicted(mirror(gray), other, run, mirror=True)
        torch.testing.assert_close(again.flip(2), found, atol=1e-5, rtol=1e-4)
        one_way = predicted(gray, cue, run)
        assert (one_way - found).abs().max() > 1e-4


def test_large_and_small_copies_of_a_picture_agree(scene, colored):
    """In the mean they differ by less than an eye sees."""
    large = rgb_to_luma(scene(512, 640))
    small = reduce_picture(large, 128, 160)
    by_large, by_small = (colored(Cue(seed=1), picture, saturation=2.0) for picture in (large, small))
    by_large = reduce_picture(by_large, 128, 160)
    lab = [rgb2lab(picture, channel_axis=0).transpose(1, 2, 0) for picture in (by_large, by_small)]
    gray = rgb2lab(np.repeat(small, 3, 0), channel_axis=0).transpose(1, 2, 0)
    assert deltaE_ciede2000(*lab).mean() < 1 < deltaE_ciede2000(lab[1], gray).mean()


# ---- devices -------------------------------------------------------------------------------------------------


def test_every_tensor_is_made_on_the_runs_device(gray, scene, monkeypatch):
    """The device is torch's meta, which has shapes and no values, and takes no tensor of the processor."""
    with pytest.raises(RuntimeError, match="device"):
        torch.zeros(3) + torch.zeros(3, device="meta")
    autocast, number = torch.autocast, torch.Tensor.__float__
    monkeypatch.setattr(torch, "autocast", lambda kind, *given, **named: autocast("cpu", *given, **named))
    monkeypatch.setattr(torch.Tensor, "__float__", lambda self: 0.5 if self.is_meta else number(self))
    networks = {role: network.to("meta") for role, network in made_of(prior=8, skin=4).items()}
    run = Run(Conditions("meta", "float32", 1)).with_networks(networks)
    hints, reference = hinted((90, 130), slice(8, 24), slice(8, 40), (0.9, 0.1, 0.1)), scene(60, 80, 1)
    for cue in (Cue(seed=2), Cue(palette=reference), Cue((reference,), hints=hints)):
        assert predicted(gray, cue, run, mirror=True).is_meta
    assert predicted(gray, Cue(), run).is_meta


# ---- halftones -------------------------------------------------------------------------------------------------


def test_a_colored_halftone_keeps_its_tone(scene, run):
    tone = scene(128, 128)[:1] * 0.6 + 0.2
    bayer = (np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]]) + 0.5) / 16
    halftone = (tone > np.tile(bayer, (32, 32))).astype(np.float32)
    task = Task(halftone, Screen("ordered", 4.0), cue=Cue(seed=1))
    rgb = NetworkColorizer(side=64).color_halftone(task, run)
    assert rgb.shape == (3, 128, 128)
    assert rgb.min() >= 0
    assert rgb.max() <= 1
    cells = rgb.reshape(3, 8, 16, 8, 16).mean((2, 4))
    luma, chroma = rgb_to_ycc(cells)
    np.testing.assert_allclose(luma[0], halftone.reshape(8, 16, 8, 16).mean((1, 3)), atol=0.03)
    assert np.abs(chroma).max() > 1e-3
    plain = NetworkColorizer(side=64, saturation=0).color_halftone(task, run)
    np.testing.assert_allclose(plain, np.repeat(halftone, 3, 0), atol=1e-6)
    masked = Task(halftone, Screen("stochastic"), mask=np.zeros_like(halftone))
    np.testing.assert_allclose(NetworkColorizer(side=64).color_halftone(masked, run), plain, atol=1e-6)


def test_a_large_picture_has_the_same_colors_but_is_not_held_as_a_whole(gray, colored, monkeypatch):
    page = np.ones((1, 700, 1300), np.float32)  # blank but for a photograph, and 12 tiles
    page[:, 100:190, 500:630] = gray
    page[:, 600:] = np.round(page[:, 600:] - 0.01 * np.arange(1300, dtype=np.float32)[None, None] % 0.3, 2)
    mask = np.ones_like(page)
    mask[:, :150] = 0.25
    hints = hinted(page.shape[1:], slice(110, 120), slice(510, 530), (0.8, 0.2, 0.2))
    at_once = colored(Cue(hints=hints), page, mask)
    assert (at_once[:, 130:140] == page[:, 130:140]).mean() > 0.8
    monkeypatch.setattr(module, "LARGE_PIXELS", page.size)
    tracemalloc.start()
    when_read = colored(Cue(hints=hints), page, mask)
    for top in range(0, 700, 100):
        np.testing.assert_array_equal(when_read[:, top : top + 100], at_once[:, top : top + 100])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    band = 3 * 512 * 1300 * 4
    assert peak < 3 * band, "less than two bands and a tile's needs"


def test_black_and_white_need_no_colors(colored, monkeypatch):
    text = (np.arange(600 * 40).reshape(1, 600, 40) % 7 > 2).astype(np.float32)
    expected = colored(picture=text)
    monkeypatch.setattr(module, "add_chroma", None)
    np.testing.assert_array_equal(colored(picture=text), expected)
    np.testing.assert_array_equal(expected, text.repeat(3, 0))

"""The jobs from end to end on small pictures, with small random networks read from a folder of weights."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

import halftone_color
from halftone_color import api, registry
from halftone_color.arrays.color import rgb_to_luma, rgb_to_ycc
from halftone_color.descreeners import network as network_method
from halftone_color.errors import InputError, UsageError, WeightsError
from halftone_color.request import CASCADES, Choice
from halftone_color.run import Conditions, Run
from halftone_color.screen import photographs
from halftone_color.screen.photographs import Photograph
from halftone_color.steps import planning
from halftone_color.types import Box, Scan, Task

pytestmark = pytest.mark.usefixtures("tiny_weights")


@pytest.fixture(scope="module")
def contone(scene):
    return rgb_to_luma(scene(150, 181)) * 0.8 + 0.1


@pytest.fixture(scope="module")
def print_(contone):
    """Return round dots of 5 px at 30 degrees."""
    return api.halftone(contone, method="clustered-dot", period_px=5.0, angle_deg=30.0).picture


@pytest.fixture(scope="module")
def reference(scene):
    return scene(60, 70, 3)


@pytest.fixture(scope="module")
def restored(print_, reference, tiny_weights_folder):
    """Return the result of each path, and the shares of progress on its way."""
    made = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HCOLOR_WEIGHTS", str(tiny_weights_folder))
        for path in CASCADES:
            shares = []
            made[path] = api.restore(print_, references=[reference], path=path, progress=shares.append), shares
    return made


def checked(picture, shape):
    assert picture.shape == shape
    assert picture.dtype == np.float32
    assert picture.min() >= 0
    assert picture.max() <= 1


# ---- restore ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", CASCADES)
def test_restore_by_each_path(path, restored):
    result, shares = restored[path]
    checked(result.picture, (3, 150, 181))
    assert result.screen.kind == "clustered-dot"
    assert result.screen.period_px == pytest.approx(5, abs=0.1)
    assert result.notes == ()
    assert len(result.pictures) == 1
    assert rgb_to_ycc(result.picture)[1].std() > 1e-4, "it is colored"
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_the_paths_are_the_papers(restored, print_, reference):
    """IHN -> C is color on the descreened picture; F is given both orders."""
    results = {path: result.picture for path, (result, _) in restored.items()}
    contone = api.descreen(print_).picture
    by_hand = api.colorize(contone, references=[reference]).picture
    np.testing.assert_allclose(results["ihn-first"], by_hand, atol=1e-6)
    fuser = registry.build("fusers", Choice.of("network"))
    again = fuser(Task(results["ihn-first"], other=results["color-first"]), Run.open(Conditions(device="cpu")))
    np.testing.assert_allclose(results["fused"], again, atol=1e-6)
    assert np.abs(results["ihn-first"] - results["color-first"]).max() > 1e-3


def test_progress_ends_at_one_however_many_samples(print_, contone):
    for job, source, path in ((api.restore, print_, "color-first"), (api.restore, contone, "fused")):
        shares = []
        job(source, samples=2, path=path, progress=shares.append)
        assert shares == sorted(shares)
        assert shares[-1] == pytest.approx(1)
        assert len({round(share, 6) for share in shares}) == len(shares), "no step counts twice"
    shares = []
    api.colorize(contone, samples=3, progress=shares.append)
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])


def test_samples_are_drawn_from_seeds_in_a_row(print_):
    three = api.restore(print_, samples=3, seed=5, path="ihn-first").pictures
    assert len(three) == 3
    assert np.abs(three[0] - three[1]).max() > 1e-4
    second = api.restore(print_, samples=1, seed=6, path="ihn-first").picture
    assert second.tobytes() == three[1].tobytes()


def test_equal_runs_give_equal_bytes(print_):
    assert api.restore(print_).picture.tobytes() == api.restore(print_).picture.tobytes()


def test_without_a_screen_descreening_is_skipped(contone, reference):
    result = api.restore(contone, references=[reference])
    assert result.screen.kind == "none"
    assert any("No halftone screen was found" in note for note in result.notes)
    np.testing.assert_allclose(rgb_to_luma(result.picture), contone, atol=1e-5)


def test_the_user_may_know_better_about_the_screen(print_, contone):
    """A screen too faint to be found is removed on request; one that is found may be left."""
    forced = api.descreen(contone, screened="yes")
    assert forced.screen.kind == "stochastic"
    assert np.abs(forced.picture - contone).max() > 0, "the network has run"
    assert api.restore(contone, screened="yes").notes == ()
    np.testing.assert_array_equal(api.descreen(print_, screened="no").picture, print_)
    left = api.restore(print_, screened="no")
    assert left.screen.kind == "none"
    assert left.notes == ("The picture was declared to have no screen: descreening was skipped.",), "nobody has looked"
    with pytest.raises(UsageError, match="auto, yes, no"):
        api.descreen(contone, screened="perhaps")


@pytest.mark.parametrize("path", CASCADES)
def test_what_is_no_photograph_stays_gray(path, print_, reference, monkeypatch):
    """The networks that run on colored planes one by one, or on both orders, may not bring color there either."""
    found = (Photograph(Box(120, 30, 50, 100)),)
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: found)
    result = api.restore(print_, references=[reference], path=path)
    spread = np.ptp(result.picture, axis=0)
    assert spread[30:130, 120:170].mean() > 1 / 255
    spread[30:130, 120:170] = 0
    assert spread.max() == 0
    assert any("uncolored" in note for note in result.notes)
    assert result.photographs == (found[0].box,)


PAGE = (Photograph(Box(120, 30, 50, 100)), Photograph(Box(10, 40, 60, 30)))


@pytest.fixture
def page(monkeypatch):
    monkeypatch.setattr(photographs, "find_photographs", lambda contone, halftone, screen: PAGE)


def test_a_photograph_of_a_page_is_colored_as_if_it_were_alone(contone, reference, page):
    whole = api.restore(contone, references=[reference], screened="no").picture
    for photograph in PAGE:
        rows, columns = photograph.box.slices
        alone = api.colorize(contone[:, rows, columns].copy(), references=[reference]).picture
        np.testing.assert_array_equal(whole[:, rows, columns], alone)


@pytest.mark.parametrize("job", [api.restore, api.colorize, api.descreen])
def test_photographs_of_a_page_as_pictures_of_their_own(job, print_, page):
    samples = {} if job is api.descreen else {"samples": 2}
    whole, cropped = job(print_, **samples), job(print_, crop=True, **samples)
    assert cropped.photographs == tuple(photograph.box for photograph in PAGE)
    count = max(1, len(samples) * 2)
    assert len(cropped.pictures) == count * len(PAGE)
    for number, picture in enumerate(cropped.pictures):
        photograph, sample = divmod(number, count)
        rows, columns = PAGE[photograph].box.slices
        assert picture.shape[1:] == (rows.stop - rows.start, columns.stop - columns.start)
        if job is not api.colorize:  # which looks for no page, unless its photographs are wanted
            np.testing.assert_array_equal(picture, whole.pictures[sample][:, rows, columns])


def test_what_is_no_page_is_cropped_to_itself(contone):
    cropped, whole = api.colorize(contone, crop=True), api.colorize(contone)
    np.testing.assert_array_equal(cropped.picture, whole.picture)
    assert cropped.notes == (*whole.notes, planning.NO_PAGE)
    assert cropped.photographs == ()


def test_a_region_is_a_picture_of_its_own(contone, print_):
    by_region = api.restore(print_, region=(20, 10, 100, 120))
    np.testing.assert_array_equal(by_region.picture, api.restore(print_[:, 10:130, 20:120].copy()).picture)
    assert api.descreen(contone, region="20,10,100,120").picture.shape == (1, 120, 100)
    with pytest.raises(InputError, match="reaches beyond the picture of 181 x 150 px"):
        api.restore(print_, region=(100, 10, 100, 100))
    with pytest.raises(UsageError, match="is not a region; give x, y, width and height"):
        api.restore(print_, region=(1, 2, 3))


def test_hints_keep_their_places_in_a_region(contone):
    hints, region = [(30, 20, "red"), (170, 20, "blue")], (20, 10, 100, 120)
    part = api.colorize(contone, region=region, hints=hints, method="levin").picture
    by_hand = api.colorize(contone[:, 10:130, 20:120].copy(), hints=[(10, 10, "red")], method="levin").picture
    np.testing.assert_array_equal(part, by_hand)
    layer = np.zeros((4, 150, 181), np.float32)
    layer[:, 18:22, 28:32] = np.array([1, 0, 0, 1])[:, None, None]
    drawn = api.colorize(contone, region=region, scribbles=layer, method="levin").picture
    cut = api.colorize(contone, region=region, scribbles=layer[:, 10:130, 20:120].copy(), method="levin").picture
    np.testing.assert_array_equal(drawn, cut)
    with pytest.raises(InputError, match="No hint lies in the region"):
        api.colorize(contone, region=region, hints=hints[1:])


def test_photographs_in_a_region_are_told_in_px_of_the_input(contone, page):
    found = api.restore(contone, region=(5, 7, 170, 140)).photographs
    assert found == tuple(Box(p.box.x + 5, p.box.y + 7, p.box.width, p.box.height) for p in PAGE)


def test_unknown_options_are_refused_before_the_work(print_, monkeypatch):
    monkeypatch.setattr(planning, "detect", lambda *given: pytest.fail("worked for nothing"))
    with pytest.raises(UsageError, match="no option 'sauration'"):
        api.restore(print_, sauration=2.0)


def test_one_reference_is_still_a_list(print_):
    with pytest.raises(UsageError, match="must be lists"):
        api.restore(print_, references="beach.jpg")


def test_options_reach_the_colorizer(contone):
    gray = api.restore(contone, saturation=0.0).picture
    np.testing.assert_allclose(gray, np.repeat(contone, 3, 0), atol=1e-6)


# ---- the other jobs --------------------------------------------------------------------------------------------


def test_descreen(print_, contone):
    for method in ("network", "gaussian"):
        result = api.descreen(print_, method=method)
        checked(result.picture, (1, 150, 181))
    assert np.abs(result.picture - contone).mean() < 0.5 * np.abs(print_ - contone).mean()
    assert result.screen.present


def test_descreening_a_contone_returns_it(contone):
    result = api.descreen(contone)
    np.testing.assert_array_equal(result.picture, contone)
    assert any("returned unchanged" in note for note in result.notes)


def test_options_of_the_method_win(print_):
    narrow, wide = (api.descreen(print_, method="gaussian", sigma_px=s).picture for s in (0.5, 8.0))
    assert wide.std() < narrow.std() / 2


def test_colorize_discards_color_with_a_word(scene):
    rgb = scene(50, 60)
    result = api.colorize(rgb)
    assert result.notes == ("The picture's colors were discarded.",)
    np.testing.assert_allclose(rgb_to_luma(result.picture), rgb_to_luma(rgb), atol=1e-5)
    assert result.picture.tobytes() == api.colorize(rgb_to_luma(rgb)).picture.tobytes()


def test_gray_references_are_welcome(contone):
    checked(api.colorize(contone, references=[contone]).picture, (3, 150, 181))


def test_halftone_says_nothing_about_color(scene):
    result = api.halftone(scene(40, 50), method="bayer")
    assert result.picture.shape == (1, 40, 50)
    assert set(np.unique(result.picture)) == {0, 1}
    assert result.notes == ()


def test_a_print_in_four_colors_keeps_the_mean(scene):
    rgb = scene(90, 120) * 0.6 + 0.2
    result = api.halftone(rgb, method="clustered-dot", cmyk=True, period_px=6.0)
    checked(result.picture, (3, 90, 120))
    np.testing.assert_allclose(result.picture.mean((1, 2)), rgb.mean((1, 2)), atol=0.03)


# ---- what comes in ---------------------------------------------------------------------------------------------


def test_files_arrays_and_scans_are_the_same(scene, tmp_path):
    coded = (rgb_to_luma(scene(40, 50))[0] * 255).astype(np.uint8)
    path = tmp_path / "gray.png"
    Image.fromarray(coded).save(path, dpi=(300, 300))
    by_file = api.colorize(path)
    assert by_file.dpi == pytest.approx((300, 300), abs=0.1)
    sources = [
        str(path),
        coded,
        coded[None],
        coded / 255,
        coded.astype(np.uint16) * 257,
        Scan(coded[None] / np.float32(255)),
    ]
    for source in sources:
        np.testing.assert_allclose(api.colorize(source).picture, by_file.picture, atol=1e-5)


def test_references_may_be_files(scene, tmp_path, contone):
    coded = (scene(30, 40) * 255).astype(np.uint8)
    Image.fromarray(coded.transpose(1, 2, 0)).save(tmp_path / "beach.png")
    by_file = api.colorize(contone, references=[tmp_path / "beach.png"]).picture
    np.testing.assert_allclose(by_file, api.colorize(contone, references=[coded]).picture, atol=1e-6)


@pytest.mark.parametrize("shape", [(5,), (0, 4), (2, 5, 5), (5, 5, 3), (1, 3, 5, 5), ()])
def test_arrays_of_other_shapes_are_refused(shape):
    with pytest.raises(InputError, match=r"is not a picture; pass \(H, W\)"):
        api.colorize(np.zeros(shape, np.float32))


@pytest.mark.parametrize("value", [1.5, -0.5, 255.0, np.nan, np.inf])
def test_values_out_of_range_are_refused(value):
    picture = np.full((8, 8), 0.5)
    picture[2, 3] = value
    with pytest.raises(InputError, match=r"outside \[0, 1\]"):
        api.descreen(picture)


def test_bits_are_a_picture():
    bits = np.random.default_rng(0).random((32, 32)) > 0.5
    assert api.halftone(bits).picture.sum() == bits.sum()


def test_too_many_pixels_are_refused(tmp_path):
    Image.new("L", (100, 100)).save(tmp_path / "large.png")
    with pytest.raises(InputError):
        api.descreen(tmp_path / "large.png", max_pixels=9_999)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (17, 33)])
def test_small_pictures_keep_their_size(size, scene):
    gray = rgb_to_luma(scene(*size))
    assert api.restore(gray).picture.shape == (3, *size)
    assert api.colorize(gray, samples=2).pictures[1].shape == (3, *size)


def test_wrong_requests(contone, reference):
    with pytest.raises(UsageError, match="not both"):
        api.restore(contone, references=[reference], samples=2)
    with pytest.raises(UsageError, match="no path 'both'; choose one of fused, ihn-first, color-first"):
        api.restore(contone, path="both")
    with pytest.raises(UsageError, match="no colorizer 'magic'"):
        api.colorize(contone, method="magic")
    with pytest.raises(UsageError, match="no option 'vividness'"):
        api.restore(contone, vividness=2)
    with pytest.raises(UsageError, match="must not be negative"):
        api.colorize(contone, samples=-1)
    with pytest.raises(UsageError, match="must not be negative"):
        api.colorize(contone, samples=1, seed=-1)
    with pytest.raises(WeightsError):
        api.restore(contone, weights="another-set")


# ---- the front -------------------------------------------------------------------------------------------------


def test_the_package_carries_the_jobs(contone, print_):
    assert halftone_color.halftone(contone, method="burkes").picture.shape == (1, 150, 181)
    by_front = halftone_color.descreen(print_, method="gaussian")
    assert isinstance(by_front, halftone_color.Result)
    assert by_front.picture.tobytes() == api.descreen(print_, method="gaussian").picture.tobytes()
    assert halftone_color.colorize(contone, seed=1).picture.shape == (3, 150, 181)
    assert halftone_color.restore is api.restore
    with pytest.raises(AttributeError, match="no attribute 'recolor'"):
        _ = halftone_color.recolor
    assert halftone_color.inspect(print_).screen == api.restore(print_).screen
    assert all(getattr(halftone_color, name) for name in halftone_color.__all__)


def test_the_published_networks_take_no_options(contone):
    for request in ({"screened": "yes"}, {"saturation": 0.5}):
        with pytest.raises(UsageError, match="The networks of 2021 do not support"):
            api.restore(contone, weights="authors-2021", **request)
    with pytest.raises(UsageError, match="method"):
        api.descreen(contone, weights="authors-2021", method="gaussian")


# ---- tones, tints and color prints ----------------------------------------------------------------------------


@pytest.fixture
def yellowed(print_):
    """Return the print in brown ink on yellow paper."""
    ink, paper = (np.array(color, np.float32)[:, None, None] for color in ((0.2, 0.15, 0.1), (0.9, 0.82, 0.6)))
    return np.asarray(ink + (paper - ink) * print_, np.float32)


def test_a_yellowed_print_is_restored_from_clean_gray(yellowed):
    cleaned = api.descreen(yellowed, tone="print")  # since no bare paper is seen in it
    assert cleaned.picture.shape[0] == 1
    assert any("tint was removed" in note for note in cleaned.notes)
    kept = api.descreen(yellowed, tone="print", keep_paper=True).picture
    assert (kept[0] - kept[2]).mean() > 0.1, "yellow"
    gray = api.restore(yellowed, saturation=0.0, path="ihn-first").picture
    assert np.ptp(gray, axis=0).max() < 1e-3, "nothing of the yellow is left below the colors"


def test_descreening_leaves_a_tinted_picture_without_a_screen_its_tint(contone):
    tint = np.array([1.0, 0.9, 0.7], np.float32)[:, None, None]
    picture = np.asarray(0.1 + 0.8 * contone[:1] * tint, np.float32)
    result = api.descreen(picture)
    assert not result.screen.present
    np.testing.assert_allclose(result.picture, picture, atol=1e-6)
    assert not any("tint" in note or "discarded" in note for note in result.notes)
    gray = api.descreen(np.repeat(contone[:1], 3, 0))
    assert gray.picture.shape[0] == 1, "three equal channels are gray"


def test_tones_of_a_print_are_read_between_ink_and_paper(print_):
    faint = 0.3 + 0.4 * print_
    as_print, as_digital = (api.descreen(faint, tone=tone).picture for tone in ("print", "digital"))
    assert as_print.std() > 1.2 * as_digital.std()
    np.testing.assert_array_equal(api.descreen(faint).picture, as_digital, "no bare paper is seen")
    with pytest.raises(UsageError, match="no tone 'warm'"):
        api.descreen(faint, tone="warm")


def test_channels_under_black_are_no_exactly_known_screen(scene, monkeypatch):
    colors = api.halftone(scene(150, 180), cmyk=True, method="clustered-dot", period_px=5.0).picture
    asked = []
    monkeypatch.setattr(network_method, "identify", lambda *given: asked.append(given))
    assert api.descreen(colors).picture.shape == (3, 150, 180)
    assert not asked
    api.descreen((colors[:1] > 0.5).astype(np.float32))
    assert len(asked) == 1, "but of one ink they may be"


def test_a_color_print_keeps_its_colors_unless_asked(scene, reference):
    colors = api.halftone(scene(150, 180), cmyk=True, method="clustered-dot", period_px=5.0).picture
    cleaned = api.restore(colors)
    assert any("several inks" in note and "its colors kept" in note for note in cleaned.notes)
    blurred = gaussian_filter(colors, (0, 3, 3))
    chroma = rgb_to_ycc(gaussian_filter(cleaned.picture, (0, 3, 3)))[1]
    assert np.corrcoef(chroma.ravel(), rgb_to_ycc(blurred)[1].ravel())[0, 1] > 0.9
    np.testing.assert_array_equal(api.descreen(colors).picture, cleaned.picture)
    for asked in ({"references": [reference]}, {"samples": 1}, {"recolor": True}):
        again = api.restore(colors, path="ihn-first", **asked)
        assert not any("its colors kept" in note for note in again.notes)

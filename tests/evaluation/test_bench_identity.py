import numpy as np
import pytest
from evaluation_pictures import colorful

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import Materials, bench
from halftone_color.evaluation.photographs import square
from halftone_color.evaluation.sections import identity
from halftone_color.metrics.fidelity import psnr
from halftone_color.types import Result, Screen


def gray(rgb):
    return np.asarray(rgb_to_luma(rgb), np.float32)


@pytest.fixture
def quick(monkeypatch, weights):
    pictures = {name: colorful(number, 96, 104) for number, name in enumerate(("one", "two"))}
    monkeypatch.setattr(identity, "PICTURES", tuple(pictures))
    monkeypatch.setattr(identity, "standard_picture", pictures.__getitem__)
    monkeypatch.setattr(identity, "square", lambda file: square(file, 96))
    return pictures


def test_pictures_without_a_screen_come_back(quick, photos, cells):
    report = bench("identity", Materials(photos))
    table = cells(report)
    rgbs = list(enumerate(quick.values()))
    for source, count in (("standard", "2"), ("photographs", "6")):
        for version, must in identity.MUST_DB.items():
            row = table[f"{source}, {version}"]
            assert row["pictures"] == count
            assert row["must"] == f"> {must:g}"
        clean = table[f"{source}, {identity.CLEAN}"]
        assert (clean["screen wrongly found"], clean["lowest PSNR to input"]) == ("0", "unchanged (holds)")
        assert table[f"{source}, {identity.COLOR}"]["network all the same"] == ""
    forced = [api.descreen(identity.noisy(gray(rgb), k), screened="yes", tone="digital").picture for k, rgb in rgbs]
    expected = np.mean(
        [psnr(picture, identity.noisy(gray(rgb), k)) for picture, (k, rgb) in zip(forced, rgbs, strict=True)]
    )
    assert float(table[f"standard, {identity.NOISY}"]["network all the same"]) == pytest.approx(expected, abs=0.06)
    assert "Screens wrongly found: none." in report


def test_one_changed_picture_fails_its_row(quick, monkeypatch, cells):
    def descreen(given, **_):
        changed = len(given) == 1 and np.array_equal(given, gray(quick["two"]))
        return Result((given + 0.1 * changed,), Screen("stochastic" if changed else "none"))

    monkeypatch.setattr(api, "descreen", descreen)
    report = bench("identity", Materials())
    row = cells(report)[f"standard, {identity.CLEAN}"]
    assert (row["screen wrongly found"], row["changed"]) == ("1", "1")
    assert row["lowest PSNR to input"] == "20.0 (FAILS)"
    assert "Screens wrongly found: two (gray: stochastic)." in report
    assert "not measured: give the folder of photographs" in report


def test_what_changes_without_a_screen_is_named(quick, monkeypatch):
    rgb = quick["two"]

    def descreen(given, **_):
        return Result((given[:1] if given is rgb else given,), Screen("none"))

    monkeypatch.setattr(api, "descreen", descreen)
    assert "Changed although none was found: two." in bench("identity", Materials())


def test_noise_has_the_width_stated():
    gray = np.full((1, 100, 100), 0.5, np.float32)
    noisy = identity.noisy(gray, 3)
    assert (noisy - gray).std() * 255 == pytest.approx(identity.NOISE, rel=0.05)
    assert np.array_equal(noisy, identity.noisy(gray, 3))
    assert not np.array_equal(noisy, identity.noisy(gray, 4))

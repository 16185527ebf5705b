"""Finding weights: order of the folders, sets, sha256, partners, and loading them by role."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from halftone_color.checkpoints import files, finding, manifest
from halftone_color.checkpoints.loading import networks_for
from halftone_color.errors import WeightsError


@pytest.fixture
def keep(make):
    """Save a tiny network in a folder and put it in the folder's manifest."""

    def kept(folder, role, set_name="hcolor", seed=0, default=True, **fields):
        path = folder / f"{set_name}-{role}.safetensors"
        sha256 = files.save(path, make(seed), "tiny_for_tests", role)
        size = path.stat().st_size
        entry = manifest.Entry(role, set_name, path.name, sha256, size, default, "CC0", **fields)
        manifest.add(folder, [entry])
        return entry

    return kept


def test_manifest_comes_back_as_written(tmp_path):
    entries = [
        manifest.Entry(
            "a", "s", "a.safetensors", "0" * 64, 5, True, 'say "no"\n', ("Zoë's photos", "b\\c"), {"x y": "1"}
        ),
        manifest.Entry("b", "s", "b.safetensors", "1" * 64, 7, False, ""),
    ]
    manifest.write(tmp_path, entries)
    assert manifest.read(tmp_path) == entries
    newer = dataclasses.replace(entries[0], sha256="2" * 64)
    manifest.add(tmp_path, [newer])
    assert manifest.read(tmp_path) == [entries[1], newer]


@pytest.mark.parametrize(
    "text",
    [
        "weights = 3",
        "[[weights]]\nrole = 'a'",
        "[[weights]",
        "[[weights]]\nfar = 1",
        "[[weights]]\nrole='a'\nset='s'\nfile='../a'\nsha256=''\nbytes=1\ndefault=true\nlicence=''",
    ],
)
def test_bad_manifest_is_refused(tmp_path, text):
    (tmp_path / manifest.NAME).write_text(text)
    with pytest.raises(WeightsError, match=r"manifest\.toml"):
        manifest.read(tmp_path)


def test_the_named_folder_comes_before_the_users(keep, weight_folders):
    named, user = weight_folders
    theirs = keep(user, "fusion", seed=1)
    assert finding.find("fusion") == user / theirs.file
    keep(named, "fusion", seed=2)
    assert finding.find("fusion") == named / "hcolor-fusion.safetensors"


def test_the_packages_folder_lies_between(keep, weight_folders, tmp_path, monkeypatch):
    named, user = weight_folders
    checkout, wheel = tmp_path / "weights", tmp_path / "package" / "weights"
    checkout.mkdir()
    assert finding.folders() == [named, checkout]
    wheel.mkdir()
    user.mkdir(parents=True)
    assert finding.folders() == [named, wheel, user]
    monkeypatch.delenv("HCOLOR_WEIGHTS")
    assert finding.folders() == [wheel, user]
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(tmp_path / "nowhere"))
    with pytest.raises(WeightsError, match=r"HCOLOR_WEIGHTS is .*nowhere"):
        finding.folders()


def test_sets_and_the_default(keep, weight_folders):
    named, _ = weight_folders
    keep(named, "fusion", "second", default=False)
    keep(named, "fusion", "hcolor")
    assert finding.locate("fusion").entry.set == "hcolor"
    assert finding.locate("fusion", "second").entry.set == "second"
    with pytest.raises(WeightsError, match=r"no set of weights 'third' .*; sets: hcolor, second\."):
        finding.find("fusion", "third")
    with pytest.raises(WeightsError, match="no default weights for colorizer; install"):
        finding.find("colorizer")
    with pytest.raises(WeightsError, match=r"hcolor weights import IHN\.pth"):
        finding.find("fusion", "authors-2021")


def test_a_folder_may_stand_for_a_set(keep, weight_folders, tmp_path, monkeypatch):
    named, _ = weight_folders
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    keep(named, "fusion", "second", seed=1, default=False)
    kept = keep(elsewhere, "fusion", seed=2)
    assert finding.find("fusion", str(elsewhere)) == elsewhere / kept.file
    (tmp_path / "second").mkdir()
    keep(tmp_path / "second", "fusion", seed=3)
    monkeypatch.chdir(tmp_path)
    assert finding.find("fusion", "elsewhere").resolve() == (elsewhere / kept.file).resolve()
    assert finding.find("fusion", "second").parent == named  # a set comes before a folder of its name
    with pytest.raises(WeightsError, match=r"no .*elsewhere weights for colorizer"):
        finding.find("colorizer", str(elsewhere))
    with pytest.raises(WeightsError, match=r"and no folder of that name with a manifest\.toml"):
        finding.find("fusion", str(tmp_path))


def test_one_changed_bit_is_noticed(keep, weight_folders):
    named, _ = weight_folders
    path = named / keep(named, "fusion").file
    content = bytearray(path.read_bytes())
    content[-3] ^= 4
    path.write_bytes(content)
    with pytest.raises(WeightsError, match=r"fusion\.safetensors is damaged: .*sha256") as caught:
        finding.find("fusion")
    assert caught.value.exit_code == 6
    with pytest.raises(WeightsError, match="damaged"):
        networks_for("default", ["fusion"])
    path.unlink()
    with pytest.raises(WeightsError, match="is missing; install"):
        finding.find("fusion")


def test_verify_tells_whole_damaged_and_missing_and_wrong_partners(keep, weight_folders):
    named, user = weight_folders
    partner = keep(named, "colorizer", seed=1)
    keep(named, "fusion", trained_with={"colorizer": partner.sha256, "not-shipped": "0" * 64})
    keep(user, "histogram", "own", trained_with={"colorizer": partner.sha256})
    keep(user, "colorizer", "own", seed=3)
    (named / partner.file).write_bytes(b"x")
    (user / "own-colorizer.safetensors").unlink()
    found = {(v.stored.entry.set, v.stored.entry.role): v for v in finding.verify_all()}
    assert found["hcolor", "fusion"].damage is None
    assert "damaged" in found["hcolor", "colorizer"].damage
    assert found["own", "colorizer"].damage == "is missing"
    assert found["hcolor", "fusion"].mismatched == ()
    assert found["own", "histogram"].mismatched == ("colorizer",)


def test_networks_by_role(keep, make, weight_folders, caplog):
    named, _ = weight_folders
    partner = keep(named, "colorizer", seed=1)
    keep(named, "fusion", seed=2, trained_with={"colorizer": partner.sha256})
    networks = networks_for("default", ["fusion", "colorizer", "fusion"], torch.device("cpu"))
    assert list(networks) == ["fusion", "colorizer"]
    for role, seed in (("colorizer", 1), ("fusion", 2)):
        assert torch.equal(networks[role].layer.weight, make(seed).layer.weight.half().float())
    assert not caplog.records
    keep(named, "colorizer", seed=3)
    networks_for("hcolor", ["fusion", "colorizer"])
    assert "fusion.safetensors was not trained with the colorizer network" in caplog.text
    assert networks_for("hcolor", []) == {}


def test_a_manifest_that_names_another_role_is_refused(keep, weight_folders):
    named, _ = weight_folders
    entry = keep(named, "fusion")
    manifest.write(named, [dataclasses.replace(entry, role="colorizer")])
    with pytest.raises(WeightsError, match="is a fusion network, not colorizer"):
        networks_for("default", ["colorizer"])

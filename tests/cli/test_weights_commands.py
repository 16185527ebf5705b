"""hcolor weights: what its four commands show and how they fail."""

from __future__ import annotations

import pytest
import torch
from typer.testing import CliRunner

from halftone_color.checkpoints import files, finding, manifest
from halftone_color.cli.weights import app
from halftone_color.errors import UsageError, WeightsError
from halftone_color.networks import authors_2021

LICENCE = "CC BY-NC 4.0 [research only]"


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*words):
        return CliRunner().invoke(app, list(words))

    return ran


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of weights with one network in it; no other folder is searched."""
    folder = tmp_path / "weights"
    monkeypatch.setattr(finding, "folders", lambda: [folder, tmp_path / "user"])
    monkeypatch.setattr(finding, "user_folder", lambda: tmp_path / "user")
    path = folder / "hcolor-fusion.safetensors"
    extra = {"fits": "the [shipped] cascade"}
    sha256 = files.save(path, authors_2021.build("fusion"), "authors_2021", "fusion", extra)
    size = path.stat().st_size
    trained_with = {"colorizer": "c" * 64}
    entry = manifest.Entry("fusion", "hcolor", path.name, sha256, size, True, LICENCE, ("Photos A", "B"), trained_with)
    manifest.add(folder, [entry])
    return folder


def test_list_names_every_file(run, folder):
    shown = run("list")
    assert shown.exit_code == 0
    line = next(line for line in shown.output.splitlines() if "hcolor-fusion.safetensors" in line)
    assert line.split() == ["hcolor", "fusion", "hcolor-fusion.safetensors", "0.5", "yes"]
    (folder / "hcolor-fusion.safetensors").unlink()
    assert "hcolor-fusion.safetensors (missing)" in run("list").output


def test_info_prints_licence_sources_and_partners(run, folder):
    for words in ((), ("fusion",), ("hcolor",)):
        shown = run("info", *words).output
        entry = manifest.read(folder)[0]
        for part in (
            LICENCE,
            "Photos A",
            "authors_2021",
            entry.sha256,
            "colorizer " + "c" * 64,
            "the [shipped] cascade",
        ):
            assert part in shown
    refused = run("info", "colorizer").exception
    assert isinstance(refused, UsageError)
    assert "names: fusion, hcolor, hcolor-fusion.safetensors" in str(refused)


def test_verify_fails_on_a_damaged_file(run, folder):
    good = run("verify")
    assert good.exit_code == 0
    assert "whole" in good.output
    path = folder / "hcolor-fusion.safetensors"
    path.write_bytes(path.read_bytes() + b"x")
    bad = run("verify")
    assert "is damaged" in bad.output
    assert isinstance(bad.exception, WeightsError)
    assert str(path) in str(bad.exception)


def test_import_stores_and_says_where(run, folder, tmp_path):
    path = tmp_path / "F.pth"
    torch.save(authors_2021.build("fusion").state_dict(), path)
    shown = run("import", str(path))
    assert shown.exit_code == 0
    stored = tmp_path / "user" / "authors-2021-fusion.safetensors"
    assert stored.is_file()
    assert f"fusion: {stored}" in shown.output
    assert "authors-2021" in run("list").output
    path.write_bytes(b"no weights")
    assert isinstance(run("import", str(path)).exception, WeightsError)


def test_no_weights_at_all(run, monkeypatch):
    monkeypatch.setattr(finding, "folders", list)
    for command in ("list", "info", "verify"):
        refused = run(command).exception
        assert isinstance(refused, WeightsError)
        assert "HCOLOR_WEIGHTS" in str(refused)

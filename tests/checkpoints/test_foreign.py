"""Importing published checkpoints: recognized by keys, refused with names, never executed."""

from __future__ import annotations

import contextlib
import os
import pickle
from collections import OrderedDict

import pytest
import torch

from halftone_color.checkpoints import finding, foreign, header, manifest
from halftone_color.checkpoints.loading import networks_for
from halftone_color.errors import WeightsError
from halftone_color.networks import authors_2021


@pytest.fixture
def user(weight_folders):
    return weight_folders[1]


def state(role="fusion"):
    torch.manual_seed(3)
    return authors_2021.build(role).state_dict()


def write(path, content):
    torch.save(content, path)
    return path


@pytest.mark.parametrize("prefix", ["", "module."])
def test_fusion_is_recognized_under_any_name_and_runs(tmp_path, user, prefix):
    tensors = state()
    path = write(tmp_path / "IHN.pth", OrderedDict((prefix + key, value) for key, value in tensors.items()))
    (entry,) = foreign.import_foreign([path])
    assert (entry.role, entry.set, entry.default) == ("fusion", "authors-2021", False)
    assert manifest.read(user) == [entry]
    assert (user / entry.file).stat().st_size == entry.bytes
    assert finding.find("fusion", "authors-2021") == user / entry.file
    assert header.read(user / entry.file).config == {"role": "fusion"}
    network = networks_for("authors-2021", ["fusion"])["fusion"]
    assert isinstance(network, authors_2021.Fusion)
    assert network.state_dict().keys() == tensors.keys()
    assert all(torch.equal(network.state_dict()[key], value) for key, value in tensors.items())


def test_the_four_files_make_a_set(tmp_path, user, monkeypatch):
    # Thin networks with the published keys: what is verified is the same, and the test stays fast.
    monkeypatch.setattr(authors_2021, "WIDTHS", (4,) * 7)
    monkeypatch.setattr(authors_2021, "GROWTH", 2)
    paths = [write(tmp_path / f"{n}.pth", state(role)) for n, role in enumerate(authors_2021.ROLES)]
    entries = foreign.import_foreign(reversed(paths))
    roles = ["fusion", "colorizer", "color-encoder", "inverse-halftone"]
    assert [entry.role for entry in entries] == roles
    networks = networks_for("authors-2021", roles)
    kinds = [authors_2021.Fusion, authors_2021.Colorizer, authors_2021.Encoder, authors_2021.InverseHalftone]
    assert [type(networks[role]) for role in roles] == kinds
    assert networks["inverse-halftone"].n64s1.state_dict().keys() == {"n64s1/c.weight"}
    assert [verdict.damage for verdict in finding.verify_all()] == [None] * 4


def test_importing_again_replaces(tmp_path, user):
    tensors = state()
    foreign.import_foreign([write(tmp_path / "F.pth", tensors)])
    tensors["block5.0.bias"] += 1
    (entry,) = foreign.import_foreign([write(tmp_path / "F.pth", tensors)])
    assert manifest.read(user) == [entry]
    network = networks_for("authors-2021", ["fusion"])["fusion"]
    assert torch.equal(network.block5[0].bias, tensors["block5.0.bias"])


def test_other_precision_becomes_single(tmp_path, user):
    doubled = {key: value.double() for key, value in state().items()}
    foreign.import_foreign([write(tmp_path / "F.pth", doubled)])
    network = networks_for("authors-2021", ["fusion"])["fusion"]
    assert network.block2.conv1.weight.dtype == torch.float32


def test_faulty_keys_are_named(tmp_path, user):
    tensors = state()
    for key in ("block1.0.bias", "block2.conv1.weight", "block2.conv2.weight", "block3.conv1.weight"):
        del tensors[key]
    tensors["extra.weight"] = torch.zeros(1)
    tensors["block5.0.bias"] = torch.zeros(4)
    tensors["block5.0.weight"] = torch.zeros(3, 64, 3, 3, dtype=torch.int64)
    with pytest.raises(WeightsError) as caught:
        foreign.import_foreign([write(tmp_path / "F.pth", tensors)])
    message = str(caught.value)
    assert "not the published fusion network" in message
    assert "missing: block1.0.bias, block2.conv1.weight, block2.conv2.weight and 1 more" in message
    assert "unexpected: extra.weight" in message
    assert "of another shape: block5.0.bias (4,) instead of (3,)" in message
    assert "of another type: block5.0.weight int64" in message
    assert not user.exists()


class Malicious:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (os.mkdir, (str(self.trace),))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("wrap", [lambda bomb: bomb, lambda bomb: state() | {"more": bomb}])
@pytest.mark.parametrize("writer", [torch.save, lambda content, path: path.write_bytes(pickle.dumps(content))])
def test_code_in_a_file_is_not_run(tmp_path, user, wrap, writer):
    trace = tmp_path / "executed"
    path = tmp_path / "F.pth"
    writer(wrap(Malicious(trace)), path)
    with pytest.raises(WeightsError, match="nothing in it was executed") as caught:
        foreign.import_foreign([path])
    assert not trace.exists()
    assert "\n" not in str(caught.value)
    assert not user.exists()
    with contextlib.suppress(RuntimeError):  # a bare pickle is run before its form is found wrong
        torch.load(path, weights_only=False)
    assert trace.exists()  # the file is armed indeed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"epoch": 3, "state_dict": {}}, "'epoch' is of type int, not a plain tensor"),
        ({1: torch.zeros(1)}, "1 is of type Tensor, not a plain tensor"),
        ({"a": torch.zeros(2, 2).to_sparse()}, "'a' is of type Tensor, not a plain tensor"),
        ([torch.zeros(1)], r"content \(list\) is not a state dict"),
        ({}, r"content \(dict\) is not a state dict"),
        ({"conv.weight": torch.zeros(1)}, r"not one of the published networks \(its first keys: conv.weight\)"),
    ],
)
def test_other_contents_are_refused(tmp_path, user, content, words):
    with pytest.raises(WeightsError, match=words):
        foreign.import_foreign([write(tmp_path / "a.pth", content)])


@pytest.mark.parametrize("content", [b"", b"<html>Sign in</html>", bytes(range(256)) * 9, "half"])
def test_damaged_files_are_refused(tmp_path, user, content):
    path = write(tmp_path / "F.pth", state())
    path.write_bytes(path.read_bytes()[:50_000] if content == "half" else content)
    with pytest.raises(WeightsError, match=r"F\.pth was refused") as caught:
        foreign.import_foreign([path])
    assert "\n" not in str(caught.value)


def test_missing_file_and_the_same_network_twice(tmp_path, user):
    with pytest.raises(WeightsError, match=r"file .*G\.pth"):
        foreign.import_foreign([tmp_path / "G.pth"])
    first, second = write(tmp_path / "F.pth", state()), write(tmp_path / "copy.pth", state())
    with pytest.raises(WeightsError, match="are the same network"):
        foreign.import_foreign([first, second])
    with pytest.raises(WeightsError, match="does not exist"):
        foreign.import_foreign([first, tmp_path / "G.pth"])
    assert not user.exists()

"""Weights files: what is saved comes back, and what is damaged or foreign is refused."""

from __future__ import annotations

import hashlib
import json

import pytest
import torch
from safetensors.torch import save_file

from halftone_color.checkpoints import files, header
from halftone_color.errors import OutputError, WeightsError
from halftone_color.networks import authors_2021, colorizer
from halftone_color.system import atomic

NAME = "tiny_for_tests"


def test_a_network_comes_back_with_its_configuration(make, tmp_path):
    network = make(widths=(5, 4), bias=False)
    path = tmp_path / "new" / "tiny.safetensors"
    extra = {"licence": "CC0", "trained_with": {"fusion": "ab" * 32}, "fits": ["a", "b"], "note": "three words long"}
    sha256 = files.save(path, network, NAME, "toy", extra, torch.float32)
    assert sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    checkpoint = files.load(path)
    assert checkpoint.header.extra == extra
    assert checkpoint.header.licence == "CC0"
    assert (checkpoint.header.architecture, checkpoint.header.role) == (NAME, "toy")
    assert checkpoint.header.created_by.startswith("hcolor")
    assert header.read(path) == checkpoint.header
    again = checkpoint.network()
    assert again.config == network.config
    assert not again.training
    assert not any(parameter.requires_grad for parameter in again.parameters())
    for key, tensor in network.state_dict().items():
        assert torch.equal(tensor, again.state_dict()[key]), key
    given = torch.ones(2, 5)
    assert torch.equal(again(given), network.eval()(given))


def test_half_precision_in_the_file_and_single_in_memory(make, tmp_path):
    network = make()
    files.save(tmp_path / "a.safetensors", network, NAME, "toy")
    checkpoint = files.load(tmp_path / "a.safetensors")
    assert checkpoint.tensors["layer.weight"].dtype == torch.float16
    assert checkpoint.tensors["norm.num_batches_tracked"].item() == 41
    weight = checkpoint.network().layer.weight
    assert weight.dtype == torch.float32
    assert torch.equal(weight, network.layer.weight.half().float())


def test_equal_networks_give_equal_bytes(make, tmp_path):
    extra = {name: name for name in "abcdefgh"}
    digests = {files.save(tmp_path / "a.safetensors", make(), NAME, "toy", extra) for _ in range(5)}
    assert len(digests) == 1
    assert files.save(tmp_path / "a.safetensors", make(seed=1), NAME, "toy", extra) not in digests


def test_the_published_fusion_network_makes_the_journey(tmp_path):
    network = authors_2021.build("fusion").eval()
    files.save(tmp_path / "f.safetensors", network, "authors_2021", "fusion", dtype=torch.float32)
    again = files.load(tmp_path / "f.safetensors").network()
    pictures = torch.rand(2, 1, 3, 16, 16)
    with torch.no_grad():
        assert torch.equal(again(*pictures), network(*pictures))


def test_values_beyond_half_precision_are_refused(make, tmp_path):
    network = make()
    network.norm.running_var.fill_(1e6)
    with pytest.raises(WeightsError, match=r"norm\.running_var .* float16"):
        files.save(tmp_path / "a.safetensors", network, NAME, "toy")
    assert not (tmp_path / "a.safetensors").exists()
    files.save(tmp_path / "a.safetensors", network, NAME, "toy", dtype=torch.float32)
    assert files.load(tmp_path / "a.safetensors").network().norm.running_var.max() == 1e6


def test_fixed_fields_are_not_free(make, tmp_path):
    with pytest.raises(ValueError, match="role"):
        files.save(tmp_path / "a.safetensors", make(), NAME, "toy", {"role": "other"})


def changed(path, **metadata):
    """Write the file's tensors again with other metadata (None removes a field)."""
    with header.safe_open(path, framework="pt") as opened:
        fields = opened.metadata() | metadata
    tensors = files.load(path).tensors
    save_file(tensors, path, {name: text for name, text in fields.items() if text is not None})


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        ({"architecture": None, "role": None}, "no architecture and no role"),
        ({"config": "{"}, "unreadable header"),
        ({"architecture": "os"}, "'os', which this version does not have"),
        ({"architecture": "../tiny_for_tests"}, "does not have"),
        ({"config": json.dumps({"depth": 3})}, "does not fit .*depth"),
        ({"config": json.dumps({"widths": [3, 7]})}, "does not fit .*of another shape"),
        ({"architecture": "authors_2021", "config": json.dumps({"role": "x"})}, "does not fit"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(make, tmp_path, metadata, words):
    path = tmp_path / "a.safetensors"
    files.save(path, make(), NAME, "toy")
    changed(path, **metadata)
    with pytest.raises(WeightsError, match=words) as caught:
        files.load(path).network()
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 6


CONFIGS_OF_0_5_0 = {
    "colorizer": {"code": 16, "widths": [160, 128, 96, 64, 32], "key": 48, "fine_key": 48, "voters": 64},
    "color_encoder": {"code": 16, "widths": [32, 64, 96, 128]},
}


@pytest.mark.parametrize("architecture", CONFIGS_OF_0_5_0)
def test_a_file_of_the_old_architecture_is_refused_as_such(architecture, make, tmp_path):
    path = tmp_path / "a.safetensors"
    files.save(path, make(), NAME, architecture)
    changed(path, architecture=architecture, config=json.dumps(CONFIGS_OF_0_5_0[architecture]))
    with pytest.raises(WeightsError) as caught:
        files.load(path).network()
    sentence = str(caught.value)
    assert sentence.startswith(f"{path} comes from an older version of hcolor and does not fit")
    assert f"architecture {architecture} of this version" in sentence
    assert sentence.endswith("; use the weights that come with this version, or train again.")
    assert ("it has no fine_key and no voters" in sentence) == (architecture == "colorizer")
    assert "\n" not in sentence


def test_a_file_of_this_version_is_not_called_old(make, tmp_path):
    path = tmp_path / "a.safetensors"
    files.save(path, make(), NAME, "toy")
    changed(path, config=json.dumps({"widths": [3, 7], "bias": True}))
    with pytest.raises(WeightsError, match=r"a\.safetensors does not fit .*of another shape"):
        files.load(path).network()


@pytest.mark.parametrize("length", [0, 5, 100, -1])
def test_truncated_and_missing_files_are_refused(make, tmp_path, length):
    path = tmp_path / "a.safetensors"
    for read in (files.load, header.read):
        with pytest.raises(WeightsError, match="is missing"):
            read(path)
    files.save(path, make(), NAME, "toy")
    path.write_bytes(path.read_bytes()[:length])
    for read in (files.load, header.read):
        with pytest.raises(WeightsError, match="damaged"):
            read(path)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a"
    atomic.write(path, b"old")

    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left on device") as caught:
        atomic.write(path, b"new")
    assert caught.value.exit_code == 5
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "a").touch()
    with pytest.raises(OutputError, match="could not be written"):
        atomic.write(tmp_path / "a" / "b", b"new")


def test_a_colorizer_of_0_6_0_loads_without_the_slopes_that_it_states(tmp_path):
    sizes = {"code": 4, "widths": [16, 16, 16, 12, 8], "key": 8, "queries": 8, "query_width": 16, "mixed": 8}
    network = colorizer.ColorizerNet(
        colorizer.ColorizerConfig(**{k: tuple(v) if k == "widths" else v for k, v in sizes.items()})
    )
    path = tmp_path / "a.safetensors"
    files.save(path, network, "colorizer", "colorizer", dtype=torch.float32)
    changed(path, config=json.dumps(sizes | {"gates": [[0.75, 0.88], [0.88, 0.95]], "slopes": [0.1] * 16}))
    loaded = files.load(path).network()
    assert loaded.prior is None
    assert torch.equal(loaded.leave.weight, network.leave.weight)

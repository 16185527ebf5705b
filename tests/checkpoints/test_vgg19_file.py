"""torchvision's VGG-19 file: loaded as it is, and refused where it is anything else; nothing in it runs."""

from __future__ import annotations

import os

import pytest
import torch

from halftone_color.checkpoints.vgg19 import load_vgg19
from halftone_color.errors import WeightsError
from halftone_color.networks import vgg19


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(vgg19, "LAYERS", (4, 4, 0, 8, 0))


def state():
    torch.manual_seed(0)
    return vgg19.Vgg19Net().state_dict()


def saved(path, content):
    torch.save(content, path)
    return path


@pytest.mark.parametrize("more", [{}, {"classifier.0.weight": torch.zeros(2, 3), "classifier.6.bias": torch.zeros(2)}])
def test_the_file_loads_with_or_without_its_classifier(tmp_path, more):
    network = load_vgg19(saved(tmp_path / "vgg19.pth", state() | more))
    rgb = torch.rand(1, 3, 9, 7)
    plain = vgg19.Vgg19Net()
    plain.load_state_dict(state())
    for ours, theirs in zip(network.maps(rgb), plain.maps(rgb), strict=True):
        torch.testing.assert_close(ours, theirs)
    assert not network.training
    assert not any(weight.requires_grad for weight in network.parameters())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"features.5.bias": torch.zeros(9)}, "of another shape: features.5.bias"),
        ({"features.1.weight": torch.zeros(4)}, "unexpected: features.1.weight"),  # as with batch norms
        ({"features.5.bias": torch.zeros(8, dtype=torch.int64)}, "of another type"),
        ({"epoch": 3}, "'epoch' is of type int, not a plain tensor"),
    ],
)
def test_another_network_is_refused(tmp_path, change, said):
    with pytest.raises(WeightsError, match=said) as caught:
        load_vgg19(saved(tmp_path / "a.pth", state() | change))
    assert "give torchvision's file" in str(caught.value)


def test_missing_layers_and_a_missing_file_are_refused(tmp_path):
    part = {key: value for key, value in state().items() if not key.startswith("features.5")}
    with pytest.raises(WeightsError, match=r"missing: features\.5"):
        load_vgg19(saved(tmp_path / "a.pth", part))
    with pytest.raises(WeightsError, match="does not exist"):
        load_vgg19(tmp_path / "nowhere.pth")


class Malicious:
    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return (os.mkdir, (str(self.trace),))


@pytest.mark.parametrize("content", ["code", b"", b"<html>Sign in</html>"])
def test_what_is_no_weight_file_is_refused_and_not_run(tmp_path, content):
    path, trace = tmp_path / "vgg19.pth", tmp_path / "executed"
    if content == "code":
        saved(path, state() | {"more": Malicious(trace)})
    else:
        path.write_bytes(content)
    with pytest.raises(WeightsError, match="nothing in it was executed"):
        load_vgg19(path)
    assert not trace.exists()
    if content == "code":
        torch.load(path, weights_only=False)
        assert trace.exists(), "the file is armed indeed"

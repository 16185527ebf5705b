"""Feature networks from files: each tensor in its place, and files that are none."""

from __future__ import annotations

import pytest
import safetensors.torch
import torch

from halftone_color.errors import WeightsError
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions
from halftone_color.training.backbone import load_backbone, load_features


def test_a_backbone_is_read_in_the_order_of_its_graph(tmp_path):
    torch.manual_seed(0)
    wanted = Classifier()
    tensors = {}
    for index, conv in enumerate(convolutions(wanted)):
        tensors[f"conv{index}.weight"], tensors[f"conv{index}.bias"] = conv.weight.detach(), conv.bias.detach()
    path = tmp_path / "backbone.safetensors"
    safetensors.torch.save_file(tensors, path)
    found = load_backbone(path)
    picture = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(found(picture)["logits"], wanted.eval()(picture)["logits"])
    assert not any(weight.requires_grad for weight in found.parameters())
    del tensors["conv52.bias"]
    safetensors.torch.save_file(tensors, path)
    with pytest.raises(WeightsError, match="not a MobileNetV2 feature file"):
        load_backbone(path)


def test_a_trunk_is_read_by_its_names(trunk_file, tmp_path):
    tensors = safetensors.torch.load_file(trunk_file)
    found = load_features(trunk_file)
    assert {name for name, _ in found.named_parameters()} == set(tensors)
    for name, weight in found.named_parameters():
        torch.testing.assert_close(weight, tensors[name].float())
        assert not weight.requires_grad
    assert not found.training
    path = tmp_path / "with_a_head.safetensors"
    safetensors.torch.save_file(tensors | {"head.weight": torch.zeros(2)}, path)
    torch.testing.assert_close(load_features(path).trunk.stem.weight, found.trunk.stem.weight)
    del tensors["trunk.stem.bias"]
    safetensors.torch.save_file(tensors, path)
    with pytest.raises(WeightsError, match=r"not an EfficientNet-Lite1 trunk \(.*\); name another with --backbone"):
        load_features(path)


@pytest.mark.parametrize("load", [load_backbone, load_features])
def test_what_is_no_file_of_tensors_is_refused(load, tmp_path):
    text = tmp_path / "text.safetensors"
    text.write_text("no tensors")
    for path in (text, tmp_path / "nowhere.safetensors", tmp_path):
        with pytest.raises(WeightsError, match=r"cannot be read as safetensors .* name another with --backbone"):
            load(path)

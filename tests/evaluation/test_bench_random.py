import numpy as np
import pytest
import torch
from evaluation_pictures import colorful
from safetensors.torch import save_file
from skimage.color import lab2rgb, rgb2lab

from halftone_color.errors import InputError
from halftone_color.evaluation import Materials, bench
from halftone_color.evaluation.sections import random
from halftone_color.networks.mobilenet_v2 import Classifier, convolutions


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    path = tmp_path_factory.mktemp("backbone") / "features.safetensors"
    torch.manual_seed(0)
    tensors = {}
    for index, conv in enumerate(convolutions(Classifier())):
        torch.nn.init.kaiming_normal_(conv.weight)
        tensors |= {f"conv{index}.weight": conv.weight.detach(), f"conv{index}.bias": conv.bias.detach()}
    save_file(tensors, path)
    return path


def from_lab(lightness, a, b):
    return lab2rgb(np.stack(np.broadcast_arrays(lightness, a, b)), channel_axis=0).astype(np.float32)


def test_colors_that_part_in_half_of_the_picture_have_a_known_variance():
    lightness = np.full((16, 16), 60.0)
    right = np.where(np.arange(16) < 8, 0.0, 8.0)[None].repeat(16, 0)
    one, two = from_lab(lightness, right, 0.0), from_lab(lightness, 0.0, right)
    assert random.difference_variance(one, one) == 0
    assert random.difference_variance(one, from_lab(lightness, 0.0, 0.0)) == pytest.approx(16, abs=0.1)  # (8 / 2)^2
    assert random.difference_variance(one, two) == pytest.approx(32, abs=0.2)


def test_tints_differ_in_light_alone():
    gray = np.linspace(0.3, 0.7, 256, dtype=np.float32).reshape(1, 16, 16)
    warm, cool = random.tinted(gray, np.array([10.0, 15.0])), random.tinted(gray, np.array([-8.0, -12.0]))
    assert rgb2lab(warm, channel_axis=0)[1:].mean((1, 2)) == pytest.approx([10, 15], abs=0.1)
    assert random.difference_variance(warm, cool) < 0.01
    neutral = random.tinted(gray, np.zeros(2))
    assert np.abs(neutral - gray).max() < 1e-3


def test_features_tell_pictures_apart(backbone):
    network = random.load_backbone(backbone)
    taps, pooled = random.look(network, colorful(0))
    assert [tap.shape[0] for tap in taps] == [16, 24, 32, 64, 96]
    assert pooled.shape == (1280,)
    assert random.feature_distance(taps, taps) == 0
    assert random.feature_distance(taps, random.look(network, colorful(1))[0]) > 0


def test_too_few_photographs_cannot_lend_each_other_colors(weights, photos):
    (photos / "index.csv").write_text("file,split\npixabay-0.png,val\nfairface-1.png,val")
    with pytest.raises(InputError, match="at least 3"):
        bench("random", Materials(photos))


def test_without_the_backbone_its_columns_say_so(weights, photos, cells):
    table = cells(random.measure(Materials(photos), count=3, side=64))
    distance = f"feature distance ({random.BACKBONE})"
    assert table["samples"][distance] == table["tinted"][distance] == "not measured: --backbone"
    assert table["gray"]["KID x 1000"] == "not measured: --backbone"
    assert table["true photographs"]["colorfulness / true"] == "1.00"
    assert table["gray"]["colorfulness / true"] == "0.00"
    assert float(table["samples"]["variance of ab difference"]) > 0


def test_with_the_backbone_every_figure_is_there_and_repeats(weights, photos, backbone, cells):
    materials = Materials(photos, backbone)
    report = random.measure(materials, count=3, side=64)
    assert report == random.measure(materials, count=3, side=64)
    table = cells(report)
    distance = f"feature distance ({random.BACKBONE})"
    assert float(table["samples"][distance]) > 0
    assert float(table["tinted"][distance]) > 0
    assert all(np.isfinite(float(row["KID x 1000"])) for row in table.values())
    assert "3 validation photographs" in report
    assert "against 3 other validation photographs" in report
    share = float(table["samples"][distance]) / float(table["tinted"][distance])
    told = float(report.split("of tints >= 0.5: ")[1].split(" ")[0])
    assert told == pytest.approx(share, abs=0.02)

"""Small networks with random weights as the default set, photographs of the tests' own, and tables read back."""

import shutil
from pathlib import Path

import pytest
import torch
from evaluation_pictures import colorful

from halftone_color.checkpoints import files, manifest
from halftone_color.images.writing import write
from halftone_color.networks import color_encoder, colorizer, fusion, inverse_halftone

SMALL = {
    "inverse-halftone": lambda: inverse_halftone.InverseHalftoneNet(
        inverse_halftone.InverseHalftoneConfig((4, 4), (1, 1), detail_width=4, detail_blocks=1)
    ),
    "colorizer": lambda: colorizer.ColorizerNet(colorizer.ColorizerConfig(code=4, widths=(8, 8, 8, 8, 8), key=8)),
    "color-encoder": lambda: color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(code=4, widths=(4, 4))),
    "fusion": lambda: fusion.FusionNet(fusion.FusionConfig(width=4, blocks=1)),
}


@pytest.fixture(scope="session")
def weights_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    entries = []
    for role, make in SMALL.items():
        torch.manual_seed(7)
        network = make()
        if role == "colorizer":
            torch.nn.init.normal_(network.leave.weight, std=0.3)  # so that its colors can be seen
            torch.nn.init.normal_(network.color2.style.weight, std=1.0)  # ... and codes tell on them, place by place
        path = folder / f"{role}.safetensors"
        sha256 = files.save(path, network, role.replace("-", "_"), role)
        entries.append(manifest.Entry(role, "small", path.name, sha256, path.stat().st_size, True, "none"))
    manifest.write(folder, entries)
    return folder


@pytest.fixture
def weights(weights_folder, monkeypatch):
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(weights_folder))


@pytest.fixture(scope="session")
def seven_photos(tmp_path_factory):
    folder = tmp_path_factory.mktemp("photos")
    lines = ["file,split"]
    for number, prefix in enumerate(("pixabay", "fairface", "food", "food", "food", "food", "pixabay")):
        name = f"{prefix}-{number}.png"
        write(folder / name, colorful(number))
        lines.append(f"{name},{'train' if number == 6 else 'val'}")
    (folder / "index.csv").write_text("\n".join(lines))
    return folder


@pytest.fixture
def photos(seven_photos, tmp_path):
    """Seven photographs, one of them of the training split, in a folder of the test's own."""
    return Path(shutil.copytree(seven_photos, tmp_path / "photos"))


@pytest.fixture
def cells():
    """Read a Markdown table of a report: row name -> {column name: cell}."""

    def read(report):
        lines = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in report.splitlines() if line[:1] == "|"
        ]
        head, body = lines[0], lines[2:]
        return {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in body}

    return read

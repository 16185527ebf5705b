"""Networks of a few thousand numbers with random weights, in memory and as a folder of weights."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
import torch
import typer.main

from halftone_color.networks import (
    color_encoder,
    colorizer,
    cycle_cnn,
    denoiser,
    fusion,
    guided_denoiser,
    inverse_halftone,
)
from halftone_color.run import Conditions, Run
from halftone_color.training.jobs import publish_networks

CODE = 4

torch.set_num_threads(1)  # tiny tensors only lose by being shared out, most of all on busy cores


@pytest.fixture(autouse=True)
def one_thread():
    """Undo what a test asked of torch: processes with several threads each stall one another where cores are few."""
    yield
    if torch.get_num_threads() != 1:
        torch.set_num_threads(1)


@pytest.fixture(autouse=True, scope="session")
def one_command_line():
    """Let typer build the command line once: each of the many command lines of the tests would build it anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", cache(typer.main.get_command))
        yield


def _shaken(network, seed):
    """Move every weight, so that nothing stays at the zero it starts from."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            spread = 0.7 / max(1, weight[0].numel()) ** 0.5 if weight.ndim > 1 else 0.05
            weight.add_(spread * torch.randn(weight.shape, generator=generator))
    return network.eval().requires_grad_(False)


@pytest.fixture(scope="session")
def tiny_networks():
    """Return small random networks by role, like those of a trained set."""
    torch.manual_seed(0)
    made = {
        "inverse-halftone": inverse_halftone.InverseHalftoneNet(
            inverse_halftone.InverseHalftoneConfig((8, 12), (1, 1), 8, 1)
        ),
        "colorizer": colorizer.ColorizerNet(colorizer.ColorizerConfig(CODE, (16, 16, 16, 12, 8), 8, 8, 16, 8)),
        "color-encoder": color_encoder.ColorEncoderNet(color_encoder.ColorEncoderConfig(CODE, (8, 8, 8), 8)),
        "fusion": fusion.FusionNet(fusion.FusionConfig(8, 1)),
        "flow": denoiser.DenoiserNet(denoiser.DenoiserConfig(3, (8, 12), (1, 1), 8)),
        "denoiser": denoiser.DenoiserNet(denoiser.DenoiserConfig(2, (8, 12), (1, 1), 8)),
        "halftone-denoiser": guided_denoiser.GuidedDenoiserNet(
            guided_denoiser.GuidedDenoiserConfig((8, 12), (1, 1), 8, guides=0)
        ),
        "cycle-cnn": cycle_cnn.CycleCnnNet(cycle_cnn.CycleCnnConfig(4, 1, 1, 2, refinement_features=4)),
    }
    shaken = {role: _shaken(network, seed) for seed, (role, network) in enumerate(made.items())}
    with torch.no_grad():  # chroma of about .1, and results near the inputs
        shaken["colorizer"].leave.weight.mul_(0.3)
        shaken["inverse-halftone"].content.leave.weight.mul_(0.05)
        shaken["inverse-halftone"].detail.leave.weight.mul_(0.05)
        shaken["fusion"].leave.weight.mul_(0.05)
        for weights in shaken["cycle-cnn"].refinement.leave.parameters():
            weights.mul_(0.02)
    return shaken


@pytest.fixture
def tiny_run(tiny_networks):
    """Return a Run on the processor whose networks are the small random ones."""
    return Run.open(Conditions(device="cpu")).with_networks(tiny_networks)


@pytest.fixture(scope="session")
def tiny_weights_folder(tiny_networks, tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    publish_networks(tiny_networks, folder, dict.fromkeys(tiny_networks, ("noise",)), {})
    return folder


@pytest.fixture
def tiny_weights(tiny_weights_folder, monkeypatch):
    """Let the folder of small random networks be the default weights."""
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(tiny_weights_folder))
    return tiny_weights_folder


@pytest.fixture(scope="session")
def scene():
    """Return a smooth color picture of any size with an edge: (3, H, W) float32 in [0, 1]."""

    def drawn(height, width, seed=0):
        rng = np.random.default_rng(seed)
        y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
        waves = [
            0.5 + 0.4 * np.sin(rng.uniform(2, 9) * x + rng.uniform(2, 9) * y + rng.uniform(0, 6)) for _ in range(3)
        ]
        picture = np.stack(waves)
        picture[:, (x - 0.6) ** 2 + (y - 0.4) ** 2 < 0.05] *= 0.4
        return picture.astype(np.float32)

    return drawn

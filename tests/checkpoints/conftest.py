"""A tiny network that the package knows for the time of a test, and weight folders of the test's own."""

from __future__ import annotations

import importlib
import sys

import pytest
import torch

import halftone_color.networks
from halftone_color.checkpoints import finding

TINY = '''
"""A network of a few numbers."""
from dataclasses import dataclass
import torch
from torch import nn


@dataclass(frozen=True)
class TinyForTestsConfig:
    widths: tuple[int, ...] = (3, 2)
    bias: bool = True


class TinyForTestsNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        assert isinstance(config.widths, tuple)
        self.config = config
        first, second = config.widths
        self.layer = nn.Linear(first, second, bias=config.bias)
        self.norm = nn.BatchNorm1d(second)

    def forward(self, x):
        return self.norm(self.layer(x))
'''


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    folder = tmp_path / "networks"
    folder.mkdir()
    (folder / "tiny_for_tests.py").write_text(TINY)
    name = "halftone_color.networks.tiny_for_tests"
    monkeypatch.setattr(halftone_color.networks, "__path__", [*halftone_color.networks.__path__, str(folder)])
    importlib.invalidate_caches()
    yield importlib.import_module(name)
    sys.modules.pop(name)


@pytest.fixture
def make(tiny):
    """Build a tiny network with weights from a seed, moved away from what its constructor sets."""

    def made(seed=0, **config):
        torch.manual_seed(seed)
        network = tiny.TinyForTestsNet(tiny.TinyForTestsConfig(**config))
        with torch.no_grad():
            for tensor in network.state_dict().values():
                if tensor.is_floating_point():
                    tensor.uniform_(0.25, 1.0)
        network.norm.num_batches_tracked.fill_(41)
        return network

    return made


@pytest.fixture
def weight_folders(tmp_path, monkeypatch):
    """Only the folder that HCOLOR_WEIGHTS names and a user's folder exist."""
    named, package, user = tmp_path / "named", tmp_path / "package", tmp_path / "user" / "weights"
    named.mkdir()
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.setenv("HCOLOR_WEIGHTS", str(named))
    monkeypatch.setattr(finding.halftone_color, "__file__", str(package / "__init__.py"))
    monkeypatch.setattr(finding, "user_folder", lambda: user)
    return named, user

"""Scripts of tools/, which do not ship, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TOOLS = Path(__file__).resolve().parent.parent.parent / "tools"


@pytest.fixture(scope="session")
def script():
    """Return a function that imports a script by its name."""

    def imported(name):
        spec = importlib.util.spec_from_file_location(f"tools_{name}", TOOLS / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look their module up
        spec.loader.exec_module(module)
        return module

    return imported


@pytest.fixture(scope="session")
def grainy():
    """Return a picture with as much detail as a photograph, so that its bytes follow its quality."""

    def drawn(width, height, seed=0):
        rng = np.random.default_rng(seed)
        coarse = rng.integers(40, 216, (6, 6, 3), dtype=np.uint8)
        smooth = np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC), dtype=float)
        return Image.fromarray(np.clip(smooth + rng.normal(0, 12, smooth.shape), 0, 255).astype(np.uint8))

    return drawn

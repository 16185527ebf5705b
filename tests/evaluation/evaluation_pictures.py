"""A picture for the tests of this folder."""

import numpy as np


def colorful(seed, height=96, width=96):
    """A smooth picture (3, H, W) with colors of its own."""
    rng = np.random.default_rng(seed)
    y, x = np.meshgrid(np.linspace(0, 1, height), np.linspace(0, 1, width), indexing="ij")
    waves = [np.sin(3 * x * a + 4 * y * b + c) for a, b, c in rng.uniform(0.3, 1.5, (3, 3))]
    return (0.5 + 0.35 * np.stack(waves)).astype(np.float32)

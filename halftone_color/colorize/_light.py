"""The code of automatic results: that of the picture's own likely colors in more neutral light, and stronger.

Where nothing says which of many colors is wanted, a network takes their mean, and the mean of all lights and cloths is
brown. Codes say what light and palette a photograph has, almost linearly (training/code_slopes.py). So the network
colors twice: without a code, and then with the code of a photograph whose mean chroma is nearer to gray than what came
out, and whose colors lie further apart. Suits become blue, walls neutral, water blue, while skin stays skin.
"""

from __future__ import annotations

import torch
from torch import Tensor

from halftone_color.networks import colorizer

WARMTH = 0.8
"""Factor on the mean chroma that is likely without a code."""
DISTANCE = 1.5
"""Factor on the mean distance of colors from that mean."""
STRENGTH = 0.6
"""Of the code: at 1 hands turn gray and shirts blue."""


def usual_code(network: colorizer.Network, places: colorizer.Places) -> Tensor:
    """Return the code (1, code + 1), as the network takes it, of the automatic result of a picture, by its B views.

    It is zeros, no code, for a network that does not know what its codes say (`Config.slopes`).
    """
    code = network.config.code
    none = torch.zeros(len(places.deep), code + 1, device=places.deep.device)
    if not network.config.slopes:
        return none[:1]
    chroma = network.paint(places, none).float()  # (B, 2, h, w)
    mean = chroma.mean((0, 2, 3))
    distance = (chroma - mean[:, None, None]).norm(dim=1).mean()
    palette = torch.stack([torch.ones_like(distance), *(WARMTH * mean), DISTANCE * distance])
    slopes = torch.tensor(network.config.slopes, device=chroma.device).view(-1, code)  # (4, code)
    return STRENGTH * network.given((palette[:, None] * slopes).sum(0)[None])

"""The light of automatic results: more neutral than the likely one, and with colors that lie further apart.

The mean of all lights and cloths is brown, and what is likely is near the mean. Codes tell light and palette almost
exactly (networks/code_palette.py), so that the code expected of a picture is moved to one whose mean chroma is nearer
to gray and whose colors are as far apart as those of a photograph. Suits become blue, walls neutral, water blue; skin
stays skin.
"""

from __future__ import annotations

from dataclasses import replace

from halftone_color.networks import colorizer
from halftone_color.networks.code_prior import Likely

CAST, LIVELY_CAST = 0.5, 0.3
"""Factor on the mean chroma that is likely; of samples, among which one chooses."""
SPREAD, LIVELY_SPREAD = 0.008, 0.014
"""What is added to the mean distance of chroma from its mean, in units of chroma in [-.5, .5]; likewise."""


def neutral(network: colorizer.ColorizerNet, likely: Likely, lively: float = 0.0) -> Likely:
    """Return likely codes of the same picture in more neutral light; as they are without a network that knows palettes.

    Args:
        network: which made them.
        likely: of any number of pictures.
        lively: how far as samples are, in [0, 1].
    """
    if network.palette is None:
        return likely
    cast, spread = CAST + lively * (LIVELY_CAST - CAST), SPREAD + lively * (LIVELY_SPREAD - SPREAD)
    return replace(likely, mean=network.palette.moved(likely.mean, cast, spread))

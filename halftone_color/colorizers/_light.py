"""Color cast and spread of automatic results: a more neutral cast than predicted, and colors that differ more.

Averaged over all kinds of light and clothing, colors are brown, and predicted colors tend towards that average. A code
determines cast and palette almost exactly (networks/code_palette.py), so the predicted code is shifted to one whose
mean chroma is nearer to gray and whose colors differ as much as in a photograph. Suits turn blue, walls neutral, water
blue; skin keeps its color.
"""

from __future__ import annotations

from dataclasses import replace

from halftone_color.networks import colorizer
from halftone_color.networks.code_prior import CodeDistribution

CAST, SAMPLE_CAST = 0.5, 0.3
"""Factor on the predicted mean chroma, for the automatic result and for random samples."""
SPREAD, SAMPLE_SPREAD = 0.008, 0.014
"""Added to the mean distance of chroma from its mean (chroma in [-0.5, 0.5]), for the same two."""


def neutralize_light(
    network: colorizer.ColorizerNet, distribution: CodeDistribution, vividness: float = 0.0
) -> CodeDistribution:
    """Return the distribution of codes shifted to a more neutral color cast; unchanged if the network has no palettes.

    Args:
        network: the network that predicted the distribution.
        distribution: of the codes of any number of pictures.
        vividness: in [0, 1]: 0 shifts as for the automatic result, 1 as for samples.
    """
    if network.palette is None:
        return distribution
    cast, spread = CAST + vividness * (SAMPLE_CAST - CAST), SPREAD + vividness * (SAMPLE_SPREAD - SPREAD)
    return replace(distribution, mean=network.palette.shift(distribution.mean, cast, spread))

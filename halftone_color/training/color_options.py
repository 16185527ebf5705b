"""Options of the colorizer's training: shares of the schemes, weights of the losses, sizes."""

from __future__ import annotations

from dataclasses import dataclass

from halftone_color.errors import UsageError
from halftone_color.training.color_schemes import SCHEMES, SIXTEENTHS, Schemes


@dataclass(frozen=True)
class ColorizerOptions(Schemes):
    """Shares of the schemes, weights of the losses, sizes; a loss of weight 0 is left out."""

    sides: tuple[int, ...] = (160, 224, 320)
    """Sides of the pictures in px, multiples of 32; every step takes one of them."""
    megapixels: float = 0.41
    """Pixels of a step: so many rows of any side that they come near it, a multiple of 16."""
    grouped: float = 0.4
    """Share of the rows automatic, code and hints that show four photographs reduced, where sides are wide."""
    reconstruction: float = 10.0
    automatic_share: float = 0.35
    """Factor on the weight of reconstruction where the cue does not determine the colors."""
    classes: float = 0.35
    """Cross-entropy of the votes for classes of chroma; rare classes weigh more."""
    correspondence: float = 2.0
    """Reconstruction of the chroma transferred by attention from a matching reference."""
    structure: float = 1.0
    """Features of the result against the truth's."""
    style: float = 0.02
    """Gram matrices of features, of recoveries against the truth."""
    latent: float = 0.04
    kl: float = 0.00005
    moments: float = 0.04
    """Distance of a batch's codes from N(0, I), from which random codes are drawn."""
    prior: float = 0.05
    """Negative log-likelihood of the true colors' codes under the prior."""
    skin_map: float = 0.1
    """Cross-entropy of the skin map against skin-colored pixels of the true pictures."""
    only_skin_map: bool = False
    """Train only the skin map, with the rest of the network frozen."""
    similarity: float = 0.5
    histogram: float = 2.0
    """Histograms of recoveries against the truth and, with a tenth of the weight, of mismatched references."""
    mode_seeking: float = 0.006
    excess: float = 6.0
    """Chroma edges that neither the truth nor the luma has."""
    palette: float = 8.0
    """Partial distance of colors from those of mismatched references."""
    palette_share: float = 0.7
    skin: float = 0.4
    """Reconstruction of skin with random codes and mismatched references, relative to reconstruction."""
    automatic_skin: float = 0.6
    """Factor on that weight where the cue does not determine the colors, in addition to reconstruction."""
    small_skin: float = 2.0
    """Additional weight of skin in small regions."""
    faded: float = 2.0
    vivid: float = 0.9
    """Least share of the truth's mean chroma in results with hints, with random codes and without a cue."""
    adversarial: float = 0.0
    """Weight of L_adv, relative to that at which its gradient is as large as that of all other losses."""
    adversarial_from: float = 0.0
    """Share of the run after which the discriminator joins."""
    true_chroma: float = 1.15
    """Factor on the chroma of the true pictures shown to D where results have no matching cue."""
    discriminator: str = ""
    """Weights file of a discriminator from which to continue."""

    def __post_init__(self) -> None:
        if sum(getattr(self, name) for name in SCHEMES) != SIXTEENTHS:
            raise UsageError(f"The schemes {', '.join(SCHEMES)} must sum up to {SIXTEENTHS}.")
        if any(side < 64 or side % 32 for side in self.sides):
            raise UsageError("sides must be multiples of 32, and 64 at least, as in sides=160,224,320.")

    def batch(self, side: int) -> int:
        """Return the rows of a step whose pictures have a side."""
        return max(1, round(self.megapixels * 1e6 / side**2 / SIXTEENTHS)) * SIXTEENTHS

    def weight(self, loss: str) -> float:
        """Return the weight of a loss by its name."""
        weight: float = getattr(self, loss)
        return self.reconstruction * weight if loss == "skin" else weight

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
    """Of the weight of reconstruction, where nothing says which of many colors is wanted."""
    classes: float = 0.35
    """Cross-entropy of the votes for classes of chroma, rare ones weighing more."""
    correspondence: float = 2.0
    """Reconstruction of what attention alone carries from a right reference."""
    structure: float = 1.0
    """Features of the result against the truth's."""
    style: float = 0.02
    """Gram matrices of features, of recoveries against the truth."""
    latent: float = 0.04
    kl: float = 0.00005
    moments: float = 0.04
    """Codes of a batch against N(0, I), from which random ones are drawn."""
    prior: float = 0.05
    """Codes of the true colors against what is expected of the gray picture."""
    skin_map: float = 0.1
    """What is seen as skin in gray pictures against what is like skin in the true ones."""
    only_skin_map: bool = False
    """Learn the skin map alone, on what the rest of the network finds in pictures as it is."""
    similarity: float = 0.5
    histogram: float = 2.0
    """Of recoveries against the truth, and a tenth of it of unlike references' results against the reference."""
    mode_seeking: float = 0.006
    excess: float = 6.0
    """Edges of chroma that are none of the truth nor of the luma."""
    palette: float = 8.0
    """Colors of unlike references, of which a part is wanted."""
    palette_share: float = 0.7
    skin: float = 0.4
    """Reconstruction of what looks like skin where codes are random and references unlike, over reconstruction."""
    automatic_skin: float = 0.6
    """Of that weight where nothing says which colors are wanted, beside its share of reconstruction."""
    small_skin: float = 2.0
    """How much more skin counts where its region is small."""
    faded: float = 2.0
    vivid: float = 0.9
    """Share of the truth's mean chroma that results of hints, of random codes and of nothing must have."""
    adversarial: float = 0.0
    """Weight of L_adv over that at which its gradient is as large as all others' together."""
    adversarial_from: float = 0.0
    """Share of the run after which it joins."""
    true_chroma: float = 1.15
    """Factor on the chroma of the pictures that D takes for true where results have no right cue."""
    discriminator: str = ""
    """File of a discriminator to go on from."""

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

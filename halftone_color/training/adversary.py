"""Adversarial training: when the discriminator joins, its own loss, and the balance of L_adv with the other losses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from halftone_color.networks import discriminator
from halftone_color.training.color_making import autocast
from halftone_color.training.color_objectives import Seen

BALANCED_EVERY = 16
"""Number of steps between two measurements of the size of gradients."""
INERTIA = 0.5
"""Weight of the former value when the balance is updated."""
MOST = 1e3
"""Upper bound of the balance."""
RAMP = 0.1
"""Share of the rest of the run over which L_adv rises to its weight."""


class Adversary:
    """The discriminator, which is used from a given share of the run on."""

    def __init__(self, network: discriminator.DiscriminatorNet, last: Sequence[Tensor], begins: float) -> None:
        """Take the network, the weights whose gradients are compared, and the share of the run before it joins."""
        self.network, self._last, self._begins = network, last, begins
        self._steps = 0
        self._shown: Seen | None = None
        self._balance = torch.ones((), device=last[0].device)

    def joins(self, progress: float) -> bool:
        """Return whether the discriminator is used when this share of the run is done."""
        return progress >= self._begins

    def loss(self, seen: Seen, others: Mapping[str, Tensor], progress: float) -> Tensor:
        """Return L_adv, balanced so that its gradient at the last layers is as large as that of all other losses.

        Esser, Rombach, Ommer, "Taming transformers" (2021), equation 7.

        Args:
            seen: maps of made and of true pictures; kept for `opponent_losses`.
            others: the other losses, weighed.
            progress: share of the run that is done.
        """
        self._shown = Seen([map_.detach() for map_ in seen.made], [map_.detach() for map_ in seen.true])
        self.network.set_trainable(False)
        with autocast(self._balance.device):
            lost = -discriminator.realness(self.network(seen.made))
        if self._steps % BALANCED_EVERY == 0:
            self._weigh(sum(others.values(), start=torch.zeros_like(lost)), lost)
        self._steps += 1
        rise = (progress - self._begins) / max(RAMP * (1 - self._begins), 1e-9)
        return min(1.0, rise) * self._balance * lost

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the discriminator's own loss on the features last given to `loss`, if any are new."""
        shown, self._shown = self._shown, None
        if shown is None:
            return {}
        self.network.set_trainable(True)
        with autocast(self._balance.device):
            return {"discrimination": discriminator.hinge(self.network(shown.true), self.network(shown.made))}

    def _weigh(self, others: Tensor, lost: Tensor) -> None:
        """Update the balance towards the ratio of the gradients' sizes."""
        sizes = []
        for loss in (others, lost):
            gradients = torch.autograd.grad(loss, self._last, retain_graph=True)
            sizes.append(torch.stack([gradient.norm() for gradient in gradients]).norm())
        ratio = sizes[0] / sizes[1].clamp_min(1e-6)
        self._balance = (INERTIA * self._balance + (1 - INERTIA) * ratio).clamp(0, MOST).detach()

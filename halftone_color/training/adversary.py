"""The discriminator as an opponent: when it joins, what it was shown last, and how much its word counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from halftone_color.networks import discriminator
from halftone_color.training.color_making import autocast
from halftone_color.training.color_objectives import Seen

BALANCED_EVERY = 16
"""Steps between two looks at how large gradients are."""
INERTIA = 0.5
"""What the balance keeps of its former value at each."""
MOST = 1e3
"""Largest balance."""
RAMP = 0.1
"""Share of what is left of the run over which L_adv rises to its weight."""


class Adversary:
    """Judges what is made, once it has joined."""

    def __init__(self, network: discriminator.DiscriminatorNet, last: Sequence[Tensor], begins: float) -> None:
        """Hold the network, the weights at which gradients are compared, and the share of the run before it joins."""
        self.network, self._last, self._begins = network, last, begins
        self._steps = 0
        self._shown: Seen | None = None
        self._balance = torch.ones((), device=last[0].device)

    def joins(self, progress: float) -> bool:
        """Return whether it has a say when this share of the run is done."""
        return progress >= self._begins

    def loss(self, seen: Seen, others: Mapping[str, Tensor], progress: float) -> Tensor:
        """Return L_adv, whose gradient at the last layers comes to be as large as that of the other losses together.

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
        """Return the discriminator's own loss on what `loss` has been shown since it was asked last."""
        shown, self._shown = self._shown, None
        if shown is None:
            return {}
        self.network.set_trainable(True)
        with autocast(self._balance.device):
            return {"discrimination": discriminator.hinge(self.network(shown.true), self.network(shown.made))}

    def _weigh(self, others: Tensor, lost: Tensor) -> None:
        """Bring the balance nearer to the ratio of the gradients' sizes."""
        sizes = []
        for loss in (others, lost):
            gradients = torch.autograd.grad(loss, self._last, retain_graph=True)
            sizes.append(torch.stack([gradient.norm() for gradient in gradients]).norm())
        ratio = sizes[0] / sizes[1].clamp_min(1e-6)
        self._balance = (INERTIA * self._balance + (1 - INERTIA) * ratio).clamp(0, MOST).detach()

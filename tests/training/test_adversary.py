"""The adversary beside other losses on a toy: when it joins, how it rises, and how it is balanced."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from halftone_color.networks import discriminator
from halftone_color.training.adversary import BALANCED_EVERY, Adversary
from halftone_color.training.color_objectives import Seen


class Toy:
    """A generator of one layer, whose maps a tiny discriminator judges."""

    def __init__(self, begins=0.0):
        torch.manual_seed(2)
        self.layer = nn.Conv2d(3, 4, 1)
        self.network = discriminator.DiscriminatorNet(discriminator.DiscriminatorConfig(channels=(4, 4), width=5))
        self.adversary = Adversary(self.network, [self.layer.weight], begins)
        self.noise, self.true = torch.randn(2, 3, 8, 8), torch.randn(2, 4, 8, 8) + 2

    def losses(self, progress, other=100.0):
        maps = self.layer(self.noise)
        others = {"square": other * maps.square().mean()}
        seen = Seen([maps, maps[:, :, ::2, ::2]], [self.true, self.true[:, :, ::2, ::2]])
        return others["square"], self.adversary.loss(seen, others, progress)

    def size(self, loss):
        (gradient,) = torch.autograd.grad(loss, self.layer.weight, retain_graph=True)
        return float(gradient.norm())


def test_it_joins_when_it_is_due():
    adversary = Toy(begins=0.6).adversary
    assert [adversary.joins(progress) for progress in (0.0, 0.59, 0.6, 1.0)] == [False, False, True, True]


def test_its_loss_rises_from_nothing_to_all():
    toy = Toy(begins=0.5)
    toy.losses(0.5)  # the balance is looked at in the first step alone
    found = [float(toy.losses(progress)[1].detach()) for progress in (0.5, 0.525, 0.55, 1.0)]
    assert found[0] == 0
    assert found[1] == pytest.approx(found[2] / 2, rel=1e-2)
    assert found[3] == pytest.approx(found[2], rel=1e-2)


@pytest.mark.parametrize("other", [1e-2, 10])
def test_its_gradient_becomes_as_large_as_that_of_the_others(other):
    toy = Toy()
    toy.network.eval()  # spectral norms stay as they are
    shares = []
    for _ in range(8 * BALANCED_EVERY):
        others, loss = toy.losses(0.5, other)
        shares.append(toy.size(loss) / toy.size(others))
    assert shares[-1] == pytest.approx(1, rel=0.05)
    assert shares[0] != pytest.approx(1, rel=0.3), "it comes there by and by"
    assert len({round(share, 3) for share in shares[:BALANCED_EVERY]}) == 1, "looked at now and then"


def test_its_loss_teaches_the_generator_and_its_own_the_discriminator():
    toy = Toy()
    _, loss = toy.losses(0.9)
    loss.backward()
    assert toy.layer.weight.grad.any()
    assert all(weight.grad is None for weight in toy.network.parameters())
    toy.layer.zero_grad()
    (own,) = toy.adversary.opponent_losses().values()
    own.backward()
    assert toy.layer.weight.grad is None
    assert all(weight.grad is not None for weight in toy.network.heads.parameters())


def test_it_is_asked_once_about_what_it_was_shown():
    toy = Toy()
    assert toy.adversary.opponent_losses() == {}
    toy.losses(0.9)
    assert set(toy.adversary.opponent_losses()) == {"discrimination"}
    assert toy.adversary.opponent_losses() == {}


def test_they_want_opposite_things():
    toy = Toy()
    optimizer = torch.optim.Adam(toy.network.heads.parameters(), 1e-2)
    course = []
    for _ in range(30):
        _, loss = toy.losses(0.9)
        (own,) = toy.adversary.opponent_losses().values()
        optimizer.zero_grad()
        own.backward()
        optimizer.step()
        course.append((float(own.detach()), float(loss.detach() / toy.adversary._balance)))
    assert course[-1][0] < 0.5 * course[0][0], "it tells them apart"
    assert course[-1][1] > course[0][1] + 0.5, "so made ones look less real"

"""The training loop that every recipe shares: average, schedule, log, checkpoint, resume.

A recipe says what is trained and what is lost. The learning rate follows the share of the time budget that is used, so
that a run cut short and resumed ends where an uncut one would.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from halftone_color.training.recipe import Recipe

logger = logging.getLogger(__name__)

STATE = "state.pt"
"""File of a training's folder that it resumes from."""
LOG_SECONDS = 15
"""Time between two lines of figures."""
OPPONENT_MOMENTUM = 0.0
"""AdamW's first beta for a discriminator, whose task changes with every step."""
Keep = Callable[[float, Mapping[str, nn.Module]], None]
"""Called with the share done and the averaged networks by role, to store a copy of them."""


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train."""

    minutes: float = 60.0
    """Time budget, over all resumed parts."""
    rate: float = 1e-3
    """Peak learning rate (AdamW)."""
    final_rate: float = 0.02
    """Last learning rate over the peak; between them a cosine."""
    warmup_steps: int = 100
    """Steps of linear warm-up."""
    weight_decay: float = 0.01
    average: float = 0.999
    """Decay of the exponential moving average of the weights."""
    clip: float = 1.0
    """Largest gradient norm."""
    opponent_rate: float = 0.0
    """Learning rate of a discriminator; 0 is the same as the networks'."""
    save_minutes: float = 10.0
    """Time between checkpoints (and validations)."""
    copies: int = 0
    """Copies of the averaged networks that are kept, evenly spaced over the run; the last is its end."""
    seed: int = 0
    device: str = "cpu"

    @property
    def seconds(self) -> float:
        """The time budget in seconds."""
        return self.minutes * 60


def train(
    recipe: Recipe,
    schedule: Schedule,
    folder: Path,
    notify: Callable[[float, str], None] = lambda share, line: None,
    keep: Keep = lambda share, networks: None,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, nn.Module]:
    """Train until the schedule's minutes are used up and return the averaged networks by role.

    Args:
        recipe: networks, batches and losses.
        schedule: time budget and rates.
        folder: of this training; holds state.pt (to resume from), log.jsonl and schedule.json.
        notify: called with the share done and a line of figures about every quarter of a minute.
        keep: called as often as the schedule says.
        clock: seconds, by which the minutes are counted.
    """
    folder.mkdir(parents=True, exist_ok=True)
    training = _Training(recipe, schedule, folder, notify)
    if (folder / STATE).exists():
        training.resume()
    (folder / "schedule.json").write_text(json.dumps(asdict(schedule), indent=1))
    last_save = last_log = training.used
    kept = int(schedule.copies * training.used / schedule.seconds)
    last_look = clock()
    try:
        for batch in recipe.batches(schedule.seed + training.step):
            if training.progress >= 1:
                break
            training.learn(batch)
            now = clock()
            training.used, last_look = training.used + now - last_look, now
            if training.used - last_log > LOG_SECONDS:
                training.log(training.used - last_log)
                last_log = training.used
            if schedule.copies and training.used / schedule.seconds * schedule.copies >= kept + 1:
                kept += 1
                keep(kept / schedule.copies, training.averaged())
            if training.used - last_save > schedule.save_minutes * 60:
                training.save()
                training.validate()
                last_save = training.used
                last_look = clock()  # validating is not training
    except (KeyboardInterrupt, SystemExit):
        training.save()  # so that nothing is lost between checkpoints
        raise
    training.save()
    training.validate()
    return training.averaged()


class _Training:
    """A training under way: networks, optimizers, what has been used of the time."""

    def __init__(self, recipe: Recipe, schedule: Schedule, folder: Path, notify: Callable[[float, str], None]) -> None:
        self.recipe, self.schedule, self.folder, self.notify = recipe, schedule, folder, notify
        self.networks, self.opponents = nn.ModuleDict(dict(recipe.networks)), nn.ModuleDict(dict(recipe.opponents))
        self.average = deepcopy(self.networks)
        self.optimizer = _adamw(self.networks, schedule, recipe.rates, recipe.momentum)
        against = len(self.opponents) > 0
        self.opponent_optimizer = _adamw(self.opponents, schedule, {}, OPPONENT_MOMENTUM) if against else None
        self.step, self.used = 0, 0.0
        """Steps taken, seconds used."""
        self._running: dict[str, list[Tensor]] = {}

    @property
    def progress(self) -> float:
        """The share of the time that is used, in [0, 1]."""
        return min(self.used / self.schedule.seconds, 1.0)

    def averaged(self) -> dict[str, nn.Module]:
        """Return the averaged networks by role."""
        return {role: self.average[role].eval() for role in self.recipe.networks}

    def resume(self) -> None:
        """Go on from the state in the folder."""
        state = torch.load(self.folder / STATE, map_location=self.schedule.device, weights_only=True)
        if new := self.networks.state_dict().keys() - state["networks"].keys():
            told = "%s is of a former version: %d tensors of its networks are new, and the optimizer starts afresh"
            logger.warning(told, self.folder / STATE, len(new))
        else:
            self.optimizer.load_state_dict(state["optimizer"])
        self.networks.load_state_dict(self.networks.state_dict() | state["networks"])
        self.average.load_state_dict(self.average.state_dict() | state["average"])
        if self.opponent_optimizer:
            self.opponents.load_state_dict(state["opponents"])
            self.opponent_optimizer.load_state_dict(state["opponent_optimizer"])
        self.step, self.used = state["step"], state["used"]
        logger.info("resumed %s at step %d, %.1f minutes used", self.folder, self.step, self.used / 60)

    def save(self) -> None:
        """Write the state to the folder."""
        state = {
            "networks": self.networks.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "opponents": self.opponents.state_dict(),
            "opponent_optimizer": self.opponent_optimizer.state_dict() if self.opponent_optimizer else {},
            "step": self.step,
            "used": self.used,
        }
        save_state(self.folder, state)

    def learn(self, batch: Any) -> None:
        """Take a step on a batch, the opponents after the networks, and move the average."""
        schedule, progress = self.schedule, self.progress
        rate = _rate(schedule, progress, self.step)
        losses = self.recipe.losses(batch, progress)
        _descend(sum(losses.values()), self.networks, self.optimizer, rate, schedule.clip)
        if self.opponent_optimizer and (opposed := self.recipe.opponent_losses()):
            own_rate = schedule.opponent_rate or rate
            _descend(sum(opposed.values()), self.opponents, self.opponent_optimizer, own_rate, schedule.clip)
            losses |= opposed
        self.step += 1
        with torch.no_grad():
            decay = min(schedule.average, (1 + self.step) / (10 + self.step))
            torch._foreach_lerp_(list(self.average.parameters()), list(self.networks.parameters()), 1 - decay)
        for name, value in losses.items():  # they stay where they are: reading them would stall a GPU
            self._running.setdefault(name, []).append(value.detach())

    def log(self, seconds: float) -> None:
        """Log the means of the losses since the last time, so many seconds ago."""
        steps = len(next(iter(self._running.values())))
        self._record("train", _means(self._running) | {"steps_per_second": steps / seconds})
        self._running = {}

    def validate(self) -> None:
        """Log figures on held-out data."""
        self._record("validation", self.recipe.validate(self.averaged()))

    def _record(self, kind: str, figures: Mapping[str, float]) -> None:
        row = {"kind": kind, "step": self.step, "minutes": round(self.used / 60, 2)}
        row |= {name: round(figure, 5) for name, figure in figures.items()}
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        share = min(self.used / 60 / self.schedule.minutes, 1.0)
        self.notify(share, " ".join(f"{name} {figure:.4g}" for name, figure in figures.items()))


def save_state(folder: Path, state: Mapping[str, Any]) -> None:
    """Write what a training resumes from, whole or not at all."""
    partial = (folder / STATE).with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(folder / STATE)


def _adamw(
    networks: nn.Module, schedule: Schedule, rates: Mapping[str, float], momentum: float = Recipe.momentum
) -> torch.optim.AdamW:
    """Return AdamW; parameters whose names begin with one of `rates` learn at that multiple of the rate.

    Biases, norms and other vectors do not decay.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in networks.named_parameters():
        if not weight.requires_grad:
            continue
        scale = next((rate for start, rate in rates.items() if name.startswith(start)), 1.0)
        groups.setdefault((scale, schedule.weight_decay if weight.ndim > 1 else 0.0), []).append(weight)
    listed = [{"params": weights, "scale": key[0], "weight_decay": key[1]} for key, weights in groups.items()]
    return torch.optim.AdamW(listed, schedule.rate, (momentum, 0.99), foreach=True)


def _means(running: Mapping[str, list[Tensor]]) -> dict[str, float]:
    """Return the mean of each loss over the steps in which it was finite."""
    means = {}
    for name, values in running.items():
        stacked = torch.stack(values).float()
        finite = stacked[torch.isfinite(stacked)]
        if len(finite):
            means[name] = float(finite.mean())
    return means


def _rate(schedule: Schedule, progress: float, step: int) -> float:
    cosine = schedule.final_rate + (1 - schedule.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))
    return schedule.rate * cosine * min(1.0, (step + 1) / schedule.warmup_steps)


def _descend(loss: Any, networks: nn.Module, optimizer: torch.optim.Optimizer, rate: float, clip: float) -> None:
    """Take one step down the gradient of `loss`; a batch whose gradient is not finite is left out."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(networks.parameters(), clip)
    if torch.isfinite(norm):
        optimizer.step()

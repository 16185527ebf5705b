"""The training loop that every recipe shares: average, schedule, log, checkpoint, resume.

A recipe says what is trained and what is lost; the loop reads straight through. The learning rate follows the share of
the time budget that is used, so that a run cut short and resumed ends where an uncut one would.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

logger = logging.getLogger(__name__)

STATE = "state.pt"
"""File of a run's folder that it resumes from."""


class Recipe(Protocol):
    """What a network is trained on and for."""

    @property
    def networks(self) -> Mapping[str, nn.Module]:
        """Trained networks by role; their weights are averaged and saved."""

    @property
    def opponents(self) -> Mapping[str, nn.Module]:
        """Networks that learn against them (a discriminator); may be empty."""

    @property
    def rates(self) -> Mapping[str, float]:
        """Factors on the learning rate of weights whose names, role first, begin so; may be empty."""

    @property
    def weights(self) -> Mapping[str, float]:
        """The weight of each loss that is asked for, by its name; weights files keep them."""

    def batches(self, seed: int) -> Iterator[Any]:
        """Yield batches for ever."""

    def losses(self, batch: Any, progress: float) -> dict[str, Tensor]:
        """Return named, weighted losses, whose sum is minimized; `progress` in [0, 1]."""

    def opponent_losses(self) -> dict[str, Tensor]:
        """Return the opponents' losses on what `losses` last made; with none they do not learn in this step."""

    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return figures on held-out data."""

    def finish(self, networks: Mapping[str, nn.Module]) -> None:
        """Change what has to be changed of averaged networks before they are stored."""


MOMENTUM, OPPONENT_MOMENTUM = 0.9, 0.0
"""AdamW's first beta, and that for a discriminator, whose task changes with every step."""
Keep = Callable[[float, Mapping[str, nn.Module]], None]
"""Called with the share done and the averaged networks by role, to store a copy of them."""


@dataclass(frozen=True)
class Plan:
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


def train(
    recipe: Recipe,
    plan: Plan,
    run: Path,
    notify: Callable[[float, str], None] = lambda share, line: None,
    keep: Keep = lambda share, networks: None,
    clock: Callable[[], float] = lambda: time.monotonic(),
) -> Mapping[str, nn.Module]:
    """Train until the plan's minutes are used up and return the averaged networks by role.

    Args:
        recipe: networks, batches and losses.
        plan: time budget and rates.
        run: folder of this run; holds state.pt (to resume from), log.jsonl and plan.json.
        notify: called with the share done and a line of figures about every quarter of a minute.
        keep: called as often as the plan says.
        clock: seconds, by which the minutes are counted.
    """
    run.mkdir(parents=True, exist_ok=True)
    networks, opponents = nn.ModuleDict(_keys(recipe.networks)), nn.ModuleDict(_keys(recipe.opponents))
    average = deepcopy(networks)
    optimizer = _adamw(networks, plan, recipe.rates)
    opponent_optimizer = _adamw(opponents, plan, {}, OPPONENT_MOMENTUM) if len(opponents) else None
    step, used = 0, 0.0  # steps taken, seconds used

    if (run / STATE).exists():
        state = torch.load(run / STATE, map_location=plan.device, weights_only=True)
        networks.load_state_dict(state["networks"])
        average.load_state_dict(state["average"])
        optimizer.load_state_dict(state["optimizer"])
        if opponent_optimizer:
            opponents.load_state_dict(state["opponents"])
            opponent_optimizer.load_state_dict(state["opponent_optimizer"])
        step, used = state["step"], state["used"]
        logger.info("resumed %s at step %d, %.1f minutes used", run, step, used / 60)
    (run / "plan.json").write_text(json.dumps(asdict(plan), indent=1))

    def save() -> None:
        state = {
            "networks": networks.state_dict(),
            "average": average.state_dict(),
            "optimizer": optimizer.state_dict(),
            "opponents": opponents.state_dict(),
            "opponent_optimizer": opponent_optimizer.state_dict() if opponent_optimizer else {},
            "step": step,
            "used": used,
        }
        save_state(run, state)

    def record(kind: str, figures: Mapping[str, float]) -> None:
        row = {"kind": kind, "step": step, "minutes": round(used / 60, 2)} | {
            k: round(v, 5) for k, v in figures.items()
        }
        with (run / "log.jsonl").open("a") as log:
            log.write(json.dumps(row) + "\n")
        notify(min(used / 60 / plan.minutes, 1.0), " ".join(f"{k} {v:.4g}" for k, v in figures.items()))

    running: dict[str, list[Tensor]] = {}
    last_save = last_log = used
    kept = int(plan.copies * used / (plan.minutes * 60))
    last_look = clock()
    try:
        for batch in recipe.batches(plan.seed + step):
            progress = min(used / (plan.minutes * 60), 1.0)
            if progress >= 1:
                break
            rate = _rate(plan, progress, step)
            losses = recipe.losses(batch, progress)
            _descend(sum(losses.values()), networks, optimizer, rate, plan.clip)
            if opponent_optimizer:
                opposed = recipe.opponent_losses()
                if opposed:
                    _descend(
                        sum(opposed.values()), opponents, opponent_optimizer, plan.opponent_rate or rate, plan.clip
                    )
                losses |= opposed
            step += 1
            with torch.no_grad():
                decay = min(plan.average, (1 + step) / (10 + step))
                torch._foreach_lerp_(list(average.parameters()), list(networks.parameters()), 1 - decay)
            for name, value in losses.items():  # they stay where they are: reading them would stall a GPU
                running.setdefault(name, []).append(value.detach())

            now = clock()
            used, last_look = used + now - last_look, now
            if used - last_log > 15:
                record(
                    "train",
                    _means(running) | {"steps_per_second": len(next(iter(running.values()))) / (used - last_log)},
                )
                running, last_log = {}, used
            if plan.copies and used / (plan.minutes * 60) * plan.copies >= kept + 1:
                kept += 1
                keep(kept / plan.copies, _roles(average, recipe))
            if used - last_save > plan.save_minutes * 60:
                save()
                record("validation", recipe.validate(_roles(average, recipe)))
                last_save = used
                last_look = clock()  # validating is not training
    except (KeyboardInterrupt, SystemExit):
        save()  # so that nothing is lost between checkpoints
        raise
    save()
    record("validation", recipe.validate(_roles(average, recipe)))
    return _roles(average, recipe)


def save_state(run: Path, state: Mapping[str, Any]) -> None:
    """Write what a run resumes from, whole or not at all."""
    partial = (run / STATE).with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(run / STATE)


def _keys(networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    return dict(networks)


def _roles(networks: nn.ModuleDict, recipe: Recipe) -> dict[str, nn.Module]:
    return {role: networks[role].eval() for role in recipe.networks}


def _adamw(
    networks: nn.Module, plan: Plan, rates: Mapping[str, float], momentum: float = MOMENTUM
) -> torch.optim.AdamW:
    """Return AdamW; parameters whose names begin with one of `rates` learn at that multiple of the rate.

    Biases, norms and other vectors do not decay.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, weight in networks.named_parameters():
        if not weight.requires_grad:
            continue
        scale = next((rate for start, rate in rates.items() if name.startswith(start)), 1.0)
        groups.setdefault((scale, plan.weight_decay if weight.ndim > 1 else 0.0), []).append(weight)
    listed = [{"params": weights, "scale": key[0], "weight_decay": key[1]} for key, weights in groups.items()]
    return torch.optim.AdamW(listed, plan.rate, (momentum, 0.99), foreach=True)


def _means(running: Mapping[str, list[Tensor]]) -> dict[str, float]:
    """Return the mean of each loss over the steps in which it was finite."""
    means = {}
    for name, values in running.items():
        stacked = torch.stack(values).float()
        finite = stacked[torch.isfinite(stacked)]
        if len(finite):
            means[name] = float(finite.mean())
    return means


def _rate(plan: Plan, progress: float, step: int) -> float:
    cosine = plan.final_rate + (1 - plan.final_rate) * 0.5 * (1 + math.cos(math.pi * progress))
    return plan.rate * cosine * min(1.0, (step + 1) / plan.warmup_steps)


def _descend(loss: Any, networks: nn.Module, optimizer: torch.optim.Optimizer, rate: float, clip: float) -> None:
    """Take one step down the gradient of `loss`; a batch whose gradient is not finite is left out."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["scale"]
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    norm = nn.utils.clip_grad_norm_(networks.parameters(), clip)
    if torch.isfinite(norm):
        optimizer.step()

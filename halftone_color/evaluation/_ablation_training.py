"""Trains one row of the ablation, or its fusion network, and keeps the result in a folder that is not trained twice."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from halftone_color.checkpoints import files
from halftone_color.errors import UsageError
from halftone_color.evaluation._ablation_coloring import Said, code_of, color_first, ihn_first, printed, small
from halftone_color.evaluation._report import Notify
from halftone_color.networks.colorizer import ColorizerConfig
from halftone_color.networks.fusion import FusionNet
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_pairs import square_crop
from halftone_color.training.loop import STATE, Schedule, train
from halftone_color.training.recipe import Material, Recipe
from halftone_color.training.recipes.colorizer import ColorizerRecipe
from halftone_color.training.recipes.fusion import FusionOptions, FusionRecipe, Made, crop_of

AVERAGE = 0.99
"""Decay of the average of the weights: a row takes hundreds of steps, not tens of thousands."""
WARMUP_STEPS = 50
SAVE_MINUTES = 1.0
FEWEST_PAIRS = 4
"""Pairs made before the fusion network takes its first step."""
SETTINGS, DONE = "settings.json", "trained.json"
"""Files of a row's folder: what it is trained with, and, once that is over, how many steps it took."""


class RowRecipe(ColorizerRecipe):
    """The colorizer's recipe without validation between; codes are drawn from N(0, I), as in the paper."""

    config = ColorizerConfig()

    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return nothing: the row is measured when it is done."""
        return {}


class OrdersRecipe(FusionRecipe):
    """The fusion network's recipe on pairs made as the measured ones are: recoveries, half of them with a reference."""

    def __init__(self, options: FusionOptions, material: Material) -> None:
        self.options, self.train, self.run = options, material.train, material.run
        self.network = FusionNet(self.config)
        self.networks = {"fusion": self.network}

    def batches(self, seed: int) -> Iterator[list[Tensor]]:
        """Yield crops (B, 3, crop, crop) of both results and the truth; a pair is made for every few of them."""
        o, rng, pool = self.options, np.random.default_rng(seed), list[Made]()
        while True:
            pool.append(self._pair(rng))
            del pool[: -o.pool]
            for _ in range(o.crops_per_pair // o.batch if len(pool) >= FEWEST_PAIRS else 0):
                rows = [crop_of(pool[int(rng.integers(len(pool)))], o.crop, rng) for _ in range(o.batch)]
                yield [torch.from_numpy(np.stack(column)) for column in zip(*rows, strict=True)]

    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Return nothing: the row is measured when it is done."""
        return {}

    def _pair(self, rng: np.random.Generator) -> Made:
        truth = square_crop(self.train, self.options.side, rng)
        page = printed(truth, self.run, float(rng.uniform(0, 90)))
        reference = small(truth) if rng.random() < 0.5 else None
        cue = [Said(code_of(truth, self.run), reference)]
        return ihn_first(page, cue, self.run)[0], color_first(page, cue, self.run)[0], truth


def train_row(
    options: ColorizerOptions, material: Material, minutes: float, seed: int, folder: Path, notify: Notify
) -> None:
    """Train a colorizer with its encoder from the EfficientNet-Lite1 trunk into a folder, or go on with it.

    Raises:
        UsageError: the folder holds a row with other settings.
    """
    settings = {"minutes": minutes, "seed": seed} | asdict(options)
    if _finished(folder, settings):
        return
    torch.manual_seed(seed)
    _train(RowRecipe(options, material), _schedule(RowRecipe, minutes, seed), folder, notify)


def train_fusion(
    options: FusionOptions, material: Material, minutes: float, seed: int, folder: Path, notify: Notify
) -> None:
    """Train a fusion network on what the run's networks make of halftones into a folder, or go on with it.

    Raises:
        UsageError: the folder holds one with other settings.
    """
    if _finished(folder, {"minutes": minutes, "seed": seed} | asdict(options)):
        return
    torch.manual_seed(seed)
    _train(OrdersRecipe(options, material), _schedule(OrdersRecipe, minutes, seed), folder, notify)


def trained_networks(folder: Path) -> dict[str, nn.Module]:
    """Return the networks of a finished folder by role."""
    return {path.stem: files.load(path).network() for path in sorted(folder.glob("*.safetensors"))}


def steps_of(folder: Path) -> int:
    """Return the number of steps that a finished folder's networks took."""
    return int(json.loads((folder / DONE).read_text())["steps"])


def _schedule(recipe: type[Recipe], minutes: float, seed: int) -> Schedule:
    return Schedule(
        minutes=minutes,
        rate=recipe.rate,
        seed=seed,
        average=AVERAGE,
        warmup_steps=WARMUP_STEPS,
        save_minutes=SAVE_MINUTES,
    )


def _finished(folder: Path, settings: Mapping[str, Any]) -> bool:
    """Tell whether a folder is done; note what it is trained with.

    Raises:
        UsageError: that was something else.
    """
    wanted, file = json.loads(json.dumps(settings)), folder / SETTINGS
    if file.exists() and json.loads(file.read_text()) != wanted:
        raise UsageError(f"{folder} was trained with other settings; give another --run, or the same --minutes.")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(wanted, indent=1))
    return (folder / DONE).exists()


def _train(recipe: Recipe, schedule: Schedule, folder: Path, notify: Notify) -> None:
    """Train and store the averaged networks; what a run resumes from goes when it is over.

    Minutes are of the processor's time: what else runs on the machine takes nothing from a row.
    """
    networks = train(recipe, schedule, folder, notify, clock=time.process_time)
    for role, network in networks.items():
        files.save(folder / f"{role}.safetensors", network, role.replace("-", "_"), role)
    steps = json.loads((folder / "log.jsonl").read_text().splitlines()[-1])["step"]
    (folder / DONE).write_text(json.dumps({"steps": steps}))
    (folder / STATE).unlink(missing_ok=True)

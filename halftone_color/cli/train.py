"""hcolor train: train a network on folders or packs of photographs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Device, Threads, under
from halftone_color.cli._running import progress
from halftone_color.errors import InputError, UsageError
from halftone_color.system.devices import use_threads

EXAMPLES = """Examples:
  hcolor train inverse-halftone --photos photos --backbone v2.safetensors
  Train the shipped colorizer further, or a fresh one:
  hcolor train colorizer --photos photos --backbone x.safetensors
  hcolor train colorizer --photos photos --start fresh --backbone x.safetensors
  Packs, each one file (see tools/pack_photographs.py):
  hcolor train colorizer --photos full.zip --photos small.zip
  Your own pairs of a monochrome and a color camera, or the pair at hand alone:
  hcolor train cycle-cnn --photos photos --pairs pairs
  hcolor train cycle-cnn --pairs pair --start default --minutes 1
  The mean of runs side by side:
  hcolor train fusion --photos photos --run runs/a --join runs/b --publish out

Run the same command again to go on with a run that was interrupted.
"""
NETWORKS = (
    "inverse-halftone, colorizer (with its encoder), histogram, fusion, cycle-cnn; for experiments with diffusion: "
    "flow, denoiser, halftone-denoiser."
)
_training = under("Training")


@dataclass(frozen=True)
class Training:
    """What a training starts from, how long it takes and where its result goes."""

    photos: Annotated[
        list[Path],
        _training("--photos", "PATH", "Color photographs: a folder, or a pack in one file. Repeatable."),
    ] = field(default_factory=list)
    pairs: Annotated[
        Path | None,
        _training("--pairs", "FOLDER", "For cycle-cnn: rectified pairs NAME-mono.* and NAME-color.*; no truth needed."),
    ] = None
    backbone: Annotated[
        Path | None, _training("--backbone", "FILE", "Features of an ImageNet network, for trunk and losses.")
    ] = None
    minutes: Annotated[float, _training("--minutes", "N", "Time, over all resumed parts; 60 by default.", min=0.01)] = (
        60.0
    )
    run: Annotated[Path | None, _training("--run", "FOLDER", "Log, state and weights; runs/NETWORK by default.")] = None
    settings: Annotated[list[str], _training("--set", "NAME=VALUE", "Change a setting of the recipe. Repeatable.")] = (
        field(default_factory=list)
    )
    publish: Annotated[Path | None, _training("--publish", "FOLDER", "Store the result as weights of this folder.")] = (
        None
    )
    start: Annotated[
        str | None,
        _training(
            "--start",
            "SET",
            "Weights to begin with: a set, a folder, or fresh; by default the colorizer goes on from those here.",
        ),
    ] = None
    join: Annotated[
        list[Path], _training("--join", "FOLDER", "Another run: both go on from their mean. Repeatable.")
    ] = field(default_factory=list)
    seed: Annotated[int, _training("--seed", "N", "Seed of all random numbers; 0 by default.", min=0)] = 0


@with_options
def command(
    role: Annotated[
        str,
        typer.Argument(metavar="NETWORK", help=NETWORKS),
    ],
    *,
    training: Training,
    device: Device = "auto",
    threads: Threads = None,
) -> None:
    """Train a network, or go on training it."""
    chosen = dict(_setting(text) for text in training.settings)
    _require(training)
    with progress(f"Training {role}") as notify:
        from halftone_color.training import jobs

        use_threads(threads)
        job = jobs.TrainingJob(
            role,
            training.photos,
            training.run or Path("runs") / role,
            training.minutes,
            backbone=training.backbone,
            settings=chosen,
            publish=training.publish,
            seed=training.seed,
            device=device,
            start=training.start,
            joined=training.join,
            pairs=training.pairs,
        )
        figures = jobs.run(job, notify)
    for name, figure in figures.items():
        typer.echo(f"{name}: {figure:.5g}")


def _require(training: Training) -> None:
    """Refuse files that are missing.

    Raises:
        InputError: one of them does not exist.
    """
    for path in training.photos:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a folder or a pack of photographs with --photos.")
    if training.pairs and not training.pairs.is_dir():
        raise InputError(f"{training.pairs} is not a folder; name a folder of pairs with --pairs.")
    if training.backbone and not training.backbone.is_file():
        raise InputError(f"{training.backbone} does not exist; name the feature network's file with --backbone.")


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{text!r} is not a setting; write it as NAME=VALUE.")
    return name.strip().replace("-", "_"), value.strip()

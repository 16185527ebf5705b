"""hcolor train: train a network on folders or packs of photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halftone_color.cli._groups import with_options
from halftone_color.cli._options import Device, under
from halftone_color.cli._running import progress
from halftone_color.errors import InputError, UsageError

EXAMPLES = """Examples:
  hcolor train inverse-halftone --photos photos --backbone v2.safetensors
  Train the shipped colorizer further, or a fresh one:
  hcolor train colorizer --photos photos --backbone x.safetensors
  hcolor train colorizer --photos photos --start fresh --backbone x.safetensors
  Packs, each one file (see tools/pack_photographs.py):
  hcolor train colorizer --photos full.zip --photos small.zip
  The mean of runs side by side:
  hcolor train fusion --photos photos --run runs/a --join runs/b --publish out

Run the same command again to go on with a run that was interrupted.
"""
_training = under("Training")


@with_options
def command(
    role: Annotated[
        str,
        typer.Argument(metavar="NETWORK", help="inverse-halftone, colorizer (with its encoder), histogram, fusion."),
    ],
    photos: Annotated[
        list[Path],
        _training("--photos", "PATH", "Color photographs: a folder, or a pack in one file. Required, repeatable."),
    ],
    backbone: Annotated[Path | None, _training("--backbone", "FILE", "MobileNetV2 features, for some losses.")] = None,
    minutes: Annotated[
        float, _training("--minutes", "N", "Time, over all resumed parts; 60 by default.", min=0.01)
    ] = 60.0,
    run: Annotated[
        Path | None, _training("--run", "FOLDER", "Log, state and weights; runs/NETWORK by default.")
    ] = None,
    settings: Annotated[
        list[str] | None, _training("--set", "NAME=VALUE", "Change a setting of the recipe. Repeatable.")
    ] = None,
    publish: Annotated[
        Path | None, _training("--publish", "FOLDER", "Store the result as weights of this folder.")
    ] = None,
    start: Annotated[
        str | None,
        _training(
            "--start",
            "SET",
            "Weights to begin with: a set, a folder, or fresh; by default the colorizer goes on from those here.",
        ),
    ] = None,
    join: Annotated[
        list[Path] | None,
        _training("--join", "FOLDER", "Another run: both go on from their mean. Repeatable."),
    ] = None,
    seed: Annotated[int, _training("--seed", "N", "Seed of all random numbers; 0 by default.", min=0)] = 0,
    device: Device = "auto",
) -> None:
    """Train a network, or go on training it."""
    chosen = dict(_setting(text) for text in settings or [])
    for path in photos:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a folder or a pack of photographs with --photos.")
    if backbone and not backbone.is_file():
        raise InputError(f"{backbone} does not exist; name the feature network's file with --backbone.")
    with progress(f"Training {role}") as notify:
        from halftone_color.system.devices import device_of
        from halftone_color.training import jobs

        place = device_of(device)
        figures = jobs.run(
            role,
            photos,
            run or Path("runs") / role,
            minutes,
            backbone,
            chosen,
            publish,
            seed,
            place,
            notify,
            start,
            join or [],
        )
    for name, figure in figures.items():
        typer.echo(f"{name}: {figure:.5g}")


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise UsageError(f"{text!r} is no setting; write it as NAME=VALUE.")
    return name.strip().replace("-", "_"), value.strip()

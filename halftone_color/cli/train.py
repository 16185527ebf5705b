"""hcolor train: train a network on folders or packs of photographs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from halftone_color.cli._running import progress
from halftone_color.errors import DeviceError, InputError, UsageError

EXAMPLES = """Examples:

hcolor train inverse-halftone --photos photos --backbone mobilenet_v2.safetensors --minutes 90

hcolor train colorizer --photos photos --backbone efficientnet_lite1.safetensors   (train the shipped network further)

hcolor train colorizer --photos photos --backbone efficientnet_lite1.safetensors --start fresh

hcolor train colorizer --photos full.zip --photos small.zip   (packs: each one file, see tools/pack_photographs.py)

hcolor train fusion --photos photos --run runs/a --join runs/b --publish weights   (the mean of runs side by side)

Run the same command again to go on with a run that was interrupted.
"""


def command(
    role: Annotated[
        str,
        typer.Argument(metavar="NETWORK", help="inverse-halftone, colorizer (with its encoder), histogram, fusion."),
    ],
    photos: Annotated[
        list[Path], typer.Option(metavar="PATH", help="Color photographs: a folder, or a pack in one file; repeatable.")
    ],
    backbone: Annotated[
        Path | None, typer.Option(metavar="FILE", show_default=False, help="MobileNetV2 features, for some losses.")
    ] = None,
    minutes: Annotated[float, typer.Option(min=0.01, metavar="N", help="Time, over all resumed parts.")] = 60.0,
    run: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Log, state and weights; runs/NETWORK by default."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", show_default=False, help="Change a setting of the recipe."),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Store the result as weights of this folder."),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="SET|fresh",
            show_default=False,
            help="Weights to begin with: a set, a folder, or fresh; by default the colorizer goes on from those here.",
        ),
    ] = None,
    join: Annotated[
        list[Path] | None,
        typer.Option(metavar="FOLDER", show_default=False, help="Another run: both go on from their mean; repeatable."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Of everything drawn.")] = 0,
    device: Annotated[str, typer.Option(metavar="auto|cpu|cuda|mps", help="Where to compute.")] = "auto",
) -> None:
    """Train a network, or go on training it."""
    chosen = dict(_setting(text) for text in settings or [])
    for path in photos:
        if not path.exists():
            raise InputError(f"{path} does not exist; name a folder or a pack of photographs with --photos.")
    if backbone and not backbone.is_file():
        raise InputError(f"{backbone} does not exist; name the feature network's file with --backbone.")
    with progress(f"Training {role}") as notify:
        from halftone_color.training import jobs

        figures = jobs.run(
            role,
            photos,
            run or Path("runs") / role,
            minutes,
            backbone,
            chosen,
            publish,
            seed,
            _device(device),
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


def _device(name: str) -> str:
    """Return torch's name of the device asked for, which must be there."""
    import torch

    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise DeviceError(f"The device {name!r} is not there; use --device auto or --device cpu.") from error
    return name

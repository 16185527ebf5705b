"""A training from start to finish: photographs, recipe, loop, weights file. The jobs of `hcolor train`."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn

from halftone_color.checkpoints import files, finding, manifest
from halftone_color.checkpoints.loading import networks_for
from halftone_color.errors import UsageError, WeightsError
from halftone_color.networks import fusion as fusion_network
from halftone_color.networks import histogram as histogram_network
from halftone_color.networks import inverse_halftone as inverse_halftone_network
from halftone_color.run import Conditions, Run
from halftone_color.training.backbone import load_backbone
from halftone_color.training.joining import join
from halftone_color.training.loop import STATE, Plan, Recipe, train
from halftone_color.training.photographs import Photographs, cache_name, indexed, open_split
from halftone_color.training.recipes import colorizer, fusion, histogram, inverse_halftone

logger = logging.getLogger(__name__)

LICENCE = (
    "MIT for the weights as far as they are ours to license; several sources of the training photographs allow "
    "research and non-commercial use only, so use these weights accordingly"
)
NEEDS = {"fusion": ("inverse-halftone", "colorizer", "color-encoder")}
"""Trained networks that a recipe runs."""
RATES = {"inverse-halftone": 1e-3, "colorizer": 5e-4, "histogram": 3e-3, "fusion": 1e-3}
"""Peak learning rate of each recipe."""
CHECKPOINTS = 5
"""A run longer than this many minutes stores its weights at least as often."""
FRESH = "fresh"
"""Said in place of a set of weights to start from: none."""
STARTED, THROUGH = "started from ", "losses on the features of "
"""Before the name of a backbone, among the sources of weights: what it was for."""
FROM_BACKBONE = ("colorizer",)
"""Networks that begin with the backbone's weights where they are fresh."""
BY_BACKBONE = {"perceptual", "structure", "style", "adversarial"}
"""Losses that compare what the backbone sees."""
GOES_ON = ("colorizer",)
"""Recipes that start from the default set unless told otherwise, where it has them; the others start afresh."""


def run(
    role: str,
    photos: Path | Sequence[Path],
    run: Path,
    minutes: float,
    backbone: Path | None = None,
    settings: Mapping[str, str] | None = None,
    publish: Path | None = None,
    seed: int = 0,
    device: str = "cpu",
    notify: Callable[[float, str], None] = lambda share, line: None,
    start: str | None = None,
    joined: Sequence[Path] = (),
) -> dict[str, float]:
    """Train (or go on training) one recipe and return its last figures on held-out data.

    Args:
        role: inverse-halftone, colorizer (with its encoder), histogram or fusion.
        photos: folder of color photographs, a pack of them, or several of these; index.csv, which a folder need not
            have, holds out the validation split.
        run: folder for the log, the state to resume from and the newest averaged weights (float16, with their
            manifest), also when it is interrupted; decoded photographs go into folders beside it.
        minutes: time budget over all resumed parts.
        backbone: feature network's file: of MobileNetV2 for the perceptual loss of the inverse halftone network, of
            EfficientNet-Lite1 for the colorizer, which begins with it when it is fresh and whose losses on features
            are left out without it.
        settings: option or plan values by name, as text.
        publish: folder of weights to store the result in, with its manifest.
        seed: of everything drawn.
        device: torch's name of the device.
        notify: called with the share done and a line of figures.
        start: set or folder of weights to begin with, or "fresh"; by default the colorizer goes on from the default
            set, and others are fresh. A run that is resumed goes on with its own.
        joined: folders of other runs of the same recipe; before it goes on, this run and they get their mean.

    Raises:
        UsageError: an unknown role or setting, or a fresh colorizer without a backbone.
        InputError: there are no photographs, a pack is damaged, or a run that is to be joined has not begun.
        WeightsError: networks that the recipe runs or starts from are missing, or the backbone cannot be read.
    """
    plan, options = _settled(role, minutes, seed, device, settings or {})
    origin = _origin(role, start)
    if role == "colorizer" and backbone is None:
        _without_backbone(origin)
    cache = run.parent / cache_name(photos)
    photographs, held_out = (open_split(photos, split, cache) for split in ("train", "val"))
    torch.manual_seed(seed)
    recipe = _recipe(role, options, photographs, held_out, backbone, device)
    before = _begin(run, origin, recipe.networks, backbone)
    if joined:
        join([run, *joined])
    found = _sources(photos, photographs, backbone, recipe.weights)
    sources = {role: _sorted(found | before[role]) for role in recipe.networks}

    def store(networks: Mapping[str, nn.Module], folder: Path = run) -> None:
        recipe.finish(networks)
        publish_networks(networks, folder, sources, _trained_with(role), recipe.weights)

    def keep(share: float, networks: Mapping[str, nn.Module]) -> None:
        store(networks, run / f"kept-{round(100 * share):03d}")

    watched = _Watched(recipe, store)
    try:
        networks = train(cast(Recipe, watched), plan, run, notify, keep)
    except (KeyboardInterrupt, SystemExit):
        if (run / STATE).exists():
            store(_average(run, recipe.networks))
        raise
    if publish:
        store(networks, publish)
    return watched.figures


def check(role: str, settings: Mapping[str, str]) -> None:
    """Refuse a training that `run` would refuse for its role or its settings.

    Raises:
        UsageError: an unknown role or setting, or a value of another kind.
    """
    _settled(role, 1.0, 0, "cpu", settings)


class _Watched:
    """A recipe whose averaged networks are stored before each validation, and whose last figures are kept."""

    def __init__(self, recipe: Recipe, store: Callable[[Mapping[str, nn.Module]], None]) -> None:
        self._recipe, self._store = recipe, store
        self.figures: dict[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recipe, name)

    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Store the networks and return their figures."""
        self._store(networks)
        self.figures = self._recipe.validate(networks)
        return self.figures


def _average(run: Path, networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Return networks like these with the averaged weights of a run's state."""
    average = nn.ModuleDict({role: deepcopy(network) for role, network in networks.items()})
    average.load_state_dict(torch.load(run / STATE, map_location="cpu", weights_only=True)["average"])
    return {role: average[role].eval() for role in networks}


def _origin(role: str, start: str | None) -> str:
    """Return the set of weights that a training begins with, or FRESH; nothing said means what GOES_ON says."""
    if start is not None:
        return start
    there = any(stored.entry.role == role and stored.entry.default for stored in finding.describe())
    return finding.DEFAULT if role in GOES_ON and there else FRESH


def _without_backbone(origin: str) -> None:
    """Say that the colorizer's losses on features are left out.

    Raises:
        UsageError: it would begin without any weights.
    """
    if origin == FRESH:
        raise UsageError(
            "A fresh colorizer begins with EfficientNet-Lite1; name its file with --backbone, or weights with --start."
        )
    logger.warning("the losses on features are left out, since no --backbone is named")


def _begin(run: Path, origin: str, networks: Mapping[str, nn.Module], backbone: Path | None) -> dict[str, set[str]]:
    """Copy the weights that a training starts from; return the sources of what each network goes on from.

    A run that has a state goes on from that. Of weights, tensors of the same name and shape are copied; how many those
    are is logged.
    """
    resumed = (run / STATE).exists()
    if resumed and (entries := manifest.read(run)):
        return {entry.role: _true_sources(entry) for entry in entries}
    if origin == FRESH:
        return {role: {STARTED + backbone.name} if backbone and role in FROM_BACKBONE else set() for role in networks}
    if not resumed:
        for role, trained in networks_for(origin, networks).items():
            fresh = networks[role].state_dict()
            known = {n: t for n, t in trained.state_dict().items() if n in fresh and t.shape == fresh[n].shape}
            networks[role].load_state_dict(known, strict=False)
            logger.info("%s starts from %s: %d of %d tensors", role, origin, len(known), len(fresh))
    return {role: _true_sources(finding.locate(role, origin).entry) for role in networks}


def _true_sources(entry: manifest.Entry) -> set[str]:
    """Return the sources of weights; up to 0.7.0 every network was said to have started from its recipe's backbone."""
    return {s for s in entry.sources if entry.role in FROM_BACKBONE or not s.startswith(STARTED)}


def publish_networks(
    networks: Mapping[str, nn.Module],
    folder: Path,
    sources: Mapping[str, Sequence[str]],
    trained_with: dict[str, str],
    losses: Mapping[str, float] | None = None,
) -> None:
    """Store trained networks as float16 safetensors, listed in the folder's manifest as the default set hcolor.

    Args:
        networks: by role.
        folder: where to; it is made.
        sources: for each role, where what it learned comes from.
        trained_with: role -> sha256 of other networks that took part.
        losses: the weight of each loss by its name in the log; the files' headers keep them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for role, network in networks.items():
        architecture = type(network).__module__.rpartition(".")[2]
        path = folder / f"{role}.safetensors"
        extra: dict[str, Any] = {"licence": LICENCE, "trained_with": trained_with}
        extra |= {"losses": dict(losses)} if losses else {}
        sha256 = files.save(path, network, architecture, role, extra)
        origin = tuple(sources[role])
        entry = manifest.Entry(
            role, "hcolor", path.name, sha256, path.stat().st_size, True, LICENCE, origin, trained_with
        )
        manifest.add(folder, [entry])
        logger.info("stored %s", path)


def _settled(role: str, minutes: float, seed: int, device: str, settings: Mapping[str, str]) -> tuple[Plan, Any]:
    """Return the plan and the recipe's options with the user's settings put in."""
    modules = {
        "inverse-halftone": inverse_halftone,
        "colorizer": colorizer,
        "histogram": histogram,
        "fusion": fusion,
    }
    if role not in modules:
        raise UsageError(f"There is nothing to train called {role!r}; choose one of {', '.join(modules)}.")
    often = min(Plan.save_minutes, max(1.0, minutes / CHECKPOINTS))
    plan = Plan(minutes=minutes, rate=RATES[role], save_minutes=often, seed=seed, device=device)
    options = modules[role].Options()
    known = _names(options) + _names(plan)
    for name in settings:
        if name not in known:
            raise UsageError(f"{role} has no setting {name!r}; settings: {', '.join(known)}.")
    return _replaced(plan, settings), _replaced(options, settings)


def _replaced(record: Any, settings: Mapping[str, str]) -> Any:
    """Return a record with those settings that it has put in all at once, since some are right only together."""
    values = {name: _value(getattr(record, name), name, settings[name]) for name in _names(record) if name in settings}
    return dataclasses.replace(record, **values)


def _names(record: Any) -> list[str]:
    return [field.name for field in dataclasses.fields(record)]


def _value(old: Any, name: str, text: str) -> Any:
    """Return `text` as the type of the value that it replaces."""
    try:
        if isinstance(old, bool):
            return {"true": True, "false": False}[text.lower()]
        if isinstance(old, tuple):
            return tuple(type(old[0])(part) for part in text.split(","))
        return type(old)(text)
    except (KeyError, ValueError):
        raise UsageError(f"{name}={text} is no {type(old).__name__}; it is {old} by default.") from None


def _recipe(
    role: str, options: Any, photographs: Photographs, held_out: Photographs, backbone: Path | None, device: str
) -> Recipe:
    if role == "colorizer":
        estimator = _histogram_estimator(device)
        return colorizer.Colorizer(options, photographs, held_out, backbone, estimator, device)
    if role == "inverse-halftone":
        features = load_backbone(backbone, device) if backbone else None
        config = inverse_halftone_network.InverseHalftoneConfig()
        return inverse_halftone.InverseHalftone(config, options, photographs, held_out, features, device)
    if role == "histogram":
        return histogram.Histogram(histogram_network.HistogramConfig(), options, photographs, held_out, device)
    run = Run.open(Conditions(device))
    run.require(NEEDS["fusion"])
    return fusion.Fusion(fusion_network.FusionConfig(), options, photographs, held_out, run)


def _histogram_estimator(device: str) -> nn.Module | None:
    """Return the pretrained estimator for L_hist; without one the loss is left out, with a logged warning."""
    try:
        return networks_for(finding.DEFAULT, ("histogram",), device)["histogram"]
    except WeightsError as error:
        logger.warning("the histogram loss is left out: %s", error)
        return None


def _trained_with(role: str) -> dict[str, str]:
    """Return the sha256 of the networks that took part in a training, by role."""
    roles = NEEDS.get(role, ("histogram",) if role == "colorizer" else ())
    found = {}
    for partner in roles:
        try:
            found[partner] = finding.locate(partner).entry.sha256
        except WeightsError:
            continue
    return found


def _sources(
    photos: Path | Sequence[Path], photographs: Photographs, backbone: Path | None, losses: Mapping[str, float]
) -> set[str]:
    """Return what all networks of a training learn from: photographs, and a backbone that losses look through.

    A photograph's source is its repository in index.csv, or its folder's name.
    """
    used = set(photographs.names)
    found = {row["source_repo"] for row in indexed(photos) if row["file"] in used}
    return found | ({THROUGH + backbone.name} if backbone and BY_BACKBONE & set(losses) else set())


def _sorted(sources: set[str]) -> tuple[str, ...]:
    """Return sources by their names, photographs first."""
    return tuple(sorted(sources, key=lambda source: (source.startswith(STARTED), source.startswith(THROUGH), source)))

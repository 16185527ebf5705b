"""A training from start to finish: photographs, recipe, loop, weights file. The jobs of `hcolor train`."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import nn

from halftone_color.checkpoints import files, finding, manifest
from halftone_color.checkpoints.loading import networks_for
from halftone_color.errors import UsageError, WeightsError
from halftone_color.run import Conditions, Run
from halftone_color.system import devices
from halftone_color.training.joining import join
from halftone_color.training.loop import STATE, Schedule, train
from halftone_color.training.photographs import Photographs, cache_name, indexed, open_split
from halftone_color.training.recipe import Material, Recipe, find

logger = logging.getLogger(__name__)

LICENSE = (
    "MIT for the weights as far as they are ours to license; several sources of the training photographs allow "
    "research and non-commercial use only, so use these weights accordingly"
)
CHECKPOINTS = 5
"""A run longer than this many minutes stores its weights at least as often."""
FRESH = "fresh"
"""Name, in place of a set of weights, for starting with fresh weights."""
STARTED, THROUGH = "started from ", "losses on the features of "
"""Before the name of a backbone, among the sources of weights: what it was for."""


@dataclass(frozen=True)
class TrainingJob:
    """What is to be trained, on what and for how long."""

    role: str
    """Name of the recipe: inverse-halftone, colorizer (with its encoder), histogram, fusion, flow ..."""
    photos: Path | Sequence[Path]
    """Folder of color photographs, a pack of them, or several of these; index.csv, which a folder need not have, holds
    out the validation split."""
    folder: Path
    """For the log, the state to resume from and the newest averaged weights (float16, with their manifest), also when
    it is interrupted; decoded photographs go into folders beside it."""
    minutes: float
    """Time budget over all resumed parts."""
    backbone: Path | None = None
    """Feature network's file: of MobileNetV2 for the perceptual loss of the inverse halftone network, of
    EfficientNet-Lite1 for the colorizer, which begins with it when it is fresh and whose losses on features are left
    out without it."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Values of options or of the schedule by name, as text."""
    publish: Path | None = None
    """Folder of weights to store the result in, with its manifest."""
    seed: int = 0
    """Seed of all random numbers."""
    device: str = "cpu"
    """Torch's name of the device, or auto."""
    start: str | None = None
    """Set or folder of weights to begin with, or "fresh"; by default the colorizer goes on from the default set, and
    others are fresh. A training that is resumed goes on with its own."""
    pairs: Path | None = None
    """Folder of pairs, for recipes that learn from them."""
    joined: Sequence[Path] = ()
    """Folders of other trainings of the same recipe; before it goes on, this one and they get their mean."""


def run(job: TrainingJob, notify: Callable[[float, str], None] = lambda share, line: None) -> dict[str, float]:
    """Train (or go on training) by one recipe and return its last figures on held-out data.

    Args:
        job: what is to be done.
        notify: called with the share done and a line of figures.

    Raises:
        UsageError: an unknown recipe or setting, or a fresh colorizer without a backbone.
        InputError: there are no photographs, a pack is damaged, or a training that is to be joined has not begun.
        WeightsError: networks that the recipe runs or starts from are missing, or the backbone cannot be read.
        DeviceError: the device is not available.
    """
    schedule, options = settled(job)
    origin = _origin(job)
    material = _material(job)
    torch.manual_seed(job.seed)
    recipe = find(job.role)(options, material)
    before = _begin(job, origin, recipe)
    if job.joined:
        join([job.folder, *job.joined])
    stored = _Stored(recipe, job, _sources(job, recipe, material.train.names), before)
    try:
        networks = train(cast(Recipe, stored), schedule, job.folder, notify, stored.keep)
    except (KeyboardInterrupt, SystemExit):
        if (job.folder / STATE).exists():
            stored.store(_average(job.folder, recipe.networks))
        raise
    if job.publish:
        stored.store(networks, job.publish)
    return stored.figures


def check(role: str, settings: Mapping[str, str]) -> None:
    """Refuse a training that `run` would refuse for its recipe or its settings.

    Raises:
        UsageError: an unknown recipe or setting, or a value of another kind.
    """
    settled(TrainingJob(role, (), Path(), 1.0, settings=settings))


class _Stored:
    """A recipe whose averaged networks are stored before each validation, and whose last figures are kept."""

    def __init__(self, recipe: Recipe, job: TrainingJob, sources: set[str], before: Mapping[str, set[str]]) -> None:
        """Take a recipe, the sources of this training, and those of what each network goes on from."""
        self._recipe, self._folder = recipe, job.folder
        self._sources = {role: _sorted(sources | before[role]) for role in recipe.networks}
        self._trained_with = _trained_with(recipe.partners)
        self.figures: dict[str, float] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._recipe, name)

    def validate(self, networks: Mapping[str, nn.Module]) -> dict[str, float]:
        """Store the networks and return their figures."""
        self.store(networks)
        self.figures = self._recipe.validate(networks)
        return self.figures

    def store(self, networks: Mapping[str, nn.Module], folder: Path | None = None) -> None:
        """Write networks to a folder, by default the training's own."""
        self._recipe.finish(networks)
        publish_networks(networks, folder or self._folder, self._sources, self._trained_with, self._recipe.weights)

    def keep(self, share: float, networks: Mapping[str, nn.Module]) -> None:
        """Write a copy of the networks, at a share of the time."""
        self.store(networks, self._folder / f"kept-{round(100 * share):03d}")


def _average(folder: Path, networks: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Return networks like these with the averaged weights of a training's state."""
    average = nn.ModuleDict({role: deepcopy(network) for role, network in networks.items()})
    average.load_state_dict(torch.load(folder / STATE, map_location="cpu", weights_only=True)["average"])
    return {role: average[role].eval() for role in networks}


def _origin(job: TrainingJob) -> str:
    """Return the set of weights that a training begins with, or FRESH.

    Raises:
        UsageError: a network that begins with a backbone's weights would begin without any.
    """
    recipe = find(job.role)
    there = any(stored.entry.role == job.role and stored.entry.default for stored in finding.describe())
    origin = job.start or (finding.DEFAULT if recipe.goes_on and there else FRESH)
    if recipe.from_backbone and job.backbone is None:
        if origin == FRESH:
            raise UsageError(
                "A fresh colorizer begins with EfficientNet-Lite1; name its file with --backbone, or weights with "
                "--start."
            )
        logger.warning("the losses on features are left out, since no --backbone is named")
    return origin


def _begin(job: TrainingJob, origin: str, recipe: Recipe) -> dict[str, set[str]]:
    """Copy the weights that a training starts from; return the sources of what each network goes on from.

    A training that has a state goes on from that. Of weights, tensors of the same name and shape are copied; how many
    those are is logged.
    """
    networks, resumed = recipe.networks, (job.folder / STATE).exists()
    if resumed and (entries := manifest.read(job.folder)):
        return {entry.role: _true_sources(entry, recipe) for entry in entries}
    if origin == FRESH:
        first = {STARTED + job.backbone.name} if job.backbone else set()
        return {role: first if role in recipe.from_backbone else set() for role in networks}
    if not resumed:
        for role, trained in networks_for(origin, networks).items():
            fresh = networks[role].state_dict()
            known = {n: t for n, t in trained.state_dict().items() if n in fresh and t.shape == fresh[n].shape}
            networks[role].load_state_dict(known, strict=False)
            logger.info("%s starts from %s: %d of %d tensors", role, origin, len(known), len(fresh))
    return {role: _true_sources(finding.locate(role, origin).entry, recipe) for role in networks}


def _true_sources(entry: manifest.Entry, recipe: Recipe) -> set[str]:
    """Return the sources of weights; up to 0.7.0 every network was said to have started from its recipe's backbone."""
    return {s for s in entry.sources if entry.role in recipe.from_backbone or not s.startswith(STARTED)}


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
        extra: dict[str, Any] = {"licence": LICENSE, "trained_with": trained_with}
        extra |= {"losses": dict(losses)} if losses else {}
        sha256 = files.save(path, network, architecture, role, extra)
        origin = tuple(sources[role])
        entry = manifest.Entry(
            role, "hcolor", path.name, sha256, path.stat().st_size, True, LICENSE, origin, trained_with
        )
        manifest.add(folder, [entry])
        logger.info("stored %s", path)


def settled(job: TrainingJob) -> tuple[Schedule, Any]:
    """Return the schedule and the recipe's options with the user's settings put in.

    Raises:
        UsageError: an unknown recipe or setting, or a value of another kind.
    """
    recipe = find(job.role)
    often = min(Schedule.save_minutes, max(1.0, job.minutes / CHECKPOINTS))
    device = devices.resolve_device(job.device)
    schedule = Schedule(minutes=job.minutes, rate=recipe.rate, save_minutes=often, seed=job.seed, device=device)
    options = recipe.options_type()
    known = _names(options) + _names(schedule)
    for name in job.settings:
        if name not in known:
            raise UsageError(f"{job.role} has no setting {name!r}; settings: {', '.join(known)}.")
    return _replaced(schedule, job.settings), _replaced(options, job.settings)


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
        raise UsageError(f"{name}={text} is not of type {type(old).__name__}; it is {old} by default.") from None


def _material(job: TrainingJob) -> Material:
    """Return what a recipe is made with; photographs are decoded where that has not been done."""
    if isinstance(job.photos, Path) or job.photos:
        cache = job.folder.parent / cache_name(job.photos)
        photographs, held_out = (open_split(job.photos, split, cache) for split in ("train", "val"))
    elif find(job.role).needs_photographs:
        raise UsageError(f"{job.role} learns from photographs; name a folder or a pack of them with --photos.")
    else:
        photographs = held_out = Photographs((), np.zeros(0, np.uint8), ())
    run = Run.open(Conditions(job.device, weights=finding.DEFAULT))
    return Material(photographs, held_out, job.backbone, run, job.pairs)


def _trained_with(partners: Sequence[str]) -> dict[str, str]:
    """Return the sha256 of the networks that take part in a training, by role."""
    found = {}
    for partner in partners:
        try:
            found[partner] = finding.locate(partner).entry.sha256
        except WeightsError:
            continue
    return found


def _sources(job: TrainingJob, recipe: Recipe, names: Sequence[str]) -> set[str]:
    """Return what all networks of a training learn from: photographs, and a backbone that losses look through.

    A photograph's source is its repository in index.csv, or its folder's name.
    """
    used = set(names)
    found = {row["source_repo"] for row in (indexed(job.photos) if names else ()) if row["file"] in used}
    found |= {f"pairs of {job.pairs.resolve().name}"} if job.pairs else set()
    looked_through = recipe.through_backbone & set(recipe.weights)
    return found | ({THROUGH + job.backbone.name} if job.backbone and looked_through else set())


def _sorted(sources: set[str]) -> tuple[str, ...]:
    """Return sources by their names, photographs first."""
    return tuple(sorted(sources, key=lambda source: (source.startswith(STARTED), source.startswith(THROUGH), source)))

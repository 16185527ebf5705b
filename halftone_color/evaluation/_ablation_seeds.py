"""Trains and measures all rows of the ablation for each seed, seeds side by side as processes of one thread each."""

from __future__ import annotations

import json
import multiprocessing
import queue
import signal
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from halftone_color.errors import HcolorError
from halftone_color.evaluation._ablation_figures import AblationFigures, Join, Pages, gray_row, measure_row, pages_of
from halftone_color.evaluation._ablation_training import steps_of, train_fusion, train_row, trained_networks
from halftone_color.evaluation._report import Notify
from halftone_color.evaluation.photographs import SIDE
from halftone_color.fusers.mean import MeanFuser
from halftone_color.fusers.network import NetworkFuser
from halftone_color.method import Fuser
from halftone_color.networks.mobilenet_v2 import Classifier
from halftone_color.run import Conditions, Run
from halftone_color.training.backbone import load_backbone
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.photographs import cache_name, open_split
from halftone_color.training.recipe import Material
from halftone_color.training.recipes.fusion import FusionOptions
from halftone_color.types import Picture, Task

GRAY, MEAN, FULL = "without colors", "the last row, mean of both orders", "full: + fusion"
"""Rows beside those that a colorizer is trained for."""
FUSION_SHARE = 0.3
"""Minutes of the fusion network over those of a row."""
TRAINED = 0.9
"""Share of the work that is training, for the bar."""
ROLES = ("inverse-halftone", "histogram")
"""Networks that no row trains."""
POLL_S = 1.0
"""Time between two looks at whether processes live, s."""
Told = tuple[int, float, "str | HcolorError | None"]
"""A seed, the share of it that is done, and what it is at or how it failed."""


@dataclass(frozen=True)
class Job:
    """What is trained and measured for every seed."""

    photos: Path
    backbone: Path
    """MobileNetV2, the judge."""
    features: Path
    """EfficientNet-Lite1, which the trunk starts from."""
    rows: tuple[tuple[str, ColorizerOptions], ...]
    minutes: float
    run: Path
    count: int
    weights: str = "default"
    """Set of our inverse halftone network and histogram estimator."""
    side: int = SIDE
    """Of the photographs that are measured, and of those that both orders are run on to train fusion, px."""

    def material(self) -> Material:
        """Return what rows are trained with; photographs are decoded where that has not been done."""
        cache = self.run.parent / cache_name(self.photos)
        train, val = (open_split(self.photos, split, cache) for split in ("train", "val"))
        run = Run.open(Conditions("cpu", weights=self.weights))
        run.require(ROLES)
        return Material(train, val, self.features, run)

    def folder(self, seed: int, place: int) -> Path:
        """Return the folder of a row, by its place from 0; that of the fusion network comes after the last."""
        return self.run / f"seed-{seed}" / f"row-{place}"


@dataclass(frozen=True)
class SeedResult:
    """What one seed gave."""

    figures: dict[str, AblationFigures]
    """By row, GRAY, MEAN and FULL among them."""
    steps: dict[str, int]
    """Steps of training by row that was trained."""


def results(job: Job, seeds: int, notify: Notify, processes: int) -> list[SeedResult]:
    """Train and measure what is not done yet and return what each seed from 0 gave.

    Args:
        job: the same for every seed.
        seeds: how many.
        notify: called with the share done and what a seed is at.
        processes: seeds that run side by side; 1 runs them here, one after the other.

    Raises:
        HcolorError: as training and measuring raise them; the first of any seed.
    """
    job.material()  # decode photographs and refuse what is missing once, before any process starts
    if min(processes, seeds) > 1:
        _in_processes(job, seeds, notify, processes)
    else:
        for seed in range(seeds):
            _one_seed(job, seed, _within(notify, seed / seeds, 1 / seeds, ""))
    return [_stored(job, seed) for seed in range(seeds)]


def _one_seed(job: Job, seed: int, notify: Notify) -> None:
    """Train and measure all rows of a seed with one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        material = job.material()
        budget = len(job.rows) + FUSION_SHARE
        for place, (name, options) in enumerate(job.rows):
            heard = _within(notify, TRAINED * place / budget, TRAINED / budget, f"seed {seed}, {name}")
            train_row(options, material, job.minutes, seed, job.folder(seed, place), heard)
        last = len(job.rows)
        heard = _within(notify, TRAINED * last / budget, TRAINED * FUSION_SHARE / budget, f"seed {seed}, fusion")
        of_last_row = material.run.with_networks(trained_networks(job.folder(seed, last - 1)))
        fusion, joined = FusionOptions(side=job.side), replace(material, run=of_last_row)
        train_fusion(fusion, joined, FUSION_SHARE * job.minutes, seed, job.folder(seed, last), heard)
        _measure(job, seed, material.run, _within(notify, TRAINED, 1 - TRAINED, f"seed {seed}"))
    finally:
        torch.set_num_threads(threads)


def _measure(job: Job, seed: int, run: Run, notify: Notify) -> None:
    """Measure each row whose figures are not stored yet."""
    missing = [name for name in _names(job) if not _file(job, seed, name).exists()]
    if not missing:
        return
    judge = load_backbone(job.backbone)
    pages = pages_of(job.photos, job.count, job.side, run, judge, _within(notify, 0, 0.2, ""))
    for done, name in enumerate(missing):
        heard = _within(notify, 0.2 + 0.8 * done / len(missing), 0.8 / len(missing), name)
        figures = gray_row(pages, judge) if name == GRAY else _of_row(job, seed, name, run, pages, judge, heard)
        file = _file(job, seed, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(figures), indent=1))
        partial.replace(file)


def _of_row(
    job: Job, seed: int, name: str, run: Run, pages: Pages, judge: Classifier, notify: Notify
) -> AblationFigures:
    """Return the figures of a row that was trained, or of what is made of the last one's two orders."""
    place = min(_place(job, name), len(job.rows) - 1)
    run = run.with_networks(trained_networks(job.folder(seed, place)))
    if name == FULL:
        run = run.with_networks(trained_networks(job.folder(seed, len(job.rows))))
    fusers: dict[str, Fuser] = {MEAN: MeanFuser(), FULL: NetworkFuser()}
    join = _joining(fusers[name], run) if name in fusers else None
    return measure_row(pages, run, judge, job.rows[place][1].both > 0, join, notify)


def _joining(fuser: Fuser, run: Run) -> Join:
    """Return the function that makes one picture of both cascade orders'."""

    def join(ihn_first: Picture, color_first: Picture) -> Picture:
        return fuser(Task(ihn_first, other=color_first), run)

    return join


def _in_processes(job: Job, seeds: int, notify: Notify, processes: int) -> None:
    """Run the seeds in processes of their own; the first that fails ends the others."""
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[Told] = context.Queue()
    waiting = [context.Process(target=_child, args=(job, seed, told), daemon=True) for seed in range(seeds)]
    running: list[Any] = []
    shares = [0.0] * seeds
    try:
        while waiting or running:
            while waiting and len(running) < processes:
                running.append(waiting.pop(0))
                running[-1].start()
            _listen(told, shares, notify)
            ended = [process for process in running if not process.is_alive()]
            running = [process for process in running if process not in ended]
            if any(process.exitcode for process in ended):
                _listen(told, shares, notify)
                raise HcolorError("A process of the ablation ended early; give the same command again, it goes on.")
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _listen(told: multiprocessing.Queue[Told], shares: list[float], notify: Notify) -> None:
    """Pass on what the processes say for about a second.

    Raises:
        HcolorError: one of them has failed with it.
    """
    until = time.monotonic() + POLL_S
    while (left := until - time.monotonic()) > 0:
        try:
            seed, share, words = told.get(timeout=left)
        except queue.Empty:
            return
        if isinstance(words, HcolorError):
            raise words
        shares[seed] = share
        notify(sum(shares) / len(shares), words)


def _child(job: Job, seed: int, told: multiprocessing.Queue[Told]) -> None:
    """Run a seed in this process and tell how far it is, or how it failed; ends when nobody listens any more."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what is trained is saved
    parent = multiprocessing.parent_process()

    def notify(share: float, words: str | None) -> None:
        if parent is not None and not parent.is_alive():
            sys.exit(1)
        told.put((seed, share, words))

    try:
        _one_seed(job, seed, notify)
    except HcolorError as error:
        told.put((seed, 0.0, error))
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(1)


def _within(notify: Notify, start: float, share: float, name: str) -> Notify:
    """Return what hears of a part of the work: it starts at `start` and is `share` of the whole."""

    def heard(done: float, words: str | None) -> None:
        told = ": ".join(part for part in (name, words) if part)
        notify(start + share * done, told)

    return heard


def _names(job: Job) -> list[str]:
    """Return all rows in the order in which they are measured; the last two are made of the last that is trained."""
    return [GRAY, *(name for name, _ in job.rows), MEAN, FULL]


def _place(job: Job, name: str) -> int:
    """Return the place of a row, -1 for GRAY."""
    return _names(job).index(name) - 1


def _file(job: Job, seed: int, name: str) -> Path:
    """Return the file of a row's figures."""
    return job.run / f"seed-{seed}" / "figures" / f"{_place(job, name) + 1}-of-{job.count}.json"


def _stored(job: Job, seed: int) -> SeedResult:
    figures = {name: AblationFigures(**json.loads(_file(job, seed, name).read_text())) for name in _names(job)}
    steps = {name: steps_of(job.folder(seed, place)) for place, (name, _) in enumerate(job.rows)}
    return SeedResult(figures, steps | {FULL: steps_of(job.folder(seed, len(job.rows)))})

"""Diffusion beside regression: fidelity, realism and texture of what is drawn, halftones by a network, and the time.

Jiang and Mu, "Conditional diffusion process for inverse halftoning" (2022), section 4: error diffusion by kernels that
it was not trained on. Their ESRGAN and GLEAN and their user study are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

import numpy as np

from halftone_color import api
from halftone_color.cue import Cue
from halftone_color.descreeners.diffusion import DiffusionDescreener
from halftone_color.descreeners.network import NetworkDescreener
from halftone_color.errors import WeightsError
from halftone_color.evaluation import _diffusion_halftones
from halftone_color.evaluation._report import (
    NO_BACKBONE,
    NO_PHOTOGRAPHS,
    Materials,
    Notify,
    marks,
    mean,
    part,
    section,
    table,
    verdict,
)
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import evenly, square, validation
from halftone_color.evaluation.sections.random import Pooled, look
from halftone_color.evaluation.sections.unseen import UNSEEN
from halftone_color.evaluation.timing import photograph, seconds_of
from halftone_color.halftoners.diffusion import DiffusionHalftoner
from halftone_color.images.sources import luma_of
from halftone_color.method import Descreener, Method
from halftone_color.metrics.features import kid
from halftone_color.metrics.fidelity import psnr, ssim
from halftone_color.networks.mobilenet_v2 import Classifier
from halftone_color.run import Run
from halftone_color.training.backbone import load_backbone
from halftone_color.types import Picture, Screen, Task

TITLE = "Diffusion"
PHOTOGRAPHS = 100
SPACING, SAMPLES = 5, 16
"""Of every fifth photograph so many samples are drawn, for their mean."""
OTHERS = 2
"""Other photographs that realism is measured against, over the number of those that are descreened."""
TIMED_PX, TIMES = 512, 3
"""Side of the picture whose time is taken, and how often."""
HALFTONE = Screen("error-diffusion")
TRUE, GAUSSIAN, NETWORK = "true photographs", "Gaussian, tuned per picture", "inverse halftone network"
FROM_MEAN, FROM_NOISE = "from the network, 8 steps", "from noise, 20 steps"
ALL_STEPS = "from noise, all 800 steps"


def _drawn(init: str, steps: int | None = None, further_noise: bool = False) -> DiffusionDescreener:
    return DiffusionDescreener(init, steps, further_noise, known=False)


METHODS: Mapping[str, Descreener] = {
    NETWORK: NetworkDescreener(known=False, patient=False),
    FROM_MEAN: _drawn("ihn", 8),
    "from the network, 4 steps": _drawn("ihn", 4),
    FROM_NOISE: _drawn("noise", 20),
    "from noise, 8 steps": _drawn("noise", 8),
    "from noise, 4 steps": _drawn("noise", 4),
    ALL_STEPS: _drawn("noise", further_noise=True),
}
SAMPLED = (FROM_MEAN, FROM_NOISE)
"""Rows that have another for the mean of their samples."""
PAPERS = (24.24, 0.727)
"""The paper's PSNR and SSIM, table 1: what one sample from noise must reach."""
MOST_LOSS_DB, GRADIENTS = 1.5, (0.85, 1.1)
"""By how much one sample from the network may lie below it; range of the gradient energy over the truth's."""
MOST_TIMES = {FROM_MEAN: 12, FROM_NOISE: 30}
"""Most seconds over those of the network."""
HEAD = ("", "photographs", "PSNR / SSIM", "KID x 1000", "gradient energy / true", "seconds / network's")

HOW = (
    f"{{files}} validation photographs, 256 x 256 px, gray, each halftoned with one of {', '.join(UNSEEN)} in turn, "
    "half of them serpentine. One sample of each, seed 0, without projection on the screen (known=False); means are of "
    f"{SAMPLES} samples of every {SPACING}th photograph, all 800 steps of every {SPACING}th as well. KID on "
    "MobileNetV2's pooled features against {others} other validation photographs. Gradient energy: mean squared "
    f"difference of neighboring pixels. Seconds: {TIMED_PX} x {TIMED_PX} px, float32, over those of the inverse "
    f"halftone network with one look. From noise must reach the paper's {marks(*PAPERS)}; from the network at most "
    f"{MOST_LOSS_DB:g} dB may be lost, and KID must be below the network's."
)
HOW_HALFTONES = (
    "Halftones. Error of tone: mean absolute difference to the photographs after a Gaussian of 4 px, levels of 255, at "
    f"most {_diffusion_halftones.MOST_ERROR:g} above Floyd-Steinberg's. On constant grays: share of power below half "
    "the principal frequency, at most twice void-and-cluster's; anisotropy (Ulichney 1988)."
)


@dataclass
class Tally:
    """Figures of one row, photograph by photograph."""

    marks: list[tuple[float, float]] = field(default_factory=list)
    energies: list[tuple[float, float]] = field(default_factory=list)
    """Gradient energy of the result, and of the truth."""
    pooled: list[Pooled] = field(default_factory=list)

    def add(self, made: Picture, truth: Picture, backbone: Classifier | None) -> None:
        """Take in a result (1, H, W) and its truth."""
        self.marks.append((psnr(made, truth), ssim(made, truth)))
        self.energies.append((gradient_energy(made), gradient_energy(truth)))
        if backbone is not None:
            self.pooled.append(_features(made, backbone))

    @property
    def mean(self) -> tuple[float, float]:
        """Mean PSNR and SSIM."""
        return mean(decibels for decibels, _ in self.marks), mean(likeness for _, likeness in self.marks)

    @property
    def gradients(self) -> float:
        """Gradient energy over the truth's."""
        return sum(made for made, _ in self.energies) / sum(true for _, true in self.energies)


def measure(materials: Materials) -> str:
    """Return the section: descreening, then halftoning; rows whose network is missing say so."""
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    everything = validation(materials.photos)
    files = evenly(everything, materials.count or PHOTOGRAPHS)
    backbone = load_backbone(materials.backbone) if materials.backbone else None
    run = Run.open(materials.conditions)
    missing = {name: why for name, method in METHODS.items() if (why := why_missing(method, run))}
    tallies = _descreened(files, missing, backbone, run, part(materials.notify, 0, 0.6))
    others = evenly([file for file in everything if file not in files], OTHERS * len(files)) if backbone else []
    true = [_features(luma_of(square(file)), backbone) for file in others] if backbone else []
    seconds = _seconds(missing, materials)
    grays = [luma_of(square(file)) for file in files]
    no_halftones = why_missing(DiffusionHalftoner(), run)
    halftones = _diffusion_halftones.measure(grays, no_halftones, run, part(materials.notify, 0.7, 1))
    rows = [_row(name, tally, tallies, true, seconds) for name, tally in tallies.items()]
    rows += [[f"{name}: left out, {why}", *[""] * 5] for name, why in missing.items()]
    drawn = seconds.get(_diffusion_halftones.DRAWN)
    return section(
        TITLE,
        HOW.format(files=len(files), others=len(others)),
        table(HEAD, rows),
        HOW_HALFTONES + (f" Seconds over the inverse halftone network's: {drawn:.1f}." if drawn else ""),
        halftones,
    )


def why_missing(method: Method, run: Run) -> str | None:
    """Return why a method's networks cannot be had, or None if they can."""
    try:
        run.require(method.networks)
    except WeightsError as error:
        return str(error).partition(";")[0]
    return None


def gradient_energy(gray: Picture) -> float:
    """Return the mean squared difference of neighboring pixels of (1, H, W)."""
    return float(np.square(np.diff(gray, axis=1)).mean() + np.square(np.diff(gray, axis=2)).mean())


def _descreened(
    files: Sequence[Path], missing: Mapping[str, str], backbone: Classifier | None, run: Run, notify: Notify
) -> dict[str, Tally]:
    """Return the figures of every row."""
    methods = {name: method for name, method in METHODS.items() if name not in missing}
    means = {f"{name}, mean of {SAMPLES}": methods[name] for name in SAMPLED if name in methods}
    tallies: dict[str, Tally] = {name: Tally() for name in (TRUE, GAUSSIAN, *methods, *means)}
    for index, file in enumerate(files):
        notify(index / len(files), f"descreening {file.name}")
        gray = luma_of(square(file))
        tallies[TRUE].add(gray, gray, backbone)
        serpentine = bool(index // len(UNSEEN) % 2)
        task = Task(api.halftone(gray, method=UNSEEN[index % len(UNSEEN)], serpentine=serpentine).picture, HALFTONE)
        tallies[GAUSSIAN].add(tuned_gaussian(task.picture, gray), gray, backbone)
        for name, method in methods.items():
            if name != ALL_STEPS or index % SPACING == 0:
                tallies[name].add(method(task, run), gray, backbone)
        for name, method in means.items() if index % SPACING == 0 else ():
            samples = [method(replace(task, cue=Cue(seed=seed)), run) for seed in range(SAMPLES)]
            tallies[name].add(np.mean(samples, axis=0), gray, backbone)
    return tallies


def _seconds(missing: Mapping[str, str], materials: Materials) -> dict[str, float]:
    """Return the seconds that each row takes over those of the network alone."""
    run = Run.open(replace(materials.conditions, precision="float32"))
    gray = luma_of(photograph(TIMED_PX))
    task = Task(api.halftone(gray).picture, HALFTONE)
    bare = NetworkDescreener(known=False, patient=False, residue=False)
    methods: dict[str, Method] = {
        name: replace(method, residue=False)
        for name, method in METHODS.items()
        if isinstance(method, DiffusionDescreener) and name not in missing and name != ALL_STEPS
    }
    if why_missing(DiffusionHalftoner(), run) is None:
        methods[_diffusion_halftones.DRAWN] = DiffusionHalftoner()
    found = {}
    for place, (name, method) in enumerate({NETWORK: bare, **methods}.items()):
        materials.notify(0.6 + 0.1 * place / (1 + len(methods)), f"timing, {name}")
        method(Task(task.picture[:, :64, :64], HALFTONE), run)  # loads what it needs
        found[name] = _time(method, task, run)
    return {name: seconds / found[NETWORK] for name, seconds in found.items()}


def _time(method: Method, task: Task, run: Run) -> float:
    """Return the median of the seconds that a method takes."""
    return median(
        seconds_of(lambda halftone: method(replace(task, picture=halftone), run), task.picture) for _ in range(TIMES)
    )


def _features(gray: Picture, backbone: Classifier) -> Pooled:
    return look(backbone, np.ascontiguousarray(np.broadcast_to(gray, (3, *gray.shape[1:]))))[1]


def _row(
    name: str, tally: Tally, tallies: Mapping[str, Tally], true: Sequence[Pooled], seconds: Mapping[str, float]
) -> list[str]:
    network = tallies[NETWORK]
    fidelity, gradients = "" if name == TRUE else marks(*tally.mean), f"{tally.gradients:.2f}"
    realism, time = _kid(tally, true), f"{seconds[name]:.1f}" if name in seconds else ""
    if name == FROM_MEAN:
        fidelity = verdict(fidelity, tally.mean[0] >= network.mean[0] - MOST_LOSS_DB)
        if tally.pooled and len(true) > 1:
            realism = verdict(realism, float(realism) < float(_kid(network, true)))
    if name == FROM_NOISE:
        fidelity = verdict(fidelity, tally.mean[0] >= PAPERS[0] and tally.mean[1] >= PAPERS[1])
    if name in SAMPLED:
        gradients = verdict(gradients, GRADIENTS[0] <= tally.gradients <= GRADIENTS[1])
    if name in MOST_TIMES and time:
        time = verdict(time, seconds[name] <= MOST_TIMES[name])
    return [name, f"{len(tally.marks)}", fidelity, realism, gradients, time]


def _kid(tally: Tally, true: Sequence[Pooled]) -> str:
    """Return KID x 1000."""
    if not true:
        return NO_BACKBONE
    if min(len(tally.pooled), len(true)) < 2:
        return "not measured: give more photographs"
    return f"{1000 * kid(np.stack(tally.pooled), np.stack(true)):.1f}"

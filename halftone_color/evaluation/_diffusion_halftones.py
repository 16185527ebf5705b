"""Halftones that a network draws, measured beside Floyd-Steinberg's and void-and-cluster's: tone, grain, directions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from halftone_color.evaluation._report import Notify, mean, table, verdict
from halftone_color.halftoners.blue_noise import BlueNoiseHalftoner
from halftone_color.halftoners.diffusion import DiffusionHalftoner
from halftone_color.halftoners.error_diffusion import ErrorDiffusionHalftoner
from halftone_color.method import Halftoner
from halftone_color.metrics.halftones import CONSTANT, anisotropy, low_share, tone_error
from halftone_color.run import Run
from halftone_color.types import Picture, Task

DRAWN, DIFFUSED, EVEN = "diffusion, 20 steps", "Floyd-Steinberg", "void-and-cluster"
METHODS: Mapping[str, Halftoner] = {
    DIFFUSED: ErrorDiffusionHalftoner(),
    EVEN: BlueNoiseHalftoner(),
    DRAWN: DiffusionHalftoner(),
}
GRAYS = (0.15, 0.35, 0.6, 0.75)
"""Constant grays on which spectra are measured; not 0.5, where Floyd-Steinberg's is a chessboard."""
SEED_PX = 256
"""Side of the mid-gray on which seeds are compared."""
MOST_ERROR = 3.0
"""By how many levels of 255 the error of tone may lie above Floyd-Steinberg's."""
MOST_LOW, MOST_ANISOTROPY_DB, LEAST_DIFFERING = 2.0, 0.0, 0.25
"""Most low power over void-and-cluster's, most anisotropy, least share of pixels that another seed changes."""
HEAD = ("", "error of tone", "low power, %", "anisotropy, dB", "pixels that another seed changes, %")


def measure(grays: Sequence[Picture], missing: str | None, run: Run, notify: Notify) -> str:
    """Return the table of halftones.

    Args:
        grays: photographs (1, H, W).
        missing: why there is no network, or None if there is one.
        run: under which it runs.
        notify: called with the share done.
    """
    methods = {name: method for name, method in METHODS.items() if not method.networks or missing is None}
    found: dict[str, tuple[float, float, float, float]] = {}
    for place, (name, method) in enumerate(methods.items()):
        notify(place / len(methods), f"screening, {name}")
        found[name] = _figures(method, grays, run)
    rows = [_row(name, figures, found) for name, figures in found.items()]
    if missing is not None:
        rows.append([f"{DRAWN}: left out, {missing}", *[""] * 4])
    return table(HEAD, rows)


def _figures(method: Halftoner, grays: Sequence[Picture], run: Run) -> tuple[float, float, float, float]:
    """Return the error of tone, share of low power, anisotropy in dB, and share of pixels that another seed changes."""
    errors = [tone_error(method(Task(gray), run), gray) for gray in grays]
    flat = {gray: method(Task(np.full((1, *CONSTANT), gray, np.float32)), run) for gray in GRAYS}
    changed = 0.0
    if isinstance(method, DiffusionHalftoner):
        middle = Task(np.full((1, SEED_PX, SEED_PX), 0.5, np.float32))
        changed = float((method(middle, run) != replace(method, seed=method.seed + 1)(middle, run)).mean())
    return (
        mean(errors),
        mean(low_share(made, gray) for gray, made in flat.items()),
        mean(anisotropy(made) for made in flat.values()),
        changed,
    )


def _row(name: str, figures: tuple[float, ...], found: Mapping[str, tuple[float, ...]]) -> list[str]:
    error, low, directed, changed = figures
    cells = [f"{error:.2f}", f"{100 * low:.2f}", f"{directed:.1f}", f"{100 * changed:.0f}"]
    if name == DRAWN:
        held = (
            error <= found[DIFFUSED][0] + MOST_ERROR,
            low <= MOST_LOW * found[EVEN][1],
            directed <= MOST_ANISOTROPY_DB,
            changed >= LEAST_DIFFERING,
        )
        cells = [verdict(cell, holds) for cell, holds in zip(cells, held, strict=True)]
    return [name, *cells]

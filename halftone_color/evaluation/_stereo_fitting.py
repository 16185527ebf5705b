"""Cycle CNN fitted on one test pair alone, without its truth: from scratch, and from the weights that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from halftone_color.errors import WeightsError
from halftone_color.evaluation._report import Materials, table
from halftone_color.evaluation._stereo_pairs import MeasuredPair
from halftone_color.evaluation._stereo_rows import by_stereo
from halftone_color.images.writing import write
from halftone_color.metrics.fidelity import chroma_psnr
from halftone_color.training.jobs import FRESH, TrainingJob, run

FITTED = "teddy"
"""The pair that is fitted on; the first one where it is not there."""


def told(pairs: Sequence[MeasuredPair], materials: Materials, minutes: float) -> str:
    """Return PSNR in dB of the pair before and after so many minutes of training on it alone."""
    if minutes <= 0:
        return "Fitting on the pair alone: not measured."
    pair = next((each for each in pairs if each.name == FITTED), pairs[0])
    rows = []
    for name, start in (("from scratch", FRESH), ("from the weights", materials.weights)):
        try:
            figure = f"{fitted(pair, materials, start, minutes):.2f}"
        except WeightsError:
            figure = "no weights"
        rows.append([name, figure])
    text = f"Fitting on {pair.name} alone for {60 * minutes:g} s of wall time on this machine, without its truth: "
    return "\n\n".join((f"{text}PSNR in dB.", table(["", "after"], rows)))


def fitted(pair: MeasuredPair, materials: Materials, start: str, minutes: float) -> float:
    """Return the PSNR in dB of a pair after training on it alone."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "pair" / f"{pair.name}-mono.png", pair.gray)
        write(folder / "pair" / f"{pair.name}-color.png", pair.view)
        job = TrainingJob("cycle-cnn", (), folder / "run", minutes, pairs=folder / "pair", start=start)
        run(job)
        conditions = replace(materials.conditions, weights=str(folder / "run"))
        return chroma_psnr(by_stereo(pair, conditions), pair.truth)

"""Table 1 of the paper on our data: what each part of the training adds, every row trained anew for a few minutes.

Yen, Cheng, Chiu 2021, section 3, ablation study. One command trains and measures: a row that is finished is not trained
again, so that it may be interrupted at any time.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from halftone_color.errors import InputError, UsageError
from halftone_color.evaluation._ablation_coloring import ANGLE_DEG, PERIOD_PX, WORKING_PX
from halftone_color.evaluation._ablation_figures import AblationFigures
from halftone_color.evaluation._ablation_seeds import FULL, FUSION_SHARE, GRAY, MEAN, Job, SeedResult, results
from halftone_color.evaluation._report import Materials, mean, section, table
from halftone_color.evaluation.photographs import SIDE, validation
from halftone_color.evaluation.sections.random import BACKBONE
from halftone_color.training.color_options import ColorizerOptions
from halftone_color.training.color_schemes import SIXTEENTHS

TITLE = "Ablation"
RUN = Path("runs/ablation")
MINUTES, SEEDS, COUNT = 10.0, 2, 100
FEWEST = 4
"""Photographs needed: two are measured against two."""
BATCH = 16
"""Rows of a step, so that ten minutes of one processor are many steps."""
DEFAULT = ColorizerOptions()
SHARED: dict[str, Any] = {
    "sides": (WORKING_PX,),
    "megapixels": BATCH * WORKING_PX**2 / 1e6,
    "grouped": 0.0,
    "adversarial": 0.2,
    "adversarial_from": 0.0,
}
"""Options of all rows. L_adv is in all of them, as in the paper."""
CHANGES: dict[str, dict[str, Any]] = {
    "base": {
        "code": 9,
        "both": 0,
        "jittered": 0,
        "unlike": 0,
        "hints": 1,
        "automatic": 4,
        "random": 2,
        "mode_seeking": 0.0,
        "similarity": 0.0,
        "histogram": 0.0,
    },
    "+ reference scheme": {"code": 3, "both": 2, "jittered": 2, "unlike": 2},
    "+ mode seeking": {"mode_seeking": DEFAULT.mode_seeking},
    "+ similarity": {"similarity": DEFAULT.similarity},
    "+ histogram": {"histogram": DEFAULT.histogram},
}
"""What each row changes of the one above it; the first of SHARED and of the recipe's defaults."""
PUBLISHED: dict[str, tuple[str, str, str, str]] = {
    "base without reference scheme": ("21.5255", "0.7495", "0.0099", "91.44"),
    "base with reference scheme": ("22.5375", "0.7527", "0.0786", "86.87"),
    "+ mode seeking": ("22.6942", "0.7446", "0.1297", "85.98"),
    "+ similarity": ("22.6206", "0.7461", "0.1160", "87.84"),
    "+ histogram": ("22.6537", "0.7543", "0.1255", "82.14"),
    "full": ("22.7014", "0.7609", "0.1199", "80.91"),
}
"""Table 1 of the paper: PSNR, SSIM, diversity (LPIPS) and FID."""


def rows() -> tuple[tuple[str, ColorizerOptions], ...]:
    """Return the rows that a colorizer is trained for, with the recipe's options."""
    found, options = [], dict(SHARED)
    for name, changed in CHANGES.items():
        options |= changed
        found.append((name, ColorizerOptions(**options)))
    return tuple(found)


def measure(
    materials: Materials,
    features: Path,
    minutes: float = MINUTES,
    seeds: int = SEEDS,
    run: Path = RUN,
    side: int = SIDE,
) -> str:
    """Train what is not trained yet, measure it, and return the section as Markdown.

    Args:
        materials: photographs, whose train split is trained on and whose validation split is measured, COUNT of it by
            default and at most half; the backbone, which is the judge of diversity and realism; weights, of which our
            inverse halftone network and our histogram estimator are used.
        features: EfficientNet-Lite1 safetensors file, from whose trunk every row starts.
        minutes: of training for each row; the fusion network takes FUSION_SHARE of them.
        seeds: times that every row is trained.
        run: folder of what is trained and measured; it goes on where it was interrupted. Decoded photographs go beside.
        side: of the photographs that are measured, px.

    Raises:
        UsageError: photographs or backbone are missing, or `run` holds rows that were trained with other settings.
        InputError: there are too few photographs.
        WeightsError: a network's file is missing, or is another's.
    """
    photos, backbone = materials.photos, materials.backbone
    if photos is None or backbone is None:
        raise UsageError("The ablation needs a folder of photographs and --backbone with MobileNetV2.")
    found = len(validation(photos))
    if found < FEWEST:
        raise InputError(f"{photos} holds {found} validation photographs; give at least {FEWEST}.")
    count = min(materials.count or COUNT, found // 2)
    job = Job(photos, backbone, features, rows(), minutes, run, count, materials.weights, side)
    return told(job, results(job, seeds, materials.notify, os.cpu_count() or 1), found - job.count)


def told(job: Job, found: Sequence[SeedResult], others: int) -> str:
    """Return the section of what the seeds gave, beside the paper's own table.

    Args:
        job: what was done.
        found: of each seed.
        others: photographs that realism is measured against.
    """
    head = ["", "PSNR dB", "SSIM", "PSNR dB, code + reference", "SSIM, code + reference"]
    head += [f"feature distance ({BACKBONE})", "KID x 1000", "steps"]
    names = [GRAY, *(name for name, _ in job.rows), MEAN, FULL]
    cells = [[name, *_cells([one.figures[name] for one in found]), _steps(found, name)] for name in names]
    published = [[name, *figures] for name, figures in PUBLISHED.items()]
    return section(
        TITLE,
        _protocol(job, len(found), others),
        table(head, cells),
        "The paper's Table 1, on its own data (Helen, its halftones, its training): diversity is LPIPS, and realism is "
        "FID, another measure than KID; neither compares with ours, only the course from row to row does.",
        table(["", "PSNR dB", "SSIM", "diversity (LPIPS)", "FID"], published),
    )


def _protocol(job: Job, seeds: int, others: int) -> str:
    return (
        f"Each row adds one part to the one above it and is trained anew from the EfficientNet-Lite1 trunk for "
        f"{job.minutes:g} minutes of a processor's time, {BATCH} pictures of {WORKING_PX} px a step; fusion for "
        f"{FUSION_SHARE * job.minutes:g} minutes more. {seeds} seeds: mean, and half the distance between the least "
        f"and the greatest. Base has the recovery scheme ({CHANGES['base']['code']} of {SIXTEENTHS} pictures; these "
        "make room for the reference scheme in the next row), the random one, and our automatic and hints rows. L_adv "
        f"is in all rows, with a weight of {SHARED['adversarial']:g} from the start. "
        f"{job.count} validation photographs, {job.side} x {job.side} px, halftoned with "
        f"round anti-aliased dots, {PERIOD_PX} px at {ANGLE_DEG:g} degrees, descreened by the inverse halftone network "
        f"of the weights {job.weights}, which is told the screen, and colored at {WORKING_PX} px. PSNR and SSIM: "
        "recovery by the code of the true colors, the paper's measure; beside it by code and the true picture as a "
        "reference. Diversity: feature distance between two random results of each photograph. KID on MobileNetV2's "
        "pooled features over recoveries by code, results by another photograph's code and random results together "
        "(sets of one result of each photograph, the three kinds in turn), "
        f"against {others} other validation photographs. Neither is LPIPS or FID. Rows but the last two: IHN -> C."
    )


def _cells(seeds: Sequence[AblationFigures]) -> list[str]:
    digits = {"psnr": 2, "ssim": 4, "guided_psnr": 2, "guided_ssim": 4, "diversity": 4, "kid": 1}
    columns = {name: [figures.cells()[name] for figures in seeds] for name in digits}
    return [_spread(columns[name], places) for name, places in digits.items()]


def _spread(values: Sequence[float | None], digits: int) -> str:
    """Return the mean of the seeds and half of their range; nothing where a row has no such figure."""
    known = [value for value in values if value is not None]
    if not known:
        return ""
    middle = f"{mean(known):.{digits}f}"
    return middle if len(known) == 1 else f"{middle} ± {(max(known) - min(known)) / 2:.{digits}f}"


def _steps(found: Sequence[SeedResult], name: str) -> str:
    counts = [one.steps[name] for one in found if name in one.steps]
    return ", ".join(str(count) for count in counts)

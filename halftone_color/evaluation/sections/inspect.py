"""How often `inspect` names the right kind of halftone, and how well its period and angle, on cases made here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from halftone_color import api
from halftone_color.arrays.color import rgb_to_luma
from halftone_color.evaluation import halftones
from halftone_color.evaluation._report import Materials, Notify, section, table, verdict
from halftone_color.evaluation.photographs import SIDE, evenly, square, standard_picture, validation
from halftone_color.evaluation.sections.scans import INDEX, listing
from halftone_color.halftoners.clustered_dot import SHAPES, thresholds
from halftone_color.halftoners.error_diffusion import KERNELS, diffuse
from halftone_color.screen.detect import detect
from halftone_color.screen.ink import measure_ink_and_paper
from halftone_color.steps.inspection import inspect
from halftone_color.training.degradations import jpeg
from halftone_color.types import KINDS, Picture, Screen

TITLE = "Inspect"
TAKES = ("photographs", "scans")
"""A folder of scans may stand in place of the photographs."""
CASES = 500
SEED = 4
PHOTOGRAPHS = 250
"""Photographs of a folder that are screened; each serves twice."""
STANDARD = ("astronaut", "coffee", "chelsea", "rocket", "camera")
"""What is screened where no folder is given: random crops of these."""
SHARES = {"none": 2, "error-diffusion": 2, "ordered": 1, "clustered-dot": 3, "line": 1, "stochastic": 1}
"""Cases of each kind among ten."""
PERIODS_PX = (2.2, 14.0)
FINEST_PX = 2.0
"""Finest structure of halftones without a period, which bounds their blur."""
OVERSAMPLE = 3
NEAR_PERIOD, NEAR_DEG = 0.01, 1.0
TINTS = 100
NEAR_TONE = 3.0
PLAIN = "index.csv"
"""What a folder of photographs has where one of scans has INDEX."""
MUST_KIND, MUST_CLEAN, MUST_DEGRADED = 0.98, 0.98, 0.95

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""


@dataclass(frozen=True)
class ScreenCase:
    """A picture whose screen is known."""

    gray: Picture
    screen: Screen
    degraded: bool
    """Printed and scanned, or for a picture without a screen photographed with noise or compressed."""


def measure(materials: Materials, count: int = CASES, tints: int = TINTS) -> str:
    """Return the section: shares of right answers, the confusion table, ink and paper; or what scans turn out to be.

    In place of photographs it takes the folder of real scans with INDEX.csv as well.

    Args:
        materials: what to measure.
        count: cases that are made.
        tints: prints whose ink and paper are looked for.
    """
    folder = materials.photos
    if folder is not None and (folder / INDEX).is_file() and not (folder / PLAIN).is_file():
        return section(TITLE, *_scans(folder, materials.notify))
    contones, answers = _contones(folder), []
    for index, case in enumerate(cases(contones, count, SEED)):
        materials.notify(index / count, f"inspecting a case of {case.screen.kind}")
        answers.append((case, detect(case.gray)))
    right = _share([found.kind == case.screen.kind for case, found in answers])
    rows = [["kind", f"{right:.1%}", verdict(f"{MUST_KIND:.0%}", right >= MUST_KIND)]]
    for degraded, must, word in ((False, MUST_CLEAN, "clean"), (True, MUST_DEGRADED, "printed and scanned")):
        near = [
            is_near(found, case.screen)
            for case, found in answers
            if case.screen.period_px and case.degraded == degraded
        ]
        share = _share(near)
        rows.append([f"period and angle, {word} ({len(near)})", f"{share:.1%}", verdict(f"{must:.0%}", share >= must)])
    off = [_off(contone, np.random.default_rng([SEED, index])) for index, contone in enumerate(contones[:tints])]
    for column, word in enumerate(("paper", "ink")):
        share = _share([values[column] <= NEAR_TONE for values in off])
        worst = f"{max(values[column] for values in off):.1f}"
        rows.append([f"{word} of {tints} tinted prints within {NEAR_TONE:g} of 255", f"{share:.1%}", f"worst {worst}"])
    return section(
        TITLE,
        f"{count} cases of {SIDE} px, half of them printed and scanned, periods {PERIODS_PX[0]:g} to {PERIODS_PX[1]:g} "
        f"px, all angles. Period within {NEAR_PERIOD:.0%} and angle within {NEAR_DEG:g} degree, both, count as right. "
        "Tinted prints have clean dots and light that falls by 20 %; the mean error over the picture counts.",
        table(["right", "share", "must"], rows),
        "What was made (rows) and what was found (columns); printed and scanned ones after the plus.",
        table(["", *KINDS], _confusion(answers)),
    )


def cases(contones: list[Plane], count: int, seed: int) -> Iterator[ScreenCase]:
    """Yield `count` seeded cases of contones (SIDE, SIDE): every second one degraded, kinds by their SHARES."""
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        kind, degraded = kinds[index // 2 % len(kinds)], index % 2 == 1
        contone = contones[index * 7919 % len(contones)]
        yield _case(contone[:, :: rng.choice([1, -1])], kind, degraded, rng)


def is_near(found: Screen, truth: Screen) -> bool:
    """Tell whether a screen was found with the period and the angle of the truth."""
    if found.period_px is None or found.angle_deg is None or truth.period_px is None or truth.angle_deg is None:
        return False
    turn = 180.0 if truth.kind == "line" else 90.0
    off_deg = abs((found.angle_deg - truth.angle_deg + turn / 2) % turn - turn / 2)
    return abs(found.period_px / truth.period_px - 1) <= NEAR_PERIOD and off_deg <= NEAR_DEG


def _case(contone: Plane, kind: str, degraded: bool, rng: np.random.Generator) -> ScreenCase:
    """Return a case of a contone (H, W)."""
    if kind in ("clustered-dot", "line"):
        period_px, angle_deg = float(rng.uniform(*PERIODS_PX)), float(rng.uniform(0, 180))
        shape = "line" if kind == "line" else str(rng.choice([shape for shape in SHAPES if shape != "line"]))
        # A print is seen by a scanner's cells; a digital halftone is bilevel, one in four with gray edges.
        fine = OVERSAMPLE if degraded or rng.random() < 0.25 else 1
        phase = (float(rng.random()), float(rng.random()))
        map_ = thresholds(len(contone), contone.shape[1], period_px, angle_deg, shape, phase, fine)
        dots = (contone.repeat(fine, 0).repeat(fine, 1) > map_).astype(np.float32)
        if degraded:
            dots = _ink_spread(dots, period_px * fine, rng)
        height, width = contone.shape
        halftone = dots.reshape(height, fine, width, fine).mean((1, 3), dtype=np.float32)
        screen = Screen(kind, period_px, angle_deg % (180.0 if kind == "line" else 90.0))
        finest_px = period_px
    else:
        halftone, screen, finest_px = _aperiodic(contone, kind, rng), Screen(kind), FINEST_PX
    if degraded:
        halftone = _scanned(halftone, finest_px, rng)
    return ScreenCase(halftone[None].astype(np.float32), screen, degraded)


def _aperiodic(contone: Plane, kind: str, rng: np.random.Generator) -> Plane:
    """Return a halftone without dots, or the contone itself."""
    if kind == "error-diffusion":
        spread = rng.uniform(0.02, 0.15) if rng.random() < 0.2 else 0.0
        threshold = (0.5 + spread * rng.uniform(-1, 1, contone.shape)).astype(np.float32)
        return diffuse(contone, str(rng.choice(list(KERNELS))), bool(rng.random() < 0.5), threshold)
    if kind == "ordered":
        return np.asarray(api.halftone(contone, method="bayer", size=int(rng.choice([2, 4, 8, 16]))).picture[0])
    if kind == "stochastic":
        return np.asarray(api.halftone(contone, method="blue-noise").picture[0])
    return contone


def _ink_spread(dots: Plane, period: float, rng: np.random.Generator) -> Plane:
    """Return dots of ink 0 and paper 1 that have grown or shrunk by a few percent of their period."""
    level = rng.uniform(0.4, 0.65)
    spread = gaussian_filter(dots, rng.uniform(0.0, 0.12) * period)
    return np.asarray(spread > level, np.float32)


def _scanned(halftone: Plane, finest_px: float, rng: np.random.Generator) -> Plane:
    """Return a print (H, W) of ink 0 and paper 1 as scanners see it: blurred, tinted, in uneven light, noisy, JPEG."""
    scan = gaussian_filter(halftone, rng.uniform(0.2, min(1.4, 0.32 * finest_px)))
    if rng.random() < 0.3:
        scan = np.clip((scan - 0.5) * rng.uniform(1.0, 2.0) + 0.5, 0, 1)
    ink, paper = rng.uniform(0, 0.3), rng.uniform(0.65, 1)
    scan = ink + (paper - ink) * scan
    if rng.random() < 0.5:
        y, x = np.indices(scan.shape) / SIDE - 0.5
        turn = rng.uniform(0, 2 * np.pi)
        scan = scan * (1 - rng.uniform(0.05, 0.2) * (0.5 + np.cos(turn) * x + np.sin(turn) * y))
    if rng.random() < 0.7:
        scan = scan + rng.uniform(0.003, 0.03) * rng.standard_normal(scan.shape, dtype=np.float32)
    if rng.random() < 0.3:
        grain = gaussian_filter(rng.standard_normal(scan.shape, dtype=np.float32), 1.5)
        scan = scan + rng.uniform(0.02, 0.2) * grain
    scan = np.clip(scan, 0, 1)
    return jpeg(scan, int(rng.integers(45, 93))) if rng.random() < 0.5 else scan


def _off(contone: Plane, rng: np.random.Generator) -> tuple[float, float]:
    """Return by how much, of 255, the paper and the ink of a tinted print in uneven light are missed."""
    dots = halftones.dots(contone[None], rng.uniform(3, 10), rng.uniform(0, 90), antialias=True)
    y, x = np.indices(contone.shape) / (SIDE - 1)
    falls = (
        x,
        (x + y) / 2,
        2 * ((x - 0.5) ** 2 + (y - 0.5) ** 2),
        0.5 + 0.5 * np.cos(rng.uniform(0, 6) + 3 * y + 2 * x),
    )
    light = 1 - 0.2 * falls[int(rng.integers(len(falls)))]
    paper = (np.array([0.95, 0.89, 0.76]) + rng.uniform(-0.05, 0.05, 3))[:, None, None] * light
    ink = rng.uniform(0.03, 0.27, (3, 1, 1)) * (light if rng.random() < 0.5 else 1)
    scan = ink + (paper - ink) * dots + rng.uniform(0, 0.015) * rng.standard_normal((3, *contone.shape))
    found = measure_ink_and_paper(np.clip(scan, 0, 1).astype(np.float32))
    off_paper = np.abs(found.paper_at(SIDE, SIDE) - paper).mean(axis=(1, 2))
    off_ink = np.abs(found.ink_at(SIDE, SIDE) - ink).mean(axis=(1, 2))
    return float(255 * off_paper.max()), float(255 * off_ink.max())


def _scans(folder: Path, notify: Notify) -> tuple[str, ...]:
    """Return what is found in real scans beside what INDEX.csv says of those that have a screen."""
    listed = listing(folder)
    rows = []
    for index, scan in enumerate(listed):
        notify(index / len(listed), f"inspecting {scan.file}")
        found = inspect(folder / scan.file)
        screen = found.screen
        off = "" if screen.period_px is None else f"{100 * (screen.period_px / scan.period_px - 1):+.1f} %"
        angle = "" if screen.angle_deg is None else f"{screen.angle_deg:.1f}"
        said = f"{scan.period_px:g} px, {'/'.join(f'{angle:g}' for angle in scan.angles_deg)}"
        period = "" if screen.period_px is None else f"{screen.period_px:.2f}"
        inks = "one" if found.inks.single_ink else "several"
        paper, ink = (" ".join(f"{255 * v:.0f}" for v in c) for c in (found.inks.paper_color, found.inks.ink_color))
        rows.append([scan.file, said, screen.kind, period, off, angle, inks, paper, ink])
    head = ["scan", f"{INDEX} says", "kind", "period px", "off", "angle", "inks", "paper", "ink"]
    return "Real scans whose screen is listed.", table(head, rows)


def _contones(folder: Path | None) -> list[Plane]:
    """Return luma planes (SIDE, SIDE) of a folder's validation photographs, or of what scikit-image carries."""
    if folder is not None:
        squares = [square(path) for path in evenly(validation(folder), PHOTOGRAPHS)]
        return [np.asarray(rgb_to_luma(rgb)[0], np.float32) for rgb in squares]
    rng = np.random.default_rng(SEED)
    planes = [np.asarray(rgb_to_luma(standard_picture(name))[0], np.float32) for name in STANDARD]
    crops = []
    for index in range(PHOTOGRAPHS):
        plane = planes[index % len(planes)]
        top, left = (int(rng.integers(0, side - SIDE + 1)) for side in plane.shape)
        crops.append(plane[top : top + SIDE, left : left + SIDE])
    return crops


def _confusion(answers: list[tuple[ScreenCase, Screen]]) -> list[list[str]]:
    """Return the rows of the confusion table: clean + degraded counts."""
    counts = Counter((case.screen.kind, found.kind, case.degraded) for case, found in answers)

    def cell(made: str, found: str) -> str:
        clean, degraded = counts[made, found, False], counts[made, found, True]
        return f"{clean} + {degraded}" if clean or degraded else ""

    return [[made, *(cell(made, found) for found in KINDS)] for made in KINDS]


def _share(right: list[bool]) -> float:
    return sum(right) / max(len(right), 1)

"""The recovery scheme measured on validation portraits: code and reference come from the true colors."""

from __future__ import annotations

import numpy as np

from halftone_color import api
from halftone_color.arrays.color import add_chroma, rgb_to_luma, rgb_to_ycc
from halftone_color.evaluation import halftones
from halftone_color.evaluation._recovery_realism import Realism
from halftone_color.evaluation._report import NO_BACKBONE, NO_PHOTOGRAPHS, Materials, mean, section, table, verdict
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import SIDE, square, validation
from halftone_color.metrics.fidelity import chroma_psnr, psnr, ssim
from halftone_color.run import Conditions
from halftone_color.training.backbone import load_backbone
from halftone_color.types import Picture

TITLE = "Recovery"
PREFIXES = ("pixabay", "fairface")
"""Files of portraits."""
PERIOD_PX, ANGLE_DEG = 3.5, 30.0
CROP = 0.8
"""Share of each side that stays of a cropped reference."""
GRAY, BLURRED, TINT = "gray (true luma)", "blurred gray", "blurred gray, true mean chroma"
CODE, IHN_FIRST, COLOR_FIRST, FUSED = "code only, fused", "IHN -> C", "C -> IHN", "fused"
MEAN = "mean of both orders"
MIRRORED = "fused, reference mirrored"
CROPPED = "fused, reference mirrored and cropped"
ASKED_DB, ASKED_SSIM, ASKED_CHROMA_DB, ASKED_FALL_DB = 22.7, 0.76, 25.0, 1.5
"""Least PSNR, SSIM and chroma PSNR of the fused result; greatest fall of chroma PSNR with a mirrored reference."""

Figures = tuple[float, float, float]
"""PSNR, SSIM, chroma PSNR."""


def measure(materials: Materials, side: int = SIDE) -> str:
    """Return the section: PSNR, SSIM and chroma PSNR of each row, over squares of so many px."""
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    files = validation(materials.photos, PREFIXES)
    figures: dict[str, list[Figures]] = {}
    shown: dict[str, list[float]] = {FUSED: [], CROPPED: []}
    realism = Realism(load_backbone(materials.backbone)) if materials.backbone else None
    found = 0
    for done, file in enumerate(files):
        materials.notify(done / len(files), f"recovering {file.name}")
        truth = square(file, side)
        results, present = recovered(truth, materials.conditions)
        found += present
        for row, result in results.items():
            scores = (psnr(result, truth), ssim(result, truth), chroma_psnr(result, truth))
            figures.setdefault(row, []).append(scores)
        if realism is not None:
            halftone, stranger = halftone_of(truth), square(files[(done + 1) % len(files)], side)
            by_other = api.restore(halftone, references=[stranger], **vars(materials.conditions)).picture
            random = api.restore(halftone, samples=1, seed=done, **vars(materials.conditions)).pictures[0]
            realism.add(truth, [results[FUSED], by_other, random])
        for row, middles in shown.items():
            middles.append(chroma_psnr(middle(results[row]), middle(truth)))
    means: dict[str, Figures] = {}
    for row, scored in figures.items():
        decibels, likeness, chroma = (mean(column) for column in zip(*scored, strict=True))
        means[row] = (decibels, likeness, chroma)
    return section(
        TITLE,
        f"{len(files)} validation portraits, {side} x {side} px, halftoned with round anti-aliased dots, {PERIOD_PX} "
        f"px at {ANGLE_DEG:g} degrees; the screen was found by itself in {found}. Chroma PSNR: true luma substituted. "
        f"The cropped reference keeps the middle {CROP:.0%} of each side.",
        table(
            ["", "PSNR dB", "SSIM", "chroma PSNR dB"],
            [[row, f"{a:.2f}", f"{b:.3f}", f"{c:.2f}"] for row, (a, b, c) in means.items()],
        ),
        _verdicts(means),
        f"A reference that is only mirrored costs {means[FUSED][2] - means[MIRRORED][2]:.2f} dB. Where the cropped one "
        f"still shows the picture, in the middle {CROP:.0%}, it costs {mean(shown[FUSED]) - mean(shown[CROPPED]):.2f} "
        "dB; the rest of its fall is in the margin, whose colors it does not hold.",
        realism.told() if realism else f"Realism: {NO_BACKBONE}.",
    )


def recovered(truth: Picture, conditions: Conditions) -> tuple[dict[str, Picture], bool]:
    """Return each row's picture (3, H, W) of a photograph (3, H, W), and whether the screen was found."""
    gray = np.asarray(rgb_to_luma(truth), np.float32)
    halftone = halftone_of(truth)
    blurred = tuned_gaussian(halftone, gray)
    mean_chroma = rgb_to_ycc(truth)[1].mean((1, 2), keepdims=True, dtype=np.float32)
    rows = {
        GRAY: np.repeat(gray, 3, 0),
        BLURRED: np.repeat(blurred, 3, 0),
        TINT: add_chroma(blurred, np.broadcast_to(mean_chroma, (2, *gray.shape[1:]))),
    }
    code_only = api.restore(halftone, references=[truth], **vars(conditions), correspondence=False)
    rows[CODE] = code_only.picture
    for row, path in ((IHN_FIRST, "ihn-first"), (COLOR_FIRST, "color-first"), (FUSED, "fused")):
        rows[row] = api.restore(halftone, references=[truth], path=path, **vars(conditions)).picture
    rows[MEAN] = np.asarray((rows[IHN_FIRST] + rows[COLOR_FIRST]) / 2, np.float32)
    for row, reference in ((MIRRORED, mirror(truth)), (CROPPED, mirror(middle(truth)))):
        rows[row] = api.restore(halftone, references=[reference], **vars(conditions)).picture
    assert code_only.screen is not None
    return rows, code_only.screen.present


def halftone_of(truth: Picture) -> Picture:
    """Return the halftone (1, H, W) of a photograph (3, H, W)."""
    gray = np.asarray(rgb_to_luma(truth), np.float32)
    return halftones.dots(gray, PERIOD_PX, ANGLE_DEG, antialias=True)


def middle(rgb: Picture) -> Picture:
    """Return the middle CROP of each side of (3, H, W)."""
    height, width = rgb.shape[1:]
    down, right = (round(side * (1 - CROP) / 2) for side in (height, width))
    return rgb[:, down : height - down, right : width - right]


def mirror(rgb: Picture) -> Picture:
    """Return (3, H, W), left and right exchanged."""
    return np.ascontiguousarray(rgb[:, :, ::-1])


def _verdicts(means: dict[str, Figures]) -> str:
    decibels, likeness, chroma = means[FUSED]
    above_blur = likeness - means[BLURRED][1]
    above_orders = decibels - max(means[IHN_FIRST][0], means[COLOR_FIRST][0])
    likelier = likeness - max(means[IHN_FIRST][1], means[COLOR_FIRST][1])
    fall = chroma - means[CROPPED][2]
    return (
        f"Asked of fused: PSNR >= {ASKED_DB}: {verdict(f'{decibels:.2f}', decibels >= ASKED_DB)}; "
        f"SSIM >= {ASKED_SSIM}: {verdict(f'{likeness:.3f}', likeness >= ASKED_SSIM)}; "
        f"SSIM above blurred gray's: {verdict(f'{above_blur:+.3f}', above_blur >= 0)}; "
        f"chroma PSNR >= {ASKED_CHROMA_DB:g}: {verdict(f'{chroma:.2f}', chroma >= ASKED_CHROMA_DB)}; "
        f"PSNR above the better order's: {verdict(f'{above_orders:+.2f}', above_orders >= 0)}; "
        f"SSIM above the better order's: {verdict(f'{likelier:+.4f}', likelier >= 0)}; "
        "fall of chroma PSNR with the mirrored and cropped reference "
        f"<= {ASKED_FALL_DB}: {verdict(f'{fall:.2f}', fall <= ASKED_FALL_DB)}."
    )

"""How well a network does on error diffusion that it has never seen: the diffusion paper's protocol.

Jiang and Mu, "Conditional diffusion process for inverse halftoning" (2022), section 4.1: train on five kernels of error
diffusion, test on the other four.
"""

from __future__ import annotations

from halftone_color import api
from halftone_color.evaluation._report import NO_PHOTOGRAPHS, Materials, marks, mean, reached, section, table, verdict
from halftone_color.evaluation.photographs import evenly, square, validation
from halftone_color.halftoners.error_diffusion import KERNELS
from halftone_color.images.sources import luma_of
from halftone_color.metrics.fidelity import psnr, ssim

TITLE = "Unseen kernels"
PHOTOGRAPHS = 400
SEEN = ("floyd-steinberg", "simple-floyd-steinberg", "jarvis", "stucki", "atkinson")
"""Kernels that the protocol trains on."""
UNSEEN = tuple(kernel for kernel in KERNELS if kernel not in SEEN)
MUST = (26.7, 0.78)
"""Least mean PSNR and SSIM on the unseen kernels."""
MUST_LOSS_DB = 0.7
"""By how much the unseen may lie below the seen ones."""

Marks = tuple[float, float]
"""PSNR and SSIM."""


def measure(materials: Materials) -> str:
    """Return the section: mean PSNR and SSIM of each kernel, of the five and of the other four."""
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    files = evenly(validation(materials.photos), PHOTOGRAPHS)
    found: dict[str, list[Marks]] = {kernel: [] for kernel in (*SEEN, *UNSEEN)}
    for index, file in enumerate(files):
        materials.notify(index / len(files), f"descreening {file.name}")
        gray = luma_of(square(file))
        for group in (SEEN, UNSEEN):
            kernel, serpentine = group[index % len(group)], bool(index // len(group) % 2)
            made = api.halftone(gray, method=kernel, serpentine=serpentine).picture
            result = api.descreen(made, known=False, patient=False, **vars(materials.conditions)).picture
            found[kernel].append((psnr(result, gray), ssim(result, gray)))
    seen, unseen = (_mean([pair for kernel in group for pair in found[kernel]]) for group in (SEEN, UNSEEN))
    loss = seen[0] - unseen[0]
    rows = [[kernel, marks(*_mean(pairs)) if pairs else "", ""] for kernel, pairs in found.items()]
    rows += [
        ["the five", marks(*seen), ""],
        ["the other four", reached(unseen, MUST), marks(*MUST)],
        ["the five less the other four", verdict(f"{loss:.2f}", loss <= MUST_LOSS_DB), f"{MUST_LOSS_DB:g}"],
    ]
    return section(
        TITLE,
        f"Mean PSNR in dB / SSIM. {len(files)} validation photographs, 256 x 256 px, gray, each halftoned twice: with "
        f"one of {', '.join(SEEN)} and with one of the other four kernels, in turn, half of them serpentine. The "
        "network and nothing else (known=False, patient=False: one look, no projection on what the kernel says). The "
        "third column asks this of a network that was trained on the five kernels alone (`--weights FOLDER`); one that "
        "was trained on all nine has seen the other four.",
        table(["", f"network, weights {materials.weights}", "must"], rows),
    )


def _mean(pairs: list[Marks]) -> Marks:
    return mean(decibels for decibels, _ in pairs), mean(likeness for _, likeness in pairs)

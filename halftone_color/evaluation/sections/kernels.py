"""Descreening measured on small validation photographs: nine error diffusions, and fine soft dots saved as JPEG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halftone_color import api
from halftone_color.evaluation import halftones
from halftone_color.evaluation._report import NO_PHOTOGRAPHS, Materials, marks, mean, reached, section, table
from halftone_color.evaluation.filters import tuned_gaussian
from halftone_color.evaluation.photographs import evenly, square, validation
from halftone_color.evaluation.sections.recovery import PREFIXES
from halftone_color.halftoners.error_diffusion import KERNELS
from halftone_color.images.sources import luma_of
from halftone_color.metrics.fidelity import psnr, ssim
from halftone_color.run import Conditions
from halftone_color.training.degradations import jpeg
from halftone_color.types import Picture

TITLE = "Descreening at 256 px"
PHOTOGRAPHS = 400
FINE_PX, FINE_ANGLES_DEG, QUALITY = 3.0, (30.0, 37.0), 85
FINE = "dots 3 px, JPEG"
MEAN = "mean of the nine"
MUST = {MEAN: (27.0, 0.79), FINE: (27.5, 0.80)}
AIM = {MEAN: (28.0, 0.83), FINE: (28.5, 0.83)}
"""Row -> least mean PSNR and SSIM that the network has to reach, and those that it should."""
HEAD = ("", "Gaussian, tuned per picture", "network", "network without known screens", "must", "aim")

Figures = tuple[float, ...]
"""PSNR and SSIM of the tuned Gaussian, of the network, and of the network without known screens."""


def measure(materials: Materials, fine_angles_deg: Sequence[float] = FINE_ANGLES_DEG) -> str:
    """Return the section: mean PSNR and SSIM by kernel, and of the portraits in soft dots, at the angles given."""
    if materials.photos is None:
        return section(TITLE, NO_PHOTOGRAPHS)
    files = evenly(validation(materials.photos), PHOTOGRAPHS)
    portraits = validation(materials.photos, PREFIXES)
    found: dict[str, list[Figures]] = {name: [] for name in (*KERNELS, FINE)}
    total = len(files) + len(portraits)
    for index, file in enumerate(files):
        kernel = list(KERNELS)[index % len(KERNELS)]
        materials.notify(index / total, f"descreening {file.name}, {kernel}")
        gray = luma_of(square(file))
        made = api.halftone(gray, method=kernel, serpentine=bool(index // len(KERNELS) % 2)).picture
        found[kernel].append(_figures(made, gray, materials.conditions))
    for index, file in enumerate(portraits):
        materials.notify((len(files) + index) / total, f"descreening {file.name}, {FINE}")
        gray = luma_of(square(file))
        for angle in fine_angles_deg:
            soft = halftones.dots(gray, FINE_PX, angle, antialias=True)
            made = np.asarray(jpeg(soft[0], QUALITY)[None], np.float32)
            found[FINE].append(_figures(made, gray, materials.conditions))
    rows = {name: tuple(mean(column) for column in zip(*figures, strict=True)) for name, figures in found.items()}
    rows[MEAN] = tuple(mean(rows[kernel][i] for kernel in KERNELS) for i in range(6))
    return section(
        TITLE,
        f"Mean PSNR in dB / SSIM. {len(files)} validation photographs, 256 x 256 px, gray, each with one of the nine "
        f"kernels in turn, every second round of nine serpentine; {len(portraits)} portraits of them in round dots of "
        f"{FINE_PX:g} px at {' and '.join(f'{a:g}' for a in fine_angles_deg)} degrees, 4 x supersampled, JPEG "
        f"{QUALITY}. The Gaussian is tuned on the truth; the network is blind. Without known screens: nothing that the "
        "halftone's method says about the contone is used (known=False).",
        table(HEAD, [_row(name, rows[name]) for name in _order()]),
    )


def _order() -> tuple[str, ...]:
    return (*KERNELS, MEAN, FINE)


def _figures(made: Picture, gray: Picture, conditions: Conditions) -> Figures:
    results = (
        tuned_gaussian(made, gray),
        api.descreen(made, **vars(conditions)).picture,
        api.descreen(made, known=False, **vars(conditions)).picture,
    )
    return tuple(figure for result in results for figure in (psnr(result, gray), ssim(result, gray)))


def _row(name: str, figures: tuple[float, ...]) -> list[str]:
    blurred, network, bare = ((figures[i], figures[i + 1]) for i in (0, 2, 4))
    if name not in MUST:
        return [name, marks(*blurred), marks(*network), marks(*bare), "", ""]
    cells = (marks(*blurred), reached(network, MUST[name]), marks(*bare), marks(*MUST[name]), marks(*AIM[name]))
    return [name, *cells]

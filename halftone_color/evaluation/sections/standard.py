"""Descreening measured on five photographs that scikit-image carries, by four halftones and a synthetic scan."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from halftone_color import api, registry
from halftone_color.evaluation import filters, halftones
from halftone_color.evaluation._report import Materials, marks, mean, reached, section, table
from halftone_color.evaluation.photographs import standard_picture
from halftone_color.images.sources import luma_of
from halftone_color.metrics.fidelity import affine_fit, psnr, ssim
from halftone_color.request import Choice
from halftone_color.run import Conditions, Run
from halftone_color.screen.tone import read_tones
from halftone_color.types import Picture, Screen, Task

PICTURES = ("astronaut", "coffee", "chelsea", "rocket", "camera")
SCAN = "scan"
HALFTONES: dict[str, Callable[[Picture, int], Picture]] = {
    "floyd-steinberg": lambda gray, _: halftones.error_diffused(gray),
    "dots 4 px": lambda gray, _: halftones.dots(gray, 4, 45),
    "dots 6 px": lambda gray, _: halftones.dots(gray, 6, 45),
    "dots 8 px": lambda gray, _: halftones.dots(gray, 8, 45),
    SCAN: halftones.synthetic_scan,
}
MUST = {
    "floyd-steinberg": (31.0, 0.865),
    "dots 4 px": (27.1, 0.75),
    "dots 6 px": (26.7, 0.75),
    "dots 8 px": (26.3, 0.745),
    SCAN: (27.3, 0.78),
}
AIM = {
    "floyd-steinberg": (32.0, 0.88),
    "dots 4 px": (27.7, 0.78),
    "dots 6 px": (27.3, 0.77),
    "dots 8 px": (26.9, 0.75),
    SCAN: (28.3, 0.81),
}
"""Least mean PSNR and SSIM that the network has to reach, and those that it should."""
NETWORK = "network"
HASTY, NOISELESS = "network, one look", "network without noise"
BARE = "network alone: one look, no known screens, residues left, tones as they are"


class Noiseless(nn.Module):
    """An inverse halftone network whose noise map is taken away: what the noise is worth."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network, self.multiple = network, network.multiple

    def forward(self, halftone: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """As the network's."""
        content, output = self.network(halftone, torch.zeros_like(noise))
        return content, output


def measure(materials: Materials) -> str:
    """Return the section: mean PSNR and SSIM of each method on each halftone."""
    noiseless = Noiseless(Run.open(materials.conditions).network("inverse-halftone"))
    figures: dict[tuple[str, str], list[tuple[float, float]]] = {}
    found = dict.fromkeys(HALFTONES, 0)
    for index, name in enumerate(PICTURES):
        gray = luma_of(standard_picture(name))
        for place, (kind, make) in enumerate(HALFTONES.items()):
            materials.notify((index + place / len(HALFTONES)) / len(PICTURES), f"descreening {name}, {kind}")
            results, screen = descreened(make(gray, index), gray, kind == SCAN, noiseless, materials.conditions)
            found[kind] += screen.present
            for method, result in results.items():
                figures.setdefault((method, kind), []).append((psnr(result, gray), ssim(result, gray)))
    return section(
        "Descreening",
        f"Mean PSNR in dB / SSIM of gray pictures at full size over scikit-image's {', '.join(PICTURES)}. Dots are "
        "round, bilevel, at 45 degrees. scan: 5.3 px at 46.7 degrees, ink spread, paper texture, blur and noise; "
        "all rows scored after the best affine tone fit. Filters are tuned on each picture's truth; one network does "
        "all, blind.",
        table(["", *HALFTONES], _rows(figures)),
        f"Screen found by itself: {', '.join(f'{kind} {n} of {len(PICTURES)}' for kind, n in found.items())}.",
    )


def descreened(
    halftone: Picture, truth: Picture, fit_tone: bool, noiseless: Noiseless, conditions: Conditions
) -> tuple[dict[str, Picture], Screen]:
    """Return what each method makes of a halftone (1, H, W), and the screen that was found."""
    result = api.descreen(halftone, **vars(conditions))
    assert result.screen is not None
    bare = api.descreen(halftone, patient=False, known=False, residue=False, tone="digital", **vars(conditions))
    hasty = api.descreen(halftone, patient=False, **vars(conditions))
    silent = halftone
    if result.screen.present:
        run = Run.open(conditions).with_networks({"inverse-halftone": noiseless})
        silent = registry.build("descreeners", Choice("network"))(Task(halftone, result.screen), run)
        silent = read_tones(halftone).correct_tones(silent)
    networks = {NETWORK: result.picture, HASTY: hasty.picture, NOISELESS: silent, BARE: bare.picture}
    if fit_tone:
        networks = {name: affine_fit(picture, truth) for name, picture in networks.items()}
    return filters.tuned_filters(halftone, truth, fit_tone) | networks, result.screen


def _rows(figures: dict[tuple[str, str], list[tuple[float, float]]]) -> list[list[str]]:
    rows = []
    for method in (filters.GAUSSIAN, filters.BILATERAL, filters.MEANS, NETWORK, HASTY, NOISELESS, BARE):
        row = [method]
        for kind in HALFTONES:
            decibels, likeness = (mean(column) for column in zip(*figures[method, kind], strict=True))
            judged = method == NETWORK
            row.append(reached((decibels, likeness), MUST[kind]) if judged else marks(decibels, likeness))
        rows.append(row)
    for word, asked in (("must", MUST), ("aim", AIM)):
        rows.append([word, *(marks(*asked[kind]) for kind in HALFTONES)])
    return rows

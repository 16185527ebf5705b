"""Gray pictures as a colorizer meets them, in batches: what film saw of the colors, and what time did to the print.

How many rows are of which kind is settled on the host, and which ones by a permutation on the device, so that each
treatment is computed for its own rows alone and nothing is read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from halftone_color.arrays.color import BLUE, GREEN, RED, rgb_to_luma
from halftone_color.training.batch_degradations import gaussian_blur, jpeg, round_dots, smooth_field

Range = tuple[float, float]
"""Least and greatest value; drawn evenly for each row."""

FILMS = ((0.0, 0.15, 0.85), (0.0, 0.5, 0.5), (0.1, 0.3, 0.6))
"""Shares of red, green and blue light in what blue-sensitive film and two orthochromatic ones saw."""
CONTRAST_GAINS = (0.6, 1.6)
"""How far film's contrast is brought to that of luma."""


@dataclass(frozen=True)
class Wear:
    """Shares (of 1) and ranges of what happens to luma before a colorizer sees it."""

    clean: float = 0.35
    """Pictures that stay as they are."""
    old: float = 0.45
    """Old or descreened photographs; the others are halftones, reduced."""
    blur_px: Range = (0.2, 1.1)
    """Standard deviation of an old photograph's softness."""
    sharpened: float = 0.25
    """Share of the old photographs that have an unsharp mask ..."""
    sharpness: Range = (0.3, 1.2)
    """... of this strength ..."""
    sharpening_px: Range = (0.8, 2.0)
    """... and width."""
    gamma_octaves: Range = (-0.7, 0.7)
    """Exponents of the tone, as powers of two."""
    hardness: Range = (-1.5, 6.0)
    """Slope of the sigmoid of hard contrast; at 0 and below the tone stays as it is."""
    grain: Range = (-0.01, 0.05)
    """Standard deviation of the grain; values below 0 mean none."""
    grain_px: Range = (0.3, 1.2)
    """Standard deviation of the blur that makes the grain of noise."""
    ink: Range = (-0.1, 0.18)
    """Tone of black; values below 0 mean 0."""
    faded: Range = (-0.1, 0.25)
    """Loss of white; values below 0 mean none."""
    uneven: float = 0.3
    """Share of the old photographs with uneven light ..."""
    unevenness: float = 0.1
    """... which adds or subtracts at most this."""
    compressed: float = 0.3
    """Share of the old photographs that were stored as JPEG ..."""
    quality: tuple[int, int] = (50, 93)
    """... of this quality."""
    period_px: Range = (2.5, 4.5)
    """Dot spacing of halftones, in px of the reduced picture ..."""
    softened: float = 0.5
    """... of which this share is blurred ..."""
    softness_px: Range = (0.4, 1.0)
    """... by this standard deviation in px."""


WEAR = Wear()
"""Default for the training of the colorizer."""
OVERSAMPLE = 2
"""A halftone is this many times as large before it is reduced."""
LIGHT_KNOTS = 3
"""Knots of uneven light along a side."""


def film(rgb: Tensor, share: float = 0.25, generator: torch.Generator | None = None) -> Tensor:
    """Return gray (B, 1, H, W) in [0, 1] as film saw pictures (B, 3, H, W): luma, and for `share` of the rows others.

    Those mix luma evenly with what blue-sensitive or orthochromatic film saw, and are brought to luma's mean and, as
    far as `CONTRAST_GAINS` allows, contrast: the photographer exposed for the scene.
    """
    luma: Tensor = rgb_to_luma(rgb)
    rows = _some(len(rgb), share, rgb.device, generator)
    if not len(rows):
        return luma
    eye, *films = _sensitivities(rgb.device)
    kind = torch.randint(len(FILMS), (len(rows),), device=rgb.device, generator=generator)
    mixing = torch.rand(len(rows), 1, device=rgb.device, generator=generator)
    weights = torch.lerp(eye, torch.stack(films)[kind], mixing)
    seen = (rgb[rows] * weights[:, :, None, None]).sum(1, keepdim=True)
    wanted = luma[rows]
    gain = wanted.std((2, 3), keepdim=True) / seen.std((2, 3), keepdim=True).clamp_min(0.02)
    exposed = (seen - seen.mean((2, 3), keepdim=True)) * gain.clamp(*CONTRAST_GAINS)
    return luma.index_copy(0, rows, (exposed + wanted.mean((2, 3), keepdim=True)).clamp(0, 1))


def worn(gray: Tensor, wear: Wear = WEAR, generator: torch.Generator | None = None) -> Tensor:
    """Return luma (B, 1, s, s) in [0, 1] as a colorizer meets it: clean, an old photograph, or a halftone reduced.

    Random numbers come from `generator`, which belongs to the luma's device, or without one from the device's own.
    """
    order = _permutation(len(gray), gray.device, generator)
    start = _host_draw(generator)
    clean, old = (int((wear.clean + extra) * len(gray) + start) for extra in (0.0, wear.old))
    result = gray.clamp(0, 1)
    with torch.autocast(gray.device.type, enabled=False):  # 8 bits of a cosine's phase are no screen
        if old > clean:
            rows = order[clean:old]
            result.index_copy_(0, rows, _aged(gray[rows], wear, generator))
        if len(gray) > old:
            rows = order[old:]
            result.index_copy_(0, rows, _printed(gray[rows], wear, generator))
    return result


def _aged(gray: Tensor, wear: Wear, generator: torch.Generator | None) -> Tensor:
    """Return old or descreened photographs (B, 1, s, s): optics, tone, grain, fading, light, and a file."""
    batch, device = len(gray), gray.device

    def drawn(limits: Range, count: int = batch) -> Tensor:
        return _drawn(limits, count, device, generator)

    worn = _blurred(gray, wear.blur_px, generator)
    if len(rows := _some(batch, wear.sharpened, device, generator)):
        detail = worn[rows] - _blurred(worn[rows], wear.sharpening_px, generator)
        worn.index_add_(0, rows, _column(drawn(wear.sharpness, len(rows))) * detail)
    worn = _hardened(worn.clamp(0, 1) ** _column(torch.exp2(drawn(wear.gamma_octaves))), drawn(wear.hardness))
    noise = torch.randn(gray.shape, device=device, generator=generator)
    grain = _blurred(noise, wear.grain_px, generator)
    strength = drawn(wear.grain).clamp_min(0)[:, None, None, None] / grain.std((2, 3), keepdim=True)
    ink, paper = drawn(wear.ink).clamp_min(0), 1 - drawn(wear.faded).clamp_min(0)
    worn = _column(ink) + _column(paper - ink) * (worn + strength * grain)
    if len(rows := _some(batch, wear.uneven, device, generator)):
        knots = torch.rand(len(rows), 1, LIGHT_KNOTS, LIGHT_KNOTS, device=device, generator=generator)
        worn.index_add_(0, rows, smooth_field(wear.unevenness * (2 * knots - 1), gray.shape[-1]))
    worn = worn.clamp(0, 1)
    if len(rows := _some(batch, wear.compressed, device, generator)):
        quality = torch.randint(wear.quality[0], wear.quality[1] + 1, (len(rows),), device=device, generator=generator)
        worn.index_copy_(0, rows, jpeg(worn[rows], quality.float()))
    return worn


def _printed(gray: Tensor, wear: Wear, generator: torch.Generator | None) -> Tensor:
    """Return halftones (B, 1, s, s) of round dots at any angle, reduced, some of them blurred."""
    batch, device = len(gray), gray.device
    period_px = _drawn(wear.period_px, batch, device, generator)
    angle = _drawn((0.0, torch.pi / 2), batch, device, generator)  # a quarter turn brings round dots onto themselves
    phase = torch.rand(batch, 2, device=device, generator=generator)
    dots = round_dots(gray, period_px, angle, phase, OVERSAMPLE)
    if len(rows := _some(batch, wear.softened, device, generator)):
        dots.index_copy_(0, rows, _blurred(dots[rows], wear.softness_px, generator))
    return dots


def _hardened(tones: Tensor, hardness: Tensor) -> Tensor:
    """Return tones (B, 1, s, s) through a sigmoid of slope `hardness` (B,) that keeps 0, .5 and 1."""
    slope = _column(hardness.clamp_min(0.01))  # the identity, to 1e-5
    return 0.5 + 0.5 * torch.tanh(slope / 2 * (tones - 0.5)) / torch.tanh(slope / 4)


def _blurred(planes: Tensor, limits_px: Range, generator: torch.Generator | None) -> Tensor:
    """Blur (B, 1, s, s) with a standard deviation of each row's own within the limits."""
    sigma_px = _drawn(limits_px, len(planes), planes.device, generator)
    return gaussian_blur(planes, sigma_px, radius_px=int(3 * limits_px[1] + 0.99))


def _some(count: int, share: float, device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Return the indices (n,) of `share` of `count` rows, n rounded up or down so that it is right in the mean."""
    some = int(share * count + _host_draw(generator))
    return _permutation(count, device, generator)[:some]


def _permutation(count: int, device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Return a random order (count,), drawn on the device without synchronization with the host."""
    return torch.rand(count, device=device, generator=generator).argsort()


def _host_draw(generator: torch.Generator | None) -> float:
    """Draw from [0, 1) on the host: from `generator` if it lives there, otherwise from the host's own."""
    at_home = generator is not None and generator.device.type == "cpu"
    return float(torch.rand((), generator=generator if at_home else None))


def _drawn(limits: Range, count: int, device: torch.device, generator: torch.Generator | None) -> Tensor:
    """Draw (count,) evenly within the limits."""
    return limits[0] + (limits[1] - limits[0]) * torch.rand(count, device=device, generator=generator)


@lru_cache(maxsize=4)
def _sensitivities(device: torch.device) -> Tensor:
    """Return the shares of red, green and blue in luma and then in each of `FILMS`, (4, 3)."""
    return torch.tensor(((RED, GREEN, BLUE), *FILMS), device=device)


def _column(values: Tensor) -> Tensor:
    """Return (B,) as (B, 1, 1, 1)."""
    return values[:, None, None, None]

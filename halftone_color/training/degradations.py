"""What happens to a picture between the screen and the file: dots, ink and paper, optics, grain, JPEG, text.

`HalftoneMaker` turns contone crops into halftones of every kind together with the contone that descreening should
return; `KernelMaker` makes those of a few kernels of error diffusion alone. Shares and ranges follow published
print-and-scan models; a print's target keeps the print's ink and paper levels, so that a network learns to remove dots
and nothing else.
"""

from __future__ import annotations

import io
import string
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

from halftone_color.arrays.inks import BLACK_POWER
from halftone_color.arrays.ranks import screen_by_ranks
from halftone_color.halftoners import bayer, blue_noise
from halftone_color.halftoners.clustered_dot import thresholds
from halftone_color.halftoners.error_diffusion import KERNELS, diffuse
from halftone_color.training.dot_gain import with_dot_gain
from halftone_color.training.palette_dithers import palette_dithered
from halftone_color.training.regridded import Regridder

Plane = NDArray[np.float32]
"""(H, W) float32 in [0, 1]."""


FINE_PX = (2.0, 2.8)
"""Dot spacings near the Nyquist frequency."""

UNDERSAMPLED_PX = (1.35, 2.2)
"""Dot spacings beyond it, as of a fine print that was scanned at 200 dpi: moire."""

BAYER_SIDE_PX = 8
"""Side of Bayer's matrix."""

COMMON_KERNEL = "floyd-steinberg"
"""The kernel of nearly every program that makes 1-bit pictures."""


class Ink(NamedTuple):
    """What one ink prints in a channel."""

    contone: Plane
    """(H, W), 0 full ink."""
    opacity: float = 1.0
    """Share of the channel's light that the ink absorbs."""


@dataclass(frozen=True)
class HalftoneMaker:
    """Shares (of 1) and ranges of the halftones made for training."""

    unscreened: float = 0.06
    """Pictures without a screen: the target is the input."""
    regridded: float = 0.0
    """Share of the halftones whose dots lie on a grid of their own: rescaled dithers, FM spots, needles' dots ..."""
    palettes: float = 0.0
    """... and share that are channels of pictures dithered to a palette."""
    printed: float = 0.42
    """Share of the other halftones that are printed and scanned; the rest are clean digital halftones."""
    diffused: float = 0.42
    """Share of the digital halftones with error diffusion, Bayer or blue noise; the others are clustered dots."""
    common: float = 0.15
    """Share of error diffusion with the most common kernel; the others use any of the nine."""
    periods_px: tuple[float, float] = (2.2, 11.0)
    """Dot spacing, drawn uniformly ..."""
    fine: float = 0.15
    """... but for this share, which lies near the Nyquist frequency ..."""
    whole: float = 0.1
    """... and this share, a whole number of px."""
    square: float = 0.2
    """Share of the dots at 0, 45, 90 or 135 degrees, where whole periods repeat; the others lie at any angle."""
    undersampled: float = 0.0
    """Share of the prints whose dots are finer than the scanner resolves."""
    overprinted: float = 0.2
    """Share of the dots that are a channel of a color print: two or three inks' screens over each other."""
    mirrored: float = 0.5
    """Share of the pairs that are mirrored, so that error diffusion runs in either direction."""
    text: float = 0.08
    """Share of the crops with a few words of text on them, which must stay unchanged."""

    def __call__(self, contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
        """Return (halftone, target) of a contone (H, W)."""
        if rng.random() < self.unscreened:
            halftone = target = _camera(contone, rng)
        elif self.regridded and rng.random() < self.regridded:
            halftone, target = self._regridded(contone, rng)
        elif self.palettes and rng.random() < self.palettes:
            halftone, target = palette_dithered(contone, rng)
            halftone = jpeg(halftone, int(rng.integers(60, 96))) if rng.random() < 0.2 else halftone
        elif rng.random() < self.printed:
            halftone, target = self._print(contone, rng)
        else:
            halftone, target = self._digital(contone, rng), contone
        if rng.random() < self.mirrored:
            halftone, target = halftone[:, ::-1], target[:, ::-1]
        if rng.random() < self.text:
            halftone, target = _write_words(halftone, target, rng)
        return np.ascontiguousarray(halftone, np.float32), np.ascontiguousarray(target, np.float32)

    def period(self, rng: np.random.Generator) -> float:
        """Draw a dot spacing in px."""
        kind = rng.random()
        if kind < self.fine:
            return float(rng.uniform(*FINE_PX))
        low, high = self.periods_px
        period_px = float(rng.uniform(low, high))
        return max(float(round(period_px)), np.ceil(low)) if kind < self.fine + self.whole else period_px

    def dots(
        self, contone: Plane, rng: np.random.Generator, period_px: float, oversample: int, spread_px: float = 0.0
    ) -> Plane:
        """Screen with clustered dots at a random angle and phase; gray where `oversample` > 1.

        Ink that spreads reaches up to `spread_px` further: the fine dots are blurred and cut again, nearer to paper.
        """
        angle_deg = float(rng.choice([0, 45, 90, 135]) if rng.random() < self.square else rng.uniform(0, 180))
        shape = str(rng.choice(["round", "round", "diamond", "ellipse", "line"]))
        height, width = contone.shape
        layers = _inks(contone, rng) if rng.random() < self.overprinted else [Ink(contone)]
        printed: Plane = np.ones((height * oversample, width * oversample), np.float32)
        for layer in layers:
            phase = (float(rng.random()), float(rng.random()))
            map_ = thresholds(height, width, period_px, angle_deg, shape, phase, oversample)
            fine = layer.contone.repeat(oversample, 0).repeat(oversample, 1) > map_
            printed *= np.where(fine, np.float32(1), np.float32(1 - layer.opacity))
            angle_deg += float(rng.choice([-45, -30, 30]))
        if oversample == 1:
            return printed
        if spread_px:
            blurred = gaussian_filter(printed, spread_px * oversample)
            printed = np.clip((blurred - rng.uniform(0.5, 0.64)) * 6 + 0.5, 0, 1)
        return np.asarray(printed.reshape(height, oversample, width, oversample).mean((1, 3), dtype=np.float32))

    def _digital(self, contone: Plane, rng: np.random.Generator) -> Plane:
        """Return a clean halftone: error diffusion, ordered or clustered dots."""
        if rng.random() >= self.diffused:
            if rng.random() < 0.8:
                return self.dots(contone, rng, self.period(rng), 1)
            soft = self.dots(contone, rng, self.period(rng), 3)
            return jpeg(soft, int(rng.integers(60, 96))) if rng.random() < 0.4 else soft
        kind = rng.random()
        if kind < 0.85:
            kernel = COMMON_KERNEL if rng.random() < self.common else str(rng.choice(list(KERNELS)))
            threshold: float | Plane = 0.5
            if rng.random() < 0.2:
                spread = rng.uniform(0.02, 0.15)
                threshold = (0.5 + spread * rng.uniform(-1, 1, contone.shape)).astype(np.float32)
            return diffuse(contone, kernel, bool(rng.random() < 0.5), threshold)
        ranks = bayer.ranks(BAYER_SIDE_PX) if kind < 0.92 else blue_noise.ranks()
        return np.asarray(screen_by_ranks(contone[None], ranks)[0])

    def _print(self, contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
        """Return (scan of a print, the same without dots)."""
        undersampled = bool(self.undersampled) and rng.random() < self.undersampled
        period_px = float(rng.uniform(*UNDERSAMPLED_PX)) if undersampled else self.period(rng)
        if rng.random() < 0.88:
            spread_px = rng.uniform(0.2, np.clip(0.1 * period_px, 0.2, 0.6)) if rng.random() < 0.35 else 0.0
            scan = _optics(self.dots(contone, rng, period_px, 3, spread_px), period_px, rng)
            target = with_dot_gain(contone, scan)
        else:
            scan = target = _optics(contone, period_px, rng)
        return _scanned(scan, target, rng)

    def _regridded(self, contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
        """Return a halftone on a grid of its own: as a clean file, as a JPEG, or as a scan."""
        halftone, target = Regridder()(contone, rng)
        kind = rng.random()
        if kind < 0.3:
            return _scanned(halftone, target, rng)
        return jpeg(halftone, int(rng.integers(60, 96))) if kind < 0.6 else halftone, target


@dataclass(frozen=True)
class KernelMaker:
    """Clean error diffusion with named kernels and nothing else: the protocol of the diffusion paper."""

    kernels: tuple[str, ...]
    """Kernels, drawn evenly; every second halftone is scanned serpentine."""

    def __call__(self, contone: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
        """Return (halftone, target) of a contone (H, W)."""
        kernel = str(rng.choice(list(self.kernels)))
        return diffuse(contone, kernel, bool(rng.random() < 0.5), 0.5), contone


def _inks(contone: Plane, rng: np.random.Generator) -> list[Ink]:
    """Return the inks that print a channel (H, W) of a color picture over each other: their tones multiply to it.

    The channel's own ink and black as `halftone --cmyk` separates them, and now and then a third ink that should let
    this light through and takes a part of it.
    """
    lightest = 1 - (1 - contone) * rng.uniform(0, 1)  # a guess at the picture's greatest channel
    paper = 1 - (1 - lightest) ** BLACK_POWER  # what black leaves
    own = np.clip(contone / np.maximum(paper, 1e-3), 0, 1)
    inks = [Ink(paper)]
    if rng.random() < 0.4:
        opacity = float(rng.uniform(0.05, 0.4))
        taken = np.minimum(1 - own ** rng.uniform(0.05, 0.3), opacity)
        own = own / (1 - taken)
        inks.append(Ink(np.clip(1 - taken / opacity, 0, 1).astype(np.float32), opacity))
    inks.append(Ink(own.astype(np.float32)))
    rng.shuffle(inks)
    return inks


def _optics(plane: Plane, period_px: float, rng: np.random.Generator) -> Plane:
    """Return (H, W) through the scanner's lens, now and then in linear light, and with the scanner's contrast."""
    sigma_px = rng.uniform(0.2, min(1.4, 0.32 * period_px))
    if rng.random() < 0.3:
        blurred = np.clip(gaussian_filter(plane**2.2, sigma_px), 0, 1) ** np.float32(1 / 2.2)
    else:
        blurred = gaussian_filter(plane, sigma_px)
    if rng.random() < 0.3:
        blurred = np.clip((blurred - 0.5) * rng.uniform(1.0, 2.2) + 0.5, 0, 1)
    return np.asarray(blurred, np.float32)


def _scanned(scan: Plane, target: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return both (H, W) between levels of ink and paper and in uneven light, the scan with noise, grain and JPEG."""
    if rng.random() < 0.6:
        ink, paper = rng.uniform(0, 0.3), rng.uniform(0.65, 1)
        scan, target = ink + (paper - ink) * scan, ink + (paper - ink) * target
    if rng.random() < 0.15:
        light = _uneven_light(scan.shape, rng)
        scan, target = scan * light, target * light
    if rng.random() < 0.7:
        scan = scan + rng.uniform(0.003, 0.03) * rng.standard_normal(scan.shape, dtype=np.float32)
    if rng.random() < 0.3:
        grain = gaussian_filter(rng.standard_normal(scan.shape, dtype=np.float32), 1.5)
        scan = scan + rng.uniform(0.02, 0.2) * grain
    if rng.random() < 0.5:
        scan = jpeg(scan, int(rng.integers(45, 93)))
    return np.clip(scan, 0, 1), target


def _uneven_light(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Return (H, W) factors that fall off from 1 in one direction by up to a fifth."""
    angle, fall = rng.uniform(0, 2 * np.pi), rng.uniform(0.03, 0.2)
    rows, columns = np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in shape), indexing="ij")
    across = (np.sin(angle) * rows + np.cos(angle) * columns) / (abs(np.sin(angle)) + abs(np.cos(angle)))
    return np.asarray(1 - fall * (across + 0.5), np.float32)


def jpeg(plane: Plane, quality: int) -> Plane:
    """Return (H, W) after one JPEG round trip at `quality` (1-95)."""
    buffer = io.BytesIO()
    Image.fromarray(_to_bytes(plane)).save(buffer, "JPEG", quality=quality)
    return np.asarray(Image.open(buffer), dtype=np.float32) / np.float32(255)


def _to_bytes(plane: Plane) -> NDArray[np.uint8]:
    return np.asarray(np.clip(plane, 0, 1) * 255 + 0.5, dtype=np.uint8)


def _camera(contone: Plane, rng: np.random.Generator) -> Plane:
    """Return the picture as a camera or an earlier file gave it: clean, noisy or compressed, but without a screen."""
    kind = rng.random()
    if kind < 0.35:
        noisy = contone + rng.uniform(0.005, 0.06) * rng.standard_normal(contone.shape, dtype=np.float32)
        return np.clip(noisy, 0, 1)
    return jpeg(contone, int(rng.integers(45, 93))) if kind < 0.65 else contone


def _write_words(halftone: Plane, target: Plane, rng: np.random.Generator) -> tuple[Plane, Plane]:
    """Return both planes with the same words written on them, in ink on paper or knocked out of the picture."""
    upright = rng.random() < 0.5  # letters lie on their side when a scan does, and in the self-ensemble
    stroke = _words(halftone.shape if upright else halftone.shape[::-1], rng)
    stroke = stroke if upright else stroke.T
    stroke = stroke[:, ::-1] if rng.random() < 0.5 else stroke
    ink, paper = float(halftone.min()), float(halftone.max())
    cover = np.zeros_like(halftone)
    width = len(cover[0])
    edge = int(rng.integers(-width // 2, 3 * width // 2))
    cover[:, : max(edge, 0)] = 1  # this part of the crop is blank paper around the words
    if rng.random() < 0.3:
        cover = cover[:, ::-1]
    halftone, target = (cover * paper + (1 - cover) * plane for plane in (halftone, target))
    color = ink if rng.random() < 0.8 else paper
    halftone, target = (plane * (1 - stroke) + color * stroke for plane in (halftone, target))
    return halftone, target


def _words(shape: tuple[int, ...], rng: np.random.Generator) -> Plane:
    """Return lines of words (H, W), 1 where they cover: clean, or spread or thinned and jagged as on 1-bit scans."""
    height, width = shape
    stretch = rng.uniform(0.6, 1.5) if rng.random() < 0.3 else 1.0  # fax and narrow or wide type
    page = Image.new("L", (round(width * stretch), height), 0)
    draw = ImageDraw.Draw(page)
    if rng.random() < 0.5:
        draw.fontmode = "1"
    size_px = int(rng.integers(8, 34))
    font = ImageFont.load_default(size_px)
    letters = np.array(list(string.ascii_letters + string.digits + "  .,"))
    for top in range(int(rng.integers(0, 24)), height, int(size_px * 1.3)):
        draw.text((int(rng.integers(-20, 20)), top), "".join(rng.choice(letters, 24)), fill=255, font=font)
    stroke = np.asarray(page.resize((width, height), Image.Resampling.BILINEAR), dtype=np.float32) / np.float32(255)
    if rng.random() < 0.5:
        soft = gaussian_filter(stroke, rng.uniform(0.4, 1.2))
        soft = soft + rng.uniform(0, 0.12) * gaussian_filter(rng.standard_normal(shape, dtype=np.float32), 0.5)
        stroke = (soft > rng.uniform(0.2, 0.55)).astype(np.float32)
    return stroke

"""The halftones that the bench makes of its pictures."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter, zoom

from halftone_color import api
from halftone_color.types import Picture

SCAN_PERIOD_PX, SCAN_ANGLE_DEG = 5.3, 46.7
OVERSAMPLE = 4
INK, PAPER = 38.0, 228.0
"""Levels of ink and paper of the synthetic scan, of 255."""


def error_diffused(gray: Picture) -> Picture:
    """Return Floyd-Steinberg's halftone (1, H, W) of gray (1, H, W)."""
    return api.halftone(gray, method="floyd-steinberg").picture


def dots(gray: Picture, period_px: float, angle_deg: float, antialias: bool = False) -> Picture:
    """Return round clustered dots (1, H, W)."""
    chosen = api.halftone(gray, method="clustered-dot", period_px=period_px, angle_deg=angle_deg, antialias=antialias)
    return chosen.picture


def synthetic_scan(gray: Picture, seed: int) -> Picture:
    """Return (1, H, W) as a scanner sees a print of gray: dots whose ink has spread, paper with texture, noise."""
    fine = zoom(gray[0], OVERSAMPLE, order=1, mode="nearest", grid_mode=True)[None]
    printed = dots(np.clip(fine, 0, 1), SCAN_PERIOD_PX * OVERSAMPLE, SCAN_ANGLE_DEG)[0]
    printed = np.clip((gaussian_filter(printed, 1.6) - 0.58) * 6 + 0.5, 0, 1)
    height, width = gray.shape[1:]
    seen = printed.reshape(height, OVERSAMPLE, width, OVERSAMPLE).mean((1, 3), dtype=np.float32)
    level = INK + (PAPER - INK) * gaussian_filter(seen, 0.55)
    rng = np.random.default_rng(seed)
    level += 12.0 * gaussian_filter(rng.standard_normal(seen.shape, np.float32), 1.5)
    level += 6.0 * rng.standard_normal(seen.shape, np.float32)
    return np.asarray(np.clip(np.round(level), 0, 255) / 255, np.float32)[None]

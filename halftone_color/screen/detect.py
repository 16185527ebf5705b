"""Detect which kind of halftone a picture is, from the spectra of windows spread over it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.coarse import find_coarse_dots, may_hide_coarse_dots
from halftone_color.screen.enlarged import combine, find_enlargement, to_grid
from halftone_color.screen.faint import find_faint_wave
from halftone_color.screen.further import find_further, note_form
from halftone_color.screen.lattice import find_coarser_lines, refine_lattice
from halftone_color.screen.noise import blue_noise, is_diffused
from halftone_color.screen.palette import find_palette_dither
from halftone_color.screen.peaks import (
    LONGEST_PERIOD_PX,
    CommonPeak,
    Plane,
    amplitude,
    common_peak,
    evidence,
    fundamental,
    is_ordered,
    second_axis,
    steady_peak,
)
from halftone_color.screen.spectrum import (
    WINDOW_PX,
    Spectra,
    Windows,
    power_spectra,
    spread_windows,
    whiten,
    window_starts,
)
from halftone_color.screen.verification import has_inks, is_printed
from halftone_color.types import Picture, Screen

FEWEST_WINDOWS = 2
"""Least number of windows in which a screen must show, unless the picture has fewer windows ..."""
SHARE_OF_PICTURE = 0.15
"""... and least share of the windows, so that a fence or a fabric is not mistaken for a screen ..."""
SHARE_OF_PAGE = 0.02
"""... which is lower for a picture large enough to be a page, where one screened photograph is enough."""
PAGE_PX = 770 * 770
"""Least number of pixels of a page."""
WEAKEST = 6.0
"""Least mean power of a shared peak, relative to its background, for a screen."""
PAGE_NEAR, PAGE_TONES = 0.25, 0.35
"""Distance from ink or paper, as a share of the contrast, within which a tone counts as one of them; and the largest
share of other tones in most windows of a page."""
LINE = 0.07
"""Least power of the second axis of a dot screen, relative to the first; a line screen has less."""
DOT_CLEAR, LINE_CLEAR = 100.0, 150.0
"""Least power of dot and line screens relative to the noise of the whole picture; meshes and noise worms have less."""
FAINTEST = 0.5 / 255
"""Least amplitude of a screen, in [0, 1]; block seams of compressed pictures have less."""
SMALLEST_PX = 24
"""Least shorter side of a picture that is examined: any drawing of a few px resembles some halftone."""
DITHERS = ("error-diffusion", "ordered", "stochastic")
"""Kinds that have a grid of their own, which shows how much they were enlarged."""
UNEVEN = 0.02
"""Largest deviation of enlarged pixels from squares, or from whole px."""
COARSEST_FAINT_PX = 4.0
"""Period below which a screen may be too faint for single windows: real ones have 2.5 and 2.7 px. Coarser waves, which
a window would show if they were dots, are mostly textures in perspective and lines of text."""
NEAR = 1.2 / WINDOW_PX
"""Largest error of a frequency found in the windows, in cycles per px along x and y."""


def detect(gray: Picture, threads: int = 1) -> Screen:
    """Return the screen of a gray picture (1, H, W); its kind is `none` if there is nothing to descreen.

    Up to 64 windows of a picture of 1 MP, and 196 of a page, are examined, each 128 x 128 px at full resolution. A
    periodic screen is an isolated peak of the spectrum at the same frequency in several windows; dots have a second one
    at right angles, lines do not. Period and angle are then refined on a large part of the picture. Error diffusion and
    blue noise have no peaks, but more power at high than at middle frequencies. `strength` is the mean power at the
    frequency of a periodic screen relative to its background; for other screens it is the ratio of the power at high
    and at middle frequencies. Pictures narrower or lower than 24 px have no screen. The result does not depend on the
    number of threads.

    A periodic pattern that may be a texture of the picture itself (see `verification`) is no screen but its `doubt`.
    """
    if min(gray.shape[1:]) < SMALLEST_PX:
        return Screen("none")
    found = find_enlarged_dither(gray, threads) or _detect_at_size(gray, threads)
    if found.enlarged is None and may_hide_coarse_dots(found):
        coarse = find_coarse_dots(gray, partial(_detect_at_size, threads=threads))
        found = coarse if coarse is not None and is_printed(gray, coarse, _every_corner(gray)) else found
    if not found.present:
        found = find_further(gray, found, threads)
    return note_form(gray, found)


def detect_in_colors(pixels: Picture, gray: Picture, threads: int = 1) -> Screen:
    """Return the screen of a scan (1 or 3, H, W) with luma (1, H, W), as `detect` does; or its dither to a palette."""
    found = detect(gray, threads)
    periodic = found.period_px is not None or found.doubt is not None
    if periodic or found.enlarged is not None or min(gray.shape[1:]) < SMALLEST_PX:
        return found
    return find_palette_dither(pixels) or found


def find_enlarged_dither(gray: Picture, threads: int = 1) -> Screen | None:
    """Return the screen of a digital dither that was enlarged to the picture (1, H, W), or None if it is none."""
    enlargement = find_enlargement(gray)
    for _ in range(2):  # each spot may have been taken for two by two, or three by three
        if enlargement is None or not _is_plausible(enlargement.down.pitch, enlargement.across.pitch):
            return None
        dither = to_grid(gray, enlargement)
        screen = _detect_at_size(dither, threads) if min(dither.shape[1:]) >= SMALLEST_PX else Screen("none")
        if screen.kind in DITHERS:
            return replace(screen, enlarged=enlargement)
        inner = find_enlargement(dither)
        enlargement = None if inner is None else combine(enlargement, inner)
    return None


def _is_plausible(down: float, across: float) -> bool:
    """Tell whether pixels of this height and width, in px, are square or whole px; bars and pages give others."""
    whole = all(abs(pitch - round(pitch)) < UNEVEN for pitch in (down, across))
    return whole or abs(down / across - 1) < UNEVEN


def _detect_at_size(gray: Picture, threads: int) -> Screen:
    """Return the screen of a gray picture (1, H, W) whose pixels are taken as they are."""
    windows = spread_windows(gray)
    spectra = power_spectra(windows, threads)
    peaks = whiten(spectra)
    enough, worth = _WindowVote(gray, windows), evidence(peaks)
    common = common_peak(worth, spectra, finest=True)
    if common is not None and enough(common.windows):
        power, shown = spectra[common.windows].mean(axis=0), peaks[common.windows].mean(axis=0)
        if is_ordered(power, shown, common.row, common.column):
            return Screen("ordered", strength=fundamental(shown, common.row, common.column)[2])
    for common in (common_peak(worth, spectra), steady_peak(peaks)):
        if common is not None and enough(common.windows):
            power, shown = spectra[common.windows].mean(axis=0), peaks[common.windows].mean(axis=0)
            screen = _detect_periodic(gray, common, shown, power)
            if screen is not None:
                printed = is_printed(gray, screen, _corners_of(gray, common))
                return screen if printed else Screen("none", doubt=screen)
    rise, blue = blue_noise(spectra)
    if enough(blue):
        kind = "error-diffusion" if is_diffused(spectra[blue]) else "stochastic"
        return Screen(kind, strength=float(rise[blue].mean()))
    return _detect_faint(gray, threads)


class _WindowVote:
    """Decides whether a screen shows in enough of the windows (n, h, w) of a picture (1, H, W)."""

    def __init__(self, gray: Picture, windows: Windows) -> None:
        self.windows = windows
        self.large = gray[0].size >= PAGE_PX

    def __call__(self, shown: NDArray[np.bool_]) -> bool:
        count, all_ = int(np.count_nonzero(shown)), len(shown)
        if count < min(FEWEST_WINDOWS, all_):
            return False
        if count >= SHARE_OF_PICTURE * all_:
            return True
        return self.large and count >= SHARE_OF_PAGE * all_ and self._is_page(~shown)

    def _is_page(self, rest: NDArray[np.bool_]) -> bool:
        """Tell whether most windows without the screen are text and paper, with few tones in between."""
        sample = self.windows[rest, ::4, ::4]
        ink, paper = np.percentile(sample, (1, 90))
        between = (sample > ink + PAGE_NEAR * (paper - ink)) & (sample < paper - PAGE_NEAR * (paper - ink))
        return bool(np.percentile(between.mean(axis=(1, 2)), 75) < PAGE_TONES)


def _detect_periodic(gray: Picture, common: CommonPeak, shown: Plane, power: Spectra) -> Screen | None:
    """Return the screen of clustered dots or lines that belongs to a shared peak, or None if it is too weak."""
    period_px, angle_deg, strength = fundamental(shown, common.row, common.column)
    if strength < WEAKEST or period_px > LONGEST_PERIOD_PX or _peak_amplitude(power, common) < FAINTEST:
        return None
    angle, middle = np.deg2rad(angle_deg), _center_of(gray, common)
    lattice = refine_lattice(gray, np.sin(angle) / period_px, np.cos(angle) / period_px, NEAR, middle)
    lines = second_axis(power, period_px, angle_deg) < LINE
    if max(lattice.along, lattice.across) < (LINE_CLEAR if lines else DOT_CLEAR):
        return None
    if not lines:
        return Screen("clustered-dot", lattice.period_px, lattice.angle_deg % 90.0, strength)
    coarser = find_coarser_lines(gray, lattice, middle)
    if coarser is not None:
        lattice = refine_lattice(gray, float(coarser[0]), float(coarser[1]), NEAR / 2, middle)
    return Screen("line", lattice.period_px, lattice.angle_deg % 180.0, strength)


def _detect_faint(gray: Picture, threads: int) -> Screen:
    """Return a screen that is too faint for single windows but shows in large parts of the picture."""
    wave = find_faint_wave(gray, threads)
    if wave is None:
        return Screen("none")
    lattice = refine_lattice(gray, wave.fy, wave.fx, NEAR, wave.center)
    screen = Screen("clustered-dot", lattice.period_px, lattice.angle_deg % 90.0, wave.clear)
    if lattice.period_px < COARSEST_FAINT_PX or has_inks(gray, screen, wave.center):
        return screen
    return Screen("none", doubt=screen)


def _peak_amplitude(power: Spectra, common: CommonPeak) -> float:
    """Return the amplitude, in [0, 1/2], of the shared peak in a mean power spectrum (128, 65)."""
    rows = np.arange(common.row - 1, common.row + 2) - WINDOW_PX // 2
    columns = np.clip(np.arange(common.column - 1, common.column + 2) - WINDOW_PX // 2, 0, WINDOW_PX // 2)
    return amplitude(float(power[rows % WINDOW_PX][:, columns].max()))


def _center_of(gray: Picture, common: CommonPeak) -> tuple[float, float]:
    """Return the median center (y, x), in px, of the windows that show a peak."""
    y, x = np.median(_corners_of(gray, common), axis=0) + WINDOW_PX / 2
    return float(y), float(x)


def _every_corner(gray: Picture) -> NDArray[np.int64]:
    """Return the corners (n, 2), y and x in px, of all windows."""
    tops, lefts = (window_starts(side) for side in gray.shape[1:])
    return np.stack(np.meshgrid(tops, lefts, indexing="ij"), axis=-1).reshape(-1, 2)


def _corners_of(gray: Picture, common: CommonPeak) -> NDArray[np.int64]:
    """Return the corners (n, 2), y and x in px, of the windows that show a peak."""
    tops, lefts = (window_starts(side) for side in gray.shape[1:])
    rows, columns = np.nonzero(common.windows.reshape(len(tops), len(lefts)))
    return np.stack([tops[rows], lefts[columns]], axis=1)

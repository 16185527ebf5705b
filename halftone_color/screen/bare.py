"""Evidence of bare paper in a print: areas without dots, and gaps between dots that are as bright in any tone.

A crop from the middle of a picture need not show its paper anywhere. Its brightest tones are then no paper, and
nothing is known of the paper's. Two observations are evidence. An area several periods wide without dots, as bright as
the gaps between the dots elsewhere, is bare paper. And where a single ink leaves gaps, these brighten with the tone as
long as their edges blur into each other, and no more as soon as they show the paper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

from halftone_color.arrays.color import rgb_to_luma
from halftone_color.types import Picture, Screen

Cells = NDArray[np.float32]
"""(channels, rows, columns), one value per square cell or window."""
Amplitudes = NDArray[np.complex128]
"""Complex amplitudes of a wave (2, n), in halves of n windows one above and one beside the other."""
Areas = NDArray[np.bool_]
"""(rows, columns), whether the window of 2 x 2 cells that starts at a cell is bare paper."""

PERIODS = 1.5
"""Side of a cell in periods of the screen; a window of 2 x 2 cells is several periods wide."""
SIDE_PX = 8
"""Side of a cell in px if the screen has no period ..."""
LEAST_SIDE_PX = 4
"""... and the least side of one."""
STRONGEST = 0.95
"""Quantile of the standard deviation in the cells that stands for cells full of dots, edges or letters."""
SMOOTH_GRAY, SMOOTH_COLOR = 0.3, 0.2
"""Largest deviation in a bare window, over that of cells full of dots, of gray scans and of any channel of color scans.
Noise of paper has 0.03 to 0.25; dots of one ink in highlights, where the other inks are absent, have 0.25 and more."""
LEAST_SHARE = 0.001
"""Least share of the windows that are bare; less may be a spot or a highlight."""
ALIKE = 0.06
"""Largest difference between the channels of bare windows, relative to their luma."""
DARKEST = 0.75
"""Least luma of a bare window over that of the brightest: what uneven light does to paper."""
LEAST_PAPER = 0.25
"""Least luma of paper."""
DEEPEST_TINT = 0.5
"""Least ratio of the smallest and the largest channel of paper."""
BRIGHTER = 1.16
"""By how much gaps between dots may be brighter than bare paper: noise and sharpening, and light from another side.
They were up to 1.12 on prints with margins made here, and 2 and more where flat shadows were the only smooth areas."""
GAP, SOLID = 0.95, 0.05
"""Quantiles of the pixels of a cell that stand for the gaps between its dots, and for the dots."""
BRIGHTEST = 0.98
"""Quantile of the cells' gaps that must not be brighter than bare paper."""
MOST_CELLS = 20_000
"""Largest number of evenly spread cells whose gaps are measured."""
MOST_WINDOWS = 1000
"""Largest number of windows in which the screen's wave is looked for."""
COHERENT = 0.5
"""Correlation of the screen's wave between halves of windows above which it goes on there: 0 for noise, 1 for dots."""
LEAST_WAVE = 0.5 / 255
"""Least standard deviation in bare windows, in [0, 1], in which a wave is looked for; below it is rounding."""
BAND_CELLS = 64
"""Number of rows of cells processed at a time, which bounds the memory."""
END, INNER = 0.1, 0.6
"""Share of the cells that are the lightest (or darkest), and the coverage of others, over theirs, to compare with."""
NEAR_INNER = 0.12
"""Distance from that coverage within which cells are compared with."""
LIGHTEST = 0.8
"""Least position between ink and paper of the lightest windows, where the dots have shrunk to next to nothing; darker
prints may lie on any paper, and tones that are read as darker than they are on it are harm."""
LIGHTEST_WINDOWS = 5
"""Number of windows that have to be as light."""
FEWEST_CELLS = 12
"""Least number of cells in each of the two groups."""
STEEPEST = 0.48
"""Largest slope of the gaps' brightness over the tone's, both logarithmic, for gaps that show the paper. It was 0.1 to
0.2 on prints whose dots are resolved, 0.45 and more where gaps are blurred, and 0.55 to 1 on cloth, displays, bands."""


def cell_side(screen: Screen | None) -> int:
    """Return the side in px of the cells for a picture with this screen."""
    if screen is None or screen.period_px is None:
        return SIDE_PX
    return max(LEAST_SIDE_PX, round(PERIODS * screen.period_px))


@dataclass(frozen=True)
class BarePaper:
    """Cells of bare paper."""

    colors: NDArray[np.float32]
    """Mean colors (C, n)."""
    centers: NDArray[np.float64]
    """Positions (n, 2), y and x in [-1, 1]."""


def find_bare_paper(pixels: Picture, screen: Screen | None) -> BarePaper | None:
    """Return the bare paper of a print (1 or 3, H, W), or None if there is none.

    A window is bare if nothing varies in it, if it has the color of the brightest such windows, if nothing in the print
    is brighter, and if the screen's wave does not go on through it, as that of a cloth or of a display does. Where
    there is one, single cells of its color are bare as well.

    Args:
        pixels: the scan.
        screen: of the scan; its cells are 1.5 periods wide.
    """
    side = cell_side(screen)
    if min(pixels.shape[1:]) < 3 * side:
        return None
    mean, spread = _means_and_spreads(pixels, side)
    usual = np.maximum(np.quantile(spread.reshape(len(spread), -1), STRONGEST, axis=1), 1 / 255)
    most = (SMOOTH_GRAY if len(pixels) == 1 else SMOOTH_COLOR) * usual[:, None, None]
    varies = np.maximum(_of_windows(spread, np.max), _of_windows(mean, np.max) - _of_windows(mean, np.min))
    smooth = np.all(varies <= most, axis=0)
    if smooth.mean() < LEAST_SHARE:
        return None
    windows = _of_windows(mean, np.mean)
    luma = windows.mean(axis=0)
    top = float(luma[smooth].max())
    color = np.median(windows[:, smooth & (luma >= 0.95 * top)], axis=1)
    color *= top / max(color.mean(), 1 / 255)
    if top < LEAST_PAPER or color.min() < DEEPEST_TINT * color.max():
        return None
    gaps = [np.quantile(_levels(channel, side, GAP), BRIGHTEST) for channel in pixels]
    bare = smooth & _is_like(windows, color)
    if bare.mean() < LEAST_SHARE or np.any(np.array(gaps) > BRIGHTER * color):
        return None
    if _has_wave(pixels, bare, screen, side):
        return None
    middle, found = 1.0, windows
    if len(pixels) > 1:
        middle, found, bare = 0.5, mean, np.all(spread <= most, axis=0) & _is_like(mean, color)
    return BarePaper(found[:, bare], (np.argwhere(bare) + middle) * side / np.array(pixels.shape[1:]) * 2 - 1)


def _is_like(cells: Cells, paper: NDArray[np.float32]) -> Areas:
    """Tell which cells (C, rows, columns) have the hue of paper (C,) and no less light than uneven light leaves it."""
    luma = cells.mean(axis=0)
    hue = np.abs(cells / np.maximum(luma, 1 / 255) - (paper / paper.mean())[:, None, None]).max(axis=0)
    like: Areas = (hue <= ALIKE) & (luma >= DARKEST * paper.mean())
    return like


def gaps_show_paper(gray: Picture, paper: Picture, ink: Picture, screen: Screen | None) -> bool:
    """Tell whether the gaps between the dots of one ink (1, H, W) show the paper.

    The brightest parts of the lightest cells are compared with those of darker cells: where paper shows, they are
    hardly brighter, however much lighter the tone is. The dots have to shrink to next to nothing somewhere.

    Args:
        gray: the luma of the scan.
        paper: the supposed paper (1, h, w) in luma.
        ink: the supposed ink (1, h, w).
        screen: of the scan.
    """
    tone, level = _positions(gray, paper, ink, screen, GAP)
    return len(tone) > 0 and _lightest(gray, paper, ink, screen) >= LIGHTEST and _saturates(tone, level)


def dots_show_ink(gray: Picture, paper: Picture, ink: Picture, screen: Screen | None) -> bool:
    """Tell whether the dots of one ink (1, H, W) are solid somewhere; the arguments are those of `gaps_show_paper`."""
    tone, level = _positions(gray, paper, ink, screen, SOLID)
    return _saturates(1 - tone, 1 - level)


def _lightest(gray: Picture, paper: Picture, ink: Picture, screen: Screen | None) -> float:
    """Return the position between ink and paper of one of the lightest windows."""
    windows = _of_windows(_means_and_spreads(gray, cell_side(screen))[0], np.mean)[0]
    if windows.size < LIGHTEST_WINDOWS:
        return 0.0
    low, high = (_at(field, *windows.shape) for field in (ink, paper))
    position = (windows - low) / np.maximum(high - low, 1 / 255)
    return float(np.partition(position.ravel(), -LIGHTEST_WINDOWS)[-LIGHTEST_WINDOWS])


def _at(field: Picture, rows: int, columns: int) -> NDArray[np.float32]:
    """Return a field (1, h, w) at rows x columns evenly spread places, from the nearest of its points."""
    y, x = (np.arange(n) * size // n for n, size in zip((rows, columns), field.shape[1:], strict=True))
    return np.asarray(field[0][np.ix_(y, x)], np.float32)


def _saturates(tone: NDArray[np.float32], level: NDArray[np.float32]) -> bool:
    """Tell whether a level (n,) hardly rises with the tone (n,) where the tone is highest."""
    kept = tone > 0
    tone, level = tone[kept], np.maximum(level[kept], 0.01)
    if len(tone) < 2 * FEWEST_CELLS:
        return False
    high = tone >= min(np.quantile(tone, 1 - END), np.sort(tone)[-FEWEST_CELLS])
    top = float(np.median(tone[high]))
    inner = np.abs(tone / top - INNER) <= NEAR_INNER
    if inner.sum() < FEWEST_CELLS:
        return False
    rise = np.log(np.median(level[high]) / np.median(level[inner]))
    return bool(rise <= STEEPEST * np.log(top / np.median(tone[inner])))


def _positions(
    gray: Picture, paper: Picture, ink: Picture, screen: Screen | None, quantile: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the positions between ink and paper of the mean of each cell (n,) and of a quantile of its pixels (n,)."""
    side = cell_side(screen)
    height, width = gray.shape[1:]
    if min(height, width) < side:
        return np.zeros(0, np.float32), np.zeros(0, np.float32)
    (rows, columns), cells = _cells_of(gray[0], side, _step(gray, side))
    low, high = (_at(field, height // side, width // side)[np.ix_(rows, columns)].ravel() for field in (ink, paper))
    mean, level = cells.mean(axis=1), np.quantile(cells, quantile, axis=1)
    contrast = np.maximum(high - low, 1 / 255)
    return np.asarray((mean - low) / contrast, np.float32), np.asarray((level - low) / contrast, np.float32)


def _levels(channel: NDArray[np.float32], side: int, quantile: float) -> NDArray[np.float32]:
    """Return a quantile of the pixels in each of at most MOST_CELLS cells of a channel (H, W)."""
    cells = _cells_of(channel, side, _step(channel[None], side))[1]
    return np.asarray(np.quantile(cells, quantile, axis=1), np.float32)


def _step(picture: Picture, side: int) -> int:
    """Return every which cell is looked at, so that there are at most MOST_CELLS."""
    return max(1, int(np.ceil(np.sqrt(picture[0].size / side**2 / MOST_CELLS))))


def _cells_of(
    channel: NDArray[np.float32], side: int, step: int
) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], NDArray[np.float32]]:
    """Return the rows and columns of every step-th cell of a channel (H, W), and their pixels (n, side * side)."""
    rows, columns = (np.arange(0, n // side, step) for n in channel.shape)
    parts = [
        channel[row * side : (row + 1) * side, : channel.shape[1] // side * side].reshape(side, -1, side)[:, columns]
        for row in rows
    ]
    return (rows, columns), np.stack(parts).transpose(0, 2, 1, 3).reshape(-1, side * side)


def _means_and_spreads(pixels: Picture, side: int) -> tuple[Cells, Cells]:
    """Return the mean and the standard deviation in each cell of a picture (C, H, W)."""
    means, spreads = zip(*(_of_cells(part, side) for part in _bands(pixels, side)), strict=True)
    return np.concatenate(means, axis=1), np.concatenate(spreads, axis=1)


def _bands(pixels: Picture, side: int) -> Iterator[Picture]:
    """Yield bands of whole rows of cells."""
    height = pixels.shape[1] // side * side
    for top in range(0, height, BAND_CELLS * side):
        yield pixels[:, top : min(top + BAND_CELLS * side, height), : pixels.shape[2] // side * side]


def _of_cells(band: Picture, side: int) -> tuple[Cells, Cells]:
    """Return the mean and the standard deviation in each cell of a band of whole cells."""
    cells = band.reshape(len(band), band.shape[1] // side, side, band.shape[2] // side, side)
    return cells.mean(axis=(2, 4)), cells.std(axis=(2, 4))


def _of_windows(cells: Cells, reduce: Callable[..., NDArray[np.float32]]) -> Cells:
    """Reduce the 2 x 2 cells of each window, (C, rows - 1, columns - 1), by a function such as np.mean."""
    _, rows, columns = cells.shape
    corners = np.stack([cells[:, i : rows - 1 + i, j : columns - 1 + j] for i in (0, 1) for j in (0, 1)])
    return np.asarray(reduce(corners, axis=0), np.float32)


def _has_wave(pixels: Picture, bare: Areas, screen: Screen | None, side: int) -> bool:
    """Tell whether the screen's wave goes on, in phase, from one half of windows (rows, columns) to the other."""
    if screen is None or screen.period_px is None or screen.angle_deg is None:
        return False
    places = np.argwhere(bare)
    places = places[:: -(-len(places) // MOST_WINDOWS)] * side
    blocks = np.stack([pixels[:, y : y + 2 * side, x : x + 2 * side] for y, x in places])
    luma = _level(blocks[:, 0] if len(pixels) == 1 else np.asarray(rgb_to_luma(blocks), np.float32)[:, 0])
    angles = [screen.angle_deg] if screen.kind == "line" else [screen.angle_deg, screen.angle_deg + 90]
    if luma.std() < LEAST_WAVE:
        return False
    halves = [_halves(luma, screen.period_px, angle) for angle in angles]
    if not _are_alike(halves):
        return False
    power = sum((np.abs(one) ** 2 + np.abs(other) ** 2).sum(axis=0) for one, other in halves)
    faint = power <= np.median(power)  # the small dots of highlights beside bare paper are not in every window
    return _are_alike([(one[:, faint], other[:, faint]) for one, other in halves])


def _level(blocks: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return blocks (n, side, side) without their mean and gradient."""
    n, side, _ = blocks.shape
    y, x = np.indices((side, side)) / side - 0.5 + 0.5 / side
    plane, _ = np.linalg.qr(np.stack([np.ones(side * side), y.ravel(), x.ravel()], axis=1))
    flat = blocks.reshape(n, -1)
    return np.asarray((flat - flat @ plane @ plane.T).reshape(blocks.shape), np.float32)


def _halves(blocks: NDArray[np.float32], period_px: float, angle_deg: float) -> tuple[Amplitudes, Amplitudes]:
    """Return a wave's complex amplitudes in the upper and left (2, n), and in the lower and right halves of blocks."""
    side = blocks.shape[1]
    y, x = np.indices((side, side))
    turn = 2 * np.pi / period_px
    wave = blocks * np.exp(-1j * turn * (x * cos(radians(angle_deg)) + y * sin(radians(angle_deg))))
    whole, half = np.hanning(side + 2)[1:-1], np.hanning(side // 2 + 2)[1:-1]
    along: Amplitudes = np.stack([np.einsum("nij,j->ni", wave, whole), np.einsum("nij,i->nj", wave, whole)])
    return along[..., : side // 2] @ half, along[..., side - side // 2 :] @ half


def _are_alike(
    halves: list[tuple[Amplitudes, Amplitudes]],
) -> bool:
    """Tell whether a wave is in phase in both halves (2, n) of most windows, for one of its axes."""
    for one, other in halves:
        power = float((np.abs(one) ** 2 + np.abs(other) ** 2).sum()) / 2
        if (one * other.conj()).real.sum() > (COHERENT + one.size**-0.5) * power:
            return True
    return False

"""Tell the screen of a print from a periodic texture: a fence, a fabric, bricks, lines of text.

In a print the dots are in step over the whole picture and make its tones: between bare paper and solid ink their
amplitude is a function of the tone that vanishes at both ends, and no place between has none. A texture that is lit or
shaded has an amplitude in proportion to the tone; wires before a photograph have one in proportion to the difference of
the tone from theirs; and where the textured thing ends there is a picture without dots.

The limits were set on 500 cases of `hcolor bench inspect`, 75 other prints, the real scans at hand and 200 textures;
beside each is what prints and textures reached.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from halftone_color.screen.cells import Cells, cut_into_cells
from halftone_color.screen.lattice import refine_lattice
from halftone_color.screen.spectrum import WINDOW_PX
from halftone_color.types import Picture, Screen

FEWEST_CELLS = 9
"""Least number of cells from which anything is concluded; with fewer in the windows, all cells count."""
STEP_PERIODS = 6.0
"""Distance, in periods, over which a screen has to be in step."""
IN_STEP = 0.85
"""Least coherence over that distance. Prints: 0.88 (bent paper, grit); half of the textures in perspective: below."""
STRONG = 0.5
"""Amplitude, as a share of the 90th percentile, from which a cell shows the pattern strongly."""
MIDDLE = (0.2, 0.8)
"""Tones, between ink and paper, that need dots."""
WITHOUT_DOTS, SMOOTH = 0.35, 0.06
"""Amplitude, as a share of that expected, below which there are no dots, and variance, as a share of that of ink and
paper alone, below which it is not text either. Text on pages reaches 0.13 to 0.3, photographs 0.00 to 0.05."""
MOST_CONTONE = 0.025
"""Largest share of smooth cells without dots among those of middle tones. Prints: 0.017; textures beside a photograph:
from 0.03 to 0.9."""
STAINED, TEXT, TEXT_TO_CONTONE = 0.2, 0.25, 3.0
"""The share allowed on pages (0.17 on one with stains): where text is a quarter of the middle tones, and three times
as frequent as smooth cells."""
LEAST_EXPLAINED, LEAST_OF_LINES = 0.03, 0.35
"""Least share of the variance of strong cells that is at the screen's frequency; in lines of text it is below 0.35,
but in the finest print of three (0.58) it is at least that."""
CONSTANT, TONES = 0.5, 0.1
"""Ink and paper are constant if they vary by half as much as the tones (textures: 0.77 and more), and those vary by at
least a tenth of the contrast."""
LAWFUL, LAWFUL_PAGE = 0.15, 0.35
"""Largest misfit of a print's amplitudes. Prints: 0.11, with text 0.28."""
BETTER = ((0.18, 1.25, 0.9, 1.55), (0.18, 2.5, 0.6, 1.0), (0.13, 1.5, 1.1, 1.3))
"""What makes a print more likely than a texture, each row alone: the least range of the tones (lines of text: 0.16),
the least misfits of shading and of wires as multiples of a print's, and the most that ink and paper may vary as a
multiple of the tones (real scans: 1.48; shaded fabrics from 1, fences before photographs up to 12)."""
INK_ANGLES_DEG = (15.0, 30.0, 45.0, 60.0, 75.0)
"""Angles between the screens of a print's inks."""
INK_CLEAR = 60.0
"""Least power, relative to the noise, of both axes of another ink's screen. Prints: 80 to 30,000; others: 1 ..."""
INK_PERIOD, INK_DEG, INK_REACH = 0.006, 0.6, 0.7 / WINDOW_PX
"""... but for harmonics of textures, which are off by 0.006 of the period and 1.2 degrees at least, and those of prints
by 0.001 and 0.05; and how far around, in cycles per px, it is searched."""
EXPONENTS = (0.5, 1.0, 1.5)
"""Exponents of sin(pi t), which is the amplitude of dots or lines of coverage t, as dot gain and blur bend it."""
WIRES = tuple(np.concatenate([[-3.0, -1.5, -0.7, -0.3], np.linspace(-0.1, 1.1, 13), [1.4, 2.0, 4.0]]).tolist())
"""Tones of wires that are tried, from ink (0) to paper (1); far outside they mean an amplitude that is constant."""

Chosen = NDArray[np.bool_]
"""(rows, columns) of cells."""
Values = NDArray[np.float32]
"""(n,) values of chosen cells."""


@dataclass(frozen=True)
class Evidence:
    """What the cells of a pattern say; ranges are between the 10th and the 90th percentile, over the contrast."""

    coherence: float
    """How much the pattern is in step over STEP_PERIODS, 0 to 1."""
    contone: float
    """Share of smooth cells without the pattern among the cells of middle tones."""
    text: float
    """Share of cells without the pattern that vary like text."""
    explained: float
    """Share of the variance of strong cells that the waves along the axes explain."""
    tones: float
    """Range of the tones."""
    strong_tones: float
    """Range of the tones of strong cells ..."""
    ends: float
    """... and that of their darkest or brightest pixels, whichever is larger, as a multiple of it."""
    print_misfit: float
    """Residual of the amplitudes, as a share of their power, from those of dots between ink and paper ..."""
    shading_misfit: float
    """... from amplitudes in proportion to the tone ..."""
    wire_misfit: float
    """... and from amplitudes in proportion to the distance from one tone."""


def is_printed(gray: Picture, screen: Screen, corners: NDArray[np.int64]) -> bool:
    """Tell whether a periodic pattern of a picture (1, H, W) is the screen of a print.

    Args:
        gray: the picture.
        screen: the pattern's kind, period and angle.
        corners: (n, 2), y and x in px of the windows of 128 px that show it.
    """
    y, x = (np.median(corners, axis=0) + WINDOW_PX / 2).tolist()
    cells = cut_into_cells(gray, screen, (y, x))
    found = weigh(cells, _inside(cells, corners), screen)
    return judge(found, screen) or (found.coherence >= IN_STEP and has_inks(gray, screen, (y, x)))


def judge(found: Evidence, screen: Screen) -> bool:
    """Tell whether evidence is that of a print."""
    if found.coherence < IN_STEP:
        return False
    page = found.text >= TEXT and found.text >= TEXT_TO_CONTONE * found.contone
    if found.contone > (STAINED if page else MOST_CONTONE):
        return False
    if found.explained < (LEAST_OF_LINES if screen.kind == "line" else LEAST_EXPLAINED):
        return False
    if found.ends <= CONSTANT and found.strong_tones >= TONES:
        return True
    if found.print_misfit > (LAWFUL_PAGE if page else LAWFUL):
        return False
    shading, wire = (misfit / (found.print_misfit + 1e-4) for misfit in (found.shading_misfit, found.wire_misfit))
    return any(
        found.tones >= tones and shading >= than_shading and wire >= than_wire and found.ends <= ends
        for tones, than_shading, than_wire, ends in BETTER
    )


def weigh(cells: Cells, inside: Chosen, screen: Screen) -> Evidence:
    """Return what cells say of a pattern that shows in those `inside`."""
    if np.count_nonzero(inside) < FEWEST_CELLS:
        inside = np.ones_like(inside)
    amplitude, (ink, paper) = cells.amplitude, cells.ends
    contrast = paper - ink + 0.01
    tone = np.clip((cells.tone - ink) / contrast, 0, 1)
    expected = np.sin(np.pi * tone)
    strong = inside & (amplitude >= STRONG * np.quantile(amplitude[inside], 0.9))
    scale = float(np.median(amplitude[strong] / np.maximum(expected[strong], 0.3)))
    middle = (tone > MIDDLE[0]) & (tone < MIDDLE[1])
    without = middle & (amplitude < WITHOUT_DOTS * scale * expected)
    bilevel = (paper - cells.tone) * (cells.tone - ink)
    text = without & (cells.spread >= SMOOTH * bilevel)
    used = inside & ~text if np.count_nonzero(inside & ~text) >= FEWEST_CELLS else inside
    count, x, y = max(int(middle.sum()), 1), cells.tone[used], amplitude[used]
    strong_tones = _range(cells.tone[strong]) / contrast
    ends = max(_range(cells.brightest[strong]), _range(cells.darkest[strong])) / contrast
    return Evidence(
        coherence=_coherence(cells, inside, screen),
        contone=int((without & ~text).sum()) / count,
        text=int(text.sum()) / count,
        explained=float(np.median(amplitude[strong] ** 2 / 2 / (cells.spread[strong] + 1e-6))),
        tones=_range(x) / contrast,
        strong_tones=strong_tones,
        ends=ends / (strong_tones + 0.02),
        print_misfit=_print_misfit(x, y, (ink, paper)),
        shading_misfit=_misfit(x, y),
        wire_misfit=min(_misfit(np.abs(x - (ink + wire * contrast)), y) for wire in WIRES),
    )


def has_inks(gray: Picture, screen: Screen, center: tuple[float, float]) -> bool:
    """Tell whether dots of the same period lie at the angles of a print's other inks, around a center (y, x) in px."""
    if screen.period_px is None or screen.angle_deg is None or screen.kind == "line":
        return False
    for between_deg in INK_ANGLES_DEG:
        angle_deg = screen.angle_deg + between_deg
        fy, fx = (turn(np.deg2rad(angle_deg)) / screen.period_px for turn in (np.sin, np.cos))
        ink = refine_lattice(gray, float(fy), float(fx), INK_REACH, center)
        off_deg = abs((np.rad2deg(np.arctan2(ink.fy, ink.fx)) - angle_deg + 45) % 90 - 45)
        same = abs(ink.period_px / screen.period_px - 1) <= INK_PERIOD and off_deg <= INK_DEG
        if same and min(ink.along, ink.across) >= INK_CLEAR:
            return True
    return False


def _inside(cells: Cells, corners: NDArray[np.int64]) -> Chosen:
    """Return which cells lie in windows with these corners."""
    inside = np.zeros((len(cells.y), len(cells.x)), bool)
    for top, left in corners:
        rows, columns = (cells.y >= top) & (cells.y < top + WINDOW_PX), (cells.x >= left) & (cells.x < left + WINDOW_PX)
        inside |= rows[:, None] & columns
    return inside


def _coherence(cells: Cells, inside: Chosen, screen: Screen) -> float:
    """Return the coherence of the steadier axis: of the products of cells that are STEP_PERIODS apart."""
    assert screen.period_px is not None
    spacing = (cells.y[-1] - cells.y[0]) / max(len(cells.y) - 1, 1) / screen.period_px
    step = int(np.clip(round(STEP_PERIODS / max(spacing, 1e-3)), 1, max(1, min(inside.shape) // 3)))
    found = []
    for wave in np.where(inside, cells.waves, 0):
        pairs = [wave[step:] * wave[:-step].conj(), wave[:, step:] * wave[:, :-step].conj()]
        total = sum(float(np.abs(pair).sum()) for pair in pairs)
        found.append(abs(sum(complex(pair.sum()) for pair in pairs)) / max(total, 1e-12))
    return max(found)


def _print_misfit(tone: Values, amplitude: Values, ends: tuple[float, float]) -> float:
    """Return the least misfit of dots between ink and paper at about these ends."""
    ink, paper = ends
    spare, best = 0.05 * (paper - ink), 1.0
    for low in (ink, ink + spare):
        for high in (paper, paper - spare):
            arch = np.sin(np.pi * np.clip((tone - low) / max(high - low, 0.02), 0, 1)).clip(0, 1)
            best = min(best, *(_misfit(arch**exponent, amplitude) for exponent in EXPONENTS))
    return best


def _misfit(model: Values, amplitude: Values) -> float:
    """Return the residual of amplitudes, as a share of their power, from the best multiple of a model."""
    scale = float(model @ amplitude) / (float(model @ model) + 1e-12)
    return float(((amplitude - scale * model) ** 2).sum()) / (float(amplitude @ amplitude) + 1e-12)


def _range(values: Values) -> float:
    low, high = np.quantile(values, (0.1, 0.9))
    return float(high - low)

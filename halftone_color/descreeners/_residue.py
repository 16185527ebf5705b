"""Take out what the network leaves of a screen: faint power at exactly the frequencies of the dots.

A frequency belongs to the screen if it stands out of its surroundings in the halftone and the network has all but
removed it (a picture's own texture stands out in both); and, where a screen is known, if it is a wave of its lattice or
one that stands out throughout and that the network has weakened, unlike the spacing of lines of text. In windows of the
result these frequencies are weighted by the power of the ring around them over their own, as in Wiener's filter
(Wiener, "Extrapolation, interpolation, and smoothing of stationary time series", 1949): nothing goes where nothing is
left, and of what is mostly screen nothing stays. To limit the power to the ring's instead would leave the screen's
phase, which adds up over windows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from halftone_color.screen.lattice import WAVES
from halftone_color.types import Picture

SIDE = 128
"""Windows in px, half overlapping."""
MOST_WINDOWS = 100
"""Windows, spread over the picture, from which the screen's frequencies are found."""
LONGEST_PERIOD_PX = 16.0
STANDS_OUT = 4.0
"""Power over that of the ring, from which a frequency may belong to the screen."""
THROUGHOUT = 6.0
"""The same in most windows of a print whose screen is known, from which a narrow frequency belongs to it."""
REMOVED = 0.3
"""Power in the result over that in the halftone, below which the network took the frequency for screen."""
WEAKENED = 0.85
"""The same, below which it took a part of it for screen; text stays as it is."""
NEAR = 2.0
"""Distance from a wave of the known screen, in bins, within which power is the screen's."""
BESIDE = np.array([[0.5, 0, 0, 0, 0, 0, 0.5]], np.float32)
NARROW = 4.0
"""Mean power over that three bins away along rows and columns; lines and strokes of text have less along one."""
AXES = WAVES[:2]
"""The lattice's own frequencies."""
RING = (3.0, 6.0)
"""Radii of the ring around a frequency, in bins."""
CUT = 0.25 / 255
"""Amplitude cut off beyond black and white from which a window is weighted again ..."""
MOST_AGAIN = 0.1
"""... but not more than this share of all."""
NOTHING = 1e-12
"""Power below which there is none."""

WORKERS = 2
"""Threads of the Fourier transforms."""

Spectrum = NDArray[np.float32]


def remove_residue(
    contone: Picture,
    halftone: Picture,
    period_px: float | None = None,
    angle_deg: float | None = None,
    out: Picture | None = None,
) -> Picture:
    """Return the descreened (1, H, W) without what is left of the halftone's screen.

    Args:
        contone: the halftone (1, H, W) descreened.
        halftone: (1, H, W).
        period_px, angle_deg: of the screen, where they are known.
        out: where the result goes; `contone` itself spares a large page the room. Where nothing belongs to a screen,
            `contone` is returned and nothing is written.
    """
    places = _screen_frequencies(contone[0], halftone[0], period_px, angle_deg)
    if not len(places):
        return contone
    height, width = contone.shape[1:]
    half = SIDE // 2
    # Half a window around the picture, so that every pixel lies in four windows; one strip of them at a time.
    rows = _mirrored(np.arange(-half, height + half + -height % half), height)
    columns = _mirrored(np.arange(-half, width + half + -width % half), width)
    cleaned = np.empty_like(contone) if out is None else out
    last = max(0, height - 2 * SIDE)  # rows from here on are read again, mirrored, after they may have been written
    end = contone[0, last:].copy()
    cut = np.zeros((len(rows) // half, len(columns) // half), np.float32)  # mean square of what was, per half window
    above: Spectrum = np.zeros((half, len(columns)), np.float32)  # what the last strip adds to the next rows
    for top in range(0, len(rows) - half, half):
        seen = rows[top : top + SIDE]
        lines = end[seen - last] if seen.min() >= last else contone[0][seen]
        strip = np.lib.stride_tricks.sliding_window_view(lines[:, columns], SIDE, 1)
        total: Spectrum = np.zeros((SIDE, len(columns)), np.float32)
        for index, window in enumerate(_weighted(strip[:, ::half].swapaxes(0, 1) * WINDOW, places) * WINDOW):
            total[:, index * half : index * half + SIDE] += window
        whole, above = above + total[:half], total[half:]
        finished = np.clip(whole, 0, 1)
        if top:  # the first half window lies above the picture
            cleaned[0, top - half : top] = finished[: height - (top - half), half : half + width]
            cut[top // half] = np.square(whole - finished).reshape(half, -1, half).mean((0, 2))
    for row, column in _most_cut(cut):
        window_rows, window_columns = (
            mirrored[place * half :][:SIDE] for mirrored, place in ((rows, row), (columns, column))
        )
        _weight_again(cleaned[0], np.ix_(window_rows, window_columns), places)
    return cleaned


def _most_cut(cut: Spectrum) -> NDArray[np.int_]:
    """Return (n, 2) rows and columns of the windows that lost most beyond black and white, in half windows."""
    windows = np.sqrt((cut[:-1, :-1] + cut[:-1, 1:] + cut[1:, :-1] + cut[1:, 1:]) / 4)
    most = np.argsort(windows, axis=None)[::-1][: int(MOST_AGAIN * windows.size)]
    return np.argwhere(np.isin(np.arange(windows.size), most).reshape(windows.shape) & (windows > CUT))


def _weight_again(gray: Spectrum, window: tuple[NDArray[np.int_], ...], places: NDArray[np.int_]) -> None:
    """Weight a window of a picture (H, W) in place once more: cutting at black and white brings the screen back."""
    weighted = gray[window] * WINDOW
    change = (_weighted(weighted[None], places)[0] - weighted) * WINDOW
    gray[window] = np.clip(gray[window] + change, 0, 1)


def _mirrored(places: NDArray[np.int_], length: int) -> NDArray[np.int_]:
    """Return places within [0, length), those beyond mirrored at the first and last pixel."""
    period = max(1, 2 * (length - 1))
    folded = np.abs((places + length - 1) % period - (length - 1))
    return np.asarray(folded)


def _sine_window() -> Spectrum:
    """Return the window (SIDE, SIDE) whose square adds up to one at half overlap."""
    line = np.sin(np.pi * (np.arange(SIDE) + 0.5) / SIDE)
    return np.outer(line, line).astype(np.float32)


WINDOW = _sine_window()


def _screen_frequencies(
    contone: Spectrum, halftone: Spectrum, period_px: float | None, angle_deg: float | None
) -> NDArray[np.int_]:
    """Return (n, 2) rows and columns, in a window's half spectrum, of the frequencies that belong to the screen."""
    if min(contone.shape) < SIDE:
        return np.empty((0, 2), np.int_)
    spectra = _power_spectra(halftone)
    before, after = spectra.mean(0), _power_spectra(contone).mean(0)
    around = _around(before)
    stands_out = before > STANDS_OUT * around
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    screen = stands_out & (after < REMOVED * before)
    if period_px and angle_deg is not None:
        throughout: Spectrum = np.median(spectra, 0)
        around_throughout = _around(throughout)
        is_wave = (throughout > THROUGHOUT * around_throughout) & (after < WEAKENED * before)
        for beside in (BESIDE, BESIDE.T):
            is_wave &= before > NARROW * ndimage.convolve(before, beside, mode="wrap")
        screen |= ndimage.binary_dilation(is_wave, np.ones((3, 3))) & (throughout > STANDS_OUT * around_throughout)
        stands_out |= after > STANDS_OUT * _around(after)  # the network makes waves of its own at multiples
        x, y = np.cos(np.radians(angle_deg)) / period_px, np.sin(np.radians(angle_deg)) / period_px
        for along, across in WAVES:
            row, column = along * y + across * x, along * x - across * y
            for sign in (1, -1):
                near = _apart(rows - sign * row, columns - sign * column) < NEAR / SIDE
                screen |= near if (along, across) in AXES else near & stands_out  # on a page it may be one photograph's
    screen &= np.hypot(rows, columns) > 1 / LONGEST_PERIOD_PX
    screen = ndimage.binary_dilation(np.tile(screen, (3, 3)))[SIDE : 2 * SIDE, SIDE : 2 * SIDE]
    return np.argwhere(screen[:, : SIDE // 2 + 1])


def _apart(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how far apart frequencies are that differ by so much, folded at the Nyquist frequency."""
    return np.asarray(np.hypot(rows - np.round(rows), columns - np.round(columns)))


def _power_spectra(gray: Spectrum) -> Spectrum:
    """Return the power spectra (n, SIDE, SIDE) of windows spread over a picture."""
    starts = [np.linspace(0, n - SIDE, min(int(MOST_WINDOWS**0.5), -(-2 * n // SIDE))).astype(int) for n in gray.shape]
    windows = np.stack([gray[y : y + SIDE, x : x + SIDE] for y in starts[0] for x in starts[1]])
    half = fft.rfft2((windows - windows.mean((1, 2), keepdims=True)) * WINDOW**2)
    power = half.real**2 + half.imag**2
    mirrored = -np.arange(SIDE) % SIDE
    return np.concatenate([power, power[:, mirrored, SIDE // 2 - 1 : 0 : -1]], 2)


def _around(power: Spectrum) -> Spectrum:
    """Return the mean of the ring around each place of a power spectrum (SIDE, SIDE)."""
    return np.asarray(ndimage.convolve(power, _ring_kernel(), mode="wrap"))


def _ring_kernel() -> Spectrum:
    reach = int(RING[1])
    distance = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ring = (distance >= RING[0]) & (distance <= RING[1])
    return np.asarray(ring / ring.sum(), dtype=np.float32)


def _weighted(windows: Spectrum, places: NDArray[np.int_]) -> Spectrum:
    """Weight windows (n, SIDE, SIDE) at the places by the power of the ring around each over their own."""
    spectra = fft.rfft2(windows, workers=WORKERS)
    ring_offsets = np.argwhere(_ring_kernel() > 0)[::4] - int(RING[1])  # every fourth will do
    around = places[:, None] + ring_offsets  # (places, ring, 2)
    mirrored = (around[..., 1:] % SIDE) > SIDE // 2  # the other half of a real picture's spectrum
    around = np.where(mirrored, -around, around) % SIDE
    power = spectra.real**2 + spectra.imag**2
    here = power[:, places[:, 0], places[:, 1]]  # (n, places)
    # Of noise, from its mean amplitude: a steep slope or an edge across the ring counts for less than in mean power.
    ring = 4 / np.pi * np.sqrt(power)[:, around[..., 0], around[..., 1]].mean(2) ** 2
    spectra[:, places[:, 0], places[:, 1]] *= np.minimum(1, ring / np.maximum(here, NOTHING))
    return np.asarray(fft.irfft2(spectra, workers=WORKERS))

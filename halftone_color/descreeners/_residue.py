"""Take out the residue that the network leaves of a screen: faint power at exactly the frequencies of the dots.

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
from halftone_color.types import Picture, Screen

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
CLIPPED = 0.25 / 255
"""Amplitude clipped beyond black and white from which a window is weighted again ..."""
MOST_AGAIN = 0.1
"""... but not more than this share of all."""
NOTHING = 1e-12
"""Power below which there is none."""

Spectrum = NDArray[np.float32]


def remove_residue(
    contone: Picture,
    halftone: Picture,
    screen: Screen,
    threads: int = 1,
    *,
    out: Picture | None = None,
    most_again: float = MOST_AGAIN,
) -> Picture:
    """Return the descreened (1, H, W) without what is left of the halftone's screen, in [0, 1].

    Args:
        contone: the halftone descreened, (1, H, W) in [0, 1].
        halftone: (1, H, W) in [0, 1].
        screen: of the halftone: period and angle, where they are known.
        threads: of the Fourier transforms.
        out: where the result goes; `contone` itself spares a large page the room. Where nothing belongs to a screen,
            `contone` is returned and nothing is written.
        most_again: share of the windows that are weighted again at most, where most was clipped.
    """
    places = _screen_frequencies(contone[0], halftone[0], screen)
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
    clipped = np.zeros((len(rows) // half, len(columns) // half), np.float32)  # mean square, per half window
    above: Spectrum = np.zeros((half, len(columns)), np.float32)  # what the last strip adds to the next rows
    for top in range(0, len(rows) - half, half):
        seen = rows[top : top + SIDE]
        lines = end[seen - last] if seen.min() >= last else contone[0][seen]
        total = _strip(lines[:, columns], places, threads)
        whole, above = above + total[:half], total[half:]
        finished = np.clip(whole, 0, 1)
        if top:  # the first half window lies above the picture
            cleaned[0, top - half : top] = finished[: height - (top - half), half : half + width]
            clipped[top // half] = np.square(whole - finished).reshape(half, -1, half).mean((0, 2))
    for row, column in _most_clipped(clipped, most_again):
        window = np.ix_(rows[row * half :][:SIDE], columns[column * half :][:SIDE])
        _weight_again(cleaned[0], window, places, threads)
    return cleaned


def _strip(lines: Spectrum, places: NDArray[np.int_], threads: int) -> Spectrum:
    """Return a strip (SIDE, W) of a picture as the sum of its half overlapping windows, each weighted."""
    half = SIDE // 2
    windows = np.lib.stride_tricks.sliding_window_view(lines, SIDE, 1)[:, ::half].swapaxes(0, 1)
    total: Spectrum = np.zeros(lines.shape, np.float32)
    for index, window in enumerate(_weighted(windows * WINDOW, places, threads) * WINDOW):
        total[:, index * half : index * half + SIDE] += window
    return total


def _most_clipped(clipped: Spectrum, most_again: float) -> NDArray[np.int_]:
    """Return (n, 2) rows and columns of the windows that lost most beyond black and white, in half windows."""
    windows = np.sqrt((clipped[:-1, :-1] + clipped[:-1, 1:] + clipped[1:, :-1] + clipped[1:, 1:]) / 4)
    most = np.argsort(windows, axis=None)[::-1][: int(most_again * windows.size)]
    return np.argwhere(np.isin(np.arange(windows.size), most).reshape(windows.shape) & (windows > CLIPPED))


def _weight_again(gray: Spectrum, window: tuple[NDArray[np.int_], ...], places: NDArray[np.int_], threads: int) -> None:
    """Weight a window of a picture (H, W) in place once more: clipping at black and white brings the screen back."""
    weighted = gray[window] * WINDOW
    change = (_weighted(weighted[None], places, threads)[0] - weighted) * WINDOW
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


def _screen_frequencies(contone: Spectrum, halftone: Spectrum, screen: Screen) -> NDArray[np.int_]:
    """Return (n, 2) rows and columns, in a window's half spectrum, of the frequencies that belong to the screen."""
    if min(contone.shape) < SIDE:
        return np.empty((0, 2), np.int_)
    spectra = _power_spectra(halftone)
    before, after = spectra.mean(0), _power_spectra(contone).mean(0)
    stands_out = before > STANDS_OUT * _around(before)
    found = stands_out & (after < REMOVED * before)
    if screen.period_px and screen.angle_deg is not None:
        found |= _weakened_throughout(spectra, before, after)
        stands_out |= after > STANDS_OUT * _around(after)  # the network makes waves of its own at multiples
        found |= _lattice_frequencies(screen.period_px, screen.angle_deg, stands_out)
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    found &= np.hypot(rows, columns) > 1 / LONGEST_PERIOD_PX
    found = ndimage.binary_dilation(np.tile(found, (3, 3)))[SIDE : 2 * SIDE, SIDE : 2 * SIDE]
    return np.argwhere(found[:, : SIDE // 2 + 1])


def _weakened_throughout(spectra: Spectrum, before: Spectrum, after: Spectrum) -> NDArray[np.bool_]:
    """Tell which frequencies (SIDE, SIDE) stand out throughout a halftone and were weakened in its contone.

    Args:
        spectra: power spectra (n, SIDE, SIDE) of windows of the halftone.
        before, after: mean power spectra (SIDE, SIDE) of halftone and contone.
    """
    throughout: Spectrum = np.median(spectra, 0)
    around_throughout = _around(throughout)
    is_wave = (throughout > THROUGHOUT * around_throughout) & (after < WEAKENED * before)
    for beside in (BESIDE, BESIDE.T):
        is_wave &= before > NARROW * ndimage.convolve(before, beside, mode="wrap")
    near: NDArray[np.bool_] = ndimage.binary_dilation(is_wave, np.ones((3, 3)))
    return near & (throughout > STANDS_OUT * around_throughout)


def _lattice_frequencies(period_px: float, angle_deg: float, stands_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which frequencies (SIDE, SIDE) are near to a wave of a screen's lattice: multiples where they stand out."""
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    found = np.zeros(stands_out.shape, np.bool_)
    x, y = np.cos(np.radians(angle_deg)) / period_px, np.sin(np.radians(angle_deg)) / period_px
    for along, across in WAVES:
        row, column = along * y + across * x, along * x - across * y
        for sign in (1, -1):
            near = _apart(rows - sign * row, columns - sign * column) < NEAR / SIDE
            found |= near if (along, across) in AXES else near & stands_out  # on a page it may be one photograph's
    return found


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


def _weighted(windows: Spectrum, places: NDArray[np.int_], threads: int) -> Spectrum:
    """Weight windows (n, SIDE, SIDE) at the places by the power of the ring around each over their own."""
    spectra = fft.rfft2(windows, workers=threads)
    ring_offsets = np.argwhere(_ring_kernel() > 0)[::4] - int(RING[1])  # every fourth will do
    around = places[:, None] + ring_offsets  # (places, ring, 2)
    mirrored = (around[..., 1:] % SIDE) > SIDE // 2  # the other half of a real picture's spectrum
    around = np.where(mirrored, -around, around) % SIDE
    power = spectra.real**2 + spectra.imag**2
    here = power[:, places[:, 0], places[:, 1]]  # (n, places)
    # Of noise, from its mean amplitude: a steep slope or an edge across the ring counts for less than in mean power.
    ring = 4 / np.pi * np.sqrt(power)[:, around[..., 0], around[..., 1]].mean(2) ** 2
    spectra[:, places[:, 0], places[:, 1]] *= np.minimum(1, ring / np.maximum(here, NOTHING))
    return np.asarray(fft.irfft2(spectra, workers=threads))

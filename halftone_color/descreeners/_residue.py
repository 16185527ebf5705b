"""Remove the residue of a screen that the network leaves: faint power at exactly the frequencies of the dots.

A frequency belongs to the screen if it is a peak in the halftone and the network has almost removed it (a picture's own
texture is a peak in both). If the screen is known, the waves of its lattice belong to it as well, and peaks throughout
the picture that the network has weakened, unlike the spacing of text lines. In windows of the result these frequencies
are multiplied by the power of the ring around them relative to their own, as in a Wiener filter (Wiener,
"Extrapolation, interpolation, and smoothing of stationary time series", 1949): nothing changes if no residue is left,
and components that are mostly screen are removed. Limiting the power to that of the ring instead would keep the phase
of the screen, which adds up over windows. Letters beside dots, which the network has kept, stay as they are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from halftone_color.descreeners._kept import enlarge, kept_shares
from halftone_color.screen.lattice import WAVES
from halftone_color.types import Picture, Screen

SIDE = 128
"""Side of the windows in px; they overlap by half."""
MOST_WINDOWS = 100
"""Largest number of windows, spread over the picture, in which the screen's frequencies are searched."""
LONGEST_PERIOD_PX = 16.0
"""Longest period in px that can belong to a screen."""
STANDS_OUT = 4.0
"""Least power relative to the ring for a frequency that may belong to the screen."""
THROUGHOUT = 6.0
"""Least median power, relative to the ring, of a narrow peak that belongs to a known screen."""
REMOVED = 0.3
"""Power in the result relative to the halftone below which the network has treated a frequency as screen."""
WEAKENED = 0.85
"""The same for a frequency that it has partly treated as screen; text is left unchanged."""
NEAR = 2.0
"""Distance from a wave of the known screen, in bins, within which power belongs to it."""
BESIDE = np.array([[0.5, 0, 0, 0, 0, 0, 0.5]], np.float32)
"""Kernel of the mean power three bins away along a row."""
NARROW = 4.0
"""Least power relative to that three bins away along rows and columns; text has less along one of them."""
AXES = WAVES[:2]
"""The fundamental waves of the lattice."""
RING = (3.0, 6.0)
"""Radii of the ring around a frequency, in bins."""
CLIPPED = 0.25 / 255
"""RMS amplitude clipped at black and white above which a window is filtered again ..."""
MOST_AGAIN = 0.1
"""... but at most this share of all windows."""
NOTHING = 1e-12
"""Lower bound of power, to avoid division by zero."""

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
    """Return the contone (1, H, W) in [0, 1] without the residue of the halftone's screen.

    Args:
        contone: the descreened halftone, (1, H, W) in [0, 1].
        halftone: (1, H, W) in [0, 1].
        screen: of the halftone, with period and angle if they are known.
        threads: used by the Fourier transforms.
        out: array for the result; passing `contone` itself saves memory on large pages. If no frequency belongs to a
            screen, `contone` is returned and nothing is written.
        most_again: largest share of windows that are filtered again because of clipping.
    """
    if min(contone.shape[1:]) < SIDE:
        return contone
    spectra, after = _power_spectra(halftone[0]), _power_spectra(contone[0]).mean(0)
    places = _screen_frequencies(spectra, after, screen)
    if not len(places):
        return contone
    half, (height, width) = SIDE // 2, contone.shape[1:]
    # Half a window around the picture, so that every pixel lies in four windows; one strip of them at a time.
    rows = _mirror_indices(np.arange(-half, height + half + -height % half), height)
    columns = _mirror_indices(np.arange(-half, width + half + -width % half), width)
    cleaned = np.empty_like(contone) if out is None else out
    # Where the network left the dots, what is as it was may be dots.
    kept = kept_shares(contone, halftone) * _is_removed(spectra.mean(0), after, screen)
    last = max(0, height - 2 * SIDE)  # rows that are read once more, mirrored, after they may have been overwritten
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
            clipped[top // half] = np.square(whole - finished).reshape(half, -1, half).mean((0, 2))
            _write_rows(cleaned[0], contone[0], finished[:, half : half + width], top - half, kept)
    for row, column in _most_clipped(clipped, most_again):
        window = np.ix_(rows[row * half :][:SIDE], columns[column * half :][:SIDE])
        _weight_again(cleaned[0], window, places, threads, 1 - enlarge(kept, *(index.ravel() for index in window)))
    return cleaned


def _write_rows(cleaned: Spectrum, contone: Spectrum, finished: Spectrum, first: int, kept: Spectrum) -> None:
    """Write filtered rows (n, W) into a picture (H, W) from row `first` on, but where the contone is kept, that."""
    rows = np.arange(first, min(first + len(finished), len(cleaned)))
    finished = finished[: len(rows)]
    share = enlarge(kept, rows, np.arange(cleaned.shape[1]))
    cleaned[rows] = finished + share * (contone[rows] - finished)


def _strip(lines: Spectrum, places: NDArray[np.int_], threads: int) -> Spectrum:
    """Return a strip (SIDE, W) of a picture as the sum of its half-overlapping windows, each filtered."""
    half = SIDE // 2
    windows = np.lib.stride_tricks.sliding_window_view(lines, SIDE, 1)[:, ::half].swapaxes(0, 1)
    total: Spectrum = np.zeros(lines.shape, np.float32)
    for index, window in enumerate(_weight_windows(windows * WINDOW, places, threads) * WINDOW):
        total[:, index * half : index * half + SIDE] += window
    return total


def _most_clipped(clipped: Spectrum, most_again: float) -> NDArray[np.int_]:
    """Return rows and columns (n, 2), in half windows, of the windows with the most clipping at black and white."""
    windows = np.sqrt((clipped[:-1, :-1] + clipped[:-1, 1:] + clipped[1:, :-1] + clipped[1:, 1:]) / 4)
    most = np.argsort(windows, axis=None)[::-1][: int(most_again * windows.size)]
    return np.argwhere(np.isin(np.arange(windows.size), most).reshape(windows.shape) & (windows > CLIPPED))


def _weight_again(
    gray: Spectrum, window: tuple[NDArray[np.int_], ...], places: NDArray[np.int_], threads: int, share: Spectrum
) -> None:
    """Filter a window of a picture (H, W) again, in place, because clipping at black and white restores the screen.

    The change counts by `share` (SIDE, SIDE).
    """
    weighted = gray[window] * WINDOW
    change = (_weight_windows(weighted[None], places, threads)[0] - weighted) * WINDOW * share
    gray[window] = np.clip(gray[window] + change, 0, 1)


def _mirror_indices(places: NDArray[np.int_], length: int) -> NDArray[np.int_]:
    """Map indices to [0, length), mirrored at the first and last pixel."""
    period = max(1, 2 * (length - 1))
    folded = np.abs((places + length - 1) % period - (length - 1))
    return np.asarray(folded)


def _sine_window() -> Spectrum:
    """Return the window (SIDE, SIDE) whose squares sum to one at half overlap."""
    line = np.sin(np.pi * (np.arange(SIDE) + 0.5) / SIDE)
    return np.outer(line, line).astype(np.float32)


WINDOW = _sine_window()


def _is_removed(before: Spectrum, after: Spectrum, screen: Screen) -> bool:
    """Tell whether the network has removed most of a screen; one without a known period counts as removed.

    Args:
        before, after: mean power spectra (SIDE, SIDE) of halftone and contone.
        screen: of the halftone.
    """
    if not screen.period_px or screen.angle_deg is None:
        return True
    axes = _lattice_frequencies(screen.period_px, screen.angle_deg, np.zeros(before.shape, np.bool_))
    return bool(after[axes].sum() < REMOVED * before[axes].sum())


def _screen_frequencies(spectra: Spectrum, after: Spectrum, screen: Screen) -> NDArray[np.int_]:
    """Return rows and columns (n, 2), in the half spectrum of a window, of frequencies that belong to the screen.

    Args:
        spectra: power spectra (n, SIDE, SIDE) of windows of the halftone.
        after: mean power spectrum (SIDE, SIDE) of the contone.
        screen: of the halftone.
    """
    before = spectra.mean(0)
    stands_out = before > STANDS_OUT * _ring_mean(before)
    found = stands_out & (after < REMOVED * before)
    if screen.period_px and screen.angle_deg is not None:
        found |= _weakened_throughout(spectra, before, after)
        stands_out |= after > STANDS_OUT * _ring_mean(after)  # the network adds waves of its own at multiples
        found |= _lattice_frequencies(screen.period_px, screen.angle_deg, stands_out)
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    found &= np.hypot(rows, columns) > 1 / LONGEST_PERIOD_PX
    found = ndimage.binary_dilation(np.tile(found, (3, 3)))[SIDE : 2 * SIDE, SIDE : 2 * SIDE]
    return np.argwhere(found[:, : SIDE // 2 + 1])


def _weakened_throughout(spectra: Spectrum, before: Spectrum, after: Spectrum) -> NDArray[np.bool_]:
    """Return which frequencies (SIDE, SIDE) are peaks throughout a halftone and were weakened in its contone.

    Args:
        spectra: power spectra (n, SIDE, SIDE) of windows of the halftone.
        before, after: mean power spectra (SIDE, SIDE) of halftone and contone.
    """
    throughout: Spectrum = np.median(spectra, 0)
    around_throughout = _ring_mean(throughout)
    is_wave = (throughout > THROUGHOUT * around_throughout) & (after < WEAKENED * before)
    for beside in (BESIDE, BESIDE.T):
        is_wave &= before > NARROW * ndimage.convolve(before, beside, mode="wrap")
    near: NDArray[np.bool_] = ndimage.binary_dilation(is_wave, np.ones((3, 3)))
    return near & (throughout > STANDS_OUT * around_throughout)


def _lattice_frequencies(period_px: float, angle_deg: float, stands_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which frequencies (SIDE, SIDE) are near a wave of a screen's lattice; multiples only if they are peaks."""
    rows, columns = np.meshgrid(np.fft.fftfreq(SIDE), np.fft.fftfreq(SIDE), indexing="ij")
    found = np.zeros(stands_out.shape, np.bool_)
    x, y = np.cos(np.radians(angle_deg)) / period_px, np.sin(np.radians(angle_deg)) / period_px
    for along, across in WAVES:
        row, column = along * y + across * x, along * x - across * y
        for sign in (1, -1):
            near = _frequency_distance(rows - sign * row, columns - sign * column) < NEAR / SIDE
            found |= (
                near if (along, across) in AXES else near & stands_out
            )  # an axis may be weak on a page with one photograph
    return found


def _frequency_distance(rows: NDArray[np.float64], columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance of frequencies that differ by this much along rows and columns, with aliasing."""
    return np.asarray(np.hypot(rows - np.round(rows), columns - np.round(columns)))


def _power_spectra(gray: Spectrum) -> Spectrum:
    """Return the power spectra (n, SIDE, SIDE) of windows spread over a picture."""
    starts = [np.linspace(0, n - SIDE, min(int(MOST_WINDOWS**0.5), -(-2 * n // SIDE))).astype(int) for n in gray.shape]
    windows = np.stack([gray[y : y + SIDE, x : x + SIDE] for y in starts[0] for x in starts[1]])
    half = fft.rfft2((windows - windows.mean((1, 2), keepdims=True)) * WINDOW**2)
    power = half.real**2 + half.imag**2
    mirrored = -np.arange(SIDE) % SIDE
    return np.concatenate([power, power[:, mirrored, SIDE // 2 - 1 : 0 : -1]], 2)


def _ring_mean(power: Spectrum) -> Spectrum:
    """Return the mean of the ring around each bin of a power spectrum (SIDE, SIDE)."""
    return np.asarray(ndimage.convolve(power, _ring_kernel(), mode="wrap"))


def _ring_kernel() -> Spectrum:
    reach = int(RING[1])
    distance = np.hypot(*np.mgrid[-reach : reach + 1, -reach : reach + 1])
    ring = (distance >= RING[0]) & (distance <= RING[1])
    return np.asarray(ring / ring.sum(), dtype=np.float32)


def _weight_windows(windows: Spectrum, places: NDArray[np.int_], threads: int) -> Spectrum:
    """Multiply windows (n, SIDE, SIDE) at the given frequencies by the power of the ring relative to their own."""
    spectra = fft.rfft2(windows, workers=threads)
    ring_offsets = np.argwhere(_ring_kernel() > 0)[::4] - int(RING[1])  # every fourth will do
    around = places[:, None] + ring_offsets  # (places, ring, 2)
    mirrored = (around[..., 1:] % SIDE) > SIDE // 2  # the other half of a real picture's spectrum
    around = np.where(mirrored, -around, around) % SIDE
    power = spectra.real**2 + spectra.imag**2
    here = power[:, places[:, 0], places[:, 1]]  # (n, places)
    # Power of noise from its mean amplitude, which is more robust to slopes and edges in the ring than mean power.
    ring = 4 / np.pi * np.sqrt(power)[:, around[..., 0], around[..., 1]].mean(2) ** 2
    spectra[:, places[:, 0], places[:, 1]] *= np.minimum(1, ring / np.maximum(here, NOTHING))
    return np.asarray(fft.irfft2(spectra, workers=threads))

"""How long a batch will still take, by the pixels of the pictures that are left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import fmean

from halftone_color.batch.report import Outcome
from halftone_color.errors import InputError
from halftone_color.images.reading import size_of

MOST_LOOKED_AT = 2000
"""Number of pictures whose headers are read at most, spread over the list; each stands for those after it."""
FIXED_PIXELS = 20_000
"""Pixels that take as long as opening and writing a picture does."""
SETTLED = 3
"""Number of pictures after which the time before the first one, in which networks are loaded, is left out."""


class Pace:
    """Estimates the remaining time from the pixels done per second so far."""

    def __init__(self, sources: Iterable[Path], began_s: float) -> None:
        """Read the sizes of the pictures, which are to be worked on.

        Args:
            sources: the pictures; a file of which several pages are worked on comes several times.
            began_s: time now, in seconds on any clock.
        """
        self._times = Counter(iter(sources))
        self._left = dict.fromkeys(self._times, 0.0)
        every = max(1, -(-len(self._left) // MOST_LOOKED_AT))
        sizes = {source: pixels_of(source) for source in list(self._left)[::every]}
        self.mean_pixels = fmean([size for size in sizes.values() if size] or [1e6])
        alike = self.mean_pixels
        for source in self._left:
            alike = (sizes[source] or self.mean_pixels) if source in sizes else alike
            self._left[source] = alike + FIXED_PIXELS
        self.total = self.left = sum(pixels * self._times[source] for source, pixels in self._left.items())
        self._began_s, self._first_s, self._first_left, self._count = began_s, began_s, self.left, 0

    def finish(self, outcome: Outcome, now_s: float) -> None:
        """Take a finished picture off."""
        expected = self._left.get(outcome.source)
        if expected is None or not self._times[outcome.source]:
            return
        self._times[outcome.source] -= 1
        self.left = max(0.0, self.left - expected)
        self._count += 1
        if self._count == 1:
            self._first_s, self._first_left = now_s, self.left

    def remaining_s(self, now_s: float) -> float | None:
        """Return the time that the rest will take in seconds, or None as long as nothing is done."""
        began_s, before = self._began_s, self.total
        if self._count > SETTLED:
            began_s, before = self._first_s, self._first_left
        done = before - self.left
        return self.left * (now_s - began_s) / done if done > 0 and now_s > began_s else None


def pixels_of(source: Path) -> int:
    """Return the number of pixels that a file's header states; 0 if it cannot be read."""
    try:
        width, height = size_of(source)
    except InputError:
        return 0
    return width * height

"""One progress value for a job whose parts take different times."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from halftone_color.types import Progress


class ProgressParts:
    """Combines the progress of parts, which follow each other, by their relative durations."""

    def __init__(self, progress: Progress | None, shares: Mapping[str, float]) -> None:
        self._progress, self._shares = progress, shares
        self._done = 0.0

    def __call__(self, step: str, part: float = 1.0) -> Callable[[float], None] | None:
        """Return the progress callback of the next step of a kind, which makes up the share `part` of that kind."""
        if self._progress is None:
            return None
        progress, start = self._progress, self._done
        weight = part * self._shares[step] / (sum(self._shares.values()) or 1.0)
        self._done += weight
        return lambda share: progress(min(1.0, start + weight * share))

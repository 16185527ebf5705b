"""How good the remaining time is that a batch shows, on a real run: at each tenth, told and true.

    python tools/measure_pace.py FOLDER [OUTPUT]

The pictures are restored one after another in this process, and time is that of its processor, so that what else the
machine does changes nothing. The exit code is 1 if what was told after a tenth of the pixels was off by more than 20 %.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from halftone_color.batch import running
from halftone_color.batch.pace import Pace
from halftone_color.batch.worklist import make_worklist
from halftone_color.request import Request
from halftone_color.run import Conditions

MOST_OFF = 0.2
"""Largest share by which the remaining time may be off after a tenth."""


def measured(archive: Path, output: Path) -> list[tuple[float, float | None, float]]:
    """Return, after each picture of an archive, the share of the pixels done, the time told and the time it took.

    Args:
        archive: folder of pictures.
        output: folder for the results, which must be new.
    """
    worklist = make_worklist(archive, f"{output}/")
    began_s = process_time()
    pace = Pace((item.source for item in worklist.items), began_s)
    told = []
    for outcome in running.run(worklist, Request("restore"), Conditions("cpu", threads=1)):
        now_s = process_time()
        pace.finish(outcome, now_s)
        told.append((1 - pace.left / pace.total, pace.remaining_s(now_s), now_s))
    return [(share, remaining_s, told[-1][2] - now_s) for share, remaining_s, now_s in told]


def main(words: Sequence[str]) -> int:
    """Print told and true times; return the exit code."""
    archive = Path(words[0])
    with tempfile.TemporaryDirectory() as place:
        rows = measured(archive, Path(words[1]) if len(words) > 1 else Path(place) / "out")
    worst, step = 0.0, 1
    print(f"{len(rows)} pictures, {rows[0][2]:.0f} s of processor after the first")
    for share, told_s, true_s in rows:
        if told_s is None or share < step / 10 - 1e-9 or true_s <= 0:
            continue
        off = told_s / true_s - 1
        worst = max(worst, abs(off)) if step == 1 else worst
        print(
            f"{share:4.0%} of the pixels done: {told_s:6.0f} s told, {true_s:6.0f} s true, off by {off:+.0%}",
            flush=True,
        )
        step = int(share * 10 + 1e-9) + 1
    return int(worst > MOST_OFF)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Read thousands of damaged pictures, and count what becomes of them: none may crash the program or hang.

Small pictures in every format and layout that is read are damaged in ways that disks, cables and people find: wrong
bytes, missing ends and middles, repeated parts, other numbers in headers, halves of two files. Each is read as
`hcolor restore` reads its scan. The n-th picture is the same on every machine with the same Pillow.

    python tools/try_damaged_pictures.py                    20,000 pictures, about ten minutes
    python tools/try_damaged_pictures.py --count 300 --first 5000 --keep bad/

The exit code is 1 if one crashed or hung; these are written to the folder that --keep names.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import queue
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO, Any

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))
from halftone_color.errors import InputError
from halftone_color.images.reading import read

COUNT = 20_000
LONGEST_S = 20.0
"""Seconds after which a picture counts as hung; the slowest sound one takes a hundredth of it."""
MOST_BYTES = 4_000_000_000
"""Memory that a process may take; more counts as a crash."""
MAX_PIXELS = 50_000_000
"""Limit on the pixels, so that headers which ask for 500 million at every turn do not make the test last for days."""
SOUND, DAMAGED, REFUSED, CRASHED, HUNG = "read", "read, and found damaged", "refused", "crashed", "hung"
OUTCOMES = (SOUND, DAMAGED, REFUSED, CRASHED, HUNG)


@cache
def originals() -> tuple[bytes, ...]:
    """Return small sound files in all formats and layouts."""
    rows, columns = np.mgrid[:48, :64]
    color = np.stack([rows * 5, columns * 4, (rows * columns) % 256], -1).astype(np.uint8)
    rgb = Image.fromarray(color)
    gray, dots = rgb.convert("L"), rgb.convert("1")
    opaque = Image.merge("RGBA", [*rgb.split(), gray])
    deep = Image.fromarray((rows * 1000 + columns).astype(np.uint16))
    real = Image.fromarray((rows / 48).astype(np.float32))
    wanted: list[tuple[Image.Image, str, Any]] = [
        *((picture, "png", {}) for picture in (rgb, gray, dots, opaque, deep, rgb.convert("P"))),
        *((rgb, "jpeg", options) for options in ({}, {"progressive": True}, {"restart_marker_blocks": 3})),
        (gray, "jpeg", {"quality": 95}),
        (rgb.convert("CMYK"), "jpeg", {}),
        (rgb, "jpeg2000", {}),
        *((dots, "tiff", {"compression": name}) for name in ("raw", "group3", "group4", "packbits")),
        *((rgb, "tiff", {"compression": name}) for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
        *((picture, "tiff", {}) for picture in (gray, deep, real, opaque, rgb.convert("P"), rgb.convert("LAB"))),
        (rgb, "webp", {}),
        (opaque, "webp", {"lossless": True}),
        *((picture, "bmp", {}) for picture in (rgb, gray, dots)),
        (rgb, "gif", {}),
    ]
    return tuple(_encoded(*each) for each in wanted)


def _encoded(picture: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    content = io.BytesIO()
    picture.save(content, kind, **options)
    return content.getvalue()


def damaged(number: int) -> bytes:
    """Return the content of the damaged picture of a number, from 0."""
    random = np.random.default_rng((26, number))
    files = originals()
    content = bytearray(files[number % len(files)])
    for _ in range(int(random.integers(1, 4))):
        WAYS[int(random.integers(len(WAYS)))](content, random)
    return bytes(content)


def _wrong_bytes(content: bytearray, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(1, 30))):
        if content:
            content[int(random.integers(len(content)))] = int(random.integers(256))


def _wrong_bits_in_the_header(content: bytearray, random: np.random.Generator) -> None:
    for _ in range(int(random.integers(1, 6))):
        if content:
            content[int(random.integers(min(200, len(content))))] ^= 1 << int(random.integers(8))


def _wrong_number(content: bytearray, random: np.random.Generator) -> None:
    """Write a number that programs stumble over, of two or four bytes, low or high byte first."""
    size, order = int(random.choice((2, 4))), str(random.choice(("little", "big")))
    value = int(random.choice((0, 1, 2, 255, 256, 32767, 32768, 65535, 2**31 - 1, 2**31, 2**32 - 1))) % 256**size
    if len(content) > size:
        place = int(random.integers(min(400, len(content) - size)))
        content[place : place + size] = value.to_bytes(size, "big" if order == "big" else "little")


def _cut_off(content: bytearray, random: np.random.Generator) -> None:
    del content[int(random.integers(len(content) + 1)) :]


def _taken_out(content: bytearray, random: np.random.Generator) -> None:
    start = int(random.integers(len(content) + 1))
    del content[start : start + int(random.integers(1, 200))]


def _repeated(content: bytearray, random: np.random.Generator) -> None:
    start = int(random.integers(len(content) + 1))
    content[start:start] = content[start : start + int(random.integers(1, 200))]


def _zeros(content: bytearray, random: np.random.Generator) -> None:
    start = int(random.integers(len(content) + 1))
    length = min(int(random.integers(1, 512)), len(content) - start)
    content[start : start + length] = bytes(length)


def _half_of_another(content: bytearray, random: np.random.Generator) -> None:
    other = originals()[int(random.integers(len(originals())))]
    content[len(content) // 2 :] = other[len(other) // 2 :]


WAYS: tuple[Callable[[bytearray, np.random.Generator], None], ...] = (
    _wrong_bytes,
    _wrong_bits_in_the_header,
    _wrong_number,
    _cut_off,
    _taken_out,
    _repeated,
    _zeros,
    _half_of_another,
)


def outcome_of(content: bytes, folder: Path) -> str:
    """Read a picture, and return one of OUTCOMES but the last; a death of the process is seen by who started it."""
    path = folder / "scan.bin"
    path.write_bytes(content)
    try:
        scan = read(path, MAX_PIXELS, examine=True)
    except InputError as error:
        return REFUSED if str(error).count("\n") == 0 else CRASHED
    except Exception as error:  # what must not happen
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return CRASHED
    return DAMAGED if scan.damage else SOUND


@dataclass
class Tally:
    """What became of the pictures."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[int] = field(default_factory=list)
    """Numbers of those that crashed or hung."""

    def add(self, number: int, outcome: str) -> None:
        """Count a picture."""
        self.counts[outcome] += 1
        if outcome in (CRASHED, HUNG):
            self.bad.append(number)


def work(first: int, count: int) -> None:
    """Read pictures in this process, and print number and outcome of each."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    except ImportError:  # Windows has no such limit
        pass
    with tempfile.TemporaryDirectory() as folder:
        for number in range(first, first + count):
            print(number, outcome_of(damaged(number), Path(folder)), flush=True)


def watch(first: int, count: int) -> Iterator[tuple[int, str]]:
    """Yield number and outcome of every picture, read in processes that are started anew when one dies or hangs."""
    number, end = first, first + count
    while number < end:
        words = [sys.executable, __file__, "--work", "--first", str(number), "--count", str(end - number)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            lines: queue.Queue[str] = queue.Queue()
            threading.Thread(target=_pass_on, args=(process.stdout, lines), daemon=True).start()
            while number < end:
                line = ""
                outcome = HUNG
                with contextlib.suppress(queue.Empty):
                    line = lines.get(timeout=LONGEST_S)
                    outcome = line.strip().partition(" ")[2] or CRASHED  # the lines of one that died end
                yield number, outcome
                number += 1
                if not line:
                    break
            process.kill()


def _pass_on(stream: IO[str], lines: queue.Queue[str]) -> None:
    for line in stream:
        lines.put(line)
    lines.put("")


def main() -> int:
    """Try out the pictures that the command line asks for, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="number of pictures (20,000)")
    parser.add_argument("--first", type=int, default=0, help="number of the first picture (0)")
    parser.add_argument("--keep", type=Path, help="folder for the pictures that crashed or hung")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.work:
        work(asked.first, asked.count)
        return 0
    tally = Tally()
    for number, outcome in watch(asked.first, asked.count):
        tally.add(number, outcome)
        if outcome in (CRASHED, HUNG):
            print(f"picture {number} {outcome}", file=sys.stderr)
            if asked.keep:
                asked.keep.mkdir(parents=True, exist_ok=True)
                (asked.keep / f"{number}.bin").write_bytes(damaged(number))
    for outcome in OUTCOMES:
        print(f"{tally.counts[outcome]:8,} {outcome}")
    return 1 if tally.bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""Pack photographs of a folder into one file of at most so many MiB, for `hcolor train --photos`.

The file is a ZIP archive of WebP photographs, stored as they are, and an index.csv with the columns of the folder's.
What does not fit is met in this order: photographs that could keep their bytes are encoded again, the quality is
lowered in steps, and at the least quality an even random sample is taken.

    python tools/pack_photographs.py photos full.zip --side 256 --mib 43 --full
"""

from __future__ import annotations

import argparse
import csv
import io
import random
import sys
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from PIL import Image, ImageOps

from halftone_color.errors import HcolorError, InputError
from halftone_color.system import atomic
from halftone_color.training.packs import INDEX, Folder, Row, unique

THREADS = 2
METHOD = 4
"""WebP's effort, of 6."""
STEP = 5
"""By which the quality is lowered, of 100."""
PROBES = 300
"""Photographs whose bytes foretell those of all."""
HOPE = 1.03
"""A quality is tried on all photographs where the probes foretell at most this over the limit."""
MAX_MIB = 4000
"""Beyond it the archive would need another format."""
ENTRY_BYTES = 76
"""What the archive keeps of a file beside its bytes and twice its name."""
END_BYTES = 98
LEADING_COLUMNS = ("file", "split", "width", "height")


@dataclass(frozen=True)
class Coded:
    """A photograph as it goes into the pack."""

    content: bytes
    width: int
    height: int


@dataclass(frozen=True)
class Pack:
    """What was chosen: rows of the index, photographs in the same order, and how they came to fit."""

    rows: list[Row]
    photographs: list[Coded]
    quality: int
    offered: int
    """Photographs that could be read and were large enough."""
    encoded_again: bool
    """Whether photographs that were small enough already were encoded all the same."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    given = _parser().parse_args(arguments)
    try:
        rows = chosen(given.photos, _wanted(given))
        pack = fit(given.photos, rows, given)
        content = archive(pack.rows, pack.photographs)
        atomic.write(given.out, content)
    except HcolorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(_report(pack, given, len(content)))
    return 0


def chosen(folder: Path, wanted: Callable[[Row], bool]) -> list[Row]:
    """Return the rows of the folder's photographs that are wanted, with all columns of its index.csv.

    Raises:
        InputError: there are none.
    """
    rows = Folder(folder).rows()
    kept = [row for row in rows if wanted(row)]
    if not kept:
        raise InputError(f"{folder} holds no photographs of this kind; ask for other prefixes, splits or qualities.")
    return kept


def fit(folder: Path, rows: Sequence[Row], given: argparse.Namespace) -> Pack:
    """Encode photographs at the highest quality whose pack is small enough, or as many as fit at the least quality.

    Raises:
        InputError: none can be read, none is large enough, or none fits.
    """
    limit = int(given.mib * 2**20)
    order = spread([(kind(row["file"]), row["split"]) for row in rows], given.seed)
    probes = [rows[i] for i in order[:PROBES]]
    tries = _tries(given.quality, given.least_quality)
    for quality, again in tries:
        last = (quality, again) == tries[-1]
        if not last and len(rows) > len(probes):
            some, coded = encoded(folder, probes, given, quality, again)
            if _bytes(some, coded) * len(rows) > HOPE * limit * len(probes):
                continue
        kept, photographs = encoded(folder, rows, given, quality, again)
        if not kept:
            raise InputError(f"{folder} holds no readable photograph of this size; lower --minimum-side.")
        if last or _bytes(kept, photographs) <= limit:
            break
    named = _named(kept, photographs)
    taken = _sample(named, photographs, limit, given.seed)
    if not taken:
        raise InputError(f"no photograph fits into {given.mib:g} MiB; allow more with --mib.")
    return Pack([named[i] for i in taken], [photographs[i] for i in taken], quality, len(kept), again)


def encoded(
    folder: Path, rows: Sequence[Row], given: argparse.Namespace, quality: int, again: bool
) -> tuple[list[Row], list[Coded]]:
    """Return the rows whose photographs can be read and are large enough, and these photographs."""

    def one(row: Row) -> Coded | None:
        return encode(folder / row["file"], given.side, given.minimum_side, quality, again)

    with ThreadPoolExecutor(THREADS) as pool:
        found = list(zip(rows, pool.map(one, rows), strict=True))
    return [row for row, coded in found if coded], [coded for _, coded in found if coded]


def encode(path: Path, side: int, minimum_side: int, quality: int, again: bool) -> Coded | None:
    """Return a photograph brought down to the shorter side `side` (px); None where it is too small or unreadable.

    One that is small enough keeps its bytes if they are WebP and nothing is to be encoded `again`, or if that made
    them no fewer.
    """
    try:
        content = path.read_bytes()
        with Image.open(io.BytesIO(content)) as file:
            if min(file.size) < minimum_side:
                return None
            plain = file.format == "WEBP" and file.mode == "RGB" and file.getexif().get(0x0112, 1) == 1
            small = min(file.size) <= side
            if plain and small and not again:
                file.load()  # a broken one is refused here
                return Coded(content, *file.size)
            picture = ImageOps.exif_transpose(file).convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        print(f"left out {path.name}: {error}", file=sys.stderr)
        return None
    if not small:
        scale = side / min(picture.size)
        size = (max(side, round(picture.width * scale)), max(side, round(picture.height * scale)))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    sink = io.BytesIO()
    picture.save(sink, "WEBP", quality=quality, method=METHOD)
    fewest = content if plain and small and len(content) <= sink.tell() else sink.getvalue()
    return Coded(fewest, *picture.size)


def spread(kinds: Sequence[Hashable], seed: int) -> list[int]:
    """Return all positions in a random order whose every beginning holds about the same share of each kind."""
    rng = random.Random(seed)
    members: dict[Hashable, list[int]] = defaultdict(list)
    for position, of_kind in enumerate(kinds):
        members[of_kind].append(position)
    placed = []
    for positions in members.values():
        rng.shuffle(positions)
        shift = rng.random()
        placed += [((rank + shift) / len(positions), position) for rank, position in enumerate(positions)]
    return [position for _, position in sorted(placed)]


def kind(file: str) -> str:
    """Return what the name of a photograph says of its source: all before the last hyphen, or its folder."""
    before, hyphen, _ = file.rpartition("-")
    return before if hyphen else str(PurePosixPath(file).parent)


def archive(rows: Sequence[Row], photographs: Sequence[Coded]) -> bytes:
    """Return the pack: equal photographs give equal bytes. Its index alone is deflated."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as pack:
        index = zipfile.ZipInfo(INDEX)
        index.compress_type = zipfile.ZIP_DEFLATED
        pack.writestr(index, _table(rows))
        for row, coded in zip(rows, photographs, strict=True):
            pack.writestr(zipfile.ZipInfo(row["file"]), coded.content)
    return sink.getvalue()


def _tries(quality: int, least: int) -> list[tuple[int, bool]]:
    """Return (quality, whether small photographs are encoded again) in the order in which they are tried."""
    lowered = [*range(quality, min(least, quality), -STEP), min(least, quality)]
    return [(quality, False), *((step, True) for step in lowered)]


def _named(rows: Sequence[Row], photographs: Sequence[Coded]) -> list[Row]:
    """Return the rows with the names and sizes of the photographs in the pack, no name twice."""
    names = unique(_inside(row["file"]) for row in rows)
    return [
        row | {"file": file, "width": str(coded.width), "height": str(coded.height)}
        for row, file, coded in zip(rows, names, photographs, strict=True)
    ]


def _inside(file: str) -> str:
    """Return the name in the pack of a file of the folder."""
    parts = [part for part in PurePosixPath(file.replace("\\", "/")).parts if part not in ("/", "..")]
    return str(PurePosixPath(*parts).with_suffix(".webp"))


def _table(rows: Sequence[Row]) -> bytes:
    """Return the index as CSV, with every column that a row has."""
    columns = list(dict.fromkeys([*LEADING_COLUMNS, *(column for row in rows for column in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _bytes(rows: Sequence[Row], photographs: Sequence[Coded]) -> int:
    """Return how large a pack of these would be, never less than it is."""
    named = _named(rows, photographs)
    return _overhead(named) + sum(map(_share, named, photographs))


def _overhead(rows: Sequence[Row]) -> int:
    """Return the bytes of index and end of a pack with at most these rows."""
    return END_BYTES + ENTRY_BYTES + 2 * len(INDEX) + len(zlib.compress(_table(rows)))


def _share(row: Row, coded: Coded) -> int:
    """Return the bytes that a photograph takes of the pack."""
    return len(coded.content) + ENTRY_BYTES + 2 * len(row["file"].encode())


def _sample(rows: Sequence[Row], photographs: Sequence[Coded], limit: int, seed: int) -> list[int]:
    """Return the positions of as many photographs as fit, drawn evenly from each source and split, in their order."""
    left = limit - _overhead(rows)
    taken = []
    for position in spread([(kind(row["file"]), row["split"]) for row in rows], seed):
        left -= _share(rows[position], photographs[position])
        if left < 0:
            break
        taken.append(position)
    return sorted(taken)


def _report(pack: Pack, given: argparse.Namespace, size: int) -> str:
    """Return what was packed, and what it took to make it fit."""
    splits = ", ".join(f"{split} {count:,}" for split, count in Counter(row["split"] for row in pack.rows).items())
    sides = sorted(min(coded.width, coded.height) for coded in pack.photographs)
    lines = []
    if pack.quality < given.quality:
        lines.append(f"quality lowered from {given.quality} to {pack.quality} to fit {given.mib:g} MiB")
    elif pack.encoded_again:
        lines.append(f"small photographs encoded again to fit {given.mib:g} MiB")
    if len(pack.rows) < pack.offered:
        lines.append(f"an even random sample: {len(pack.rows):,} of {pack.offered:,} photographs fit")
    lines.append(
        f"{given.out}: {len(pack.rows):,} photographs ({splits}), shorter side {sides[0]} to {sides[-1]} px "
        f"(median {sides[len(sides) // 2]}), WebP quality {pack.quality}, {size / 2**20:.2f} MiB"
    )
    return "\n".join(lines)


def _wanted(given: argparse.Namespace) -> Callable[[Row], bool]:
    """Return whether a row is of the prefixes, splits and quality asked for."""
    prefixes, without, splits = (_list(text) for text in (given.prefix, given.without, given.split))
    quality = "full" if given.full else "small" if given.small else ""

    def wanted(row: Row) -> bool:
        name = PurePosixPath(row["file"]).name
        return (
            (not prefixes or name.startswith(prefixes))
            and not (without and name.startswith(without))
            and (not splits or row["split"] in splits)
            and (not quality or row.get("quality") == quality)
        )

    return wanted


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("photos", type=Path, metavar="PHOTOS", help="folder of photographs, with an index.csv")
    parser.add_argument("out", type=Path, metavar="OUT.zip", help="the pack; one that is there is replaced")
    parser.add_argument("--side", type=_number(1), required=True, metavar="N", help="shorter side, px, at most")
    parser.add_argument("--mib", type=_mib, required=True, metavar="X", help="size of the pack at most, MiB")
    parser.add_argument("--quality", type=_number(1, 100), default=70, metavar="N", help="of WebP (default: 70)")
    parser.add_argument(
        "--least-quality", type=_number(1, 100), default=45, metavar="N", help="how far it may be lowered (45)"
    )
    parser.add_argument("--prefix", default="", metavar="A,B", help="only names that begin so")
    parser.add_argument("--without", default="", metavar="A,B", help="no names that begin so")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--full", action="store_true", help="only those whose quality the index calls full")
    kinds.add_argument("--small", action="store_true", help="only those whose quality the index calls small")
    parser.add_argument("--split", default="", metavar="A,B", help="only these splits (train,val)")
    parser.add_argument("--minimum-side", type=_number(0), default=0, metavar="N", help="leave out what is smaller, px")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the sample, where not all fit")
    return parser


def _number(least: int, most: int = 65535) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{value} is not in {least}..{most}")
        return value

    return number


def _mib(text: str) -> float:
    value = float(text)
    if not 0 < value <= MAX_MIB:
        raise argparse.ArgumentTypeError(f"{text} is not in 0..{MAX_MIB}")
    return value


if __name__ == "__main__":
    sys.exit(main())

"""Names of result files, from the name of the input and the value of -o."""

from __future__ import annotations

import hashlib
import mimetypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from halftone_color.errors import OutputError, UsageError

FORMATS = {".png": "png", ".tif": "tiff", ".tiff": "tiff", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}
"""Format that is written for each suffix."""

CHOICES = ("png", "tiff")
"""Values of --format."""
DEEP_FORMATS = ("png", "tiff")
"""Formats that can hold more than 8 bits of each channel."""

LONGEST_SIDES = {"webp": 16383, "jpeg": 65500}
"""Number of px of the longest side of a format, where it has a limit (libwebp's and libjpeg's)."""

LONGEST_NAME = 255
"""Number of bytes of the longest file name that ext4, XFS, NTFS and APFS take (NTFS and APFS count fewer units)."""
DIGEST_LENGTH = 10
"""Number of hexadecimal digits that keep shortened names apart: 40 bits, in one folder."""


@dataclass(frozen=True)
class Names:
    """The result files of one input."""

    pictures: tuple[Path, ...]
    """One path per result, in order."""
    sheet: Path | None = None
    """Path of the contact sheet, if there are several results."""
    numbered: bool = False
    """Whether they are those of the first photograph of a page, which are numbered: see `of_photographs`."""
    uncertainty: Path | None = None
    """Path of the map of where they disagree, if one is asked for."""

    @property
    def all(self) -> tuple[Path, ...]:
        """All files."""
        return (*self.pictures, *(path for path in (self.sheet, self.uncertainty) if path is not None))

    def of_photographs(self, count: int) -> Names:
        """Return the names for so many photographs of a page, all of the first before those of the second."""
        if not self.numbered:
            return self
        ends = [
            (path, f"{number}{path.suffix}")
            for path, number in zip(self.pictures, _numbers(len(self.pictures)), strict=True)
        ]
        pictures = (
            path.with_name(f"{path.name.removesuffix(f'-1{end}')}-{photograph}{end}")
            for photograph in range(1, count + 1)
            for path, end in ends
        )
        return Names(tuple(pictures), self.sheet)


@dataclass(frozen=True)
class Part:
    """What of an input has result files of its own."""

    page: int | None = None
    """Its page, from 1; None if the input has one, or the first is meant."""
    crop: bool = False
    """Whether each photograph of the page has files of its own; then the names are those of the first."""

    @property
    def suffix(self) -> str:
        """What a page adds to the name: "-p002", or nothing."""
        return "" if self.page is None else f"-p{self.page:03d}"

    @property
    def ending(self) -> str:
        """What is added to the name of a result: the page, and the number of the first photograph."""
        return f"{self.suffix}-1" if self.crop else self.suffix


WHOLE = Part()
"""All of an input with one page."""


def outputs(
    source: Path,
    kind: str = "restored",
    *,
    output: str | Path | None = None,
    count: int = 1,
    format: str = "png",
    siblings: Iterable[Path] = (),
    part: Part = WHOLE,
) -> Names:
    """Return the paths for the results of one input; no files or folders are created.

    Without `output`: `NAME-KIND.png` beside the input; several: `NAME-KIND-1.png` ... and `NAME-sheet.jpg`.

    Args:
        source: the input.
        kind: restored, descreened, colorized or halftone.
        output: the value of -o (a string, if a trailing slash matters). An existing folder, a trailing slash or a
            missing suffix means a folder; the suffix of a picture means a file (several results: FILE-1.png ...).
        count: number of results.
        format: png or tiff; ignored if `output` is a file, whose suffix then decides.
        part: a page, whose number is added (`NAME-KIND-p002.png`), or the photographs of a page, which are numbered.
        siblings: the other inputs of the same run whose results go to the same folder. Inputs that differ only in
            their suffix keep it (`x.tif-restored.png`), so that no two results have the same name.

    Raises:
        UsageError: a result would replace an input, or `output` or `format` has an unsupported file type.
    """
    if format not in CHOICES:
        raise UsageError(f"The format {format!r} is not supported; choose one of {', '.join(CHOICES)}.")
    siblings = tuple(siblings)
    if output is not None and not is_folder(output):
        file = Path(output)
        folder, suffix, ending = file.parent, file.suffix, part.ending
        stem = short_stem(file.stem, _endings(ending, suffix, count)) if count > 1 or ending else file.stem
    else:
        folder = source.parent if output is None else Path(output)
        suffix, ending = f".{format}", f"-{kind}{part.ending}"
        stem = short_stem(_distinct_stem(source, siblings), _endings(ending, suffix, count))
    pictures = tuple(folder / f"{stem}{ending}{number}{suffix}" for number in _numbers(count))
    sheet = folder / f"{stem}{part.suffix}-sheet.jpg" if count > 1 else None
    names = Names(pictures, sheet, part.crop)
    for path in names.all:
        for taken in (source, *siblings):
            if _same(path, taken):
                raise UsageError(f"The output {path} would replace an input; choose another name with -o.")
    return names


def short_stem(stem: str, endings: Iterable[str]) -> str:
    """Return the beginning of a result's name, shortened where it would be too long with one of its endings.

    A shortened one ends with `~` and a digest of the whole, so that it is the same on every run, and another for
    another input. It is cut between characters, never within one.

    Args:
        stem: beginning of the name; it may hold bytes that are not UTF-8, as Python keeps them.
        endings: all that is added to it, such as "-restored-1.png".
    """
    room = LONGEST_NAME - max(len(os.fsencode(ending)) for ending in endings)
    whole = os.fsencode(stem)
    if len(whole) <= room:
        return stem
    mark = f"~{hashlib.sha256(whole).hexdigest()[:DIGEST_LENGTH]}"
    cut = stem
    while len(os.fsencode(cut)) + len(mark) > room:
        cut = cut[:-1]
    return cut.rstrip(" .") + mark


def require_depth(names: Names, bits: int) -> None:
    """Refuse result files whose format cannot hold so many bits.

    Raises:
        UsageError: names and bits do not fit.
    """
    for path in names.pictures:
        if bits > 8 and FORMATS[path.suffix.lower()] not in DEEP_FORMATS:
            raise UsageError(f"{path} cannot have {bits} bits; end its name with .png or .tif, or leave out --bits.")


def require_size(names: Names, size: tuple[int, int]) -> None:
    """Refuse result files whose format cannot hold a picture of a size in px.

    Raises:
        OutputError: a side is too long.
    """
    for path in names.pictures:
        longest = LONGEST_SIDES.get(FORMATS[path.suffix.lower()])
        if longest and max(size) > longest:
            raise OutputError(
                f"{path} cannot hold {size[0]} x {size[1]} pixels, for a side may have {longest} at most; "
                "end the name with .png or .tif."
            )


def is_folder(output: str | Path) -> bool:
    """Tell whether the value of -o means a folder: it exists as one, ends in a slash, or has no known suffix.

    Raises:
        UsageError: it has the suffix of an unsupported file type, such as .gif or .pdf.
    """
    path = Path(output)
    if path.is_dir() or str(output).endswith(("/", os.sep)):
        return True
    if path.suffix.lower() in FORMATS:
        return False
    if path.suffix and mimetypes.guess_type(path.name)[0]:
        raise UsageError(f"Files like {path.name} cannot be written; end the name with one of {', '.join(FORMATS)}.")
    return True


def _endings(word: str, suffix: str, count: int) -> tuple[str, str]:
    """Return the longest endings of the names of so many results: of the last picture, and of the sheet."""
    return (f"{word}{suffix}", "") if count == 1 else (f"{word}-{count}{suffix}", "-sheet.jpg")


def _numbers(count: int) -> list[str]:
    """Return what is added to the names of so many results."""
    return [""] if count == 1 else [f"-{number}" for number in range(1, count + 1)]


def _distinct_stem(source: Path, siblings: tuple[Path, ...]) -> str:
    """Return the input's stem, or its whole name if a sibling has the same stem."""
    others = [path.name for path in siblings if path.name != source.name]
    taken = {name.casefold() for name in others} | {Path(name).stem.casefold() for name in others}
    return source.name if source.stem.casefold() in taken else source.stem


def _same(first: Path, second: Path) -> bool:
    """Tell whether two paths are the same file: by name, through links, or as hard links."""
    try:
        return first.samefile(second)
    except OSError:  # one of them does not exist
        return first.resolve() == second.resolve()

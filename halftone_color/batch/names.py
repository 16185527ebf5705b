"""Names of results in a batch: each depends on its picture's own name alone, never on what lies beside it.

`x.tif` becomes `x.tif-restored.png`: with its suffix, so that `x.png` has another. Names without room are shortened
(images/naming.py). Where the output's file system takes two names for one that the archive's keeps apart (upper and
lower case, or composed and decomposed accents), names that are not all lower case and composed get a digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import unicodedata
from pathlib import Path, PurePosixPath

from halftone_color.images.naming import WHOLE, Names, Part, short_stem

KIND = "restored"
"""Added to the name of each picture."""
MOST_PHOTOGRAPH_DIGITS = 4
"""Digits of the number of a photograph of a page, for which room is left in its name."""
MARK_DIGITS = 8
"""Hexadecimal digits of the digest: 32 bits, between names that are alike but for case."""
_SHARP, _FLAT = "\u00e9", "e\u0301"
"""An accent composed and decomposed."""


def result_names(
    relative: str,
    folder: Path,
    *,
    count: int = 1,
    format: str = "png",
    marked: bool = False,
    part: Part = WHOLE,
) -> Names:
    """Return the paths of a picture's results.

    Args:
        relative: path of the picture relative to the archive, with slashes.
        folder: the folder for its results.
        count: number of results; several are numbered and get a contact sheet.
        format: png or tiff.
        part: a page, whose number is added, or the photographs of a page; then the names are those of the first.
        marked: whether names that differ from another's by case or accents only must be told apart.
    """
    name = PurePosixPath(relative).name
    if marked and folded(relative) != relative:
        name = f"{name}~{hashlib.sha256(os.fsencode(relative)).hexdigest()[:MARK_DIGITS]}"
    numbers = [""] if count == 1 else [f"-{number}" for number in range(1, count + 1)]
    photograph = "-1" if part.crop else ""
    endings = [f"-{KIND}{part.suffix}{photograph}{number}.{format}" for number in numbers]
    sheet = [f"{part.suffix}-sheet.jpg"] if count > 1 else []
    room = ["0" * (MOST_PHOTOGRAPH_DIGITS - 1)] if part.crop else [""]
    stem = short_stem(name, [f"{ending}{room[0]}" for ending in [*endings, *sheet]])
    pictures = tuple(folder / f"{stem}{ending}" for ending in endings)
    return Names(pictures, folder / f"{stem}{sheet[0]}" if sheet else None, part.crop)


def folded(name: str) -> str:
    """Return what file systems compare that do not distinguish case and accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def folds_names(folder: Path) -> bool:
    """Tell by trial whether a folder's file system takes names for one that differ by case or accents; it is writable.

    Raises:
        OSError: nothing can be written there.
    """
    word = f".hcolor-{secrets.token_hex(4)}-"
    for one, other in (("a", "A"), (_SHARP, _FLAT)):
        made = folder / f"{word}{one}.part"
        try:
            made.touch()
            if (folder / f"{word}{other}.part").exists():
                return True
        except UnicodeError:  # the system's coding has no such letter
            continue
        finally:
            with contextlib.suppress(OSError, UnicodeError):
                made.unlink()
    return False


def keeps_names_apart(file: Path) -> bool:
    """Tell by looking, without writing, whether a file's folder distinguishes upper and lower case."""
    other = file.with_name(file.name.swapcase())
    if other.name == file.name:
        return True
    try:
        return not other.samefile(file)
    except OSError:
        return True

"""What hcolor made itself is recognized in an archive, so that it is never restored again."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from halftone_color.batch.output import is_output

_RESULT = re.compile(r"(?P<stem>.+)-(restored|descreened|colorized)(-\d+)?\.(png|tiff?|jpe?g|webp)", re.IGNORECASE)
_SHEET = re.compile(r"(?P<stem>.+)-sheet\.jpg", re.IGNORECASE)
_TREE = "-restored"
"""Ending of the output folder of an archive, and of folders of earlier versions, which kept no journal."""


def why_own_folder(folder: Path, siblings: Collection[str]) -> str | None:
    """Return why a folder holds results, or None if it holds scans.

    Args:
        folder: the folder.
        siblings: names of the folders beside it.
    """
    if is_output(folder):
        return "holds the results of a batch"
    if folder.name.endswith(_TREE) and folder.name.removesuffix(_TREE) in siblings:
        return f"holds the results for {folder.name.removesuffix(_TREE)}"
    return None


def own_files(names: Collection[str]) -> dict[str, str]:
    """Return the files of a folder that are results of others in it, and of which.

    `a-restored.png` is one if there is `a` with any suffix, and `a-sheet.jpg` if there is `a-restored-1.png` as well.
    """
    by_stem: dict[str, str] = {}
    for name in names:
        by_stem.setdefault(Path(name).stem.casefold(), name)
        by_stem.setdefault(name.casefold(), name)
    found = {}
    for name in names:
        result = _RESULT.fullmatch(name) or _SHEET.fullmatch(name)
        source = by_stem.get(result["stem"].casefold()) if result else None
        if result is None or source is None:
            continue
        is_sheet = result.re is _SHEET
        if not is_sheet or any(
            f"{result['stem']}-{kind}-1".casefold() in by_stem for kind in ("restored", "colorized")
        ):
            found[name] = source
    return found

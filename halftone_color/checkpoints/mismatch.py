"""State dicts saved by other programs: read safely, without executing anything, and compared with the expected ones."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from halftone_color.errors import WeightsError

LARGEST_BYTES = 2_000_000_000
"""Size of the largest file that is read: three times VGG-19's, the largest of those that are known."""
NAMED_AT_MOST = 3
"""Number of names that a message lists."""


def read_tensors(path: Path, next_step: str) -> dict[str, Tensor]:
    """Read a plain state dict; torch's restricted unpickler refuses everything but tensors and containers.

    Args:
        path: a file written by torch.save.
        next_step: what the user should do about a bad file; ends each message.

    Raises:
        WeightsError: the file is missing, damaged, or not a plain state dict of tensors.
    """
    if not path.is_file():
        raise WeightsError(f"The file {path} does not exist; {next_step}.")
    if unbounded := _why_unbounded(path):
        raise WeightsError(f"{path} was refused and nothing in it was executed: {unbounded}; {next_step}.")
    try:
        with warnings.catch_warnings(action="ignore"):
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise a dozen kinds of exceptions
        reason = next(iter(str(error).split(". ")), "").splitlines()[:1]
        raise WeightsError(
            f"{path} was refused and nothing in it was executed: it is damaged or contains more than tensors "
            f"({type(error).__name__}: {''.join(reason)}); {next_step}."
        ) from error
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(
            f"{path} was refused: its content ({type(content).__name__}) is not a state dict of tensors; {next_step}."
        )
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor) or value.layout != torch.strided:
            kind = type(value).__name__
            raise WeightsError(f"{path} was refused: {key!r} is of type {kind}, not a plain tensor; {next_step}.")
    return dict(content)


def _why_unbounded(path: Path) -> str | None:
    """Return why reading a file could take much more memory than its size, or None.

    The files of torch.save are ZIP archives whose parts are stored as they are. Compressed parts, or parts that share
    their bytes, unfold to a thousand times the size of the file.
    """
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        return f"it has {size / 1e9:.1f} GB, more than any network known here"
    if not zipfile.is_zipfile(path):
        return None
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile) as error:
        return f"it is a damaged archive ({error})"
    if any(part.compress_type != zipfile.ZIP_STORED for part in parts):
        return "its parts are compressed, which torch.save never does"
    if sum(part.file_size for part in parts) > size:
        return "its parts are larger than the file"
    return None


def describe_mismatch(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    """Describe how tensors differ from those wanted in keys, shapes and number types; empty if they fit."""
    both = [(key, tensors[key], like) for key, like in wanted.items() if key in tensors]
    found = {
        "missing": [key for key in wanted if key not in tensors],
        "unexpected": [key for key in tensors if key not in wanted],
        "of another shape": [
            f"{key} {tuple(value.shape)} instead of {tuple(like.shape)}"
            for key, value, like in both
            if value.shape != like.shape
        ],
        "of another type": [
            f"{key} {str(value.dtype).removeprefix('torch.')}"
            for key, value, like in both
            if value.is_floating_point() != like.is_floating_point()
        ],
    }
    return "; ".join(f"{fault}: {list_few(keys)}" for fault, keys in found.items() if keys)


def list_few(names: list[str]) -> str:
    """Return the first names and the number of the others, as in "a, b, c and 4 more"."""
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")

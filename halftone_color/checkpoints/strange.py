"""State dicts that other programs saved: read without running anything in them, and compared with what is wanted."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from halftone_color.errors import WeightsError

NAMED_AT_MOST = 3


def read_tensors(path: Path, next_step: str) -> dict[str, Tensor]:
    """Read a plain state dict; torch's restricted unpickler refuses everything but tensors and containers.

    Args:
        path: a file written by torch.save.
        next_step: what to do about a bad file; the end of the messages.

    Raises:
        WeightsError: the file is missing, damaged, or no plain state dict of tensors.
    """
    if not path.is_file():
        raise WeightsError(f"There is no file {path}; {next_step}.")
    try:
        with warnings.catch_warnings(action="ignore"):
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise a dozen kinds
        reason = next(iter(str(error).split(". ")), "").splitlines()[:1]
        raise WeightsError(
            f"{path} is refused, and nothing in it was run: it is damaged or holds more than tensors "
            f"({type(error).__name__}: {''.join(reason)}); {next_step}."
        ) from error
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{path} is refused: it holds no state dict but a {type(content).__name__}; {next_step}.")
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor) or value.layout != torch.strided:
            kind = type(value).__name__
            raise WeightsError(f"{path} is refused: {key!r} is no plain tensor but a {kind}; {next_step}.")
    return dict(content)


def faults(tensors: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    """Return how tensors differ from those wanted, in keys, shapes and kinds of numbers; nothing where they fit."""
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
    return "; ".join(f"{fault}: {few(keys)}" for fault, keys in found.items() if keys)


def few(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")

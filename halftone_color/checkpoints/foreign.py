"""Import the authors' published checkpoints: recognised by their keys, verified, stored as safetensors."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from halftone_color.checkpoints import files, finding, header, manifest
from halftone_color.errors import WeightsError
from halftone_color.networks import authors_2021

ROLES: dict[authors_2021.Role, str] = {
    "ihn": "inverse-halftone",
    "encoder": "color-encoder",
    "colorizer": "colorizer",
    "fusion": "fusion",
}
"""The published networks and their roles here."""
PARALLEL_PREFIX = "module."
LICENCE = (
    "The authors' own weights: their terms apply, and they may not be passed on; "
    "see https://github.com/ccc870206/InverseHalftoneColorization."
)
SOURCES = ('As given in Yen, Cheng, Chiu, "Inverse Halftone Colorization" (ICIP 2021).',)
NAMED_AT_MOST = 3
PAGE = "get IHN.pth, E.pth, G.pth and F.pth again from the authors' page"


@dataclass(frozen=True)
class _Recognised:
    """A published file that is what it should be."""

    path: Path
    role: authors_2021.Role
    tensors: dict[str, Tensor]


def import_foreign(paths: Iterable[Path]) -> list[manifest.Entry]:
    """Verify published checkpoints and store them in the user's folder as the set authors-2021.

    All files are verified before the first is stored. Nothing in them is executed.

    Args:
        paths: any of IHN.pth, E.pth, G.pth, F.pth, under any name.

    Returns:
        The new entries of the user's manifest, one for each file.

    Raises:
        WeightsError: a file is missing, damaged, no plain state dict of tensors, or not one of the four networks.
        OutputError: the user's folder cannot be written.
    """
    recognised: dict[str, _Recognised] = {}
    for path in paths:
        found = _recognise(path, _state_dict(path))
        if found.role in recognised:
            raise WeightsError(f"{recognised[found.role].path} and {path} are the same network; give one of them.")
        recognised[found.role] = found
    folder = finding.user_folder()
    entries = [_store(folder, found) for found in recognised.values()]
    manifest.add(folder, entries)
    return entries


def _state_dict(path: Path) -> dict[str, Tensor]:
    """Read a plain state dict; torch's restricted unpickler refuses everything but tensors and containers."""
    if not path.is_file():
        raise WeightsError(f"There is no file {path}; give the paths of the authors' files.")
    try:
        with warnings.catch_warnings(action="ignore"):
            content: Any = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged files raise a dozen kinds
        reason = next(iter(str(error).split(". ")), "").splitlines()[:1]
        raise WeightsError(
            f"{path} is refused, and nothing in it was run: it is damaged or holds more than tensors "
            f"({type(error).__name__}: {''.join(reason)}); {PAGE}."
        ) from error
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{path} is refused: it holds no state dict but a {type(content).__name__}; {PAGE}.")
    for key, value in content.items():
        if not isinstance(key, str) or not isinstance(value, Tensor) or value.layout != torch.strided:
            raise WeightsError(f"{path} is refused: {key!r} is no plain tensor but a {type(value).__name__}; {PAGE}.")
    if all(key.startswith(PARALLEL_PREFIX) for key in content):
        return {key.removeprefix(PARALLEL_PREFIX): value for key, value in content.items()}
    return dict(content)


def _recognise(path: Path, tensors: dict[str, Tensor]) -> _Recognised:
    """Find the network that shares most keys, and insist on all of its keys and shapes."""
    expected = {role: _expected(role) for role in authors_2021.ROLES}
    shared = {role: len(keys.keys() & tensors.keys()) / len(keys) for role, keys in expected.items()}
    role = max(authors_2021.ROLES, key=shared.__getitem__)
    if not shared[role]:
        raise WeightsError(f"{path} is none of the published networks (its first keys: {_few(list(tensors))}); {PAGE}.")
    wanted = expected[role]
    differing = [
        f"{key} {tuple(tensors[key].shape)} instead of {tuple(like.shape)}"
        for key, like in wanted.items()
        if key in tensors and tensors[key].shape != like.shape
    ]
    mistyped = [
        f"{key} {str(tensors[key].dtype).removeprefix('torch.')}"
        for key, like in wanted.items()
        if key in tensors and tensors[key].is_floating_point() != like.is_floating_point()
    ]
    faults = {
        "missing": [key for key in wanted if key not in tensors],
        "unexpected": [key for key in tensors if key not in wanted],
        "of another shape": differing,
        "of another type": mistyped,
    }
    if any(faults.values()):
        named = "; ".join(f"{fault}: {_few(keys)}" for fault, keys in faults.items() if keys)
        raise WeightsError(f"{path} is not the published {role} network ({named}); {PAGE}.")
    return _Recognised(path, role, tensors)


def _expected(role: authors_2021.Role) -> dict[str, Tensor]:
    """Return a network's state dict without its memory."""
    with torch.device("meta"):
        return dict(authors_2021.build(role).state_dict())


def _few(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - NAMED_AT_MOST
    return ", ".join(names[:NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")


def _store(folder: Path, found: _Recognised) -> manifest.Entry:
    """Write one network as float32 safetensors and return its entry."""
    role = ROLES[found.role]
    path = folder / f"{finding.AUTHORS}-{role}.safetensors"
    config = asdict(authors_2021.Config(found.role))
    metadata = header.encode("authors_2021", config, role, {"licence": LICENCE, "imported_from": found.path.name})
    sha256 = files.save_tensors(path, found.tensors, metadata, torch.float32)
    return manifest.Entry(
        role=role,
        set=finding.AUTHORS,
        file=path.name,
        sha256=sha256,
        bytes=path.stat().st_size,
        default=False,
        licence=LICENCE,
        sources=SOURCES,
    )

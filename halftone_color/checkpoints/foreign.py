"""Import the authors' published checkpoints: recognized by their keys, verified, stored as safetensors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from halftone_color.checkpoints import files, finding, header, manifest
from halftone_color.checkpoints.mismatch import describe_mismatch, list_few, read_tensors
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
LICENSE = (
    "The authors' own weights: their terms apply, and they may not be passed on; "
    "see https://github.com/ccc870206/InverseHalftoneColorization."
)
SOURCES = ('As given in Yen, Cheng, Chiu, "Inverse Halftone Colorization" (ICIP 2021).',)
PAGE = "get IHN.pth, E.pth, G.pth and F.pth again from the authors' page"


@dataclass(frozen=True)
class _Recognized:
    """A published file, verified to be one of the four networks."""

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
        WeightsError: a file is missing, damaged, not a plain state dict of tensors, or not one of the four networks.
        OutputError: the user's folder cannot be written.
    """
    recognized: dict[str, _Recognized] = {}
    for path in paths:
        found = _recognize(path, _state_dict(path))
        if found.role in recognized:
            raise WeightsError(f"{recognized[found.role].path} and {path} are the same network; give only one of them.")
        recognized[found.role] = found
    folder = finding.user_folder()
    entries = [_store(folder, found) for found in recognized.values()]
    manifest.add(folder, entries)
    return entries


def _state_dict(path: Path) -> dict[str, Tensor]:
    """Read the state dict of one network, without the key prefix of networks that were trained in parallel."""
    content = read_tensors(path, PAGE if path.is_file() else "give the paths of the authors' files")
    if all(key.startswith(PARALLEL_PREFIX) for key in content):
        return {key.removeprefix(PARALLEL_PREFIX): value for key, value in content.items()}
    return content


def _recognize(path: Path, tensors: dict[str, Tensor]) -> _Recognized:
    """Find the network that shares most keys with the file, and require all of its keys and shapes."""
    expected = {role: _expected(role) for role in authors_2021.ROLES}
    shared = {role: len(keys.keys() & tensors.keys()) / len(keys) for role, keys in expected.items()}
    role = max(authors_2021.ROLES, key=shared.__getitem__)
    if not shared[role]:
        raise WeightsError(
            f"{path} is not one of the published networks (its first keys: {list_few(list(tensors))}); {PAGE}."
        )
    if differing := describe_mismatch(tensors, expected[role]):
        raise WeightsError(f"{path} is not the published {role} network ({differing}); {PAGE}.")
    return _Recognized(path, role, tensors)


def _expected(role: authors_2021.Role) -> dict[str, Tensor]:
    """Return a network's state dict on the meta device, which takes no memory."""
    with torch.device("meta"):
        return dict(authors_2021.build(role).state_dict())


def _store(folder: Path, found: _Recognized) -> manifest.Entry:
    """Write one network as float32 safetensors and return its entry."""
    role = ROLES[found.role]
    path = folder / f"{finding.AUTHORS}-{role}.safetensors"
    config = asdict(authors_2021.Authors2021Config(found.role))
    metadata = header.encode("authors_2021", config, role, {"licence": LICENSE, "imported_from": found.path.name})
    sha256 = files.save_tensors(path, found.tensors, metadata, torch.float32)
    return manifest.Entry(
        role=role,
        set=finding.AUTHORS,
        file=path.name,
        sha256=sha256,
        bytes=path.stat().st_size,
        default=False,
        licence=LICENSE,
        sources=SOURCES,
    )

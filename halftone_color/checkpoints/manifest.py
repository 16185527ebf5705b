"""manifest.toml: the contents of a folder of weights, each file with its role, set, sha256, license and sources."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from halftone_color.errors import WeightsError
from halftone_color.system import atomic

NAME = "manifest.toml"
LARGEST_BYTES = 1_000_000
"""Size of the largest manifest that is read."""


@dataclass(frozen=True)
class Entry:
    """One weights file."""

    role: str
    """What it is for: inverse-halftone, color-encoder, colorizer, fusion, ..."""
    set: str
    """The name of the set it belongs to: hcolor, authors-2021, ..."""
    file: str
    """Name of the file, in the manifest's folder."""
    sha256: str
    """Sha256 of the whole file, 64 hexadecimal digits."""
    bytes: int
    """Size of the file in bytes."""
    default: bool
    """Whether the file is used when no set is asked for."""
    licence: str
    """Terms of use."""
    sources: tuple[str, ...] = ()
    """Where the training pictures came from."""
    trained_with: dict[str, str] = field(default_factory=dict)
    """The networks with which it was trained, role -> sha256."""


def read(folder: Path) -> list[Entry]:
    """Return the entries of a folder's manifest; none if there is no manifest.

    Raises:
        WeightsError: the manifest is unreadable, or an entry is incomplete or names a file in another folder.
    """
    path = folder / NAME
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise ValueError(f"it has more than {LARGEST_BYTES} bytes")
        entries = list(_parsed(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(
            f"{path} is not a valid manifest ({error}); install hcolor or import the weights again."
        ) from error
    for entry in entries:
        if Path(entry.file).name != entry.file:
            raise WeightsError(
                f"{path} names {entry.file!r}, which is not in the manifest's folder; correct the manifest."
            )
    return entries


@lru_cache(maxsize=16)
def _parsed(text: str) -> tuple[Entry, ...]:
    """Return the entries of a manifest's text; a run asks for them once a network, and parsing takes milliseconds.

    Raises:
        ValueError, TypeError, AttributeError, RecursionError: it is no manifest.
    """
    tables = tomllib.loads(text).get("weights", [])
    return tuple(_checked(Entry(**table | {"sources": tuple(table.get("sources", ()))})) for table in tables)


def _checked(entry: Entry) -> Entry:
    """Return an entry whose values are of the types that they should have.

    Raises:
        TypeError: one is not.
    """
    kinds: dict[str, type] = {"role": str, "set": str, "file": str, "sha256": str, "licence": str}
    kinds |= {"bytes": int, "default": bool, "trained_with": dict}
    for name, kind in kinds.items():
        if type(getattr(entry, name)) is not kind:
            raise TypeError(f"{name} = {getattr(entry, name)!r} should be of type {kind.__name__}")
    for name, values in (("sources", entry.sources), ("trained_with", tuple(entry.trained_with.values()))):
        if not all(isinstance(value, str) for value in values):
            raise TypeError(f"{name} should hold texts only")
    return entry


def write(folder: Path, entries: Iterable[Entry]) -> None:
    """Write a folder's manifest.

    Raises:
        OutputError: it cannot be written.
    """
    atomic.write(folder / NAME, "\n".join(_table(entry) for entry in entries).encode())


def add(folder: Path, entries: Iterable[Entry]) -> None:
    """Add entries to a folder's manifest, replacing those with the same set and role.

    Raises:
        WeightsError: the existing manifest is unreadable.
        OutputError: it cannot be written.
    """
    new = {(entry.set, entry.role): entry for entry in entries}
    write(folder, [entry for entry in read(folder) if (entry.set, entry.role) not in new] + list(new.values()))


def _table(entry: Entry) -> str:
    """Return an entry as TOML, in which strings are written as in JSON."""
    lines = ["[[weights]]"]
    for name in ("role", "set", "file", "sha256", "bytes", "default", "licence"):
        lines.append(f"{name} = {json.dumps(getattr(entry, name), ensure_ascii=False)}")
    lines += ["sources = [", *(f"    {json.dumps(source, ensure_ascii=False)}," for source in entry.sources), "]"]
    if entry.trained_with:
        lines.append("[weights.trained_with]")
        lines += [f"{json.dumps(role)} = {json.dumps(sha256)}" for role, sha256 in entry.trained_with.items()]
    return "\n".join(lines) + "\n"

"""Header of a weights file: its metadata, readable without loading torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from halftone_color.errors import WeightsError

REQUIRED = ("architecture", "config", "role")
Extra = Mapping[str, str | list[Any] | dict[str, Any]]


@dataclass(frozen=True)
class Header:
    """The metadata of a weights file."""

    architecture: str
    """Module of halftone_color/networks that defines the network: inverse_halftone for InverseHalftoneNet."""
    config: dict[str, Any]
    """Fields of the network's configuration, such as InverseHalftoneConfig's."""
    role: str
    """What it is for: inverse-halftone, color-encoder, colorizer, fusion, ..."""
    created_by: str
    """Program and version that wrote the file."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Free fields, such as licence (text) and trained_with (role -> sha256)."""

    @property
    def licence(self) -> str:
        """Terms of use; empty if the file states none."""
        return str(self.extra.get("licence", ""))


def encode(architecture: str, config: Mapping[str, Any], role: str, extra: Extra) -> dict[str, str]:
    """Return the metadata of a file: text unchanged, lists and tables as JSON.

    Raises:
        ValueError: a free field has the name of a fixed one.
    """
    fixed = {"architecture": architecture, "config": json.dumps(config, sort_keys=True), "role": role}
    fixed["created_by"] = created_by()
    if taken := set(fixed) & set(extra):
        raise ValueError(f"These header fields are reserved: {', '.join(sorted(taken))}.")
    free = {name: value if isinstance(value, str) else json.dumps(value) for name, value in extra.items()}
    return fixed | free


def decode(metadata: Mapping[str, str], path: Path) -> Header:
    """Return the header written in a file's metadata.

    Raises:
        WeightsError: a field is missing or unreadable.
    """
    if missing := [name for name in REQUIRED if name not in metadata]:
        raise WeightsError(
            f"{path} was not written by hcolor (its header has no {' and no '.join(missing)}); "
            "give a file of `hcolor train` or of `hcolor weights import`."
        )
    fields: dict[str, Any] = dict(metadata)
    try:
        config = json.loads(fields.pop("config"))
        extra = {name: json.loads(text) if text[:1] in ("[", "{") else text for name, text in fields.items()}
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path} has an unreadable header ({error}); install or import the file again.") from error
    if not isinstance(config, dict):
        raise WeightsError(f"{path} has an unreadable header (its config is no table); install or import it again.")
    fixed = {name: str(extra.pop(name)) for name in ("architecture", "role")}
    return Header(config=config, created_by=extra.pop("created_by", "unknown"), extra=extra, **fixed)


def read(path: Path) -> Header:
    """Return the header of a weights file.

    Raises:
        WeightsError: the file is missing, damaged or was not written by hcolor.
    """
    try:
        with safe_open(path, framework="numpy") as opened:
            return decode(opened.metadata() or {}, path)
    except (OSError, SafetensorError) as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: Exception) -> WeightsError:
    """Return the error for a file that is missing or not a safetensors file."""
    if not path.is_file():
        return WeightsError(f"The weights file {path} is missing; run `hcolor weights list` to see what is there.")
    return WeightsError(f"{path} is damaged or not a safetensors file ({error}); install or import it again.")


def created_by() -> str:
    """Return the name and version of this program."""
    try:
        return f"hcolor {version('hcolor')}"
    except PackageNotFoundError:
        return "hcolor (not installed)"

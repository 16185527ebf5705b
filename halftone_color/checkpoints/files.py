"""Networks to safetensors files and back."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import json
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

import halftone_color.networks
from halftone_color.checkpoints import header
from halftone_color.checkpoints.mismatch import describe_mismatch
from halftone_color.errors import WeightsError
from halftone_color.system import atomic

RETIRED = {"colorizer": {"slopes"}}
"""Configuration fields in files of former versions that are no longer used, by architecture."""
LARGEST_NUMBER = 16_384
"""Largest number in a configuration; networks here have 1,024 channels at most."""
ALIGNMENT = 8
"""The length of a safetensors header, in bytes, is a multiple of this."""


@dataclass(frozen=True)
class Checkpoint:
    """A weights file in memory."""

    path: Path
    header: header.Header
    tensors: dict[str, Tensor]
    """The state dict as stored."""

    def network(self) -> nn.Module:
        """Rebuild the network: float32, evaluation mode, on the CPU, no gradients.

        Raises:
            WeightsError: this version has no such architecture, or the file does not fit it.
        """
        module = architecture(self.header.architecture, self.path)
        try:
            retired = RETIRED.get(self.header.architecture, set())
            config = {name: _tuples(value) for name, value in self.header.config.items() if name not in retired}
            if unknown := sorted(set(config) - _sizes(module)):
                raise TypeError(f"it has no {' and no '.join(unknown)}")
            _require_sizes(config)
            with torch.device("meta"):  # which takes no memory: only what the file holds is allocated below
                _require_shapes(_class(module, "Net")(_class(module, "Config")(**config)), self.tensors)
            network: nn.Module = _class(module, "Net")(_class(module, "Config")(**config))
            network.load_state_dict(self.tensors)
        except (
            TypeError,
            AttributeError,
            KeyError,
            ValueError,
            RuntimeError,
            AssertionError,
            ArithmeticError,
            IndexError,
        ) as error:
            reason = str(error).strip().splitlines()[-1].strip().rstrip(".")
            older = "comes from an older version of hcolor and " if _sizes(module) - set(self.header.config) else ""
            raise WeightsError(
                f"{self.path} {older}does not fit the architecture {self.header.architecture} of this version "
                f"({reason}); use the weights that come with this version, or train again."
            ) from error
        return network.float().eval().requires_grad_(False)


def save(
    path: Path,
    network: nn.Module,
    architecture: str,
    role: str,
    extra: header.Extra | None = None,
    dtype: torch.dtype = torch.float16,
) -> str:
    """Write a network with its `config`, and return the file's sha256.

    Args:
        path: the file; it is replaced completely or not at all.
        network: a network of the module `architecture` of halftone_color/networks.
        architecture: the module's name.
        role: what the network is for.
        extra: free header fields, such as licence and trained_with (role -> sha256).
        dtype: of the floating-point tensors in the file.

    Raises:
        WeightsError: `dtype` cannot represent some values.
        OutputError: the file cannot be written.
    """
    config: Any = network.config
    metadata = header.encode(architecture, dataclasses.asdict(config), role, extra or {})
    return save_tensors(path, network.state_dict(), metadata, dtype)


def save_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str], dtype: torch.dtype) -> str:
    """Write a state dict and return the file's sha256; equal contents give equal bytes. Raises as `save` does."""
    kept = {name: _prepare(name, tensor, dtype) for name, tensor in tensors.items()}
    content = _sort_header(safetensors.torch.save(kept, metadata))
    atomic.write(path, content)
    return hashlib.sha256(content).hexdigest()


def load(path: Path) -> Checkpoint:
    """Read a weights file.

    Raises:
        WeightsError: the file is missing, damaged or not one of hcolor's.
    """
    try:
        with safe_open(path, framework="pt") as opened:
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 (no mapping)
            return Checkpoint(path, header.decode(opened.metadata() or {}, path), tensors)
    except (OSError, SafetensorError) as error:
        raise header.unreadable(path, error) from error


def architecture(name: str, path: Path) -> ModuleType:
    """Return the module of halftone_color/networks that a file names; nothing else can be imported this way.

    Raises:
        WeightsError: there is no such network.
    """
    package = halftone_color.networks
    known = sorted(entry.name for entry in pkgutil.iter_modules(package.__path__))
    if name not in known:
        raise WeightsError(
            f"{path} is of the architecture {name!r}, which this version does not have "
            f"({', '.join(known)}); update hcolor."
        )
    return importlib.import_module(f"{package.__name__}.{name}")


def _require_sizes(config: Any) -> None:
    """Refuse a configuration with numbers that no network has, before anything is built from it.

    Raises:
        ValueError: a number is too large.
    """
    values = config.values() if isinstance(config, Mapping) else config if isinstance(config, tuple) else ()
    for value in values:
        if isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER:
            raise ValueError(f"the number {value:g} in its configuration is impossible")
        _require_sizes(value)


def _require_shapes(network: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Refuse tensors that are not those of a network on the meta device.

    Raises:
        ValueError: the message says how they differ.
    """
    if differing := describe_mismatch(tensors, network.state_dict()):
        raise ValueError(differing)


def _class(module: ModuleType, kind: str) -> Any:
    """Return a module's network class (kind "Net") or configuration class ("Config"), such as ColorEncoderNet.

    Raises:
        AttributeError: the module has no such class.
    """
    stem = module.__name__.rpartition(".")[2]
    return getattr(module, "".join(map(str.capitalize, stem.split("_"))) + kind)


def _sizes(module: ModuleType) -> set[str]:
    """Return the names of a network's configuration fields; a file has all that existed when it was written."""
    try:
        return {field.name for field in dataclasses.fields(_class(module, "Config"))}
    except AttributeError:
        return set()


def _prepare(name: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """Return a contiguous copy of the tensor on the CPU, floating-point values as `dtype`."""
    alone = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    if not alone.is_floating_point():
        return alone
    cast = alone.to(dtype)
    if not torch.isfinite(cast).all():
        raise WeightsError(
            f"{name} has values that {str(dtype).removeprefix('torch.')} cannot represent; "
            "train again from an earlier checkpoint, or save as float32."
        )
    return cast


def _sort_header(content: bytes) -> bytes:
    """Sort the header's fields, whose order varies in the library, so that equal networks give equal files."""
    length = int.from_bytes(content[:8], "little")
    fields: dict[str, Any] = json.loads(content[8 : 8 + length])
    fields["__metadata__"] = dict(sorted(fields["__metadata__"].items()))
    ordered = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
    ordered += b" " * (-len(ordered) % ALIGNMENT)
    return len(ordered).to_bytes(8, "little") + ordered + content[8 + length :]


def _tuples(value: Any) -> Any:
    """Convert lists, which JSON has in place of tuples, back to tuples."""
    return tuple(_tuples(part) for part in value) if isinstance(value, list) else value

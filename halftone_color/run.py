"""A Run: the conditions under which a job runs (device, precision, threads, weights), and what it offers to methods.

It is the only border between arrays and torch. `Run.open` resolves every "auto" once. `run.conditions` is plain data
for workers and journals; a Run itself never leaves its process.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from halftone_color.system import devices
from halftone_color.system.progress import ProgressParts
from halftone_color.types import Picture, Progress

if TYPE_CHECKING:
    from torch import Tensor, nn

T = TypeVar("T")
CACHE_BYTES = 256_000_000
"""Memory limit of the cache for things that serve several scans, in bytes."""


@dataclass(frozen=True)
class Conditions:
    """The conditions of a run, as the user states them."""

    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""
    precision: str = "auto"
    """auto, float32 or bfloat16."""
    threads: int | None = None
    """Number of threads; None uses those of the machine."""
    weights: str = "default"
    """Name of a set of trained weights, or a folder of them."""


@dataclass
class _Cache:
    """A cache of expensive things that serve several scans, least recently used first."""

    things: OrderedDict[Any, tuple[Any, int]] = field(default_factory=OrderedDict)

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        if key in self.things:
            self.things.move_to_end(key)
            return self.things[key][0]
        made = make()
        self.things[key] = (made, _size_in_bytes(made))
        while len(self.things) > 1 and sum(size for _, size in self.things.values()) > CACHE_BYTES:
            self.things.popitem(last=False)
        return made


class Run:
    """Resolved conditions, and the services that methods use: networks, tensors, progress, notes, a cache."""

    conditions: Conditions
    """Conditions in which every "auto" is resolved."""

    @classmethod
    def open(cls, conditions: Conditions | None = None, progress: Progress | None = None) -> Run:
        """Return a Run with all conditions resolved for this process.

        Raises:
            DeviceError: the requested device is not available.
            UsageError: the precision does not exist, or the number of threads is not positive.
        """
        asked = conditions or Conditions()
        device = devices.resolve_device(asked.device)
        threads = devices.use_threads(asked.threads)
        precision = devices.resolve_precision(asked.precision, device)
        return cls(replace(asked, device=device, precision=precision, threads=threads), progress)

    def __init__(self, conditions: Conditions, progress: Progress | None = None) -> None:
        self.conditions = conditions
        self.progress = progress
        """Callback for the share done, in [0, 1], or None; passed on to functions of lower floors."""
        self._notes: list[str] = []
        self._cache = _Cache()
        self._supplied: dict[str, nn.Module] = {}

    # ---- networks ------------------------------------------------------------------------------------------------

    def network(self, role: str) -> Any:
        """Return a network by its role: verified, on the device, in evaluation mode; it is loaded on first use.

        The role "vgg19=FILE" means the VGG-19 features of that file.

        Raises:
            WeightsError: its file is missing or damaged.
        """
        if role in self._supplied:
            return self._supplied[role]
        import torch

        kind, _, file = role.partition("=")
        with torch.inference_mode(False):  # a network loaded in inference mode would not be differentiable
            if file:
                from halftone_color.checkpoints.vgg19 import load_vgg19

                return self.cached(role, lambda: load_vgg19(file).to(self.conditions.device))
            from halftone_color.checkpoints.loading import networks_for

            return networks_for(self.conditions.weights, (kind,), self.conditions.device)[kind]

    def require(self, roles: Sequence[str]) -> None:
        """Check that the networks of these roles exist; a warning is logged if they were not trained together.

        Raises:
            WeightsError: the set has no network for a role, or a file is missing or damaged.
        """
        from halftone_color.checkpoints.finding import locate_together

        locate_together([role for role in roles if role not in self._supplied], self.conditions.weights)

    def with_networks(self, networks: Mapping[str, nn.Module]) -> Run:
        """Return a Run that uses the given modules for their roles: for tests, training and the bench."""
        other = copy.copy(self)
        other._supplied = {**self._supplied, **networks}
        return other

    # ---- arrays and tensors --------------------------------------------------------------------------------------

    @property
    def threads(self) -> int:
        """Number of threads that may call functions that release the interpreter's lock."""
        return self.conditions.threads or 1

    def tensor(self, picture: Picture) -> Tensor:
        """Return a picture (C, H, W) as a batch of one, (1, C, H, W), on the device, channels last."""
        import torch

        batch = torch.from_numpy(np.ascontiguousarray(picture))[None]
        return batch.to(self.conditions.device, memory_format=torch.channels_last)

    def picture(self, tensor: Tensor) -> Picture:
        """Return the first of a batch (B, C, H, W) as a picture (C, H, W) float32."""
        return np.asarray(tensor[0].float().cpu())

    @contextmanager
    def inference(self, full: bool = False) -> Iterator[None]:
        """Run networks in this context without gradients, in the precision of the conditions.

        Args:
            full: compute in float32 whatever the conditions, for what must not depend on the size of tiles at all:
                with bfloat16 the last bits, which then are not small, differ with the shapes of tensors.
        """
        import torch

        kind = self.conditions.device.partition(":")[0]
        low = self.conditions.precision == "bfloat16" and not full
        with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=low):
            yield

    # ---- progress, notes, cache ----------------------------------------------------------------------------------

    def parts(self, shares: Mapping[str, float]) -> Callable[..., Run]:
        """Divide the progress of this run into parts that take different times.

        Args:
            shares: relative duration of each part, by name.

        Returns:
            A function that returns the Run for the next part, given its name and, if a part is done in several pieces,
            the share of the part that comes next. The parts must be done one after the other.
        """
        steps = ProgressParts(self.progress, shares)
        return lambda name, part=1.0: self.with_progress(steps(name, part))

    def with_progress(self, progress: Progress | None) -> Run:
        """Return a Run with another progress callback; notes and networks are shared."""
        other = copy.copy(self)
        other.progress = progress
        return other

    def report(self, share: float) -> None:
        """Report the share done, in [0, 1]."""
        if self.progress is not None:
            self.progress(share)

    def for_scan(self, progress: Progress | None = None) -> Run:
        """Return a Run for the next scan: without notes, but with the same networks and cache."""
        other = self.with_progress(progress)
        other._notes = []
        return other

    def note(self, sentence: str) -> None:
        """Add a sentence for the user to the notes of the Result."""
        self._notes.append(sentence)

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes about this scan, in order."""
        return tuple(self._notes)

    def cached(self, key: Any, make: Callable[[], T]) -> T:
        """Return the cached value for `key`, which must identify it by content, or make and cache it.

        The least recently used values are dropped when the cache exceeds CACHE_BYTES.
        """
        kept: T = self._cache.get(key, make)
        return kept


def _size_in_bytes(thing: Any) -> int:
    """Return the approximate memory of a value in bytes: arrays, tensors, modules, and containers of them."""
    if hasattr(thing, "nbytes"):
        return int(thing.nbytes)
    if hasattr(thing, "parameters"):
        return sum(int(weight.nbytes) for weight in thing.parameters())
    if isinstance(thing, Mapping):
        return sum(map(_size_in_bytes, thing.values()))
    if isinstance(thing, list | tuple):
        return sum(map(_size_in_bytes, thing))
    return sum(map(_size_in_bytes, vars(thing).values())) if hasattr(thing, "__dict__") else 64

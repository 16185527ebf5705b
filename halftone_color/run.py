"""Under which conditions a job runs: device, numbers, threads, weights. The only border between arrays and torch.

`Run.open` settles every "auto" once. `run.conditions` is plain and goes to workers and journals; a Run never travels.
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
"""What is kept for further scans may take up to this much memory."""


@dataclass(frozen=True)
class Conditions:
    """Under which conditions, in words."""

    device: str = "auto"
    """auto, cpu, cuda, cuda:N or mps."""
    precision: str = "auto"
    """auto, float32 or bfloat16."""
    threads: int | None = None
    """None takes what the machine has."""
    weights: str = "default"
    """Set of trained weights, or a folder of them."""


@dataclass
class _Kept:
    """Things that are costly and serve many scans, the least recently used first."""

    things: OrderedDict[Any, tuple[Any, int]] = field(default_factory=OrderedDict)

    def get(self, key: Any, make: Callable[[], Any]) -> Any:
        if key in self.things:
            self.things.move_to_end(key)
            return self.things[key][0]
        made = make()
        self.things[key] = (made, _bytes_of(made))
        while len(self.things) > 1 and sum(size for _, size in self.things.values()) > CACHE_BYTES:
            self.things.popitem(last=False)
        return made


class Run:
    """Conditions, settled, and what a method may ask of them: networks, tensors, progress, notes."""

    conditions: Conditions
    """Without any "auto" in it."""

    @classmethod
    def open(cls, conditions: Conditions | None = None, progress: Progress | None = None) -> Run:
        """Settle the conditions of this process.

        Raises:
            DeviceError: the requested device is not available.
            UsageError: there is no such precision, or no such number of threads.
        """
        asked = conditions or Conditions()
        device = devices.resolve_device(asked.device)
        threads = devices.resolve_threads(asked.threads)
        if asked.threads is not None:
            import torch

            torch.set_num_threads(threads)
        precision = devices.resolve_precision(asked.precision, device)
        return cls(replace(asked, device=device, precision=precision, threads=threads), progress)

    def __init__(self, conditions: Conditions, progress: Progress | None = None) -> None:
        self.conditions = conditions
        self.progress = progress
        """Called with the share done in [0, 1]; None where nobody wants to know. For functions of lower floors."""
        self._notes: list[str] = []
        self._kept = _Kept()
        self._given: dict[str, nn.Module] = {}

    # ---- networks ------------------------------------------------------------------------------------------------

    def network(self, role: str) -> Any:
        """Return a network by its role: verified, on the device, in evaluation mode; it is loaded at first use.

        "vgg19=FILE" stands for the features of that file.

        Raises:
            WeightsError: its file is missing or damaged.
        """
        if role in self._given:
            return self._given[role]
        import torch

        kind, _, file = role.partition("=")
        with torch.inference_mode(False):  # or what is loaded in such a block is not differentiable
            if file:
                from halftone_color.checkpoints.vgg19 import load_vgg19

                return self.cached(role, lambda: load_vgg19(file).to(self.conditions.device))
            from halftone_color.checkpoints.loading import networks_for

            return networks_for(self.conditions.weights, (kind,), self.conditions.device)[kind]

    def require(self, roles: Sequence[str]) -> None:
        """Refuse missing weights before any work; partners that were not trained together are logged.

        Raises:
            WeightsError: the set has no network of some role, or there is no such file.
        """
        from halftone_color.checkpoints.finding import locate_together

        locate_together([role for role in roles if role not in self._given], self.conditions.weights)

    def with_networks(self, networks: Mapping[str, nn.Module]) -> Run:
        """Return a Run that uses these modules for their roles: for tests, training and the bench."""
        other = copy.copy(self)
        other._given = {**self._given, **networks}
        return other

    # ---- arrays and tensors --------------------------------------------------------------------------------------

    @property
    def threads(self) -> int:
        """How many threads may call a function that leaves the interpreter alone."""
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
    def inference(self) -> Iterator[None]:
        """Let networks run without gradients, in the numbers of the conditions."""
        import torch

        kind = self.conditions.device.partition(":")[0]
        low = self.conditions.precision == "bfloat16"
        with torch.inference_mode(), torch.autocast(kind, torch.bfloat16, enabled=low):
            yield

    # ---- progress, notes, what serves many scans -----------------------------------------------------------------

    def parts(self, shares: Mapping[str, float]) -> Callable[..., Run]:
        """Divide what is to be done into parts that take different times.

        Returns:
            A function that gives the Run of a part, by its name and, where it comes several times, how much of it
            comes now; `progress` of that Run is a part of the whole. Parts follow each other.
        """
        steps = ProgressParts(self.progress, shares)
        return lambda name, part=1.0: self.with_progress(steps(name, part))

    def with_progress(self, progress: Progress | None) -> Run:
        """Return a Run that reports to another; notes and networks are shared."""
        other = copy.copy(self)
        other.progress = progress
        return other

    def report(self, share: float) -> None:
        """Say that a share in [0, 1] is done."""
        if self.progress is not None:
            self.progress(share)

    def for_scan(self, progress: Progress | None = None) -> Run:
        """Return a Run for the next scan: without notes, with all that serves many scans."""
        other = self.with_progress(progress)
        other._notes = []
        return other

    def note(self, sentence: str) -> None:
        """Say something to the user; it comes with the Result."""
        self._notes.append(sentence)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was said about this scan, in order."""
        return tuple(self._notes)

    def cached(self, key: Any, make: Callable[[], T]) -> T:
        """Return what `make` makes, once for all scans; `key` says what is in it, by content.

        The least recently used goes when all of it takes more than CACHE_BYTES.
        """
        kept: T = self._kept.get(key, make)
        return kept


def _bytes_of(thing: Any) -> int:
    """Return about how much memory a thing takes: arrays, tensors, modules, and what holds them."""
    if hasattr(thing, "nbytes"):
        return int(thing.nbytes)
    if hasattr(thing, "parameters"):
        return sum(int(weight.nbytes) for weight in thing.parameters())
    if isinstance(thing, Mapping):
        return sum(map(_bytes_of, thing.values()))
    if isinstance(thing, list | tuple):
        return sum(map(_bytes_of, thing))
    return sum(map(_bytes_of, vars(thing).values())) if hasattr(thing, "__dict__") else 64

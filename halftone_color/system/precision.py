"""In which numbers networks compute: bfloat16 where the processor has it, float32 everywhere.

bfloat16 halves the time of the descreening network and moves its results by less than a quarter of a grey level in the
mean. A run chooses once: `with precision.using("float32"): restore(...)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from functools import cache

from halftone_color.errors import UsageError

PRECISIONS = ("auto", "float32", "bfloat16")
_chosen: ContextVar[str] = ContextVar("precision", default="auto")


@contextmanager
def using(name: str) -> Iterator[None]:
    """Let every network compute in `name` within the block: auto, float32 or bfloat16.

    Raises:
        UsageError: there is no such precision.
    """
    if name not in PRECISIONS:
        raise UsageError(f"There is no precision {name!r}; choose one of {', '.join(PRECISIONS)}.")
    token = _chosen.set(name)
    try:
        yield
    finally:
        _chosen.reset(token)


def autocast() -> AbstractContextManager[object]:
    """Return the context in which a network is run on the processor."""
    import torch

    name = _chosen.get()
    low = name == "bfloat16" or (name == "auto" and processor_has_bfloat16())
    return torch.autocast("cpu", torch.bfloat16, enabled=low)


@cache
def processor_has_bfloat16() -> bool:
    """Tell whether this processor multiplies bfloat16 itself, so that it is faster and not merely possible."""
    import torch

    questions = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(ask() for ask in questions if ask is not None)

"""Loops compiled by numba on their first call, so that importing a method stays cheap."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any


@lru_cache(maxsize=None)
def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Return `loop`, a module's plain function, as machine code that runs without the GIL and is kept on disk."""
    import numba

    try:
        return numba.njit(nogil=True, cache=True)(loop)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return numba.njit(nogil=True)(loop)  # type: ignore[no-any-return]

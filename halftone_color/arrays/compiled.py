"""Compile loops with numba on first use, so that importing a method stays cheap."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def compile_loop(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Return `loop` as machine code that releases the interpreter's lock and is cached on disk between runs.

    Args:
        loop: a function at module level that numba can compile; it should always be called with the same types.
    """
    import numba

    try:
        return numba.njit(loop, nogil=True, cache=True)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache is writable
        return numba.njit(loop, nogil=True)  # type: ignore[no-any-return]

"""Compile loops with numba at their first call, so that importing a method stays cheap."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


@cache
def compiled(loop: Callable[..., Any]) -> Callable[..., Any]:
    """Return `loop` as machine code that runs without the interpreter's lock and is kept on disk between runs.

    Args:
        loop: a plain function of a module that numba can compile; always call it with the same types.
    """
    import numba

    try:
        return numba.njit(loop, nogil=True, cache=True)  # type: ignore[no-any-return]
    except RuntimeError:  # neither the package's folder nor the user's cache can be written
        return numba.njit(loop, nogil=True)  # type: ignore[no-any-return]

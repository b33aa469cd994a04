"""The decorator of every kernel: compiled by Numba on first use, without the GIL, and cached on disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numba
import numpy as np

Int: TypeAlias = "int | np.integer[Any]"
Real: TypeAlias = "float | np.floating[Any]"
"""What kernels take and return for a number: Python's or NumPy's, which are one to Numba."""

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled to machine code (nogil, cached). Arguments must be arrays and numbers."""
    kernel: Callable[P, R] = numba.njit(nogil=True, cache=True)(function)
    return kernel

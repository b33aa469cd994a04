"""The decorator of every kernel: compiled by Numba on first use, without the GIL, and cached on disk.

Kernels are compiled into each other, with the constants they name. Numba would take a cached kernel for fresh as long
as the file of the kernel itself is the same; here all files that kernels may import must be the same.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numba
import numpy as np
from numba.core import caching

Int: TypeAlias = "int | np.integer[Any]"
Real: TypeAlias = "float | np.floating[Any]"
"""What kernels take and return for a number: Python's or NumPy's, which are one to Numba."""

_COUNTED: dict[str, Any] = {"_nrt": True}
_UNCOUNTED: dict[str, Any] = {"_nrt": False}
"""Numba's option, not a public one, for its runtime of counted references: docs/decisions/0007. A kernel that
did not say its own would take over the option of the one that first calls for it."""

P = ParamSpec("P")
R = TypeVar("R")

_PACKAGE = Path(__file__).parents[1]
_SOURCES = ("terms.py", "rulebook.py", "text/*.py", "index/*.py", "matching/*.py")
"""What kernels may import: the layers up to `matching`."""


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled to machine code (nogil, cached). Arguments must be arrays and numbers."""
    return _cached(function, numba.njit(nogil=True, forceinline=True, **_COUNTED))


def borrowing(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function compiled like `compiled`, without counting references to its arrays.

    Of arrays it may use those that it is passed, and views of them, and make none; a view must not be returned to
    Python, or to a kernel that counts. In return a call costs nothing: a kernel that is passed a segment, a pool and a
    channel counts a hundred arrays up and down, which takes longer than to score a name.
    """
    return _cached(function, numba.njit(nogil=True, forceinline=True, **_UNCOUNTED))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Return the function written out wherever a kernel calls it: so that borrowing kernels can call for a view."""
    kernel: Callable[P, R] = numba.njit(nogil=True, inline="always")(function)
    return kernel


def _cached(function: Callable[P, R], compiler: Any) -> Callable[P, R]:
    kernel = compiler(function)
    try:
        kernel._cache = _cache_of(function)
    except RuntimeError:  # how Numba says that it can write nowhere
        warnings.warn(_UNCACHED, RuntimeWarning, stacklevel=1)
    result: Callable[P, R] = kernel
    return result


def digest(package: Path) -> str:
    """Return a hash, in hex, of all source files below `package` that kernels may import. It takes 1 ms."""
    files = sorted(path for pattern in _SOURCES for path in package.glob(pattern))
    return hashlib.sha256(b"".join(hashlib.sha256(path.read_bytes()).digest() for path in files)).hexdigest()


_SOURCE = digest(_PACKAGE)


class _Place:
    """Has the digest in the names of the files of a kernel."""

    def get_source_stamp(self) -> str:
        return _SOURCE

    def get_disambiguator(self) -> str:
        return _SOURCE[:16]


class _Kept:
    """When a kernel is kept, those of the same name from other sources go; one that cannot be kept runs too."""

    cache_path: str
    _impl: Any

    def save_overload(self, signature: object, result: object) -> None:
        kernel = self._impl.filename_base.partition("-")[0]
        with suppress(OSError):  # the disk is full, or the process gave up its rights after the import
            super().save_overload(signature, result)  # type: ignore[misc]  # FunctionCache, see below
            for path in Path(self.cache_path).glob(f"{kernel}-*.nb[ic]"):
                if _SOURCE[:16] not in path.name:
                    path.unlink(missing_ok=True)


_PLACES = (caching.UserProvidedCacheLocator, caching.InTreeCacheLocator, caching.UserWideCacheLocator)
"""$NUMBA_CACHE_DIR, beside the source, the user's cache directory: the first that can be written is taken."""
_UNCACHED = (
    "compiled kernels cannot be kept, so that every start takes half a minute more: "
    "set NUMBA_CACHE_DIR to a directory that this user can write"
)

_places = [type(place.__name__, (_Place, place), {}) for place in _PLACES]
_files = type("KernelFiles", (caching.CompileResultCacheImpl,), {"_locator_classes": _places})
_cache_of: Any = type("KernelCache", (_Kept, caching.FunctionCache), {"_impl_class": _files})

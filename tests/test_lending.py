"""Arrays lent by their addresses are, in a kernel, the arrays themselves."""

from __future__ import annotations

from typing import Any, NamedTuple

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from normalizer.index.lending import UNLENT, Cube, Matrix, borrower, lent


class Inner(NamedTuple):
    cube: Cube[np.float64]
    bytes: NDArray[np.uint8]


class Outer(NamedTuple):
    numbers: NDArray[np.int64]
    inner: Inner
    table: Matrix[np.uint32]
    addresses: NDArray[np.int64] = UNLENT


borrow_outer = borrower(Outer)


@numba.njit  # type: ignore[untyped-decorator]
def shapes_and_sums(addresses: NDArray[np.int64]) -> Any:
    outer = borrow_outer(addresses)
    return (
        outer.numbers.shape, outer.inner.cube.shape, outer.inner.bytes.shape, outer.table.shape,
        outer.numbers.sum(), outer.inner.cube[1, 0, 2], outer.inner.bytes[-1], outer.table[1, 2],
    )  # fmt: skip


@numba.njit  # type: ignore[untyped-decorator]
def write(addresses: NDArray[np.int64]) -> None:
    borrow_outer(addresses).inner.cube[1, 1, 1] = -1.0


def some(**others: Any) -> Outer:
    inner = Inner(np.arange(24.0).reshape(2, 3, 4), np.arange(5, dtype=np.uint8))
    return Outer(np.arange(4), inner, np.arange(6, dtype=np.uint32).reshape(2, 3))._replace(**others)


def test_a_kernel_reads_what_is_lent() -> None:
    assert shapes_and_sums(lent(some()).addresses) == ((4,), (2, 3, 4), (5,), (2, 3), 6, 14.0, 4, 5)


def test_a_kernel_writes_to_what_is_lent() -> None:
    outer = lent(some())
    write(outer.addresses)
    assert outer.inner.cube[1, 1, 1] == -1.0


@pytest.mark.parametrize("wrong", [
    {"numbers": np.arange(4, dtype=np.int32)},
    {"numbers": np.zeros((2, 2), np.int64)},
    {"numbers": np.arange(8)[::2]},
    {"inner": Inner(np.zeros((2, 2, 2), np.float32), np.zeros(1, np.uint8))},
    {"table": np.zeros((2, 3), np.uint32).T},
])  # fmt: skip
def test_what_kernels_were_not_compiled_for_is_not_lent(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="cannot be lent"):
        lent(some(**wrong))

"""Many arrays lent to a kernel as one: by their addresses.

Of each array that a kernel is passed from Python, Numba finds out anew what it holds, how long it is and where it is. A
segment, a pool and two channels are a hundred arrays: a tenth of the time of an exact answer. So a named tuple of
arrays has an array of their addresses beside them; that is what a kernel is passed, and what it makes the tuple from.

>>> import numba
>>> from typing import NamedTuple
>>> class Pair(NamedTuple):
...     numbers: NDArray[np.int64]
...     table: Matrix[np.float32]
...     addresses: NDArray[np.int64]
>>> pair = lent(Pair(np.arange(3), np.full((2, 2), 0.5, np.float32), UNLENT))
>>> borrow_pair = borrower(Pair)
>>> @numba.njit
... def total(addresses):
...     pair = borrow_pair(addresses)
...     return pair.numbers.sum() + pair.table.sum()
>>> total(pair.addresses)
5.0
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, TypeVar, cast, get_args, get_origin, get_type_hints

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import populate_array
from numba.np.numpy_support import from_dtype
from numpy.typing import NDArray

S = TypeVar("S", bound=np.generic)
T = TypeVar("T", bound=tuple[Any, ...])
Matrix = Annotated[NDArray[S], 2]
Cube = Annotated[NDArray[S], 3]
"""Arrays of two and of three dimensions; kernels are compiled for as many as the annotation says."""

ADDRESSES = "addresses"
UNLENT = np.empty(0, np.int64)
"""The field of the addresses, and what stands there until they are known."""


def lent(arrays: T) -> T:
    """Return a named tuple of arrays, some of them in named tuples in turn, with its `addresses`.

    As long as these are there, the arrays are too. Raises TypeError for an array of another kind than its annotation
    says.
    """
    lendable: Any = arrays
    return cast(T, lendable._replace(addresses=np.asarray(_Kept(list(_flat(arrays, _kind(type(arrays))))))))


def together(some: Sequence[Any]) -> NDArray[np.int64]:
    """Return the addresses of named tuples of one class, a row each. They must stay as long as it is used."""
    return np.stack([one.addresses for one in some]) if some else np.empty((0, 0), np.int64)


class Rows:
    """Named tuples of one class, of which kernels are told one by its row: that of a name, or that of all others."""

    def __init__(self, by_name: Mapping[str, Any], otherwise: Any) -> None:
        self._lent = [*by_name.values(), otherwise]
        self._rows = {name: row for row, name in enumerate(by_name)}
        self.addresses = together(self._lent)
        """[rows, addresses]"""

    def row_of(self, name: str) -> int:
        """Return the row of the one that has a name, or of the one for all others, which is the last."""
        return self._rows.get(name, len(self._rows))


class _Kept:
    """Arrays that have been lent. The array that NumPy makes of their addresses holds on to them."""

    def __init__(self, arrays: list[tuple[NDArray[Any], types.Array]]) -> None:
        self._arrays = arrays
        self._words = np.array([word for one in arrays for word in _words(*one)], np.int64)
        self.__array_interface__ = self._words.__array_interface__


def borrower(cls: type[T]) -> Any:
    """Return what makes, in a kernel, a named tuple of a class from its addresses."""

    @intrinsic
    def borrow(_: Any, addresses: Any) -> Any:
        kind = _kind(cls)
        return kind(addresses), lambda *about: _built(kind, *about)

    return borrow


@cache
def _kind(cls: type[tuple[Any, ...]]) -> types.NamedTuple:
    """Return the type that a class of named tuples is to Numba, by its annotations."""
    kinds = [_kind_of(hint) for hint in get_type_hints(cls, include_extras=True).values()]
    return types.NamedTuple(kinds, cls)  # type: ignore[no-untyped-call]


def _kind_of(hint: Any) -> types.Type:
    if isinstance(hint, type):
        return _kind(hint)
    array, dimensions = get_args(hint) if get_origin(hint) is Annotated else (hint, 1)
    return types.Array(from_dtype(np.dtype(get_args(get_args(array)[1])[0])), dimensions, "C")


def _flat(arrays: tuple[Any, ...], kind: types.NamedTuple) -> Iterator[tuple[NDArray[Any], types.Array]]:
    """Yield the arrays of a named tuple, with their types, but for the addresses."""
    for name, one, its in zip(kind.fields, arrays, kind.types, strict=True):
        if isinstance(one, tuple):
            yield from _flat(one, its)
        elif name != ADDRESSES:
            yield one, its


def _words(array: NDArray[Any], kind: types.Array) -> tuple[int, ...]:
    """Return where an array is, and how long it is in each dimension."""
    if (from_dtype(array.dtype), array.ndim) != (kind.dtype, kind.ndim) or not array.flags.c_contiguous:
        raise TypeError(f"an array of {array.dtype} in {array.ndim} dimensions cannot be lent as {kind}")
    return (array.__array_interface__["data"][0], *array.shape)


def _built(kind: types.NamedTuple, context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Return the code that makes a named tuple from its addresses."""
    (given,), (addresses,) = signature.args, arguments
    if context.enable_nrt:
        context.nrt.incref(builder, given, addresses)  # the tuple has them too
    first, count = context.make_array(given)(context, builder, addresses).data, iter(range(1 << 16))

    def word() -> Any:
        return builder.load(builder.gep(first, [context.get_constant(types.intp, next(count))]))

    def tuple_of(kind: types.NamedTuple) -> Any:
        made = [
            addresses if name == ADDRESSES else tuple_of(one) if isinstance(one, types.NamedTuple) else array_of(one)
            for name, one in zip(kind.fields, kind.types, strict=True)
        ]
        return context.make_tuple(builder, kind, made)

    def array_of(kind: types.Array) -> Any:
        made, item = context.make_array(kind)(context, builder), context.get_data_type(kind.dtype)
        data, shape = builder.inttoptr(word(), item.as_pointer()), [word() for _ in range(kind.ndim)]
        size = context.get_constant(types.intp, context.get_abi_sizeof(item))
        strides = [size]
        for extent in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], extent))
        packed: Any = cgutils.pack_array
        populate: Any = populate_array
        populate(made, data, packed(builder, shape), packed(builder, strides), size, None)
        return made._getvalue()

    return tuple_of(kind)

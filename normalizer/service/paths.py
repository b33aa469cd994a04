"""Says where in a request something is wrong, as the path that a caller would write.

The vocabulary names its own fields (``country``); a caller needs the path from his request (``mentions[3].country``).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from normalizer.terms import InvalidInput


def located(error: InvalidInput, path: str) -> InvalidInput:
    """The same complaint about the field `error.field` of what stands at `path`; an empty path changes nothing.

    >>> str(located(InvalidInput("country", "must be in capitals"), "mention"))
    'mention.country: must be in capitals'
    """
    return InvalidInput(f"{path}.{error.field}", error.problem) if path else error


@contextmanager
def within(path: str) -> Iterator[None]:
    """Locates every InvalidInput of the block at `path`; an empty path changes nothing."""
    try:
        yield
    except InvalidInput as error:
        raise located(error, path) from None

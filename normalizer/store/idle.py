"""Connections for reading that wait to be borrowed again, of either kind of database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

from normalizer.terms import NormalizerError


class Closable(Protocol):
    """What can be closed."""

    def close(self) -> None:
        """Let go of it."""


Lent = TypeVar("Lent", bound=Closable)


class Idle(Generic[Lent]):
    """As many connections as were borrowed at a time. Any thread may take one and give it back."""

    def __init__(self) -> None:
        self._waiting: list[Lent] = []
        self._closed = False

    def check(self) -> None:
        """Raise NormalizerError after `close`."""
        if self._closed:
            raise NormalizerError("the gazetteer is closed: open it again")

    def take(self, usable: Callable[[Lent], bool] = lambda one: True) -> Lent | None:
        """Return one that is usable, None when there is none, and close the others.

        Raises NormalizerError after `close`.
        """
        self.check()
        with suppress(IndexError):
            while True:
                if usable(one := self._waiting.pop()):
                    return one
                one.close()
        return None

    def give_back(self, one: Lent) -> None:
        """Let the next one have it."""
        self._waiting.append(one)
        if self._closed:
            self.close()

    def close(self) -> None:
        """Close what waits now, and what is lent when it comes back."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self._waiting.pop().close()

"""Reads the requests of a stream ahead of the work, by a bounded number.

Normalizing many mentions in one go is many times cheaper than one by one, but a single mention must not wait for
company. So a thread of its own receives, and whoever normalizes takes all that has arrived in the meantime. When nobody
takes, the thread stops receiving, and the flow control of HTTP/2 holds the sender.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import Condition, Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class ReadAhead(Generic[T]):
    """Iterates over what arrived, as non-empty lists of at most `limit` items in order of arrival.

    >>> [item for chunk in ReadAhead(iter("abc"), limit=2) for item in chunk]
    ['a', 'b', 'c']
    """

    def __init__(self, source: Iterator[T], limit: int) -> None:
        self._source = source
        self._limit = limit
        self._arrived: list[T] = []
        self._ended = False
        self._closed = False
        self._changed = Condition()
        Thread(target=self._receive, name="normalizer-stream", daemon=True).start()

    def __iter__(self) -> Iterator[list[T]]:
        while chunk := self._take():
            yield chunk

    def close(self) -> None:
        """Lets the thread go, whether or not the source has ended. May be called again."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _take(self) -> list[T]:
        """All that has arrived, as soon as there is something; nothing when the source has ended or was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._arrived or self._ended or self._closed)
            chunk, self._arrived = self._arrived, []
            self._changed.notify_all()
            return chunk

    def _receive(self) -> None:
        try:
            for item in self._source:
                if not self._put(item):
                    return
        except Exception:
            # gRPC ends the requests of a broken call by a bare Exception; the call's own thread learns it from gRPC.
            pass
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """False when nobody will take the item."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._arrived) < self._limit or self._closed)
            self._arrived.append(item)
            self._changed.notify_all()
            return not self._closed

"""Calls that come while another is worked on, answered together: a mention costs less in a list.

Nobody waits for company. Who finds nobody at work begins at once; who comes meanwhile waits, and is answered together
with all others who came, as soon as the one before is done. The first of those who wait does it, in its own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Sequence
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Kind = TypeVar("Kind", bound=Hashable)
Answer = TypeVar("Answer")


class _Call(Generic[Asked, Answer]):
    """A question, and in time its answer or what was raised for it."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.done = threading.Lock()
        """Held while it waits: until it is answered, or the first of those who wait."""


class Gathering(Generic[Asked, Kind, Answer]):
    """Answers single questions by a function of at most `limit` that are of one kind. Any thread may ask.

    >>> gathering = Gathering(lambda numbers, factor: [factor * number for number in numbers], limit=10)
    >>> gathering.ask(3, 2)
    6
    """

    def __init__(self, answer: Callable[[Sequence[Asked], Kind], Sequence[Answer]], limit: int) -> None:
        self._answer = answer
        self._limit = limit
        self._waiting: dict[Kind, list[_Call[Asked, Answer]]] = {}
        """Of each kind that somebody is at work on."""
        self._mutex = threading.Lock()

    def ask(self, asked: Asked, kind: Kind) -> Answer:
        """Return the answer to a question. Raises what the function raises for it."""
        call: _Call[Asked, Answer] = _Call(asked)
        with self._mutex:
            waiting = self._waiting.get(kind)
            if waiting is None:
                self._waiting[kind] = []
            else:
                call.done.acquire()
                waiting.append(call)
        call.done.acquire()
        if call.answer is None and call.error is None:
            self._work(call, kind)
        if call.error:
            raise call.error
        assert call.answer is not None
        return call.answer

    def _work(self, first: _Call[Asked, Answer], kind: Kind) -> None:
        """Answer a call and those who wait, and let the first of those who came meanwhile go on."""
        with self._mutex:
            waiting = self._waiting[kind]
            others, waiting[:] = waiting[: self._limit - 1], waiting[self._limit - 1 :]
        self._settle([first, *others], kind)
        with self._mutex:
            if waiting:
                others.append(waiting.pop(0))
            else:
                del self._waiting[kind]
        for call in others:
            call.done.release()

    def _settle(self, calls: Sequence[_Call[Asked, Answer]], kind: Kind) -> None:
        try:
            for call, answer in zip(calls, self._answer([call.asked for call in calls], kind), strict=True):
                call.answer = answer
        except Exception as error:
            if len(calls) == 1:
                calls[0].error = error
                return
            for call in calls:  # it is one of them that fails, and not all
                self._settle([call], kind)

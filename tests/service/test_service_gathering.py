"""Calls that are answered together: which, by whom, and what one of them that fails does to the others."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from normalizer.service.gathering import Gathering


class Held:
    """A function of many that says what it was asked, and does not answer before it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, list[int]]] = []
        self.begun = threading.Semaphore(0)
        self.free = threading.Semaphore(0)

    def answer(self, numbers: Sequence[int], kind: str) -> list[str]:
        self.asked.append((kind, sorted(numbers)))
        self.begun.release()
        self.free.acquire()
        if 13 in numbers:
            raise ValueError("thirteen")
        return [f"{kind}{number}" for number in numbers]

    def end(self, times: int) -> None:
        for _ in range(times):
            self.free.release()


class Together:
    """Some who ask at the same time, in threads of their own."""

    def __init__(self, limit: int) -> None:
        self.held = Held()
        self.gathering = Gathering(self.held.answer, limit)
        self.pool = ThreadPoolExecutor(16)

    def first(self, number: int, kind: str) -> Future[str]:
        asked = self.pool.submit(self.gathering.ask, number, kind)
        self.held.begun.acquire()
        return asked

    def then(self, numbers: Sequence[int], kind: str) -> list[Future[str]]:
        asked = [self.pool.submit(self.gathering.ask, number, kind) for number in numbers]
        while len(self.gathering._waiting[kind]) < len(numbers):
            pass
        return asked


@pytest.fixture
def together() -> Together:
    return Together(limit=4)


def test_who_comes_meanwhile_is_answered_together(together: Together) -> None:
    asked = [together.first(0, "a"), *together.then([1, 2, 3, 4, 5, 6], "a")]
    together.held.end(10)
    assert [one.result(60) for one in asked] == [f"a{number}" for number in range(7)]
    sizes = [len(numbers) for _, numbers in together.held.asked]
    assert sizes == [1, 4, 2]
    assert not together.gathering._waiting, "and nothing is left"


def test_another_kind_does_not_wait(together: Together) -> None:
    asked = [together.first(0, "a"), together.first(0, "b")]
    together.held.end(2)
    assert [one.result(60) for one in asked] == ["a0", "b0"]


def test_one_that_fails_does_not_fail_the_others(together: Together) -> None:
    first, bad, good = together.first(0, "a"), *together.then([13], "a"), None
    together.held.end(1)
    assert first.result(60) == "a0"
    together.held.end(1)
    with pytest.raises(ValueError, match="thirteen"):
        bad.result(60)
    first = together.first(0, "a")
    bad, good = together.then([13, 7], "a")
    together.held.end(10)
    assert (first.result(60), good.result(60)) == ("a0", "a7")
    with pytest.raises(ValueError, match="thirteen"):
        bad.result(60)

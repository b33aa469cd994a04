"""NormalizeStream through a real channel: order, a lone mention, limits, and the reading ahead behind it."""

from __future__ import annotations

from collections.abc import Iterator
from queue import SimpleQueue

import grpc
from calls import Client, failure, message

from normalizer.pipeline import Normalizer
from normalizer.service.readahead import ReadAhead
from normalizer.service.server import Server, Settings
from normalizer.v1.normalizer_pb2 import (
    NormalizeRequest,
    NormalizeStreamRequest,
)

LONE_SURROGATE = b"\xed\xa0\x80"
NAN = float("nan")


def test_a_stream_keeps_the_order(client: Client) -> None:
    texts = [("Суджа", "Kursk", "", "Київ", "Putin")[place % 5] for place in range(500)]
    requests = [
        NormalizeStreamRequest(mention=message(text), explain=place % 7 == 0) for place, text in enumerate(texts)
    ]
    answers = client.stream(requests)
    assert len(answers) == 500
    for place, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        if not text:
            assert answer.status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
        else:
            assert text in (answer.resolution.candidates[0].matched_name, "Putin")
            assert bool(answer.resolution.candidates[0].evidence) == (place % 7 == 0)


def test_a_stream_answers_a_single_waiting_mention_at_once(client: Client) -> None:
    waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
    answers = client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60)
    for text in ("Суджа", "Kursk", "Київ"):
        waiting.put(NormalizeStreamRequest(mention=message(text)))
        assert next(answers).answer.resolution.candidates[0].matched_name == text
    waiting.put(None)
    assert list(answers) == []


def test_streams_are_limited_and_given_back(served: Normalizer) -> None:
    server = Server.start(served, Settings("127.0.0.1:0", threads=2, grace=0.0))
    client = Client(server.address)
    waiting: SimpleQueue[NormalizeStreamRequest | None] = SimpleQueue()
    waiting.put(NormalizeStreamRequest(mention=message()))
    first = client.normalizer.NormalizeStream(iter(waiting.get, None), timeout=60)
    next(first)
    assert failure(client.stream, []).reason == "TOO_MANY_STREAMS"
    assert client.normalizer.Normalize(NormalizeRequest(mention=message())).HasField("resolution")
    waiting.put(None)
    assert list(first) == []
    for _ in range(20):  # each stream gives its place back, whether it ended or was broken off
        client.normalizer.NormalizeStream(iter(waiting.get, None)).cancel()
    waiting.put(None)
    _until_accepted(client)
    server.stop()


def _until_accepted(client: Client) -> None:
    while True:
        try:
            assert client.stream([]) == []
            return
        except grpc.RpcError as error:
            assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED  # noqa: PT017


def test_read_ahead_is_bounded() -> None:
    taken, ahead = 0, []

    def source() -> Iterator[int]:
        for item in range(1000):
            ahead.append(item - taken)
            yield item

    arrived = []
    for chunk in ReadAhead(source(), limit=10):
        arrived += chunk
        taken = len(arrived)
    assert arrived == list(range(1000))
    assert max(ahead) <= 2 * 10


def test_read_ahead_lets_go_when_closed() -> None:
    pulled: SimpleQueue[int] = SimpleQueue()

    def source() -> Iterator[int]:
        for item in range(1000):
            pulled.put(item)
            yield item

    reader = ReadAhead(source(), limit=1)
    assert [pulled.get(), pulled.get()] == [0, 1]
    reader.close()
    reader.close()
    assert sum(len(chunk) for chunk in reader) < 1000

"""NormalizerService through a real channel: the answers, the errors with their fields, the order of the stream."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest
from calls import SUDZHA, Client, failure, message, read_status

from normalizer.pipeline import Normalizer
from normalizer.service.editing import GazetteerServicer
from normalizer.service.errors import CallEnded
from normalizer.service.normalizing import CHUNK, LOOK_UPS, MAX_BATCH, NormalizerServicer
from normalizer.service.server import Server, Settings
from normalizer.service.writing import write_resolution
from normalizer.terms import InvalidInput, Mention, Resolution
from normalizer.v1.normalizer_pb2 import (
    NormalizeBatchRequest,
    NormalizeBatchResponse,
    NormalizeRequest,
    NormalizeResponse,
    NormalizeStreamRequest,
    NormalizeStreamResponse,
)
from normalizer.v1.types_pb2 import OUTCOME_LINKED, Coordinates
from normalizer.v1.types_pb2 import Mention as MentionMessage

LONE_SURROGATE = b"\xed\xa0\x80"
NAN = float("nan")


def test_answers_with_the_entity_and_the_versions(client: Client, served: Normalizer) -> None:
    answer = client.normalizer.Normalize(NormalizeRequest(mention=message(country="RU"))).resolution
    assert (answer.outcome, answer.entity_id) == (OUTCOME_LINKED, SUDZHA)
    assert answer.candidates[0].matched_name == "Суджа"
    assert not answer.candidates[0].evidence
    assert answer.versions.revision == served.gazetteer.revision


def test_explains_when_asked(client: Client) -> None:
    answer = client.normalizer.Normalize(NormalizeRequest(mention=message("Судже"), explain=True)).resolution
    assert all(part.name and part.reason for part in answer.candidates[0].evidence)
    assert answer.candidates[0].evidence
    assert answer.candidates[0].romanized.form == "Sudzha"
    district = client.normalizer.Normalize(NormalizeRequest(mention=message("Belovsky district"), explain=True))
    assert {one.field for one in district.resolution.otherwise} == {"parent"}


@pytest.mark.parametrize("text", ["Суджа", "Kursk region", "Киеве", "IAEA", "Putin", "Qwrtzxk"])
@pytest.mark.parametrize("explain", [False, True])
def test_every_door_gives_the_same_answer(client: Client, served: Normalizer, text: str, explain: bool) -> None:
    expected = write_resolution(served.normalize([Mention(text)], explain=explain)[0])
    options = {"explain": explain, "precision": 0.99}
    unary = client.normalizer.Normalize(NormalizeRequest(mention=message(text), **options))
    batch = client.normalizer.NormalizeBatch(NormalizeBatchRequest(mentions=[message(text)], **options))
    [streamed] = client.stream([NormalizeStreamRequest(mention=message(text), **options)])
    assert [unary.resolution, batch.answers[0].resolution, streamed.resolution] == [expected] * 3


BAD_MENTIONS = {
    "empty": ("text", message("")),
    "blank": ("text", message(" \t ")),
    "over-long": ("text", message("ж" * 501)),
    "NUL": ("text", message("Суд\0жа")),
    "escape": ("text", message("Суд\x1bжа")),
    "C1 control": ("text", message("Суд\x9fжа")),
    "malformed country": ("country", message(country="ru")),
    "unknown country": ("country", message(country="XX")),
    "malformed language": ("language", message(language="not a tag")),
    "malformed date": ("date", message(date="yesterday")),
    "control character in the document": ("document", message(document="\0")),
    "empty co-mention": ("co_mentions", message(co_mentions=["Курск", ""])),
    "malformed type": ("type", message(type="Place")),
    "unknown type": ("type", message(type="ship")),
    "malformed parent": ("parent", message(parent="a b")),
    "unknown parent": ("parent", message(parent="geonames:0")),
    "latitude out of range": ("coordinates", message(coordinates=Coordinates(latitude=91, longitude=0))),
    "latitude not a number": ("coordinates", message(coordinates=Coordinates(latitude=NAN, longitude=0))),
    "half a point": ("coordinates.longitude", message(coordinates=Coordinates(latitude=51))),
}


@pytest.mark.parametrize(("field", "bad"), BAD_MENTIONS.values(), ids=BAD_MENTIONS)
def test_bad_mention_is_named(client: Client, field: str, bad: MentionMessage) -> None:
    failed = failure(client.normalizer.Normalize, NormalizeRequest(mention=bad))
    assert failed[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", [f"mention.{field}"])
    assert failed.message.startswith(f"mention.{field}: ")

    batch = client.normalizer.NormalizeBatch(NormalizeBatchRequest(mentions=[message(), bad, message()]))
    assert [answer.WhichOneof("answer") for answer in batch.answers] == ["resolution", "status", "resolution"]
    assert read_status(batch.answers[1].status).fields == [f"mentions[1].{field}"]

    answers = client.stream([NormalizeStreamRequest(mention=each) for each in (message(), bad, message())])
    assert [answer.WhichOneof("answer") for answer in answers] == ["resolution", "status", "resolution"]
    assert read_status(answers[1].status)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", [f"mention.{field}"])


@pytest.mark.parametrize("precision", [0.0, 1.0, -3.0, NAN])
def test_bad_precision_is_named(client: Client, precision: float) -> None:
    for method, request in (
        (client.normalizer.Normalize, NormalizeRequest(mention=message(), precision=precision)),
        (client.normalizer.NormalizeBatch, NormalizeBatchRequest(mentions=[message()], precision=precision)),
    ):
        assert failure(method, request)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["precision"])
    requests = [NormalizeStreamRequest(mention=message(), precision=value) for value in (0.9, precision, precision)]
    answers = client.stream(requests)
    assert answers[0].HasField("resolution")
    assert [read_status(answer.status).fields for answer in answers[1:]] == [["precision"]] * 2


def test_a_missing_mention_is_an_empty_one(client: Client) -> None:
    assert failure(client.normalizer.Normalize, NormalizeRequest()).fields == ["mention.text"]


def test_a_lone_surrogate_does_not_leave_a_python_client() -> None:
    with pytest.raises(UnicodeEncodeError):
        message("\ud800")


def test_text_that_is_not_utf8_is_named(client: Client) -> None:
    good = NormalizeRequest(mention=message("abc")).SerializeToString()
    bad = good.replace(b"abc", LONE_SURROGATE)
    unary = client.channel.unary_unary("/normalizer.v1.NormalizerService/Normalize")
    assert failure(unary, bad)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["mention.text"])

    mentions = [message("first"), message("second", co_mentions=["third", "abc"])]
    bad = NormalizeBatchRequest(mentions=mentions).SerializeToString().replace(b"abc", LONE_SURROGATE)
    batch = client.channel.unary_unary("/normalizer.v1.NormalizerService/NormalizeBatch")
    assert failure(batch, bad).fields == ["mentions[1].co_mentions[1]"]

    bad = good.replace(b"abc", LONE_SURROGATE)
    method = client.channel.stream_stream("/normalizer.v1.NormalizerService/NormalizeStream")
    answers = [NormalizeStreamResponse.FromString(data).answer for data in method(iter([good, bad, good]))]
    assert [answer.WhichOneof("answer") for answer in answers] == ["resolution", "status", "resolution"]
    assert read_status(answers[1].status).fields == ["mention.text"]


def test_what_is_no_message_is_refused(client: Client) -> None:
    unary = client.channel.unary_unary("/normalizer.v1.NormalizerService/Normalize")
    assert failure(unary, b"\xff\xff\xff")[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["request"])


def test_a_message_of_ten_megabytes_is_refused(client: Client) -> None:
    request = NormalizeRequest(mention=message("ж" * 5_000_000))
    assert failure(client.normalizer.Normalize, request).code == "RESOURCE_EXHAUSTED"
    assert client.normalizer.Normalize(NormalizeRequest(mention=message())).HasField("resolution")


@pytest.mark.parametrize("count", [0, 1, CHUNK + 1, MAX_BATCH])
def test_a_batch_answers_each_in_order(client: Client, count: int) -> None:
    texts = [("Суджа", "Kursk", "Київ")[place % 3] for place in range(count)]
    response = client.normalizer.NormalizeBatch(NormalizeBatchRequest(mentions=map(message, texts)))
    assert [answer.resolution.candidates[0].matched_name for answer in response.answers] == texts


def test_a_batch_of_too_many_is_refused(client: Client) -> None:
    request = NormalizeBatchRequest(mentions=[message()] * (MAX_BATCH + 1))
    assert failure(client.normalizer.NormalizeBatch, request)[:3] == ("INVALID_ARGUMENT", "INVALID_INPUT", ["mentions"])


def test_a_deadline_is_kept(client: Client) -> None:
    request = NormalizeBatchRequest(mentions=[message("Kursq oblastt")] * MAX_BATCH)
    assert failure(client.normalizer.NormalizeBatch, request, timeout=0.001).code == "DEADLINE_EXCEEDED"
    assert client.normalizer.Normalize(NormalizeRequest(mention=message())).HasField("resolution")


def test_a_batch_stops_when_nobody_waits(served: Normalizer) -> None:
    looks = iter([True, True, False])
    context = SimpleNamespace(is_active=lambda: next(looks))
    with pytest.raises(CallEnded):
        NormalizerServicer(served).NormalizeBatch(NormalizeBatchRequest(mentions=[message()] * MAX_BATCH), context)
    assert list(looks) == []


@pytest.mark.parametrize(
    ("mentions", "chunks"),
    [
        ([message(str(number)) for number in range(MAX_BATCH)], [CHUNK] * 3 + [MAX_BATCH - 3 * CHUNK]),
        ([message("Kursk", co_mentions=[f"{one} {two}" for two in range(100)]) for one in range(25)], [9, 9, 7]),
        ([message("Kursk", co_mentions=map(str, range(100))) for _ in range(CHUNK)], [CHUNK]),
        ([message("Kursk", co_mentions=map(str, range(LOOK_UPS))) for _ in range(2)], [2]),
    ],
    ids=["without", "of many documents", "of one document", "more than are looked up"],
)
def test_a_chunk_has_no_more_co_mentions_than_mentions_take_time(
    served: Normalizer, mentions: list[MentionMessage], chunks: list[int]
) -> None:
    asked: list[int] = []

    class Counting(Normalizer):
        def attempt(self, mentions: Sequence[Mention], **options: Any) -> list[Resolution | InvalidInput]:
            asked.append(len(mentions))
            return [InvalidInput("text", "is not asked")] * len(mentions)

    servicer, context = NormalizerServicer(Counting(served.gazetteer)), SimpleNamespace(is_active=lambda: True)
    batch = servicer.NormalizeBatch(NormalizeBatchRequest(mentions=mentions), context)
    assert (len(batch.answers), asked) == (len(mentions), chunks)
    asked.clear()
    requests = [NormalizeStreamRequest(mention=mention) for mention in mentions]
    assert len([*servicer._answer_chunk(requests)]) == len(mentions)
    assert asked == chunks


class Defective(Normalizer):
    """Fails on one word."""

    def attempt(self, mentions: Sequence[Mention], **options: Any) -> list[Resolution | InvalidInput]:
        if any(mention.text == "boom" for mention in mentions):
            raise RuntimeError("the secret is 42")
        return super().attempt(mentions, **options)


def test_a_defect_is_logged_and_not_told(served: Normalizer, caplog: pytest.LogCaptureFixture) -> None:
    server = Server.start(Defective(served.gazetteer), Settings("127.0.0.1:0", grace=0.0))
    client = Client(server.address)
    requests = [NormalizeStreamRequest(mention=message("boom"))]
    with caplog.at_level(logging.ERROR):
        failures = [
            failure(client.normalizer.Normalize, NormalizeRequest(mention=message("boom"))),
            failure(client.stream, requests),
        ]
    for failed in failures:
        assert failed[:2] == ("INTERNAL", "DEFECT")
        assert "secret" not in failed.message
    assert [str(record.exc_info[1]) for record in caplog.records] == ["the secret is 42"] * 2
    answer: NormalizeResponse = client.normalizer.Normalize(NormalizeRequest(mention=message()))
    assert answer.HasField("resolution")
    server.stop()


def test_an_explained_full_batch_can_be_received(served: Normalizer, server: Server) -> None:
    options = [("grpc.max_receive_message_length", 64 * 1024 * 1024)]
    request = NormalizeBatchRequest(mentions=[message("Kursk region")] * MAX_BATCH, explain=True)
    with grpc.insecure_channel(server.address, options=options) as channel:
        method = channel.unary_unary(
            "/normalizer.v1.NormalizerService/NormalizeBatch", response_deserializer=NormalizeBatchResponse.FromString
        )
        assert len(method(request.SerializeToString()).answers) == MAX_BATCH


@pytest.mark.parametrize("servicer", [NormalizerServicer, GazetteerServicer])
def test_every_call_of_the_contract_is_answered(servicer: type) -> None:
    """Generated bases raise NotImplementedError; none of theirs is left."""
    base = servicer.__bases__[-1]
    calls = [name for name in vars(base) if not name.startswith("_")]
    assert calls
    assert [name for name in calls if getattr(servicer, name) is getattr(base, name)] == []


def test_mentions_are_logged_where_that_is_asked_for(served: Normalizer, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    server = Server.start(served, Settings("127.0.0.1:0", grace=0.0, log_mentions=log, log_limit=10))
    client = Client(server.address)
    client.normalizer.Normalize(NormalizeRequest(mention=message(country="RU", document="report 7")))
    client.normalizer.NormalizeBatch(NormalizeBatchRequest(mentions=[message("Qaxotepl"), message(type="?")]))
    client.stream([NormalizeStreamRequest(mention=message("Kursk"))])
    server.stop()
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [line["text"] for line in lines] == [message().text, "Qaxotepl", "Kursk"]
    assert (lines[0]["country"], lines[0]["answer"]["first"]["entity_id"]) == ("RU", SUDZHA)
    assert "report 7" not in log.read_text("utf-8")

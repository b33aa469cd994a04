"""NormalizerService: one mention, many, or a stream of them, all through `Normalizer.attempt`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

import grpc

from normalizer.matching.context import MOST_LOOKED_UP
from normalizer.mention_log import Asked
from normalizer.pipeline import Normalizer
from normalizer.service.boundary import check_active
from normalizer.service.errors import status_of
from normalizer.service.gathering import Gathering
from normalizer.service.paths import located, within
from normalizer.service.readahead import ReadAhead
from normalizer.service.reading import Options, read_mention, read_options
from normalizer.service.writing import write_resolution
from normalizer.terms import InvalidInput, Mention, NormalizerError, Resolution, RevisionUnavailable
from normalizer.v1 import normalizer_pb2, types_pb2
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceServicer

MAX_BATCH = 1000
"""The most mentions in one NormalizeBatch."""

CHUNK = 256
"""How many mentions are normalized in one go, and between two looks at whether the caller still waits."""

LOOK_UPS = 1000
"""How many texts they may ask for, co-mentions among them: each of these takes as long as a mention."""


class NormalizerServicer(NormalizerServiceServicer):
    """Answers from `normalizer`, and tells a log what it answered if there is one."""

    def __init__(self, normalizer: Normalizer, log: Callable[[Asked], None] | None = None) -> None:
        self._normalizer = normalizer
        self._log = log
        self._alone, self._beside = Gathering(self._answered, CHUNK), Gathering(self._answered, CHUNK)

    def Normalize(
        self, request: normalizer_pb2.NormalizeRequest, context: grpc.ServicerContext
    ) -> normalizer_pb2.NormalizeResponse:
        """One mention; what is wrong with it fails the call. Calls that wait at the same time share the work."""
        options = read_options(request)
        with within("mention"):
            mention = read_mention(request.mention)
        # Each co-mention takes as long as a mention: who brings none does not wait for those of others.
        answer = (self._beside if mention.co_mentions else self._alone).ask(mention, options)
        if isinstance(answer, InvalidInput):
            raise located(answer, "mention")
        return normalizer_pb2.NormalizeResponse(resolution=write_resolution(answer))

    def NormalizeBatch(
        self, request: normalizer_pb2.NormalizeBatchRequest, context: grpc.ServicerContext
    ) -> normalizer_pb2.NormalizeBatchResponse:
        """Up to MAX_BATCH mentions; what is wrong with one is its own answer."""
        if len(request.mentions) > MAX_BATCH:
            raise InvalidInput("mentions", f"must be at most {MAX_BATCH}, these are {len(request.mentions)}")
        options = read_options(request)
        response = normalizer_pb2.NormalizeBatchResponse()
        for chunk in _chunks(request.mentions):
            check_active(context)
            first = len(response.answers)
            places = [f"mentions[{place}]" for place in range(first, first + len(chunk))]
            response.answers.extend(map(_write_answer, self._attempt(chunk, places, options)))
        return response

    def NormalizeStream(
        self, request_iterator: Iterator[normalizer_pb2.NormalizeStreamRequest], context: grpc.ServicerContext
    ) -> Iterator[normalizer_pb2.NormalizeStreamResponse]:
        """Answers in the order of the requests; whatever has arrived by the time is normalized together."""
        arrived = ReadAhead(request_iterator, limit=CHUNK)
        if not context.add_callback(arrived.close):
            arrived.close()
        for chunk in arrived:
            for answer in self._answer_chunk(chunk):
                yield normalizer_pb2.NormalizeStreamResponse(answer=_write_answer(answer))

    def _answer_chunk(
        self, requests: Sequence[normalizer_pb2.NormalizeStreamRequest | InvalidInput]
    ) -> Iterator[Resolution | NormalizerError]:
        for options, group in groupby(requests, key=_options_or_error):
            if isinstance(options, InvalidInput):
                yield options
                continue
            mentions = [request.mention for request in group if not isinstance(request, InvalidInput)]
            for chunk in _chunks(mentions):
                try:
                    yield from self._attempt(chunk, ["mention"] * len(chunk), options)
                except (InvalidInput, RevisionUnavailable) as error:  # the options, not a mention
                    yield from [error] * len(chunk)

    def _attempt(
        self, messages: Sequence[types_pb2.Mention], places: Sequence[str], options: Options
    ) -> list[Resolution | InvalidInput]:
        """One answer for each message, in order; what is wrong is located at the message's place in the request."""
        read = [_read_or_error(message) for message in messages]
        usable = [mention for mention in read if isinstance(mention, Mention)]
        answers = iter(self._answered(usable, options))
        merged = [next(answers) if isinstance(mention, Mention) else mention for mention in read]
        return [
            located(answer, place) if isinstance(answer, InvalidInput) else answer
            for answer, place in zip(merged, places, strict=True)
        ]

    def _answered(self, mentions: Sequence[Mention], options: Options) -> list[Resolution | InvalidInput]:
        found = self._normalizer.attempt(mentions, **options._asdict())
        if self._log:
            # No answer can be repeated without the co-mentions it depends on, and the log has none of these.
            asked = zip(mentions, found, strict=True)
            self._log([(one, answer) for one, answer in asked if not one.co_mentions])
        return found


def _chunks(messages: Iterable[types_pb2.Mention]) -> Iterator[list[types_pb2.Mention]]:
    """Cut mentions into chunks of at most CHUNK that ask for at most LOOK_UPS texts together, in their order."""
    chunk: list[types_pb2.Mention] = []
    texts: set[str] = set()
    for message in messages:
        asked = {message.text, *message.co_mentions[:MOST_LOOKED_UP]}
        if chunk and (len(chunk) == CHUNK or len(texts) + len(asked - texts) > LOOK_UPS):
            yield chunk
            chunk, texts = [], set()
        chunk.append(message)
        texts |= asked
    if chunk:
        yield chunk


def _read_or_error(message: types_pb2.Mention) -> Mention | InvalidInput:
    try:
        return read_mention(message)
    except InvalidInput as error:
        return error


def _options_or_error(request: normalizer_pb2.NormalizeStreamRequest | InvalidInput) -> Options | InvalidInput:
    # An error is equal to no other one, so that each is a group of its own.
    if isinstance(request, InvalidInput):
        return request
    try:
        return read_options(request)
    except InvalidInput as error:
        return error


def _write_answer(answer: Resolution | NormalizerError) -> normalizer_pb2.Answer:
    if isinstance(answer, NormalizerError):
        return normalizer_pb2.Answer(status=status_of(answer))
    return normalizer_pb2.Answer(resolution=write_resolution(answer))

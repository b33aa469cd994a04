"""A read replica: the log of a leader, copied as it grows, into a store that takes no other edits.

The copy has the same records with the same hashes, so a replica that was cut off goes on where it was, and one that
holds anything else than its leader notices at the next change. Whoever asks a replica learns how far behind it is.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import grpc

from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, silent
from normalizer.service.reading import read_change
from normalizer.sharing import Slate
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.store.replica import Request
from normalizer.store.version import Version
from normalizer.terms import Change, NormalizerError
from normalizer.v1 import gazetteer_pb2, types_pb2
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub

_PAUSE = 0.2
"""Seconds until a lost leader is looked for again."""
_LONG_PAUSE = 5.0
"""Likewise, when its log is another one."""
_PATIENCE = 10.0
"""Seconds that a server may take to say how it stands."""
_ENDED = "it has ended the stream"
_ANEW = "Follow the one that this was copied from, or start again in an empty directory"
_MOST_SAID = 500
"""Letters of a problem that are told of."""
_SILENCE_MS = 5000
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    ("grpc.keepalive_time_ms", _SILENCE_MS),
    ("grpc.keepalive_timeout_ms", _SILENCE_MS),
]

_log = logging.getLogger(__name__)

Messages = Iterator[gazetteer_pb2.WatchChangesResponse]


class LeaderGone(NormalizerError):
    """The leader stops; it may be there again in a moment."""


class Standing(NamedTuple):
    """How a replica stands."""

    leader: str
    newest: int
    """The newest revision of the leader, as it last said."""
    seconds_behind: float
    """Since this replica was last seen to have all that its leader has."""
    problem: str


class Log(Protocol):
    """What a log can be read from: a gazetteer, or a store that has no index yet."""

    def changes(self, after: int = 0, limit: int = 1000) -> list[Change]:
        """Return at most `limit` changes with a revision above `after`, oldest first."""


class Copying(Protocol):
    """What a log can be copied into: likewise."""

    def copy(
        self, change: Change, digest: str, versions: Iterable[Version], requests: Callable[[], Sequence[Request]]
    ) -> None:
        """Take over a change of the leader. Raises NormalizerError when it does not continue the log here."""


def bootstrap(where: Place | Path, leader: str, progress: Progress = silent) -> None:
    """Copy the leader's whole log into a place that has no gazetteer yet, and compile its index.

    A connection that breaks is made again, and what was copied before is kept. Raises NormalizerError when the leader
    cannot be reached in the first place.
    """
    place = Place.at(where)
    with closing(Store.open(*place, write=True)) as store:
        newest: int | None = None
        while newest is None or store.revision < newest:
            try:
                with grpc.insecure_channel(leader, _OPTIONS) as channel:
                    messages = _watch(channel, store.revision)
                    newest = _begin(store, store.revision, messages)
                    while store.revision < newest:
                        _copy_next(store, messages)
                        progress("copying the log of the leader", store.revision, newest)
            except (grpc.RpcError, LeaderGone) as error:
                if newest is None:
                    raise NormalizerError(f"{leader} cannot be followed: {_said(error)}") from error
                time.sleep(_PAUSE)
    Gazetteer.rebuild(place, progress).close()


def status_of(address: str) -> dict[str, Any]:
    """Return what a running server says of itself: the fields of GetStatusResponse. Raises NormalizerError."""
    try:
        with grpc.insecure_channel(address, _OPTIONS) as channel:
            said = GazetteerServiceStub(channel).GetStatus(gazetteer_pb2.GetStatusRequest(), timeout=_PATIENCE)
    except grpc.RpcError as error:
        raise NormalizerError(f"no server answers at {address}: {error.details()}") from error
    return {field.name: getattr(said, field.name) for field in said.DESCRIPTOR.fields}


class Follower:
    """Keeps a gazetteer as its leader's is, in a thread, from `start` to `stop`.

    Of several processes with one gazetteer, one starts, and writes on the slate how the replica stands.
    """

    def __init__(self, gazetteer: Gazetteer, leader: str, slate: Slate) -> None:
        gazetteer.follow(leader)
        self._gazetteer = gazetteer
        self._leader = leader
        self._slate = slate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="follower", daemon=True)
        self._call: grpc.Call | None = None
        self._newest = 0
        self._current = time.monotonic()
        self._problem = "the leader was not reached yet"

    def start(self) -> None:
        """Follow from now on."""
        self._write()
        self._thread.start()

    def stop(self) -> None:
        """Follow no more; the change that is being copied is copied first, or not at all."""
        self._stopping.set()
        if self._call:
            self._call.cancel()
        if self._thread.is_alive():
            self._thread.join()

    def standing(self) -> Standing:
        """Return how this replica stands now."""
        newest, current, problem = json.loads(self._slate.read() or self._written())
        return Standing(self._leader, newest, time.monotonic() - current, problem)

    def _write(self) -> None:
        self._slate.write(self._written())

    def _written(self) -> str:
        return json.dumps([self._newest, self._current, self._problem[:_MOST_SAID]], ensure_ascii=False)

    def _follow(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = _PAUSE
            try:
                self._read()
            except (grpc.RpcError, LeaderGone) as error:
                self._trouble(f"the leader cannot be reached: {_said(error)}")
            except NormalizerError as error:
                self._trouble(str(error))
                pause = _LONG_PAUSE
            except Exception as error:
                _log.error("following failed on a defect", exc_info=error)
                self._trouble(f"following failed on a defect: {error}")
                pause = _LONG_PAUSE

    def _trouble(self, problem: str) -> None:
        if problem != self._problem and not self._stopping.is_set():
            _log.warning("replica of %s: %s", self._leader, problem)
        self._problem = problem
        self._write()

    def _read(self) -> None:
        at = self._gazetteer.revision
        with grpc.insecure_channel(self._leader, _OPTIONS) as channel:
            messages = self._call = _watch(channel, at)
            self._heard(_begin(self._gazetteer, at, messages))
            while not self._stopping.is_set():
                self._heard(_copy_next(self._gazetteer, messages))

    def _heard(self, newest: int) -> None:
        self._newest, self._problem = newest, ""
        if self._gazetteer.wait(-1, 0) >= newest:
            self._current = time.monotonic()
        self._write()


def _watch(channel: grpc.Channel, revision: int) -> Any:
    """The messages of a leader's stream, which can be cancelled."""
    return GazetteerServiceStub(channel).WatchChanges(gazetteer_pb2.WatchChangesRequest(from_revision=revision))


def _said(error: Exception) -> str:
    return str(error.details() if isinstance(error, grpc.RpcError) else error)


def log_hash(log: Log, revision: int) -> str:
    """Return the hash of a log up to a revision, which covers all before; "" for one that it has not come to, and 0."""
    return next((change.hash for change in log.changes(max(0, revision - 1), 1) if change.revision == revision), "")


def _begin(log: Log, revision: int, messages: Messages) -> int:
    """Read what a leader says first; return its newest revision. Raises NormalizerError when its log is another one."""
    try:
        first = next(messages, None)
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
            raise
        problem = f"the leader sends nothing after revision {revision}, which is here ({_said(error)})"
        raise NormalizerError(f"{problem}: it was restored from a backup, or has another gazetteer. {_ANEW}") from error
    if first is None:
        raise LeaderGone(_ENDED)
    if first.log_hash and first.log_hash != log_hash(log, revision):  # earlier versions do not say it
        problem = f"the leader has another gazetteer: revision {revision} there is not revision {revision} here"
        raise NormalizerError(f"{problem}. {_ANEW}")
    return first.newest_revision


def _copy_next(into: Copying, messages: Messages) -> int:
    """Copy the next change, if it is not only a sign of life; return the newest revision of the leader."""
    first = next(messages, None)
    if first is None:
        raise LeaderGone(_ENDED)
    if not first.HasField("change"):
        return first.newest_revision
    last = first

    def versions() -> Iterator[Version]:
        nonlocal last
        while True:
            for one in last.versions:
                state = types_pb2.State.Name(one.state).removeprefix("STATE_")
                yield Version(one.id, first.change.revision, state, one.redirect or None, one.document)
            if last.complete:
                return
            last = next(messages)

    def requests() -> Sequence[Request]:
        return [Request(one.id, one.digest) for one in last.requests]

    into.copy(read_change(first.change), first.digest, versions(), requests)
    return last.newest_revision

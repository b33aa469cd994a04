"""GazetteerService, for those who follow: the log as it grows, and how this server stands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import islice

import grpc

from normalizer.gazetteer import Gazetteer
from normalizer.service.boundary import check_active
from normalizer.service.following import Follower, log_hash
from normalizer.service.writing import write_change
from normalizer.sharing import Slate
from normalizer.store.version import Version
from normalizer.terms import Change, InvalidInput, RevisionUnavailable, StoreUnavailable
from normalizer.v1 import gazetteer_pb2, types_pb2

SIGN = 1.0
"""Seconds between two messages when nothing changes."""

_PAGE = 100
_MOST_BYTES = 1_000_000
"""Of documents in one message, beyond the first: clients accept 4 MiB unless told otherwise."""
_MOST_VERSIONS = 1000


class WatchingMethods:
    """Methods of GazetteerServicer."""

    _gazetteer: Gazetteer
    _follower: Follower | None
    ending: threading.Event
    """Set when the server is about to stop: watchers would keep it waiting."""
    damage: Slate
    """What is wrong with the gazetteer here, for people."""

    def WatchChanges(
        self, request: gazetteer_pb2.WatchChangesRequest, context: grpc.ServicerContext
    ) -> Iterator[gazetteer_pb2.WatchChangesResponse]:
        """Every change after a revision; a sign of life when there is none."""
        at, newest = request.from_revision, self._gazetteer.wait(-1, 0)
        if at < 0:
            raise InvalidInput("from_revision", f"must not be negative, not {at}")
        if at > newest:
            raise RevisionUnavailable(f"revision {at} is not there yet; the newest is {newest}")
        yield gazetteer_pb2.WatchChangesResponse(newest_revision=newest, log_hash=log_hash(self._gazetteer, at))
        while not self.ending.is_set():
            check_active(context)
            newest = self._gazetteer.wait(at, SIGN)
            changes = self._gazetteer.changes(at, _PAGE)
            for change in changes:
                yield from self._messages(change, newest)
                at = change.revision
            if not changes:
                yield gazetteer_pb2.WatchChangesResponse(newest_revision=newest)

    def _messages(self, change: Change, newest: int) -> Iterator[gazetteer_pb2.WatchChangesResponse]:
        covered, written = self._gazetteer.covered(change.revision), write_change(change)
        for versions, is_last in _pages(self._gazetteer.made_by(change.revision)):
            yield gazetteer_pb2.WatchChangesResponse(
                newest_revision=max(newest, change.revision),
                change=written,
                versions=map(_write_version, versions),
                digest=covered.digest,
                requests=[gazetteer_pb2.RememberedRequest(id=one.id, digest=one.digest) for one in covered.requests]
                if is_last
                else (),
                complete=is_last,
            )

    def GetStatus(
        self, request: gazetteer_pb2.GetStatusRequest, context: grpc.ServicerContext
    ) -> gazetteer_pb2.GetStatusResponse:
        """The revisions of this server, and of the one it follows."""
        revision, away = self._gazetteer.revision, ""
        try:
            oldest = self._gazetteer.oldest
        except StoreUnavailable as error:
            oldest, away = revision, str(error)
        status = gazetteer_pb2.GetStatusResponse(revision=revision, oldest_revision=oldest, leader_revision=revision)
        if self._follower:
            standing = self._follower.standing()
            status.follows = standing.leader
            status.leader_revision = max(standing.newest, revision)
            status.seconds_behind = standing.seconds_behind
            status.problem = standing.problem
        status.problem = self.damage.read() or away or status.problem
        return status


def _pages(versions: Iterator[Version]) -> Iterator[tuple[list[Version], bool]]:
    """The versions, a message's worth at a time, and whether these are the last; once with none, if there are none."""
    page = list(islice(versions, 1))
    size = sum(map(_size, page))
    for one in versions:
        if len(page) == _MOST_VERSIONS or size + _size(one) > _MOST_BYTES:
            yield page, False
            page, size = [], 0
        page.append(one)
        size += _size(one)
    yield page, True


def _size(one: Version) -> int:
    return len(one.document.encode())


def _write_version(one: Version) -> gazetteer_pb2.EntityVersion:
    return gazetteer_pb2.EntityVersion(
        id=one.id,
        state=types_pb2.State.Value(f"STATE_{one.state}"),
        redirect=one.redirect or "",
        document=one.document,
    )

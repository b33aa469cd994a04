"""Edits through real servers: over a wire that breaks, from eight clients at a time, and to a replica."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import grpc
import numpy as np

from bench.reliability_server import RETRY, SMALL, BreakingWire, serving, small_gazetteer, stub
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.sources import jsonl
from normalizer.store import Store
from normalizer.v1.gazetteer_pb2 import (
    AddNameRequest,
    AddNameResponse,
    GetEntityRequest,
    GetStatusRequest,
    UpdateEntityRequest,
)
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub
from normalizer.v1.types_pb2 import Edit, Entity, Name

SEED = 13
CLIENTS = 8
SHARED = ("geonames:486816", "geonames:538560", "geonames:703448")
PATIENCE = 60.0


def retries(edits: int, progress: Progress) -> dict[str, Any]:
    """Send each edit twice, each time until it is answered, over connections that are cut: it is applied once."""
    generator = random.Random(SEED)
    entities = _entities()
    with tempfile.TemporaryDirectory() as folder:
        directory = small_gazetteer(Path(folder) / "data")
        with serving(directory) as address:
            wire = BreakingWire(address, generator, lambda numbers: numbers.randrange(50, 6000))
            sent = different = 0
            with stub(wire.address) as gazetteer:
                for number in range(edits):
                    edit = Edit(author="retries", request_id=f"request {number}")
                    named = entities[number % len(entities)]
                    request = AddNameRequest(id=named, name=Name(value=f"Name {number}"), edit=edit)
                    answers = [_insist(gazetteer, request) for _ in range(2)]
                    sent += sum(times for _, times in answers)
                    different += answers[0][0] != answers[1][0]
                    progress("retrying", number + 1, edits)
            wire.close()
        with closing(Store.open(directory)) as store:
            applied = [change.edit.request_id for change in store.changes(1, 10**9)]
            store.verify()
    return {
        "edits": edits,
        "requests sent": sent,
        "connections cut": wire.cuts,
        "applied": len(set(applied)),
        "applied twice": len(applied) - len(set(applied)),
        "not applied": edits - len(set(applied)),
        "answered differently": different,
    }


def _entities() -> list[str]:
    """Return the ids of all entities: none gets so many names that a connection is cut before it has passed them on."""
    return [entity.id for entity in jsonl.read(SMALL)]


def _insist(gazetteer: GazetteerServiceStub, request: AddNameRequest) -> tuple[AddNameResponse, int]:
    for times in count(1):
        try:
            return gazetteer.AddName(request, timeout=5, wait_for_ready=True), times
        except grpc.RpcError as error:
            if error.code() not in RETRY or times > 1000:
                raise
    raise AssertionError


def edits(total: int, progress: Progress) -> dict[str, Any]:
    """Count three entities' people up from eight clients, each edit guarded by the etag that was read before it."""
    with tempfile.TemporaryDirectory() as folder:
        directory = small_gazetteer(Path(folder) / "data")
        with serving(directory) as address:
            with stub(address) as gazetteer:
                for entity_id in SHARED:
                    entity = Entity(id=entity_id, population=0)
                    gazetteer.UpdateEntity(_counting(entity), timeout=PATIENCE)
            tally = _Tally(total, progress)
            with ThreadPoolExecutor(CLIENTS) as pool:
                for client in range(CLIENTS):
                    pool.submit(_count_up, address, client, tally)
        with closing(Store.open(directory)) as store:
            people = sum(store.get(entity_id).population or 0 for entity_id in SHARED)
            revisions = [change.revision for change in store.changes(limit=10**9)]
            store.verify()
    return {
        "clients": CLIENTS,
        "edits": tally.done,
        "conflicts reported as ABORTED": tally.aborted,
        "other errors": tally.failed,
        "lost updates": tally.done - people,
        "gaps in the revisions": len(range(1, revisions[-1] + 1)) - len(revisions),
        "edits a second": round(tally.done / max(0.001, tally.seconds)),
    }


class _Tally:
    def __init__(self, total: int, progress: Progress) -> None:
        self.total, self.progress = total, progress
        self.done = self.aborted = self.failed = 0
        self.began = time.monotonic()
        self.seconds = 0.0
        self._mutex = threading.Lock()

    def is_open(self) -> bool:
        with self._mutex:
            return self.done + self.failed < self.total

    def add(self, field: str) -> None:
        with self._mutex:
            setattr(self, field, getattr(self, field) + 1)
            self.seconds = time.monotonic() - self.began
            self.progress("editing", min(self.done, self.total), self.total)


def _count_up(address: str, client: int, tally: _Tally) -> None:
    generator = random.Random(client)
    with stub(address) as gazetteer:
        while tally.is_open():
            entity_id = generator.choice(SHARED)
            try:
                read = gazetteer.GetEntity(GetEntityRequest(id=entity_id), timeout=PATIENCE).entity
                counted = Entity(id=entity_id, population=read.population + 1, etag=read.etag)
                gazetteer.UpdateEntity(_counting(counted), timeout=PATIENCE)
                tally.add("done")
            except grpc.RpcError as error:
                tally.add("aborted" if error.code() is grpc.StatusCode.ABORTED else "failed")


def _counting(entity: Entity) -> UpdateEntityRequest:
    request = UpdateEntityRequest(entity=entity, edit=Edit(author="counting"))
    request.update_mask.paths.append("population")
    return request


def replica(changes: int, progress: Progress) -> dict[str, Any]:
    """Let a replica follow over a wire that breaks: how long until it has each change, and has it the same log?"""
    generator = random.Random(SEED)
    entities = _entities()
    lags: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        leading, following = small_gazetteer(Path(folder) / "leader"), Path(folder) / "replica"
        with serving(leading) as leader:
            wire = BreakingWire(leader, generator, lambda numbers: numbers.randrange(20_000, 60_000))
            with (
                serving(following, "--follow", wire.address) as follower,
                stub(leader) as ours,
                stub(follower) as theirs,
            ):
                for number in range(changes):
                    name = Name(value=f"Name {number}")
                    request = AddNameRequest(
                        id=entities[number % len(entities)], name=name, edit=Edit(author="replica")
                    )
                    revision = ours.AddName(request, timeout=PATIENCE).entity.revision
                    began = time.monotonic()
                    while theirs.GetStatus(GetStatusRequest(), timeout=PATIENCE).revision < revision:
                        if time.monotonic() - began > PATIENCE:
                            raise RuntimeError(f"the replica has not come to revision {revision}")
                        time.sleep(0.002)
                    lags.append(time.monotonic() - began)
                    progress("following", number + 1, changes)
            wire.close()
        with Gazetteer.open(leading) as one, Gazetteer.open(following) as other:
            same = one.verify() == other.verify()
    p50, p99 = np.percentile(lags, [50, 99])
    return {
        "changes": changes,
        "connections cut": wire.cuts,
        "lag p50 ms": round(1000 * float(p50), 1),
        "lag p99 ms": round(1000 * float(p99), 1),
        "longest lag ms": round(1000 * max(lags), 1),
        "same chain of hashes": "yes" if same else "no",
    }

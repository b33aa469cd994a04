"""A server whose disk becomes full: it refuses edits, goes on answering, and takes edits again when there is room.

Needs the right to mount a small tmpfs; without it nothing is measured, and that is said.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import grpc

from bench.reliability_server import serving, small_gazetteer, stub
from normalizer.index.builder import Progress
from normalizer.store import Store
from normalizer.v1.gazetteer_pb2 import AddNameRequest, CreateEntityRequest, GetEntityRequest
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub
from normalizer.v1.normalizer_pb2 import NormalizeRequest
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceStub
from normalizer.v1.types_pb2 import Edit, Entity, Mention, Name

ROOM = 96
"""Of the disk, in MB."""
SUDZHA = "geonames:486816"
PATIENCE = 60.0


def measure(times: int, progress: Progress) -> dict[str, Any]:
    """Return how often the disk was full, what was refused with which code, and what was lost."""
    found = {"times full": 0, "edits refused with RESOURCE_EXHAUSTED": 0, "refused otherwise": 0,
             "reads that failed": 0, "acknowledged edits": 0, "lost": 0, "recoveries without a restart": 0}  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        try:
            with _small_disk(Path(folder)) as disk:
                _fill(disk, times, progress, found)
        except (OSError, subprocess.CalledProcessError) as error:
            return {"not measured": f"no right to mount a tmpfs ({error})"}
    return found


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def _fill(disk: Path, times: int, progress: Progress, found: dict[str, int]) -> None:
    directory, ballast = small_gazetteer(disk / "data"), disk / "ballast"
    created: list[str] = []
    with serving(directory) as address, stub(address) as gazetteer, grpc.insecure_channel(address) as channel:
        normalizer = NormalizerServiceStub(channel)
        for done in range(times):
            _eat(ballast)
            for number in count():
                entity_id = f"full:{done}-{number}"
                if not _create(gazetteer, entity_id, found):
                    break
                created.append(entity_id)
            found["times full"] += 1
            for number in range(5):
                _create(gazetteer, f"full:{done}-refused-{number}", found)
                found["reads that failed"] += not _reads(gazetteer, normalizer)
            ballast.unlink()
            request = AddNameRequest(id=SUDZHA, name=Name(value=f"Name {done}"), edit=Edit(author="disk"))
            gazetteer.AddName(request, timeout=PATIENCE)
            found["recoveries without a restart"] += 1
            progress("filling the disk", done + 1, times)
    with closing(Store.open(directory)) as store:
        store.verify()
        there = {entity.id for entity in store.entities()}
    found["acknowledged edits"] = len(created)
    found["lost"] = sum(entity_id not in there for entity_id in created)


def _eat(ballast: Path) -> None:
    """Leave a megabyte or less."""
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * (1 << 16))
        except OSError:
            file.truncate(max(0, file.tell() - (1 << 19)))


def _create(gazetteer: GazetteerServiceStub, entity_id: str, found: dict[str, int]) -> bool:
    entity = Entity(id=entity_id, type="note", name=entity_id)
    entity.facts.update({"text": "x" * 20_000})
    try:
        gazetteer.CreateEntity(CreateEntityRequest(entity=entity, edit=Edit(author="disk")), timeout=PATIENCE)
    except grpc.RpcError as error:
        is_full = error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
        found["edits refused with RESOURCE_EXHAUSTED" if is_full else "refused otherwise"] += 1
        return False
    return True


def _reads(gazetteer: GazetteerServiceStub, normalizer: NormalizerServiceStub) -> bool:
    try:
        gazetteer.GetEntity(GetEntityRequest(id=SUDZHA), timeout=PATIENCE)
        answer = normalizer.Normalize(NormalizeRequest(mention=Mention(text="Суджа")), timeout=PATIENCE)
    except grpc.RpcError:
        return False
    return bool(answer.resolution.candidates)

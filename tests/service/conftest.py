"""One real server for all tests of the service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from calls import Client

from normalizer.pipeline import Normalizer
from normalizer.service.server import Server, Settings


@pytest.fixture(scope="session")
def served(small_gazetteer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normalizer]:
    """What the server answers from; it may be edited: tests edit only entities that they make."""
    directory = copytree(small_gazetteer, tmp_path_factory.mktemp("served") / "gazetteer")
    with Normalizer.open(directory, write=True) as normalizer:
        yield normalizer


@pytest.fixture(scope="session")
def server(served: Normalizer) -> Iterator[Server]:
    running = Server.start(served, Settings("127.0.0.1:0", grace=0.0))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[Client]:
    calls = Client(server.address)
    with calls.channel:
        yield calls

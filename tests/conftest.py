"""What many tests share: a small real gazetteer, compiled once per run, a normalizer over it, and a PostgreSQL server.

Where there are no programs of PostgreSQL, the tests that need them are skipped; with NORMALIZER_REQUIRE_POSTGRESQL=1
they fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from hypothesis import HealthCheck, settings
from stores import ANN, SUDZHA

from bench import postgresql_server
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.sources import jsonl
from normalizer.store import Store
from normalizer.store.place import STORE_VARIABLE, Place
from normalizer.store.sqlite import FILE_NAME
from normalizer.terms import Edit, Entity

os.environ.pop(STORE_VARIABLE, None)  # no test may edit the gazetteer of whoever runs it
SMALL = Path(__file__).parent / "data" / "small.jsonl"

# No test fails because a machine is slow or busy.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def small_gazetteer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of a compiled gazetteer of about sixty entities. Not to be edited: see `own_gazetteer`."""
    directory = tmp_path_factory.mktemp("gazetteer")
    Gazetteer.build(directory, jsonl.read(SMALL), Edit("tests", "the small gazetteer")).close()
    return directory


@pytest.fixture(scope="session")
def normalizer(small_gazetteer: Path) -> Iterator[Normalizer]:
    """A normalizer that answers from the small gazetteer and cannot edit it."""
    with Normalizer.open(small_gazetteer) as opened:
        yield opened


@pytest.fixture
def own_gazetteer(small_gazetteer: Path, tmp_path: Path) -> Path:
    """A copy of the small gazetteer that a test may edit."""
    return copytree(small_gazetteer, tmp_path / "gazetteer")


@pytest.fixture
def editable(own_gazetteer: Path) -> Iterator[Normalizer]:
    """A normalizer over a gazetteer of the test's own, with the right to edit it."""
    with Normalizer.open(own_gazetteer, write=True) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgresql_server.Server]:
    """A PostgreSQL server, the same for all tests."""
    try:
        with postgresql_server.serving(durable=False) as server:
            yield server
    except postgresql_server.NoServer as problem:
        if os.environ.get("NORMALIZER_REQUIRE_POSTGRESQL") == "1":
            pytest.fail(f"PostgreSQL is asked for: {problem}")
        pytest.skip(f"PostgreSQL is not tested: {problem}")


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where a test may make a gazetteer, in either kind of store."""
    url = request.getfixturevalue("postgresql").new() if request.param == "PostgreSQL" else None
    return Place(tmp_path / "data", url)


@pytest.fixture
def own_place(place: Place, small_gazetteer: Path) -> Place:
    """The small gazetteer where a test may edit it, in either kind of store."""
    directory = copytree(small_gazetteer, place.directory)
    if place.store:
        file = directory / FILE_NAME
        Store.restore(file, *place)
        file.unlink()
    return place


@pytest.fixture
def store(place: Place) -> Iterator[Store]:
    """A store that may be edited, in either kind of database."""
    opened = Store.open(*place, write=True)
    yield opened
    opened.close()


@pytest.fixture
def sudzha(store: Store) -> Entity:
    """An entity of that store."""
    return store.create(SUDZHA, ANN)

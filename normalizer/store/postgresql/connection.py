"""How the database is reached, and again when it was lost; and what its errors mean to a person."""

from __future__ import annotations

import re
import select
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import count, islice
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from normalizer.store.database import Parameters, Rows
from normalizer.store.postgresql.address import Address
from normalizer.terms import DiskFull, NormalizerError, StoreUnavailable

OLDEST = 15
"""The first version of PostgreSQL that is good enough: what is tested."""

_PATIENCE = 10.0
"""Seconds for which a lost database is looked for, as while it starts again; after that each call looks once."""
_PAUSE = 0.1
_DEFAULTS = {
    "connect_timeout": "10",
    "fallback_application_name": "normalizer",
    # A host that vanished is noticed in half a minute, not in hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_AT_ONCE = 2_000
"""Rows of a stream that are fetched, and of parameters that are sent, at a time."""
_PLACEHOLDER = re.compile(r"\?|:([a-z]+)")

_MEANINGS = {
    "53": "has no room: nothing of this edit was kept; free some space and repeat it",
    "42501": "does not let this user do that: grant the rights, or use the owner of the tables",
    "25006": "takes no edits here: this is a standby, or set to be read-only; name the primary",
    "55P03": "is being written by somebody else, for longer than an edit takes (an import?): repeat it later",
    "XX001": "is damaged: restore it from a backup",
    "XX002": "is damaged: restore it from a backup",
}
_UNKNOWN = "could not be used"
_GOING = {"080", "57P"}
"""How the codes begin that a server gives when it goes."""


@contextmanager
def explained(name: str, lost: str = "was lost while it was asked: repeat the call") -> Iterator[None]:
    """Turn errors of PostgreSQL into NormalizerError that name the database and say what to do.

    `lost` says what it means that the connection was lost.
    """
    try:
        yield
    except psycopg.Error as error:
        code = error.sqlstate or ""
        said = str(error).strip().partition("\n")[0]
        is_lost = not code and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        if is_lost or code[:3] in _GOING:
            raise StoreUnavailable(f"{name} {lost} (PostgreSQL: {said})") from error
        meaning = _MEANINGS.get(code) or _MEANINGS.get(code[:2]) or _UNKNOWN
        kind = StoreUnavailable if code == "55P03" else DiskFull if code.startswith("53") else NormalizerError
        raise kind(f"{name} {meaning} (PostgreSQL: {said})") from error


class Connection:
    """A connection as `store.database` wants it."""

    def __init__(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.raw = raw
        self._numbers = count()

    def execute(self, sql: str, parameters: Parameters = (), /) -> Rows:
        """Run a statement of the common SQL; its rows are few."""
        return self.raw.execute(_translated(sql), parameters or None)

    def executemany(self, sql: str, rows: Iterable[Sequence[Any]], /) -> object:
        """Run a statement once for each row of parameters."""
        left = iter(rows)
        with self.raw.cursor() as cursor:
            while some := list(islice(left, _AT_ONCE)):
                cursor.executemany(_translated(sql), some)
        return None

    def stream(self, sql: str, parameters: Parameters = (), /) -> Rows:
        """Run a query in a transaction whose rows come some at a time."""
        cursor = self.raw.cursor(f"stream_{next(self._numbers)}")
        cursor.itersize = _AT_ONCE
        return cursor.execute(_translated(sql), parameters or None)

    @property
    def is_open(self) -> bool:
        """Whether the server is there, as far as can be told without asking it.

        It says nothing unasked but that it goes; a connection of which there is something to read is done with.
        """
        if not self.raw.closed:
            waiting = select.poll()
            waiting.register(self.raw.fileno(), select.POLLIN)
            if waiting.poll(0):
                self.raw.close()
        return not self.raw.closed

    def reset(self) -> None:
        """End what was begun, and keep nothing of it; a connection with which that fails is closed."""
        try:
            self.raw.rollback()
        except psycopg.Error:
            self.raw.close()

    def close(self) -> None:
        """Let the server go."""
        self.raw.close()


@cache
def _translated(sql: str) -> bytes:
    """The statement with the placeholders of psycopg.

    >>> _translated("SELECT id FROM entities WHERE id = :id AND revision > ?")
    b'SELECT id FROM entities WHERE id = %(id)s AND revision > %s'
    """
    return _PLACEHOLDER.sub(lambda found: f"%({found[1]})s" if found[1] else "%s", sql).encode()


class Connector:
    """Makes connections to one database; from the first one on with patience, since it has been there."""

    def __init__(self, address: Address) -> None:
        self.name = address.shown
        self._url = address.url
        self._mutex = threading.Lock()
        self._found = False
        self._lost: float | None = None

    def connect(self, settings: str, *, patient: bool = True) -> Connection:
        """Return a new connection, to which `settings` were said. Raises StoreUnavailable, NormalizerError."""
        began = time.monotonic()
        while True:
            try:
                return self._connect(settings)
            except psycopg.Error as error:
                with self._mutex:
                    self._lost = lost = self._lost or began
                if not (self._found and patient and time.monotonic() < lost + _PATIENCE):
                    said = "; ".join(line.strip() for line in str(error).splitlines() if line.strip())
                    raise StoreUnavailable(f"{self.name} cannot be reached (PostgreSQL: {said})") from error
            time.sleep(_PAUSE)

    def _connect(self, settings: str) -> Connection:
        raw = psycopg.connect(_with_defaults(self._url), autocommit=True, client_encoding="utf8")
        try:
            self._check(raw)
            raw.execute(settings.encode())
        except BaseException:
            raw.close()
            raise
        with self._mutex:
            self._found, self._lost = True, None
        return Connection(raw)

    def _check(self, raw: psycopg.Connection[tuple[Any, ...]]) -> None:
        if raw.info.server_version < OLDEST * 10_000:
            raise NormalizerError(f"{self.name} is of a PostgreSQL before {OLDEST}: upgrade the server")
        encoding = raw.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            raise NormalizerError(
                f"{self.name} is encoded in {encoding}, which cannot hold all names: "
                "create a database for it with ENCODING 'UTF8' TEMPLATE template0"
            )


def _with_defaults(url: str) -> str:
    said = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
    return make_conninfo("", **(_DEFAULTS | said))

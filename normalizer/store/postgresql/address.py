"""The URL of a database, as libpq reads it, and what of it may be shown.

A password in it is libpq's business alone. An unescaped sign in a password makes libpq take a part of it for the host
or the port, and name that in its message: such a URL is refused here, in words that hold nothing of it.
"""

from __future__ import annotations

from typing import NamedTuple

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from normalizer.terms import InvalidInput

_UNREADABLE = (
    "cannot be read as postgresql://USER@HOST:PORT/DATABASE; signs such as @ : / in a name or a password are written "
    "as %40 %3A %2F (better still, keep the password out of it: libpq reads ~/.pgpass and $PGPASSWORD)"
)


class Address(NamedTuple):
    """A URL, which may hold a password, and the same for people to see."""

    url: str
    shown: str

    @classmethod
    def of(cls, url: str) -> Address:
        """Return the address of a URL. Raises InvalidInput("store") when libpq cannot read it, or not as it was meant.

        >>> Address.of("postgresql://ann:secret@db.example.org/places?sslmode=require").shown
        'postgresql://ann@db.example.org/places'
        """
        try:
            said = {key: str(value) for key, value in conninfo_to_dict(url).items() if value is not None}
        except ProgrammingError:
            raise InvalidInput("store", _UNREADABLE) from None
        host, port, name, user = (said.get(key, "") for key in ("host", "port", "dbname", "user"))
        ports = [number for number in port.split(",") if number]
        if any("@" in part for part in (host, port, name)) or not all(map(str.isdecimal, ports)):
            raise InvalidInput("store", _UNREADABLE)
        where = f"{user}@{host}" if user else host
        return cls(url, f"postgresql://{where}{f':{port}' if port else ''}/{name}")

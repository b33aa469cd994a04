"""Where a gazetteer is, as people say it: on the command line, in the environment, or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import platformdirs

from normalizer.terms import InvalidInput

DIRECTORY_VARIABLE = "NORMALIZER_DATA"
STORE_VARIABLE = "NORMALIZER_STORE"
_SCHEMES = ("postgresql://", "postgres://")


class Place(NamedTuple):
    """A data directory, which holds the compiled index; and the database of the store, where that is elsewhere."""

    directory: Path
    store: str | None = None
    """A URL of PostgreSQL. It may hold a password, and is not to be shown."""

    @classmethod
    def of(cls, directory: Place | Path | str | None = None, store: str | None = None) -> Place:
        """Return the place that is meant: what is given, else $NORMALIZER_DATA and $NORMALIZER_STORE.

        Without either, the directory is the user's data directory, and the store is in it. A place is returned as it
        is. Raises InvalidInput for a store that is no URL of PostgreSQL.

        >>> Place.of("data", "postgresql://db.example.org/places").directory
        PosixPath('data')
        """
        if isinstance(directory, Place):
            return directory
        chosen = directory or os.environ.get(DIRECTORY_VARIABLE) or platformdirs.user_data_path("normalizer")
        url = os.environ.get(STORE_VARIABLE) if store is None else store
        if url and not url.startswith(_SCHEMES):
            raise InvalidInput("store", "must be the URL of a PostgreSQL database: postgresql://HOST/DATABASE")
        return cls(Path(chosen), url or None)

    @classmethod
    def at(cls, where: Place | Path) -> Place:
        """Return a place as it is; of a directory alone, that with its store in it."""
        return where if isinstance(where, Place) else cls(where)

    @property
    def environment(self) -> dict[str, str]:
        """What to start another program with that is to find this gazetteer: its command line anybody can read."""
        return {**os.environ, DIRECTORY_VARIABLE: str(self.directory), STORE_VARIABLE: self.store or ""}

"""The store in one SQLite file of its data directory, with one writer: what a gazetteer has unless told otherwise.

- `database`: `SQLite`, the one door.
- `connection`: how the file is opened, shared by threads, and what its errors mean to a person.
- `format`, `migrations/`: its tables, and how an earlier format becomes this one.
- `lock`: one writer per data directory.
- `safekeeping`: a copy of the file as it was at one moment, and how it comes back.
"""

from normalizer.store.sqlite.connection import FILE_NAME
from normalizer.store.sqlite.database import SQLite

__all__ = ["FILE_NAME", "SQLite"]

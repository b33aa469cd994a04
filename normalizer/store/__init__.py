"""The source of truth: entities, their names, redirects and the log of changes, in one SQLite file per gazetteer.

- `sqlite`: `Store`, the one door; every public operation is a method of it.
- `view`: what is read at one moment.
- `connection`: how the file is opened, shared by threads, and what its errors mean to a person.
- `lock`: one writer per data directory.
- `editing`: what each kind of edit makes of an entity.
- `codec`: entity <-> canonical JSON document.
- `version`: the rows of `entities` and `history`.
- `bulk`: a whole gazetteer as one revision.
- `log`: revisions, the hash chain, and the proof that nothing was altered.
- `schema.sql`: the tables.
"""

from normalizer.store.sqlite import Store

__all__ = ["Store"]

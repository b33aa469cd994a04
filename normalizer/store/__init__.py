"""The source of truth: entities, their names, redirects and the log of changes, in SQLite or PostgreSQL.

- `store`: `Store`, the one door; every public operation is a method of it.
- `place`: where a gazetteer is; `database`: what a store keeps its rows in, as far as the rest knows it.
- `sqlite/`, `postgresql/`: the two that there are; `migrating`: how either gets its tables; `copying`: from one to the
  other.
- `view`: what is read at one moment.
- `editing`: what each kind of edit makes of an entity; `lifecycle`: those that concern several; `uniting`: what a merge
  brings and its undoing takes away; `draft`: the versions that an edit makes, and the redirects that follow from them.
- `codec`: entity <-> canonical JSON document; `difference`: in what two versions of an entity differ.
- `version`: the rows of `entities` and `history`.
- `bulk`: a whole gazetteer as one revision.
- `log`: revisions, the hash chain, and the proof that nothing was altered; `replica`: a log that is copied.
"""

from normalizer.store.store import Store

__all__ = ["Store"]

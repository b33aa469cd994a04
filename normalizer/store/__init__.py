"""The source of truth: entities, their names, redirects and the log of changes, in one SQLite file per gazetteer.

- `sqlite`: `Store`, the one door; every public operation is a method of it.
- `view`: what is read at one moment.
- `connection`: how the file is opened, shared by threads, and what its errors mean to a person.
- `migrating`, `migrations/`: the format of the file, its tables, and how an earlier format becomes this one.
- `lock`: one writer per data directory.
- `editing`: what each kind of edit makes of an entity; `lifecycle`: those that concern several; `uniting`: what a merge
  brings and its undoing takes away; `draft`: the versions that an edit makes, and the redirects that follow from them.
- `codec`: entity <-> canonical JSON document; `difference`: in what two versions of an entity differ.
- `version`: the rows of `entities` and `history`.
- `bulk`: a whole gazetteer as one revision.
- `log`: revisions, the hash chain, and the proof that nothing was altered.
"""

from normalizer.store.sqlite import Store

__all__ = ["Store"]

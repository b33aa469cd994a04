"""The tables that this project curates by hand (`gazetteer/`, packed with the program when it is installed).

- ``entities.tsv``: entities that no package holds, under ids of our own, ``normalizer:<slug>``
- ``names.tsv``: names of any entity; kind ``preferred`` makes it the one that is shown
- ``parents.tsv``: the place that directly contains another, where the packages only know a larger one
- ``rejected.tsv``: names that a package gives an entity in error
- ``same.tsv``: ISO 3166-2 subdivisions that are also countries with a code of their own

A row that is wrong stops the import with its file and line; so does an id that no entity has.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from normalizer.rulebook import Row, RuleError, rows
from normalizer.sources.draft import Draft
from normalizer.sources.report import Count
from normalizer.terms import InvalidInput, Name, NameKind


@dataclass(frozen=True, slots=True)
class Curated:
    """The tables, read and checked."""

    entities: tuple[Draft, ...]
    names: dict[str, list[Name]]
    """By entity id."""
    parents: dict[str, str]
    """By entity id."""
    rejected: dict[str, frozenset[str]]
    """Wrong values, by entity id."""
    same: dict[str, str]
    """Country code by subdivision code."""

    @classmethod
    def load(cls, directory: Path | None = None) -> Curated:
        """Read the tables of a directory, by default the project's own."""
        home = directory or data_directory()
        sources = frozenset(tomllib.loads((home / "sources.toml").read_text("utf-8")))

        def table(name: str) -> Iterator[Row]:
            for row in rows(home / name):
                row.pick("source", sources)
                yield row

        names: dict[str, list[Name]] = defaultdict(list)
        for row in table("names.tsv"):
            names[row.cells["id"]].append(_name(row))
        rejected: dict[str, set[str]] = defaultdict(set)
        for row in table("rejected.tsv"):
            rejected[row.cells["id"]].add(row.cells["value"])
        return cls(
            entities=tuple(map(_draft, table("entities.tsv"))),
            names=dict(names),
            parents={row.cells["id"]: row.cells["parent"] for row in table("parents.tsv")},
            rejected={entity_id: frozenset(values) for entity_id, values in rejected.items()},
            same={row.cells["subdivision"]: row.cells["country"] for row in table("same.tsv")},
        )

    def ids(self) -> Iterator[str]:
        """Yield every id that the tables speak of, of packages or our own."""
        yield from self.names
        yield from self.rejected
        yield from self.parents
        yield from self.parents.values()
        for draft in self.entities:
            yield from draft.parents

    def add_names(self, draft: Draft, count: Count) -> None:
        """Give a draft the names that the tables have for it."""
        for name in self.names.get(draft.id, ()):
            count.read += 1
            draft.put(name, count)


def data_directory() -> Path:
    """Return where the curated tables are: inside an installed package, or at the top of a checkout."""
    installed = Path(__file__).parent / "data"
    return installed if installed.is_dir() else Path(__file__).parents[2] / "gazetteer"


def _name(row: Row) -> Name:
    kind = row.pick("kind", [str(kind) for kind in NameKind])
    try:
        return Name(row.cells["value"], row.cells["language"] or None, NameKind(kind), row.cells["source"])
    except InvalidInput as error:
        raise RuleError(row.file, row.line, str(error)) from None


def _draft(row: Row) -> Draft:
    """A row of entities.tsv. `facts` is ``key=value`` pairs separated by semicolons."""
    try:
        draft = Draft(
            id=row.cells["id"],
            type=row.cells["type"],
            name=row.cells["name"],
            kind=row.cells["kind"] or None,
            country=row.cells["country"] or None,
            parents=tuple(row.cells["parents"].split()),
            latitude=float(row.cells["lat"]) if row.cells["lat"] else None,
            longitude=float(row.cells["lon"]) if row.cells["lon"] else None,
            facts=dict(_fact(pair) for pair in row.cells["facts"].split(";") if pair.strip()),
        )
        draft.names[draft.name] = Name(draft.name, None, NameKind.PREFERRED, row.cells["source"])
        draft.entity()
    except (InvalidInput, ValueError) as error:
        raise RuleError(row.file, row.line, str(error)) from None
    return draft


def _fact(pair: str) -> tuple[str, object]:
    key, _, value = pair.partition("=")
    return key.strip(), value.strip()

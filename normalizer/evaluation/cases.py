"""Labelled cases: mentions, each with the entity that is right for it, read from JSON Lines.

A line has `id`, `text` (or `query`) and `expected`: the id of an entity, or null where NIL is right. `expected_any`
may name further ids that are as right as long as no hint tells them apart. `type` is always passed; which of the other
hints of a line are passed, the caller chooses (see HINTS). Figures can be grouped by any field of a line.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from normalizer.batch.formats import format_of, open_source
from normalizer.batch.reading import Row, read_rows
from normalizer.batch.rows import mention_of
from normalizer.terms import InvalidInput, Mention, NormalizerError, check_id
from normalizer.text.romanize import script_of

HINTS: Mapping[str, tuple[str, ...]] = {
    "country": ("country",),
    "lang": ("lang", "language"),
    "parent": ("parent",),
    "coordinates": ("lat", "lon"),
    "date": ("date",),
    "context": ("document", "co_mentions"),
}
"""Hint -> the fields of a line that make it."""

NO_VALUE = "–"
"""The group of the cases that lack a field."""


@dataclass(frozen=True, slots=True)
class Case:
    """A mention as it is asked, and what is right for it."""

    id: str
    mention: Mention
    accepted: frozenset[str]
    """Ids that are right; none where NIL is."""
    fields: Mapping[str, object] = field(default_factory=dict)
    """Everything the line says, and `script` (ISO 15924) if it does not."""
    line: int = 0
    """Where the case stands in its file, from 1; 0 when it comes from none."""

    def group(self, name: str) -> str:
        """Return the value of a field as text; NO_VALUE for none."""
        value = self.fields.get(name)
        if value is None:
            return NO_VALUE
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def read(path: str, hints: Collection[str] = ()) -> list[Case]:
    """Return the cases of a file (.jsonl or .jsonl.gz; - is standard input), to be asked with the named `hints`.

    Without hints every id of `expected_any` is right; with any hint `expected` alone is. Raises NormalizerError, with
    file, line and field, for a line that is no case, an id that comes twice, and a file without cases.
    """
    if format_of(path).kind != "jsonl":
        raise NormalizerError(f"{path}: labelled cases are JSON Lines; the name must end in .jsonl or .jsonl.gz")
    cases: dict[str, Case] = {}
    with open_source(path) as source:
        for row in read_rows("jsonl", source.lines).rows:
            try:
                case = _case(row, hints)
                if case.id in cases:
                    raise InvalidInput("id", f"{case.id!r} is also the id of line {cases[case.id].line}")
            except InvalidInput as problem:
                raise NormalizerError(f"{path}: line {row.line}: {problem}") from problem
            cases[case.id] = case
    if not cases:
        raise NormalizerError(f"{path}: there is no case in this file")
    return list(cases.values())


def _case(row: Row, hints: Collection[str]) -> Case:
    if row.problem:
        raise row.problem
    values = row.values
    case_id = values.get("id")
    if isinstance(case_id, bool) or not isinstance(case_id, str | int) or case_id == "":
        raise InvalidInput("id", "must be text or a whole number, and not empty" if "id" in values else "is missing")
    mention = mention_of(_asked(values, hints), "text" if "text" in values else "query")
    fields = {**values, "script": values.get("script") or script_of(mention.text)}
    return Case(str(case_id), mention, _accepted(values, hints), fields, row.line)


def _asked(values: Mapping[str, object], hints: Collection[str]) -> dict[str, object]:
    """Return what the normalizer is told of a line."""
    told = {"text", "query", "type"}.union(*(HINTS[hint] for hint in hints))
    asked = {name: value for name, value in values.items() if name in told}
    if "text" not in values and "query" not in values:
        raise InvalidInput("text", "is missing")
    if asked.get("co_mentions") and not asked.get("document"):
        asked["document"] = values.get("doc") or values["id"]
    return asked


def _accepted(values: Mapping[str, object], hints: Collection[str]) -> frozenset[str]:
    if "expected" not in values:
        raise InvalidInput("expected", "is missing; it is the id of an entity, or null where NIL is right")
    expected, others = values["expected"], values.get("expected_any") or ()
    if expected is None:
        return frozenset()
    if not isinstance(others, list | tuple):
        raise InvalidInput("expected_any", "must be a list of ids")
    for name, ids in (("expected", (expected,)), ("expected_any", others)):
        for entity_id in ids:
            check_id(name, entity_id)
    return frozenset([expected] if hints else [expected, *others])

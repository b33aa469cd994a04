"""The same mentions answered twice, at two revisions, by two models or under two rulebooks: which answers differ.

Each answer says why it was given; between two revisions, the changes of the gazetteer that are behind it are told too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from normalizer.batch.asking import Question, Result, ask
from normalizer.batch.formats import format_of, open_source
from normalizer.batch.reading import Row, read_rows
from normalizer.batch.run import CHUNK, check_column
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.mention_log import answered
from normalizer.pipeline import Normalizer
from normalizer.terms import Change, InvalidInput, Mention, NormalizerError, Resolution, UnknownEntity

_MOST_CHANGES = 1000


class Side(NamedTuple):
    """Who answers, and at which revision."""

    normalizer: Normalizer
    revision: int

    def attempt(
        self, mentions: Sequence[Mention], *, explain: bool = False, precision: float | None = None
    ) -> Sequence[Result]:
        """See `Normalizer.attempt`."""
        return self.normalizer.attempt(mentions, explain=explain, precision=precision, revision=self.revision)


class Replayed(NamedTuple):
    """A mention with both its answers."""

    line: int
    text: str
    before: Resolution
    after: Resolution
    changes: tuple[Change, ...]
    """Of the candidates between the two revisions, or else of what contains them; none where others have changed."""

    @property
    def differs(self) -> bool:
        """Whether a caller would act otherwise: another outcome, or another entity in front."""
        return _gist(self.before) != _gist(self.after)


def replay(
    one: Side | None, other: Side, source_path: str, question: Question, progress: Progress
) -> Iterator[Replayed | InvalidInput]:
    """Yield every row of a file, in order, answered by both; without `one`, as a log says it was.

    Of a row that cannot be asked, and of a line of a log that a full disk broke off, it yields the problem.

    Raises NormalizerError when the file cannot be read, or is no log where it has to be one, and RevisionUnavailable.
    """
    with open_source(source_path) as source:
        try:
            columns, rows = read_rows(format_of(source_path).kind, source.lines)
            check_column(columns, question.column)
        except NormalizerError as error:
            raise NormalizerError(f"{source_path}: {error}") from error
        done = 0
        while chunk := list(islice(rows, CHUNK)):
            before = ask(one, chunk, question) if one else _logged(source_path, chunk)
            after = ask(other, chunk, question)
            for row, old, new in zip(chunk, before, after, strict=True):
                if isinstance(old, InvalidInput):
                    yield old
                elif isinstance(new, InvalidInput):
                    yield new
                else:
                    text = str(row.values.get(question.column))
                    yield Replayed(row.line, text, old, new, _changes(other, old, new))
            done += len(chunk)
            progress("replaying rows", done, None)


def _logged(source_path: str, rows: Sequence[Row]) -> list[Result]:
    try:
        return [row.problem or answered(row.values) for row in rows]
    except InvalidInput as problem:
        raise NormalizerError(
            f"{source_path} is no log of mentions: say which revisions, models or rules to compare"
        ) from problem


def _gist(answer: Resolution) -> tuple[object, ...]:
    return answer.outcome, answer.candidates[0].entity_id if answer.candidates else None


def _changes(side: Side, before: Resolution, after: Resolution) -> tuple[Change, ...]:
    first, last = sorted((before.versions.revision, after.versions.revision))
    if first == last or _gist(before) == _gist(after):
        return ()
    gazetteer = side.normalizer.gazetteer
    ids = {candidate.entity_id for answer in (before, after) for candidate in answer.candidates}
    return _between(gazetteer, first, last, ids) or _between(gazetteer, first, last, _containers(gazetteer, ids, last))


def _between(gazetteer: Gazetteer, first: int, last: int, ids: Iterable[str]) -> tuple[Change, ...]:
    """Return the changes of some entities after one revision and until another, oldest first."""
    found = {change.revision: change for one in ids for change in gazetteer.changes(first, _MOST_CHANGES, one)}
    return tuple(found[revision] for revision in sorted(found) if revision <= last)


def _containers(gazetteer: Gazetteer, ids: Iterable[str], revision: int) -> set[str]:
    """Return the parents of some entities, and all that contains these, as it was at a revision."""
    found: set[str] = set()
    new = set(ids)
    while new:
        with_parents = {parent for one in new for parent in _parents(gazetteer, one, revision)}
        new = with_parents - found
        found |= new
    return found


def _parents(gazetteer: Gazetteer, entity_id: str, revision: int) -> Sequence[str]:
    with suppress(UnknownEntity):
        return gazetteer.get(entity_id, revision).parents
    return ()

"""The same mentions at two revisions: which answers change, and which changes of the gazetteer are behind that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from normalizer.batch.asking import Question, Result, ask
from normalizer.batch.formats import format_of, open_source
from normalizer.batch.reading import read_rows
from normalizer.batch.run import CHUNK, check_column
from normalizer.index.builder import Progress
from normalizer.pipeline import Normalizer
from normalizer.terms import Change, InvalidInput, Mention, NormalizerError, Resolution

_MOST_CHANGES = 1000


class Between(NamedTuple):
    """The revisions that are compared."""

    one: int
    other: int


class Replayed(NamedTuple):
    """A mention with both its answers."""

    line: int
    text: str
    before: Resolution
    after: Resolution
    changes: tuple[Change, ...]
    """Of the entities that were answered, between the two revisions; none where others have changed."""

    @property
    def differs(self) -> bool:
        """Whether a caller would act otherwise: another outcome, or another entity in front."""
        return _gist(self.before) != _gist(self.after)


def replay(
    normalizer: Normalizer, source_path: str, question: Question, between: Between, progress: Progress
) -> Iterator[Replayed]:
    """Yield every row of a file that can be asked, in order, answered at both revisions.

    Raises NormalizerError when the file cannot be read, and RevisionUnavailable.
    """
    with open_source(source_path) as source:
        try:
            columns, rows = read_rows(format_of(source_path).kind, source.lines)
            check_column(columns, question.column)
        except NormalizerError as error:
            raise NormalizerError(f"{source_path}: {error}") from error
        done = 0
        while chunk := list(islice(rows, CHUNK)):
            before, after = (ask(_At(normalizer, revision), chunk, question) for revision in between)
            for row, old, new in zip(chunk, before, after, strict=True):
                if not isinstance(old, InvalidInput) and not isinstance(new, InvalidInput):
                    text = str(row.values.get(question.column))
                    yield Replayed(row.line, text, old, new, _changes(normalizer, old, new, between))
            done += len(chunk)
            progress("replaying rows", done, None)


class _At:
    """A normalizer that answers at one revision."""

    def __init__(self, normalizer: Normalizer, revision: int) -> None:
        self._normalizer = normalizer
        self._revision = revision

    def attempt(
        self, mentions: Sequence[Mention], *, explain: bool = False, precision: float | None = None
    ) -> Sequence[Result]:
        return self._normalizer.attempt(mentions, explain=explain, precision=precision, revision=self._revision)


def _gist(answer: Resolution) -> tuple[object, ...]:
    return answer.outcome, answer.candidates[0].entity_id if answer.candidates else None


def _changes(normalizer: Normalizer, before: Resolution, after: Resolution, between: Between) -> tuple[Change, ...]:
    if _gist(before) == _gist(after):
        return ()
    first, last = sorted(between)
    ids = {answer.candidates[0].entity_id for answer in (before, after) if answer.candidates}
    found = [change for one in ids for change in normalizer.gazetteer.changes(first, _MOST_CHANGES, one)]
    return tuple(
        sorted({change.revision: change for change in found if change.revision <= last}.values(), key=_revision)
    )


def _revision(change: Change) -> int:
    return change.revision

"""The steps in order: clean, romanize and key (`text`), block and score (`matching`), decide. Every door ends here.

>>> from normalizer import Normalizer, Mention                                          # doctest: +SKIP
>>> with Normalizer.open() as normalizer:                                               # doctest: +SKIP
...     normalizer.normalize([Mention("Сверликово", country="RU")])[0].entity_id
'normalizer:sverdlikovo'
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from normalizer.gazetteer import KEPT, Gazetteer
from normalizer.index.snapshot import Snapshot
from normalizer.matching import explain as explanation
from normalizer.matching.context import CANDIDATES, Document, Whereabouts, co_mentions
from normalizer.matching.decision import decide
from normalizer.matching.match import Found, Matcher, Matches
from normalizer.matching.model import MODEL, OTHER, Model
from normalizer.matching.otherwise import alternatives
from normalizer.matching.query import Scratch
from normalizer.recent import REMEMBERED, Recent
from normalizer.store.place import Place
from normalizer.terms import (
    CARD_TYPES,
    Alternative,
    Candidate,
    Entity,
    InvalidInput,
    Mention,
    ModelUnusable,
    Outcome,
    Resolution,
    Romanized,
    StoreUnavailable,
    UnknownEntity,
    Versions,
)
from normalizer.text.standards import NamedStandards

MOST_CANDIDATES = 5
_TOGETHER = 64
"""Mentions that go through each step together: their candidates are gone, where they are not kept, before the next are.
Of more, so much is alive at a time that Python looks for cycles among all there is, again and again."""
OWN_MODEL = "model"
"""The folder of a model fitted to the gazetteer, inside its data directory."""


def fitted(directory: Path) -> Model:
    """Return the model that was fitted to a gazetteer and is kept in its directory, or else the one that is shipped.

    Raises ModelUnusable when its own is of another version, or damaged.
    """
    own = directory / OWN_MODEL
    try:
        return Model.load(own if own.exists() else MODEL)
    except ModelUnusable as problem:
        raise ModelUnusable(
            f"{problem}. Fit it again with `normalizer calibrate`, or go back to the model that is shipped with "
            "`normalizer calibrate --shipped`."
        ) from problem


_Key = tuple[str, str | None, str | None, str | None, tuple[float, float] | None]
"""What the candidates of a mention depend on, but for what stands beside it."""


class _Question(NamedTuple):
    """What an answer depends on: mentions that are asked alike, as names in a file are, are asked once."""

    key: _Key
    beside: tuple[Mention, ...]


class Normalizer:
    """Resolves mentions against a gazetteer, by the model that is fitted to it unless told otherwise.

    Safe to share between threads.
    """

    def __init__(self, gazetteer: Gazetteer, model: Model | None = None, *, remembered: int = REMEMBERED) -> None:
        """Resolve mentions against a gazetteer; see `open` for `remembered`."""
        self.gazetteer = gazetteer
        rules = gazetteer.keymaker.rules
        self._matcher = Matcher(gazetteer.keymaker, model or fitted(gazetteer.directory))
        self._standards = NamedStandards(rules)
        self._countries = rules.countries
        self._scratch = Scratch()
        self._recent = Recent(remembered)

    @classmethod
    def open(
        cls,
        directory: Place | Path | str | None = None,
        store: str | None = None,
        *,
        write: bool = False,
        kept: int = KEPT,
        remembered: int = REMEMBERED,
    ) -> Normalizer:
        """Open the gazetteer of a data directory, with its store there or in a PostgreSQL database (see `Place.of`).

        With the right to edit it if `write`; `kept` revisions before the present one can be asked for. `remembered`:
        mentions that are not looked up again while the gazetteer stays as it is.
        """
        return cls(Gazetteer.open(Place.of(directory, store), write=write, kept=kept), remembered=remembered)

    def normalize(
        self,
        mentions: Sequence[Mention],
        *,
        explain: bool = False,
        precision: float | None = None,
        revision: int | None = None,
    ) -> list[Resolution]:
        """Resolve mentions, in their order, at one revision: the last that this or another process has committed.

        `explain` fills what explains an answer: the candidates' evidence, letters and standards, and `otherwise`.
        `precision` (0.5 to 0.999, default 0.99) is the share of LINKED answers that should be right. `revision` asks
        for an earlier one. Raises InvalidInput for the first mention that cannot be asked, and RevisionUnavailable.
        """
        answers = self.attempt(mentions, explain=explain, precision=precision, revision=revision)
        for answer in answers:
            if isinstance(answer, InvalidInput):
                raise answer
        return [answer for answer in answers if isinstance(answer, Resolution)]

    def attempt(
        self,
        mentions: Sequence[Mention],
        *,
        explain: bool = False,
        precision: float | None = None,
        revision: int | None = None,
    ) -> list[Resolution | InvalidInput]:
        """Resolve mentions like `normalize`, with an InvalidInput in the place of each that cannot be asked."""
        self._matcher.model.calibration(OTHER).threshold(
            precision
        )  # refuses a precision out of range before anything is asked
        snapshot = self.gazetteer.at(revision)
        versions = Versions(snapshot.revision, snapshot.rulebook, self._matcher.version)
        checked = [self._checked(mention, snapshot) for mention in mentions]
        questions = [_question(one) if isinstance(one, Mention) else None for one in checked]
        asked = {key: one for key, one in zip(questions, checked, strict=True) if key and isinstance(one, Mention)}
        answers: dict[_Question | None, Resolution] = {}
        for question, matches in self._matched(asked, snapshot):
            answer = self._resolution(matches, precision, versions)
            answers[question] = self._explained(answer, matches, asked[question], precision) if explain else answer
        return [
            one if isinstance(one, InvalidInput) else answers[question]
            for question, one in zip(questions, checked, strict=True)
        ]

    def warm_up(self) -> None:
        """Make ready what the first answer and the first edit need: kernels, and the pages that every search reads."""
        snapshot = self.gazetteer.snapshot
        with suppress(StoreUnavailable):  # the base is answered from while it is away
            snapshot = self.gazetteer.variant([Entity("warm:up", "place", "warm up")])
        mention = Mention("warm up", co_mentions=("beside it",))
        [*self._matched({_question(mention): mention}, snapshot)]

    def _matched(self, asked: Mapping[_Question, Mention], snapshot: Snapshot) -> Iterator[tuple[_Question, Matches]]:
        """Yield the candidates of mentions: some at a time, and last those that are weighed by what stands beside."""
        alone = {question.key: one for question, one in asked.items() if not question.beside}
        for key, matches in self._looked_up(alone, snapshot):
            yield _Question(key, ()), matches
        if len(alone) < len(asked):
            yield from self._in_documents({one: asked[one] for one in asked if one.beside}, snapshot)

    def _in_documents(
        self, asked: Mapping[_Question, Mention], snapshot: Snapshot
    ) -> Iterator[tuple[_Question, Matches]]:
        """Yield the candidates of mentions, weighed by what stands beside them.

        What stands beside one mention of a document stands beside the others too, and is looked up once.
        """
        mentions = {question.key: one for question, one in asked.items()}
        others = {_key(other): other for question in asked for other in question.beside}
        many: dict[_Key, Matches] = {}
        lies: dict[str, Whereabouts] = {}
        for key, matches in self._looked_up(mentions | others, snapshot, CANDIDATES):
            if key in mentions:
                many[key] = matches
            if key in others:  # of which there may be many more than mentions
                lies[others[key].text] = Whereabouts.of(others[key].text, matches)
        for question, one in asked.items():
            beside = [lies[other.text] for other in question.beside]
            yield question, self._beside(one, many[question.key], beside, snapshot)

    def _beside(self, mention: Mention, matches: Matches, others: Sequence[Whereabouts], snapshot: Snapshot) -> Matches:
        """Return the candidates of a mention, weighed by what stands beside it."""
        document = Document.of(mention.text, matches, others, snapshot.shares)
        return document.weighed(matches, partial(self._matcher.against, mention))

    def _looked_up(
        self, asked: Mapping[_Key, Mention], snapshot: Snapshot, most: int = MOST_CANDIDATES
    ) -> Iterator[tuple[_Key, Matches]]:
        """Yield the candidates of mentions, some at a time.

        Those of the last mentions are remembered, unless another number of them than the usual is wanted.
        """
        every = [*asked.items()]
        for start in range(0, len(every), _TOGETHER):
            yield from self._found(dict(every[start : start + _TOGETHER]), snapshot, most)

    def _found(self, asked: Mapping[_Key, Mention], snapshot: Snapshot, most: int) -> Iterable[tuple[_Key, Matches]]:
        remembered = most == MOST_CANDIDATES
        known = self._recent.found(snapshot, asked) if remembered else {}
        new = {key: one for key, one in asked.items() if key not in known}
        found = self._matcher.match([*new.values()], snapshot, self._scratch.pool, most) if new else []
        if remembered:
            self._recent.keep(snapshot, zip(new, found, strict=True))
        known.update(zip(new, found, strict=True))
        return [(key, known[key]) for key in asked]

    def _checked(self, mention: Mention, snapshot: Snapshot) -> Mention | InvalidInput:
        """Return a mention with the survivor of its parent in the hint, where that was merged.

        Returns InvalidInput for hints that name something that does not exist; raises TypeError for what is no Mention.
        """
        if not isinstance(mention, Mention):
            raise TypeError(f'mentions must be Mention values, as in [Mention("Kyiv")], not {type(mention).__name__}')
        if mention.type and mention.type not in {*CARD_TYPES, *snapshot.types}:
            known = ", ".join(sorted({*CARD_TYPES, *snapshot.types}))
            return InvalidInput("type", f"{mention.type!r} is not a type of this gazetteer; it has {known}")
        if mention.country and mention.country not in self._countries:
            return InvalidInput("country", f"{mention.country!r} is not an ISO 3166-1 alpha-2 code")
        if mention.parent and not snapshot.shows(mention.parent):  # the store knows what was merged or retired
            try:
                parent = self.gazetteer.get(mention.parent, snapshot.revision).id
            except UnknownEntity:
                return InvalidInput("parent", f"{mention.parent!r} is not an id of this gazetteer")
            return mention if parent == mention.parent else replace(mention, parent=parent)
        return mention

    def _resolution(self, matches: Matches, precision: float | None, versions: Versions) -> Resolution:
        best = matches.found[0].part.type if matches.found else OTHER
        outcome = decide(matches.probabilities, self._matcher.model.calibration(best).threshold(precision))
        candidates = tuple(map(_candidate, matches.found[:MOST_CANDIDATES], matches.probabilities))
        return Resolution(
            outcome=outcome,
            entity_id=candidates[0].entity_id if outcome is Outcome.LINKED else None,
            probability=candidates[0].probability if candidates else 0.0,
            candidates=candidates,
            why=explanation.sentence(matches, outcome),
            versions=versions,
        )

    def _explained(self, answer: Resolution, matches: Matches, mention: Mention, precision: float | None) -> Resolution:
        """Return an answer with its evidence, its letters, its standards and what would have changed it.

        While the store is away, which has the names' languages, without the standards and what would have changed it.
        """
        if not matches.found:
            return answer
        model, first = self._matcher.model, matches.found[0]
        candidates = [
            replace(one, evidence=explanation.evidence(found, model))
            for one, found in zip(answer.candidates, matches.found, strict=False)
        ]
        about_all = explanation.list_evidence(matches, model)
        romanized: Romanized | None = None
        otherwise: tuple[Alternative, ...] = ()
        with suppress(StoreUnavailable):
            entity_of = cache(partial(self._entity, revision=answer.versions.revision))
            romanized = self._romanized(first, entity_of(first.entity_id))
            otherwise = alternatives(self._matcher, matches, mention, precision, entity_of)
        candidates[0] = replace(
            candidates[0],
            evidence=candidates[0].evidence + about_all,
            letters=self._matcher.letters(mention, first),
            romanized=romanized,
        )
        return replace(
            answer,
            candidates=tuple(candidates),
            why=answer.why + (f"; {explanation.romanization_sentence(romanized)}" if romanized else ""),
            otherwise=otherwise,
        )

    def _romanized(self, found: Found, entity: Entity | None) -> Romanized | None:
        """Return the standards that connect a mention with a name of an entity, best the one that was matched."""
        told = found.part.segment.values[found.name]
        names = sorted(entity.names if entity else (), key=lambda name: name.value != told)
        return self._standards.behind(found.key.exact, names)

    def _entity(self, entity_id: str, revision: int) -> Entity | None:
        """Return an entity as it was at a revision, or None when it was not there."""
        try:
            return self.gazetteer.get(entity_id, revision)
        except UnknownEntity:
            return None

    def close(self) -> None:
        """Close the gazetteer."""
        self.gazetteer.close()

    def __enter__(self) -> Normalizer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _key(mention: Mention) -> _Key:
    return mention.text, mention.type, mention.country, mention.parent, mention.coordinates


def _question(mention: Mention) -> _Question:
    return _Question(_key(mention), co_mentions(mention))


def _candidate(found: Found, probability: float) -> Candidate:
    segment = found.part.segment
    preferred = int(segment.preferred[found.entity])
    name = segment.values[preferred]
    return Candidate(
        entity_id=found.entity_id,
        type=found.part.type,
        name=name,
        matched_name=name if found.name == preferred else segment.values[found.name],
        probability=probability,
        country=segment.country_of(found.entity),
        kind=segment.kinds[int(segment.kind[found.entity])] or None,
    )

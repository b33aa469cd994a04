"""Candidates of mentions: their keys looked up in every part of a snapshot, scored, and turned into probabilities."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, chain
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.grams import LONGEST_KEY
from normalizer.index.parts import Part, Parts
from normalizer.index.snapshot import Snapshot
from normalizer.matching import asking
from normalizer.matching.blocks import cut, cut_by_words
from normalizer.matching.candidates import Best, best_candidates
from normalizer.matching.channel import Channels
from normalizer.matching.characters import CharacterChannels
from normalizer.matching.clauses import SPEAKS_AGAINST, TELLS_APART, Contradiction
from normalizer.matching.contradiction import Contradictions, is_heard_acronym
from normalizer.matching.evidence import (
    ALIGNED_LOSS,
    EQUAL_FORM,
    EQUAL_KEY,
    LOSS_PER_LETTER,
    NAME_STEP,
    RENOWN,
    UNMARKED_NAMESAKE,
    UNMARKED_REGION,
    WIDTH,
)
from normalizer.matching.listing import AROUND, BEARER, LIST_EVIDENCE, LOOKED_AT, RIVAL
from normalizer.matching.model import Judged, Model, logistic
from normalizer.matching.query import Hints, Pool, Search, laid_out
from normalizer.matching.question import Question
from normalizer.terms import Block, Mention
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_MOST_BEARERS = 64
"""Candidates of a mention that more than the usual number bear exactly."""
_NOT_HEARD = frozenset({Step.ACRONYM, Step.INFLECTED, Step.TRANSLATED, Step.RENAMED})
"""Readings that reach a name by what the mention says or stands for, and not by its sound."""
_FORMS = 4096
"""Case forms whose folded keys are remembered."""


class Beside(NamedTuple):
    """What stands beside a mention in its document says of one of its candidates; see `context`."""

    odds: float
    """What it adds to the log-odds."""
    share: float
    """Of the co-mentions, what lies where the candidate does."""
    clause: str
    """How it lies to the nearest of them; empty when all are far."""


class Found(NamedTuple):
    """One entity reached from a mention."""

    part: Part
    entity: int
    """Its number in the part's segment."""
    entity_id: str
    name: int
    """The number of the name to tell people: one that matches as well as the one that was scored, see `naming`."""
    key: Key
    """The reading of the mention that reached it."""
    matched: int
    """The number of the folded key by which the name is like the mention, or -1."""
    score: float
    values: NDArray[np.float32]
    """[WIDTH]: the evidence, see `evidence.EVIDENCE`."""
    against: tuple[Contradiction, ...] = ()
    """What tells the mention from it whatever the spelling; part of the score, looked for in those that lead."""
    beside: Beside | None = None
    """What the document says of it; no part of the score."""

    @property
    def step(self) -> Step:
        """By which step the name got the key that matched."""
        read = self.values[NAME_STEP + 1 :]
        return Step(int(read.argmax()) + 1) if read.any() else Step.FULL


@dataclass(frozen=True, slots=True)
class Matches:
    """The best candidates of a mention, best first, with their probabilities."""

    found: tuple[Found, ...]
    probabilities: tuple[float, ...]
    letters: int
    """Length of the mention's folded key."""
    script: int
    """Of the mention, see `segment.script_code`."""
    evidence: NDArray[np.float64]
    """[LIST_EVIDENCE]: that of the whole list, see `listing`; empty when nothing was found."""
    bearers: int = 0
    """Candidates that bear the name of the first, itself among them."""
    name: float = 0.0
    """The probability that this name is meant, by the list alone."""
    share: float = 1.0
    """That of the first among its bearers."""


class Matcher:
    """Matches mentions against snapshots. Immutable; the pool of scratch memory is passed by the caller."""

    def __init__(self, keymaker: KeyMaker, model: Model) -> None:
        self._keymaker = keymaker
        self.model = model
        self._folded = lru_cache(_FORMS)(lambda form: keymaker.of_name(form, "")[0].latin)
        self._channels = Channels.load()
        self._characters = CharacterChannels.load()
        self.contradictions = Contradictions(keymaker)
        versions = f"{model.version} {self._channels.version} {self._characters.version}"
        self.version = hashlib.sha256(versions.encode()).hexdigest()[:12]

    def match(
        self, mentions: Sequence[Mention], snapshot: Snapshot, pool: Pool, most: int, *, every: bool = False
    ) -> list[Matches]:
        """Return the best candidates of each mention in a snapshot: `most` of them, or LOOKED_AT if that is more; and
        where all of these bear one name, up to _MOST_BEARERS, since each has its share of it.

        `every`: of all keys that the pool has room for, instead of those that blocking fetches; thousands of times as
        long in a large gazetteer.
        """
        kept = max(most, LOOKED_AT)
        found = self._matched(mentions, snapshot, pool, kept, every)
        crowded = [at for at, matches in enumerate(found) if matches.bearers >= kept and kept < _MOST_BEARERS]
        again = self._matched([mentions[at] for at in crowded], snapshot, pool, _MOST_BEARERS, every) if crowded else ()
        for at, matches in zip(crowded, again, strict=True):
            found[at] = matches
        return found

    def _matched(
        self, mentions: Sequence[Mention], snapshot: Snapshot, pool: Pool, most: int, every: bool
    ) -> list[Matches]:
        questions = asking.read(self._keymaker, mentions)
        asking.place(self._keymaker, questions, snapshot)
        searched = self._searched(snapshot.parts, questions, pool, most, every)
        found = [self._contradicted(one.mention, some) for one, some in zip(questions, searched, strict=True)]
        return self.judged(found, [(min(len(one.literal[0].latin), LONGEST_KEY), one.script_code) for one in questions])

    def _searched(
        self, parts: Parts, questions: Sequence[Question], pool: Pool, most: int, every: bool
    ) -> Iterator[list[Found]]:
        """Yield the best candidates of each mention, the best first."""
        asked = asking.asked(parts, self._keymaker, questions)
        channels, characters = self._channels.rows, self._characters.rows
        models = [(channels.row_of(one.script), characters.row_of(one.script)) for one in questions]
        searches = [
            Search(part, at, *model)
            for part, some in enumerate(asked)
            for at, (one, model) in enumerate(zip(some, models, strict=True))
            if one
        ]
        best = Best.room(len(searches), most)
        if searches:
            keys = [asked[one.part][one.mention] for one in searches]
            if every:
                keys = [[one._replace(every=one.fuzzy) for one in some] for some in keys]
            hints = Hints.of(
                [one.mention for one in questions], [one.script_code for one in questions],
                [one.within for one in questions],
            )  # fmt: skip
            best_candidates(
                parts.addresses, laid_out(searches, keys, hints), channels.addresses, characters.addresses,
                pool.addresses, self.model.weights, best,
            )  # fmt: skip
        return _found(parts, questions, searches, best)

    def _contradicted(self, mention: Mention, found: list[Found]) -> list[Found]:
        """Return candidates, the best first, the first of which has been asked what speaks against it."""
        asked: set[str] = set()
        while found and found[0].entity_id not in asked:
            asked.add(found[0].entity_id)
            against = self.against(mention, found[0])
            if against:
                odds = sum(one.odds for one in against)
                found[0] = found[0]._replace(score=found[0].score + odds, against=against)
                found.sort(key=rank)
        return found

    def against(self, mention: Mention, found: Found) -> tuple[Contradiction, ...]:
        """Return what speaks against both the name that matched and the preferred one, unless the form is a name.

        Where the name that matched is in the script of the mention, and the preferred one in another, the former counts
        alone: letters of two scripts are too unlike to contradict. What may be a case form speaks against nobody where
        it was read as one; what only names in full say, never.
        """
        segment, kind = found.part.segment, found.part.type
        name, step = segment.values[found.name], found.key.step
        if found.values[EQUAL_FORM] or step is Step.CODE:
            return ()
        heard = step not in _NOT_HEARD and found.step is not Step.ACRONYM
        if heard and is_heard_acronym(mention, name, kind, bool(found.values[EQUAL_KEY])):
            return (Contradiction("an acronym, and no word that is heard", SPEAKS_AGAINST),)
        if kind == "place":
            return ()
        aside = self._keymaker.beside.aside_of_person(mention.text) if kind == "person" else None
        text = aside[0] if aside else mention.text
        script, preferred = script_of(text), segment.values[int(segment.preferred[found.entity])]
        against = self.contradictions.between(text, name, kind)
        if against and preferred != name and not (script_of(name) == script != script_of(preferred)):
            confirmed = self.contradictions.between(text, preferred, kind)
            against = [one for one in against if one in confirmed]
        inflected = found.key.step is Step.INFLECTED
        return tuple(one for one in against if not one.in_full and (one.odds == TELLS_APART or not inflected))

    def compare(self, mention: Mention, part: Part, pool: Pool) -> Found | None:
        """Return the only entity of a part, however far its names are from the mention; None when nothing is alike."""
        questions = asking.read(self._keymaker, [mention])
        [found] = self._searched(Parts([part]), questions, pool, 1, every=True)
        return next(iter(found), None)

    def letters(self, mention: Mention, found: Found) -> tuple[Block, ...]:
        """Return which letters of a mention stand for which of a candidate's name; none where not compared."""
        if found.matched < 0 or not found.key.roman or found.values[EQUAL_FORM]:
            return ()
        channel, kept = self._channels.of(script_of(mention.text)), found.part.segment.keys[found.matched]
        whole = found.values[ALIGNED_LOSS] == found.values[LOSS_PER_LETTER]
        return (cut if whole else cut_by_words)(channel, found.key.roman, kept)

    def judged(self, found: Sequence[Sequence[Found]], about: Sequence[tuple[int, int]]) -> list[Matches]:
        """Return candidates of some mentions, the best first, with their probabilities.

        `about`: of each mention, the length of its folded key, and its script (see `segment.script_code`).
        """
        some = [(one, told) for one, told in zip(found, about, strict=True) if one]
        judged = iter(self._judged(some) if some else ())
        return [
            next(judged) if one else Matches((), (), *told, np.empty(0)) for one, told in zip(found, about, strict=True)
        ]

    def _judged(self, lists: Sequence[tuple[Sequence[Found], tuple[int, int]]]) -> Iterator[Matches]:
        """Yield lists of at least one candidate with their probabilities."""
        types = [some[0].part.type for some, _ in lists]
        sizes = [len(some) for some, _ in lists]
        looked = np.array([0, *accumulate(min(size, LOOKED_AT) for size in sizes)])
        starts = np.array([0, *accumulate(sizes)])
        standing = [self.standing(some) for some, _ in lists]
        judged = Judged(
            np.concatenate([one.values for some, _ in lists for one in some[:LOOKED_AT]]).reshape(-1, WIDTH), looked,
            np.array([one.score for some, _ in lists for one in some], np.float32),
            np.array([*chain.from_iterable(standing)], np.int8), starts,
            np.array([(*told, kind == "place") for (_, told), kind in zip(lists, types, strict=True)], np.int64),
            np.empty((len(lists), len(LIST_EVIDENCE))), np.empty(len(lists)), np.empty(starts[-1]),
        )  # fmt: skip
        self.model.judged(judged, types)
        bounds, every, names = starts.tolist(), judged.chances.tolist(), judged.names.tolist()
        for number, (some, told) in enumerate(lists):
            chances = every[bounds[number] : bounds[number + 1]]
            share = chances[0] / names[number]
            if some[0].against:
                chances = _lowered(chances, sum(one.odds for one in some[0].against))
            order = sorted(range(len(some)), key=lambda at: -chances[at])
            found, probabilities = tuple(some[at] for at in order), tuple(chances[at] for at in order)
            own = judged.evidence[number].copy()  # so that what is kept of one mention keeps nothing of the others
            bearers = standing[number].count(BEARER)
            yield Matches(found, probabilities, *told, own, bearers, names[number], share)

    def standing(self, found: Sequence[Found]) -> list[int]:
        """Return what each candidate is beside the first, which has the best score: see `listing`.

        It bears the same name where the mention, by the same reading, is the whole of the names of both, or is a case
        form of these or of their surnames.
        """
        first, *others = found
        named = first.values.item(RENOWN) > 0
        return [BEARER, *(self._beside(first, one, named and one.values.item(RENOWN) > 0) for one in others)]

    def _beside(self, first: Found, other: Found, named: bool) -> int:
        if _is_around(other, first):
            return AROUND
        return BEARER if named and self._is_one_form(first.key, other.key) else RIVAL

    def _is_one_form(self, one: Key, other: Key) -> bool:
        if one.exact == other.exact:
            return True
        inflected = one.step is other.step is Step.INFLECTED
        return inflected and self._folded(one.exact) == self._folded(other.exact)


def rank(found: Found) -> tuple[float, str]:
    """Return what candidates are sorted by, the best score first."""
    return -found.score, found.entity_id


def _is_around(region: Found, town: Found) -> bool:
    """Tell whether one candidate is a region that is named like another one, a main town of it."""
    if region.values.item(UNMARKED_NAMESAKE) == 0 or town.values.item(UNMARKED_REGION) > 0:
        return False
    segment = region.part.segment
    inside = segment.own[region.entity] in town.part.segment.parents[town.entity]
    return bool(inside or (region.part is town.part and segment.namesake[region.entity] == town.entity + 1))


def _lowered(chances: Sequence[float], odds: float) -> list[float]:
    """Add log-odds to the first of some probabilities, which stays first: what the lists had no such evidence of."""
    first = min(chances[0], 1 - 1e-9)
    first = float(logistic(math.log(first / (1 - first)) + odds))
    return [first, *(min(chance, first) for chance in chances[1:])]


def _found(
    parts: Parts, questions: Sequence[Question], searches: Sequence[Search], best: Best
) -> Iterator[list[Found]]:
    """Yield the candidates of each mention, the best first: of what its searches have found as many as one may find."""
    counts, most = best.counts.tolist(), best.scores.shape[1]
    widest = max(counts, default=0)
    numbers, scores = best.numbers[:, :widest].tolist(), best.scores[:, :widest].tolist()
    places: list[list[tuple[int, int]]] = [[] for _ in questions]
    for row, (one, count) in enumerate(zip(searches, counts, strict=True)):
        places[one.mention] += ((row, place) for place in range(count))
    for question, some in zip(questions, places, strict=True):
        if len(some) > most:
            least = sorted(scores[row][place] for row, place in some)[-most]
            some = [(row, place) for row, place in some if scores[row][place] >= least]
        found = []
        for row, place in some:
            part = parts[searches[row].part]
            entity, name, reading, matched = numbers[row][place]
            values = best.values[row, place].copy()  # so that what is kept of one keeps nothing of the others
            key, entity_id = question.keys[reading], part.segment.ids[entity]
            found.append(Found(part, entity, entity_id, name, key, matched, scores[row][place], values))
        yield sorted(found, key=rank)[:most]

"""Candidates of a mention: its keys looked up in every part of a snapshot, scored, and turned into probabilities."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.segment import country_code, id_hash, script_code
from normalizer.index.snapshot import Part, Snapshot
from normalizer.matching.blocks import cut, cut_by_words
from normalizer.matching.candidates import best_candidates
from normalizer.matching.channel import Channels
from normalizer.matching.characters import CharacterChannels
from normalizer.matching.clauses import TELLS_APART, Contradiction
from normalizer.matching.containers import NOWHERE, after_comma, at_end
from normalizer.matching.contradiction import Contradictions
from normalizer.matching.evidence import ALIGNED_LOSS, EQUAL_FORM, LOSS_PER_LETTER, NAME_STEP
from normalizer.matching.listing import LOOKED_AT, list_evidence
from normalizer.matching.model import Model, logistic
from normalizer.matching.query import Asked, Hints, Pool, laid_out
from normalizer.matching.search import is_name
from normalizer.terms import Block, Mention
from normalizer.text.fold import skeleton
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

_FUZZY_STEPS = frozenset(
    {
        Step.FULL,
        Step.BARE,
        Step.TITLE,
        Step.SORTED,
        Step.OUTLINE,
        Step.PART,
        Step.PREPOSITION,
        Step.TRANSLATED,
    }
)
_PARTIAL_STEPS = frozenset({Step.TITLE, Step.PART, Step.PREPOSITION})
"""Readings that leave out what is no part of a name."""
_OF_PERSONS = frozenset({Step.TITLE, Step.SORTED, Step.OUTLINE})
"""Readings of what is said of persons: no place and no organization is meant by "Gen. Syrskyi"."""
_CONSONANTAL = frozenset(map(script_code, ("Arab", "Hebr", "Syrc")))
"""Scripts that leave most vowels out (abjads): what they write is found by its consonants."""
_MOST_FUZZY = 5
"""Keys of one mention that are looked up by trigrams."""


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


class Matcher:
    """Matches mentions against snapshots. Immutable; the pool of scratch memory is passed by the caller."""

    def __init__(self, keymaker: KeyMaker, model: Model) -> None:
        self._keymaker = keymaker
        self.model = model
        self._channels = Channels.load()
        self._characters = CharacterChannels.load()
        self.contradictions = Contradictions(keymaker)
        versions = f"{model.version} {self._channels.version} {self._characters.version}"
        self.version = hashlib.sha256(versions.encode()).hexdigest()[:12]

    def match(self, mention: Mention, snapshot: Snapshot, pool: Pool, most: int) -> Matches:
        """Return the best candidates of a mention in a snapshot: `most` of them, or LOOKED_AT if that is more."""
        keys = self._keymaker.of_mention(mention)
        script = script_code(script_of(mention.text))
        parts = snapshot.of_type(mention.type)
        known = any(_is_known(part, keys[0].exact, mention.country) for part in parts)
        elsewhere = known or any(_is_known(part, keys[0].exact, None) for part in parts)
        within = after_comma(self._keymaker, keys, snapshot)
        if not (known or within.size) and mention.type in ("place", None):
            bare = next((key.exact for key in keys if key.step is Step.PREPOSITION), keys[0].exact)
            located, within = at_end(self._keymaker, bare, snapshot)
            keys += located
        fuzzy = set() if known else _fuzzy_keys(keys)
        channel = self._channels.of(script_of(mention.text))
        characters = self._characters.of(script_of(mention.text))
        hints = _hints(mention, script, within)
        found: list[Found] = []
        literal = list(keys)
        for part in parts:
            asked = _asked(literal, script, part, fuzzy)
            if not elsewhere:
                asked += self._alternatives(literal, keys, mention, part)
            queries = laid_out(asked, hints)
            rows = best_candidates(
                part.columns, queries, channel, characters, pool, self.model.weights, max(most, LOOKED_AT)
            )
            found += _found(part, keys, pool, pool.leading[:rows])
        found.sort(key=_rank)
        found = self._contradicted(mention.text, found[: max(most, LOOKED_AT)])
        return self.judged(found, len(keys[0].latin), script)

    def _contradicted(self, text: str, found: list[Found]) -> list[Found]:
        """Return candidates, the best first, the first of which has been asked what speaks against it."""
        asked: set[str] = set()
        while found and found[0].entity_id not in asked:
            asked.add(found[0].entity_id)
            against = self._against(text, found[0])
            if against:
                odds = sum(one.odds for one in against)
                found[0] = found[0]._replace(score=found[0].score + odds, against=against)
                found.sort(key=_rank)
        return found

    def _against(self, text: str, found: Found) -> tuple[Contradiction, ...]:
        """Return what speaks against both the name that matched and the preferred one, unless the form is a name.

        What may be a case form speaks against nobody where it was read as one; what only names in full say, never.
        """
        if found.part.type == "place" or found.values[EQUAL_FORM]:
            return ()
        segment, kind = found.part.segment, found.part.type
        against = self.contradictions.between(text, segment.values[found.name], kind)
        preferred = int(segment.preferred[found.entity])
        if against and preferred != found.name:
            confirmed = self.contradictions.between(text, segment.values[preferred], kind)
            against = [one for one in against if one in confirmed]
        inflected = found.key.step is Step.INFLECTED
        return tuple(one for one in against if not one.in_full and (one.odds == TELLS_APART or not inflected))

    def compare(self, mention: Mention, part: Part, pool: Pool) -> Found | None:
        """Return the only entity of a part, however far its names are from the mention; None when nothing is alike."""
        keys = self._keymaker.of_mention(mention)
        script = script_code(script_of(mention.text))
        asked = [one._replace(every=one.fuzzy) for one in _asked(keys, script, part, _fuzzy_keys(keys))]
        asked += self._alternatives(list(keys), keys, mention, part)
        queries = laid_out(asked, _hints(mention, script, NOWHERE))
        channel = self._channels.of(script_of(mention.text))
        characters = self._characters.of(script_of(mention.text))
        rows = best_candidates(part.columns, queries, channel, characters, pool, self.model.weights, 1)
        return next(iter(_found(part, keys, pool, pool.leading[:rows])), None)

    def letters(self, mention: Mention, found: Found) -> tuple[Block, ...]:
        """Return which letters of a mention stand for which of a candidate's name; none where not compared."""
        if found.matched < 0 or not found.key.roman or found.values[EQUAL_FORM]:
            return ()
        channel, kept = self._channels.of(script_of(mention.text)), found.part.segment.keys[found.matched]
        whole = found.values[ALIGNED_LOSS] == found.values[LOSS_PER_LETTER]
        return (cut if whole else cut_by_words)(channel, found.key.roman, kept)

    def judged(self, found: Sequence[Found], letters: int, script: int) -> Matches:
        """Return candidates, the best first, with their probabilities; see `list_evidence`."""
        if not found:
            return Matches((), (), letters, script, np.empty(0))
        scores = np.array([one.score for one in found], np.float32)
        values = np.stack([one.values for one in found[:LOOKED_AT]])
        best = found[0].part.type
        evidence = list_evidence(values, scores, letters, script, best == "place", self.model.stranger)
        chances = self.model.probabilities(scores, evidence, best)
        if found[0].against:
            _lower(chances, sum(one.odds for one in found[0].against))
        return Matches(tuple(found), tuple(chances.tolist()), letters, script, evidence)

    def _alternatives(self, literal: list[Key], keys: list[Key], mention: Mention, part: Part) -> list[Asked]:
        """Return queries for what the mention may be a case form or a translation of, and add their keys to `keys`.

        Asked only of what is no name as it stands, in whatever country: Kursk is no case form of a Kurske there.
        Only forms that are known names count; and what is a name without its place-type word is no case form of one.
        Where such a word is left out, that weighs, and not the case in which many languages put the name beside it.
        `literal` are the keys of the mention itself: what another part has added is for that part alone.
        """
        names = part.segment.exact
        fitting = [key for key in literal if _fits(key, part)]
        inflected = [key for key in fitting if key.step is not Step.BARE or names.find(key.exact) < 0]
        forms = self._keymaker.alternatives(inflected, mention.type)
        known = {key.exact for key in literal}
        levels = _levels(literal)
        asked = []
        for (form, (key, rule)), number in zip(forms.items(), names.find_all([*forms]), strict=True):
            if number >= 0 and form not in known:
                keys.append(self._keymaker.alternative(form, key, rule))
                one = _one_asked(keys[-1], _compared(keys, key), len(keys) - 1, part, key.levels or levels)
                step = key.step if rule and key.step is Step.BARE else keys[-1].step
                asked.append(one._replace(step=int(step), located=key.step is Step.PART))
        return asked


def _rank(found: Found) -> tuple[float, str]:
    return -found.score, found.entity_id


def _lower(chances: NDArray[np.float64], odds: float) -> None:
    """Add log-odds to the first of some probabilities, which stays first: what the lists had no such evidence of."""
    first = min(float(chances[0]), 1 - 1e-9)
    chances[0] = logistic(math.log(first / (1 - first)) + odds)
    np.minimum(chances, chances[0], out=chances)


def _is_known(part: Part, exact: str, country: str | None) -> bool:
    """Tell whether a form is, as it stands, a name of an entity that is not hidden: then it is looked up exactly.

    Of a form that is known in other countries than the hint alone, what is spelled nearly so counts as well.
    """
    number = part.segment.exact.find(exact)
    return number >= 0 and is_name(part.columns, number, country_code(country))


def _fuzzy_keys(keys: Sequence[Key]) -> set[int]:
    """Choose the keys to look up by trigrams."""
    chosen: dict[str, int] = {}
    for number, key in enumerate(keys):
        if key.step in _FUZZY_STEPS and key.latin:
            chosen.setdefault(key.latin, number)
    return set(list(chosen.values())[:_MOST_FUZZY])


def _asked(keys: Sequence[Key], script: int, part: Part, fuzzy: Collection[int]) -> list[Asked]:
    """Return what is asked by each key; only those in `fuzzy` are looked up by trigrams."""
    levels = _levels(keys)
    found = []
    for number, key in enumerate(keys):
        if not _fits(key, part):
            continue
        text = _compared(keys, key) if fuzzy else ""
        one = _one_asked(key, text, number, part, key.levels or levels)
        found.append(_fuzzy(one, script, part) if number in fuzzy else one)
    return found


def _fits(key: Key, part: Part) -> bool:
    """Tell whether a reading of a mention can be meant of the entities of a part."""
    return key.step not in _OF_PERSONS or part.type not in ("place", "organization")


def _fuzzy(one: Asked, script: int, part: Part) -> Asked:
    """Let a key be looked up by trigrams and by its skeleton."""
    outline = skeleton(one.latin)
    number = part.segment.skeletons.find(outline) if outline else -1
    return one._replace(fuzzy=True, outline=number, skeleton=outline if script in _CONSONANTAL else "")


def _compared(keys: Sequence[Key], key: Key) -> str:
    """Return the text by which a reading is compared letter by letter: the mention, or what of it is no title or such.

    Nothing without a place-type word: most of such a mention's letters may be those of the word.
    """
    if key.levels:
        return ""
    return key.exact if key.step in _PARTIAL_STEPS else keys[0].exact


def _levels(keys: Sequence[Key]) -> int:
    """Return the levels that any reading of a mention asks for."""
    return reduce(or_, (key.levels for key in keys))


def _one_asked(key: Key, text: str, number: int, part: Part, levels: int) -> Asked:
    segment = part.segment
    return Asked(
        latin=key.latin,
        roman=key.roman,
        skeleton="",
        text=text,
        written=key.exact,
        exact=segment.exact.find(key.exact),
        key=segment.keys.find(key.latin) if key.latin else -1,
        outline=-1,
        step=int(key.step),
        levels=levels,
        reading=number,
        bare=key.levels != 0,
        located=key.step is Step.PART,
    )


def _hints(mention: Mention, script: int, within: NDArray[np.uint64]) -> Hints:
    return Hints(
        script,
        country_code(mention.country),
        np.uint64(id_hash(mention.parent) if mention.parent else 0),
        within,
        *(mention.coordinates or (math.nan, math.nan)),
    )


def _found(part: Part, keys: Sequence[Key], pool: Pool, rows: NDArray[np.int64]) -> list[Found]:
    """Return some rows of the pool as they are judged."""
    columns = [column[rows] for column in (pool.entities, pool.names, pool.readings, pool.keys, pool.scores)]
    ids = part.segment.ids
    return [
        Found(part, entity, ids[entity], name, keys[reading], matched, score, values)
        for entity, name, reading, matched, score, values in zip(
            *(column.tolist() for column in columns), pool.values[rows], strict=True
        )
    ]

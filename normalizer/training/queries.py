"""Training queries made from a gazetteer: names held out of it, typing errors, case forms, entities taken away for NIL.

Every choice comes from one seeded generator, so that the same gazetteer gives the same queries.
"""

from __future__ import annotations

import heapq
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import JaroWinkler

from normalizer.index.levels import REGIONS, TOWN, level_of
from normalizer.rulebook import Ending, Rulebook
from normalizer.terms import Entity, Mention, NameKind, State
from normalizer.text.clean import Cleaner
from normalizer.text.romanize import script_of
from normalizer.text.structure import Structure

KNOWN, HELD_OUT, TYPO, INFLECTED, NIL = "known", "held out", "typo", "inflected", "nil"
STRANGER = "stranger"
"""NIL as well: a name composed of those of two entities, all of which are still there."""
_SHARES = {KNOWN: 0.30, HELD_OUT: 0.35, TYPO: 0.12, INFLECTED: 0.08}
ABSENT = 0.15
"""Share of the queries whose entity is taken away, so that NIL is right."""
_ONCE = (HELD_OUT, TYPO, INFLECTED)
"""Strata whose queries come from one entity only once."""
_SALIENCE = 1.5
"""Entities are drawn by this power of their number of names: what many languages name is spoken of more often."""
_HINTED = 0.35
"""Share of queries with a hint; of these, _MISLED are wrong."""
_PLACED = 0.08
"""Share of queries that say themselves within what the place is: "Sudzha, Kursk region"."""
_BEFORE_CONTAINERS = (", ", " ")
_MISLED = 0.03
_MARKED_REGIONS, _MARKED_TOWNS = 0.4, 0.04
"""Shares of the queries for a region, and for a town, whose name gets a place-type word when it has none."""


_SAME_WORD = 0.8
"""Jaro-Winkler likeness from which two words may be spellings of one."""


class Cases:
    """Makes case forms of names, by the rulebook's endings the other way round.

    The names of most gazetteers do not say their language, so an ending of any language of the script is taken. Latin
    is left out: too many of its languages do not inflect.
    """

    def __init__(self, inflections: Mapping[str, Sequence[Ending]]) -> None:
        self._endings: defaultdict[tuple[str, str], list[Ending]] = defaultdict(list)
        for ending, rules in inflections.items():
            for rule in rules:
                if script_of(ending) != "Latn":
                    self._endings[script_of(ending), rule.replacement].append(rule)

    def form(self, text: str, generator: random.Random) -> tuple[str, str]:
        """Return (a case form, INFLECTED), or (the text, KNOWN) when no ending fits its last word."""
        script = script_of(text)
        ends = [text[-length:] for length in (1, 2, 3)]
        if (script, ends[0]) not in self._endings:  # otherwise the last letter is an ending itself
            ends.append("")
        forms = [
            stem + rule.ending
            for end in ends
            for rule in self._endings.get((script, end), ())
            if rule.fits(stem := text.removesuffix(end))
        ]
        return (generator.choice(forms), INFLECTED) if forms else (text, KNOWN)


_NO_CASES = Cases({})


class TypeWords:
    """Adds place-type words to names, any of those in the script that may stand for the kind of place."""

    def __init__(self, rules: Rulebook) -> None:
        self._cleaner, self._structure = Cleaner(rules), Structure(rules)
        self._kinds = rules.place_types
        self._words: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for pattern, table in (
            ("{0} {1}", rules.place_types), ("{1} {0}", rules.place_types),
            ("{1}{0}", rules.place_type_prefixes), ("{0}{1}", rules.place_type_suffixes),
        ):  # fmt: skip
            for word, found in table.items():
                self._words[script_of(word)].append((pattern.format("{}", word), found.mask))

    def added(self, text: str, kind: str | None, generator: random.Random) -> str:
        """Return a name with a place-type word, or as it is when it has one, or there is none for the kind."""
        level = level_of(kind or "", self._kinds)
        share = _MARKED_REGIONS if level & REGIONS else _MARKED_TOWNS if level == TOWN else 0.0
        if generator.random() >= share or self._structure.place_type(self._cleaner.clean(text)):
            return text
        patterns = [pattern for pattern, mask in self._words[script_of(text)] if mask & level]
        return generator.choice(patterns).format(text) if patterns else text


@dataclass(frozen=True, slots=True)
class TrainingQuery:
    """A mention, the id that is right (None for NIL), and the state in which its entity stands in the gazetteer."""

    mention: Mention
    expected: str | None
    stratum: str
    entity: Entity
    """The entity as the gazetteer should hold it while the query is asked: without the name, or retired."""
    placed: bool = False
    """Whether the mention also says within what the place is."""


def sample(
    entities: Iterable[Entity],
    size: int,
    excluded: frozenset[str],
    seed: int,
    cases: Cases = _NO_CASES,
    words: TypeWords | None = None,
    absent: float = ABSENT,
) -> list[TrainingQuery]:
    """Draw queries from names; entities with more names are drawn more often (see _SALIENCE).

    What is taken away for NIL is drawn evenly: what a gazetteer lacks is not what everybody speaks of. Queries whose
    name stays in the gazetteer may come from one entity many times, the others only once. `excluded` are ids of
    entities that must not be drawn: those that an evaluation asks for. `cases` makes the case forms; without any, the
    names for which it has none stay as they are. `words` adds place-type words. `absent`: share of the queries for NIL.
    """
    generator = random.Random(seed)
    entities = list(entities)
    by_id = {entity.id: entity for entity in entities}
    every = [entity for entity in entities if entity.id not in excluded and len(written(entity)) > 1]
    gone = frozenset(entity.id for entity in generator.sample(every, min(len(every) // 4, round(size * absent))))
    drawn = [(entity, NIL) for entity in every if entity.id in gone]
    eligible = [entity for entity in every if entity.id not in gone]
    weights = [len(written(entity)) ** _SALIENCE for entity in eligible]
    countries = sorted({entity.country for entity in eligible if entity.country})
    known = round(size * _SHARES[KNOWN])
    drawn += [(entity, KNOWN) for entity in generator.choices(eligible, weights, k=known)]
    rest = size - known - len(gone)
    strata = generator.choices(_ONCE, [_SHARES[stratum] for stratum in _ONCE], k=rest)
    drawn += zip(_without_replacement(eligible, weights, rest, generator), strata, strict=False)
    drawn = _one_changed(drawn)
    generator.shuffle(drawn)
    return [_query(entity, stratum, countries, by_id, cases, words, generator) for entity, stratum in drawn]


def strangers(
    entities: Iterable[Entity], size: int, seed: int, general: Callable[[str], bool] = lambda word: False
) -> list[TrainingQuery]:
    """Compose names that nobody bears, each near one that somebody does: a word of a name in the place of another's.

    Yuri Lavrov is composed of Sergey Lavrov and Yuri Chaika, Ministry of Justice of two ministries. Words that are
    spelled nearly alike, or are `general` as Oblast and Province are, take nobody's place. Fewer than `size` where
    names of several words are few.
    """
    generator = random.Random(seed)
    of_kind: defaultdict[tuple[str, str], list[tuple[Entity, list[str]]]] = defaultdict(list)
    for entity in entities:
        for name in written(entity):
            if len(tokens := name.split()) > 1:
                of_kind[entity.type, script_of(name)].append((entity, tokens))
    borne = {_in_any_order(tokens) for some in of_kind.values() for _, tokens in some}
    kinds = [kind for kind, some in of_kind.items() if len(some) > 1]
    drawn = generator.choices(kinds, [len(of_kind[kind]) for kind in kinds], k=size) if kinds else []
    composed = {}
    for kind in drawn:
        (entity, tokens), (other, others) = generator.sample(of_kind[kind], 2)
        end = generator.choice((0, -1))
        made = [*tokens]
        made[end] = others[end]
        alike = JaroWinkler.similarity(tokens[end].casefold(), others[end].casefold()) >= _SAME_WORD
        if entity.id != other.id and not alike and not general(others[end]) and _in_any_order(made) not in borne:
            text = " ".join(made)
            composed[text] = TrainingQuery(Mention(text, type=entity.type), None, STRANGER, entity)
    return list(composed.values())


def _in_any_order(tokens: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(token.casefold() for token in tokens))


def _without_replacement(
    entities: list[Entity], weights: list[float], size: int, generator: random.Random
) -> list[Entity]:
    """Return `size` distinct entities, drawn by their weights (Efraimidis and Spirakis 2006)."""
    keyed = ((generator.random() ** (1 / weight), at) for at, weight in enumerate(weights))
    return [entities[at] for _, at in heapq.nlargest(size, keyed)]


def _one_changed(drawn: list[tuple[Entity, str]]) -> list[tuple[Entity, str]]:
    """Drop the queries that need an entity whole which another query changes."""
    changed = {entity.id for entity, stratum in drawn if stratum in (HELD_OUT, NIL)}
    return [(entity, stratum) for entity, stratum in drawn if stratum in (HELD_OUT, NIL) or entity.id not in changed]


def written(entity: Entity) -> list[str]:
    """Return the names of an entity that people write."""
    return [name.value for name in entity.names if name.kind is not NameKind.AUTOROM]


def _query(
    entity: Entity,
    stratum: str,
    countries: list[str],
    by_id: Mapping[str, Entity],
    cases: Cases,
    words: TypeWords | None,
    generator: random.Random,
) -> TrainingQuery:
    text = name = generator.choice(written(entity))
    if words:
        text = words.added(name, entity.kind, generator)
    if stratum == INFLECTED:
        text, stratum = cases.form(text, generator)
    context = _context(text, entity, by_id, generator)
    country = _hint(entity.country, countries, generator)
    parent = None
    if generator.random() < _HINTED / 2 and entity.parents:
        parent = entity.parents[0]
    placed = bool(context)
    if stratum in (KNOWN, INFLECTED):
        return TrainingQuery(_mention(text + context, entity, country, parent), entity.id, stratum, entity, placed)
    if stratum == TYPO:
        mistyped = generator.choice(_TYPOS)(text, generator) or text
        return TrainingQuery(_mention(mistyped + context, entity, country, parent), entity.id, stratum, entity, placed)
    if stratum == NIL:
        gone = replace(entity, state=State.RETIRED)
        return TrainingQuery(_mention(text + context, entity, country, parent), None, stratum, gone, placed)
    names = tuple(one for one in entity.names if one.value != name)
    kept = entity.name if entity.name != name else next(n.value for n in names if n.kind is not NameKind.AUTOROM)
    without = replace(entity, name=kept, names=names)
    return TrainingQuery(_mention(text + context, entity, country, parent), entity.id, stratum, without, placed)


def _context(text: str, entity: Entity, by_id: Mapping[str, Entity], generator: random.Random) -> str:
    """Return a name of something that contains the entity, in the script of the text if there is one, with or without
    a comma before it."""
    above = [by_id[parent] for parent in entity.parents if parent in by_id]
    above += [by_id[parent] for one in above for parent in one.parents if parent in by_id]
    if generator.random() > _PLACED or not above or "," in text:
        return ""
    container = generator.choice(above)
    names = [name for name in written(container) if script_of(name) == script_of(text)] or [container.name]
    return f"{generator.choice(_BEFORE_CONTAINERS)}{generator.choice(names)}"


def _mention(text: str, entity: Entity, country: str | None, parent: str | None) -> Mention:
    return Mention(text.strip() or entity.name, type=entity.type, country=country, parent=parent)


def _hint(country: str | None, countries: list[str], generator: random.Random) -> str | None:
    if country is None or generator.random() > _HINTED:
        return None
    return generator.choice(countries) if generator.random() < _MISLED else country


def _swapped(text: str, generator: random.Random) -> str:
    at = generator.randrange(max(1, len(text) - 1))
    return text[:at] + text[at : at + 2][::-1] + text[at + 2 :]


def _left_out(text: str, generator: random.Random) -> str:
    at = generator.randrange(len(text))
    return text[:at] + text[at + 1 :] if len(text) > 2 else text


def _doubled(text: str, generator: random.Random) -> str:
    at = generator.randrange(len(text))
    return text[:at] + text[at] + text[at:]


def _replaced(text: str, generator: random.Random) -> str:
    """Put another letter of the same name in the place of one: a slip that stays in the script."""
    at = generator.randrange(len(text))
    return text[:at] + generator.choice(text) + text[at + 1 :]


_TYPOS: tuple[Callable[[str, random.Random], str], ...] = (_swapped, _left_out, _doubled, _replaced)

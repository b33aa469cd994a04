"""Questions whose answers are known, drawn from a gazetteer: about names taken out of it, and entities taken away.

They are drawn as for the fit of the scorer (`normalizer.training.queries`), with another seed, and asked without hints.
As right counts the entity a name was drawn from, and any other that bears exactly this name: as it is when taken out,
as it was before it was mistyped or inflected. Where NIL is meant but somebody else bears the name, the question has no
answer and is left out. So are names that are left in, which any exact lookup finds, and mentions that say themselves
within what a place is, which a string measure cannot read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from rapidfuzz.distance import OSA

from normalizer.evaluation.cases import Case
from normalizer.gazetteer import Gazetteer
from normalizer.index.parts import Part
from normalizer.index.snapshot import Snapshot
from normalizer.terms import Mention
from normalizer.text.keys import KeyMaker, Step
from normalizer.text.romanize import script_of
from normalizer.training.queries import HELD_OUT, INFLECTED, NIL, TYPO, Cases, TrainingQuery, sample, written

SEED = 7_919
KINDS = {HELD_OUT: "name taken out", TYPO: "typing error", INFLECTED: "case form", NIL: "entity taken away"}
LEAST_OF_A_SCRIPT = 15
"""Scripts with fewer questions of a kind are counted together."""
OTHER_SCRIPTS = "other"
_DRAWN = 2
"""How many queries are drawn for each question: enough for those left out."""


@dataclass(frozen=True, slots=True)
class Source:
    """What questions come from: the entities of one type in a gazetteer."""

    name: str
    gazetteer: Gazetteer
    type: str
    size: int
    """How many questions are drawn."""


class Drawn(NamedTuple):
    """Questions, and the gazetteer as it stands while they are asked."""

    cases: list[Case]
    """Their fields: `kind` (of KINDS), `script`, and `part`, which is both."""
    snapshot: Snapshot


def draw(source: Source) -> Drawn:
    """Draw the questions of a source; the same gazetteer gives the same questions."""
    gazetteer = source.gazetteer
    entities = [entity for entity in gazetteer.entities() if entity.type == source.type]
    forms = Cases(gazetteer.keymaker.rules.inflections)
    drawn = sample(entities, source.size * _DRAWN, frozenset(), SEED, forms)
    queries = [query for query in drawn if query.stratum in KINDS and not _says_within_what(query)][: source.size]
    snapshot = gazetteer.variant([query.entity for query in queries])
    return Drawn(_with_parts(list(_cases(source.name, queries, snapshot, gazetteer.keymaker))), snapshot)


def _says_within_what(query: TrainingQuery) -> bool:
    return query.placed or (bool(query.entity.parents) and "," in query.mention.text)


def _cases(name: str, queries: Sequence[TrainingQuery], snapshot: Snapshot, keymaker: KeyMaker) -> Iterator[Case]:
    for number, query in enumerate(queries, 1):
        mention = Mention(query.mention.text, query.mention.type)
        name = keymaker.of_mention(Mention(_name(query), mention.type))[0].exact
        bearers = set(_bearers(snapshot, name, mention.type))
        if query.expected or not bearers:
            accepted = bearers | {query.expected} if query.expected else ()
            fields = {"kind": KINDS[query.stratum], "script": script_of(mention.text)}
            yield Case(f"{name} {number}", mention, frozenset(accepted), fields)


def _name(query: TrainingQuery) -> str:
    """Return the name that was drawn: the mention, or the nearest name when it was mistyped or inflected."""
    text = query.mention.text
    if query.stratum not in (TYPO, INFLECTED):
        return text
    return min(written(query.entity), key=lambda name: OSA.distance(name, text))


def _bearers(snapshot: Snapshot, exact: str, entity_type: str | None) -> Iterator[str]:
    """Yield the ids of the entities that have a name of exactly this form."""
    for part in snapshot.of_type(entity_type):
        number = part.segment.exact.find(exact)
        if number >= 0:
            yield from (part.segment.ids[entity] for entity in _linked(part, number))


def _linked(part: Part, number: int) -> Iterator[int]:
    """Yield the entities that have an exact key as it stands and are not hidden."""
    links = part.segment.exact_links
    here = slice(links.starts[number], links.starts[number + 1])
    for name in links.names[here][links.steps[here] == Step.FULL]:
        entity = int(part.segment.name_facts[name, 0])
        if not part.columns.hidden[entity]:
            yield entity


def _with_parts(cases: Sequence[Case]) -> list[Case]:
    """Give each case its part: kind and script, the rare scripts of a kind together."""
    sizes = Counter((case.group("kind"), case.group("script")) for case in cases)
    return [_with_part(case, sizes[case.group("kind"), case.group("script")] >= LEAST_OF_A_SCRIPT) for case in cases]


def _with_part(case: Case, common: bool) -> Case:
    kind, script = case.group("kind"), case.group("script") if common else OTHER_SCRIPTS
    return replace(case, fields={"kind": kind, "script": script, "part": f"{kind}, {script}"})

"""Names the gazetteer does not hold: taken out of it, mistyped, or of entities taken away, asked without hints.

The questions are drawn as for the fit of the scorer (`normalizer.training.queries`), with another seed. As right counts
the entity a name was taken from, and any other entity that bears exactly that form; where NIL is meant but somebody
else bears the form, the question has no answer and is left out. Two string measures of rapidfuzz answer some of
the same questions over the same names: WRatio over the names in ASCII, Levenshtein over the folded keys of the index.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from anyascii import anyascii
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from rapidfuzz.fuzz import WRatio

from bench.tally import Tally, share
from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress
from normalizer.index.snapshot import Part, Snapshot
from normalizer.matching.decision import decide
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.query import new_pool
from normalizer.terms import Entity, Mention
from normalizer.text.keys import Step
from normalizer.text.romanize import script_of
from normalizer.training.queries import HELD_OUT, KNOWN, NIL, TYPO, TrainingQuery, sample

SIZE = 3_000
SEED = 7_919
BASELINE_SIZE = 300
LEAST_OF_A_SCRIPT = 20
"""Scripts with fewer questions are counted together."""
LABELS = {HELD_OUT: "name taken out", TYPO: "typing error", NIL: "entity taken away", KNOWN: "name left in"}


@dataclass(frozen=True, slots=True)
class Question:
    """A mention and every id that is right for it; none where NIL is."""

    mention: Mention
    accepted: frozenset[str]
    stratum: str
    script: str


def draw(gazetteer: Gazetteer, entities: Sequence[Entity]) -> tuple[list[Question], Snapshot]:
    """Return the questions, and the gazetteer as it stands while they are asked."""
    queries = sample(entities, SIZE, frozenset(), SEED)
    changed = [query.entity for query in queries]
    snapshot = gazetteer.variant(changed)
    questions = (_question(query, gazetteer, snapshot) for query in queries)
    return [question for question in questions if question], snapshot


def measure(gazetteer: Gazetteer, entities: Sequence[Entity], progress: Progress) -> dict[str, Any]:
    """Return the figures by kind of question and by script, and those of the string measures."""
    progress("drawing names", 0, 1)
    questions, snapshot = draw(gazetteer, entities)
    progress("drawing names", 1, 1)
    ask = _asker(gazetteer, snapshot)
    kinds: defaultdict[str, Tally] = defaultdict(Tally)
    scripts: defaultdict[str, Tally] = defaultdict(Tally)
    rightly: dict[Question, bool] = {}
    for done, question in enumerate(questions, 1):
        ids = ask(question, kinds[LABELS[question.stratum]], scripts[question.script])
        rightly[question] = ids[:1] != [] and ids[0] in question.accepted
        if done % 100 == 0 or done == len(questions):
            progress("held-out names", done, len(questions))
    hard = [question for question in questions if question.stratum in (HELD_OUT, TYPO)]
    some = hard[:: max(1, len(hard) // BASELINE_SIZE)][:BASELINE_SIZE]
    return {
        "kinds": [{"group": label, **kinds[label].figures()} for label in LABELS.values()],
        "scripts": _merged(scripts),
        "baselines": {
            "questions": len(some),
            "normalizer": share(sum(rightly[question] for question in some), len(some)),
            **_baselines(gazetteer, snapshot, some, progress),
        },
    }


def _asker(gazetteer: Gazetteer, snapshot: Snapshot) -> Callable[..., list[str]]:
    model = Model.load()
    matcher = Matcher(gazetteer.keymaker, model)
    threshold, pool = model.calibration("place").threshold(None), new_pool()

    def ask(question: Question, kind: Tally, script: Tally) -> list[str]:
        matches = matcher.match(question.mention, snapshot, pool, 5)
        ids = [found.entity_id for found in matches.found]
        outcome = decide(matches.probabilities, threshold)
        kind.count(question.accepted, outcome, ids)
        if question.stratum in (HELD_OUT, TYPO):
            script.count(question.accepted, outcome, ids)
        return ids

    return ask


def _question(query: TrainingQuery, gazetteer: Gazetteer, snapshot: Snapshot) -> Question | None:
    mention = Mention(query.mention.text, query.mention.type)
    bearers = _bearers(snapshot, gazetteer.keymaker.of_mention(mention)[0].exact, mention.type)
    if query.expected is None and bearers:
        return None
    accepted = bearers | {query.expected} if query.expected else frozenset()
    return Question(mention, frozenset(accepted), query.stratum, script_of(mention.text))


def _bearers(snapshot: Snapshot, exact: str, entity_type: str | None) -> frozenset[str]:
    """Return the ids of the entities that have a name of exactly this form."""
    return frozenset(
        part.segment.ids[entity]
        for part in snapshot.of_type(entity_type)
        if (number := part.segment.exact.find(exact)) >= 0
        for entity in _entities(part, part.segment.exact_links, number)
    )


def _entities(part: Part, links: Any, number: int) -> Iterator[int]:
    """Yield the entities, most important first, that are linked to a key as it stands and are not hidden."""
    here = slice(links.starts[number], links.starts[number + 1])
    names = links.names[here][links.steps[here] == Step.FULL]
    entities = sorted({int(entity) for entity in part.segment.name_facts[names, 0]})
    return (entity for entity in entities if not part.columns.hidden[entity])


def _merged(scripts: dict[str, Tally]) -> list[dict[str, Any]]:
    """Return figures by script, the weakest first; small ones together, and all."""
    small, everything = Tally(), Tally()
    large: dict[str, Tally] = {}
    for script, tally in scripts.items():
        everything = _sum(everything, tally)
        if tally.rows < LEAST_OF_A_SCRIPT:
            small = _sum(small, tally)
        else:
            large[script] = tally
    ordered = sorted(large.items(), key=lambda item: item[1].first / item[1].rows)
    groups = [*ordered, ("others", small), ("all", everything)]
    return [{"group": group, **tally.figures()} for group, tally in groups if tally.rows]


def _sum(a: Tally, b: Tally) -> Tally:
    return Tally(*(getattr(a, field) + getattr(b, field) for field in Tally.__slots__))


def _baselines(
    gazetteer: Gazetteer, snapshot: Snapshot, questions: Sequence[Question], progress: Progress
) -> dict[str, float | None]:
    """Return the share of questions whose best name, by each string measure, is one of a right entity."""
    names, keys = _names(snapshot), _keys(snapshot)
    name_texts, key_texts = list(names), list(keys)
    right = [0, 0]
    for done, question in enumerate(questions, 1):
        best = process.extractOne(_ascii(question.mention.text), name_texts, scorer=WRatio)
        right[0] += best is not None and names[best[0]] in question.accepted
        folded = gazetteer.keymaker.of_mention(question.mention)[0].latin
        near = process.extractOne(folded, key_texts, scorer=Levenshtein.normalized_similarity)
        right[1] += near is not None and keys[near[0]] in question.accepted
        progress("rapidfuzz over the same names", done, len(questions))
    return {
        "rapidfuzz WRatio": share(right[0], len(questions)),
        "rapidfuzz Levenshtein": share(right[1], len(questions)),
    }


def _ascii(text: str) -> str:
    return anyascii(text).lower()


def _names(snapshot: Snapshot) -> dict[str, str]:
    """Return every name in ASCII with the id of its bearer, the most important one."""
    found: dict[str, str] = {}
    for part in snapshot.parts:
        for entity, value in zip(part.segment.name_facts[:, 0], part.segment.values, strict=True):
            if not part.columns.hidden[entity]:
                found.setdefault(_ascii(value), part.segment.ids[int(entity)])
    return found


def _keys(snapshot: Snapshot) -> dict[str, str]:
    """Return every folded key of a whole name with the id of its bearer, the most important one."""
    found: dict[str, str] = {}
    for part in snapshot.parts:
        for number, key in enumerate(part.segment.keys):
            entity = next(_entities(part, part.segment.key_links, number), None)
            if entity is not None:
                found.setdefault(key, part.segment.ids[entity])
    return found

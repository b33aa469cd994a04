"""Why a candidate was chosen: its evidence by name, and one sentence for people."""

from __future__ import annotations

from normalizer.matching.evidence import EQUAL_FORM, EQUAL_KEY, EVIDENCE, NAME_STEP, SIMILARITY
from normalizer.matching.match import Found, Matches
from normalizer.matching.model import Model
from normalizer.rulebook import LEVELS
from normalizer.terms import Evidence, Outcome
from normalizer.text.keys import Key, Step

_STEP_NOTES = {
    Step.BARE: "without the type word “{}”",
    Step.ADJECTIVE: "as the noun behind the adjective before “{}”",
    Step.TITLE: "without the title “{}”",
    Step.OUTLINE: "without middle names",
    Step.SORTED: "names in any order",
    Step.PART: "within “{}”",
    Step.PREPOSITION: "without “{}”",
    Step.INFLECTED: "as a case form: {}",
}


def evidence(found: Found, model: Model) -> tuple[Evidence, ...]:
    """Return every piece of evidence that counted, the weightiest first."""
    pieces = [
        Evidence(measure.name, float(value), float(value * weight), measure.meaning.format(float(value)))
        for measure, value, weight in zip(EVIDENCE, found.values, model.weights, strict=True)
        if value
    ]
    return tuple(sorted(pieces, key=lambda piece: -abs(piece.weight)))


def sentence(matches: Matches, outcome: Outcome) -> str:
    """Return one short sentence on the first candidate, and on its rivals when it is not certain."""
    if not matches.found:
        return "no name of the gazetteer comes near"
    best = matches.found[0]
    said = f"{_likeness(best)} “{best.part.segment.values[best.name]}”{_reading(best)}"
    if outcome is Outcome.AMBIGUOUS:
        return f"{said}; {_rivals(matches)}"
    return f"nearest is {said}, too uncertain" if outcome is Outcome.NIL else said


def _likeness(found: Found) -> str:
    if found.values[EQUAL_FORM]:
        return "is the name"
    if found.values[EQUAL_KEY]:
        return "same spelling, folded, as"
    return f"{found.values[SIMILARITY]:.0%} like"


def _reading(found: Found) -> str:
    key = found.key
    if found.values[NAME_STEP + Step.NAMESAKE]:
        return f" of the town it is named after{_mention_reading(key)}"
    return _mention_reading(key)


def _mention_reading(key: Key) -> str:
    note = _STEP_NOTES.get(key.step, "romanized by {}" if key.note else "").format(key.note)
    level = f", a kind of {'/'.join(_levels(key.levels))}" if key.levels else ""
    return f", {note}{level}" if note else ""


def _levels(mask: int) -> list[str]:
    return [level for bit, level in enumerate(LEVELS) if mask >> bit & 1]


def _rivals(matches: Matches) -> str:
    near = sum(1 for p in matches.probabilities if p >= matches.probabilities[0] / 10) - 1
    if not near:
        return "not certain enough"
    return f"{near} other{'s' if near > 1 else ''} nearly as probable"

"""Why a candidate was chosen: its evidence by name, and one sentence for people."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rapidfuzz.distance import Levenshtein

from normalizer.matching.evidence import EQUAL_FORM, EQUAL_KEY, EVIDENCE
from normalizer.matching.listing import LIST_EVIDENCE
from normalizer.matching.match import Found, Matches
from normalizer.matching.model import Model
from normalizer.rulebook import LEVELS
from normalizer.terms import Evidence, Outcome, Romanized
from normalizer.text.keys import Key, Step

NAME_READINGS = {
    Step.FULL: "“{}”",
    Step.BARE: "“{}” without its place-type word",
    Step.ADJECTIVE: "a noun that may be behind the adjective of “{}”",
    Step.OUTLINE: "the first and last word of “{}”",
    Step.TITLE: "“{}” without its title",
    Step.SORTED: "the words of “{}” in alphabetical order",
    Step.TOKEN: "a word of “{}”",
    Step.PART: "what stands before the comma or bracket of “{}”",
    Step.TRANSLATED: "“{}” with a word of it in English",
    Step.RENAMED: "“{}” with a form of its given name",
    Step.ACRONYM: "the first letters of “{}”",
    Step.INITIAL: "“{}” in short",
    Step.NAMESAKE: "“{}”, a name of the town it is named after",
}
"""What of a name the mention is like, for every step by which a name gets keys."""
MENTION_READINGS = {
    Step.BARE: "read without “{}”",
    Step.ADJECTIVE: "read as a noun that may be behind the adjective beside “{}”",
    Step.TITLE: "read without the title “{}”",
    Step.OUTLINE: "read by its first and last word",
    Step.SORTED: "read in alphabetical order",
    Step.PART: "read without “{}”",
    Step.PREPOSITION: "read without “{}”",
    Step.TRANSLATED: "read with “{}” in English",
    Step.RENAMED: "read with a form of the given name “{}”",
    Step.ACRONYM: "read by its first letters",
    Step.INITIAL: "read as an initial and a family name",
    Step.NAMESAKE: "“{}” read as the region of the town that it is made of",
    Step.CODE: "“{}” read as what is written so in short",
    Step.INFLECTED: "read as a case form: {}",
}
"""How the mention was read, for every step of a mention but FULL."""
LEAST_TOLD = 0.001
"""Log-odds that a piece of evidence of the list must have to be told: most of the many count for nothing."""
_MOST_STANDARDS = 3


def evidence(found: Found, model: Model) -> tuple[Evidence, ...]:
    """Return every piece of a candidate's evidence that counted in its score, the weightiest first."""
    values, worth = found.values.tolist(), (found.values * model.weights).tolist()
    pieces = [
        Evidence(measure.name, value, weight, measure.said(value))
        for measure, value, weight in zip(EVIDENCE, values, worth, strict=True)
        if value
    ]
    pieces += [Evidence("contradicted", 1.0, one.odds, one.clause) for one in found.against]
    if (beside := found.beside) and beside.odds:
        far = f"{'little' if beside.share else 'nothing'} beside it is near"
        reason = beside.clause if beside.odds > 0 else far
        pieces.append(Evidence("context", beside.share, beside.odds, reason))
    return tuple(sorted(pieces, key=lambda piece: -abs(piece.weight)))


def list_evidence(matches: Matches, model: Model) -> tuple[Evidence, ...]:
    """Return what of the whole list counted in the probability of its first candidate, the weightiest first: whether
    its name is meant, and its share among those that bear it."""
    if not matches.evidence.size:
        return ()
    values, worth = matches.evidence.tolist(), model.reasons(matches.evidence).tolist()
    pieces = [
        Evidence(f"list_{measure.name}", value, weight, measure.said(value))
        for measure, value, weight in zip(LIST_EVIDENCE, values, worth, strict=True)
        if abs(weight) >= LEAST_TOLD
    ]
    return tuple(sorted([*pieces, *_among_bearers(matches)], key=lambda piece: -abs(piece.weight)))


def _among_bearers(matches: Matches) -> Iterator[Evidence]:
    """Yield what the first candidate loses to the others of its name, if there are any."""
    weight = _log_odds(matches.name * matches.share) - _log_odds(matches.name)
    if abs(weight) >= LEAST_TOLD:
        said = f"its share among the {matches.bearers} of its name is {matches.share:.0%}"
        yield Evidence("list_bearers", matches.share, weight, said)


def _log_odds(chance: float) -> float:
    chance = min(max(chance, 1e-9), 1 - 1e-9)
    return math.log(chance / (1 - chance))


def sentence(matches: Matches, outcome: Outcome) -> str:
    """Return one short sentence on the first candidate, and on its rivals when it is not certain."""
    if not matches.found:
        return "no name of the gazetteer comes near" if matches.letters else "it holds no name"
    against = ", ".join(one.clause for one in matches.found[0].against)
    beside = matches.found[0].beside
    context = f", {beside.clause}" if beside and beside.odds > 0 else ""
    said = match_sentence(matches.found[0]) + context + (f", but {against}" if against else "")
    if outcome is Outcome.AMBIGUOUS:
        return f"{said}; {_rivals(matches)}"
    return f"nearest: {said}; too uncertain" if outcome is Outcome.NIL else said


def match_sentence(found: Found) -> str:
    """Return how a mention is like a candidate: which name matched, and through which reading."""
    name = NAME_READINGS[found.step].format(found.part.segment.values[found.name])
    literal = found.values[EQUAL_FORM] and found.key.step is Step.FULL
    return f"{_likeness(found)} {name}{'' if literal else _reading(found.key)}"


def romanization_sentence(romanized: Romanized) -> str:
    """Return by which standards a mention and a name are one, as a clause."""
    others = len(romanized.standards) - _MOST_STANDARDS
    labels = ", ".join(romanized.standards[:_MOST_STANDARDS]) + (f" and {others} more" if others > 0 else "")
    if romanized.of_mention:
        return f"“{romanized.form}” by {labels} ({romanized.language})"
    return f"{labels} of “{romanized.form}” ({romanized.language})"


def _likeness(found: Found) -> str:
    if found.values[EQUAL_FORM]:
        return "is the name"
    if found.values[EQUAL_KEY]:
        return "same spelling, folded, as"
    key = found.part.segment.keys[found.matched] if found.matched >= 0 else ""
    alike = Levenshtein.normalized_similarity(found.key.latin, key)
    return f"{min(99, int(alike * 100))}% like"  # keys that differ are never wholly alike


def _reading(key: Key) -> str:
    note = MENTION_READINGS.get(key.step, "romanized by {}" if key.note else "").format(key.note)
    word = " without its place-type word" if key.levels and key.step is Step.INFLECTED else ""
    level = f" ({'/'.join(_levels(key.levels))})" if key.levels else ""
    return f", {note}{word}{level}" if note else ""


def _levels(mask: int) -> list[str]:
    return [level for bit, level in enumerate(LEVELS) if mask >> bit & 1]


def _rivals(matches: Matches) -> str:
    near = sum(1 for p in matches.probabilities if p >= matches.probabilities[0] / 10) - 1
    if not near:
        return "not certain enough"
    return f"{near} other{'s' if near > 1 else ''} at least a tenth as probable"

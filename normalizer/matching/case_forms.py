"""What mentions may be case forms or translations of: which of the many such forms are names, each part knows.

All mentions of a batch are looked up together, in all parts at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from operator import attrgetter

from normalizer.index.parts import Part, Parts
from normalizer.matching.query import Asked
from normalizer.matching.question import Forms, Question, compared, levels_asked
from normalizer.text.keys import KeyMaker, Step

_SPELLED_ALIKE = ("person", "organization")
"""Types of entities that are looked up by the folded keys of case forms: see `_by_folded_forms`."""
_ADJECTIVE = "adj"
"""Case of the rules that read an adjective of a place."""


def add_forms(
    parts: Parts, keymaker: KeyMaker, questions: Sequence[Question], asked: Sequence[Sequence[list[Asked]]]
) -> None:
    """Add queries for what mentions may be a case form or translation of, and their keys to those of the mentions.

    Only forms that are known names count; and what is a name without its place-type word is no case form of one.
    Where such a word is left out, that weighs, and not the case in which many languages put the name beside it.
    What one part has added is for that part alone.
    """
    wanted = [
        (row, question, some, forms)
        for row, every in enumerate(asked)
        for question, some in zip(questions, every, strict=True)
        if some and (forms := _forms(keymaker, question, some))
    ]
    if not wanted:
        return
    exact, folded = _LookedUp(), _LookedUp()
    for row, question, _, forms in wanted:
        exact.add(forms)
        if _by_folded_forms(parts[row], question):
            folded.add(question.folded(keymaker, forms))
    found = parts.find(exact.texts, folded.texts)
    for row, question, some, forms in wanted:
        known = [(form, number, -1) for form, number in exact.known(forms, found[row])]
        if _by_folded_forms(parts[row], question):
            keys = question.folded(keymaker, forms)
            known += ((keys[key], -1, number) for key, number in folded.known(keys, found[row], len(exact.texts)))
        some += _as_forms(parts[row], keymaker, question, forms, known) if known else ()


def _forms(keymaker: KeyMaker, question: Question, asked: Sequence[Asked]) -> Forms:
    """Return what a mention may stand for besides itself.

    What is a name as it stands, in whatever country, may only be the adjective of a country: Kursk is no case form of a
    Kurske there.
    """
    if question.elsewhere:
        return question.countries(keymaker)
    return question.forms(keymaker, tuple(map(_reading, filter(_may_be_a_form, asked))))


def _by_folded_forms(part: Part, question: Question) -> bool:
    """Tell whether a part is asked for what case forms are spelled like, once folded: "Зеленському" for "Zelenskyy".

    Of persons and organizations always. Among others, of which there may be as many as there are places, some is
    spelled like any form; so they are where hardly any has a name in the script of the mention.
    """
    return part.type in _SPELLED_ALIKE or question.script_code not in part.scripts


class _LookedUp:
    """Texts that are looked up together. Of most mentions, all parts are asked for the same ones: these stand once."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._begins: dict[int, int] = {}

    def add(self, texts: Collection[str]) -> None:
        """Add texts, unless the same collection is there: it must stay as it is."""
        if id(texts) not in self._begins:
            self._begins[id(texts)] = len(self.texts)
            self.texts += texts

    def known(self, texts: Collection[str], numbers: Sequence[int], before: int = 0) -> Iterator[tuple[str, int]]:
        """Yield those of texts that have a number; `before`: how many numbers stand before those of all texts."""
        first = before + self._begins[id(texts)]
        own = numbers[first : first + len(texts)]
        return ((text, number) for text, number in zip(texts, own, strict=True) if number >= 0)


_reading = attrgetter("reading")


def _may_be_a_form(one: Asked) -> bool:
    return one.exact < 0 or one.step != Step.BARE


def _as_forms(
    part: Part, keymaker: KeyMaker, question: Question, forms: Forms, known: Sequence[tuple[str, int, int]]
) -> Iterator[Asked]:
    """Yield queries for those forms that are names of a part, and add their keys.

    `known`: forms, each with the number of its exact key in the part, or -1, and that of a folded key, or -1.
    """
    literal, levels = {key.exact for key in question.literal}, levels_asked(question.literal)
    for form, exact, folded in known:
        key, rule = forms[form]
        if form in literal or (rule and part.type == "person" and rule.label == _ADJECTIVE):
            continue
        new = keymaker.alternative(form, key, rule)
        question.keys.append(new)
        yield Asked(
            latin="",
            roman="",
            skeleton="",
            text=compared(question.literal, key),
            written=form,
            exact=exact,
            key=folded,
            outline=-1,
            step=int(key.step if rule and key.step is Step.BARE else new.step),
            levels=key.levels or levels,
            reading=len(question.keys) - 1,
            bare=key.levels != 0,
            located=key.step is Step.PART,
            stated=not rule and keymaker.is_translated(key),
        )

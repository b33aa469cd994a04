"""Two names without a gazetteer: do they name the same? For lists that are to be joined, or cleared of doubles.

>>> comparer = Comparer()
>>> comparer.compare("Guevo", "Гуево").probability > 0.9
True
>>> comparer.compare("Guevo", "Суджа").probability < 0.3
True
>>> comparer.compare("Mr Vladimir Putin", "Путин Владимир", "person").probability > 0.9
True
"""

from __future__ import annotations

from normalizer.matching.explain import match_sentence
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.pair import PairModel, weigh
from normalizer.matching.query import Scratch
from normalizer.rulebook import Rulebook
from normalizer.terms import Comparison, check_text, check_type
from normalizer.text.keys import KeyMaker

_SURE = 0.01
"""P of being wrong about two names without letters and numbers, or of which nothing is alike."""


class Comparer:
    """Compares two names of one type. Needs no data directory. Safe to share between threads."""

    def __init__(self) -> None:
        self._keymaker = KeyMaker(Rulebook.load())
        self._matcher = Matcher(self._keymaker, Model.load())
        self._model = PairModel.load()
        self._scratch = Scratch()

    def compare(self, one: str, other: str, entity_type: str = "place") -> Comparison:
        """Return how probable it is that two names of a type name the same; their order makes no difference.

        The names say nothing of namesakes: two villages called Guevo are the same to it. The type says which titles,
        place-type words and orders of words are read. Raises InvalidInput for what is no name, or no type.
        """
        check_text("one", one)
        check_text("other", other)
        check_type("type", entity_type)
        weighed = weigh(self._matcher, self._keymaker, (one, other), entity_type, self._scratch.pool)
        if weighed.best is None:
            same = one.casefold() == other.casefold()
            return Comparison(1 - _SURE if same else _SURE, "the same signs" if same else "nothing is alike")
        why = match_sentence(weighed.best)
        against = f"; but {', '.join(found.clause for found in weighed.against)}" if weighed.against else ""
        return Comparison(self._model.probability(weighed.values), why + against)

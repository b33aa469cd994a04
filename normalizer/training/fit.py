"""Fit the scorer to gazetteers: ``python -m normalizer.training.fit --data DIR --persons DIR [--exclude IDS]``.

Queries are drawn from the gazetteers themselves (`queries.sample`) and asked against snapshots that lack their names.
The weights of the evidence are a conditional logit over the candidates (`logit.fit`). Whether the name of the
first candidate is meant is a logistic regression over the evidence of the list, and boosted trees on top of it
(`boosting.boost`); whether another one is right when it is not, trees alone. Which of its bearers, the scores say.
Of six queries, one is kept for calibration and thresholds, and one for the figures of the card.

``python -m normalizer.training.fit --held`` fits nothing: it only takes over the weights that `prior.toml` holds.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, silent
from normalizer.matching.evidence import EVIDENCE
from normalizer.matching.forest import Forest
from normalizer.matching.model import CARD, KNOWN, MODEL, OTHER, Model
from normalizer.training import calibrate, kept_out
from normalizer.training.boosting import boost, library
from normalizer.training.lists import LEARNED, NOT_THERE, Lists, gather, joined
from normalizer.training.logit import Floats, Problem, fit_signed
from normalizer.training.queries import ABSENT, Cases, TrainingQuery, TypeWords, sample
from normalizer.training.small import cut

_ROUNDS = 2
"""The weights choose each entity's best name and the candidates, so the evidence is gathered anew after a fit."""
_RANKED = (4_500, 1_500)
"""Queries, of each of the first sources, that are enough to learn the weights of the evidence. These sources are large
gazetteers: weights are learned where there are rivals."""
_TREES, _TREES_OF_OTHERS = 400, 100
_OF_SMALL = 1_000
"""Queries that are drawn from each small gazetteer, if it has names enough."""
_ABSENT_FROM_SMALL = 0.35
"""Share of these whose entity is taken away: of what people ask for, the less is there the smaller a gazetteer is."""
_SEED = 2024
_PRIOR = Path(__file__).parent / "prior.toml"
Report = Callable[[str], object]


def _unsaid(line: str) -> None:
    """Tell nobody."""


class Source(NamedTuple):
    """A gazetteer that queries are drawn from, and how many."""

    gazetteer: Gazetteer
    size: int
    absent: float = ABSENT
    """Share of the queries whose entity is taken away."""


class Fit(NamedTuple):
    """A fitted model as it is written."""

    content: dict[str, Any]
    first: Forest
    others: Forest
    figures: list[dict[str, Any]]
    """What is to be expected at the default precision, by type and script."""

    def model(self) -> Model:
        """Return it as it is used."""
        return Model.of(self.content, self.first, self.others, "fitted")

    def write(self, folder: Path, card: Mapping[str, Any]) -> None:
        """Write it with what its card is to say."""
        self.model().write(folder, {"card": {**card, "figures": self.figures}, **self.content})


def train(
    sources: Sequence[Source],
    excluded: frozenset[str],
    report: Report = _unsaid,
    progress: Progress = silent,
    kept: Mapping[str, Any] | None = None,
) -> Fit:
    """Fit a model on queries from some gazetteers. Raises ImportError without the extra `train`.

    `kept`: content of a model whose weights of the evidence stay as they are; for what it lacks, the prior's are taken.
    """
    library()
    prior = tomllib.loads(_PRIOR.read_text("utf-8"))
    drawn = [draw(source, excluded) for source in sources]
    report(f"{sum(map(len, drawn)):,} queries, {len(excluded):,} entities kept out")
    weights, stranger = _means(prior, kept["weights"] if kept else {}), float(kept["stranger"]) if kept else 0.0
    for number in range(0 if kept else _ROUNDS):
        asked = [queries[:: len(queries) // size or 1] for queries, size in zip(drawn, _RANKED, strict=False)]
        lists = _gathered(sources[: len(asked)], asked, _ranking_only(weights, stranger), excluded, progress)
        weights = _ranked(lists.only(lists.fold == LEARNED), prior)
        stranger = _stranger(lists, weights)
        report(f"weights of the evidence, round {number + 1}: {_right_first(lists, weights):.1%} right first")
    lists = _gathered(sources, drawn, _ranking_only(weights, stranger), excluded, progress)
    model = _judging(weights, stranger, lists.only(lists.fold == LEARNED), prior)
    table = calibrate.calibrate(lists, model)
    content = {**_content(weights, stranger, model.known, prior["known_untrained"]), "calibration": table}
    return Fit(content, model.first, model.others, calibrate.figures(lists, model, table))


def draw(source: Source, excluded: frozenset[str]) -> list[TrainingQuery]:
    """Draw the queries of one gazetteer: always the same ones."""
    rules = source.gazetteer.keymaker.rules
    cases, words = Cases(rules.inflections), TypeWords(rules)
    return sample(source.gazetteer.entities(), source.size, excluded, _SEED, cases, words, source.absent)


def held_again(folder: Path, output: Path) -> None:
    """Write a model whose weights that the prior holds by judgment are those of the prior as it is now.

    Its trees and its calibration stay, and its card says that its figures are of before.
    """
    content = json.loads((folder / CARD).read_text("utf-8"))
    content["card"]["held"] = "weights held by judgment are newer than the fit, its calibration and its figures"
    held = tomllib.loads(_PRIOR.read_text("utf-8"))["untrained"]
    content["weights"].update(held)
    Model.load(folder, held).write(output, content)


def _gathered(
    sources: Sequence[Source],
    drawn: Iterable[Sequence[TrainingQuery]],
    model: Model,
    excluded: frozenset[str],
    progress: Progress,
) -> Lists:
    asked = zip(sources, drawn, strict=True)
    return joined([gather(source.gazetteer, queries, model, excluded, progress) for source, queries in asked])


def _means(prior: Mapping[str, Any], kept: Mapping[str, float] = MappingProxyType({})) -> Floats:
    means = {**prior["weights"], **prior["untrained"], **kept}
    return np.array([means.get(measure.name, 0.0) for measure in EVIDENCE])


def _ranking_only(weights: Floats, stranger: float) -> Model:
    """Return a model that ranks, and knows nothing of probabilities yet."""
    return Model.of(_content(weights, stranger, np.zeros(len(KNOWN))), Forest.of([]), Forest.of([]), "training")


def _ranked(lists: Lists, prior: Mapping[str, Any]) -> Floats:
    """Return the weights of the evidence [WIDTH]."""
    problem = lists.which()
    names = [measure.name for measure in EVIDENCE]
    firm = prior["firmness"]
    firmness = np.array([firm["untrained" if name in prior["untrained"] else "default"] for name in names])
    return fit_signed(problem, _means(prior), firmness * len(problem.right) / 1000, _signs(names, prior["signs"]))


def _judging(weights: Floats, stranger: float, lists: Lists, prior: Mapping[str, Any]) -> Model:
    """Return a model that also judges whether the first name is meant, or else another one right; not calibrated."""
    known = _logistic(lists, lists.borne, prior)
    signs = _signs(KNOWN[1:], prior["known_signs"]).tolist()
    told = np.array([name not in prior["known_untrained"] for name in KNOWN[1:]])
    start = known[0] + lists.listed @ known[1:]
    first = boost(lists.listed * told, lists.borne, lists.counts, signs, _TREES, start)
    other = np.asarray(lists.right[~lists.borne].any(axis=1))
    beside = np.array([prior["known_untrained"].get(name, 0.0) for name in KNOWN[1:]])
    wrong = lists.listed[~lists.borne]
    others = boost(wrong * told, other, lists.counts[~lists.borne], [0] * len(signs), _TREES_OF_OTHERS, wrong @ beside)
    return Model.of(_content(weights, stranger, known, prior["known_untrained"]), first, others, "training")


def _logistic(lists: Lists, right: NDArray[np.bool_], prior: Mapping[str, Any]) -> Floats:
    """Return the weights of KNOWN; queries that count for less are drawn less often."""
    kept = np.random.default_rng(_SEED).random(len(right)) < lists.counts
    evidence = np.column_stack([np.ones(kept.sum()), lists.listed[kept]])[:, None, :]
    answers = np.column_stack([right, ~right])[kept]
    means = {**prior["known"], **prior["known_untrained"]}
    firm = prior["firmness"]
    firmness = np.array([firm["untrained" if name in prior["known_untrained"] else "default"] for name in KNOWN])
    return fit_signed(
        Problem(evidence, np.ones((len(evidence), 1), bool), answers, none=True),
        np.array([means.get(name, 0.0) for name in KNOWN]),
        firmness * len(evidence) / 1000,
        _signs(KNOWN, prior["known_signs"]),
    )


def _stranger(lists: Lists, weights: Floats) -> float:
    """Return the median score of the best candidate for what is not there and has no namesake."""
    rows = ~lists.right.any(axis=1) & (lists.counts == NOT_THERE)
    scores = np.where(np.isfinite(lists.scores[rows]), lists.evidence[rows] @ weights, -np.inf)
    return float(np.median(scores.max(axis=1))) if rows.any() else 0.0


def _signs(names: Sequence[str], table: Mapping[str, Sequence[str]]) -> Any:
    return np.array([(name in table["helps"]) - (name in table["hurts"]) for name in names])


def _right_first(lists: Lists, weights: Floats) -> float:
    """Return the share of right first candidates, of the queries whose answer is among them."""
    known = lists.right.any(axis=1)
    scores = np.where(np.isfinite(lists.scores[known]), lists.evidence[known] @ weights, -np.inf)
    return float(lists.right[known][np.arange(known.sum()), scores.argmax(axis=1)].mean())


def _content(
    weights: Floats, stranger: float, known: Floats, others: Mapping[str, float] = MappingProxyType({})
) -> dict[str, Any]:
    """Return the content of a model that is not calibrated."""
    return {
        "weights": {measure.name: round(float(weight), 4) for measure, weight in zip(EVIDENCE, weights, strict=True)},
        "stranger": round(stranger, 4),
        "known": {name: round(float(weight), 4) for name, weight in zip(KNOWN, known, strict=True)},
        "known others": dict(others),
        "calibration": {OTHER: {"slope": 1.0, "intercept": 0.0, "thresholds": {"0.99": 1.0}}},
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the model that the package ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held", action="store_true", help="only take over the weights that are held by judgment")
    parser.add_argument("--data", type=Path, help="data directory of the default gazetteer")
    parser.add_argument("--persons", type=Path, help="data directory that training.persons has made")
    parser.add_argument("--exclude", type=Path, help="file of entity ids, one a line, that no query may come from")
    parser.add_argument("--sizes", type=int, nargs=2, default=(18_000, 18_000), help="queries of each (18000 18000)")
    parser.add_argument("--keep-weights", type=Path, metavar="CARD", help="keep the weights of this model's evidence")
    parser.add_argument("--output", type=Path, default=MODEL)
    options = parser.parse_args(arguments)
    if options.held:
        held_again(MODEL, options.output)
        return
    if not (options.data and options.persons):
        parser.error("--data and --persons are needed to fit")
    kept = json.loads(options.keep_weights.read_text("utf-8")) if options.keep_weights else None
    excluded = kept_out.read(options.exclude)
    sources = [
        Source(Gazetteer.open(data), size)
        for data, size in zip((options.data, options.persons), options.sizes, strict=True)
    ]
    with TemporaryDirectory() as folder:
        for number, source in enumerate(tuple(sources)):
            sources += [
                Source(part, _OF_SMALL, _ABSENT_FROM_SMALL)
                for part in cut(source.gazetteer, Path(folder, str(number)), _SEED)
            ]
        found = train(sources, excluded, print, kept=kept)
    found.write(options.output, {
        "fitted by": "python -m normalizer.training.fit",
        "data": "names held out of the gazetteers, typing errors and case forms made of names, entities taken away for "
        "NIL; places of the default gazetteer, persons composed of groups of spellings, small ones cut out of both",
        "rulebook": sources[0].gazetteer.keymaker.rules.version,
        "sizes": list(options.sizes),
        "seed": _SEED,
        "entities kept out": kept_out.on_card(excluded),
        **({"weights kept": {**kept["card"], "figures": []}} if kept else {}),
    })  # fmt: skip
    print(json.dumps(found.figures, indent=1))


if __name__ == "__main__":
    main()

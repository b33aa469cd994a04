"""Fit what judges a pair of names: ``python -m normalizer.training.pairs --data DIR --persons DIR [--exclude IDS]``.

Pairs that belong together are two names of one entity. Of those that do not, half are names of two entities that are
neighbors in the alphabet, half of any two; of the same country where countries are known. Names that are written alike
are never paired: nothing is to be learned from them. Of six pairs, one is only tested on.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.gazetteer import Gazetteer
from normalizer.index.builder import Progress, silent
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.pair import PAIR_EVIDENCE, PAIRS, PairModel, weigh
from normalizer.matching.query import new_pool
from normalizer.rulebook import Rulebook
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker
from normalizer.training import kept_out
from normalizer.training.boosting import boost
from normalizer.training.calibrate import calibration_error
from normalizer.training.queries import written

_TREES = 150
_SEED = 2024
_NEAR = 3
"""How far from each other in the alphabet neighbors are, at most."""
_TESTED = 6
"""Every sixth pair is tested on."""


class Pair(NamedTuple):
    """Two names, and whether they name the same."""

    texts: tuple[str, str]
    type: str
    same: bool


def draw(entities: Iterable[Entity], size: int, excluded: frozenset[str], seed: int = _SEED) -> list[Pair]:
    """Draw pairs of names: half of them of one entity, each entity as probable as another."""
    generator = random.Random(seed)
    kept = [entity for entity in entities if entity.id not in excluded and written(entity)]
    several = [entity for entity in kept if len(written(entity)) > 1]
    drawn = generator.sample(several, min(len(several), size // 2))
    same = (Pair(_two(written(entity), generator), entity.type, True) for entity in drawn)
    pairs = [pair for pair in same if not _alike(*pair.texts)]
    return [*pairs, *islice(_strangers(kept, generator), len(pairs))]


def _two(names: Sequence[str], generator: random.Random) -> tuple[str, str]:
    one, other = generator.sample(names, 2)
    return one, other


def _strangers(entities: Sequence[Entity], generator: random.Random) -> Iterator[Pair]:
    """Yield pairs of names that do not belong together: without end, or none where no country has two entities."""
    by_country: defaultdict[str | None, list[Entity]] = defaultdict(list)
    for entity in sorted(entities, key=lambda entity: entity.name.casefold()):
        by_country[entity.country].append(entity)
    if all(len(group) < 2 for group in by_country.values()):
        return
    place = {entity.id: at for group in by_country.values() for at, entity in enumerate(group)}
    while True:
        one = generator.choice(entities)
        group = by_country[one.country]
        near = generator.random() < 0.5
        step = generator.randint(1, _NEAR) if near else generator.randrange(len(group))
        other = group[(place[one.id] + step) % len(group)]
        texts = generator.choice(written(one)), generator.choice(written(other))
        if one.id != other.id and not _alike(*texts):
            yield Pair(texts, one.type, False)


def _alike(one: str, other: str) -> bool:
    return one.casefold() == other.casefold()


def gather(
    pairs: Sequence[Pair], matcher: Matcher, keymaker: KeyMaker, progress: Progress = silent
) -> NDArray[np.float64]:
    """Return the evidence of pairs: [pairs, PAIR_EVIDENCE]."""
    pool = new_pool()
    values = np.zeros((len(pairs), len(PAIR_EVIDENCE)))
    for row, pair in enumerate(pairs):
        values[row] = weigh(matcher, keymaker, pair.texts, pair.type, pool).values
        if row % 500 == 0 or row == len(pairs) - 1:
            progress("weighing pairs", row + 1, len(pairs))
    return values


def fit(pairs: Sequence[Pair], values: NDArray[np.float64]) -> tuple[PairModel, list[dict[str, Any]]]:
    """Return the trees and, for each type, how they do on the pairs that are only tested on."""
    same = np.array([pair.same for pair in pairs])
    tested = np.arange(len(pairs)) % _TESTED == 0
    learned = ~tested & (values[:, -1] == 0)  # what contradictions are worth is not for the trees to weigh
    signs, counts = [0] * values.shape[1], np.ones(learned.sum())
    model = PairModel(boost(values[learned], same[learned], counts, signs, _TREES))
    chances = np.array([model.probability(row) for row in values])
    types = np.array([pair.type for pair in pairs])
    return model, [
        {"type": kind, **figures(chances[rows], same[rows])}
        for kind in sorted(set(types.tolist()))
        for rows in [tested & (types == kind)]
    ]


def figures(chances: NDArray[np.float64], same: NDArray[np.bool_]) -> dict[str, Any]:
    """Return how well pairs are told apart at a probability of one half, and how true the probabilities are."""
    told = chances >= 0.5
    right = int((told & same).sum())
    return {
        "pairs": len(same),
        "precision": round(right / max(1, int(told.sum())), 4),
        "recall": round(right / max(1, int(same.sum())), 4),
        "F1": round(2 * right / max(1, int(told.sum() + same.sum())), 4),
        "calibration error": round(calibration_error(chances, same, np.ones(len(same))), 4),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Fit and write the model that the package ships."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory of the default gazetteer")
    parser.add_argument("--persons", type=Path, required=True, help="data directory that training.persons has made")
    parser.add_argument("--exclude", type=Path, help="file of entity ids, one a line, that no pair may come from")
    parser.add_argument("--sizes", type=int, nargs=2, default=(30_000, 15_000), help="pairs of each (30000 15000)")
    parser.add_argument("--output", type=Path, default=PAIRS)
    options = parser.parse_args(arguments)
    excluded = kept_out.read(options.exclude)
    keymaker = KeyMaker(Rulebook.load())
    pairs: list[Pair] = []
    for data, size in zip((options.data, options.persons), options.sizes, strict=True):
        gazetteer = Gazetteer.open(data)
        pairs += draw(gazetteer.entities(), size, excluded)
        gazetteer.close()
    random.Random(_SEED).shuffle(pairs)
    values = gather(pairs, Matcher(keymaker, Model.load()), keymaker)
    model, found = fit(pairs, values)
    card = {
        "fitted by": "python -m normalizer.training.pairs",
        "data": "pairs of names of one entity, and of two: places of the default gazetteer, composed persons",
        "rulebook": keymaker.rules.version, "sizes": list(options.sizes), "seed": _SEED,
        "entities kept out": kept_out.on_card(excluded), "digest": model.write(options.output), "figures": found,
    }  # fmt: skip
    options.output.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()

"""Fit the channel of every script: ``python -m normalizer.training.channel --data DIR [--names WHEEL --exclude IDS]``.

The pairs are names of one entity: each name, and of the entity's other names the key that is most like it. Scripts with
few pairs have no model of their own and use the general one, which is fitted on all scripts.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from rapidfuzz.distance import Levenshtein

from normalizer.gazetteer import Gazetteer
from normalizer.matching.channel import GENERAL, MODELS, Channel, write
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker
from normalizer.text.romanize import script_of
from normalizer.training import kept_out, persons
from normalizer.training.multigram import Pairs, fit
from normalizer.training.queries import written

T = TypeVar("T")
_SEED = 2024
_MOST_PAIRS = 40_000
"""Pairs that a model is fitted on."""
_LEAST_PAIRS = 250
_FEW = 2_000
"""Pairs of single names that a script has at least, if there are so many; otherwise as many as from the gazetteer."""
_MOST_NAMES = 25
"""Names of one entity that are looked at, drawn by lot: a few entities have hundreds."""
_LONGEST = 24
"""Letters of a form that is learned from: longer ones are phrases."""
_LEAST_ALIKE = 0.34
"""Normalized similarity of two keys, under which they are taken for two names rather than two spellings."""


class _Form(NamedTuple):
    exact: str
    roman: str
    key: str


class Pair(NamedTuple):
    """A name, and the most similar key of another name of the same entity."""

    script: str
    exact: str
    roman: str
    key: str


def pairs(entities: Iterable[Entity], keymaker: KeyMaker, generator: random.Random) -> Iterator[Pair]:
    """Yield a pair for each name that is like another one of its entity."""
    for entity in entities:
        names = written(entity)
        if len(names) > _MOST_NAMES:
            names = generator.sample(names, _MOST_NAMES)
        forms = [_forms(name, keymaker) for name in names]
        for number, own in enumerate(forms):
            others = [form for other in (*forms[:number], *forms[number + 1 :]) for form in other]
            pair = _closest(own, others)
            if pair:
                yield Pair(script_of(names[number]), *pair)


def _forms(name: str, keymaker: KeyMaker) -> list[_Form]:
    keys = keymaker.of_name(name, "")
    return [_Form(key.exact, key.roman, key.latin) for key in keys if 0 < len(key.roman) <= _LONGEST]


def _closest(own: list[_Form], others: list[_Form]) -> tuple[str, str, str] | None:
    """Return (a form of a name, its romanization, closest key of the others), or None when none is close."""
    best, found = _LEAST_ALIKE, None
    for form in own:
        for other in others:
            if other.exact != form.exact:
                alike = Levenshtein.normalized_similarity(form.key, other.key, score_cutoff=best)
                if alike > best or (alike == best and found is None):
                    best, found = alike, (form.exact, form.roman, other.key)
    return found


def gather(
    gazetteer: Gazetteer, names: Path | None, excluded: frozenset[str], generator: random.Random
) -> dict[str, list[Pair]]:
    """Return the pairs by script: of the gazetteer, and of groups of spellings at most as many, or a few."""
    of_script: dict[str, list[Pair]] = defaultdict(list)
    kept = (entity for entity in gazetteer.entities() if entity.id not in excluded)
    for pair in pairs(kept, gazetteer.keymaker, generator):
        of_script[pair.script].append(pair)
    if names:
        tokens = defaultdict(list)
        for pair in pairs(persons.tokens(names, excluded), gazetteer.keymaker, generator):
            tokens[pair.script].append(pair)
        for script, found in tokens.items():
            of_script[script] += drawn(found, max(_FEW, len(of_script[script])), generator)
    return of_script


def options_given(about: str | None, models: Path) -> argparse.Namespace:
    """Return what the command line says to learn from, and where to write: to `models` unless it says so."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory of the gazetteer to learn from")
    parser.add_argument("--exclude", type=Path, help="file of entity ids, one a line, that no pair may come from")
    parser.add_argument("--names", type=Path, metavar="WHEEL", help="groups of spellings too, see training.persons")
    parser.add_argument("--output", type=Path, default=models)
    return parser.parse_args()


def main() -> None:
    """Fit and write the model of every script that has enough pairs."""
    options = options_given(__doc__, MODELS)
    excluded = kept_out.read(options.exclude)
    gazetteer = Gazetteer.open(options.data)
    generator = random.Random(_SEED)
    gathered = gather(gazetteer, options.names, excluded, generator)
    of_script = {script: [(pair.roman, pair.key) for pair in found] for script, found in gathered.items()}
    share = _MOST_PAIRS // sum(len(found) >= _LEAST_PAIRS for found in of_script.values())
    of_script = {script: found for script, found in sorted(of_script.items()) if script != GENERAL}
    of_script[GENERAL] = [pair for found in of_script.values() for pair in drawn(found, share, generator)]
    options.output.mkdir(parents=True, exist_ok=True)
    card = {
        "fitted by": "python -m normalizer.training.channel",
        "data": "names of one entity: a romanized name, and the key of another name that is most like it"
        + ("; spellings of one given or family name alike" if options.names else ""),
        "rulebook": gazetteer.keymaker.rules.version,
        "seed": _SEED,
        "entities kept out": kept_out.on_card(excluded),
    }
    for script, found in of_script.items():
        if len(found) >= _LEAST_PAIRS:
            chosen = drawn(found, _MOST_PAIRS, generator)
            channel = Channel.of(fit(Pairs.of(chosen)))
            write(
                channel,
                {"script": script, "pairs": len(chosen), "blocks": channel.units.size, **card},
                options.output,
                script,
            )
            print(f"{script}: {len(chosen):,} of {len(found):,} pairs, {channel.units.size:,} blocks", flush=True)


def drawn(found: list[T], most: int, generator: random.Random) -> list[T]:
    """Return `most` of a list, drawn by lot, or all."""
    return generator.sample(found, most) if len(found) > most else list(found)


if __name__ == "__main__":
    main()

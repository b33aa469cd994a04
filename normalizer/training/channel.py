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
from typing import NamedTuple

from rapidfuzz.distance import Levenshtein

from normalizer.gazetteer import Gazetteer
from normalizer.matching.channel import GENERAL, MODELS, Channel, write
from normalizer.terms import Entity
from normalizer.text.keys import KeyMaker
from normalizer.text.romanize import script_of
from normalizer.training import kept_out, persons
from normalizer.training.multigram import Pairs, fit
from normalizer.training.queries import written

_SEED = 2024
_MOST_PAIRS = 40_000
"""Pairs that a model is fitted on."""
_LEAST_PAIRS = 250
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


def pairs(entities: Iterable[Entity], keymaker: KeyMaker, generator: random.Random) -> Iterator[tuple[str, str, str]]:
    """Yield (script of a name, its romanization, the most similar key of another name of the same entity)."""
    for entity in entities:
        names = written(entity)
        if len(names) > _MOST_NAMES:
            names = generator.sample(names, _MOST_NAMES)
        forms = [_forms(name, keymaker) for name in names]
        for number, own in enumerate(forms):
            others = [form for other in (*forms[:number], *forms[number + 1 :]) for form in other]
            pair = _closest(own, others)
            if pair:
                yield script_of(names[number]), *pair


def _forms(name: str, keymaker: KeyMaker) -> list[_Form]:
    keys = keymaker.of_name(name, "")
    return [_Form(key.exact, key.roman, key.latin) for key in keys if 0 < len(key.roman) <= _LONGEST]


def _closest(own: list[_Form], others: list[_Form]) -> tuple[str, str] | None:
    """Return (romanization of a name, closest key of the others), or None when none is close."""
    best, found = _LEAST_ALIKE, None
    for form in own:
        for other in others:
            if other.exact != form.exact:
                alike = Levenshtein.normalized_similarity(form.key, other.key, score_cutoff=best)
                if alike > best or (alike == best and found is None):
                    best, found = alike, (form.roman, other.key)
    return found


def main() -> None:
    """Fit and write the model of every script that has enough pairs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="data directory of the gazetteer to learn from")
    parser.add_argument("--exclude", type=Path, help="file of entity ids, one a line, that no pair may come from")
    parser.add_argument("--names", type=Path, metavar="WHEEL", help="groups of spellings too, see training.persons")
    parser.add_argument("--output", type=Path, default=MODELS)
    options = parser.parse_args()
    excluded = kept_out.read(options.exclude)
    gazetteer = Gazetteer.open(options.data)
    generator = random.Random(_SEED)
    of_script: dict[str, list[tuple[str, str]]] = defaultdict(list)
    kept = (entity for entity in gazetteer.entities() if entity.id not in excluded)
    for script, heard, key in pairs(kept, gazetteer.keymaker, generator):
        of_script[script].append((heard, key))
    if options.names:
        tokens = defaultdict(list)
        for script, heard, key in pairs(persons.tokens(options.names, excluded), gazetteer.keymaker, generator):
            tokens[script].append((heard, key))
        for script, found in tokens.items():
            of_script[script] += _drawn(found, max(2000, len(of_script[script])), generator)
    share = _MOST_PAIRS // sum(len(found) >= _LEAST_PAIRS for found in of_script.values())
    of_script = {script: found for script, found in sorted(of_script.items()) if script != GENERAL}
    of_script[GENERAL] = [pair for found in of_script.values() for pair in _drawn(found, share, generator)]
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
            chosen = _drawn(found, _MOST_PAIRS, generator)
            channel = Channel.of(fit(Pairs.of(chosen)))
            write(
                channel,
                {"script": script, "pairs": len(chosen), "blocks": channel.units.size, **card},
                options.output,
                script,
            )
            print(f"{script}: {len(chosen):,} of {len(found):,} pairs, {channel.units.size:,} blocks", flush=True)


def _drawn(found: list[tuple[str, str]], most: int, generator: random.Random) -> list[tuple[str, str]]:
    return generator.sample(found, most) if len(found) > most else list(found)


if __name__ == "__main__":
    main()

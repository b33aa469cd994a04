"""Persons composed from groups of spellings of given and family names: ``python -m normalizer.training.persons WHEEL``.

The groups are those of `data/names/persons.txt` in the wheel rigour 1.8.2 on PyPI (MIT; Wikidata's labels, CC0): one
group a line, `spelling, spelling, … => id`, in lower case, a given or a family name. A person has two groups, sometimes
three; each of its names takes a spelling of one script from each. A group belongs to one of three parts by a digest of
its id: half of them teach the channel, a quarter the scorer, which must see how the channel does on names that it has
not learned; a quarter is for evaluation only.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from normalizer.gazetteer import Gazetteer
from normalizer.terms import Edit, Entity, Name
from normalizer.text.romanize import script_of
from normalizer.training import kept_out

MEMBER = "rigour/data/names/persons.txt"
CHANNEL, SCORER, TESTED = PARTS = ("channel", "scorer", "tested")
_QUARTERS = (CHANNEL, SCORER, CHANNEL, TESTED)
_SEED = 2024
_SALIENCE = 2.0
"""A group is drawn by this power of the number of its scripts: names common in the world are written in many."""
_GROUPS = 36_000
"""Groups that persons are composed from: few enough that many share one, as people do."""
_GIVEN, _FLATTENED = 2_000, 9
"""Groups that given names come from, drawn by Zipf's law (1935) as Mandelbrot (1953) flattened it, 1 / (rank + 9): the
most common is borne by one person in fifty, as Muhammad is in the world. By plain Zipf it was one in eight."""
_ALIKE = 0.05
"""Share of persons whose name differs from another's in one group, by one of the next in the alphabet."""
_THIRD = 0.15
"""Share of persons with a third name, which half of their spellings leave out."""
_PATRONYMIC = 0.08
"""Share of persons with a patronymic, which half of their spellings leave out."""
_SINGLE = 0.6
"""Share of persons with one name; the others have up to _MOST_NAMES."""
_MOST_NAMES = 6
_INVERTED, _FAMILY_FIRST, _INITIAL = 0.07, 0.05, 0.04
"""Shares of names written "Family, Given", "Family Given", and "G. Family", where a script writes spaces."""
_DAUGHTER_OF = ("овна", "евна", "івна", "ївна", "ічна")
_SPACELESS = {"Hani": ("·", ""), "Kana": ("・", "・", "=", " "), "Hang": (" ", ""), "Hira": (" ", "")}
"""Separators of the scripts that have their own; without one the family name stands first."""


class Group(NamedTuple):
    """The spellings of one given or family name, by script."""

    id: str
    spellings: dict[str, list[str]]


def read(wheel: Path) -> Iterator[Group]:
    """Yield the groups that have a Latin spelling from the downloaded wheel. Raises KeyError when it is another one."""
    with zipfile.ZipFile(wheel) as archive, archive.open(MEMBER) as lines:
        for line in lines:
            spellings, arrow, identifier = line.decode("utf-8").partition("=>")
            by_script: dict[str, list[str]] = defaultdict(list)
            for spelling in spellings.split(",") if arrow else ():
                by_script[script_of(spelling)].append(spelling.strip())
            if "Latn" in by_script:
                yield Group(identifier.strip(), dict(by_script))


def of_part(groups: Iterable[Group], part: str, excluded: frozenset[str] = frozenset()) -> list[Group]:
    """Return the groups of one of PARTS, ordered by id, without the excluded ids."""
    excluded = frozenset(identifier.rpartition(":")[2] for identifier in excluded)
    kept = (group for group in groups if _QUARTERS[hashlib.sha256(group.id.encode()).digest()[0] % 4] == part)
    return sorted(group for group in kept if group.id not in excluded)


def tokens(wheel: Path, excluded: frozenset[str]) -> Iterator[Entity]:
    """Yield an entity for each group that teaches the channel, its spellings the names."""
    for group in of_part(read(wheel), CHANNEL, excluded):
        names = [_capitalized(spelling) for spellings in group.spellings.values() for spelling in spellings]
        yield Entity(f"group:{group.id}", "person", names[0], tuple(Name(name) for name in dict.fromkeys(names)))


def compose(groups: Sequence[Group], size: int, seed: int = _SEED) -> Iterator[Entity]:
    """Yield `size` persons; the same groups and seed give the same persons."""
    generator = random.Random(seed)
    groups = sorted(generator.sample(groups, min(len(groups), _GROUPS)), key=lambda group: group.spellings["Latn"])
    weights = [len(group.spellings) ** _SALIENCE for group in groups]
    common = sorted(range(len(groups)), key=lambda number: -weights[number])[:_GIVEN]
    by_rank = [1 / (rank + _FLATTENED) for rank in range(1, len(common) + 1)]
    patronymics = [number for number, group in enumerate(groups) if _is_patronymic(group)]
    made: list[list[int]] = []
    for number in range(size):
        if made and generator.random() < _ALIKE:
            parts = list(generator.choice(made))
            at = generator.randrange(len(parts))
            parts[at] = (parts[at] + generator.choice((-2, -1, 1, 2))) % len(groups)
        else:
            given = generator.choices(common, by_rank, k=2 if generator.random() < _THIRD else 1)
            if patronymics and len(given) == 1 and generator.random() < _PATRONYMIC:
                given.append(generator.choice(patronymics))
            parts = [*given, *generator.choices(range(len(groups)), weights)]
        made.append(parts)
        names = _names([groups[part] for part in parts], generator)
        yield Entity(f"composed:{number}", "person", names[0], tuple(Name(name) for name in names))


def _is_patronymic(group: Group) -> bool:
    """Tell whether a group holds East Slavic patronymics, by their feminine ending, which no family name has."""
    return any(spelling.endswith(_DAUGHTER_OF) for spelling in group.spellings.get("Cyrl", ()))


def _names(parts: Sequence[Group], generator: random.Random) -> list[str]:
    """Return different names of one person, the first in Latin letters."""
    scripts = [script for script in parts[0].spellings if all(script in part.spellings for part in parts)]
    count = 1 if generator.random() < _SINGLE else generator.randint(2, _MOST_NAMES)
    written = [_written(parts, "Latn", generator, plain=True)]
    written += [_written(parts, generator.choice(scripts), generator) for _ in range(count - 1)]
    return list(dict.fromkeys(written))


def _written(parts: Sequence[Group], script: str, generator: random.Random, plain: bool = False) -> str:
    chosen = parts if len(parts) == 2 or generator.random() < 0.5 else (parts[0], parts[-1])
    tokens = [_capitalized(generator.choice(part.spellings[script])) for part in chosen]
    *given, family = tokens
    if script in _SPACELESS:
        separator = generator.choice(_SPACELESS[script])
        return separator.join(tokens if separator else (family, *given))
    roll = 1.0 if plain else generator.random()
    if roll < _INVERTED:
        return f"{family}, {' '.join(given)}"
    if roll < _INVERTED + _FAMILY_FIRST:
        return " ".join((family, *given))
    if roll < _INVERTED + _FAMILY_FIRST + _INITIAL:
        return f"{given[0][0]}. {family}"
    return " ".join(tokens)


def _capitalized(spelling: str) -> str:
    return " ".join(token[:1].upper() + token[1:] for token in spelling.split(" "))


def main() -> None:
    """Build a gazetteer of composed persons."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wheel", type=Path, help="rigour-1.8.2-py3-none-any.whl, as `pip download --no-deps` leaves it")
    parser.add_argument("--data", type=Path, required=True, help="data directory to make")
    parser.add_argument("--exclude", type=Path, help="file of ids, one a line, whose groups are kept out")
    parser.add_argument("--size", type=int, default=40_000, help="number of persons (default 40000)")
    parser.add_argument("--part", choices=PARTS, default=SCORER, help="which part of the groups (default scorer)")
    options = parser.parse_args()
    groups = of_part(read(options.wheel), options.part, kept_out.read(options.exclude))
    persons = compose(groups, options.size)
    Gazetteer.build(options.data, persons, Edit("training", "composed persons")).close()


if __name__ == "__main__":
    main()

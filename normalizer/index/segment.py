"""A compiled set of entities of one type: keys, names and facts in flat arrays, from which candidates are scored.

Entities are numbered by importance (population, then number of names), so that a list that must be cut loses the
least. Names are numbered entity by entity, keys by how many trigrams they have. A *link* joins a key to a name and
says by which step the name got that key.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from normalizer.index.compiled import Real, borrowing
from normalizer.index.grams import LONGEST_KEY, PAIRS, GramIndex, gram_sizes
from normalizer.index.levels import REGIONS, TOWN, level_of, levels_of
from normalizer.index.strings import Strings, StringTable, fnv1a, hashes, interned
from normalizer.terms import Entity, Name, NameKind
from normalizer.text.fold import skeletons
from normalizer.text.keys import Key, KeyMaker, Step
from normalizer.text.romanize import script_of

MAIN_ELSEWHERE = (1 << 32) - 1
"""See `Segment.namesake`."""
_MAIN_SHARE = -1.0
"""log10 of the share of a region's people, from which on a town is a main one of it: a tenth."""
_SCRIPTS = 256
"""Numbers that scripts have: see `script_code`."""
_MOST_ANCESTORS = 4
"""Parents, and parents of theirs, that an index knows of an entity."""


class Fact(IntEnum):
    """The columns of `Segment.facts`."""

    LEVEL = 0
    """Bits of `rulebook.LEVELS` that the kind stands for, and a region's own names; or 0. See `levels`."""
    COUNTRY = 1
    """`country_code`; 0 when unknown."""
    POPULATION = 2
    """log10(1 + population); where that of a region is unknown, its towns' together."""
    NAMES = 3
    """log2(1 + number of names)."""
    LATITUDE = 4
    """Degrees; NaN when unknown."""
    LONGITUDE = 5


class NamedKeys(NamedTuple):
    """What the index keeps of one name: its text, its keys, and two facts that become evidence."""

    value: str
    preferred: bool
    script: str
    keys: tuple[tuple[str, str, int], ...]
    """(exact key, folded key, step)"""
    levels: int
    """Bits of `rulebook.LEVELS` that its place-type word asks for; 0 when it has none."""


class IndexedEntity(NamedTuple):
    """What the index keeps of one entity. Made by `indexed`, joined into a Segment by `build`."""

    id: str
    type: str
    kind: str
    level: int
    """Bits of `rulebook.LEVELS` that the kind stands for; or 0."""
    country: str
    population: int
    point: tuple[float, float]
    """(latitude, longitude) in degrees; NaN when unknown."""
    parents: tuple[str, ...]
    names: tuple[NamedKeys, ...]
    namesake: str = ""
    """Id of the town that a region is named after, see `regions`."""
    in_namesake: int = 0
    """People in that town."""
    inherited: tuple[NamedKeys, ...] = ()
    """Names that it takes over from that town."""
    in_towns: int = 0
    """People in the towns of a region."""

    @property
    def is_town(self) -> bool:
        """Whether its kind is that of a town."""
        return self.level == TOWN

    @property
    def is_region(self) -> bool:
        """Whether its kind is that of a region."""
        return bool(self.level & REGIONS)

    @property
    def people(self) -> int:
        """Its population, or else that of its towns."""
        return self.population or self.in_towns

    @property
    def around(self) -> tuple[str, ...]:
        """Those of its parents that an index knows."""
        return tuple(dict.fromkeys(self.parents))[:_MOST_ANCESTORS]


@dataclass(frozen=True, slots=True)
class Links:
    """From each key to the names that have it: `starts` (u32, one more than keys), `names` (u32), `steps` (u8)."""

    starts: NDArray[np.uint32]
    names: NDArray[np.uint32]
    steps: NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Segment:
    """The arrays of one type. All are read-only and may be mapped from files."""

    ids: StringTable
    kinds: Strings
    """Distinct kinds, addressed by `kind`."""
    kind: NDArray[np.uint32]
    facts: NDArray[np.float32]
    """[entities, 6], see `Fact`: one row is one cache line's half, because a candidate needs them all."""
    own: NDArray[np.uint64]
    """[entities]: `id_hash` of each id."""
    parents: NDArray[np.uint64]
    """[entities, 4]: `id_hash` of the parents and their parents, nearest first; 0 beyond the last."""
    direct: NDArray[np.uint8]
    """[entities]: how many of these are parents themselves."""
    people: NDArray[np.int64]
    """[entities]: the population of a town; of a region, the sum of those of its towns."""
    namesake: NDArray[np.uint32]
    """[entities]: 1 + the number of the town a region is named after; 0 for none, or for one in another segment that
    few of its people live in; MAIN_ELSEWHERE for one that many do, see `is_main`."""
    preferred: NDArray[np.uint32]
    """Number of each entity's preferred name."""
    preferred_keys: NDArray[np.int64]
    """[entities]: number of the folded key of the preferred name as it stands; -1 when it has none."""
    values: Strings
    """The names."""
    name_starts: NDArray[np.uint32]
    """[entities + 1]: number of the first name of each entity."""
    name_facts: NDArray[np.uint32]
    """[names, 2]: the entity's number; `script_code` times 256, plus twice the levels that the name's place-type word
    asks for, plus 1 when it is the preferred one: see `columns.name_script`, `name_levels`, `is_preferred`."""
    keys: StringTable
    """Folded Latin keys, the shortest first, then those of more important entities."""
    key_links: Links
    grams: GramIndex
    exact: StringTable
    exact_links: Links
    skeletons: StringTable
    pairs: GramIndex
    """Of the skeletons, by pairs of letters."""
    skeleton_starts: NDArray[np.uint32]
    skeleton_keys: NDArray[np.uint32]
    """Keys that have each skeleton, the shortest first."""

    @property
    def sized(self) -> tuple[int, int]:
        """Of how many entities it says how many people live there, and how many it has."""
        return int(np.count_nonzero(self.facts[:, Fact.POPULATION])), len(self.ids)

    @property
    def written(self) -> Counter[int]:
        """See `written_by`: of all entities."""
        return self.written_by(np.arange(len(self.ids)))

    def written_by(self, entities: NDArray[np.int64]) -> Counter[int]:
        """Return how many of some entities have a name in each script, by `script_code`."""
        counts = np.zeros(_SCRIPTS, np.int64)
        _count_scripts(self.name_starts, self.name_facts, entities, np.full(_SCRIPTS, -1, np.int64), counts)
        return Counter({script: count for script, count in enumerate(counts.tolist()) if count})

    def names_of(self, entity: int) -> list[str]:
        """Return the names of an entity, by its number."""
        first, last = self.name_starts[entity : entity + 2].tolist()
        return [self.values[number] for number in range(first, last)]

    def country_of(self, entity: int) -> str | None:
        """Return the alpha-2 code of an entity's country, or None."""
        code = int(self.facts[entity, Fact.COUNTRY]) - 1
        return chr(65 + code // 26) + chr(65 + code % 26) if code >= 0 else None


def indexed(entity: Entity, keymaker: KeyMaker) -> IndexedEntity:
    """Make the keys of every name of an entity that people write (not machine romanizations)."""
    names = [name for name in entity.names if name.kind is not NameKind.AUTOROM]
    if all(name.value != entity.name for name in names):
        names.insert(0, Name(entity.name, kind=NameKind.PREFERRED))
    return IndexedEntity(
        entity.id, entity.type, entity.kind or "", level_of(entity.kind or "", keymaker.rules.place_types),
        entity.country or "", entity.population or 0,
        (math.nan if entity.latitude is None else entity.latitude,
         math.nan if entity.longitude is None else entity.longitude),
        entity.parents,
        tuple(_named_keys(name, name.value == entity.name, entity.type, keymaker) for name in names),
    )  # fmt: skip


def _named_keys(name: Name, preferred: bool, entity_type: str, keymaker: KeyMaker) -> NamedKeys:
    keys = keymaker.of_name(name.value, entity_type)
    levels = next((key.levels for key in keys if key.levels), 0)
    return NamedKeys(name.value, preferred, script_of(name.value), tuple(dict.fromkeys(map(_stored, keys))), levels)


def _stored(key: Key) -> tuple[str, str, int]:
    return key.exact, key.latin[:LONGEST_KEY].rstrip(), int(key.step)


def country_code(country: str | None) -> int:
    """Return a number below 65,536 for an alpha-2 code; 0 for none.

    >>> country_code("UA"), country_code(None)
    (521, 0)
    """
    return 1 + (ord(country[0]) - 65) * 26 + ord(country[1]) - 65 if country else 0


def script_code(script: str) -> int:
    """Return a number below 256 for an ISO 15924 code; scripts that share one are told apart well enough."""
    return (sum(map(ord, script)) * 7 + ord(script[0])) % _SCRIPTS


@borrowing
def _count_scripts(
    starts: NDArray[np.uint32], names: NDArray[np.uint32], entities: NDArray[np.int64], last: NDArray[np.int64],
    counts: NDArray[np.int64],
) -> None:  # fmt: skip
    """Count entities by the scripts of their names; `starts`, `names`: see `Segment`; `last` [scripts]: -1 for each."""
    for entity in entities:
        for name in range(starts[entity], starts[entity + 1]):
            script = np.int64(names[name, 1]) >> 8
            counts[script] += last[script] != entity
            last[script] = entity


def id_hash(entity_id: str) -> int:
    """Return 64 bits of an id's hash, never 0, the same in every process (FNV-1a)."""
    return int(fnv1a(np.frombuffer(entity_id.encode(), np.uint8))) or 1


def build(entities: Iterable[IndexedEntity], parents_of: Mapping[str, tuple[str, ...]]) -> Segment:
    """Compile entities of one type. `parents_of` gives the parents of entities that are not among them."""
    chosen = sorted(entities, key=lambda e: (-e.people, -len(e.names), e.id))
    families = {**parents_of} | {entity.id: entity.parents for entity in chosen}
    names = [name for entity in chosen for name in (*entity.names, *entity.inherited)]
    counts = [len(entity.names) + len(entity.inherited) for entity in chosen]
    number = {entity.id: at for at, entity in enumerate(chosen)}
    firsts = np.cumsum([0, *counts])
    kinds = sorted({entity.kind for entity in chosen})
    kind_number = {kind: number for number, kind in enumerate(kinds)}
    code_of = {script: script_code(script) for script in {name.script for name in names}}
    every = [key for name in names for key in name.keys]
    owners = np.repeat(np.arange(len(names)), [len(name.keys) for name in names])
    steps = np.array([key[2] for key in every], np.int64)
    keys, key_links = _linked([key[1] for key in every], owners, steps, gram_sizes)
    exact, exact_links = _linked([key[0] for key in every], owners, steps)
    skeletons, skeleton_starts, skeleton_keys = _skeletons(keys)
    ids = StringTable.build([entity.id for entity in chosen])
    return Segment(
        ids=ids,
        kinds=Strings.build(kinds),
        kind=np.array([kind_number[entity.kind] for entity in chosen], np.uint32),
        facts=np.array([_facts(entity) for entity in chosen], np.float32).reshape(-1, len(Fact)),
        own=np.maximum(hashes(ids.blob, ids.offsets), 1),
        parents=_ancestors(chosen, families),
        direct=np.array([len(entity.around) for entity in chosen], np.uint8),
        people=np.array([entity.in_towns if entity.is_region else entity.population for entity in chosen], np.int64),
        namesake=np.array([_namesake(entity, number) for entity in chosen], np.uint32),
        preferred=np.array(
            [first + _preferred(entity) for first, entity in zip(firsts[:-1], chosen, strict=True)], np.uint32
        ),
        preferred_keys=np.array(keys.find_all([_own_key(entity) for entity in chosen]), np.int64),
        values=Strings.build([name.value for name in names]),
        name_starts=firsts.astype(np.uint32),
        name_facts=np.column_stack([
            np.repeat(np.arange(len(chosen), dtype=np.uint32), counts),
            np.array([code_of[name.script] * 256 + name.levels * 2 + name.preferred for name in names], np.uint32),
        ]),
        keys=keys, key_links=key_links, grams=GramIndex.build(keys.blob, keys.offsets),
        exact=exact, exact_links=exact_links,
        skeletons=skeletons, pairs=GramIndex.build(skeletons.blob, skeletons.offsets, PAIRS),
        skeleton_starts=skeleton_starts, skeleton_keys=skeleton_keys,
    )  # fmt: skip


def _preferred(entity: IndexedEntity) -> int:
    return next((number for number, name in enumerate(entity.names) if name.preferred), 0)


def _namesake(entity: IndexedEntity, number: Mapping[str, int]) -> int:
    if entity.namesake and entity.namesake not in number:
        return MAIN_ELSEWHERE if is_main(_logarithm(entity.in_namesake), _logarithm(entity.people)) else 0
    return number.get(entity.namesake, -1) + 1


@borrowing
def is_main(town: Real, region: Real) -> bool:
    """Tell whether a good part of a region's people live in a town, by the logarithms of both (`Fact.POPULATION`)."""
    return bool(town - region >= _MAIN_SHARE)


def _logarithm(people: int) -> float:
    """Return the logarithm of a number of people, as exact as `Segment.facts` holds it."""
    return float(np.float32(math.log10(1 + people)))


def _own_key(entity: IndexedEntity) -> str:
    name = entity.names[_preferred(entity)]
    return next((latin for _, latin, step in name.keys if step == Step.FULL), "")


def _facts(entity: IndexedEntity) -> tuple[float, ...]:
    level = levels_of(entity.level, (name.levels for name in entity.names))
    return (
        level, country_code(entity.country), _logarithm(entity.people), math.log2(1 + len(entity.names)),
        *entity.point,
    )  # fmt: skip


def _ancestors(entities: Sequence[IndexedEntity], parents_of: Mapping[str, tuple[str, ...]]) -> NDArray[np.uint64]:
    found = np.zeros((len(entities), _MOST_ANCESTORS), np.uint64)
    hashes: dict[str, int] = {}
    for row, entity in enumerate(entities):
        near = entity.parents
        far = chain.from_iterable(parents_of.get(parent, ()) for parent in near)
        for column, ancestor in zip(range(_MOST_ANCESTORS), dict.fromkeys([*near, *far]), strict=False):
            if ancestor not in hashes:
                hashes[ancestor] = id_hash(ancestor)
            found[row, column] = hashes[ancestor]
    return found


def _lengths(_: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.diff(offsets)


def _linked(
    texts: Sequence[str], owners: NDArray[np.int64], steps: NDArray[np.int64], measured: Callable[..., Any] = _lengths
) -> tuple[StringTable, Links]:
    """Number the distinct texts that are not empty, the smallest first, and link them to the names that own them.

    There is one text for each key of each name, with the step that made it. `measured` gives the sizes of the texts, 0
    for an empty one. Of two equally large texts the one that comes first, which is that of the more important entity,
    has the lower number.
    """
    packed = Strings.build(texts)
    first_of, numbers = interned(packed.blob, packed.offsets)
    distinct = packed.take(first_of)
    sizes = measured(distinct.blob, distinct.offsets)
    kept = np.argsort(sizes, kind="stable")[np.count_nonzero(sizes == 0) :]
    new_number = np.full(first_of.size, -1)
    new_number[kept] = np.arange(kept.size)
    ids = new_number[numbers]
    order = np.argsort(ids, kind="stable")
    links = np.column_stack([ids, owners, steps])[order[np.searchsorted(ids[order], 0) :]]
    links = links[np.concatenate([[True], (np.diff(links, axis=0) != 0).any(axis=1)])[: len(links)]]
    starts = np.zeros(kept.size + 1, np.uint32)
    np.cumsum(np.bincount(links[:, 0], minlength=kept.size), out=starts[1:])
    return (
        StringTable.of(distinct.take(kept)),
        Links(starts, links[:, 1].astype(np.uint32), links[:, 2].astype(np.uint8)),
    )


def _skeletons(keys: StringTable) -> tuple[StringTable, NDArray[np.uint32], NDArray[np.uint32]]:
    """Number the distinct skeletons of keys by how many pairs they have; return them, and each one's keys by length."""
    packed = Strings.build(skeletons(list(keys)))
    first_of, numbers = interned(packed.blob, packed.offsets)
    distinct = packed.take(first_of)
    order = np.argsort(gram_sizes(distinct.blob, distinct.offsets, PAIRS), kind="stable")
    of_key = np.argsort(order)[numbers]
    starts = np.zeros(first_of.size + 1, np.uint32)
    np.cumsum(np.bincount(of_key, minlength=first_of.size), out=starts[1:])
    of_skeleton = np.lexsort((np.diff(keys.offsets), of_key)).astype(np.uint32)
    return StringTable.of(distinct.take(order)), starts, of_skeleton

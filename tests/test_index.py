"""The compiled index against brute force: what it finds, and how it scores it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from small_index import ENTITIES, KEYMAKER, compiled, index

from normalizer.index.delta import Delta
from normalizer.index.grams import BLOCK, GRAMS, LONGEST_KEY, PAIRS, GramIndex, gram_codes, shared_grams
from normalizer.index.snapshot import Snapshot
from normalizer.index.strings import Strings, StringTable, interned
from normalizer.matching.channel import Channels, as_letters, hear, log_ratio, new_workspace
from normalizer.matching.evidence import ALIGNED_LOSS, LOSS, LOSS_PER_LETTER, OVERLAP
from normalizer.matching.fetch import LEAST_OVERLAP
from normalizer.matching.match import Matcher
from normalizer.matching.model import Model
from normalizer.matching.query import new_pool
from normalizer.matching.search import MOST_BEHIND_FEW
from normalizer.terms import Entity, Mention, Name
from normalizer.text.keys import Key, Step
from normalizer.text.romanize import script_of

MATCHER = Matcher(KEYMAKER, Model.load())
WEIGHTS = MATCHER.model.weights
POOL = new_pool()

few = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
written = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
folded = st.lists(st.text("abcdefghiklmnoprstuvz019", min_size=1, max_size=9), min_size=1, max_size=3).map(" ".join)
alike = st.text("abk", min_size=1, max_size=8)
words = st.text("abgkosuyžдкрсуя", min_size=2, max_size=9)


def ordered(keys: Sequence[str]) -> list[str]:
    return sorted(sorted(set(keys)), key=len)


def gram_index(keys: Sequence[str]) -> GramIndex:
    table = StringTable.build(keys)
    return GramIndex.build(table.blob, table.offsets)


def pairs(skeleton: str) -> set[str]:
    padded = f" {skeleton} "
    return {padded[at : at + 2] for at in range(len(padded) - 1)}


def trigrams(key: str) -> set[str]:
    padded = f" {key[:LONGEST_KEY]} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def dice(a: set[str], b: set[str]) -> float:
    return float(np.float32(2 * len(a & b) / (len(a) + len(b))))


def snapshot(entities: Sequence[Entity]) -> Snapshot:
    return Snapshot.of(Delta.of(index(1, entities)))


# Strings


@few
@given(st.lists(st.text(written), unique=True), st.text("aб\0", max_size=3))
def test_a_string_table_is_a_dict(strings: list[str], other: str) -> None:
    table = StringTable.build(strings)
    numbers = {text: number for number, text in enumerate(strings)}
    assert list(table) == strings
    assert [table.find(text) for text in [*strings, other]] == [numbers.get(text, -1) for text in [*strings, other]]


def test_a_string_table_may_be_empty() -> None:
    assert StringTable.build([]).find("") == -1


# Trigrams


def check_best(index: GramIndex, keys: Sequence[str], query: str, most: int, floor: float = 0.0) -> None:
    """Of equally good keys, those of lower numbers are kept."""
    asked = trigrams(query)
    expected = {number: dice(asked, trigrams(key)) for number, key in enumerate(keys)}
    numbers, scores = index.best(query, most, floor)
    best = sorted(((-score, number) for number, score in expected.items() if score > np.float32(floor)))[:most]
    assert sorted(zip((-scores).tolist(), numbers.tolist(), strict=True)) == best


@few
@given(st.lists(folded | alike, min_size=1, max_size=60), folded | alike, st.integers(1, 20), st.sampled_from([0, 0.2]))
def test_the_best_keys_are_those_of_brute_force(keys: list[str], query: str, most: int, floor: float) -> None:
    keys = ordered(keys)
    for asked in (query, keys[0]):
        check_best(gram_index(keys), keys, asked, most, floor)


@few
@given(folded | alike, st.lists(folded | alike, min_size=1, max_size=5))
def test_shared_trigrams_are_counted_once_and_the_marks_stay(query: str, keys: list[str]) -> None:
    codes, marks = np.empty(LONGEST_KEY, np.int32), np.zeros(GRAMS, np.uint8)
    codes = codes[: gram_codes(as_letters(query), codes)]
    marks[codes] = 1
    for key in keys:
        assert shared_grams(as_letters(key), codes, marks) == len(trigrams(query) & trigrams(key))
    assert np.flatnonzero(marks).tolist() == codes.tolist()


def test_the_best_keys_of_several_blocks_are_those_of_brute_force() -> None:
    generator = random.Random(7)
    keys = ordered(["".join(generator.choices("abcdekorstuv", k=generator.randint(4, 14))) for _ in range(150_000)])
    assert len(keys) > 2 * BLOCK
    index = gram_index(keys)
    assert index.extremes.shape[0] == 3
    for query in ("ab", "kursk", "starokonstantinov", keys[BLOCK], keys[-1], keys[BLOCK - 1] + "a"):
        check_best(index, keys, query, 50)


def test_a_long_key_is_indexed_by_its_beginning() -> None:
    long = "kursk" * 40
    numbers, scores = gram_index(["kursk", long[:LONGEST_KEY]]).best(long, 2)
    assert dict(zip(numbers.tolist(), scores.tolist(), strict=True))[1] == 1.0


def test_an_empty_index_finds_nothing() -> None:
    assert gram_index([]).best("kursk", 5)[0].size == 0


@few
@given(st.lists(folded, min_size=1, max_size=40), folded, st.integers(1, 12))
def test_skeletons_are_found_by_the_pairs_they_share(keys: list[str], query: str, most: int) -> None:
    table = StringTable.build(ordered(keys))
    index = GramIndex.build(table.blob, table.offsets, PAIRS)
    numbers, scores = index.best(query, most)
    expected = sorted((dice(pairs(query), pairs(key)) for key in table), reverse=True)[:most]
    assert sorted(scores.tolist(), reverse=True) == pytest.approx([score for score in expected if score > 0])
    assert all(
        score == pytest.approx(dice(pairs(query), pairs(table[n]))) for n, score in zip(numbers, scores, strict=True)
    )


# Segments


def test_links_lead_from_each_key_to_its_names() -> None:
    for entity_type, segment in compiled(ENTITIES).items():
        values = list(segment.values)
        for number, value in enumerate(values):
            for key in KEYMAKER.of_name(value, entity_type):
                if not key.latin:
                    assert segment.exact.find(key.exact) >= 0
                    continue
                at = segment.keys.find(key.latin)
                here = slice(segment.key_links.starts[at], segment.key_links.starts[at + 1])
                links = zip(segment.key_links.names[here].tolist(), segment.key_links.steps[here].tolist(), strict=True)
                assert (number, key.step) in set(links)


def test_a_segment_keeps_names_and_facts() -> None:
    places = compiled(ENTITIES)["place"]
    assert list(places.ids) == ["t:1", "t:2", "t:3"]
    assert places.names_of(0) == ["Kursk", "Курск", "Koursk"]
    assert [places.values[number] for number in places.preferred] == ["Kursk", "Kursk Oblast", "Sudzha"]
    assert [places.country_of(number) for number in range(3)] == ["RU", "RU", None]


def test_machine_romanizations_are_not_matched() -> None:
    assert "ku er si ke" not in list(compiled(ENTITIES)["place"].values)


def test_keys_are_distinct_and_the_shortest_first() -> None:
    keys = list(compiled(ENTITIES)["place"].keys)
    assert len(keys) == len(set(keys))
    assert list(map(len, keys)) == sorted(map(len, keys))


@given(st.lists(st.text(written, max_size=4)))
def test_interned_strings_are_numbered_as_they_first_come(strings: list[str]) -> None:
    packed = Strings.build(strings)
    first_of, numbers = interned(packed.blob, packed.offsets)
    distinct = list(dict.fromkeys(strings))
    assert [strings[first] for first in first_of] == distinct == list(packed.take(first_of))
    assert numbers.tolist() == [distinct.index(text) for text in strings]


def test_a_region_answers_to_the_names_of_its_town() -> None:
    town, region = replace(ENTITIES[0], parents=("t:2",)), ENTITIES[1]
    places = compiled([town, region])["place"]
    number = places.ids.find("t:2")
    assert "Koursk" in places.names_of(number)
    assert places.ids[int(places.namesake[number]) - 1] == "t:1"
    assert "Koursk" not in compiled([town, replace(region, id="t:9")])["place"].names_of(1)


# Searching


@st.composite
def gazetteers(draw: st.DrawFn) -> list[Entity]:
    names = st.lists(st.lists(words, min_size=1, max_size=3).map(" ".join), min_size=1, max_size=3)
    drawn = draw(
        st.lists(st.tuples(names, st.sampled_from(["place", "person", "organization"])), min_size=1, max_size=25)
    )
    return [
        Entity(f"t:{number}", entity_type, names[0], tuple(map(Name, names)), population=number % 5 * 1000)
        for number, (names, entity_type) in enumerate(drawn)
    ]


@few
@given(gazetteers(), st.data())
def test_an_entity_is_found_by_each_of_its_names(entities: list[Entity], data: st.DataObject) -> None:
    entity = data.draw(st.sampled_from(entities))
    name = data.draw(st.sampled_from(entity.names)).value
    for entity_type in (entity.type, None):
        [matches] = MATCHER.match([Mention(name, type=entity_type)], snapshot(entities), POOL, len(entities))
        found = matches.found
        assert entity.id in [one.entity_id for one in found]


@few
@given(gazetteers(), words)
def test_every_name_that_shares_half_its_trigrams_is_found(entities: list[Entity], text: str) -> None:
    entities = [replace(entity, type="organization") for entity in entities]
    view = snapshot(entities)
    asked = KEYMAKER.of_mention(Mention(text, type="organization"))[0]
    assume(asked.latin and view.parts[0].segment.exact.find(asked.exact) < 0)
    found = {one.entity_id for one in MATCHER.match([Mention(text, type="organization")], view, POOL, 100)[0].found}
    for entity in entities:
        keys = [KEYMAKER.of_name(name.value, "organization") for name in entity.names]
        latin = {key.latin for of_name in keys for key in of_name}
        near = [key for key in latin if dice(trigrams(key), trigrams(asked.latin)) >= 0.5 > LEAST_OVERLAP]
        assert not near or entity.id in found or is_far_behind(asked, near, view)


def is_far_behind(asked: Key, near: Sequence[str], view: Snapshot) -> bool:
    """Tell whether some key of the index is so much better spelled that these are let go."""
    channel, work = Channels.load().of(script_of(asked.exact)), new_workspace()
    hear(channel, as_letters(asked.roman), work)
    literal = log_ratio(channel, as_letters(asked.latin), work)

    def worth(key: str) -> float:
        loss = literal - log_ratio(channel, as_letters(key), work)
        each = (WEIGHTS[LOSS_PER_LETTER] + WEIGHTS[ALIGNED_LOSS]) / max(len(key), len(asked.latin))
        return float(loss * (WEIGHTS[LOSS] / 10 + each) + WEIGHTS[OVERLAP] * dice(trigrams(key), trigrams(asked.latin)))

    best = max(worth(key) for part in view.parts for key in part.segment.keys if key != asked.latin)
    return max(map(worth, near)) < best - MOST_BEHIND_FEW + 1e-3


def test_steps_are_stored_by_their_numbers() -> None:
    assert [step.value for step in Step] == list(range(len(Step)))
    assert (Step.FULL, Step.BARE, Step.ADJECTIVE, Step.SORTED, Step.INFLECTED, Step.TRANSLATED) == (0, 1, 2, 5, 9, 11)

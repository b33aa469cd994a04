"""Fit the channel of characters: ``python -m normalizer.training.characters --data DIR [--names WHEEL --exclude IDS]``.

The pairs are those of `training.channel`: a name in the script, and of the entity's other names the key that is most
like it once romanized. Expectation maximization begins with the blocks that are like what a character is romanized as;
it first learns what each sound stands for, which all characters share that are romanized alike, and then
what each character stands for, which leans on its sound the more, the rarer it is.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from normalizer.gazetteer import Gazetteer
from normalizer.index.compiled import compiled
from normalizer.index.grams import SYMBOLS, symbol
from normalizer.matching.characters import FLOOR, LONGEST_BLOCK, MODELS, Characters
from normalizer.text.keys import KeyMaker
from normalizer.text.romanize import script_of
from normalizer.training import kept_out
from normalizer.training.channel import drawn, gather, options_given

SCRIPTS = ("Hani", "Hang", "Hebr", "Thai")
_SEED = 2024
_MOST_PAIRS = 100_000
_MOST_CHARACTERS, _LONGEST_KEY = 16, 24
_LEAST = 3
"""Occurrences from which on a character has blocks of its own."""
_ROUNDS_OF_SOUNDS, _ROUNDS = 4, 8
_LEAST_PUT_IN = 1e-5
_LEAN = 3.0
"""What a character's sound counts for, in occurrences of the character."""
_DISCOUNT = 0.3
"""Taken from the expected count of every block of two letters and more."""
_SMALLEST = 2e-4
"""Blocks less probable than this are left out."""
_ABSENT = 0.01
"""Likeness, to begin with, of a block that has nothing in common with what a character is romanized as."""
_RADIX = SYMBOLS + 1
_PLACES = _RADIX**LONGEST_BLOCK
_WIDTH = LONGEST_BLOCK + 1
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lattice:
    """All blocks that pairs may be cut into; those of pair i begin at `at[i]`, by character, end and length."""

    sizes: NDArray[np.int64]
    """[pairs, 2]: characters and letters of each."""
    at: NDArray[np.int64]
    edges: NDArray[np.int64]
    """The number of each block that there may be."""
    letters: NDArray[np.int64]
    """The letters of all keys, one after the other, to be put in."""
    characters: NDArray[np.int64]
    """[blocks]: the character of each block, by number."""
    blocks: NDArray[np.int64]
    """[blocks]: its letters."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The characters that the mentions are written in, and what is known of each."""

    numbers: dict[str, int]
    often: NDArray[np.int64]
    """[characters]: how often each occurs."""
    sounds: NDArray[np.int64]
    """[characters]: the number of what it is romanized as, among `literal`."""
    literal: list[str]

    @classmethod
    def of(cls, texts: Iterable[str], keymaker: KeyMaker) -> Inventory:
        """Count the characters of some texts."""
        counts = Counter(one for text in texts for one in text)
        folded = {one: keymaker.folded(one) for one in sorted(counts)}
        literal = sorted(set(folded.values()))
        sounds = [literal.index(text) for text in folded.values()]
        numbers = {one: number for number, one in enumerate(folded)}
        return cls(numbers, np.array([counts[one] for one in folded]), np.array(sounds), literal)

    def own(self) -> NDArray[np.int64]:
        """Return the number of each character's own sound, behind those that are shared; -1 for the rare ones."""
        frequent = self.often >= _LEAST
        return np.where(frequent, len(self.literal) - 1 + np.cumsum(frequent), -1)


def fit(found: Sequence[tuple[str, str]], script: str, keymaker: KeyMaker) -> Characters:
    """Return the model of (mention in its own script, key) pairs."""
    inventory = Inventory.of((text for text, _ in found), keymaker)
    lattice = _lattice(found, inventory.numbers)
    sounds = inventory.sounds[lattice.characters]
    chances = by_sound = _alike(lattice, sounds, inventory.literal)
    put_in = np.full(SYMBOLS, 0.1 / SYMBOLS)
    for number in range(_ROUNDS):
        expected, added = np.zeros(chances.size), np.zeros(SYMBOLS)
        _expect(lattice.sizes, lattice.at, lattice.edges, lattice.letters, chances, put_in, expected, added)
        put_in = np.maximum(added / expected.sum(), _LEAST_PUT_IN)
        by_sound = _by_sound(lattice, sounds, expected)
        chances = by_sound if number < _ROUNDS_OF_SOUNDS else _by_character(lattice, by_sound, expected)
    points, sound_of = _points(inventory, script, keymaker)
    kept, own = _own(lattice.blocks, expected, added)
    blocks = _ordered(lattice, inventory, by_sound, chances)
    return Characters(points, sound_of, *blocks, kept, own, put_in.astype(np.float32))


def _letters(block: int) -> str:
    text = ""
    while block:
        block, digit = divmod(block, _RADIX)
        text = " abcdefghijklmnopqrstuvwxyz0123456789"[digit - 1] + text
    return text


def _lattice(found: Sequence[tuple[str, str]], numbers: dict[str, int]) -> Lattice:
    sizes = np.array([(len(text), len(key)) for text, key in found])
    texts = np.array([numbers[one] for text, _ in found for one in text])
    letters = np.array([symbol(ord(letter)) for _, key in found for letter in key])
    at = np.cumsum([0, *(sizes[:, 0] * (sizes[:, 1] + 1) * _WIDTH)])
    edges = np.full(at[-1], -1)
    _fill(sizes, texts, letters, edges)
    there = edges >= 0
    distinct, edges[there] = np.unique(edges[there], return_inverse=True)
    characters, blocks = np.divmod(distinct, _PLACES)
    return Lattice(sizes, at, edges, letters, characters, blocks)


@compiled
def _fill(
    sizes: NDArray[np.int64], texts: NDArray[np.int64], letters: NDArray[np.int64], edges: NDArray[np.int64]
) -> None:
    """Write the code of every block that there may be: the character's number, then the letters."""
    one, other, at = 0, 0, 0
    for pair in range(sizes.shape[0]):
        for i in range(sizes[pair, 0]):
            for end in range(sizes[pair, 1] + 1):
                block, place = 0, 1
                for length in range(min(LONGEST_BLOCK, end) + 1):
                    if length > 0:
                        block += place * (1 + letters[other + end - length])
                        place *= _RADIX
                    edges[at + length] = texts[one + i] * _PLACES + block
                at += _WIDTH
        one += sizes[pair, 0]
        other += sizes[pair, 1]


def _alike(lattice: Lattice, sounds: NDArray[np.int64], literal: Sequence[str]) -> Floats:
    """Return chances to begin with: what is like the literal reading of a character is likely."""
    distinct, inverse = np.unique(sounds * _PLACES + lattice.blocks, return_inverse=True)
    alike = [
        Levenshtein.normalized_similarity(literal[sound], _letters(block))
        for sound, block in zip(*(part.tolist() for part in np.divmod(distinct, _PLACES)), strict=True)
    ]
    likeness = (_ABSENT + np.array(alike) ** 3)[inverse]
    return np.asarray(likeness / np.bincount(lattice.characters, likeness)[lattice.characters])


@compiled
def _expect(
    sizes: NDArray[np.int64], at: NDArray[np.int64], edges: NDArray[np.int64], letters: NDArray[np.int64],
    chances: Floats, put_in: Floats, expected: Floats, added: Floats,
) -> None:  # fmt: skip
    """Add to `expected` how often each block is expected in the pairs, and to `added` each letter that is put in."""
    widest, longest = sizes[:, 0].max(), sizes[:, 1].max()
    before, after = np.zeros((widest + 1, longest + 1)), np.zeros((widest + 1, longest + 1))
    first = 0
    for pair in range(sizes.shape[0]):
        n, m = sizes[pair]
        key, own = letters[first : first + m], edges[at[pair] : at[pair + 1]].reshape(n, m + 1, _WIDTH)
        first += m
        before[: n + 1, : m + 1] = 0.0
        before[0, 0] = 1.0
        for i in range(n + 1):
            for end in range(m + 1):
                if end > 0:
                    before[i, end] += before[i, end - 1] * put_in[key[end - 1]]
                if i < n and before[i, end] > 0.0:
                    for length in range(min(LONGEST_BLOCK, m - end) + 1):
                        before[i + 1, end + length] += before[i, end] * chances[own[i, end + length, length]]
        whole = before[n, m]
        if whole <= 0.0:
            continue
        after[: n + 1, : m + 1] = 0.0
        after[n, m] = 1.0
        for i in range(n, -1, -1):
            for end in range(m, -1, -1):
                here = before[i, end] / whole
                if end < m:
                    after[i, end] += after[i, end + 1] * put_in[key[end]]
                    added[key[end]] += here * put_in[key[end]] * after[i, end + 1]
                if i < n:
                    for length in range(min(LONGEST_BLOCK, m - end) + 1):
                        block = own[i, end + length, length]
                        rest = chances[block] * after[i + 1, end + length]
                        after[i, end] += rest
                        expected[block] += here * rest


def _by_sound(lattice: Lattice, sounds: NDArray[np.int64], expected: Floats) -> Floats:
    """Return the probability of each block given the sound of its character."""
    _, group = np.unique(sounds * _PLACES + lattice.blocks, return_inverse=True)
    together = _discounted(np.bincount(group, expected)[group], lattice.blocks)
    return _floored(together / np.maximum(np.bincount(sounds, expected)[sounds], 1e-9), lattice.blocks)


def _by_character(lattice: Lattice, by_sound: Floats, expected: Floats) -> Floats:
    """Return the probability of each block given its character, which leans on its sound."""
    total = np.bincount(lattice.characters, expected)[lattice.characters]
    counts = _discounted(expected, lattice.blocks) + _LEAN * by_sound
    return _floored(counts / (total + _LEAN), lattice.blocks)


def _discounted(expected: Any, blocks: NDArray[np.int64]) -> Floats:
    return np.asarray(np.where(blocks >= _RADIX, np.maximum(expected - _DISCOUNT, 0.0), expected))


def _floored(chances: Floats, blocks: NDArray[np.int64]) -> Floats:
    return np.maximum(chances, np.where(blocks < _RADIX, FLOOR, 0.0))


def _ordered(
    lattice: Lattice, inventory: Inventory, by_sound: Floats, by_character: Floats
) -> tuple[NDArray[np.int32], NDArray[np.uint32], NDArray[np.float32]]:
    """Return the blocks of all sounds, those first that characters share, with where each begins and their chances."""
    shared, own = inventory.sounds[lattice.characters], inventory.own()[lattice.characters]
    first = np.unique(shared * _PLACES + lattice.blocks, return_index=True)[1]
    known = own >= 0
    sounds = np.concatenate([shared[first], own[known]])
    blocks = np.concatenate([lattice.blocks[first], lattice.blocks[known]])
    chances = np.concatenate([by_sound[first], by_character[known]])
    kept = chances > np.where(blocks < _RADIX, FLOOR, _SMALLEST)
    sounds, blocks, chances = sounds[kept], blocks[kept], chances[kept]
    order = np.lexsort((blocks, sounds))
    count = max(len(inventory.literal), int(own.max()) + 1)
    starts = np.searchsorted(sounds[order], np.arange(count + 1)).astype(np.int32)
    return starts, blocks[order].astype(np.uint32), chances[order].astype(np.float32)


def _own(blocks: NDArray[np.int64], expected: Floats, added: Floats) -> tuple[NDArray[np.uint32], NDArray[np.float32]]:
    """Return all letters that a block has, and their probability whatever the character."""
    letters, group = np.unique(np.concatenate([blocks, 1 + np.arange(SYMBOLS)]), return_inverse=True)
    total = np.bincount(group, np.concatenate([expected, added + 0.1]))
    kept = (letters > 0) & ((letters < _RADIX) | (total > 0.01))
    return letters[kept].astype(np.uint32), (total[kept] / total[kept].sum()).astype(np.float32)


def _points(inventory: Inventory, script: str, keymaker: KeyMaker) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
    """Return the code points of all characters whose sound is known, and the sound of each."""
    shared = {text: number for number, text in enumerate(inventory.literal)}
    sounds = np.where(inventory.own() >= 0, inventory.own(), inventory.sounds)
    sound_of = {ord(one): int(sounds[number]) for one, number in inventory.numbers.items()}
    for code in range(0x10000):
        if code not in sound_of and script_of(chr(code)) == script:
            sound_of[code] = shared.get(keymaker.folded(chr(code)), -1)
    points = sorted(code for code, sound in sound_of.items() if sound >= 0)
    return np.array(points, np.uint32), np.array([sound_of[code] for code in points], np.uint16)


def main() -> None:
    """Fit and write the models."""
    options = options_given(__doc__, MODELS)
    excluded = kept_out.read(options.exclude)
    gazetteer = Gazetteer.open(options.data)
    generator = random.Random(_SEED)
    gathered = gather(gazetteer, options.names, excluded, generator)
    for script in SCRIPTS:
        found = [
            (pair.exact.replace(" ", ""), pair.key.replace(" ", ""))
            for pair in gathered[script]
            if len(pair.exact) <= _MOST_CHARACTERS and len(pair.key) <= _LONGEST_KEY
        ]
        chosen = drawn(found, _MOST_PAIRS, generator)
        model = fit(chosen, script, gazetteer.keymaker)
        card = {
            "script": script,
            "pairs": len(chosen),
            "blocks": model.blocks.size,
            "fitted by": "python -m normalizer.training.characters",
            "data": "names of one entity: a name as it is written, and the key of another name that is most like it"
            + ("; spellings of one given or family name alike" if options.names else ""),
            "rulebook": gazetteer.keymaker.rules.version,
            "seed": _SEED,
            "entities kept out": kept_out.on_card(excluded),
        }
        model.write(card, options.output, script)
        print(f"{script}: {len(chosen):,} of {len(found):,} pairs, {model.blocks.size:,} blocks", flush=True)


if __name__ == "__main__":
    main()

"""Other indexes that find the keys near a key, each built over the same keys and asked for the same number of them.

A searcher is made of the keys and asked for one query at a time; it returns the numbers of what it finds, in whatever
order. What only names its findings (documents, rows) is turned into numbers outside of the time that is measured.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import numpy as np
import psycopg
import sparse_dot_topn
import tantivy
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from scipy.sparse import csr_matrix
from simstring_rust.database import HashDb
from simstring_rust.extractors import CharacterNgrams
from simstring_rust.measures import Dice
from simstring_rust.searcher import Searcher as DiceSearcher
from symspellpy import SymSpell, Verbosity

from bench.postgresql_server import serving
from normalizer.index.grams import BLOCK, GRAMS, LONGEST_KEY, SPARE, GramIndex, best_keys, gram_codes, key_of
from normalizer.index.strings import Strings

WANTED = 150
"""Keys that are asked for: as many as the normalizer fetches by trigrams."""
LEAST = 0.35
"""Similarity from which those that need a threshold list keys: with a higher one they are faster, and find less."""


class Searcher(Protocol):
    """What finds keys."""

    def ask(self, query: str) -> Any:
        """Return what is near, in the searcher's own terms."""
        ...

    def numbers(self, answer: Any) -> Sequence[int]:
        """Return the numbers of the keys of an answer."""
        ...


class Ours:
    """The normalizer's blocked postings (`index/grams.py`)."""

    def __init__(self, keys: Sequence[str]) -> None:
        packed = Strings.build(keys)
        self._index = GramIndex.build(packed.blob, packed.offsets)
        arrays = (packed.blob, packed.offsets, *(getattr(self._index, name) for name in self._index.__slots__))
        self.bytes = sum(array.nbytes for array in arrays)
        self._codes = np.empty(LONGEST_KEY, np.int32)
        self._counts, self._ranked = np.empty(BLOCK, np.uint8), np.empty(WANTED + SPARE, np.uint64)

    def ask(self, query: str) -> Any:
        codes = self._codes[: gram_codes(np.frombuffer(query.encode(), np.uint8), self._codes)]
        index = self._index
        return best_keys(
            codes, codes.size, index.starts, index.postings, index.sizes, index.extremes, self._counts, 0.0, WANTED,
            self._ranked,
        )  # fmt: skip

    def numbers(self, answer: Any) -> Sequence[int]:
        return [int(key_of(one)) for one in self._ranked[:answer]]


class Extract:
    """rapidfuzz's `process.extract`: every key is compared."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys

    def ask(self, query: str) -> Any:
        return process.extract(query, self._keys, scorer=Levenshtein.normalized_similarity, limit=WANTED)

    def numbers(self, answer: Any) -> Sequence[int]:
        return [number for _, _, number in answer]


class Cdist(Extract):
    """rapidfuzz's `process.cdist`, one thread, and the best picked by NumPy."""

    def ask(self, query: str) -> Any:
        scores = process.cdist([query], self._keys, scorer=Levenshtein.normalized_similarity, dtype=np.float32)[0]
        return np.argpartition(-scores, min(WANTED, scores.size - 1))[:WANTED]

    def numbers(self, answer: Any) -> Sequence[int]:
        return list(map(int, answer))


class Tantivy:
    """tantivy, a search engine in Rust: trigrams as terms, any of them, ranked by BM25; one segment, in memory."""

    def __init__(self, keys: Sequence[str]) -> None:
        fields = tantivy.SchemaBuilder()
        fields.add_integer_field("number", stored=True)
        fields.add_text_field("key", tokenizer_name="trigrams", index_option="basic")
        self._schema = fields.build()
        index = tantivy.Index(self._schema)
        index.register_tokenizer("trigrams", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.ngram(3, 3, False)).build())
        writer = index.writer(1_000_000_000, 1)
        for number, key in enumerate(keys):
            writer.add_document(tantivy.Document(number=number, key=f" {key} "))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        self._searcher = index.searcher()

    def ask(self, query: str) -> Any:
        terms = [(tantivy.Occur.Should, tantivy.Query.term_query(self._schema, "key", gram)) for gram in _grams(query)]
        return self._searcher.search(tantivy.Query.boolean_query(terms), WANTED).hits

    def numbers(self, answer: Any) -> Sequence[int]:
        return [int(self._searcher.doc(address)["number"][0]) for _, address in answer]


class Fts5:
    """SQLite's FTS5 with its trigram tokenizer: any of the trigrams, ranked by BM25; in memory."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute("CREATE VIRTUAL TABLE keys USING fts5(key, tokenize='trigram', detail='none')")
        self._db.executemany("INSERT INTO keys (rowid, key) VALUES (?, ?)", enumerate((f" {key} " for key in keys), 1))
        self._db.execute("INSERT INTO keys (keys) VALUES ('optimize')")

    def ask(self, query: str) -> Any:
        terms = " OR ".join(f'"{gram}"' for gram in _grams(query))
        found = self._db.execute("SELECT rowid FROM keys WHERE keys MATCH ? ORDER BY rank LIMIT ?", (terms, WANTED))
        return found.fetchall()

    def numbers(self, answer: Any) -> Sequence[int]:
        return [row - 1 for (row,) in answer]


class Sparse:
    """sparse_dot_topn: one row of trigrams times the matrix of all keys, the best by cosine."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._codes = np.empty(LONGEST_KEY, np.int32)
        self._keys = self._matrix(keys).T.tocsr()

    def _matrix(self, keys: Sequence[str]) -> Any:
        rows = [self._codes[: gram_codes(np.frombuffer(key.encode(), np.uint8), self._codes)].copy() for key in keys]
        sizes = np.array([row.size for row in rows])
        values = np.repeat(1 / np.sqrt(np.maximum(sizes, 1)), sizes)
        return csr_matrix((values, np.concatenate(rows), np.concatenate([[0], np.cumsum(sizes)])), (len(keys), GRAMS))

    def ask(self, query: str) -> Any:
        return sparse_dot_topn.sp_matmul_topn(self._matrix([query]), self._keys, top_n=WANTED)

    def numbers(self, answer: Any) -> Sequence[int]:
        return list(map(int, answer.indices))


class Simstring:
    """simstring-rust: all keys from a Dice coefficient on, by CPMerge (Okazaki and Tsujii 2010)."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._number = {key: number for number, key in enumerate(keys)}
        self._database = HashDb(CharacterNgrams(3, " "))
        for key in keys:
            self._database.insert(key)
        self._searcher = DiceSearcher(self._database, Dice())

    def ask(self, query: str) -> Any:
        return self._searcher.ranked_search(query, LEAST)

    def numbers(self, answer: Any) -> Sequence[int]:
        return [self._number[key] for key, _ in answer[:WANTED]]


class Symspell:
    """symspellpy: keys one edit away, by deletions (SymSpell, Garbe 2012). Further ones it does not look for."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._number = {key: number for number, key in enumerate(keys)}
        self._dictionary = SymSpell(max_dictionary_edit_distance=1, prefix_length=7)
        for key in keys:
            self._dictionary.create_dictionary_entry(key, 1)

    def ask(self, query: str) -> Any:
        return self._dictionary.lookup(query, Verbosity.ALL, max_edit_distance=1)

    def numbers(self, answer: Any) -> Sequence[int]:
        return [self._number[one.term] for one in answer]


class Trgm:
    """PostgreSQL's pg_trgm: an index of trigrams, one connection, warm."""

    def __init__(self, keys: Sequence[str], url: str, method: str) -> None:
        self._db = psycopg.connect(url, autocommit=True)
        self._db.execute("CREATE EXTENSION pg_trgm")
        self._db.execute("CREATE TABLE keys (number INTEGER, key TEXT)")
        with self._db.cursor().copy("COPY keys FROM STDIN") as rows:
            for row in enumerate(keys):
                rows.write_row(row)
        self._db.execute(f"CREATE INDEX ON keys USING {method} (key {method}_trgm_ops)".encode())
        self._db.execute("VACUUM ANALYZE keys")
        self._db.execute(f"SET pg_trgm.similarity_threshold = {LEAST}".encode())
        self._db.execute("SET max_parallel_workers_per_gather = 0")
        near = "WHERE key % %(query)s " if method == "gin" else ""
        self._question = (
            f"SELECT number FROM keys {near.replace('% ', '%% ', 1)}ORDER BY key <-> %(query)s LIMIT {WANTED}"
        )

    def ask(self, query: str) -> Any:
        return self._db.execute(self._question.encode(), {"query": query}).fetchall()

    def numbers(self, answer: Any) -> Sequence[int]:
        return [number for (number,) in answer]


def _grams(query: str) -> Iterator[str]:
    padded = f" {query} "
    return iter(dict.fromkeys(padded[at : at + 3] for at in range(len(padded) - 2)))


IN_PROCESS: dict[str, Callable[[Sequence[str]], Searcher]] = {
    "normalizer": Ours,
    "tantivy": Tantivy,
    "SQLite FTS5": Fts5,
    "sparse_dot_topn": Sparse,
    "simstring-rust": Simstring,
    "symspellpy, one edit": Symspell,
    "rapidfuzz cdist": Cdist,
    "rapidfuzz process.extract": Extract,
}
LARGE = ("normalizer", "tantivy", "SQLite FTS5", "rapidfuzz cdist")
"""Those that are also built over millions of keys: the others take too long, or too much memory, to build."""


@contextmanager
def in_postgresql(keys: Sequence[str], method: str) -> Iterator[Searcher]:
    """Lend pg_trgm over a server of its own. `method`: gin or gist. Raises NoServer."""
    with serving(durable=False, extension="pg_trgm") as server:
        yield Trgm(keys, server.url(), method)

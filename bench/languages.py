"""Count, by language, the rules that the program has, and write the table into docs/languages.md.

    python -m bench.languages

What stands in `normalizer/rules/` is counted as it is: many rows do not make a language well covered, but none at all
means that it is not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import chain
from pathlib import Path

from babel import Locale

from bench.machine import ROOT
from bench.markdown import table, write_block
from normalizer.rulebook import RULES, Row, rows

PAGE = ROOT / "docs" / "languages.md"
COLUMNS: dict[str, tuple[tuple[str, ...], Callable[[Row], bool]]] = {
    "type words": (("place_types.tsv",), lambda row: True),
    "titles": (("titles.tsv", "titles_before.tsv"), lambda row: True),
    "case endings": (("inflections.tsv",), lambda row: True),
    "adjectives": (("adjectives.tsv", "region_names.tsv"), lambda row: True),
    "prepositions, particles": (("function_words.tsv", "proclitics.tsv"), lambda row: True),
    "new, upper, north …": (("qualifiers.tsv",), lambda row: True),
    "given names": (("genders.tsv",), lambda row: row["kind"] == "given"),
    "sex of surnames": (("genders.tsv",), lambda row: row["kind"] in ("ending", "feminine", "patronymic")),
    "glossary": (("glossary.tsv",), lambda row: True),
    "legal forms": (("legal_forms.tsv",), lambda row: True),
    "standards": (("romanization/standards.tsv",), lambda row: True),
}
"""Column -> the tables it counts, and which of its rows."""


def main() -> None:
    """Write the page."""
    write_block(PAGE, "languages", page())


def page(folder: Path = RULES) -> str:
    """Return the table: languages with the most kinds of rules first."""
    counts = count(folder)
    order = sorted(counts, key=lambda language: (-len(counts[language]), -sum(counts[language].values()), language))
    lines = [
        [f"{_name(language)} `{language}`", *(str(counts[language][column] or "–") for column in COLUMNS)]
        for language in order
    ]
    return table(["", *COLUMNS], lines)


def count(folder: Path = RULES) -> dict[str, Counter[str]]:
    """Return language -> column -> how many rows there are."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for column, (files, counted) in COLUMNS.items():
        for row in chain.from_iterable(rows(folder / file) for file in files):
            if counted(row):
                for language in row["language"].replace(" ", "").split(","):
                    counts[language][column] += 1
    return counts


def _name(language: str) -> str:
    found = Locale("en").languages.get(language.partition("-")[0])
    return str(found or language)


if __name__ == "__main__":
    main()

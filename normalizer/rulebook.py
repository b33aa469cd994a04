"""The tables in `rules/`, read once into one immutable value. The only reader of those tables.

A wrong row stops the program at load with its file and line. The version is a digest of every table and of what else
keys are made by, so that an index and a query can prove that they made theirs by the same rules.

>>> rules = Rulebook.load()
>>> rules.place_types["область"].levels
('admin1',)
>>> "UA" in rules.countries
True
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple, TypeVar

from normalizer.terms import NormalizerError

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")

RULES = Path(__file__).parent / "rules"
KEY_VERSION = "11"
"""Raised by hand when code (not a table) changes what keys a name gets."""
_LIBRARIES = ("anyascii", "opencc", "transliterate")
"""Packages whose own tables romanize names, or say which of their characters are one."""

LEVELS = ("country", "admin1", "admin2", "admin3", "city", "feature")
"""What a place-type word can say a place is. `admin0` counts as country, `admin4` and below as admin3."""

_POSITIONS = ("token", "prefix", "suffix")
_SENSES = (
    "north", "south", "east", "west", "northeast", "northwest", "southeast", "southwest", "central",
    "new", "old", "upper", "lower", "great", "little", "cis", "trans",
)  # fmt: skip
_ROLES = ("of", "in", "article", "suffix", "younger", "elder")
_POSITIONS_IN_NAME = ("first", "anywhere")
_GLOSSES = ("country", "word")
_DERIVED = ("place", "person")
_GENDERED = ("ending", "feminine", "given", "title", "patronymic", "either")


class RuleError(NormalizerError):
    """A row of a rule table is wrong."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(file, line, problem)  # just what it is made of: a worker process has to hand it over

    def __str__(self) -> str:
        file, line, problem = self.args
        return f"{file}, line {line}: {problem}"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: its cells by column name, and where it stands."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return the cell of a column. Raises RuleError where the table has no such column."""
        if column not in self.cells:
            raise self.wrong(f"has no {column}: the table lacks that column")
        return self.cells[column]

    def wrong(self, problem: str) -> RuleError:
        """What to raise for this row."""
        return RuleError(self.file, self.line, problem)

    def pick(self, column: str, allowed: Iterable[str]) -> str:
        """Return the cell, which must be one of `allowed`."""
        value = self[column]
        if value not in allowed:
            raise self.wrong(f"{column} must be one of {', '.join(allowed)}, not {value!r}")
        return value


def rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a TSV table whose first line that is not a `#` comment names the columns."""
    columns: list[str] = []
    for line, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        cells = text.split("\t")
        if not columns:
            columns = cells
            continue
        if len(cells) != len(columns):
            has = "1 cell" if len(cells) == 1 else f"{len(cells)} cells"
            raise RuleError(path.name, line, f"has {has}, the table has {len(columns)} columns")
        row = Row(path.name, line, dict(zip(columns, cells, strict=True)))
        if not row["source"].strip():
            raise RuleError(path.name, line, "names no source")
        yield row


class PlaceType(NamedTuple):
    """What a place-type word says: the levels it may stand for, and the bit of each in `LEVELS`."""

    word: str
    levels: tuple[str, ...]
    mask: int


class Ending(NamedTuple):
    """A word ending and what stands in its place in the nominative (or in the noun, for an adjective)."""

    ending: str
    replacement: str
    language: str
    label: str
    """The grammatical case, or `adjective`."""
    after: str = ""
    """Letters, one of which must stand before the ending; empty where any may."""

    def fits(self, stem: str) -> bool:
        """Tell whether the ending may stand after a stem."""
        return not self.after or stem[-1:] in self.after


class Gloss(NamedTuple):
    """What a word is in English."""

    senses: tuple[str, ...]
    """English words; none for a word that says nothing."""
    country: bool
    """Whether the word alone can mean a country, or a continent."""
    language: str


class DivisionCode(NamedTuple):
    """What letters that stand for a division mean."""

    country: str
    name: str
    """Clean form."""
    is_code: bool
    """Whether they stand in addresses and tables, and not in any text."""


class Standard(NamedTuple):
    """A named romanization: letters (or groups of letters) to Latin, some only in a context."""

    id: str
    language: str
    script: str
    label: str
    letters: Mapping[str, str]
    initial: Mapping[str, str]
    """Letters that are written otherwise at the start of a word."""
    after: Mapping[str, tuple[str, str]]
    """Letter -> (letters it must follow, Latin)."""
    open: Mapping[str, str]
    """Consonants with the vowel that is within them where no sign follows."""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every rule the program knows, by the step that uses it."""

    version: str
    letters: Mapping[int, str]
    lookalikes: Mapping[str, str]
    """Cyrillic letter -> the Latin one that looks like it."""
    place_types: Mapping[str, PlaceType]
    place_type_prefixes: Mapping[str, PlaceType]
    place_type_suffixes: Mapping[str, PlaceType]
    qualifiers: Mapping[str, Mapping[str, str]]
    """Position (token, prefix, suffix) -> word -> its sense, an English word."""
    glossary: Mapping[str, Gloss]
    """Word, or what words begin with and a hyphen -> what they are in English."""
    titles: Mapping[str, str]
    """Title -> language; words of a title are joined by one space."""
    titles_before: Mapping[str, str]
    """The same of those that are titles only where a name follows."""
    placeholders: frozenset[str]
    """What is written where a name is not known."""
    legal_forms: frozenset[str]
    """Words joined by one space, without dots."""
    given_names: Mapping[str, str]
    """Given name -> the name that stands for all of its group."""
    initials: frozenset[str]
    """Initials of two letters."""
    genders: Mapping[str, Mapping[str, str]]
    """Kind (ending, feminine, given, title, patronymic, either) -> form -> f or m."""
    function_words: Mapping[str, frozenset[str]]
    adjectives: Mapping[str, tuple[Ending, ...]]
    """Ending -> what it may stand for."""
    region_names: Mapping[str, tuple[Ending, ...]]
    proclitics: Mapping[str, Ending]
    """What a word begins with that is written together with a preposition -> what stands there without one."""
    inflections: Mapping[str, tuple[Ending, ...]]
    folds: tuple[tuple[str, str], ...]
    standards: Mapping[str, Standard]
    countries: frozenset[str]
    country_names: Mapping[str, frozenset[str]]
    """Clean form of a name -> codes of the countries that it is a name of."""
    divisions: Mapping[str, Mapping[str, int]]
    """Place-type word -> the system of divisions it belongs to -> its tier there, the widest 1."""
    division_codes: Mapping[str, tuple[DivisionCode, ...]]
    """Letters that stand for a division -> what they mean in each country that has such a one."""
    abbreviations: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Position (first, anywhere) -> a word in short, with its dots -> what it may stand for."""
    derivations: Mapping[str, Mapping[str, tuple[Ending, ...]]]
    """Kind (place, person) -> ending of a name -> what the name that it is made of has instead."""
    pinyin: frozenset[str]
    """The syllables that romanized Chinese names are made of."""
    han_readings: Mapping[str, tuple[str, ...]]
    """Han character -> how it is read in names, beside its most frequent reading."""

    @classmethod
    def load(cls, folder: Path = RULES) -> Rulebook:
        """Read every table of `folder`. Raises RuleError for a wrong row, FileNotFoundError for a missing table."""
        place_types = list(rows(folder / "place_types.tsv"))
        return cls(
            version=_digest(folder),
            letters=_letters(rows(folder / "letters.tsv")),
            lookalikes=_lookalikes(rows(folder / "lookalikes.tsv")),
            place_types=_place_types(place_types, "token"),
            place_type_prefixes=_place_types(place_types, "prefix"),
            place_type_suffixes=_place_types(place_types, "suffix"),
            qualifiers=_qualifiers(rows(folder / "qualifiers.tsv")),
            glossary=_glossary(rows(folder / "glossary.tsv")),
            titles=_titles(rows(folder / "titles.tsv")),
            titles_before=_titles(rows(folder / "titles_before.tsv")),
            placeholders=frozenset(_once(rows(folder / "placeholders.tsv"), "word")),
            legal_forms=frozenset(_once(rows(folder / "legal_forms.tsv"), "form")),
            given_names=_given_names(rows(folder / "given_names.tsv")),
            initials=frozenset(_once(rows(folder / "initials.tsv"), "initial")),
            genders=_genders(rows(folder / "genders.tsv")),
            function_words=_function_words(rows(folder / "function_words.tsv")),
            adjectives=_endings(rows(folder / "adjectives.tsv"), label=lambda row: "adjective"),
            region_names=_endings(rows(folder / "region_names.tsv"), label=lambda row: "region"),
            proclitics={
                prefix: Ending(prefix, _or_nothing(row["replacement"]), row["language"], row["sense"])
                for prefix, row in _once(rows(folder / "proclitics.tsv"), "prefix").items()
            },
            inflections=_endings(rows(folder / "inflections.tsv"), label=lambda row: row["case"]),
            folds=tuple((row["from"], _or_nothing(row["to"])) for row in rows(folder / "folds.tsv")),
            standards=_standards(folder / "romanization"),
            countries=frozenset(_once(rows(folder / "countries.tsv"), "code")),
            country_names=_country_names(rows(folder / "country_names.tsv")),
            divisions=_divisions(rows(folder / "divisions.tsv")),
            division_codes=_division_codes(rows(folder / "division_codes.tsv")),
            abbreviations=_abbreviations(rows(folder / "abbreviations.tsv")),
            derivations=_derivations(rows(folder / "derivations.tsv")),
            pinyin=_pinyin(rows(folder / "pinyin.tsv")),
            han_readings=_han_readings(rows(folder / "han_readings.tsv")),
        )


def _digest(folder: Path) -> str:
    """Return twelve hex digits over the contents of every table, in the order of their names, and the versions of the
    code, the libraries and Python's Unicode that make keys."""
    versions = (KEY_VERSION, *map(version, _LIBRARIES), unicodedata.unidata_version)
    digest = hashlib.sha256(" ".join(versions).encode())
    for path in sorted(folder.rglob("*.tsv")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _or_nothing(cell: str) -> str:
    return "" if cell == "-" else cell


def _once(table: Iterable[Row], column: str) -> dict[str, Row]:
    """Return the rows by a cell that no two of them may share."""
    found: dict[str, Row] = {}
    for row in table:
        _put(found, row[column], row, row)
    return found


def _put(found: dict[_Key, _Value], key: _Key, value: _Value, row: Row) -> None:
    """Add what a row says. Raises RuleError where another row says something of the same, which would be lost."""
    if key in found:
        raise row.wrong(f"{key!r} stands in another row already")
    found[key] = value


def _letters(table: Iterable[Row]) -> dict[int, str]:
    letters: dict[str, str] = {}
    for row in table:
        to = {"-": "", "SPACE": " ", "HYPHEN": "-"}.get(row["to"], _character(row, row["to"]))
        for cell in row["from"].split(" "):
            _put(letters, _letter(row, cell), to, row)
    return {ord(letter): to for letter, to in letters.items()}


def _lookalikes(table: Iterable[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in table:
        _put(found, _letter(row, row["cyrillic"]), _letter(row, row["latin"]), row)
    return found


def _letter(row: Row, cell: str) -> str:
    letter = _character(row, cell)
    if len(letter) != 1:
        raise row.wrong(f"must have one letter in the place of {cell!r}")
    return letter


def _character(row: Row, cell: str) -> str:
    """Return the text of a cell, which may be a letter by its number: U+2019."""
    if not cell.startswith("U+"):
        return cell
    try:
        return chr(int(cell[2:], 16))
    except (ValueError, OverflowError):
        raise row.wrong(f"{cell!r} is no letter of Unicode") from None


def _place_types(table: Iterable[Row], position: str) -> dict[str, PlaceType]:
    levels_of: dict[str, set[str]] = defaultdict(set)
    for row in table:
        if row.pick("position", _POSITIONS) == position:
            for level in row["level"].split(","):
                if level not in LEVELS:
                    raise row.wrong(f"level must be of {', '.join(LEVELS)}, not {level!r}")
                levels_of[row["word"].replace(".", "")].add(level)
    return {word: place_type(word, levels) for word, levels in levels_of.items()}


def _qualifiers(table: Iterable[Row]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {position: {} for position in _POSITIONS}
    for row in table:
        words, word, sense = found[row.pick("position", _POSITIONS)], row["word"], row.pick("sense", _SENSES)
        if words.setdefault(word, sense) != sense:
            raise row.wrong(f"{word!r} has the sense {words[word]} already, in another row")
    return found


def _glossary(table: Iterable[Row]) -> dict[str, Gloss]:
    found: dict[str, Gloss] = {}
    for row in table:
        senses = tuple(_or_nothing(row["sense"]).split())
        gloss = Gloss(senses, row.pick("kind", _GLOSSES) == "country", row["language"])
        if found.setdefault(row["word"], gloss) != gloss:
            raise row.wrong(f"{row['word']!r} means {found[row['word']].senses} in another row")
    return found


def _titles(table: Iterable[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in table:
        _put(found, row["word"].replace(".", ""), row["language"], row)
    return found


def _given_names(table: Iterable[Row]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in table:
        row.pick("kind", ("equivalent", "short"))
        if row["name"] in found:
            raise row.wrong(f"{row['name']!r} is in the group {found[row['name']]} already")
        found[row["name"]] = row["group"]
    return found


def _genders(table: Iterable[Row]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {kind: {} for kind in _GENDERED}
    for row in table:
        forms, form, gender = found[row.pick("kind", _GENDERED)], row["form"], row.pick("gender", ("f", "m"))
        if forms.setdefault(form, gender) != gender:
            raise row.wrong(f"{form!r} says {forms[form]} already, in another row")
    return found


def place_type(word: str, levels: Iterable[str]) -> PlaceType:
    """Return the PlaceType of a word with the levels in the order of `LEVELS`."""
    chosen = tuple(level for level in LEVELS if level in set(levels))
    return PlaceType(word, chosen, sum(1 << LEVELS.index(level) for level in chosen))


def _function_words(table: Iterable[Row]) -> dict[str, frozenset[str]]:
    roles: dict[str, set[str]] = defaultdict(set)
    for row in table:
        roles[row["word"]].add(row.pick("role", _ROLES))
    return {word: frozenset(found) for word, found in roles.items()}


def _endings(table: Iterable[Row], label: Callable[[Row], str]) -> dict[str, tuple[Ending, ...]]:
    found: dict[str, list[Ending]] = defaultdict(list)
    for row in table:
        ending = _or_nothing(row["ending"])
        after = _or_nothing(row.cells.get("after", ""))
        found[ending].append(Ending(ending, _or_nothing(row["replacement"]), row["language"], label(row), after))
    return {ending: tuple(options) for ending, options in found.items()}


def _country_names(table: Iterable[Row]) -> dict[str, frozenset[str]]:
    codes: dict[str, set[str]] = defaultdict(set)
    for row in table:
        for name in row["names"].split("; "):
            codes[name].add(row["code"])
    return {name: frozenset(found) for name, found in codes.items()}


def _divisions(table: Iterable[Row]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for row in table:
        tier = int(row.pick("tier", ("1", "2", "3", "4", "5")))
        for word in (word.replace("_", " ") for word in row["words"].split(" ")):
            if found[word].setdefault(row["system"], tier) != tier:
                raise row.wrong(f"{word!r} is of tier {found[word][row['system']]} already")
    return dict(found)


def _division_codes(table: Iterable[Row]) -> dict[str, tuple[DivisionCode, ...]]:
    found: dict[str, list[DivisionCode]] = defaultdict(list)
    for row in table:
        is_code = row.pick("kind", ("code", "abbreviation")) == "code"
        found[row["code"]].append(DivisionCode(row["country"], row["name"], is_code))
    return {code: tuple(meant) for code, meant in found.items()}


def _abbreviations(table: Iterable[Row]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {position: {} for position in _POSITIONS_IN_NAME}
    for row in table:
        if not row["short"].endswith("."):
            raise row.wrong(f"{row['short']!r} must end with a dot")
        of_position = found[row.pick("position", _POSITIONS_IN_NAME)]
        of_position[row["short"]] = (*of_position.get(row["short"], ()), row["word"])
    return found


def _pinyin(table: Iterable[Row]) -> frozenset[str]:
    return frozenset(_or_nothing(row["initial"]) + final for row in table for final in row["finals"].split(" "))


def _han_readings(table: Iterable[Row]) -> dict[str, tuple[str, ...]]:
    return {sign: tuple(row["readings"].split(" ")) for sign, row in _once(table, "sign").items()}


def _derivations(table: Iterable[Row]) -> dict[str, dict[str, tuple[Ending, ...]]]:
    of_kind: dict[str, list[Row]] = {kind: [] for kind in _DERIVED}
    for row in table:
        of_kind[row.pick("kind", _DERIVED)].append(row)
    return {kind: _endings(found, label=lambda row: row["kind"]) for kind, found in of_kind.items()}


def _standards(folder: Path) -> dict[str, Standard]:
    headers = _once(rows(folder / "standards.tsv"), "id")
    return {standard: _standard(header, rows(folder / f"{standard}.tsv")) for standard, header in headers.items()}


def _standard(header: Row, table: Iterable[Row]) -> Standard:
    letters: dict[str, str] = {}
    initial: dict[str, str] = {}
    after: dict[str, tuple[str, str]] = {}
    opened: dict[str, str] = {}
    for row in table:
        letter, latin, context = row["letter"], _or_nothing(row["latin"]), row["context"]
        if context == "-":
            _put(letters, letter, latin, row)
        elif context == "initial":
            _put(initial, letter, latin, row)
        elif context == "open":
            _put(opened, letter, latin, row)
        elif re.fullmatch(r"after:.+", context):
            _put(after, letter, (context[6:], latin), row)
        else:
            raise row.wrong(f"context must be -, initial, open or after:LETTERS, not {context!r}")
    return Standard(
        header["id"], header["language"], header["script"], header["label"], letters, initial, after, opened
    )

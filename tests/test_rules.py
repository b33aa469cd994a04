"""The rule tables: all of them load, and a wrong row stops the program with its file and line."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from pathlib import Path
from shutil import copytree

import pytest

from bench import languages
from normalizer import rulebook
from normalizer.rulebook import LEVELS, RULES, Row, Rulebook, RuleError, rows

TABLES = sorted(path.relative_to(RULES).as_posix() for path in RULES.rglob("*.tsv"))


@pytest.fixture(scope="module")
def rules() -> Rulebook:
    return Rulebook.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the rule tables that a test may spoil."""
    return copytree(RULES, tmp_path / "rules")


def replaced(folder: Path, table: str, *lines: str) -> Path:
    """Leave nothing in a table but its header, in line 2, and `lines`, from line 3 on."""
    path = folder / table
    header = next(line for line in path.read_text("utf-8").splitlines() if not line.startswith("#"))
    path.write_text("\n".join(["# Comment.", header, *lines, ""]), "utf-8")
    return folder


@pytest.mark.parametrize("table", TABLES)
def test_a_table_says_who_reads_it_and_names_its_sources(table: str) -> None:
    head = (RULES / table).read_text("utf-8").splitlines()[:3]
    assert [line[0] for line in head] == ["#"] * 3
    assert head[0].startswith("# Read by")
    assert head[1].startswith("# A row")
    assert all(row["source"].strip() for row in rows(RULES / table))


def test_every_source_is_explained_and_nothing_else() -> None:
    table_rows = re.findall(r"^\| (`.*?`) \|", (RULES / "README.md").read_text("utf-8"), re.M)
    labels = [label for row in table_rows for label in re.findall(r"`(.*?)`", row)]
    sources = {part for table in TABLES for row in rows(RULES / table) for part in row["source"].split("; ")}
    assert [source for source in sources if not any(fnmatchcase(source, label) for label in labels)] == []
    assert [label for label in labels if not any(fnmatchcase(source, label) for source in sources)] == []


@pytest.mark.parametrize("table", TABLES)
def test_a_table_has_no_row_twice(table: str) -> None:
    found = [tuple(row.cells.values()) for row in rows(RULES / table)]
    assert len(found) == len(set(found))


def test_every_table_has_content(rules: Rulebook) -> None:
    for part in ("letters", "place_types", "place_type_prefixes", "place_type_suffixes", "qualifiers", "titles",
                 "titles_before", "region_names", "lookalikes",
                 "glossary", "function_words", "adjectives", "inflections", "folds", "standards",
                 "countries", "country_names", "divisions", "division_codes", "pinyin", "han_readings"):  # fmt: skip
        assert len(getattr(rules, part)) > 0, part
    assert all(rules.qualifiers.values())
    assert all(rules.derivations.values())
    assert all(standard.letters for standard in rules.standards.values())


@pytest.mark.parametrize("table", ["inflections", "region_names"])
def test_the_example_of_an_ending_is_one(rules: Rulebook, table: str) -> None:
    endings = getattr(rules, table)
    for row in rows(RULES / f"{table}.tsv"):
        word, nominative = row["example"].split("→")
        ending, replacement = row["ending"].strip("-"), row["replacement"].strip("-")
        stem = word.removesuffix(ending)
        fitting = [rule for rule in endings[ending] if rule.replacement == replacement and rule.fits(stem)]
        assert word.endswith(ending), row
        assert fitting, row
        assert nominative == stem + replacement, row


def test_a_place_type_has_the_bits_of_its_levels(rules: Rulebook) -> None:
    tables = (rules.place_types, rules.place_type_prefixes, rules.place_type_suffixes)
    for found in (found for table in tables for found in table.values()):
        assert found.mask == sum(1 << LEVELS.index(level) for level in found.levels) > 0


WRONG_ROWS = {
    "a cell is missing": ("titles.tsv", "general\ten", "has 2 cells, the table has 3 columns"),
    "a cell too many": ("titles.tsv", "general\ten\tdictionary\tmore", "has 4 cells, the table has 3 columns"),
    "one cell": ("titles.tsv", "general", "has 1 cell, the table has 3 columns"),
    "two letters in one": ("letters.tsv", "ab\ta\tx\tx", "must have one letter in the place of 'ab'"),
    "no letter": ("letters.tsv", "ä \ta\tx\tx", "must have one letter in the place of ''"),
    "not the number of a letter": ("letters.tsv", "U+ZZ\ta\tx\tx", "'U+ZZ' is no letter of Unicode"),
    "a number beyond the last letter": ("letters.tsv", "a\tU+110000\tx\tx", "'U+110000' is no letter of Unicode"),
    "a look-alike of two letters": ("lookalikes.tsv", "ы\tbl\tx", "must have one letter in the place of 'bl'"),
    "no source": ("titles.tsv", "general\ten\t", "names no source"),
    "a blank source": ("countries.tsv", "RU\tRUS\t ", "names no source"),
    "a word in short without a dot": (
        "abbreviations.tsv",
        "wlkp\twielkopolski\tanywhere\tpl\tx",
        "'wlkp' must end with a dot",
    ),
    "nowhere in a name": (
        "abbreviations.tsv",
        "wlkp.\twielkopolski\tlast\tpl\tx",
        "position must be one of first, anywhere",
    ),
    "unknown level": ("place_types.tsv", "planet\ten\tworld\ttoken\tx", "level must be of country, admin1"),
    "one unknown level": ("place_types.tsv", "planet\ten\tcity,world\ttoken\tx", "not 'world'"),
    "unknown position": (
        "place_types.tsv",
        "planet\ten\tcity\tinfix\tx",
        "position must be one of token, prefix, suffix",
    ),
    "unknown role": (
        "function_words.tsv",
        "of\ten\tnoun\tx",
        "role must be one of of, in, article, suffix, younger, elder, not 'noun'",
    ),
    "unknown context": (
        "romanization/uk-kmu-2010.tsv",
        "я\tya\tfinal\tx",
        "context must be -, initial, open or after:",
    ),
    "unknown tier": ("divisions.tsv", "Utopian\t0\tregion\tx", "tier must be one of 1, 2, 3, 4, 5, not '0'"),
    "unknown kind": ("derivations.tsv", "sk\t-\triver\tru\tCyrl\tx\tx", "kind must be one of place, person"),
    "no letters to follow": (
        "romanization/uk-kmu-2010.tsv",
        "я\tya\tafter:\tx",
        "context must be -, initial, open or after:",
    ),
}


@pytest.mark.parametrize(("table", "row", "problem"), WRONG_ROWS.values(), ids=WRONG_ROWS)
def test_a_wrong_row_is_named(folder: Path, table: str, row: str, problem: str) -> None:
    with pytest.raises(RuleError) as error:
        Rulebook.load(replaced(folder, table, "", row))
    assert str(error.value).startswith(f"{Path(table).name}, line 4: ")
    assert problem in str(error.value)


TWICE = {
    "a letter": ("letters.tsv", "ä ö\ta\tx\tx", "ö\to\tx\tx", "'ö'"),
    "a look-alike": ("lookalikes.tsv", "ы\tb\tx", "ы\tl\tx", "'ы'"),
    "a title": ("titles.tsv", "gen\ten\tx", "gen.\tde\tx", "'gen'"),
    "a title before a name": ("titles_before.tsv", "king\ten\tx", "king\tde\tx", "'king'"),
    "a legal form": ("legal_forms.tsv", "sa\tfr\tx", "sa\tes\tx", "'sa'"),
    "a country": ("countries.tsv", "RU\tRUS\tx", "RU\tROU\tx", "'RU'"),
    "a letter of a standard": ("romanization/sr.tsv", "ж\tž\t-\tx", "ж\tzh\t-\tx", "'ж'"),
    "a first letter": ("romanization/sr.tsv", "ж\tž\tinitial\tx", "ж\tzh\tinitial\tx", "'ж'"),
    "a letter after others": ("romanization/sr.tsv", "ж\tž\tafter:а\tx", "ж\tzh\tafter:о\tx", "'ж'"),
}


@pytest.mark.parametrize(("table", "one", "other", "key"), TWICE.values(), ids=TWICE)
def test_no_row_takes_the_place_of_another(folder: Path, table: str, one: str, other: str, key: str) -> None:
    with pytest.raises(RuleError, match=f"line 4: {key} stands in another row already"):
        Rulebook.load(replaced(folder, table, one, other))


@pytest.mark.parametrize(("table", "column"), [("titles.tsv", "source"), ("letters.tsv", "to"), ("folds.tsv", "from")])
def test_a_table_without_a_column_is_named(folder: Path, table: str, column: str) -> None:
    lines = (folder / table).read_text("utf-8").splitlines()
    header = next(at for at, line in enumerate(lines) if not line.startswith("#"))
    lines[header] = "\t".join("x" if cell == column else cell for cell in lines[header].split("\t"))
    (folder / table).write_text("\n".join(lines), "utf-8")
    with pytest.raises(RuleError, match=rf"{table}, line {header + 2}: has no {column}: the table lacks that column"):
        Rulebook.load(folder)


def test_a_word_has_one_sense(folder: Path) -> None:
    with pytest.raises(RuleError, match="line 4: 'nord' has the sense north already"):
        Rulebook.load(replaced(folder, "qualifiers.tsv", "nord\tde\tnorth\ttoken\tx", "nord\tfr\tsouth\ttoken\tx"))


def test_a_word_of_the_glossary_has_one_sense(folder: Path) -> None:
    with pytest.raises(RuleError, match=r"line 4: 'sud' means .'court',. in another row"):
        Rulebook.load(replaced(folder, "glossary.tsv", "sud\thr\tcourt\tword\tx", "sud\tfr\tsouth\tword\tx"))


def test_a_word_is_of_one_tier_of_a_system(folder: Path) -> None:
    with pytest.raises(RuleError, match="line 4: 'region' is of tier 1 already"):
        Rulebook.load(replaced(folder, "divisions.tsv", "Utopian\t1\tregion state\tx", "Utopian\t2\tregion\tx"))


def test_a_division_is_a_place_type(rules: Rulebook) -> None:
    tables = (rules.place_types, rules.place_type_prefixes, rules.place_type_suffixes)
    assert [word for word in rules.divisions if not any(word in table for table in tables)] == []


def test_a_country_name_is_of_a_country(rules: Rulebook) -> None:
    assert rules.countries.issuperset(code for codes in rules.country_names.values() for code in codes)


@pytest.mark.parametrize("row", [*rows(RULES / "derivations.tsv")], ids=lambda row: row["example"])
def test_a_derivation_does_what_its_example_shows(row: Row) -> None:
    made, stem = row["example"].split("→")
    assert made.endswith(row["ending"])
    assert made.removesuffix(row["ending"]) + row["replacement"].strip("-") == stem


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "titles.tsv").unlink()
    with pytest.raises(FileNotFoundError, match=r"titles\.tsv"):
        Rulebook.load(folder)


def test_the_version_is_that_of_the_contents(folder: Path, rules: Rulebook) -> None:
    assert Rulebook.load(folder).version == rules.version
    assert len(rules.version) == 12


def test_the_version_changes_with_a_library_that_romanizes(monkeypatch: pytest.MonkeyPatch, rules: Rulebook) -> None:
    monkeypatch.setattr(rulebook, "version", lambda package: f"another {package}")
    assert Rulebook.load().version != rules.version


@pytest.mark.parametrize("table", ["countries.tsv", "place_types.tsv", "romanization/sr.tsv"])
def test_the_version_changes_with_any_table(folder: Path, rules: Rulebook, table: str) -> None:
    path = folder / table
    path.write_text(path.read_text("utf-8") + "# One more comment.\n", "utf-8")
    assert Rulebook.load(folder).version != rules.version


def test_rows_of_a_word_add_up(folder: Path) -> None:
    two = ("parish\ten\tadmin2\ttoken\tx", "parish\ten\tadmin1,city\ttoken\tx")
    loaded = Rulebook.load(replaced(folder, "place_types.tsv", *two))
    assert loaded.place_types["parish"].levels == ("admin1", "admin2", "city")
    assert not loaded.place_type_suffixes


def test_the_table_of_languages_is_up_to_date() -> None:
    assert languages.page() in languages.PAGE.read_text("utf-8"), "run python -m bench.languages"

"""From a surface form to its match keys: every step by a table of cases, and what holds for any text at all."""

from __future__ import annotations

import re
import unicodedata

import pytest
from casefile import cases
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from normalizer import rulebook
from normalizer.rulebook import Rulebook
from normalizer.terms import InvalidInput, Mention
from normalizer.text.clean import Cleaner, words
from normalizer.text.fold import Folder, skeleton
from normalizer.text.inflection import Endings
from normalizer.text.keys import KeyMaker, Step
from normalizer.text.romanize import Romanizer, _compile, script_of
from normalizer.text.structure import Structure

RULES = Rulebook.load()
CLEANER = Cleaner(RULES)
FOLDER = Folder(RULES)
ROMANIZER = Romanizer(RULES)
STRUCTURE = Structure(RULES)
EXAMPLES = [row["example"] for row in rulebook.rows(rulebook.RULES / "inflections.tsv")]
ENDINGS = {"inflections": Endings(RULES.inflections), "adjectives": Endings(RULES.adjectives)}
KEYS = KeyMaker(RULES)
PLACEHOLDERS = {CLEANER.clean(word) for word in RULES.placeholders}
TYPES = ("place", "person", "organization", "name_token")

untimed = settings(deadline=None)
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
PIECES = """
    Kursk курск область région de в из-под gen. الرئيس 北京市 서울 , ( ) - ' ß İ ſ ﬁ х̄ Ⅳ ё ў 1-я कुर्स्क กรุงเทพ
"""
names = st.lists(st.sampled_from(PIECES.split()), min_size=1, max_size=7).map(" ".join)
texts = anything | names | st.text(" ,()-_.'’ʼ", max_size=12)
types = st.sampled_from(TYPES)


def mentioned(text: str, entity_type: str | None) -> Mention:
    """Make a mention, or leave this example out when it cannot be one."""
    try:
        return Mention(text, type=entity_type)
    except InvalidInput:
        assume(False)
        raise


# Tables


@cases("clean")
def test_clean(surface: str, clean: str, words: str, why: str) -> None:
    assert CLEANER.clean(surface) == unicodedata.normalize("NFC", clean)
    assert " ".join(KEYS.of_name(surface, "organization")[0].exact.split()) == unicodedata.normalize("NFC", words)


SCRIPTS = {
    "Kursk": "Latn", "Ø": "Latn", "Суджа": "Cyrl", "Ћуприја": "Cyrl", "Αθήνα": "Grek", "Երևան": "Armn",
    "თბილისი": "Geor", "ירושלים": "Hebr", "حلب": "Arab", "کراچی": "Arab", "दिल्ली": "Deva", "ঢাকা": "Beng",
    "சென்னை": "Taml", "กรุงเทพ": "Thai", "ရန်ကုန်": "Mymr", "ភ្នំពេញ": "Khmr", "北京": "Hani", "ひろしま": "Hira",
    "グエヴォ": "Kana", "서울": "Hang", "አዲስ አበባ": "Ethi", "1-я Суджа": "Cyrl", "«Kursk»": "Latn", "2024": "Zyyy",
    "": "Zyyy", "⁂": "Zyyy",
}  # fmt: skip


@pytest.mark.parametrize(("form", "script"), SCRIPTS.items())
def test_script(form: str, script: str) -> None:
    assert script_of(form) == script


@cases("romanize")
def test_a_named_standard(standard: str, form: str, latin: str, why: str) -> None:
    assert _compile(RULES.standards[standard])(form) == latin


READINGS = {
    "sudzha": [("sudzha", "")],
    "łódź": [("lodz", "")],
    "суджа": [("sudzha", "BGN/PCGN 1947 (ru)")],
    "галич": [("galich", "BGN/PCGN 1947 (ru)"), ("halych", "KMU 2010 (uk)")],
}


@pytest.mark.parametrize(("clean", "readings"), READINGS.items())
def test_readings_name_their_standard(clean: str, readings: list[tuple[str, str]]) -> None:
    assert [tuple(reading) for reading in ROMANIZER.readings(clean)] == readings


OTHER_SCRIPTS = {"αθήνα": "athina", "თბილისი": "tbilisi", "北京": "beijing", "グエボ": "guebo", "서울": "seoul"}


@pytest.mark.parametrize(("clean", "latin"), OTHER_SCRIPTS.items())
def test_every_script_is_read(clean: str, latin: str) -> None:
    assert FOLDER.fold(ROMANIZER.readings(clean)[0].latin) == FOLDER.fold(latin)


@cases("fold")
def test_fold(a: str, b: str, same: str, why: str) -> None:
    first, second = FOLDER.fold(a), FOLDER.fold(b)
    found = "key" if first == second else "skeleton" if skeleton(first) == skeleton(second) else "none"
    assert found == same, (first, second, skeleton(first), skeleton(second))


@cases("place_types")
def test_place_type(surface: str, name: str, level: str, why: str) -> None:
    found = STRUCTURE.place_type(CLEANER.clean(surface))
    assert (found[0] if found else "") == name
    assert not found or level in found[1].levels


@cases("qualifiers")
def test_qualifier(surface: str, sense: str, name: str, why: str) -> None:
    found = STRUCTURE.translated(CLEANER.clean(surface))
    assert (found[:2] if found else ("", "")) == (sense, name)


@cases("glossary")
def test_glossary(surface: str, english: str, others: str, why: str) -> None:
    keys = KEYS.of_mention(Mention(surface, "organization"))
    found = next((key.exact for key in keys if key.step is Step.TRANSLATED), "")
    assert found == (f"{english} {others}".strip() if english else "")


@pytest.mark.parametrize(
    ("text", "name"),
    [("Rumunsku", "romania"), ("Korei Północnej", "north korea"), ("Соединённых Штатов", "united states"),
     ("Великою Британією", "great britain")],
)  # fmt: skip
def test_a_country_may_be_meant_in_english(text: str, name: str) -> None:
    keys = KEYS.of_mention(Mention(text, "place"))
    key, rule = KEYS.alternatives(keys, "place")[name]
    assert rule is None
    assert KEYS.alternative(name, key, rule).step is Step.TRANSLATED
    assert name not in KEYS.alternatives(keys, "person")


@cases("titles")
def test_title(surface: str, name: str, why: str) -> None:
    found = STRUCTURE.without_title(CLEANER.clean(surface))
    assert (found[0] if found else "") == name


@cases("prepositions")
def test_preposition(surface: str, name: str, why: str) -> None:
    found = STRUCTURE.without_prepositions(CLEANER.clean(surface))
    assert (found[-1][0] if found else "") == name


PARTS = {
    "Paris, Texas": ("paris", "texas"),
    "Sudzha, Kursk region, Russia": ("sudzha", "kursk region"),
    "Belgorod (Russia)": ("belgorod", "russia"),
    "Kursk": None,
    "Kursk (": None,
    "Kursk,": None,
    "(Kursk)": None,
}


@pytest.mark.parametrize(("surface", "parts"), PARTS.items())
def test_parts(surface: str, parts: tuple[str, str] | None) -> None:
    assert STRUCTURE.parts(CLEANER.clean(surface)) == parts


@cases("endings")
def test_ending(rules: str, word: str, form: str, why: str) -> None:
    assert form in [found for found, _ in ENDINGS[rules].alternatives(word)]


ENDINGS_ELSEWHERE = {
    "лабу": "лабуи",  # a genitive plural without ending ends in a consonant
    "аксая": "акса",  # -я after a vowel belongs to -й
    "zorawan": "zoraw",  # Finnish makes the last vowel longer
}


@pytest.mark.parametrize(("word", "form"), ENDINGS_ELSEWHERE.items())
def test_an_ending_stands_after_its_letters_alone(word: str, form: str) -> None:
    assert form not in dict(ENDINGS["inflections"].alternatives(word))


NAMES_IN_CASES = {
    "нью йорка": "нью йорк",
    "ростове на дону": "ростов на дону",
    "івано франківська": "івано франківськ",
    "великого новгорода": "великий новгород",
    "володимира зеленського": "володимир зеленський",
}


@pytest.mark.parametrize(("inflected", "nominative"), NAMES_IN_CASES.items())
def test_some_or_all_words_of_a_name_are_inflected(inflected: str, nominative: str) -> None:
    forms = [form for form, _ in ENDINGS["inflections"].forms(inflected.split())]
    assert nominative in forms
    assert inflected not in forms


def test_a_name_of_many_words_is_not_inflected() -> None:
    assert not list(ENDINGS["inflections"].forms(["суджи"] * 4))


@cases("keys")
def test_mention_keys(text: str, type: str, exact: str, step: str, why: str) -> None:
    keys = KEYS.of_mention(Mention(text, type=type or None))
    assert (exact, step) in [(key.exact, key.step.name) for key in keys]


def test_the_words_of_a_person_are_keys_of_its_names_only() -> None:
    assert "zelenskyy" in [key.exact for key in KEYS.of_name("Volodymyr Zelenskyy", "person")]
    assert "zelenskyy" not in [key.exact for key in KEYS.of_mention(Mention("Volodymyr Zelenskyy", type="person"))]


def test_a_place_type_word_marks_the_key_with_its_levels() -> None:
    full, bare = KEYS.of_name("Kursk Oblast", "place")
    assert (full.levels, bare.levels) == (0, RULES.place_types["oblast"].mask)


# What holds for any text


@untimed
@given(st.lists(st.sampled_from(EXAMPLES), max_size=6), texts)
def test_forms_that_are_folded_together_have_the_keys_that_each_has_alone(examples: list[str], text: str) -> None:
    """Examples of many scripts, each with the other words of a form in its own script."""
    forms = [form for example in examples for form in example.split("→")]
    forms += [" ".join(words(CLEANER.clean(text)))]
    together = KEYS.folded_forms(forms)
    assert together.keys() == {key for form in forms for key in keys_of_one(form)}


def keys_of_one(form: str) -> set[str]:
    """Return the folded keys of a form: all words by the first reading that their script has, or all by a later one."""
    readings = [[FOLDER.fold(latin) for latin, _ in ROMANIZER.readings(word)] for word in form.split(" ")]
    most = max(len(some) for some in readings)
    return {" ".join(some[min(number, len(some) - 1)] for some in readings) for number in range(most)}


@untimed
@given(texts)
def test_clean_is_idempotent(text: str) -> None:
    clean = CLEANER.clean(text)
    assert CLEANER.clean(clean) == clean
    assert clean == " ".join(clean.split())


@untimed
@given(texts)
def test_words_hold_no_punctuation(text: str) -> None:
    for word in words(CLEANER.clean(text)):
        assert not re.search(r"[\s,()\-_'.]", word)


@untimed
@given(texts)
def test_a_folded_key_is_of_small_letters_digits_and_single_blanks(text: str) -> None:
    for reading in ROMANIZER.readings(" ".join(words(CLEANER.clean(text)))):
        assert reading.latin.isascii()
        key = FOLDER.fold(reading.latin)
        assert re.fullmatch(r"([a-z0-9]+( [a-z0-9]+)*)?", key), key
        assert re.fullmatch(r"[a-z0-9]*", skeleton(key))


@untimed
@given(texts)
def test_case_does_not_matter(text: str) -> None:
    assume(text.upper().casefold() == text.casefold())
    assert CLEANER.clean(text.upper()) == CLEANER.clean(text)


@untimed
@given(texts, types | st.none())
@example("鷷", None)
def test_any_mention_has_keys_the_whole_form_first(text: str, entity_type: str | None) -> None:
    mention = mentioned(text, entity_type)
    assume(CLEANER.clean(text) not in PLACEHOLDERS)
    keys = KEYS.of_mention(mention)
    assert keys[0].step is Step.FULL
    assert (keys[0].written or keys[0].exact) == " ".join(words(CLEANER.clean(text)))
    distinct = {(key.exact, key.latin, key.step is Step.TITLE and not entity_type) for key in keys}
    assert len(distinct) == len(keys)
    KEYS.alternatives(keys, "place")


@untimed
@given(texts, types)
def test_index_and_query_agree(text: str, entity_type: str) -> None:
    mention = mentioned(text, entity_type)
    assume(CLEANER.clean(text) not in PLACEHOLDERS)
    full = KEYS.of_name(text, entity_type)[0]
    assert full.step is Step.FULL
    assert full == KEYS.of_mention(mention)[0]
    assert full == KEYS.of_mention(Mention(text))[0]


@untimed
@given(texts)
def test_nominatives_are_few(text: str) -> None:
    keys = KEYS.of_mention(mentioned(text, "place"))
    assert len(KEYS.alternatives(keys, "place")) <= 100 * len(keys)

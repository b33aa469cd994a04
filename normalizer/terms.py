"""The vocabulary: every word the program uses for its data, defined once, as frozen values.

`Mention`, `Name` and `Entity` check themselves when they are made, so that no later step has to: a value that exists
is a value that is well-formed. What is wrong is said as `InvalidInput(field, problem)`. Nothing here does IO, and
nothing here imports another module of the package.

>>> Mention("Суджа", country="RU").country
'RU'
>>> Mention("")
Traceback (most recent call last):
    ...
normalizer.terms.InvalidInput: text: must not be empty
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain

MAX_TEXT = 500
"""The longest surface form that is accepted, in characters."""

MAX_ID = 200
"""The longest entity id that is accepted, in characters."""

MAX_NAMES = 10_000
"""The most names of one entity."""

MAX_LISTED = 1_000
"""The most ids among the parents of an entity, or among its `same_as`, and the most co-mentions of a mention."""

MAX_FACTS = 100_000
"""The longest facts of one entity, in characters of JSON."""

MAX_FACTS_DEPTH = 30
"""How deep the facts of one entity may nest: a level takes three messages, and readers of protobuf go 100 deep."""

MAX_POPULATION = 10**11
"""The greatest number of inhabitants: ten times as many as live on Earth. Sums over all towns fit an int64."""

_NESTING = (dict, list, tuple)
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_KIND = re.compile(r"[a-z][a-z0-9_-]{0,31}\Z")
_ID = re.compile(r"\S(?:[^\n\t]*\S)?\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_LANGUAGE = re.compile(r"[A-Za-z]{1,8}(?:[-_][A-Za-z0-9]{1,8}){0,7}\Z")
_DATE = re.compile(r"[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?\Z")


class NormalizerError(Exception):
    """The root of everything this package raises on purpose. Its text says what to do next."""


class InvalidInput(NormalizerError):
    """A value a caller passed cannot be used. `field` is the name of the field, `problem` the rest of the sentence."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)  # just what it is made of: a worker process has to hand it over
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"


class UnknownEntity(NormalizerError):
    """No entity, live or retired, was ever published under this id."""


class StaleEtag(NormalizerError):
    """The entity has changed since the caller read it: read it again, then repeat the edit."""


class AlreadyExists(NormalizerError):
    """An entity with this id is already there."""


class RevisionUnavailable(NormalizerError):
    """A read asked for a revision that is not kept any more, or not there yet. Its text names the oldest that is."""


class DiskFull(NormalizerError):
    """The disk is full: nothing of the edit was kept, and reading goes on."""


class StoreUnavailable(NormalizerError):
    """The database of the store cannot be reached, or was lost while it was asked: repeat the call later."""


class GazetteerInUse(NormalizerError):
    """Another process holds the data directory for writing."""


class ReadOnly(NormalizerError):
    """The gazetteer was opened for reading, and takes no edits here."""


class GazetteerMissing(NormalizerError):
    """There is no gazetteer in the data directory."""


class ModelUnusable(NormalizerError):
    """The fitted model is damaged, or was fitted for the evidence of another version."""


class IndexUnusable(NormalizerError):
    """The compiled index is damaged, of another format, or made under other rules: it must be built again."""


class Outcome(StrEnum):
    """What a resolution decided."""

    LINKED = "LINKED"
    """One entity, at the precision that was asked for."""
    AMBIGUOUS = "AMBIGUOUS"
    """The right entity is probably among the candidates, but which one is not certain enough."""
    NIL = "NIL"
    """Probably not in the gazetteer."""


class NameKind(StrEnum):
    """How a name of an entity is used."""

    PREFERRED = "preferred"
    ALTERNATE = "alternate"
    FORMER = "former"
    ABBREVIATION = "abbreviation"
    MISSPELLING = "misspelling"
    AUTOROM = "autorom"
    """Made by a romanization program ("ku er si ke"), never written by people: kept, but not matched."""


CARD_TYPES = ("place", "person", "organization")
"""Types that may always be asked for, whether or not a gazetteer holds any."""


class State(StrEnum):
    """Where an entity is in its life. Ids of every state resolve for ever."""

    ACTIVE = "ACTIVE"
    MERGED = "MERGED"
    RETIRED = "RETIRED"


def check_text(field: str, text: str, limit: int = MAX_TEXT) -> None:
    """Raise InvalidInput unless `text` is a non-blank, well-formed string of at most `limit` characters.

    Control characters (category Cc) other than tab and line feed, and lone surrogates (Cs), are refused: no written
    name holds them, and what does hold them is a decoding error that should be seen at its source.
    """
    # Almost every text is printable. Joiners are not, but are allowed, and go through the checks below.
    if isinstance(text, str) and 0 < len(text) <= limit and text.isprintable() and not text.isspace():
        return
    if not isinstance(text, str):
        raise InvalidInput(field, f"must be text, not {type(text).__name__}")
    if not text.strip():
        raise InvalidInput(field, "must not be empty")
    if len(text) > limit:
        raise InvalidInput(field, f"must be at most {limit} characters long, this has {len(text)}")
    for position, letter in enumerate(text):
        category = unicodedata.category(letter)
        if category == "Cs":
            raise InvalidInput(field, f"has a lone surrogate U+{ord(letter):04X} at position {position}")
        if category == "Cc" and letter not in "\t\n":
            raise InvalidInput(field, f"has a control character U+{ord(letter):04X} at position {position}")


def check_type(field: str, label: str) -> None:
    """Raise InvalidInput unless `label` is a lower-case label such as ``place`` (letters, digits, underscores)."""
    if not isinstance(label, str) or not _TYPE.match(label):
        raise InvalidInput(field, f"must be a lower-case label such as place or person, not {_shown(label)}")


def check_id(field: str, entity_id: str) -> None:
    """Raise InvalidInput unless `entity_id` can be an id: no blanks around it, at most MAX_ID characters."""
    # Nearly every id ends here, as in check_text.
    is_short = isinstance(entity_id, str) and 0 < len(entity_id) <= MAX_ID
    if is_short and entity_id.isprintable() and entity_id == entity_id.strip():
        return
    if not isinstance(entity_id, str) or not _ID.match(entity_id) or len(entity_id) > MAX_ID:
        raise InvalidInput(field, f"must be an id such as geonames:538560, not {_shown(entity_id)}")
    check_text(field, entity_id, MAX_ID)


def check_country(field: str, code: str) -> None:
    """Raise InvalidInput unless `code` has the shape of an ISO 3166-1 alpha-2 code, in capitals."""
    if not isinstance(code, str) or not _COUNTRY.match(code):
        raise InvalidInput(field, f"must be an ISO 3166-1 alpha-2 code such as UA, not {_shown(code)}")


def check_language(field: str, tag: str) -> None:
    """Raise InvalidInput unless `tag` has the shape of a BCP 47 tag; underscores may join it, as in CLDR's sr_Latn."""
    if not isinstance(tag, str) or not _LANGUAGE.match(tag):
        raise InvalidInput(field, f"must be a BCP 47 tag such as uk or zh-Hant, not {_shown(tag)}")


def check_facts(facts: Mapping[str, object]) -> None:
    """Raise InvalidInput unless `facts` are values of JSON in UTF-8, not too long (MAX_FACTS) and not too deep.

    Entity leaves this to whoever reads or writes facts: it takes as long as all its other checks.
    """
    try:
        text = json.dumps(dict(facts), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput("facts", f"cannot be stored as JSON: {error}") from None
    if len(text) > MAX_FACTS:
        raise InvalidInput("facts", f"must be at most {MAX_FACTS:,} characters of JSON, these are {len(text):,}")
    if nests_deeper(dict(facts), MAX_FACTS_DEPTH):
        raise InvalidInput("facts", f"must not nest deeper than {MAX_FACTS_DEPTH} levels")


def nests_deeper(value: object, levels: int) -> bool:
    """Tell whether a value of JSON has objects and lists within one another, itself among them, on more levels.

    >>> nests_deeper({"a": [1]}, 2), nests_deeper({"a": [[]]}, 2)
    (False, True)
    """
    level = [value]
    for _ in range(levels):
        within = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, _NESTING))
        level = list(chain.from_iterable(within))
    return any(isinstance(one, _NESTING) for one in level)


def _check_kind(kind: str) -> None:
    if not isinstance(kind, str) or not _KIND.match(kind):
        rule = "a lower-case letter, then at most 31 letters, digits, underscores or hyphens"
        raise InvalidInput("kind", f"must be a label such as city or admin1 ({rule}), not {_shown(kind)}")


def _name_kind(label: object) -> NameKind:
    try:
        return NameKind(label)  # type: ignore[arg-type]
    except ValueError:
        problem = f"must be one of {', '.join(sorted(NameKind))}, not {_shown(label)}"
        raise InvalidInput("names.kind", problem) from None


def _check_date(text: str) -> None:
    try:
        if not isinstance(text, str) or not _DATE.match(text):
            raise ValueError
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        problem = f"must be an ISO 8601 date such as 2024-08-15, 2024-08 or 2024, not {_shown(text)}"
        raise InvalidInput("date", problem) from None


def _check_list(field: str, values: Sequence[object], limit: int) -> None:
    if not isinstance(values, tuple | list):
        raise InvalidInput(field, f"must be a tuple or a list, not {_shown(values)}")
    if len(values) > limit:
        raise InvalidInput(field, f"must be at most {limit:,}, these are {len(values):,}")


def _shown(value: object) -> str:
    """What was passed, short enough for a message."""
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:60]}…"


def _check_coordinates(point: tuple[float, float]) -> None:
    if not isinstance(point, tuple) or len(point) != 2:
        raise InvalidInput("coordinates", f"must be a latitude and a longitude, not {_shown(point)}")
    _check_degrees("latitude", point[0], 90)
    _check_degrees("longitude", point[1], 180)


def _check_degrees(name: str, degrees: float, limit: int) -> None:
    if isinstance(degrees, bool) or not isinstance(degrees, int | float) or not -limit <= degrees <= limit:
        raise InvalidInput("coordinates", f"{name} must be between -{limit} and {limit} degrees, not {_shown(degrees)}")


def _check_population(number: int) -> None:
    if isinstance(number, bool) or not isinstance(number, int):
        raise InvalidInput("population", f"must be a whole number, not {_shown(number)}")
    if not 0 <= number <= MAX_POPULATION:
        raise InvalidInput("population", f"must be between 0 and {MAX_POPULATION:,}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A surface form as somebody wrote it, with what is known about it. Every hint may be left out.

    `language`, `date` and `document` are carried, and no answer depends on them yet.
    Raises InvalidInput for what is malformed. Whether a type or a country exists is the gazetteer's to say.
    """

    text: str
    type: str | None = None
    """The type of entity meant: ``place``, ``person``, ``organization``, or a label of the gazetteer's own."""
    language: str | None = None
    """BCP 47 tag of the text the mention stands in (see `check_language`)."""
    country: str | None = None
    """ISO 3166-1 alpha-2: the entity probably belongs to it. Evidence, not a filter."""
    parent: str | None = None
    """Id of an entity that probably contains the one meant. Evidence, not a filter."""
    coordinates: tuple[float, float] | None = None
    """(latitude, longitude) in degrees, WGS 84, near the entity."""
    date: str | None = None
    """ISO 8601 date the mention speaks of: a day, a month or a year."""
    document: str | None = None
    """Id of the document the mention stands in, of the caller's choice; at most MAX_TEXT characters."""
    co_mentions: tuple[str, ...] = ()
    """Other surface forms of the same document, at most MAX_LISTED: evidence on where it speaks of.

    They are looked up like mentions of any type, which takes as long for each; of many, the first hundred.
    """

    def __post_init__(self) -> None:
        check_text("text", self.text)
        if self.type is not None:
            check_type("type", self.type)
        if self.country is not None:
            check_country("country", self.country)
        if self.parent is not None:
            check_id("parent", self.parent)
        if self.coordinates is not None:
            _check_coordinates(self.coordinates)
        if self.language is not None:
            check_language("language", self.language)
        if self.date is not None:
            _check_date(self.date)
        if self.document is not None:
            check_text("document", self.document)
        _check_list("co_mentions", self.co_mentions, MAX_LISTED)
        for text in self.co_mentions:
            check_text("co_mentions", text)


@dataclass(frozen=True, slots=True)
class Name:
    """One known surface form of an entity, with its provenance."""

    value: str
    language: str | None = None
    """BCP 47 tag (see `check_language`), where known."""
    kind: NameKind = NameKind.ALTERNATE
    """May be given as a text, such as ``former``."""
    source: str | None = None
    """Where the name comes from: a package and version, a document, a person's edit; at most MAX_TEXT characters."""

    def __post_init__(self) -> None:
        check_text("names.value", self.value)
        if self.language is not None:
            check_language("names.language", self.language)
        if self.source is not None:
            check_text("names.source", self.source)
        if not isinstance(self.kind, NameKind):
            object.__setattr__(self, "kind", _name_kind(self.kind))


@dataclass(frozen=True, slots=True)
class Entity:
    """A place, person, organization (or entity of a type of the gazetteer's own) with its names and facts.

    `name` is the preferred name; the store keeps it among `names`, of which there are at most MAX_NAMES. `facts` keeps
    what an import carried and this program does not interpret. `state`, `revision` and `redirect` belong to the store
    and are ignored when an entity is written.
    Raises InvalidInput for what is malformed. Whether a country exists is the rulebook's to say.
    """

    id: str
    type: str
    name: str
    names: tuple[Name, ...] = ()
    kind: str | None = None
    """Of a place: city, country, admin0 to admin3, or a feature such as ``plant``; a label of at most 32 characters."""
    country: str | None = None
    parents: tuple[str, ...] = ()
    """Ids of the entities that directly contain this one, which is none of them; at most MAX_LISTED."""
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    """Number of inhabitants, 0 to MAX_POPULATION."""
    same_as: tuple[str, ...] = ()
    """Ids of the same thing in other data sets, at most MAX_LISTED."""
    facts: Mapping[str, object] = field(default_factory=dict)
    state: State = State.ACTIVE
    redirect: str | None = None
    """The surviving id, when the state is MERGED."""
    revision: int = 0
    """The revision that last changed this entity."""

    def __post_init__(self) -> None:
        check_id("id", self.id)
        check_type("type", self.type)
        check_text("name", self.name)
        _check_list("names", self.names, MAX_NAMES)
        if self.kind is not None:
            _check_kind(self.kind)
        if self.country is not None:
            check_country("country", self.country)
        self._check_links()
        if self.latitude is not None and self.longitude is not None:
            _check_coordinates((self.latitude, self.longitude))
        elif self.latitude is not self.longitude:
            raise InvalidInput("coordinates", "latitude and longitude must be given together")
        if self.population is not None:
            _check_population(self.population)

    def _check_links(self) -> None:
        for name, ids in (("parents", self.parents), ("same_as", self.same_as)):
            _check_list(name, ids, MAX_LISTED)
            for entity_id in ids:
                check_id(name, entity_id)
        if self.id in self.parents:
            raise InvalidInput("parents", "must not hold the entity itself")

    @property
    def etag(self) -> str:
        """A token that changes whenever the entity changes; pass it back to guard an edit."""
        return f"r{self.revision}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named part of the score of a (mention, candidate)."""

    name: str
    value: float
    """The measured value, between 0 and 1 unless docs/evidence.md says otherwise of this name."""
    weight: float
    """What it added to the candidate's log-odds."""
    reason: str
    """One phrase a person can read."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a letter alignment: what the mention and the name have in one place, in Latin letters."""

    mention: str
    """As it was heard: romanized, not folded; empty for letters that only the name has."""
    name: str
    """Folded; empty for letters that only the mention has."""
    weight: float
    """What it says for the two being one name, in nats; below 0, against it."""


@dataclass(frozen=True, slots=True)
class Romanized:
    """The named standards by which a mention and a name in another script are one."""

    form: str
    """The name that they connect the mention with, as the gazetteer writes it."""
    language: str
    """BCP 47 tag of the standards."""
    standards: tuple[str, ...]
    """Their labels, as in rules/romanization/standards.tsv."""
    of_mention: bool
    """Whether it is the mention that they romanize, and not the name."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """What the answer would be if one thing more were known, or asked otherwise."""

    field: str
    """``country``, ``parent``, ``type`` or ``precision``."""
    value: str
    outcome: Outcome
    entity_id: str
    """The candidate that would be first."""
    probability: float
    reason: str
    """The whole of it in a phrase."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that may be meant, and the name that brought it."""

    entity_id: str
    type: str
    name: str
    """The preferred name of the entity."""
    matched_name: str
    """The name of the entity that came closest to the mention."""
    probability: float
    """P(this entity is the one meant), in (0, 1]. Over all candidates they sum to at most 1; the rest is NIL."""
    country: str | None = None
    kind: str | None = None
    evidence: tuple[Evidence, ...] = ()
    """Filled only when an explanation was asked for."""
    letters: tuple[Block, ...] = ()
    """Likewise, of the first candidate: which letters stand for which; empty where the form itself is known."""
    romanized: Romanized | None = None
    """Likewise, of the first candidate, where standards connect the mention with a name of it."""


@dataclass(frozen=True, slots=True)
class Versions:
    """What answered: the same mention with the same versions gets the same answer."""

    revision: int
    rulebook: str
    model: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """The answer to one mention."""

    outcome: Outcome
    entity_id: str | None
    """The entity, under LINKED; None otherwise."""
    probability: float
    """Of the first candidate; 0 when there is none."""
    candidates: tuple[Candidate, ...]
    """Up to five, best first, under every outcome."""
    why: str
    """One short sentence for people."""
    versions: Versions
    otherwise: tuple[Alternative, ...] = ()
    """Filled only when an explanation was asked for: what would have changed the answer, the likeliest first."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answer to two names side by side."""

    probability: float
    """P(they name the same), in (0, 1), if every second pair that is asked does."""
    why: str
    """One short sentence for people: how the one is like the other."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes the gazetteer, and why.

    A `request_id` makes a retry harmless: the same id is applied once, and answered again as it was the first time.
    """

    author: str
    reason: str = ""
    request_id: str | None = None

    def __post_init__(self) -> None:
        check_text("author", self.author, 200)
        if self.reason:
            check_text("reason", self.reason, 2000)
        if self.request_id is not None:
            check_text("request_id", self.request_id, 200)


class Verb(StrEnum):
    """What a change did."""

    IMPORT = "IMPORT"
    CREATE = "CREATE"
    UPDATE = "UPDATE"
    ADD_NAME = "ADD_NAME"
    REMOVE_NAME = "REMOVE_NAME"
    REPLACE_NAME = "REPLACE_NAME"
    RETIRE = "RETIRE"
    REVIVE = "REVIVE"
    MERGE = "MERGE"
    UNMERGE = "UNMERGE"
    SPLIT = "SPLIT"
    REVERT = "REVERT"


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the append-only log. `hash` covers the record and the hash of the one before it (SHA-256, hex)."""

    revision: int
    time: str
    """UTC, ISO 8601, to the microsecond."""
    verb: Verb
    entity_id: str | None
    """None for an import, and for a revert of one, which change many entities at one revision."""
    edit: Edit
    summary: str
    """What changed, in one line."""
    hash: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which an entity differs between two moments."""

    entity_id: str
    field: str
    """A field of Entity; of `names`, `parents`, `same_as` and `facts` each part that differs is one difference."""
    before: str | None
    """None: was not there."""
    after: str | None
    """None: is not there any more."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What a whole reading of a store found to be as it was written."""

    revisions: int
    hash: str
    """Of the last change; "" of an empty gazetteer."""
    versions: int
    """Of all entities, the present ones and all before them."""
    active: int
    merged: int
    retired: int

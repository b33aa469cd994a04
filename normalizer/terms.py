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

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MAX_TEXT = 500
"""The longest surface form that is accepted, in characters."""

MAX_ID = 200
"""The longest entity id that is accepted, in characters."""

_TYPE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_ID = re.compile(r"\S(?:[^\n\t]*\S)?\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")


class NormalizerError(Exception):
    """The root of everything this package raises on purpose. Its text says what to do next."""


class InvalidInput(NormalizerError):
    """A value a caller passed cannot be used. `field` is the name of the field, `problem` the rest of the sentence."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class UnknownEntity(NormalizerError):
    """No entity, live or retired, was ever published under this id."""


class StaleEtag(NormalizerError):
    """The entity has changed since the caller read it: read it again, then repeat the edit."""


class AlreadyExists(NormalizerError):
    """An entity with this id is already there."""


class GazetteerInUse(NormalizerError):
    """Another process holds the data directory for writing."""


class GazetteerMissing(NormalizerError):
    """There is no gazetteer in the data directory."""


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
    if not isinstance(text, str):
        raise InvalidInput(field, f"must be text, not {type(text).__name__}")
    if not text.strip():
        raise InvalidInput(field, "must not be empty")
    if len(text) > limit:
        raise InvalidInput(field, f"must be at most {limit} characters long, this has {len(text)}")
    if not text.isprintable():
        for position, letter in enumerate(text):
            category = unicodedata.category(letter)
            if category == "Cs":
                raise InvalidInput(field, f"has a lone surrogate U+{ord(letter):04X} at position {position}")
            if category == "Cc" and letter not in "\t\n":
                raise InvalidInput(field, f"has a control character U+{ord(letter):04X} at position {position}")


def check_type(field: str, label: str) -> None:
    """Raise InvalidInput unless `label` is a lower-case label such as ``place`` (letters, digits, underscores)."""
    if not isinstance(label, str) or not _TYPE.match(label):
        raise InvalidInput(field, f"must be a lower-case label such as place, person or organization, not {label!r}")


def check_id(field: str, entity_id: str) -> None:
    """Raise InvalidInput unless `entity_id` can be an id: no blanks around it, at most MAX_ID characters."""
    if not isinstance(entity_id, str) or not _ID.match(entity_id) or len(entity_id) > MAX_ID:
        raise InvalidInput(field, f"must be an id such as geonames:538560, not {entity_id!r}")
    check_text(field, entity_id, MAX_ID)


def check_country(field: str, code: str) -> None:
    """Raise InvalidInput unless `code` has the shape of an ISO 3166-1 alpha-2 code, in capitals."""
    if not isinstance(code, str) or not _COUNTRY.match(code):
        raise InvalidInput(field, f"must be an ISO 3166-1 alpha-2 code such as UA, not {code!r}")


def _check_coordinates(field: str, point: tuple[float, float]) -> None:
    latitude, longitude = point
    if not -90 <= latitude <= 90:
        raise InvalidInput(field, f"latitude must be between -90 and 90 degrees, not {latitude}")
    if not -180 <= longitude <= 180:
        raise InvalidInput(field, f"longitude must be between -180 and 180 degrees, not {longitude}")


@dataclass(frozen=True, slots=True)
class Mention:
    """A surface form as somebody wrote it, with what is known about it. Every hint may be left out.

    `language`, `date`, `document` and `co_mentions` are carried, and no answer depends on them yet.
    Raises InvalidInput for what is malformed. Whether a type or a country exists is the gazetteer's to say.
    """

    text: str
    type: str | None = None
    """The type of entity meant: ``place``, ``person``, ``organization``, or a label of the gazetteer's own."""
    language: str | None = None
    """BCP 47 tag of the text the mention stands in."""
    country: str | None = None
    """ISO 3166-1 alpha-2: the entity probably belongs to it. Evidence, not a filter."""
    parent: str | None = None
    """Id of an entity that probably contains the one meant. Evidence, not a filter."""
    coordinates: tuple[float, float] | None = None
    """(latitude, longitude) in degrees, WGS 84, near the entity."""
    date: str | None = None
    """ISO 8601 date the mention speaks of."""
    document: str | None = None
    """Id of the document the mention stands in."""
    co_mentions: tuple[str, ...] = ()
    """Other surface forms of the same document."""

    def __post_init__(self) -> None:
        check_text("text", self.text)
        if self.type is not None:
            check_type("type", self.type)
        if self.country is not None:
            check_country("country", self.country)
        if self.parent is not None:
            check_id("parent", self.parent)
        if self.coordinates is not None:
            _check_coordinates("coordinates", self.coordinates)


@dataclass(frozen=True, slots=True)
class Name:
    """One known surface form of an entity, with its provenance."""

    value: str
    language: str | None = None
    """BCP 47 tag, where known."""
    kind: NameKind = NameKind.ALTERNATE
    source: str | None = None
    """Where the name comes from: a package and version, a document, a person's edit."""

    def __post_init__(self) -> None:
        check_text("names.value", self.value)


@dataclass(frozen=True, slots=True)
class Entity:
    """A place, person, organization (or entity of a type of the gazetteer's own) with its names and facts.

    `name` is the preferred name; it is also among `names`. `facts` keeps what an import carried and this program does
    not interpret. `state`, `revision` and `redirect` belong to the store and are ignored when an entity is written.
    """

    id: str
    type: str
    name: str
    names: tuple[Name, ...] = ()
    kind: str | None = None
    """Of a place: city, country, admin0 to admin3, or a feature such as ``plant``."""
    country: str | None = None
    parents: tuple[str, ...] = ()
    """Ids of the entities that directly contain this one."""
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    same_as: tuple[str, ...] = ()
    """Ids of the same thing in other data sets."""
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
        if self.country is not None:
            check_country("country", self.country)
        for parent in self.parents:
            check_id("parents", parent)
        if self.latitude is not None and self.longitude is not None:
            _check_coordinates("coordinates", (self.latitude, self.longitude))
        if self.population is not None and self.population < 0:
            raise InvalidInput("population", f"must not be negative, not {self.population}")

    @property
    def etag(self) -> str:
        """A token that changes whenever the entity changes; pass it back to guard an edit."""
        return f"r{self.revision}"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One named part of the score of a (mention, candidate)."""

    name: str
    value: float
    """The measured value, in the unit that the name's row in the evidence table states."""
    weight: float
    """What it added to the candidate's log-odds."""
    reason: str
    """One phrase a person can read."""


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


@dataclass(frozen=True, slots=True)
class Edit:
    """Who changes the gazetteer, and why. A `request_id` makes a retry harmless: the same id is applied once."""

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
    RETIRE = "RETIRE"


@dataclass(frozen=True, slots=True)
class Change:
    """One record of the append-only log. `hash` covers the record and the hash of the one before it (SHA-256, hex)."""

    revision: int
    time: str
    """UTC, ISO 8601, to the microsecond."""
    verb: Verb
    entity_id: str | None
    """None for an import, which changes many entities at one revision."""
    edit: Edit
    summary: str
    """What changed, in one line."""
    hash: str

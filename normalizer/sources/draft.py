"""An entity that several sources are still adding to."""

from __future__ import annotations

from dataclasses import dataclass, field

from normalizer.sources.hygiene import fault, machine_romanized, tidy
from normalizer.sources.report import Count
from normalizer.terms import Entity, Name, NameKind


@dataclass(slots=True)
class Draft:
    """The facts of an entity and its names so far, each distinct NFC value once; the first source to give it wins.

    >>> kursk = Draft("geonames:538560", "place", "Kursk", kind="city", country="RU")
    >>> for value in ("Kursk", "Koursk", "URS", "ku er si ke"):
    ...     kursk.add(value, Count("example"))
    >>> [(name.value, str(name.kind)) for name in kursk.entity().names]
    [('Kursk', 'preferred'), ('Koursk', 'alternate'), ('ku er si ke', 'autorom')]
    """

    id: str
    type: str
    name: str
    kind: str | None = None
    country: str | None = None
    parents: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    same_as: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)
    rejected: frozenset[str] = frozenset()
    """Values that the curated tables know to be wrong for this entity."""
    names: dict[str, Name] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.name = tidy(self.name)

    def add(self, value: str, count: Count, language: str | None = None, kind: NameKind | None = None) -> None:
        """Add a name, or count why not.

        Without a kind it is an alternate. A name without a language may be a machine's; one with a language is not:
        the sources that tell the language are written by people, and some languages do without capitals.
        """
        value = tidy(value)
        if value in self.names:
            count.drop("repeated")
            return
        reason = "wrong (curated)" if value in self.rejected else fault(value, self.name)
        if reason and value != self.name:
            count.drop(reason)
            return
        autorom = not kind and not language and value != self.name and machine_romanized(value)
        kind = NameKind.AUTOROM if autorom else kind or NameKind.ALTERNATE
        self.names[value] = Name(value, language, kind, count.source)
        count.keep(autorom)

    def put(self, name: Name, count: Count) -> None:
        """Add a name as somebody has judged it. A preferred one becomes the name of the entity."""
        if name.kind is NameKind.PREFERRED:
            self.name = name.value
        self.names[name.value] = name
        count.keep(name.kind is NameKind.AUTOROM)

    def entity(self) -> Entity:
        """Return what has come together. The preferred name comes first."""
        own = self.names.get(self.name) or Name(self.name)
        first = Name(self.name, own.language, NameKind.PREFERRED, own.source)
        return Entity(
            id=self.id,
            type=self.type,
            name=self.name,
            names=(first, *(name for name in self.names.values() if name.value != self.name)),
            kind=self.kind,
            country=self.country,
            parents=self.parents,
            latitude=self.latitude,
            longitude=self.longitude,
            population=self.population,
            same_as=self.same_as,
            facts=self.facts,
        )

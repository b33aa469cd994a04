"""What the next revision makes, while an edit works on it: read through it, put into it, written as a whole.

It keeps redirects flat: whatever led to an entity that is merged now leads to the survivor at once, so that following
a redirect is one step for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from normalizer.store import log, version
from normalizer.store.database import Connection
from normalizer.store.version import Version
from normalizer.terms import Entity, InvalidInput, StaleEtag, State, UnknownEntity


class Draft:
    """The versions of one revision, in the transaction that is open."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self.revision = log.head(db)[0] + 1
        self._made: dict[str, Version] = {}

    def find(self, entity_id: str) -> Version | None:
        """Return an entity as it is now, in whatever state; None of an id that was never published."""
        return self._made.get(entity_id) or version.find(self.db, [entity_id]).get(entity_id)

    def get(self, entity_id: str, field: str = "id") -> Version:
        """Return an entity that is not merged. Raises UnknownEntity, and InvalidInput(field) for one that is."""
        current = self.find(entity_id)
        if current is None:
            raise UnknownEntity(f"there is no entity {entity_id!r}")
        if current.redirect is not None:
            raise InvalidInput(field, f"{entity_id!r} was merged into {current.redirect!r}: edit that one")
        return current

    def survivor(self, entity_id: str) -> Version:
        """Return what an id that was published leads to now, which is itself unless it is merged."""
        current = self.find(entity_id)
        assert current, "no id that was published is ever gone"
        return self.survivor(current.redirect) if current.redirect else current

    def editable(self, entity_id: str, etag: str | None, field: str = "id") -> Entity:
        """Return an active entity. Raises UnknownEntity, InvalidInput(field) and StaleEtag."""
        current = self.get(entity_id, field)
        if not current.is_active:
            raise InvalidInput(field, f"{entity_id!r} is retired and cannot be edited: revive it first")
        check_etag(current.entity, etag)
        return current.entity

    def retired(self, entity_id: str, etag: str | None) -> Entity:
        """Return a retired entity. Raises UnknownEntity, InvalidInput("id") and StaleEtag."""
        current = self.get(entity_id)
        if current.state != State.RETIRED:
            raise InvalidInput("id", f"{entity_id!r} is not retired")
        check_etag(current.entity, etag)
        return current.entity

    def put(self, entity: Entity, state: State = State.ACTIVE) -> None:
        """Make a version of an entity, instead of one that was put before."""
        self._made[entity.id] = Version.of(entity, self.revision, state)

    def put_back(self, former: Iterable[Version]) -> None:
        """Make versions like former ones. Raises InvalidInput("revision") where that would lead round in a circle."""
        # What is restored to itself comes first, so that what led to it leads to it again.
        for one in sorted(former, key=lambda one: one.redirect is not None):
            target = one.redirect and self.survivor(one.redirect).id
            if target == one.id:
                problem = f"{one.redirect!r} was merged into {one.id!r} since: unmerge it first"
                raise InvalidInput("revision", problem)
            self._made[one.id] = one._replace(revision=self.revision, redirect=target)

    def redirect(self, entity_id: str, target: str) -> None:
        """Make an entity, as it is, lead to another one that is not merged."""
        current = self.get(entity_id)
        self._made[entity_id] = current._replace(revision=self.revision, state=State.MERGED, redirect=target)

    def write(self) -> bool:
        """Write what differs from what is there, with whatever has to lead elsewhere; return whether anything does."""
        for merged in [made for made in self._made.values() if made.redirect]:
            for follower in version.leading_to(self.db, merged.id):
                again = follower._replace(revision=self.revision, redirect=merged.redirect)
                self._made.setdefault(follower.id, again)
        present = version.find(self.db, self._made)
        changed = {
            made.id: made
            for made in self._made.values()
            if made.id not in present or not made.same_content(present[made.id])
        }
        survivors_first = sorted(changed.values(), key=lambda made: made.redirect is not None)
        version.write(self.db, survivors_first, present.keys() & changed)
        return bool(changed)


def check_etag(entity: Entity, etag: str | None) -> None:
    """Raise StaleEtag unless the etag is absent or that of the entity."""
    if etag is not None and etag != entity.etag:
        raise StaleEtag(
            f"{entity.id!r} has the etag {entity.etag}, not {etag}: read the entity again, then repeat the edit"
        )

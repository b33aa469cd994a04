"""Edits that concern several entities: merge, unmerge, split, and the revert of a change. `uniting` has their rules."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter

from normalizer.store import version, view
from normalizer.store.draft import Draft, check_etag
from normalizer.store.editing import Action, no_such_name
from normalizer.store.uniting import Part, Parts, parted, parts, standing, united
from normalizer.store.version import Version
from normalizer.terms import AlreadyExists, Change, Entity, InvalidInput, Name, NameKind, State, UnknownEntity, Verb


def merge(entity_id: str, into: str, etag: str | None, into_etag: str | None) -> Action:
    """Make an entity lead to another one, which takes over its names and facts.

    Raises InvalidInput("into") for the entity itself, for one of another type, and for one that is merged or retired.
    """
    if entity_id == into:
        raise InvalidInput("into", "must be another entity")

    def perform(draft: Draft) -> str:
        other, survivor = draft.editable(entity_id, etag), draft.editable(into, into_etag, "into")
        if other.type != survivor.type:
            raise InvalidInput("into", f"{into!r} is of the type {survivor.type} and {entity_id!r} of {other.type}")
        both = united(survivor, other)
        draft.redirect(entity_id, into)
        draft.put(both)
        return (
            f"merged {other.name!r} into {into} {survivor.name!r}: {_names(len(both.names) - len(survivor.names))} more"
        )

    return Action(Verb.MERGE, entity_id, into, perform)


def unmerge(entity_id: str, etag: str | None) -> Action:
    """Undo the merge of an entity: it is as it was before, and its survivor gives back what it has from it alone.

    What had been merged into the entity before leads to it again. `etag` is that of the survivor. Raises
    InvalidInput("id") for an entity that is not merged, or whose survivor was merged into another one since.
    """

    def perform(draft: Draft) -> str:
        merged, revision = _merged(draft, entity_id)
        survivor = draft.get(str(merged.redirect))
        check_etag(survivor.entity, etag)
        released = [made for made in version.made_by(draft.db, revision) if made.redirect == survivor.id]
        before = version.find(draft.db, [made.id for made in released], revision - 1)
        draft.put_back(before.values())
        now = standing(view.View(draft.db).history(survivor.id))
        taken = now.borrowed & parts(merged.entity, survivor.id).keys()
        others = _brought(draft, survivor.id, before, now.removed)
        draft.put(parted(survivor.entity, taken, others), State(survivor.state))
        return f"unmerged from {survivor.id} {survivor.entity.name!r}"

    return Action(Verb.UNMERGE, entity_id, "", perform)


def split(entity_id: str, new_id: str, values: Sequence[str], etag: str | None) -> Action:
    """Move names of an entity to a new one, which is of its type, kind, country and parents; the first is preferred.

    Raises InvalidInput("values") for no names, InvalidInput("value") for one that the entity lacks or prefers, and
    AlreadyExists.
    """
    if not values:
        raise InvalidInput("values", "must name at least one name to move")
    wanted = set(values)

    def perform(draft: Draft) -> str:
        entity = draft.editable(entity_id, etag)
        if draft.find(new_id):
            raise AlreadyExists(f"there is an entity {new_id!r} already: choose another id")
        if entity.name in wanted:
            raise InvalidInput("values", f"{entity.name!r} is the preferred name: give the entity another one first")
        for value in values:
            if all(name.value != value for name in entity.names):
                raise InvalidInput("values", no_such_name(entity, value).problem)
        moved = [name for name in entity.names if name.value in wanted]
        draft.put(replace(entity, names=tuple(name for name in entity.names if name.value not in wanted)))
        draft.put(_separate(entity, new_id, values[0], moved))
        return f"moved {_names(len(moved))} to the new {new_id}"

    return Action(Verb.SPLIT, entity_id, json.dumps([new_id, *values]), perform)


def revert(revision: int) -> Action:
    """Undo a change: every entity that it made or changed is as it was before; one that it created is retired.

    Raises InvalidInput("revision") when there is no such change, or one of its entities was changed since.
    """

    def perform(draft: Draft) -> str:
        made = list(version.made_by(draft.db, revision))
        if not made:
            raise InvalidInput("revision", f"no change made revision {revision}; the last is {draft.revision - 1}")
        ids = [one.id for one in made]
        present, before = version.find(draft.db, ids), version.find(draft.db, ids, revision - 1)
        if later := next((one for one in present.values() if one.revision != revision), None):
            problem = f"{later.id!r} was changed again by revision {later.revision}: revert that first"
            raise InvalidInput("revision", problem)
        for one in before.values():
            if one.redirect and not present[one.id].redirect:
                _check_survivor(draft, one.id, one.redirect, revision - 1)
        draft.put_back(before.get(one.id) or one._replace(state=State.RETIRED, redirect=None) for one in made)
        return f"reverted revision {revision}"

    return Action(Verb.REVERT, None, str(revision), perform)


def _check_survivor(draft: Draft, entity_id: str, target: str, revision: int) -> None:
    """Raise InvalidInput("revision") when what an entity led to at a revision is now what none may be merged into."""
    then, now = version.find(draft.db, [target], revision)[target], draft.survivor(target)
    if then.is_active and not now.is_active:
        problem = f"{entity_id!r} would lead to {now.id!r} again, which was retired since: revive it first"
        raise InvalidInput("revision", problem)
    if then.entity.type != now.entity.type:
        problem = f"{entity_id!r} would lead to {now.id!r} again, now of the type {now.entity.type}"
        raise InvalidInput("revision", problem)


def _merged(draft: Draft, entity_id: str) -> tuple[Version, int]:
    """The present version of a merged entity, and the revision that merged it."""
    versions = version.ever(draft.db, entity_id)
    if not versions:
        raise UnknownEntity(f"there is no entity {entity_id!r}")
    if versions[-1].redirect is None:
        raise InvalidInput("id", f"{entity_id!r} is not merged")
    first = versions[_joined(versions)]
    if first.redirect != versions[-1].redirect:
        between = first.redirect
        raise InvalidInput(
            "id", f"{entity_id!r} was merged into {between!r}, which was merged later: unmerge {between!r} first"
        )
    return versions[-1], first.revision


def _joined(versions: Sequence[Version] | Sequence[Entity]) -> int:
    """Which version of a merged entity was the first that led elsewhere, and all since."""
    return next(at for at in range(len(versions), 0, -1) if versions[at - 1].redirect is None)


def _brought(draft: Draft, survivor_id: str, without: Collection[str], removed: Mapping[Part, int]) -> list[Parts]:
    """What those that were merged into a survivor bring, in the order in which they were; some are left out.

    What was merged into one of these before is among what that has.
    """
    found = []
    for one in version.leading_to(draft.db, survivor_id):
        history = view.View(draft.db).history(one.id)
        into, since = _merged_at(history)
        if into == survivor_id and one.id not in without:
            has = parts(one.entity, survivor_id)
            found.append((since, one.id, {part: has[part] for part in has if removed.get(part, 0) < since}))
    return [brought for *_, brought in sorted(found, key=itemgetter(0, 1))]


def _merged_at(history: Sequence[tuple[Change, Entity]]) -> tuple[str | None, int]:
    """What a merged entity was merged into, and by which revision. One that a revert merged again never left."""
    joined = _joined([entity for _, entity in history])
    change, entity = history[joined]
    if change.verb is Verb.REVERT and history[joined - 2][1].redirect == entity.redirect:
        return _merged_at(history[: joined - 1])
    return entity.redirect, change.revision


def _separate(entity: Entity, new_id: str, preferred: str, names: Sequence[Name]) -> Entity:
    return Entity(
        new_id,
        entity.type,
        preferred,
        names=tuple(
            replace(name, kind=NameKind.ALTERNATE) if name.kind is NameKind.PREFERRED else name for name in names
        ),
        kind=entity.kind,
        country=entity.country,
        parents=tuple(parent for parent in entity.parents if parent != new_id),
    )


def _names(count: int) -> str:
    return f"{count} {'name' if count == 1 else 'names'}"

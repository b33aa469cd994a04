"""logic-v2 of nomenklatura, the matcher of OpenSanctions: asked where the package is installed, which needs PyICU.

It compares two entities, and is no search: so it gets the names that a measure lists, and puts them into its own order.
Persons are compared as Person, everything else as LegalEntity; it reads no names of its places (Address).
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec

from bench.peers import Listed
from normalizer.evaluation.cases import Case
from normalizer.index.builder import Progress

NAME = "logic-v2"
PACKAGE = "nomenklatura"


def is_installed() -> bool:
    """Return whether it can be asked."""
    return find_spec(PACKAGE) is not None


def reordered(cases: Sequence[Case], lists: Sequence[Sequence[Listed]], progress: Progress) -> list[list[Listed]]:
    """Return the names listed for each case, scored anew, without those scored 0; equal ones stay in order."""
    from followthemoney import EntityProxy
    from nomenklatura.matching import get_algorithm

    algorithm = get_algorithm(NAME)
    if algorithm is None:
        raise SystemExit(f"this {PACKAGE} does not know {NAME}")
    config = algorithm.default_config()

    def entity(key: str, entity_type: str | None, name: str) -> EntityProxy:
        schema = "Person" if entity_type == "person" else "LegalEntity"
        return EntityProxy.from_dict({"id": key, "schema": schema, "properties": {"name": [name]}})

    found: list[list[Listed]] = []
    for case, listed in zip(cases, lists, strict=True):
        kind = case.mention.type
        asked = entity(f"case {case.id}", kind, case.mention.text)
        # It remembers names by id: each name is an entity of its own.
        names = [entity(f"{one.name.entity_id} {one.name.value}", kind, one.name.value) for one in listed]
        scored = [
            Listed(one.name, algorithm.compare(asked, name, config).score)
            for one, name in zip(listed, names, strict=True)
        ]
        found.append(sorted((one for one in scored if one.score > 0), key=lambda one: -one.score))
        progress(NAME, len(found), len(cases))
    return found

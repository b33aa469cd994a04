"""What was found lately is answered again, as long as it is true."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import replace

import pytest

from normalizer import Mention, Normalizer
from normalizer.recent import Recent
from normalizer.terms import Edit, Entity, Resolution

TEXTS = ("Kursk", "Курске", "Zelenskyi", "Qqxzwv", "Sudzha, Russia")


class Counting:
    """A matcher that counts what it is asked."""

    def __init__(self, normalizer: Normalizer, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self._match = normalizer._matcher.match
        monkeypatch.setattr(normalizer._matcher, "match", self._counted)

    def _counted(self, mentions: Sequence[Mention], *rest: object) -> object:
        self.asked += [mention.text for mention in mentions]
        return self._match(mentions, *rest)


def answers(normalizer: Normalizer, *, explain: bool = False) -> list[Resolution]:
    return normalizer.normalize([Mention(text) for text in TEXTS], explain=explain)


def test_what_comes_again_is_not_looked_up_and_answered_alike(
    normalizer: Normalizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    forgetful, remembering = (Normalizer(normalizer.gazetteer, remembered=most) for most in (0, 100))
    expected = [answers(forgetful), answers(forgetful, explain=True)]
    asked = Counting(remembering, monkeypatch)
    assert [answers(remembering), answers(remembering, explain=True)] == expected
    assert sorted(asked.asked) == sorted(TEXTS)
    strict = remembering.normalize([Mention("Kursk")], precision=0.995)
    assert strict == forgetful.normalize([Mention("Kursk")], precision=0.995)
    hinted = remembering.normalize([Mention("Kursk", country="US")])
    assert hinted == forgetful.normalize([Mention("Kursk", country="US")])
    assert asked.asked[len(TEXTS) :] == ["Kursk"]


def test_an_edit_is_seen_by_the_next_call(editable: Normalizer) -> None:
    mention = Mention("Qarryl", type="place")
    assert not editable.normalize([mention])[0].entity_id
    editable.gazetteer.create(Entity("x:1", "place", "Qarryl", kind="city"), Edit("tests", "a town"))
    assert editable.normalize([mention])[0].entity_id == "x:1"
    assert not editable.normalize([mention], revision=editable.gazetteer.revision - 1)[0].entity_id
    assert editable.normalize([mention])[0].entity_id == "x:1"


def test_what_was_asked_last_is_kept_and_goes_with_its_snapshot(normalizer: Normalizer) -> None:
    recent, snapshot = Recent(most=2), replace(normalizer.gazetteer.snapshot)
    [matches] = normalizer._matcher.match([Mention("Kursk")], snapshot, normalizer._scratch.pool, 5)
    for key in "abc":
        recent.keep(snapshot, [(key, matches)])
    assert recent.found(snapshot, "abc").keys() == {"b", "c"}
    recent.found(snapshot, "b")
    recent.keep(snapshot, [("d", matches)])
    assert recent.found(snapshot, "abcd").keys() == {"b", "d"}
    for _ in range(2):  # as when somebody pins a revision
        assert not recent.found(normalizer.gazetteer.snapshot, "abcd")
        recent.keep(normalizer.gazetteer.snapshot, [("e", matches)])
        assert recent.found(snapshot, "abcd").keys() == {"b", "d"}
    third = replace(snapshot)
    recent.keep(third, [("f", matches)])
    assert not recent.found(snapshot, "abcd")
    assert recent.found(third, "f")
    assert len(recent._found) == 2
    del third
    gc.collect()
    assert len(recent._found) == 1

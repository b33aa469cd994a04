"""Edits and answers: what was committed is what the next call finds, and a snapshot in use never changes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import copyfile, copytree, rmtree
from tempfile import TemporaryDirectory

import pytest

from normalizer.compiling import INDEX
from normalizer.gazetteer import Gazetteer
from normalizer.pipeline import Normalizer
from normalizer.store.sqlite import FILE_NAME
from normalizer.store.view import View
from normalizer.terms import (
    AlreadyExists,
    Candidate,
    Edit,
    Entity,
    GazetteerInUse,
    GazetteerMissing,
    IndexUnusable,
    Mention,
    Name,
    Outcome,
    Resolution,
    RevisionUnavailable,
    StaleEtag,
)

EDIT = Edit("tests")
SUDZHA, KURSK, KURSK_OBLAST, SUDZHA_DISTRICT = (
    "geonames:486816", "geonames:538560", "geonames:538555", "geonames:486813",
)  # fmt: skip


def ask(normalizer: Normalizer, text: str, **hints: str) -> Resolution:
    return normalizer.normalize([Mention(text, **hints)], explain=True)[0]  # type: ignore[arg-type]


def found(normalizer: Normalizer, text: str, **hints: str) -> list[str]:
    return [candidate.entity_id for candidate in ask(normalizer, text, **hints).candidates]


def candidate(normalizer: Normalizer, entity_id: str, text: str, **hints: str) -> Candidate:
    return next(one for one in ask(normalizer, text, **hints).candidates if one.entity_id == entity_id)


def evidence(normalizer: Normalizer, entity_id: str, text: str, **hints: str) -> set[str]:
    return {piece.name for piece in candidate(normalizer, entity_id, text, **hints).evidence}


# Edits


def test_an_added_name_is_found_by_the_next_call(editable: Normalizer) -> None:
    assert found(editable, "Qaxotepl") == []
    editable.gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    answer = ask(editable, "Qaxotepl")
    assert (answer.outcome, answer.entity_id) == (Outcome.LINKED, SUDZHA)
    assert answer.candidates[0].matched_name == "Qaxotepl"
    assert answer.versions.revision == editable.gazetteer.revision == 2


def test_a_removed_name_is_not_found_any_more(editable: Normalizer) -> None:
    editable.gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    editable.gazetteer.remove_name(SUDZHA, "Qaxotepl", EDIT)
    assert found(editable, "Qaxotepl") == []
    editable.gazetteer.remove_name(SUDZHA, "Soudja", EDIT)
    assert candidate(editable, SUDZHA, "Soudja").matched_name != "Soudja"
    assert "equal_form" not in evidence(editable, SUDZHA, "Soudja")


def test_a_retired_entity_is_no_answer(editable: Normalizer) -> None:
    assert SUDZHA in found(editable, "Sudzha")
    editable.gazetteer.retire(SUDZHA, EDIT)
    for text in ("Sudzha", "Суджа", "Sudzah"):
        assert SUDZHA not in found(editable, text)
    assert editable.gazetteer.get(SUDZHA).name == "Sudzha"


def test_a_created_entity_is_found_and_can_be_retired(editable: Normalizer) -> None:
    editable.gazetteer.create(Entity("t:1", "place", "Qaxotepl", kind="city", country="MX"), EDIT)
    assert candidate(editable, "t:1", "Qaxotepl").country == "MX"
    editable.gazetteer.retire("t:1", EDIT)
    assert found(editable, "Qaxotepl") == []


def test_an_update_shows_in_the_answers(editable: Normalizer) -> None:
    entity = Entity(SUDZHA, "place", "Sudzha Town", kind="admin3", country="UA")
    editable.gazetteer.update(entity, ["name", "kind", "country"], EDIT)
    shown = candidate(editable, SUDZHA, "Суджа")
    assert (shown.name, shown.kind, shown.country) == ("Sudzha Town", "admin3", "UA")
    assert found(editable, "Sudzha").count(SUDZHA) == 1, "the version in the base index is hidden"


def test_a_new_type_is_known_at_once(editable: Normalizer) -> None:
    assert "river_name" not in editable.gazetteer.snapshot.types
    editable.gazetteer.create(Entity("t:1", "river_name", "Psel"), EDIT)
    assert found(editable, "Psel", type="river_name") == ["t:1"]


def test_an_edit_that_fails_changes_nothing(editable: Normalizer) -> None:
    before = editable.gazetteer.snapshot
    with pytest.raises(AlreadyExists):
        editable.gazetteer.create(Entity(SUDZHA, "place", "Qaxotepl"), EDIT)
    with pytest.raises(StaleEtag):
        editable.gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT, etag="r99")
    assert editable.gazetteer.snapshot is before
    assert found(editable, "Qaxotepl") == []


def test_an_edit_that_cannot_be_shown_has_not_failed(
    editable: Normalizer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(View, "changed_since", lambda view, revision: 1 // 0)
        assert editable.gazetteer.create(Entity("t:1", "place", "Qaxotepl"), EDIT).revision == 2
        assert "committed, but cannot be shown" in caplog.text
        with pytest.raises(ZeroDivisionError):
            ask(editable, "Qaxotepl")
    assert found(editable, "Qaxotepl") == ["t:1"]


def test_a_snapshot_never_changes(editable: Normalizer) -> None:
    held = editable.gazetteer.snapshot
    editable.gazetteer.create(Entity("t:1", "place", "Qaxotepl"), EDIT)
    assert (held.revision, editable.gazetteer.snapshot.revision) == (1, 2)
    assert all(part.segment.ids.find("t:1") < 0 for part in held.parts)


# The delta beside the base

MENTIONS = [
    Mention("Kursk"),
    Mention("Kursk region", type="place", country="RU"),
    Mention("в Судже", type="place", parent=KURSK_OBLAST),
    Mention("région de Koursk", type="place"),
    Mention("Belovsky district", type="place", parent="geonames:1503900"),
    Mention("Zelenskyy"),
    Mention("Londn", coordinates=(51.5, -0.1)),
    Mention("Qaxotepl", type="place"),
    Mention("Moskwa"),
    Mention("Kursk Province"),
]


def test_a_rebuilt_index_gives_the_answers_of_base_and_delta(editable: Normalizer) -> None:
    gazetteer = editable.gazetteer
    gazetteer.add_name(KURSK, Name("Cursch"), EDIT)
    gazetteer.add_name(KURSK_OBLAST, Name("Kursk Province"), EDIT)
    gazetteer.add_name("normalizer:zelenskyy", Name("Selenski"), EDIT)
    gazetteer.create(Entity("t:1", "place", "Qaxotepl", kind="city", parents=(SUDZHA_DISTRICT,)), EDIT)
    gazetteer.retire("geonames:5601538", EDIT)
    before = editable.normalize(MENTIONS)
    editable.close()
    Gazetteer.rebuild(gazetteer.directory).close()
    with Normalizer.open(gazetteer.directory) as rebuilt:
        same_answers(before, rebuilt.normalize(MENTIONS))


def same_answers(before: Sequence[Resolution], after: Sequence[Resolution], within: float = 1e-4) -> None:
    for old, new in zip(before, after, strict=True):
        assert (new.outcome, new.entity_id, new.why) == (old.outcome, old.entity_id, old.why)
        assert [one.entity_id for one in new.candidates] == [one.entity_id for one in old.candidates]
        assert new.probability == pytest.approx(old.probability, abs=within)


def test_a_hint_of_a_parent_or_grandparent_agrees_in_the_delta(editable: Normalizer) -> None:
    village = Entity("t:1", "place", "Qaxotepl", kind="city", country="RU", parents=(SUDZHA_DISTRICT,))
    editable.gazetteer.create(village, EDIT)
    for parent in (SUDZHA_DISTRICT, KURSK_OBLAST, "t:1"):
        assert "parent_agrees" in evidence(editable, "t:1", "Qaxotepl", parent=parent)
    assert "parent_contradicts" in evidence(editable, "t:1", "Qaxotepl", parent="geonames:692196")


def test_a_hint_of_a_parent_or_grandparent_agrees_in_the_base(normalizer: Normalizer) -> None:
    for parent in (SUDZHA_DISTRICT, KURSK_OBLAST):
        assert "parent_agrees" in evidence(normalizer, "normalizer:guevo", "Guevo", parent=parent)
    assert "parent_contradicts" in evidence(normalizer, "normalizer:guevo", "Guevo", parent="geonames:692196")


# Regions and the towns they are named after


def test_a_region_answers_to_a_name_of_its_town(normalizer: Normalizer) -> None:
    assert "name_namesake" in evidence(normalizer, "geonames:687699", "Saporischschja region", type="place")
    assert found(normalizer, "Saporischschja region", type="place")[0] == "geonames:687699"


def test_a_changed_region_still_answers_to_it(editable: Normalizer) -> None:
    editable.gazetteer.add_name("geonames:687699", Name("Region Qaxotepl"), EDIT)
    assert found(editable, "Saporischschja region", type="place")[0] == "geonames:687699"
    assert "name_namesake" in evidence(editable, "geonames:687699", "Saporischschja region", type="place")


def test_a_region_forgets_a_name_that_its_town_lost(editable: Normalizer) -> None:
    region, town = "geonames:687699", "geonames:687700"
    assert region in found(editable, "Saporischschja region", type="place")
    editable.gazetteer.remove_name(town, "Saporischschja", EDIT)
    candidates = ask(editable, "Saporischschja region", type="place").candidates
    assert all(one.matched_name != "Saporischschja" for one in candidates)
    editable.gazetteer.add_name(town, Name("Qaxotepl"), EDIT)
    assert found(editable, "Qaxotepl region", type="place")[0] == region


def test_a_new_region_answers_to_a_name_of_a_new_town(editable: Normalizer) -> None:
    region = Entity("t:1", "place", "Ostraq Oblast", kind="admin1", country="RU")
    town = Entity("t:2", "place", "Ostraq", (Name("Ostraq"), Name("Wizobul")), kind="city", parents=("t:1",))
    for entity in (region, town):
        editable.gazetteer.create(entity, EDIT)
    assert found(editable, "Wizobul region", type="place")[0] == "t:1"
    assert found(editable, "Wizobul", type="place")[0] == "t:2"


# Merged ids and past revisions


def test_a_merged_entity_is_found_under_its_survivor(editable: Normalizer) -> None:
    editable.gazetteer.create(Entity("t:1", "place", "Qaxotepl", kind="city", country="RU"), EDIT)
    survivor = editable.gazetteer.merge("t:1", SUDZHA, EDIT)
    assert survivor.id == editable.gazetteer.get("t:1").id == SUDZHA
    answer = ask(editable, "Qaxotepl")
    assert (answer.outcome, answer.entity_id, answer.versions.revision) == (Outcome.LINKED, SUDZHA, 3)
    editable.gazetteer.unmerge("t:1", EDIT)
    assert found(editable, "Qaxotepl") == ["t:1"]
    editable.gazetteer.split(SUDZHA, "t:2", ["Суджа"], EDIT)
    assert "t:2" in found(editable, "Суджа")
    editable.gazetteer.revert(5, EDIT)
    assert "t:2" not in found(editable, "Суджа")


def within(normalizer: Normalizer, entity_id: str, text: str, parent: str) -> bool:
    """Whether a hint that names a parent agrees with an entity."""
    return "parent_agrees" in evidence(normalizer, entity_id, text, parent=parent)


def test_a_merged_parent_is_as_good_a_hint_as_its_survivor(editable: Normalizer) -> None:
    guevo, gazetteer = "normalizer:guevo", editable.gazetteer
    gazetteer.create(Entity("t:1", "place", "Qaxotepl District", kind="admin2", country="RU"), EDIT)
    gazetteer.create(Entity("t:2", "place", "Qaxotepl", kind="city", parents=("t:1",)), EDIT)
    assert not within(editable, guevo, "Guevo", "t:1")
    gazetteer.merge(SUDZHA_DISTRICT, "t:1", EDIT)
    for _ in range(2):
        assert within(editable, guevo, "Guevo", SUDZHA_DISTRICT), "which lies in what was merged"
        assert within(editable, guevo, "Guevo", "t:1")
        assert within(editable, "t:2", "Qaxotepl", SUDZHA_DISTRICT), "which lies in the survivor"
        gazetteer.refresh()
    gazetteer.unmerge(SUDZHA_DISTRICT, EDIT)
    assert within(editable, guevo, "Guevo", SUDZHA_DISTRICT)
    assert not within(editable, guevo, "Guevo", "t:1")
    assert not within(editable, "t:2", "Qaxotepl", SUDZHA_DISTRICT)


def test_an_index_compiled_after_a_merge_knows_the_survivor(editable: Normalizer) -> None:
    gazetteer, guevo = editable.gazetteer, "normalizer:guevo"
    gazetteer.create(Entity("t:1", "place", "Qaxotepl District", kind="admin2", country="RU"), EDIT)
    gazetteer.merge(SUDZHA_DISTRICT, "t:1", EDIT)
    editable.close()
    Gazetteer.rebuild(gazetteer.directory).close()
    with Normalizer.open(gazetteer.directory, write=True) as rebuilt:
        assert not rebuilt.gazetteer.snapshot.delta.changed
        assert within(rebuilt, guevo, "Guevo", SUDZHA_DISTRICT)
        assert within(rebuilt, guevo, "Guevo", "t:1")
        rebuilt.gazetteer.unmerge(SUDZHA_DISTRICT, EDIT)
        assert within(rebuilt, guevo, "Guevo", SUDZHA_DISTRICT)
        assert not within(rebuilt, guevo, "Guevo", "t:1")
        rebuilt.gazetteer.verify()


def test_a_read_may_pin_a_revision(editable: Normalizer) -> None:
    gazetteer = editable.gazetteer
    before = editable.normalize(MENTIONS)
    gazetteer.add_name(KURSK, Name("Cursch"), EDIT)
    gazetteer.create(Entity("t:1", "place", "Qaxotepl", kind="city", parents=(SUDZHA_DISTRICT,)), EDIT)
    gazetteer.retire("geonames:5601538", EDIT)
    gazetteer.merge(SUDZHA, "t:1", EDIT)
    after = editable.normalize(MENTIONS)
    assert [one.entity_id for one in after] != [one.entity_id for one in before]
    for _ in range(2):
        same_answers(before, editable.normalize(MENTIONS, revision=1), within=1e-6)
    assert [one.versions.revision for one in editable.normalize(MENTIONS, revision=3)] == [3] * len(MENTIONS)
    assert editable.normalize(MENTIONS, revision=5) == after
    assert gazetteer.get(SUDZHA, 4).id == SUDZHA
    assert gazetteer.get(SUDZHA).id == "t:1"
    for revision in (6, 99):
        with pytest.raises(RevisionUnavailable, match=f"revision {revision} is not there yet; the newest is 5"):
            editable.normalize(MENTIONS, revision=revision)


def test_how_many_revisions_are_kept_is_configurable(own_gazetteer: Path) -> None:
    with Normalizer.open(own_gazetteer, write=True, kept=2) as normalizer:
        for number in range(4):
            normalizer.gazetteer.add_name(SUDZHA, Name(f"Qaxotepl {number}"), EDIT)
        assert normalizer.gazetteer.oldest == 3
        assert normalizer.normalize(MENTIONS, revision=3)
        with pytest.raises(
            RevisionUnavailable, match="revision 2 is not kept; the oldest available is 3, the newest 5"
        ):
            normalizer.normalize(MENTIONS, revision=2)


def test_a_gazetteer_is_verified_with_its_index(editable: Normalizer, own_gazetteer: Path) -> None:
    editable.gazetteer.add_name(KURSK, Name("Cursch"), EDIT)
    proof = editable.gazetteer.verify()
    assert (proof.revisions, proof.merged, proof.retired) == (2, 0, 0)
    assert proof.active + 1 == proof.versions
    array = next((own_gazetteer / INDEX).glob("*/*-place/values.blob.npy"))
    array.write_bytes(array.read_bytes()[:-1] + b"?")
    with pytest.raises(IndexUnusable, match="gazetteer rebuild"):
        editable.gazetteer.verify()


# Processes


def test_a_reader_sees_what_a_writer_committed(editable: Normalizer, own_gazetteer: Path) -> None:
    with Normalizer.open(own_gazetteer) as reader:
        assert found(reader, "Qaxotepl") == []
        editable.gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
        assert found(reader, "Qaxotepl")[0] == SUDZHA
        assert reader.gazetteer.revision == 2


def test_a_reader_takes_over_an_index_written_meanwhile(own_gazetteer: Path) -> None:
    with Normalizer.open(own_gazetteer) as reader:
        Gazetteer.build(own_gazetteer, [Entity("t:1", "place", "Qaxotepl")], EDIT).close()
        assert found(reader, "Qaxotepl") == ["t:1"]
        assert not reader.gazetteer.snapshot.delta.changed, "it is in the base, not in a delta of the whole import"


def test_a_snapshot_is_of_one_revision(editable: Normalizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that comes while a snapshot is made is in it wholly or not at all, as its revision says."""
    editing, read, late = editable.gazetteer, View.changed_since, [Name("Qaxotepl")]

    def changed_since(view: View, revision: int) -> list[Entity]:
        if late:
            editing.add_name(SUDZHA, late.pop(), EDIT)
        return read(view, revision)

    with Normalizer.open(editing.directory) as reader:
        editing.add_name(KURSK, Name("Wizobul"), EDIT)
        monkeypatch.setattr(View, "changed_since", changed_since)
        answer = ask(reader, "Qaxotepl")
        assert (answer.candidates, answer.versions.revision) == ((), 2)
        assert (found(reader, "Qaxotepl")[0], reader.gazetteer.revision) == (SUDZHA, 3)


def test_edits_outlive_the_process(editable: Normalizer, own_gazetteer: Path) -> None:
    editable.gazetteer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    editable.gazetteer.retire("geonames:5601538", EDIT)
    editable.close()
    with Normalizer.open(own_gazetteer) as reopened:
        assert found(reopened, "Qaxotepl")[0] == SUDZHA
        assert "geonames:5601538" not in found(reopened, "Moscow")


def test_a_second_writer_is_refused(editable: Normalizer, own_gazetteer: Path) -> None:
    with pytest.raises(GazetteerInUse):
        Gazetteer.open(own_gazetteer, write=True)


def test_an_empty_directory_is_no_gazetteer(tmp_path: Path) -> None:
    with pytest.raises(GazetteerMissing):
        Gazetteer.open(tmp_path)


def test_a_gazetteer_with_a_damaged_index_opens_after_a_rebuild(own_gazetteer: Path) -> None:
    (own_gazetteer / INDEX / "manifest.json").write_text("{}")
    with pytest.raises(IndexUnusable, match="gazetteer rebuild"):
        Gazetteer.open(own_gazetteer, write=True)
    Gazetteer.rebuild(own_gazetteer).close()
    with Normalizer.open(own_gazetteer) as rebuilt:
        assert found(rebuilt, "Sudzha")[0] == SUDZHA


def with_another_index(directory: Path) -> None:
    other = directory.parent / "other"
    Gazetteer.build(other, [Entity("t:1", "place", "Qaxotepl")], EDIT).close()
    rmtree(directory / INDEX)
    copytree(other / INDEX, directory / INDEX)


def with_an_older_store(directory: Path) -> None:
    copyfile(directory / FILE_NAME, directory / "backup")
    Gazetteer.build(directory, [Entity("t:1", "place", "Qaxotepl")], EDIT).close()
    (directory / "backup").replace(directory / FILE_NAME)


@pytest.mark.parametrize("rebuilt", [False, True], ids=["the index is older than the backup", "and newer"])
def test_who_reads_while_a_backup_is_restored_goes_on_with_that(own_gazetteer: Path, rebuilt: bool) -> None:
    backup = own_gazetteer.parent / "backup"
    with Gazetteer.open(own_gazetteer, write=True) as writer:
        writer.backup(backup)
        writer.add_name(SUDZHA, Name("Qaxotepl"), EDIT)
    if rebuilt:
        Gazetteer.rebuild(own_gazetteer).close()
    with Normalizer.open(own_gazetteer) as reader:
        assert (found(reader, "Qaxotepl")[0], reader.gazetteer.revision) == (SUDZHA, 2)
        Gazetteer.restore(own_gazetteer, backup, replace=True).close()
        reader.gazetteer.refresh()
        assert (found(reader, "Qaxotepl"), found(reader, "Sudzha")[0]) == ([], SUDZHA)
        with Gazetteer.open(own_gazetteer, write=True) as writer:
            writer.add_name(SUDZHA, Name("Wizobul"), EDIT)
        reader.gazetteer.refresh()
        assert found(reader, "Wizobul")[0] == SUDZHA
        assert "Qaxotepl" not in [name.value for name in reader.gazetteer.get(SUDZHA).names]


def test_who_reads_is_told_of_a_restored_log_of_the_same_length(own_gazetteer: Path) -> None:
    backup = own_gazetteer.parent / "backup"

    def add(*values: str) -> None:
        with Gazetteer.open(own_gazetteer, write=True) as writer:
            for value in values:
                writer.add_name(SUDZHA, Name(value), EDIT)

    with Gazetteer.open(own_gazetteer) as gazetteer:
        gazetteer.backup(backup)
    add("Qaxotepl", "Wizobul")
    with Normalizer.open(own_gazetteer) as reader:
        assert reader.normalize([Mention("Qaxotepl")], revision=2)[0].entity_id == SUDZHA
        Gazetteer.restore(own_gazetteer, backup, replace=True).close()
        add("Ostraq", "Belivenko")
        reader.gazetteer._look_after = 0.0  # as after four milliseconds
        assert (found(reader, "Wizobul"), found(reader, "Ostraq")[0], reader.gazetteer.revision) == ([], SUDZHA, 3)
        at_2 = reader.normalize([Mention("Qaxotepl"), Mention("Ostraq")], revision=2)
        assert [one.entity_id for one in at_2] == [None, SUDZHA], "nothing is left of what was pinned before"


@pytest.mark.parametrize("exchange", [with_another_index, with_an_older_store])
def test_an_index_of_another_store_is_refused(own_gazetteer: Path, exchange: Callable[[Path], None]) -> None:
    exchange(own_gazetteer)
    with pytest.raises(IndexUnusable, match=r"not compiled from the store beside it.*gazetteer rebuild"):
        Gazetteer.open(own_gazetteer)
    Gazetteer.rebuild(own_gazetteer).close()
    with Normalizer.open(own_gazetteer) as rebuilt:
        assert (found(rebuilt, "Sudzha")[0], found(rebuilt, "Qaxotepl")) == (SUDZHA, [])


def test_building_again_adds_and_replaces(own_gazetteer: Path) -> None:
    Gazetteer.build(own_gazetteer, [Entity("t:1", "place", "Qaxotepl")], EDIT).close()
    with Normalizer.open(own_gazetteer) as larger:
        assert found(larger, "Qaxotepl") == ["t:1"]
        assert found(larger, "Sudzha")[0] == SUDZHA


# Rights

UNPRIVILEGED = """
import os
from pathlib import Path
from normalizer import Mention, Normalizer
with Normalizer.open({copy!r}) as warm:
    warm.normalize([Mention("Sudzha"), Mention("Sudzah")])
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
with Normalizer.open({directory!r}) as normalizer:
    print(normalizer.normalize([Mention("Sudzha")])[0].candidates[0].entity_id)
    print(normalizer.normalize([Mention("Sudzah")])[0].candidates[0].entity_id)
"""
"""Root may write everywhere: give that up, after loading what only root may be able to read."""


def test_a_directory_that_cannot_be_written_can_be_read(own_gazetteer: Path) -> None:
    with TemporaryDirectory() as name:
        directory = copytree(own_gazetteer, Path(name) / "gazetteer")
        Path(name).chmod(0o755)
        Gazetteer.rebuild(directory).close()
        assert not (directory / f"{FILE_NAME}-wal").exists()
        directory.chmod(0o555)
        code = UNPRIVILEGED.format(copy=str(own_gazetteer), directory=str(directory))
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        directory.chmod(0o755)
    assert done.stdout == f"{SUDZHA}\n{SUDZHA}\n", done.stderr


def test_an_index_has_the_rights_of_any_new_file(own_gazetteer: Path) -> None:
    (own_gazetteer / "plain").mkdir()
    (own_gazetteer / "plain" / "file").touch()
    usual = [(own_gazetteer / path).stat().st_mode for path in ("plain", "plain/file")]
    Gazetteer.rebuild(own_gazetteer).close()
    for path in (own_gazetteer / INDEX).rglob("*"):
        assert path.stat().st_mode == usual[path.is_file()], path

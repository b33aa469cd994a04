"""The commands that change, tell and keep what a gazetteer was: over a small real one."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bench.postgresql_server import Server
from normalizer.cli import entity_text
from normalizer.cli.main import cli
from normalizer.gazetteer import Gazetteer
from normalizer.matching.model import MODEL
from normalizer.mention_log import MentionLog
from normalizer.pipeline import Normalizer
from normalizer.rulebook import RULES
from normalizer.store import Store
from normalizer.store.place import Place
from normalizer.terms import Edit, Entity, InvalidInput, Mention, Name, NameKind

SMALL = Path(__file__).parent / "data" / "small.jsonl"
SUDZHA, KURSK = "geonames:486816", "geonames:538560"


def run(where: Place | Path, *arguments: str, code: int = 0, **environment: str) -> Result:
    place = Place.at(where)
    there = {"NORMALIZER_DATA": str(place.directory), "NORMALIZER_STORE": place.store}
    result = CliRunner().invoke(cli, ["gazetteer", *arguments], env={**there, **environment}, prog_name="normalizer")
    assert result.exit_code == code, result.output
    return result


def told(where: Place | Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(where, *arguments, "--json").stdout.splitlines()]


def test_a_merge_and_its_undoing(own_gazetteer: Path) -> None:
    (before,) = told(own_gazetteer, "show", SUDZHA)
    (survivor,) = told(own_gazetteer, "merge", SUDZHA, KURSK, "--reason", "they are one", "--request-id", "m")
    assert survivor["id"] == KURSK
    assert {name["value"] for name in before["names"]} <= {name["value"] for name in survivor["names"]}
    assert told(own_gazetteer, "show", SUDZHA) == [{**survivor, "merged_from": SUDZHA}]
    assert told(own_gazetteer, "show", KURSK) == [survivor]
    assert re.search(f"^merged into it +{SUDZHA}$", run(own_gazetteer, "show", SUDZHA).stdout, re.M)
    assert "merged" not in run(own_gazetteer, "show", KURSK).stdout
    assert told(own_gazetteer, "merge", SUDZHA, KURSK, "--reason", "they are one", "--request-id", "m") == [survivor]
    assert told(own_gazetteer, "show", SUDZHA, "--revision", "1") == [before]
    assert f"{KURSK}' has the etag r2, not r1" in run(own_gazetteer, "unmerge", SUDZHA, "--etag", "r1", code=1).stderr
    assert told(own_gazetteer, "unmerge", SUDZHA, "--etag", survivor["etag"]) == [{**before, "etag": "r3"}]
    lines = run(own_gazetteer, "history", SUDZHA).stdout.splitlines()
    assert [line.split()[2] for line in lines[1:] if line[:1].strip()] == ["IMPORT", "MERGE", "UNMERGE"]
    assert any("redirect" in line and KURSK in line for line in lines)
    assert told(own_gazetteer, "diff", "1", "3") == []
    for arguments in (["diff", "1", "3"], ["log", "--after", "99"]):
        nothing = run(own_gazetteer, *arguments)
        assert (nothing.stdout, nothing.stderr) == ("", "there is nothing to show\n")
    assert {"entity_id": SUDZHA, "field": "state", "before": "ACTIVE", "after": "MERGED"} in told(
        own_gazetteer, "diff", "1", "2"
    )


def test_split_replace_retire_revive_revert(own_gazetteer: Path) -> None:
    rest, new = told(own_gazetteer, "split", SUDZHA, "x:new", "Soudja", "Суджа")
    assert (rest["id"], new["name"], len(new["names"])) == (SUDZHA, "Soudja", 2)
    (replaced,) = told(own_gazetteer, "replace-name", SUDZHA, "Sudzha", "Sudja", "--language", "en")
    assert replaced["name"] == "Sudja"
    run(own_gazetteer, "retire", SUDZHA)
    run(own_gazetteer, "revive", SUDZHA)
    assert "reverted revision 3" in run(own_gazetteer, "revert", "5", code=0).stdout.replace("5", "3")
    changes = told(own_gazetteer, "log", "--last", "2")
    assert [change["verb"] for change in changes] == ["REVIVE", "REVERT"]
    (proof,) = told(own_gazetteer, "verify")
    assert (proof["revisions"], proof["retired"], proof["merged"]) == (6, 1, 0)
    assert run(own_gazetteer, "verify").stdout.startswith(
        "whole: 6 revisions, 61 active, 0 merged and 1 retired entities"
    )


def test_an_entity_is_created_and_updated(own_gazetteer: Path) -> None:
    names = ["--name", "Каксотепль:ru", "--name", "Qaxotepl:en", "--name", "Qaxo: tepl"]
    facts = ["--kind", "city", "--country", "RU", "--parent", KURSK, "--population", "7", "--coordinates", "-1.5,35"]
    words = ["create", "x:1", "Qaxotepl", "--type", "place", *names, *facts, "--request-id", "R1"]
    (created,) = told(own_gazetteer, *words)
    assert told(own_gazetteer, *words) == [created]
    assert told(own_gazetteer, "show", "x:1") == [created]
    assert (created["state"], created["etag"]) == ("ACTIVE", "r2")
    assert {
        "id": "x:1", "type": "place", "name": "Qaxotepl",
        "names": [{"value": "Каксотепль", "lang": "ru"}, {"value": "Qaxotepl", "lang": "en", "kind": "preferred"},
                  {"value": "Qaxo: tepl"}],
        "kind": "city", "country": "RU", "parents": [KURSK], "population": 7, "lat": -1.5, "lon": 35.0,
    }.items() <= created.items()  # fmt: skip
    for given, changed in (
        (["--country", "UA"], {"country": "UA"}),
        (["--parent", SUDZHA, "--parent", "x:2"], {"parents": [SUDZHA, "x:2"]}),
        (["--coordinates", "1,2", "--population", "0"], {"lat": 1.0, "lon": 2.0, "population": 0}),
        (["--name", "Q:fr"], {"names": [{"value": "Qaxotepl", "kind": "preferred"}, {"value": "Q", "lang": "fr"}]}),
        (["--type", "organization", "--kind", "plant"], {"type": "organization", "kind": "plant"}),
    ):
        (after,) = told(own_gazetteer, "update", "x:1", *given, "--etag", created["etag"])
        assert after == {**created, **changed, "etag": after["etag"]} != {**created, **changed}, given
        created = after
    assert "updated kind, type" in run(own_gazetteer, "log", "--last", "1").stdout
    run(own_gazetteer, "merge", SUDZHA, KURSK)
    assert f"ID: '{SUDZHA}' was merged into" in run(own_gazetteer, "update", SUDZHA, "--kind", "city", code=1).stderr


def test_what_was_shown_is_imported_without_its_standing(own_gazetteer: Path, tmp_path: Path) -> None:
    run(own_gazetteer, "merge", SUDZHA, KURSK)
    file, new = tmp_path / "shown.jsonl", tmp_path / "new"
    shown = run(own_gazetteer, "show", SUDZHA, "--json").stdout
    file.write_text(shown + '{"id": "x:1", "type": "place", "name": "Austin", "state": "Texas"}\n', "utf-8")
    run(new, "import", "jsonl", str(file))
    (entity,) = told(new, "show", KURSK)
    assert {**entity, "merged_from": SUDZHA} == {**json.loads(shown), "etag": "r1"}
    assert "etag" not in run(new, "history", KURSK, "--json").stdout
    assert "Texas" in run(new, "show", "x:1").stdout


def test_a_short_history_tells_what_each_change_changed(own_gazetteer: Path) -> None:
    for name in ("Qaxotepl", "Wizobul"):
        run(own_gazetteer, "add-name", SUDZHA, name)
    whole = told(own_gazetteer, "history", SUDZHA)
    assert [part["after"] for part in whole[-1]["differences"]] == ["Wizobul"]
    assert [told(own_gazetteer, "history", SUDZHA, "--limit", str(most)) for most in (1, 3)] == [whole[-1:], whole]


def test_a_log_is_followed(own_place: Place) -> None:
    command = [sys.executable, "-m", "normalizer.cli.main", "gazetteer", "log", "--follow", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=own_place.environment) as following:
        assert following.stdout is not None
        verbs = [json.loads(following.stdout.readline())["verb"]]
        run(own_place, "add-name", SUDZHA, "Qaxotepl")
        verbs.append(json.loads(following.stdout.readline())["verb"])
        following.terminate()
    assert verbs == ["IMPORT", "ADD_NAME"]


@pytest.mark.parametrize("command", [["rebuild"], ["add-name", SUDZHA, "Qaxotepl"], ["verify"]])
def test_what_is_no_gazetteer_becomes_none(tmp_path: Path, command: list[str]) -> None:
    assert "build one with `normalizer gazetteer init`" in run(tmp_path / "typo", *command, code=1).stderr
    assert not [*tmp_path.iterdir()]
    Store.open(tmp_path / "begun", write=True).close()
    assert "has no entity yet: build it with" in run(tmp_path / "begun", *command, code=1).stderr


def test_a_backup_of_another_gazetteer_is_not_replaced(own_gazetteer: Path, tmp_path: Path) -> None:
    other = copytree(own_gazetteer, tmp_path / "other")
    for directory, name in ((own_gazetteer, "Qaxotepl"), (other, "Wizobul")):
        run(directory, "add-name", SUDZHA, name)
    file = str(tmp_path / "monday.sqlite")
    run(own_gazetteer, "backup", file)
    run(own_gazetteer, "add-name", SUDZHA, "Ostraq")
    run(other, "add-name", SUDZHA, "Ostraq")
    assert "is a backup of another gazetteer" in run(other, "backup", file, code=1).stderr
    assert "holds revision 3" in run(own_gazetteer, "backup", file).stdout


def test_a_log_is_not_followed_into_another_one(own_gazetteer: Path, tmp_path: Path) -> None:
    run(own_gazetteer, "backup", str(tmp_path / "backup"))
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl")
    command = [
        sys.executable,
        "-m",
        "normalizer.cli.main",
        "gazetteer",
        "log",
        "--follow",
        "--data",
        str(own_gazetteer),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as following:
        assert following.stdout is not None
        while "ADD_NAME" not in following.stdout.readline():
            pass
        run(own_gazetteer, "restore", str(tmp_path / "backup"), "--replace")
        _, said = following.communicate(timeout=60)
    assert following.returncode == 1
    assert "revision 2 is not the one that was shown: a backup was restored" in said


def test_a_backup_is_restored(own_gazetteer: Path, tmp_path: Path) -> None:
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl")
    file = tmp_path / "monday.sqlite"
    assert "holds revision 2 (61 active entities), verified" in run(own_gazetteer, "backup", str(file)).stdout
    assert list(tmp_path.glob(".*")) == []
    run(own_gazetteer, "retire", SUDZHA)
    run(own_gazetteer, "restore", str(file), code=1)
    assert "is at revision 2" in run(own_gazetteer, "restore", str(file), "--replace").stdout
    assert told(own_gazetteer, "show", SUDZHA) == told(own_gazetteer, "show", SUDZHA, "--revision", "2")
    (aside,) = own_gazetteer.glob("gazetteer.sqlite.2*")
    assert run(tmp_path / "new", "restore", str(aside)).exit_code == 0
    assert told(tmp_path / "new", "verify")[0]["revisions"] == 3
    damaged = bytearray(file.read_bytes())
    damaged[damaged.index(b"Qaxotepl")] = ord("X")
    file.write_bytes(damaged)
    assert "no whole backup (the gazetteer was altered" in run(tmp_path / "other", "restore", str(file), code=1).stderr
    nowhere = run(own_gazetteer, "backup", str(tmp_path / "no" / "file"), code=1)
    assert f"there is no directory {tmp_path / 'no'}" in nowhere.stderr
    assert not (tmp_path / "other" / "gazetteer.sqlite").exists()


def test_a_backup_replaces_no_file_of_a_gazetteer(own_gazetteer: Path, tmp_path: Path) -> None:
    run(own_gazetteer, "backup", str(tmp_path / "backup"))
    run(tmp_path / "other", "restore", str(tmp_path / "backup"))
    for name in ("gazetteer.sqlite", "gazetteer.sqlite-wal", "writer.lock", "index/manifest.json"):
        for writer in (own_gazetteer, tmp_path / "other"):
            said = run(writer, "backup", str(own_gazetteer / name), code=1).stderr
            assert "choose another file" in said, name
    assert "whole: 1 revisions" in run(own_gazetteer, "verify").stdout


def test_a_backup_replaces_backups_alone(own_gazetteer: Path, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for content in ("precious", "precious" * 1000):
        file.write_text(content)
        assert "is no backup: choose another file" in run(own_gazetteer, "backup", str(file), code=1).stderr
        assert file.read_text() == content
    file.write_bytes(b"")
    for revision in (1, 2):
        assert f"holds revision {revision} " in run(own_gazetteer, "backup", str(file)).stdout
        run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl")


def test_a_gazetteer_moves_to_postgresql_and_back(own_gazetteer: Path, postgresql: Server, tmp_path: Path) -> None:
    file, there = tmp_path / "monday.sqlite", Place(tmp_path / "there", postgresql.new())
    run(own_gazetteer, "backup", str(file))
    said = run(there, "restore", str(file)).stdout
    assert said.startswith("the gazetteer in postgresql://normalizer@/")
    assert said.endswith(" is at revision 1\n")
    run(there, "add-name", SUDZHA, "Qaxotepl")
    run(there, "backup", str(file))
    run(Place(tmp_path / "back"), "restore", str(file))
    assert told(tmp_path / "back", "verify") == told(there, "verify")
    for arguments in (["init"], ["restore", str(file)]):
        said = run(there, *arguments, code=1).stderr
        assert "holds a gazetteer already" in said
        assert "s3cr3t" not in said
    assert "--store: must be the URL of a PostgreSQL" in run(there, "rebuild", "--store", "mysql://x", code=2).stderr


def test_a_gazetteer_is_made_in_postgresql_and_used_on_two_hosts(postgresql: Server, tmp_path: Path) -> None:
    url = postgresql.new()
    one, other = Place(tmp_path / "one", url), Place(tmp_path / "other", url)
    run(one, "import", "jsonl", str(SMALL))
    assert "Run `normalizer gazetteer rebuild`" in run(other, "show", SUDZHA, code=1).stderr
    run(other, "rebuild")
    (entity,) = told(one, "add-name", SUDZHA, "Qaxotepl")
    assert told(other, "show", SUDZHA) == [entity]
    asked = ["match", "Qaxotepl", "--json", "--data", str(other.directory)]
    answer = CliRunner().invoke(cli, asked, env={"NORMALIZER_STORE": url}, prog_name="normalizer")
    assert json.loads(answer.stdout)["entity_id"] == SUDZHA
    assert [path.name for path in other.directory.iterdir()] == ["index"]


def test_a_request_id_of_an_import_is_of_one_content(tmp_path: Path) -> None:
    file, data = tmp_path / "villages.jsonl", tmp_path / "data"
    one = '{"id": "t:1", "type": "place", "name": "Qaxotepl"}\n'
    arguments = ["import", "jsonl", str(file), "--request-id", "R1"]
    file.write_text(one, "utf-8")
    assert "read 1 entities" in run(data, *arguments).stdout
    again = run(data, *arguments).stdout
    assert "was loaded before, by the request R1: nothing was loaded now\n" in again
    assert "is at revision 1\n" in again
    file.write_text(one + one.replace("t:1", "t:2"), "utf-8")
    assert "--request-id: was used before, for a different edit" in run(data, *arguments, code=1).stderr
    os.mkfifo(tmp_path / "pipe.jsonl")
    for once in (str(tmp_path / "pipe.jsonl"), "-"):
        assert "can be read twice" in run(data, "import", "jsonl", once, *arguments[3:], code=1).stderr


def editor(script: str) -> str:
    """An editor that runs a line of Python on the text `t` of the file."""
    program = (
        f"import sys,pathlib; p=pathlib.Path(sys.argv[1]); t=p.read_text('utf-8'); {script}; p.write_text(t,'utf-8')"
    )
    return f"{shlex.quote(sys.executable)} -c {shlex.quote(program)}"


def test_an_entity_is_edited_as_text(own_gazetteer: Path) -> None:
    script = "t=t+'- Qaxotepl | fr | former | a map\\n'; t=t.replace('country: RU','country: UA')"
    result = run(own_gazetteer, "edit", SUDZHA, "--json", "--reason", "a map", VISUAL=editor(script))
    entity = json.loads(result.stdout)
    assert {"value": "Qaxotepl", "lang": "fr", "kind": "former", "source": "a map"}.items() <= next(
        name for name in entity["names"] if name["value"] == "Qaxotepl"
    ).items()
    assert entity["country"] == "UA"
    (change,) = told(own_gazetteer, "log", "--last", "1")
    assert (change["summary"], change["edit"]["reason"]) == ("updated country, names", "a map")
    assert "nothing was changed" in run(own_gazetteer, "edit", SUDZHA, VISUAL=editor("t=t")).stderr
    assert "nothing was changed" in run(own_gazetteer, "edit", SUDZHA, VISUAL=editor("t=''")).stderr


def kept_by(result: Result) -> Path:
    found = re.search("The text is kept in (.+), for --from$", result.stderr, re.M)
    assert found, result.stderr
    return Path(found[1])


EDITS: Sequence[tuple[str, str]] = [
    ("t=t.replace('country: RU','country: ZZ')", "country: 'ZZ' is not an ISO 3166-1 alpha-2 code"),
    ("t=t.replace('country: RU','country: Russia')", "country: must be an ISO 3166-1"),
    ("t=t.replace('country: RU','land: RU')", "field: must be one of type, kind"),
    ("t=t.replace('type: place','type: place\\ntype: place')", "type: stands in line"),
    ("t=t.replace('preferred','alternate')", "names: one must be preferred, not 0"),
    ("t=t+'- \\n'", "names.value: must not be empty"),
    ("t=t+'- a | b c\\n'", "names.language: must be a BCP 47 tag"),
    ("t=t+'- a | en | nickname\\n'", "names.kind: must be one of"),
    ("t=t+'population: many\\n'", "population"),
]


@pytest.mark.parametrize(("script", "message"), EDITS, ids=[row[1][:30] for row in EDITS])
def test_what_is_wrong_is_said_with_its_line_and_the_text_is_kept(
    own_gazetteer: Path, script: str, message: str
) -> None:
    result = run(own_gazetteer, "edit", SUDZHA, VISUAL=editor(script), code=1)
    assert message in result.stderr
    assert "line " in result.stderr or "preferred" in result.stderr
    kept = kept_by(result)
    assert "type: place" in kept.read_text("utf-8")
    kept.unlink()


def test_an_edit_made_meanwhile_is_not_lost(own_gazetteer: Path) -> None:
    other = f"{sys.executable} -m normalizer.cli.main gazetteer add-name {SUDZHA} Qaxotepl --data {own_gazetteer}"
    script = f"import subprocess; subprocess.run({shlex.split(other)!r}, check=True); t=t.replace('RU','UA')"
    result = run(own_gazetteer, "edit", SUDZHA, VISUAL=editor(script), code=1)
    assert "has the etag r2, not r1: read the entity again" in result.stderr
    kept_by(result).unlink()
    assert told(own_gazetteer, "show", SUDZHA)[0]["country"] == "RU"


def test_a_kept_text_is_applied(own_gazetteer: Path) -> None:
    raw = "import sys,pathlib; p=pathlib.Path(sys.argv[1]); p.write_bytes(p.read_bytes().replace(b'RU', b'\\xd3'))"
    broken = f"{shlex.quote(sys.executable)} -c {shlex.quote(raw)}"
    result = run(own_gazetteer, "edit", SUDZHA, VISUAL=broken, code=1)
    assert "line 6: is not valid UTF-8; save the text as UTF-8" in result.stderr
    file = kept_by(result)
    command = ["edit", SUDZHA, "--from", str(file)]
    assert "line 6: is not valid UTF-8" in run(own_gazetteer, *command, code=1).stderr
    file.write_bytes(file.read_bytes().replace(b"\xd3", b"UA"))
    of_another = run(own_gazetteer, "edit", KURSK, *command[2:], code=1)
    assert f"line 1: must be the first of a text of '{KURSK}'" in of_another.stderr
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl")
    assert "has the etag r2, not r1" in run(own_gazetteer, *command, code=1).stderr
    (entity,) = told(own_gazetteer, *command, "--etag", "r2")
    assert (entity["country"], entity["etag"]) == ("UA", "r3")
    assert "Qaxotepl" not in str(entity), "a text says all names"
    file.unlink()


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("false", "the editor failed, so nothing was changed (false: Editing failed); $VISUAL, else $EDITOR, names"),
        ("no-such-editor", "the editor failed, so nothing was changed (no-such-editor: Editing failed: "),
        ("rm", "the editor has deleted the file, so nothing was changed"),
        ("", "there is no terminal, and neither $VISUAL nor $EDITOR names an editor"),
    ],
)
def test_an_editor_that_fails_is_told_of_and_leaves_nothing(
    own_gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, message: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = run(own_gazetteer, "edit", SUDZHA, VISUAL=program, EDITOR="", code=1)
    assert message in result.stderr
    assert "kept" not in result.stderr
    assert list(tmp_path.glob("*.entity")) == []


def test_an_entity_comes_back_from_its_text() -> None:
    entity = Entity(
        "x:1", "place", "A | B",
        (Name("A | B", "en", NameKind.PREFERRED, "a | b"), Name("- x", source="s"), Name("# y")),
        kind="city", parents=("x:2", "x:3"), latitude=1.5, longitude=-2.0, population=0, same_as=("w:1",),
        facts={"a": [1, "ü"]},
    )  # fmt: skip
    assert entity_text.read(entity_text.write(entity), entity) == entity
    with pytest.raises(InvalidInput, match="line 5, latitude: cannot be read"):
        entity_text.read("\n\n# a\n\nlatitude: north", entity)
    for field in ("latitude", "longitude"):
        text = re.sub(f"{field}: .*\n", "", entity_text.write(entity))
        with pytest.raises(InvalidInput, match=f"{field}: is missing: a point has both"):
            entity_text.read(text, entity)
    alone = replace(entity, longitude=None)
    assert entity_text.read(entity_text.write(alone), alone) == alone


@pytest.mark.parametrize(
    "text",
    [
        "a, b",
        ",",
        "a\\",
        "a\\,b",
        "a\\\\| b",
        "\\u000a",
        "\\n",
        "a\u2028b",
        "a\u2029\u2029b",
        "a|b|",
        "- #",
        "a:b",
        "a\u200db",
    ],
)
def test_any_letters_come_back_from_a_text(text: str) -> None:
    for value in (text, f" {text}", f"{text}\u00a0", f"{text}\nkind: river"):
        names = (Name(value, "en", NameKind.PREFERRED, value), Name(f"{value} "))
        entity = Entity(
            "x:\u2028y", "place", value, names, parents=(text, "x:2"), same_as=("x:3", text), facts={value: value}
        )
        assert entity_text.read(entity_text.write(entity), entity) == entity


def test_answers_of_two_revisions_are_compared(own_gazetteer: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("text,country\nSudzha,RU\nQaxotepl,\nKursk,ZZ\nLemberg,\n", "utf-8")
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl", "--reason", "a map")
    run(own_gazetteer, "add-name", KURSK, "Wizobul")
    arguments = ["replay", str(cases), "--from", "1", "--data", str(own_gazetteer)]
    result = CliRunner().invoke(cli, [*arguments, "--json"], prog_name="normalizer")
    (differing,) = map(json.loads, result.stdout.splitlines())
    assert (differing["text"], differing["before"]["outcome"], differing["after"]["entity_id"]) == (
        "Qaxotepl", "NIL", SUDZHA,
    )  # fmt: skip
    assert [(change["revision"], change["edit"]["reason"]) for change in differing["changes"]] == [(2, "a map")]
    assert "3 answers at revisions 1 and 3: 1 differ; rows that cannot be asked: 1" in result.stderr
    assert (result.exit_code, "row 3: country: 'ZZ' is not" in result.stderr) == (3, True)
    table = CliRunner().invoke(cli, arguments, prog_name="normalizer").stdout
    assert "added the name 'Qaxotepl' (a map)" in table
    nothing = CliRunner().invoke(cli, [*arguments, "--to", "1"], prog_name="normalizer")
    assert (nothing.stdout, nothing.exit_code) == ("", 3)
    early = CliRunner().invoke(cli, [*arguments, "--to", "9"], prog_name="normalizer")
    assert (early.exit_code, "revision 9 is not there yet" in early.stderr) == (1, True)
    unsaid = CliRunner().invoke(cli, ["replay", str(cases), "--data", str(own_gazetteer)], prog_name="normalizer")
    assert (unsaid.exit_code, "is no log of mentions: say which revisions" in unsaid.stderr) == (1, True)


def test_changes_of_rivals_and_of_what_contains_them_are_behind_an_answer(own_gazetteer: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text('text\nQaxotepl\n"Ostraq, Wizobul Oblast"\n', "utf-8")
    edit = Edit("ann")

    def city(entity_id: str, name: str, parent: str) -> Entity:
        return Entity(entity_id, "place", name, kind="city", country="RU", parents=(parent,), population=9000)

    with Gazetteer.open(own_gazetteer, write=True) as gazetteer:
        for entity_id, name in (("t:r", "Wizobul Oblast"), ("t:s", "Zembra Oblast")):
            gazetteer.create(Entity(entity_id, "place", name, kind="admin1", country="RU"), edit)
        for entity_id, name, parent in (("t:1", "Qaxotepl", "t:r"), ("t:3", "Ostraq", "t:r"), ("t:4", "Ostraq", "t:s")):
            gazetteer.create(city(entity_id, name, parent), edit)
        before = gazetteer.revision
        gazetteer.create(city("t:2", "Qaxotepl", "t:s"), edit)
        gazetteer.update(Entity("t:r", "place", "Kortopol Oblast"), ["name", "names"], edit)
    found, _ = replayed(own_gazetteer, cases, "--from", str(before))
    changed = {one["text"]: [change["entity_id"] for change in one["changes"]] for one in found}
    assert changed == {"Qaxotepl": ["t:2"], "Ostraq, Wizobul Oblast": ["t:r"]}


def test_a_log_is_compared_with_what_is_answered_now(own_gazetteer: Path, tmp_path: Path) -> None:
    with Normalizer.open(own_gazetteer) as normalizer:
        mentions = [Mention("Sudzha", country="RU"), Mention("Qaxotepl")]
        MentionLog(tmp_path / "log.jsonl", 10).add(zip(mentions, normalizer.normalize(mentions), strict=True))
    assert replayed(own_gazetteer, tmp_path / "log.jsonl")[0] == []
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl", "--reason", "a map")
    (differing,), said = replayed(own_gazetteer, tmp_path / "log.jsonl")
    assert (differing["before"]["outcome"], differing["after"]["entity_id"]) == ("NIL", SUDZHA)
    assert [change["edit"]["reason"] for change in differing["changes"]] == ["a map"]
    assert "2 answers of the log and at revision 2: 1 differ" in said
    assert len(replayed(own_gazetteer, tmp_path / "log.jsonl", "--from", "1")[0]) == 1, "a log is cases, too"
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write('{"text": "С'.encode()[:-1])
    (differing,), said = replayed(own_gazetteer, tmp_path / "log.jsonl", code=3)
    assert "2 answers of the log and at revision 2: 1 differ; rows that cannot be asked: 1" in said
    assert "row 3: row: is not valid UTF-8" in said


def replayed(where: Path, cases: Path, *options: str, code: int = 0) -> tuple[list[dict[str, Any]], str]:
    arguments = ["replay", str(cases), "--data", str(where), *options]
    result = CliRunner().invoke(cli, [*arguments, "--json"], prog_name="normalizer")
    assert result.exit_code == code, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()], result.stderr


def test_answers_of_two_models_are_compared(own_gazetteer: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("text\nSudzha\nQaxotepl\n", "utf-8")
    assert replayed(own_gazetteer, cases, "--model", "shipped")[0] == []
    strict = copytree(MODEL, tmp_path / "strict")
    card = json.loads((strict / "scorer.json").read_text("utf-8"))
    for calibration in card["calibration"].values():
        calibration["thresholds"] = dict.fromkeys(calibration["thresholds"], 0.9999)
    (strict / "scorer.json").write_text(json.dumps(card), "utf-8")
    (differing,), said = replayed(own_gazetteer, cases, "--model", str(strict))
    assert [differing[side]["outcome"] for side in ("before", "after")] == ["LINKED", "AMBIGUOUS"]
    assert (differing["text"], differing["changes"]) == ("Sudzha", [])
    assert f"2 answers at revision 1, with the model {strict}: 1 differ" in said
    arguments = ["replay", str(cases), "--data", str(own_gazetteer), "--model", str(strict)]
    table = CliRunner().invoke(cli, arguments, prog_name="normalizer").stdout
    assert (table.count("model "), table.count("revision")) == (2, 0)


def test_answers_under_two_rulebooks_are_compared(own_gazetteer: Path, tmp_path: Path) -> None:
    cases = tmp_path / "cases.csv"
    cases.write_text("text\nZaxul Sudzha\nKursk\n", "utf-8")
    rules = copytree(RULES, tmp_path / "rules")
    index = sorted((own_gazetteer / "index").rglob("*"))
    assert replayed(own_gazetteer, cases, "--rules", str(rules))[0] == []
    with (rules / "place_types.tsv").open("a", encoding="utf-8") as table:
        table.write("zaxul\ten\tcity\ttoken\ta test\n")
    (differing,), said = replayed(own_gazetteer, cases, "--rules", str(rules))
    assert (differing["text"], differing["before"]["outcome"] != "LINKED", differing["after"]["entity_id"]) == (
        "Zaxul Sudzha", True, SUDZHA,
    )  # fmt: skip
    assert f"2 answers at revision 1, under the rules {rules}: 1 differ" in said
    assert sorted((own_gazetteer / "index").rglob("*")) == index
    (rules / "folds.tsv").unlink()
    arguments = ["replay", str(cases), "--data", str(own_gazetteer), "--rules", str(rules)]
    broken = CliRunner().invoke(cli, arguments, prog_name="normalizer")
    assert (broken.exit_code, "folds.tsv" in broken.stderr) == (1, True)

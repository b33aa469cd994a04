"""The commands that change, tell and keep what a gazetteer was: over a small real one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from shutil import copytree

import pytest
from click.testing import CliRunner
from commands import KURSK, SMALL, SUDZHA, run, told

from bench.postgresql_server import Server
from normalizer.cli.main import cli
from normalizer.store import Store
from normalizer.store.place import Place


def test_a_merge_and_its_undoing(own_gazetteer: Path) -> None:
    (before,) = told(own_gazetteer, "show", SUDZHA)
    (survivor,) = told(own_gazetteer, "merge", SUDZHA, KURSK, "--reason", "they are one", "--request-id", "m")
    assert survivor["id"] == KURSK
    assert {name["value"] for name in before["names"]} <= {name["value"] for name in survivor["names"]}
    assert told(own_gazetteer, "show", SUDZHA) == [
        {**survivor, "standing": {**survivor["standing"], "merged_from": SUDZHA}}
    ]
    assert told(own_gazetteer, "show", KURSK) == [survivor]
    assert re.search(f"^merged into it +{SUDZHA}$", run(own_gazetteer, "show", SUDZHA).stdout, re.M)
    assert "merged" not in run(own_gazetteer, "show", KURSK).stdout
    assert told(own_gazetteer, "merge", SUDZHA, KURSK, "--reason", "they are one", "--request-id", "m") == [survivor]
    assert told(own_gazetteer, "show", SUDZHA, "--revision", "1") == [before]
    assert f"{KURSK}' has the etag r2, not r1" in run(own_gazetteer, "unmerge", SUDZHA, "--etag", "r1", code=1).stderr
    assert told(own_gazetteer, "unmerge", SUDZHA, "--etag", survivor["standing"]["etag"]) == [
        {**before, "standing": {"state": "ACTIVE", "etag": "r3"}}
    ]
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
    assert created["standing"] == {"state": "ACTIVE", "etag": "r2"}
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
        (
            ["--name", "Q:fr"],
            {"names": [{"value": "Qaxotepl", "lang": "en", "kind": "preferred"}, {"value": "Q", "lang": "fr"}]},
        ),
        (["--type", "organization", "--kind", "plant"], {"type": "organization", "kind": "plant"}),
    ):
        (after,) = told(own_gazetteer, "update", "x:1", *given, "--etag", created["standing"]["etag"])
        assert after == {**created, **changed, "standing": after["standing"]} != {**created, **changed}, given
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
    assert entity == {**json.loads(shown), "standing": {"state": "ACTIVE", "etag": "r1"}}
    assert "etag" not in run(new, "history", KURSK, "--json").stdout
    run(new, "retire", KURSK)
    file.write_text(run(new, "show", KURSK, "--json").stdout, "utf-8")
    assert "standing.state: is RETIRED" in run(tmp_path / "newer", "import", "jsonl", str(file), code=1).stderr
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

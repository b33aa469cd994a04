"""`normalizer gazetteer edit`: an entity as a small text, and what becomes of one that cannot be used."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import Result
from commands import KURSK, SUDZHA, run, told

from normalizer.cli import entity_text
from normalizer.terms import Entity, InvalidInput, Name, NameKind


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
    for etag in ([], ["--etag", "r1"]):
        of_another = run(own_gazetteer, "edit", KURSK, *command[2:], *etag, code=1)
        assert f"line 1: must be the first of a text of '{KURSK}'" in of_another.stderr
    run(own_gazetteer, "add-name", SUDZHA, "Qaxotepl")
    assert "has the etag r2, not r1" in run(own_gazetteer, *command, code=1).stderr
    (entity,) = told(own_gazetteer, *command, "--etag", "r2")
    assert (entity["country"], entity["standing"]["etag"]) == ("UA", "r3")
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
    nowhere = replace(entity, latitude=None, longitude=None)
    assert entity_text.read(entity_text.write(entity), nowhere) == entity
    with pytest.raises(InvalidInput, match="line 1, coordinates: longitude must be between -180 and 180"):
        entity_text.read("longitude: 181", nowhere)


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

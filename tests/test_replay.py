"""`normalizer replay`: which answers differ between revisions, models and rules, and why."""

from __future__ import annotations

import json
from pathlib import Path
from shutil import copytree
from typing import Any

from click.testing import CliRunner
from commands import KURSK, SUDZHA, run

from normalizer.cli.main import cli
from normalizer.gazetteer import Gazetteer
from normalizer.matching.model import MODEL
from normalizer.mention_log import MentionLog
from normalizer.pipeline import Normalizer
from normalizer.rulebook import RULES
from normalizer.terms import Edit, Entity, Mention


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

"""The command line over a small real gazetteer: what it prints, where, and with which exit code."""

from __future__ import annotations

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from normalizer import Mention, Normalizer, __version__
from normalizer.batch.asking import Question
from normalizer.cli import progress
from normalizer.cli.main import cli
from normalizer.cli.options import checked
from normalizer.terms import NormalizerError

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SMALL = ROOT / "tests" / "data" / "small.jsonl"
CLIENT = ROOT / "examples" / "client.py"


def run(arguments: Sequence[str], data: Path, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(
        cli, list(arguments), input=text, env={"NORMALIZER_DATA": str(data)}, prog_name="normalizer"
    )


def test_match_prints_a_table_with_the_reason(small_gazetteer: Path) -> None:
    result = run(["match", "Sudzha", "Qqxzwv"], small_gazetteer)
    assert result.exit_code == 0, result.output
    header, *lines = result.stdout.splitlines()
    assert header.split() == ["mention", "outcome", "probability", "entity", "id", "why"]
    assert any(line.startswith("Sudzha") and "geonames:486816" in line for line in lines)
    assert any(line.startswith("Qqxzwv") and "NIL" in line for line in lines)


def test_match_json_is_one_object_a_line(small_gazetteer: Path) -> None:
    result = run(["match", "Киев", "[red]x[/red]", "--json", "--explain"], small_gazetteer)
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["candidates"][0]["entity_id"] == "geonames:703448"
    assert first["candidates"][0]["evidence"]
    assert first["versions"]["revision"] == 1
    assert first["candidates"][0]["romanized"]["of_mention"] is True
    assert all(part.keys() == {"field", "value", "outcome", "entity_id", "probability", "reason"}
               for part in first.get("otherwise", []))  # fmt: skip
    assert second["text"] == "[red]x[/red]"


def test_explain_shows_the_letters_and_what_would_change_the_answer(small_gazetteer: Path) -> None:
    result = run(["explain", "Kurzk", "Belovsky district"], small_gazetteer)
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "Kurzk"
    assert "Belovsky district" in lines
    assert any(line.startswith("k u r z k") or "z" in line.split() for line in lines)
    assert any(line.startswith("with parent Kursk Oblast (geonames:538555) it would be LINKED") for line in lines)
    assert run(["match", "Kurzk", "Belovsky district", "--explain"], small_gazetteer).stdout == result.stdout
    as_json = [run([*command, "Kurzk", "--json"], small_gazetteer) for command in (["explain"], ["match", "--explain"])]
    assert as_json[0].stdout == as_json[1].stdout


def test_match_reads_lines_and_rejects_some(small_gazetteer: Path) -> None:
    lines = "Курск\n\nParis\n".encode() + b"K\xffrsk\n"
    result = run(["match", "--json"], small_gazetteer, lines)
    assert result.exit_code == 3
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert [answer["text"] for answer in answers] == ["Курск", "", "Paris", "K\\xffrsk"]
    assert [answer["outcome"] == "ERROR" for answer in answers] == [False, True, False, True]
    assert result.stderr.splitlines() == ["line 2: text: must not be empty", "line 4: text: is not valid UTF-8"]


def test_names_are_not_read_as_markup(small_gazetteer: Path) -> None:
    result = run(["match", "[bold]Kursk[/bold]"], small_gazetteer)
    assert "[bold]Kursk[/bold]" in result.stdout


USAGE = [
    (["match", ""], "TEXT: must not be empty"),
    (["match", "x" * 501], "at most 500"),
    (["match", "Kursk", "--country", "ZZ"], "--country: 'ZZ' is not an ISO 3166-1"),
    (["match", "Kursk", "--country", "Russia"], "ISO 3166-1"),
    (["match", "Kursk", "--type", "river_monster"], "not a type of this gazetteer"),
    (["match", "Kursk", "--parent", "geonames:1"], "not an id of this gazetteer"),
    (["match", "Kursk", "--precision", "2"], "0.5<=x<=0.999"),
    (["match", "--country", "ZZ"], "not an ISO 3166-1"),
    (["batch", str(SMALL), "-o", "out.jsonl", "--type", "monster"], "not a type of this gazetteer"),
    (["match", "--no-such-option"], "No such option"),
    (["batch", "in.jsonl"], "Missing option '-o'"),
    (["gazetteer", "import", "jsonl", "no-such-file.jsonl"], "does not exist"),
    (["gazetteer", "import", "jsonl", str(ROOT / "Makefile")], "must end in .jsonl or .jsonl.gz"),
    (["gazetteer", "import", "jsonl", str(ROOT / "gazetteer" / "names.tsv")], "must end in .jsonl or .jsonl.gz"),
    (["gazetteer", "create", "x:1", "A"], "Missing option '--type'"),
    (["gazetteer", "create", "x:1", "", "--type", "place"], "NAME: must not be empty"),
    (["gazetteer", "create", "", "A", "--type", "place"], "ID: must be an id"),
    (["gazetteer", "create", "x:1", "A", "--type", "A place"], "--type: must be a lower-case label"),
    (["gazetteer", "create", "x:1", "A", "--type", "place", "--name", ""], "--name: must not be empty"),
    (["gazetteer", "create", "x:1", "A", "--type", "place", "--parent", "x:1"], "--parent: must not hold the entity"),
    (["gazetteer", "create", "x:1", "A", "--type", "place", "--country", "ZZ"], "--country: 'ZZ' is not an ISO"),
    (["gazetteer", "create", "x:1", "A", "--type", "place", "--coordinates", "1"], "--coordinates: must be LAT,LON"),
    (["gazetteer", "create", "x:1", "A", "--type", "place", "--coordinates", "91,1"], "--coordinates: latitude must"),
    (["gazetteer", "update", "geonames:486816"], "say what is to be changed"),
    (["gazetteer", "update", "geonames:486816", "--population", "-1"], "--population: must be between"),
    (["gazetteer", "update", "geonames:486816", "--kind", ""], "--kind: must be a label"),
    (["gazetteer", "replace-name", "geonames:486816", "Sudzha", ""], "NEW: must not be empty"),
    (
        ["gazetteer", "replace-name", "geonames:486816", "Sudzha", "A", "--kind", "former"],
        "--kind: 'Sudzha' is the pref",
    ),
    (["gazetteer", "log", "--after", "-1"], "is not in the range"),
    (["gazetteer", "log", "--after", "9" * 20], "is not in the range"),
    (["gazetteer", "log", "--last", "9" * 20], "is not in the range"),
    (["gazetteer", "add-name", "geonames:486816", ""], "NAME: must not be empty"),
    (["gazetteer", "add-name", "geonames:486816", "x", "--kind", "preferred"], "'preferred' is not one of"),
    (["gazetteer", "add-name", "geonames:486816", "x", "--author", " "], "--author: must not be empty"),
    (["gazetteer", "retire", "geonames:486816", "--author", ""], "--author: must not be empty"),
    (["batch", "names.xlsx", "-o", "out.csv"], "must end in .jsonl, .csv or .tsv"),
    (["batch", "names.csv", "-o", "out.txt"], "must end in .jsonl, .csv or .tsv"),
    (["batch", "names.parquet", "-o", "out.csv"], "Parquet"),
    (["serve", "--address", "somewhere"], "--address: must be HOST:PORT"),
    (["serve", "--address", ":50051"], "--address: must be HOST:PORT"),
    (["serve", "--address", "127.0.0.1:99999"], "--address: must be HOST:PORT"),
    (["serve", "--follow", "somewhere"], "--follow: must be HOST:PORT"),
    (["replay", str(SMALL), "--rules", str(ROOT / "docs")], "/docs has no rules; name a folder of tables"),
    (["serve", "--follow", "127.0.0.1:99999"], "--follow: must be HOST:PORT"),
    (["serve", "--follow", "127.0.0.1:1", "--read-only"], "--read-only: is not for a replica"),
    (["status", "--address", "127.0.0.1:99999"], "--address: must be HOST:PORT"),
    (["status", "--address", "somewhere"], "--address: must be HOST:PORT"),
    (["gazetteer", "merge", "geonames:486816"], "Missing argument 'INTO'"),
    (["gazetteer", "split", "geonames:486816", "x:1"], "Missing argument 'NAME...'"),
    (["gazetteer", "merge", "geonames:486816", "x:1", "--request-id", ""], "--request-id"),
    (["gazetteer", "diff", "1", "x"], "is not a valid integer range"),
    (["gazetteer", "revert", "0"], "is not in the range"),
]


@pytest.mark.parametrize(("arguments", "message"), USAGE, ids=lambda value: " ".join(value)[:40])
def test_wrong_usage_is_exit_code_2(small_gazetteer: Path, arguments: list[str], message: str) -> None:
    result = run(arguments, small_gazetteer)
    assert result.exit_code == 2
    assert message in result.stderr
    assert not result.stdout


def test_a_gazetteer_that_fails_is_no_wrong_usage(small_gazetteer: Path) -> None:
    normalizer = Normalizer.open(small_gazetteer)
    normalizer.close()
    with pytest.raises(NormalizerError, match="is closed"):
        checked(normalizer, Question())


FAILURES = [
    (["match", "Kursk", "--data", "{empty}"], "normalizer gazetteer init"),
    (["gazetteer", "show", "geonames:1"], "no entity 'geonames:1'; `normalizer match NAME` finds the ids of a name"),
    (["gazetteer", "edit", "x:new"], "no entity 'x:new'; `normalizer match NAME` finds the ids of a name"),
    (["gazetteer", "history", "x:new"], "`normalizer gazetteer create` makes a new one"),
    (["gazetteer", "show", "703448"], "its id is geonames:703448"),
    (["gazetteer", "remove-name", "geonames:486816", "Qqxzwv"], "NAME: 'geonames:486816' has no name"),
    (["gazetteer", "replace-name", "geonames:486816", "Qqxzwv", "A"], "OLD: 'geonames:486816' has no name"),
    (["gazetteer", "split", "geonames:486816", "x:1", "Qqxzwv"], "NAME: 'geonames:486816' has no name"),
    (["gazetteer", "create", "geonames:486816", "A", "--type", "place"], "already: update it, or choose another id"),
    (["gazetteer", "update", "x:1", "--country", "UA"], "there is no entity 'x:1'"),
    (["gazetteer", "update", "geonames:486816", "--country", "UA", "--etag", "r9"], "has the etag r1, not r9"),
    (["gazetteer", "init"], "holds a gazetteer already"),
    (["gazetteer", "merge", "geonames:486816", "geonames:486816"], "INTO: must be another entity"),
    (["gazetteer", "retire", "geonames:486816", "--etag", "r9"], "has the etag r1, not r9"),
    (["gazetteer", "unmerge", "geonames:486816"], "ID: 'geonames:486816' is not merged"),
    (["gazetteer", "merge", "geonames:486816", "geonames:538560", "--into-etag", "r9"], "has the etag r1, not r9"),
    (["gazetteer", "edit", "geonames:486816", "--etag", "r9"], "has the etag r1, not r9"),
    (["gazetteer", "history", "703448"], "its id is geonames:703448"),
    (["gazetteer", "revert", "99"], "CHANGE: no change made revision 99; the last is 1"),
    (["gazetteer", "diff", "1", "99"], "must be 0 to 1, not 99"),
    (["gazetteer", "show", "geonames:486816", "--revision", "9"], "is not there yet; the newest is 1"),
    (["gazetteer", "restore", str(SMALL)], "is not an SQLite file"),
    (["status", "--address", "127.0.0.1:1"], "no server answers at 127.0.0.1:1"),
    (["status", "--address", "127.0.0.1:1"], "`normalizer serve --address 127.0.0.1:1` starts one there"),
    (["batch", "no-such-file.jsonl", "-o", "{empty}/out.jsonl"], "no-such-file.jsonl: No such file"),
    (["batch", str(SMALL), "-o", "{empty}/no/out.jsonl"], "No such file or directory"),
]


@pytest.mark.parametrize(("arguments", "message"), FAILURES, ids=lambda value: " ".join(value)[:40])
def test_a_failure_is_exit_code_1(own_gazetteer: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = run([argument.format(empty=empty) for argument in arguments], own_gazetteer)
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_batch_counts_and_rejects(small_gazetteer: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,village,country\n1,Суджи,RU\n2,Guevo,XX\n", "utf-8")
    arguments = ["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv"), "--column", "village"]
    result = run(arguments, small_gazetteer)
    assert result.exit_code == 3, result.output
    assert re.search(r"^2 rows: .*ERROR 1", result.stderr, re.M)
    assert result.stderr.splitlines()[1:] == ["rejected: 1; the outcome is ERROR and 'why' tells the reason"]
    header, first, second = (tmp_path / "out.csv").read_text("utf-8").splitlines()
    assert header.startswith("id,village,country,outcome,entity_id,entity_name,matched_name,probability")
    assert first.startswith("1,Суджи,RU,")
    assert second.startswith("2,Guevo,XX,ERROR,")


def test_a_table_with_other_marks_is_told_of(small_gazetteer: Path, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id;text\n1;Kursk\n", "utf-8")
    result = run(["batch", str(tmp_path / "in.csv"), "-o", str(tmp_path / "out.csv")], small_gazetteer)
    assert result.exit_code == 1
    assert "one cell with ';' in it: columns are separated by commas" in result.stderr


def test_batch_through_a_pipe(small_gazetteer: Path) -> None:
    result = run(["batch", "-", "-o", "-"], small_gazetteer, '{"id": 1, "text": "Lemberg"}\n')
    assert json.loads(result.stdout)["candidates"][0]["entity_id"] == "geonames:702550"


def test_import_show_add_name_changes(tmp_path: Path) -> None:
    data = tmp_path / "new"
    result = run(["gazetteer", "import", "jsonl", str(SMALL), "--reason", "a test"], data)
    assert result.exit_code == 0, result.output
    assert "read 61 entities" in result.stdout
    assert run(["gazetteer", "add-name", "geonames:486816", "Soudjja", "--language", "fr"], data).exit_code == 0
    assert "geonames:486816" in run(["match", "Soudjja"], data).stdout
    assert "Soudjja" in run(["gazetteer", "show", "geonames:486816"], data).stdout
    shown = json.loads(run(["gazetteer", "show", "geonames:486816", "--json"], data).stdout)
    assert {"value": "Soudjja", "lang": "fr"}.items() <= shown["names"][-1].items()
    assert "ADD_NAME" in run(["gazetteer", "log"], data).stdout
    (change,) = map(json.loads, run(["gazetteer", "log", "--after", "1", "--json"], data).stdout.splitlines())
    assert (change["verb"], change["entity_id"]) == ("ADD_NAME", "geonames:486816")
    assert run(["gazetteer", "rebuild"], data).exit_code == 0
    assert "geonames:486816" in run(["match", "Soudjja"], data).stdout


def test_a_name_keeps_its_source_and_leaves(own_gazetteer: Path) -> None:
    add = ["gazetteer", "add-name", "geonames:486816", "Soudjja", "--language", "fr"]
    for command in (
        [*add, "--source", "a newspaper"],
        [*add, "--kind", "misspelling"],
        ["gazetteer", "remove-name", "geonames:486816", "Soudjja"],
        ["gazetteer", "retire", "geonames:486816"],
    ):
        result = run([*command, "--json"], own_gazetteer)
        assert result.exit_code == 0, result.output
        name = {"value": "Soudjja", "lang": "fr", "kind": "misspelling", "source": "a newspaper"}
        assert (name in json.loads(result.stdout)["names"]) == ("misspelling" in command)
    changes = run(["gazetteer", "log", "--json"], own_gazetteer).stdout.splitlines()
    said = [json.loads(change)["summary"] for change in changes[-4:]]
    assert [summary.split()[0] for summary in said] == ["added", "replaced", "removed", "retired"]
    assert "geonames:486816" not in run(["match", "Sudzha", "--json"], own_gazetteer).stdout


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "line 2"),
        (b'{"id": "x:1", "type": "place"}', "line 2"),
        (b'{"id": "", "type": "place", "name": "Kursk"}', "line 2"),
        (b'{"id": "x:1", "type": "place", "name": "K\xff"}', "line 2, row: is not valid UTF-8 (byte 41)"),
        (b'{"id": "x:1", "type": "place", "name": "Kursk", "country": "ZZ"}', "line 2, country: 'ZZ' is not"),
    ],
)
def test_a_wrong_line_is_left_out_of_an_import(tmp_path: Path, line: bytes, message: str) -> None:
    good = b'{"id": "x:0", "type": "place", "name": "Kursk"}\n'
    (tmp_path / "in.jsonl").write_bytes(good + line + b"\n")
    result = run(["gazetteer", "import", "jsonl", str(tmp_path / "in.jsonl")], tmp_path / "new")
    assert result.exit_code == 3, result.output
    assert f"in.jsonl, {message}" in result.stderr
    assert "left out as wrong, lines or names: 1" in result.stderr
    assert run(["gazetteer", "show", "x:0"], tmp_path / "new").exit_code == 0
    assert run(["gazetteer", "show", "x:1"], tmp_path / "new").exit_code == 1


def test_an_import_says_what_it_does_not_know(tmp_path: Path) -> None:
    lines = [{"id": f"x:{n}", "type": "place", "name": "Kursk", "aliases": ["Курск"], f"f{n}": 1} for n in range(9)]
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run(["gazetteer", "import", "jsonl", str(tmp_path / "in.jsonl")], tmp_path / "new")
    assert "kept as facts, by which nothing is found: aliases (9), f0 (1), f1 (1)" in result.stdout
    assert "f6 (1), …\n" in result.stdout


KURSK = '{"id": "x:0", "type": "place", "name": "Курск"}\n'
UNLOADED = [
    ("in.jsonl", b"{\n" * 30, "line 20, line: is not JSON"),
    ("in.jsonl", b"{\n" * 30, "…\nError: in.jsonl: no line is an entity; nothing was loaded"),
    ("in.jsonl", b"", "in.jsonl: there is nothing to load; nothing was loaded"),
    ("in.jsonl", b"\xef\xbb\xbf\n  \n", "in.jsonl: there is nothing to load"),
    ("in.jsonl", KURSK.encode("cp1251"), "in.jsonl, line 1, row: is not valid UTF-8"),
    ("in.jsonl", KURSK.encode("utf-16"), "in.jsonl, line 1: the file is UTF-16; convert it to UTF-8 first"),
    ("in.jsonl.gz", KURSK.encode(), "in.jsonl.gz: the compressed file is damaged or cut short"),
    ("-", b"\n", "standard input: there is nothing to load"),
]


@pytest.mark.parametrize(("file", "content", "message"), UNLOADED, ids=[row[2][:40] for row in UNLOADED])
def test_a_file_without_a_right_line_loads_nothing(tmp_path: Path, file: str, content: bytes, message: str) -> None:
    (tmp_path / "in.jsonl").write_bytes(content)
    (tmp_path / "in.jsonl.gz").write_bytes(content)
    source = file if file == "-" else str(tmp_path / file)
    result = run(["gazetteer", "import", "jsonl", source], tmp_path / "new", content)
    assert result.exit_code == 1, result.output
    assert message in result.stderr
    assert "line 21," not in result.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("file", ["in.jsonl", "in.JSONL.gz", "-"])
def test_a_byte_order_mark_is_skipped(tmp_path: Path, file: str) -> None:
    content = KURSK.encode("utf-8-sig")
    source = file if file == "-" else str(tmp_path / file)
    if file != "-":
        (tmp_path / file).write_bytes(gzip.compress(content) if file.endswith("gz") else content)
    result = run(["gazetteer", "import", "jsonl", source], tmp_path / "new", content)
    assert result.exit_code == 0, result.output
    assert "Курск" in run(["gazetteer", "show", "x:0"], tmp_path / "new").stdout
    name = "standard input" if file == "-" else file
    assert f"import of {name}" in run(["gazetteer", "log"], tmp_path / "new").stdout


def test_an_id_that_comes_twice_is_told_with_both_its_lines(own_gazetteer: Path, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text(KURSK + "\n" + KURSK, "utf-8")
    result = run(["gazetteer", "import", "jsonl", str(tmp_path / "in.jsonl")], own_gazetteer)
    assert result.exit_code == 1, result.output
    assert "in.jsonl, line 3, id: 'x:0' stands in line 1 already: nothing was loaded" in result.stderr
    assert run(["gazetteer", "show", "x:0"], own_gazetteer).exit_code == 1


def edit_over_grpc() -> str:
    (program,) = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs/gazetteer.md").read_text("utf-8"), re.S | re.M)
    return str(program)


def running(program: str, address: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", program.replace("127.0.0.1:50051", address)]
    return subprocess.run(words, capture_output=True, text=True)


def test_a_second_writer_is_told(own_gazetteer: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "normalizer.cli.main",
        "serve",
        "--address",
        "127.0.0.1:0",
        "--data",
        str(own_gazetteer),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        listening = re.fullmatch(r"listening on (127\.0\.0\.1:[1-9][0-9]*)\n", server.stdout.readline())
        assert listening
        refused = run(["gazetteer", "add-name", "geonames:486816", "Soudja"], own_gazetteer)
        answered = run(["match", "Sudzha"], own_gazetteer)
        sent = [running(program, listening[1]) for program in (edit_over_grpc(), CLIENT.read_text("utf-8"))]
        server.terminate()
        assert server.wait(30) == 0
    assert refused.exit_code == 1
    assert f"{server.pid}: send the edits to that process (a server takes them over gRPC" in refused.stderr
    assert answered.exit_code == 0
    assert [(done.returncode, done.stderr) for done in sent] == [(0, "")] * 2
    assert "ADD_NAME" in run(["gazetteer", "log"], own_gazetteer).stdout
    gone = running(CLIENT.read_text("utf-8"), listening[1])
    assert (gone.returncode, gone.stderr) == (
        1, f"no server answers at {listening[1]}: start one with `normalizer serve`\n",
    )  # fmt: skip


def test_a_reader_that_goes_away_is_no_error(small_gazetteer: Path) -> None:
    lines = "Kursk\n" * 20_000
    command = f"{shlex.quote(sys.executable)} -m normalizer.cli.main match --json --data {small_gazetteer} | head -n 1"
    done = subprocess.run(command, shell=True, input=lines, capture_output=True, text=True, timeout=120)
    assert json.loads(done.stdout)["text"] == "Kursk"
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["match Kursk", "match Kursk --json", "gazetteer log", "--help"])
def test_a_closed_output_is_said(small_gazetteer: Path, command: str) -> None:
    program = f"{shlex.quote(sys.executable)} -m normalizer.cli.main {command}"
    environment = os.environ | {"NORMALIZER_DATA": str(small_gazetteer)}
    done = subprocess.run(f"{program} >&-", shell=True, capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stderr) == (1, "Error: standard output is closed\n")


def test_other_closed_streams_are_no_defect(small_gazetteer: Path) -> None:
    program = f"{shlex.quote(sys.executable)} -m normalizer.cli.main"
    environment = os.environ | {"NORMALIZER_DATA": str(small_gazetteer)}
    for words, code in (("match Kursk --json 2>&- <&-", 0), ("batch - -o - <&-", 1), ("match <&-", 1)):
        done = subprocess.run(f"{program} {words}", shell=True, capture_output=True, text=True, env=environment)
        assert done.returncode == code, done
        assert ("geonames:538560" in done.stdout) or done.stderr == "Error: standard input is closed\n"


def test_help_loads_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from normalizer.cli.main import cli\n"
        "assert CliRunner().invoke(cli, ['--help']).exit_code == 0\n"
        "print(*sorted({'numba', 'numpy', 'grpc', 'rich', 'babel', 'sqlite3'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def commands(group: click.Command, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    below = group.commands if isinstance(group, click.Group) else {}
    return [(path, group), *(found for name, each in below.items() for found in commands(each, (*path, name)))]


@pytest.mark.parametrize(("path", "command"), commands(cli), ids=lambda value: str(value)[:30])
def test_every_command_teaches(path: tuple[str, ...], command: click.Command) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert command.help
    undescribed = [p.name for p in command.params if isinstance(p, click.Option) and not p.help and p.name != "kind"]
    assert not undescribed


def readme_blocks(language: str) -> list[str]:
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", README.read_text("utf-8"), re.S | re.M)
    return [block for tag, block in blocks if tag == language]


def test_the_readme_names_what_exists() -> None:
    lines = [line for block in readme_blocks("") for line in block.splitlines() if line]
    targets = set(re.findall(r"^(\w+):.*##", (ROOT / "Makefile").read_text("utf-8"), re.M))
    for line in lines:
        words = shlex.split(line, comments=True)
        if words[0] == "make":
            assert words[1] in targets
        elif words[0] == "normalizer":
            check_arguments(words[1:])
        elif words[0] == "python":
            assert (ROOT / words[1]).exists()
        else:
            assert words[0] in {".", "export"}, f"nobody checks this line: {line}"
    for link in re.findall(r"\]\(([^)#]+)\)", README.read_text("utf-8")):
        assert (ROOT / link).exists(), f"README links to {link}"


def check_arguments(words: Sequence[str]) -> None:
    command: click.Command = cli
    rest = list(words)
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    command.make_context(words[0], rest)


def test_the_python_of_the_readme_runs(small_gazetteer: Path) -> None:
    (program,) = readme_blocks("python")
    program = program.replace('"data"', repr(str(small_gazetteer)))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "normalizer:zelenskyy" in done.stdout


@pytest.mark.parametrize("mentions", ["Kyiv", ["Kyiv"], [Mention("Kyiv"), None]])
def test_python_is_told_to_pass_mentions(small_gazetteer: Path, mentions: Sequence[Mention]) -> None:
    with Normalizer.open(small_gazetteer) as normalizer, pytest.raises(TypeError, match=r'as in \[Mention\("Kyiv"\)\]'):
        normalizer.normalize(mentions)


def test_the_package_knows_its_version() -> None:
    assert run(["--version"], ROOT).stdout.strip().endswith(__version__)


def test_waiting_tells_only_when_it_takes_long(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    with progress.waiting("compiling"):
        pass
    assert "compiling" not in capfd.readouterr().err

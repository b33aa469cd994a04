"""The batch journey: every format, every kind of bad row, nothing lost and nothing half-written."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import chain, count, repeat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.batch.asking import Question, ask
from normalizer.batch.formats import MAX_LINE
from normalizer.batch.reading import Row, read_rows
from normalizer.batch.rows import mention_of, result_fields
from normalizer.batch.run import CHUNK, Tally, run
from normalizer.batch.workers import Workers
from normalizer.batch.writing import writer
from normalizer.pipeline import Normalizer
from normalizer.store.place import Place
from normalizer.terms import InvalidInput, Mention, NormalizerError, Outcome, Resolution, Versions

Batch = Callable[..., Tally]
ROOT = Path(__file__).parents[1]


class Echo:
    """Answers every mention with NIL and repeats its text: for what has to do with files and not with matching."""

    def attempt(
        self, mentions: Sequence[Mention], *, explain: bool = False, precision: float | None = None
    ) -> list[Resolution | InvalidInput]:
        versions = Versions(1, "rules", "model")
        return [Resolution(Outcome.NIL, None, 0.0, (), f"heard {m.text}", versions) for m in mentions]


def silent(stage: str, done: int, total: int | None) -> None: ...


def echo(tmp_path: Path, name: str, content: bytes, target: str = "out.jsonl", column: str = "text") -> Tally:
    source = tmp_path / name
    source.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    return run(Echo(), str(source), str(tmp_path / target), Question(column), silent)


def json_lines(path: Path) -> list[dict[str, object]]:
    raw = path.read_bytes()
    return [json.loads(line) for line in (gzip.decompress(raw) if path.suffix == ".gz" else raw).splitlines()]


def test_workers_answer_a_large_file_as_one_process_does(normalizer: Normalizer, tmp_path: Path) -> None:
    texts = ["Суджа", "Kursk", "", "Gen. Syrskyi", "Guevo"]
    rows = [json.dumps({"id": number, "text": texts[number % len(texts)]}) for number in range(3 * CHUNK + 7)]
    rows[3:3] = ["{broken", "", '"no object"']
    source = tmp_path / "in.jsonl"
    source.write_text("".join(row + "\n" for row in rows))
    place = Place.of(normalizer.gazetteer.directory)
    tallies = [
        run(normalizer, str(source), str(tmp_path / name), Question(), silent, workers)
        for name, workers in (("one.jsonl", None), ("two.jsonl", Workers(place, Question(), 2, worth=2)))
    ]
    assert tallies[0] == tallies[1]
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    unread = {4: "row: is not valid JSON", 5: "row: is blank", 6: "row: must be a JSON object"}
    answers = json_lines(tmp_path / "two.jsonl")
    assert len(answers) == len(rows)
    assert all(str(answers[line - 1]["why"]).startswith(f"line {line}: {why}") for line, why in unread.items())
    ids = [row["id"] for line, row in enumerate(answers, 1) if line not in unread]
    assert ids == list(range(len(rows) - len(unread)))


def test_workers_that_cannot_work_are_an_error_and_leave_no_file(normalizer: Normalizer, tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("text\n" + "Kursk\n" * (2 * CHUNK))
    lost = Workers(Place.of(tmp_path / "nowhere"), Question(), 2, worth=2)
    with pytest.raises(NormalizerError, match="--jobs 1"):
        run(normalizer, str(source), str(tmp_path / "out.csv"), Question(), silent, lost)
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv"}


def test_the_contract_of_json_lines(normalizer: Normalizer, tmp_path: Path) -> None:
    cases = [
        {"id": "a", "text": "Суджа", "type": "place", "country": "RU", "lang": "ru", "page": 3},
        {"id": "b", "text": "Kursk", "document": "d1", "co_mentions": ["Sudzha"]},
        {"id": "c", "text": "Qqxzwv", "type": "person"},
        {"id": "d", "text": "IAEA", "type": "org", "lat": "48.2", "lon": 16.37},
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl.gz"
    source.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    tally = run(normalizer, str(source), str(target), Question(), silent)
    answers = json_lines(target)
    assert tally.rows == 4
    assert tally.rejected == 0
    assert [answer["id"] for answer in answers] == ["a", "b", "c", "d"]
    assert answers[0]["page"] == 3
    assert answers[0]["entity_id"] == "geonames:486816"
    assert answers[3]["entity_id"] == "normalizer:iaea"
    for answer in answers:
        assert answer["outcome"] in ("LINKED", "AMBIGUOUS", "NIL")
        assert {"entity_id", "probability", "candidates", "why"} <= answer.keys()
        candidates = answer["candidates"]
        assert isinstance(candidates, list)
        assert len(candidates) <= 5
        assert all({"entity_id", "probability", "name", "matched_name"} <= candidate.keys() for candidate in candidates)


def test_the_documents_say_which_columns_are_not_evidence_yet(normalizer: Normalizer, tmp_path: Path) -> None:
    """When an answer begins to depend on one of these columns, docs/cli.md, the help and the protos must say so."""
    columns = {"lang": "de", "date": "1944-01-01", "document": "d1"}
    cases = [{"text": text} | hint for text in ("Kursk", "Kiew", "Белгород") for hint in ({}, columns)]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps(case) + "\n" for case in cases), "utf-8")
    run(normalizer, str(source), str(target), Question(explain=True), silent)
    plain, hinted = ([row["candidates"] for row in json_lines(target)[start::2]] for start in (0, 1))
    assert plain == hinted
    cells = re.findall(r"^\| (`.*?`) \| .*not evidence yet \|$", (ROOT / "docs/cli.md").read_text("utf-8"), re.M)
    assert {name for cell in cells for name in re.findall(r"`(\w+)`", cell)} == {"language", *columns}


CONTENTS = {
    "jsonl": b'{"id": "1", "text": "Kursk", "note": "x"}\n{"id": "2", "text": "", "note": "y"}\n'
    b'{"id": "3", "text": "Sumy"}\n',
    "csv": b'id,text,note\n1,Kursk,x\n2,"",y\n3,"Sumy",\n',
    "tsv": b"id\ttext\tnote\n1\tKursk\tx\n2\t\ty\n3\tSumy\t\n",
}


@pytest.mark.parametrize("target", ["jsonl", "csv", "tsv", "jsonl.gz", "csv.gz", "tsv.gz"])
@pytest.mark.parametrize("source", ["jsonl", "csv", "tsv", "jsonl.gz", "csv.gz", "tsv.gz"])
def test_every_format_into_every_other(tmp_path: Path, source: str, target: str) -> None:
    tally = echo(tmp_path, f"in.{source}", CONTENTS[source.removesuffix(".gz")], f"out.{target}")
    assert (tally.rows, tally.rejected) == (3, 1)
    rows = read_back(tmp_path / f"out.{target}")
    assert [(row["id"], row["text"], row["outcome"]) for row in rows] == [
        ("1", "Kursk", "NIL"),
        ("2", "", "ERROR"),
        ("3", "Sumy", "NIL"),
    ]
    assert [row["note"] for row in rows[:2]] == ["x", "y"]
    assert rows[0]["why"] == "heard Kursk"
    assert rows[1]["why"] == f"line {2 if source.startswith('jsonl') else 3}: text: must not be empty"


def read_back(path: Path) -> list[dict[str, object]]:
    if ".jsonl" in path.name:
        return json_lines(path)
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    if ".tsv" in path.name:
        header, *lines = (line.split("\t") for line in text.splitlines())
        return [dict(zip(header, cells, strict=True)) for cells in lines]
    return [dict(row) for row in csv.DictReader(text.splitlines())]


BAD_JSON = [
    (b"not json", "row", "is not valid JSON"),
    (b'{"id": 1', "row", "is not valid JSON"),
    (b'["text"]', "row", "must be a JSON object, not list"),
    (b'{"text": NaN}', "row", "NaN is not a JSON number"),
    (b'{"text": "Kursk", "x": 1e999}', "row", "too large a number"),
    (b"[" * 100_000, "row", "nests JSON deeper than 100 levels"),
    (b'{"text": "Kursk", "x": ' + b"[" * 981 + b"]" * 981 + b"}", "row", "nests JSON deeper than 100 levels"),
    (b'{"text": "Kursk", "x": ' + b'{"y":' * 100 + b"1" + b"}" * 101, "row", "nests JSON deeper than 100 levels"),
    (b'{"text": "Kursk", "x": ' + b"1" * 5000 + b"}", "row", "is not valid JSON"),
    (b'{"text": "\xff"}', "row", "is not valid UTF-8"),
    (b"", "row", "is blank"),
    (b'{"text": "' + b"x" * 5_000_000 + b'"}', "row", "is longer than"),
    (b'{"id": 1}', "text", "is missing"),
    (b'{"text": null}', "text", "is missing"),
    (b'{"text": 7}', "text", "must be text, not int"),
    (b'{"text": "  "}', "text", "must not be empty"),
    (b'{"text": "' + b"x" * 501 + b'"}', "text", "at most 500"),
    (b'{"text": "a\\u0000b"}', "text", "control character U+0000"),
    (b'{"text": "a\\ud800b"}', "text", "lone surrogate U+D800"),
    (b'{"text": "Kursk", "type": "Place!"}', "type", "lower-case label"),
    (b'{"text": "Kursk", "type": {}}', "type", "must be text, not dict"),
    (b'{"text": "Kursk", "country": "Russia"}', "country", "ISO 3166-1"),
    (b'{"text": "Kursk", "parent": "a\\u0007b"}', "parent", "control character"),
    (b'{"text": "Kursk", "lat": 51.7}', "coordinates", "together"),
    (b'{"text": "Kursk", "lat": 151.7, "lon": 36}', "coordinates", "latitude"),
    (b'{"text": "Kursk", "lat": "north", "lon": 36}', "coordinates", "number of degrees"),
    (b'{"text": "Kursk", "lat": 1' + b"0" * 400 + b', "lon": 36}', "coordinates", "lat must be a number of degrees"),
    (b'{"text": "Kursk", "lat": 51.7, "lon": "1' + b"0" * 400 + b'"}', "coordinates", "longitude"),
    (b'{"text": "Kursk", "co_mentions": [1]}', "co_mentions", "list of texts"),
    (b'{"text": "Kursk", "co_mentions": "' + b"[" * 3000 + b'"}', "co_mentions", "list of texts"),
]


@pytest.mark.parametrize(("line", "field", "message"), BAD_JSON, ids=lambda value: str(value)[:40])
def test_a_bad_json_line_is_an_error_row_in_its_place(tmp_path: Path, line: bytes, field: str, message: str) -> None:
    tally = echo(tmp_path, "in.jsonl", b'{"id": 1, "text": "Kursk"}\n' + line + b'\n{"id": 3, "text": "Sumy"}\n')
    first, bad, last = json_lines(tmp_path / "out.jsonl")
    assert (tally.rows, tally.rejected) == (3, 1)
    assert (first["outcome"], bad["outcome"], last["outcome"]) == ("NIL", "ERROR", "NIL")
    assert isinstance(bad["error"], dict)
    assert (bad["error"]["field"], bad["error"]["line"]) == (field, 2)
    assert message in bad["error"]["message"]
    assert {"entity_id", "probability", "candidates"} <= bad.keys()
    assert ("id" in bad) == (line == b'{"id": 1}'), "no field is added that the row does not have"


BAD_TABLE = [
    ("csv", b"2,Kursk,x,y", "row", "has 4 cells, the header has 3"),
    ("csv", b"2", "row", "has 1 cell, the header has 3"),
    ("csv", b"", "row", "is blank"),
    ("csv", b'2,"Kursk"x,', "row", "cannot be read"),
    ("csv", b"2,K\xffrsk,", "text", "is not valid UTF-8"),
    ("csv", b"2,Kursk,\xfe", "note", "is not valid UTF-8"),
    ("tsv", b"2\tKursk", "row", "has 2 cells, the header has 3"),
    ("tsv", b"2\t\xd0\t", "text", "is not valid UTF-8"),
    ("tsv", b"2\t" + b"x" * 5_000_000 + b"\t", "row", ""),
]


@pytest.mark.parametrize(("kind", "line", "field", "message"), BAD_TABLE, ids=lambda value: str(value)[:40])
def test_a_bad_table_line_is_an_error_row_in_its_place(
    tmp_path: Path, kind: str, line: bytes, field: str, message: str
) -> None:
    comma = b"," if kind == "csv" else b"\t"
    content = b"\n".join((comma.join((b"id", b"text", b"note")), line, comma.join((b"3", b"Sumy", b""))))
    tally = echo(tmp_path, f"in.{kind}", content)
    bad, last = json_lines(tmp_path / "out.jsonl")
    assert (tally.rows, tally.rejected) == (2, 1)
    assert (bad["outcome"], last["outcome"]) == ("ERROR", "NIL")
    assert isinstance(bad["error"], dict)
    assert (bad["error"]["field"], bad["error"]["line"]) == (field, 2)
    assert message in bad["error"]["message"]


def error_rows(path: Path) -> dict[int, str]:
    """Line -> what could not be read of it."""
    errors = [row["error"] for row in json_lines(path) if row["outcome"] == "ERROR"]
    return {error["line"]: error["raw"] for error in errors if isinstance(error, dict)}


UNCLOSED = [
    ("to the end", b'6,"Kursk', b"", {6: '6,"Kursk'}),
    ("to a cell that is quoted", b'6,"Kursk', b'x,"Sumy, city"\n', {6: '6,"Kursk'}),
    ("to a mark that closes it, with too few cells", b'"6,Kursk', b'x,"\n', {6: '"6,Kursk', 1002: 'x,"'}),
    ("in the last line", b"6,Kursk", b'x,"Sumy', {1002: 'x,"Sumy'}),
    ("across many cells", b'6","', b'x","\n' * 1500, {6: '6","'} | dict.fromkeys(range(1002, 2502), 'x","')),
]


@pytest.mark.parametrize(("line", "end", "errors"), [case[1:] for case in UNCLOSED], ids=[case[0] for case in UNCLOSED])
def test_an_unclosed_quotation_mark_costs_its_line_and_no_other(
    tmp_path: Path, line: bytes, end: bytes, errors: dict[int, str]
) -> None:
    lines = [b"id,text", *(b"%d,name" % number for number in range(2, 1002))]
    lines[5] = line
    tally = echo(tmp_path, "in.csv", b"\n".join(lines) + b"\n" + end)
    assert tally.rows == 1000 + len(end.splitlines())
    assert error_rows(tmp_path / "out.jsonl") == errors


def test_what_follows_an_unclosed_mark_is_read_as_it_comes(tmp_path: Path) -> None:
    """Memory stays bounded: what a mark swallows ends at the longest row there may be, and at its most lines."""
    for swallowed in (b"2," + b"y" * 9000 + b"\n", b"2,\n"):
        lines, taken = chain([b"id,text\n", b'1,"Kursk\n'], repeat(swallowed)), count()
        rows = read_rows("csv", (line for line, _ in zip(lines, taken, strict=False))).rows
        assert next(rows).raw == '1,"Kursk'
        assert next(rows).values["id"] == "2"
        assert next(taken) < 1100


def test_a_cell_may_have_many_lines(tmp_path: Path) -> None:
    text = "\n".join(f'line {number}, „“ ""x""' for number in range(900))
    content = f'id,text,note\n1,Kursk,"{text}"\n2,"Su\nmy","a\r\nb"\n3,Kyiv,x\n'
    tally = echo(tmp_path, "in.csv", content.encode())
    assert (tally.rows, tally.rejected) == (3, 0)
    first, second, third = json_lines(tmp_path / "out.jsonl")
    assert first["note"] == text.replace('""', '"')
    assert (second["text"], second["note"], third["text"]) == ("Su\nmy", "a\r\nb", "Kyiv")


@given(st.lists(st.text('x,"', max_size=5), min_size=1, max_size=8), st.sampled_from(["csv", "tsv"]))
def test_no_line_of_a_table_is_lost(parts: list[str], kind: str) -> None:
    lines = [f"{part}#{number}#{part[::-1]}\n".encode() for number, part in enumerate(parts)]
    rows = read_rows(kind, iter([b"a,b\n" if kind == "csv" else b"a\tb\n", *lines])).rows
    told = "".join(f"{row.raw}{row.values}" for row in rows)
    assert all(f"#{number}#" in told for number in range(len(lines)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats(allow_nan=False) | st.text(),
    lambda within: st.lists(within, max_size=3) | st.dictionaries(st.text(max_size=3), within, max_size=3),
    max_leaves=5,
)
COLUMNS = [
    "id", "text", "type", "country", "lang", "language", "parent", "lat", "lon", "date", "document", "co_mentions",
]  # fmt: skip


@given(st.dictionaries(st.sampled_from(COLUMNS), JSON), st.sampled_from(["jsonl", "csv", "tsv"]))
def test_whatever_a_row_holds_it_is_answered_and_written(values: dict[str, object], kind: str) -> None:
    row, written = Row(1, values), BytesIO()
    answers = [(row.values, result_fields(row, result)) for result in ask(Echo(), [row], Question())]
    writer(kind, written, COLUMNS).write(answers)
    assert written.getvalue().endswith(b"\n")


RAW = [
    ("jsonl", b'{"text": "K\xffrsk"', '{"text": "K\\xffrsk"'),
    ("jsonl", b"x" * 20_000, "x" * 10_000),
    ("csv", b"1,2,3", "1,2,3"),
    ("tsv", b"1\t2\t\xd0", "1\t2\t\\xd0"),
]


@pytest.mark.parametrize(("kind", "line", "raw"), RAW, ids=lambda value: str(value)[:20])
def test_a_line_that_cannot_be_read_is_kept(tmp_path: Path, kind: str, line: bytes, raw: str) -> None:
    header = {"jsonl": b"", "csv": b"id,text\n", "tsv": b"id\ttext\n"}[kind]
    echo(tmp_path, f"in.{kind}", header + line + b"\n")
    assert list(error_rows(tmp_path / "out.jsonl").values()) == [raw]


BAD_FILES = [
    ("in.txt", b"Kursk\n", ".jsonl, .csv or .tsv"),
    ("in.parquet", b"PAR1", "Parquet needs the extra"),
    ("in.csv", b"id,name\n1,Kursk\n", "there is no column 'text'; choose one with --column: id, name"),
    ("in.csv", b"", "must begin with a header"),
    ("in.csv", b'id,"text\n1,Kursk\n', "the header cannot be read"),
    ("in.csv", b'id,"' + b"text\n" * 2000, "the header has more than 1000 lines"),
    ("in.csv", b"text,text\nKursk,Sumy\n", "two columns are called 'text'"),
    ("in.csv", b"text,,x\nKursk,Sumy,\n", "column 2 has no name"),
    ("in.csv", "text\nKursk\n".encode("utf-16"), "UTF-16"),
]


@pytest.mark.parametrize(("name", "content", "message"), BAD_FILES, ids=lambda value: str(value)[:40])
def test_a_file_that_makes_no_sense_stops_the_run(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(NormalizerError, match="in") as error:
        echo(tmp_path, name, content)
    assert message in str(error.value)
    assert not (tmp_path / "out.jsonl").exists()


def test_a_damaged_gzip_leaves_the_old_output_alone(tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").write_text("old\n")
    (tmp_path / "in.jsonl.gz").write_bytes(gzip.compress(b'{"text": "Kursk"}\n' * 5000)[:-20])
    with pytest.raises(NormalizerError, match="damaged or cut short"):
        run(Echo(), str(tmp_path / "in.jsonl.gz"), str(tmp_path / "out.jsonl"), Question(), silent)
    assert (tmp_path / "out.jsonl").read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.jsonl.gz", "out.jsonl"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
@pytest.mark.parametrize("name", ["out.jsonl", "out.csv.gz"])
def test_an_output_that_is_replaced_stays_as_private_as_it_was(tmp_path: Path, name: str, mode: int) -> None:
    target = tmp_path / name
    target.write_text("old\n")
    target.chmod(mode)
    modes: list[int] = []

    class Watching(Echo):
        def attempt(self, mentions: Sequence[Mention], **options: Any) -> list[Resolution | InvalidInput]:
            modes.extend(path.stat().st_mode & 0o777 for path in tmp_path.glob(".*.part"))
            return super().attempt(mentions)

    (tmp_path / "in.jsonl").write_text('{"text": "Kursk"}\n')
    run(Watching(), str(tmp_path / "in.jsonl"), str(target), Question(), silent)
    assert [*modes, target.stat().st_mode & 0o777] == [mode, mode]


def test_columns_that_collide_are_renamed_and_told(tmp_path: Path) -> None:
    tally = echo(tmp_path, "in.jsonl", b'{"text": "Kursk", "outcome": "mine", "why": "old", "input_why": "older"}\n')
    (row,) = json_lines(tmp_path / "out.jsonl")
    assert tally.renamed == {"outcome": "input_outcome", "why": "input_input_why"}
    assert (row["outcome"], row["input_outcome"]) == ("NIL", "mine")
    assert (row["input_why"], row["input_input_why"]) == ("older", "old")


def test_an_output_can_be_the_next_input(tmp_path: Path) -> None:
    echo(tmp_path, "in.csv", b"id,text\n1,Kursk\n", "once.csv")
    run(Echo(), str(tmp_path / "once.csv"), str(tmp_path / "twice.csv"), Question(), silent)
    (row,) = read_back(tmp_path / "twice.csv")
    assert (row["input_why"], row["why"]) == ("heard Kursk", "heard Kursk")


def test_tables_quote_what_they_can_and_escape_what_they_cannot(tmp_path: Path) -> None:
    content = b'{"text": "Kursk", "note": "a\\tb\\nc \\"d\\", e", "tags": ["x"], "n": null}\n'
    echo(tmp_path, "in.jsonl", content, "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as lines:
        (row,) = csv.DictReader(lines)
    assert (row["note"], row["tags"], row["n"]) == ('a\tb\nc "d", e', '["x"]', "")
    echo(tmp_path, "in.jsonl", content, "out.tsv")
    (row,) = read_back(tmp_path / "out.tsv")
    assert row["note"] == 'a\\tb\\nc "d", e'


def test_fields_that_appear_late_are_kept_in_a_table(tmp_path: Path) -> None:
    first = b'{"text": "Kursk"}\n' * 500
    echo(tmp_path, "in.jsonl", first + b'{"text": "Sumy", "late": 1}\n', "out.csv")
    rows = read_back(tmp_path / "out.csv")
    assert json.loads(str(rows[-1]["other_fields"])) == {"late": 1}


@pytest.mark.parametrize("name", ["in.csv", "in.tsv"])
def test_a_table_with_no_rows_keeps_its_header(tmp_path: Path, name: str) -> None:
    echo(tmp_path, name, b"text\n", "out.csv")
    assert (tmp_path / "out.csv").read_text().startswith("text,outcome,entity_id,")


def test_a_table_of_no_lines_has_a_header(tmp_path: Path) -> None:
    echo(tmp_path, "in.jsonl", b"", "out.csv")
    assert (tmp_path / "out.csv").read_text().startswith("text,outcome,entity_id,")
    echo(tmp_path, "in.jsonl", b"", "out.jsonl")
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.parametrize(("name", "header"), [("in.jsonl", b""), ("in.csv", b"text\n"), ("in.tsv", b"text\n")])
def test_blank_lines_count_unless_they_end_the_file(tmp_path: Path, name: str, header: bytes) -> None:
    row = b'{"text": "Kursk"}\n' if name == "in.jsonl" else b"Kursk\n"
    tally = echo(tmp_path, name, header + b"\n" + row + b"\n\n" + row + b"\n\n\n")
    assert (tally.rows, tally.rejected) == (5, 3)
    lines = [row["error"]["line"] for row in json_lines(tmp_path / "out.jsonl") if isinstance(row.get("error"), dict)]
    assert lines == ([1, 3, 4] if name == "in.jsonl" else [2, 4, 5])


def test_marks_blanks_and_line_ends_of_other_systems(tmp_path: Path) -> None:
    tally = echo(tmp_path, "in.csv", b"\xef\xbb\xbftext,note\r\nKursk,x\r\n\r\n\r\n")
    assert (tally.rows, tally.rejected) == (1, 0)
    tally = echo(tmp_path, "in.jsonl", b'\xef\xbb\xbf{"text": "Kursk"}\r\n\r\n')
    assert (tally.rows, tally.rejected) == (1, 0)


def test_a_type_may_be_written_in_capitals() -> None:
    assert [mention_of({"text": "IAEA", "type": label}).type for label in ("Place", "ORG", "org")] == [
        "place",
        "organization",
        "organization",
    ]
    assert mention_of({"text": "IAEA"}, hints={"type": "Organization"}).type == "organization"


def test_a_chosen_column_and_hints_for_rows_without() -> None:
    hints = {"type": "place", "country": "ua"}
    assert mention_of({"village": "Guevo", "country": "RU"}, "village", hints) == Mention(
        "Guevo", type="place", country="RU"
    )
    assert mention_of({"village": "Guevo", "country": ""}, "village", hints).country == "UA"


def test_lists_in_cells() -> None:
    (row,) = read_rows("csv", iter([b"text,co_mentions\n", b'Kursk,"Sudzha; Sumy"\n'])).rows
    assert mention_of(row.values).co_mentions == ("Sudzha", "Sumy")
    assert mention_of({"text": "Kursk", "co_mentions": '["a;b", "c"]'}).co_mentions == ("a;b", "c")


def test_order_over_many_chunks(tmp_path: Path) -> None:
    lines = b"".join(b'{"id": %d, "text": "name %d"}\n' % (n, n) for n in range(2345))
    tally = echo(tmp_path, "in.jsonl", lines)
    assert tally.rows == 2345
    assert [row["id"] for row in json_lines(tmp_path / "out.jsonl")] == list(range(2345))


UNREAD = [
    ("jsonl", b"", 10_000, False),
    ("jsonl", b"[" * 1000, 1000, False),
    ("jsonl", b'{"text": ' + b" " * 100_000, 10, True),
    ("jsonl", b"x" * (MAX_LINE + 1), 3, True),
    ("csv", b"x" * (MAX_LINE + 1), 3, True),
]


@pytest.mark.parametrize(("kind", "line", "times", "kept"), UNREAD, ids=lambda value: str(value)[:20])
def test_rows_that_cannot_be_read_keep_nothing_in_memory(kind: str, line: bytes, times: int, kept: bool) -> None:
    """Neither once they are gone, nor, where they are `kept` for a while, more than they show."""
    header = [b"text\n"] if kind == "csv" else []
    lines = chain(header, (line + b"\n" for _ in range(times)), [b"{}\n"])
    tracemalloc.start()
    try:
        rows = [row for row in read_rows(kind, lines).rows if kept or not row.problem]
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(rows) == 1 + kept * times
    assert held < 200_000


@pytest.mark.parametrize(("ending", "left"), [(signal.SIGINT, []), (signal.SIGKILL, [".part"])])
def test_a_run_that_is_stopped_leaves_nothing_under_the_final_name(
    tmp_path: Path, ending: signal.Signals, left: list[str]
) -> None:
    program = (
        "import signal, sys, normalizer.batch.run as r, normalizer.batch.asking as a\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # who runs tests in the background may ignore it
        "class Stuck:\n"
        "    def attempt(self, mentions, **options):\n"
        "        print('asked', flush=True); sys.stdin.read()\n"
        "r.run(Stuck(), sys.argv[1], sys.argv[2], a.Question(), lambda *p: None)\n"
    )
    (tmp_path / "in.jsonl").write_text('{"text": "Kursk"}\n')
    command = [sys.executable, "-c", program, str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl")]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"asked\n"
        process.send_signal(ending)
        process.wait(30)
    assert not (tmp_path / "out.jsonl").exists()
    assert [path.suffix for path in tmp_path.glob(".*")] == left


def test_what_is_no_regular_file_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "Kursk"}\n')
    pipe = tmp_path / "pipe.jsonl"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        run(Echo(), str(tmp_path / "in.jsonl"), str(pipe), Question(), silent)
        assert reader.stdout is not None
        assert json.loads(reader.stdout.read())["why"] == "heard Kursk"
    assert pipe.is_fifo()

"""The log of mentions: what is in it, who may read it, and that it stays small."""

from __future__ import annotations

import json
import resource
from pathlib import Path

import pytest

from normalizer.mention_log import MentionLog
from normalizer.terms import Candidate, InvalidInput, Mention, Outcome, Resolution, Versions

FOUND = Candidate("x:1", "place", "Sudzha", "Суджа", 0.9, "RU", "city")
ANSWER = Resolution(Outcome.LINKED, "x:1", 0.9, (FOUND,), "an exact match", Versions(7, "rules", "model"))


def texts(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text("utf-8").splitlines()]


def test_a_line_says_what_the_answer_depends_on_and_no_more(tmp_path: Path) -> None:
    mention = Mention(
        "Суджа", type="place", language="ru", country="RU", parent="x:2", coordinates=(51.2, 35.3),
        date="2024-08-06", document="report 7", co_mentions=("Kursk",),
    )  # fmt: skip
    MentionLog(tmp_path / "log.jsonl", 5).add([(mention, ANSWER), (mention, InvalidInput("type", "is none"))])
    (line,) = (tmp_path / "log.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "text": "Суджа", "type": "place", "country": "RU", "parent": "x:2", "lat": 51.2, "lon": 35.3,
        "answer": {
            "outcome": "LINKED", "probability": 0.9, "why": "an exact match",
            "revision": 7, "rulebook": "rules", "model": "model",
            "first": {"entity_id": "x:1", "type": "place", "name": "Sudzha", "matched_name": "Суджа"},
        },
    }  # fmt: skip


def test_its_owner_alone_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.touch(0o666)
    log = MentionLog(path, 2)
    assert path.stat().st_mode & 0o777 == 0o600
    for number in range(5):
        log.add([(Mention(str(number)), ANSWER)])
        assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["log.jsonl"]


def test_older_lines_go_when_it_is_full(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = MentionLog(path, 4)
    seen = []
    for number in range(7):
        log.add([(Mention(str(number)), ANSWER)])
        seen.append("".join(texts(path)))
    assert seen == ["0", "01", "012", "0123", "234", "2345", "456"]
    log.add([(Mention(letter), ANSWER) for letter in "abcdef"])
    assert texts(path) == [*"cdef"], "what comes at once may be more than it holds"
    MentionLog(path, 2).add([])
    assert texts(path) == [*"ef"], "it goes on after a restart, with less room"


def test_a_line_that_was_broken_off_is_dropped_and_one_of_odd_letters_is_whole(tmp_path: Path) -> None:
    path, odd = tmp_path / "log.jsonl", "a\u2028b"
    MentionLog(path, 4).add([(Mention(odd), ANSWER)])
    with path.open("a", encoding="utf-8") as file:
        file.write('{"text": "Sud')
    MentionLog(path, 4).add([(Mention("Kursk"), ANSWER)])
    assert [json.loads(line)["text"] for line in path.read_text("utf-8").split("\n")[:-1]] == [odd, "Kursk"]


def test_a_broken_line_costs_itself_alone(tmp_path: Path) -> None:
    path, half = tmp_path / "log.jsonl", '{"text": "С'.encode()[:-1]
    log = MentionLog(path, 4)
    log.add([(Mention("Суджа"), ANSWER)])
    for _ in range(2):
        with path.open("ab") as file:
            file.write(half)
        log.add([(Mention("Kursk"), ANSWER)])
    whole = path.read_bytes().splitlines()
    assert (whole[1], json.loads(whole[2])["text"]) == (half, "Kursk")
    path.write_bytes(b"\n".join([half, whole[0], half]))
    MentionLog(path, 4).add([(Mention("Lviv"), ANSWER)])
    assert path.read_bytes().splitlines()[:2] == [half, whole[0]], "it is not the first line that tells what it is"
    assert json.loads(path.read_bytes().splitlines()[2])["text"] == "Lviv"


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "log.jsonl"
    log = MentionLog(path, 4)
    log.add([(Mention("Суджа"), ANSWER)])
    before, limits = path.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 11, limits[1]))
    try:
        log.add([(Mention("Суджа"), ANSWER)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert "1 answers were not logged" in caplog.text


@pytest.mark.parametrize("left", [b"", b'{"te', b'{"text": "Kurs', b"\0" * 4096], ids=["none", "few", "half", "zeros"])
def test_a_log_of_which_no_whole_line_is_left_is_gone_on_with(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(left)
    MentionLog(path, 4).add([(Mention("Lviv"), ANSWER)])
    assert [json.loads(line)["text"] for line in path.read_bytes().splitlines()] == ["Lviv"]


def test_another_file_is_left_alone(tmp_path: Path) -> None:
    for content in ("precious\n", '{"text": "Sudzha"}\n', "precious\n5\n", "\0" * 12 + "precious"):
        (tmp_path / "file.jsonl").write_text(content, "utf-8")
        with pytest.raises(InvalidInput, match=r"log_mentions: .* is no log of mentions"):
            MentionLog(tmp_path / "file.jsonl", 4)
        assert (tmp_path / "file.jsonl").read_text("utf-8") == content


def test_a_log_has_a_name_that_can_be_replayed(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"log_mentions: must end in \.jsonl, as `normalizer replay` reads it"):
        MentionLog(tmp_path / "m.log", 4)
    assert not [*tmp_path.iterdir()]


def test_what_cannot_be_logged_is_answered(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "folder").mkdir()
    log = MentionLog(tmp_path / "folder" / "log.jsonl", 4)
    (tmp_path / "folder" / "log.jsonl").unlink()
    (tmp_path / "folder").rmdir()
    log.add([(Mention("Sudzha"), ANSWER)])
    MentionLog(tmp_path / "log.jsonl", 4).keep(["\udc80"])
    assert caplog.text.count("1 answers were not logged") == 2

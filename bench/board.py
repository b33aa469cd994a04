"""Results of the scoreboard -> its part of docs/evaluation.md, its table in README.md, its pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babel import Locale

from bench import logic_v2
from bench.machine import ROOT, sentence
from bench.markdown import percent, table, write_block
from bench.questions import KINDS, OTHER_SCRIPTS
from bench.scores import COMPARED, PRECISIONS, Systems
from normalizer.evaluation import pictures
from normalizer.training.queries import NIL

README, PAGE = ROOT / "README.md", ROOT / "docs" / "evaluation.md"


def _at(precision: float) -> str:
    return f"at {100 * precision:.0f} %"


_AT = _at(COMPARED)
_ANSWERABLE = {"r@1": "right one first", "yield": f"LINKED and right, {_AT}"}
"""Figure of the parts that have an answer -> heading."""
_ABSENT = KINDS[NIL]


def write(figures: Mapping[str, Any]) -> None:
    """Write the tables of all systems into both pages, and those of the parts into docs/evaluation.md."""
    write_block(README, "scoreboard", short(figures))
    write_block(PAGE, "scoreboard", full(figures))


def short(figures: Mapping[str, Any]) -> str:
    """Return a table of all systems for each source."""
    return "\n\n".join([*map(_source, figures["sources"]), sentence(dict(figures))])


def full(figures: Mapping[str, Any]) -> str:
    """Return these tables, the pictures, and tables of the parts, the weakest first."""
    blocks = [block for source in figures["sources"] for block in _full(source)]
    return "\n\n".join([sentence(dict(figures)) + _about_logic(figures), *blocks])


def draw(folder: Path, source: str, systems: Systems) -> None:
    """Draw the reliability of the first system, and the precision and yield of all of them."""
    folder.mkdir(parents=True, exist_ok=True)
    first = next(iter(systems))
    pictures.draw_reliability(folder / f"{source}-reliability.png", f"{first}, {source}", systems[first])
    pictures.draw_precision_yield(folder / f"{source}-precision-yield.png", source, systems)


def _about_logic(figures: Mapping[str, Any]) -> str:
    if not figures[logic_v2.NAME]:
        return (
            f" {logic_v2.PACKAGE} was not installed, so that {logic_v2.NAME} is missing "
            f"(`pip install {logic_v2.PACKAGE}`; it needs ICU and a compiler)."
        )
    among = " and ".join(f"{percent(source['listed'])} of {source['source']}" for source in figures["sources"])
    return (
        f" {logic_v2.NAME} is that of {logic_v2.PACKAGE} {figures[logic_v2.NAME]}; the right one is among the names "
        f"that it gets for {among}."
    )


def _source(source: Mapping[str, Any]) -> str:
    """Return the table of the systems, under a line that says what was asked."""
    headings = ["", "right one first", "among five"]
    for precision in PRECISIONS:
        headings += [f"LINKED and right, {_at(precision)}", "right of these LINKED"]
    headings.append(f"LINKED, should be NIL, {_AT}")
    title = f"**{source['source'].capitalize()}**, {source['questions']:,} questions, {source['names']:,} names:"
    return f"{title}\n\n" + table(headings, [_system(name, found) for name, found in source["systems"].items()])


def _system(name: str, found: Mapping[str, Any]) -> list[str]:
    first = [found["as it answered"][figure] for figure in ("r@1", "r@5")]
    linked = [found[str(precision)][figure] for precision in PRECISIONS for figure in ("yield", "precision")]
    return [name, *map(percent, [*first, *linked, found[str(COMPARED)]["false"]])]


def _full(source: Mapping[str, Any]) -> list[str]:
    name = source["source"]
    answerable = [part for part in source["parts"] if part["kind"] != _ABSENT]
    absent = [part for part in source["parts"] if part["kind"] == _ABSENT]
    tables = [block for figure, heading in _ANSWERABLE.items() for block in _parts(name, answerable, figure, heading)]
    return [
        f"### {name.capitalize()} beside the peers",
        _source(source),
        _as_shipped(source),
        f"![Precision and yield, {name}](pictures/{name}-precision-yield.png)",
        f"![Reliability, {name}](pictures/{name}-reliability.png)",
        *tables,
        *_parts(name, absent, "false", f"LINKED, should be NIL, {_AT}"),
    ]


def _as_shipped(source: Mapping[str, Any]) -> str:
    name, found = next(iter(source["systems"].items()))
    ours = found["as it answered"]
    return (
        f"As it is shipped, without a threshold from these questions, the {name} LINKED {percent(ours['linked'])} of "
        f"them; of these, {percent(ours['precision'])} rightly. That is a yield of {percent(ours['yield'])}; "
        f"{percent(ours['false'])} of what should be NIL was LINKED; the calibration error is "
        f"{100 * (ours['error'] or 0):.1f} points."
    )


def _parts(name: str, parts: Sequence[Mapping[str, Any]], figure: str, heading: str) -> list[str]:
    """Return a table with a line for each part and a column for each system."""
    systems = list(parts[0]["systems"]) if parts else []
    lines = [
        [part["kind"], _script(part["script"]), f"{part['systems'][systems[0]]['rows']:,}"]
        + [percent(part["systems"][system][figure]) for system in systems]
        for part in parts
    ]
    return [f"#### {name.capitalize()}: {heading}", table(["", "script", "rows", *systems], lines, texts=2)]


def _script(code: str) -> str:
    return "other scripts" if code == OTHER_SCRIPTS else str(Locale("en").scripts.get(code, code))

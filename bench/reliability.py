"""Break it on purpose, and count what was lost: `make reliability`.

    python -m bench.reliability [PART ...] [--count N] [--short]

Each part takes a count of its own kind (kills, losses, retries, edits, bytes, histories, changes); --count sets it for
the parts named, --short is what fits into a minute. The results of each part go to bench/results/reliability.json and
from there into docs/reliability.md; with --short or --count they are only printed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from bench import (
    reliability_bytes,
    reliability_disk,
    reliability_kills,
    reliability_machine,
    reliability_postgresql,
    reliability_power,
    reliability_service,
    reliability_swaps,
)
from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from normalizer.cli.progress import progress_bars
from normalizer.index.builder import Progress

RESULTS = ROOT / "bench" / "results" / "reliability.json"
PAGE = ROOT / "docs" / "reliability.md"


class Part(NamedTuple):
    """One way to break it."""

    measure: Callable[[int, Progress], dict[str, Any]]
    usual: int
    short: int
    what: str


PARTS: Mapping[str, Part] = {
    "kills": Part(reliability_kills.measure, 1000, 20, "kill -9 of a process in which four threads edit"),
    "power": Part(reliability_power.measure, 2000, 20, "losses of power while the store writes, simulated by APSW"),
    "postgresql": Part(
        reliability_postgresql.measure, 100, 3, "kill -9 of a whole PostgreSQL server with three writers"
    ),
    "retries": Part(reliability_service.retries, 2000, 40, "edits sent twice, over connections that are cut"),
    "edits": Part(
        reliability_service.edits, 100_000, 400, "edits of few entities from eight clients, guarded by etags"
    ),
    "replica": Part(
        reliability_service.replica, 10_000, 100, "changes copied by a replica, over connections that are cut"
    ),
    "swaps": Part(reliability_swaps.measure, 100, 3, "the index exchanged under edits and questions without a pause"),
    "bytes": Part(reliability_bytes.measure, 500, 30, "one byte changed in a file of the store or the index"),
    "disk": Part(reliability_disk.measure, 20, 2, "times that the disk becomes full under a server"),
    "histories": Part(reliability_machine.measure, 1000, 20, "random histories against a model"),
}


def main() -> None:
    """Measure, and keep the results of a whole run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without")
    parser.add_argument("--count", type=int, help="how many, for each part")
    parser.add_argument("--short", action="store_true", help="few of each: two minutes in all")
    options = parser.parse_args()
    if unknown := set(options.parts) - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with progress_bars() as progress:
        for name in options.parts or PARTS:
            part = PARTS[name]
            began = time.monotonic()
            found = part.measure(options.count or (part.short if options.short else part.usual), progress)
            found = {"what": part.what, **found, "seconds": round(time.monotonic() - began, 1)}
            print(f"{name}: {json.dumps(found, ensure_ascii=False)}", flush=True)
            if not (options.count or options.short):
                keep(name, found)


def keep(name: str, found: Mapping[str, Any]) -> None:
    """Keep what a part found at its usual count, beside the others; the page tells of each which commit it was."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {"parts": {}}
    known["parts"][name] = {**stamp(), "found": found}
    known["parts"] = {part: known["parts"][part] for part in PARTS if part in known["parts"]}
    RESULTS.write_text(json.dumps(known, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_block(
        PAGE, "reliability", "\n\n".join([f"The last part: {sentence(known['parts'][name])}", _tables(known["parts"])])
    )


def _tables(parts: Mapping[str, Mapping[str, Any]]) -> str:
    rows: list[Sequence[str]] = []
    for name, kept in parts.items():
        found = {**kept["found"], "commit, day": f"{kept['commit']}, {kept['day']}"}
        rows += [[name if at == 0 else "", key, _shown(value)] for at, (key, value) in enumerate(found.items())]
    return table(["part", "", "figure"], rows, texts=2)


def _shown(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


if __name__ == "__main__":
    main()

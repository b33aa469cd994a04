"""Measure everything that README.md and docs/performance.md say in figures, and write it there.

    python -m bench.figures --data data [--build]

The results go to bench/results/figures.json and from there into the pages, between their marks. What building takes is
measured only with --build, and else stays as it was last measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from bench import building, pages, report, speed
from bench.machine import ROOT, stamp
from normalizer import Normalizer
from normalizer.cli.progress import progress_bars

RESULTS = ROOT / "bench" / "results" / "figures.json"


def main() -> None:
    """Measure, keep the results, write the pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"), help="data directory of the default gazetteer")
    parser.add_argument("--build", action="store_true", help="measure building as well (two minutes)")
    options = parser.parse_args()
    before = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    figures = measure(options.data, options.build)
    figures.setdefault("build", before.get("build"))
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    pages.write(figures)
    print(f"wrote {RESULTS.relative_to(ROOT)} and the figures of README.md and docs/performance.md")


def measure(data: Path, build: bool) -> dict[str, Any]:
    """Return all figures; `build` adds those of building."""
    with progress_bars() as progress, Normalizer.open(data, remembered=0) as normalizer:
        figures: dict[str, Any] = {"command": "make figures", **stamp()}
        if build:
            figures["build"] = building.measure(progress)
        progress("names of the report", 0, 1)
        figures["report"] = report.measure(normalizer)
        progress("names of the report", 1, 1)
        figures["speed"] = speed.measure(normalizer, data, progress)
    return figures


if __name__ == "__main__":
    main()

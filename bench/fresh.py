"""What a process pays before its first answer, and the memory it then holds: ``python -m bench.fresh --data DIR``.

Run by `bench.speed` in processes of its own, since only a fresh one shows these. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
from pathlib import Path

BEGAN = time.perf_counter()
QUERIES = 1_000


def main() -> None:
    """Open, ask, ask a thousand more, and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="data directory of the gazetteer")
    data = parser.parse_args().data
    from normalizer import Mention, Normalizer

    imported = time.perf_counter()
    normalizer = Normalizer.open(data)
    opened = time.perf_counter()
    normalizer.normalize([Mention("Zaporizhia rgeion", "place")])
    answered = time.perf_counter()
    values = normalizer.gazetteer.snapshot.of_type("place")[0].segment.values
    step = max(1, len(values) // QUERIES)
    normalizer.normalize([Mention(f"{values[number]}a", "place") for number in range(0, step * QUERIES, step)])
    print(
        json.dumps({
            "import s": imported - BEGAN,
            "open s": opened - imported,
            "first answer s": answered - opened,
            "resident MB": _resident_megabytes(),
        })
    )  # fmt: skip


def _resident_megabytes() -> float:
    """Return the resident memory, mapped files included, in 10^6 bytes; where the system cannot tell, its peak."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1e6 if sys.platform == "darwin" else 1e3)


if __name__ == "__main__":
    main()

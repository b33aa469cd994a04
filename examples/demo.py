"""The names of one war report, resolved through a real server: what `make demo` runs.

Starts `normalizer serve` on a free port, waits until its health says SERVING, sends the mentions of
report-mentions.tsv in one NormalizeBatch, prints the answers, and stops the server.

    python examples/demo.py [--data DIR]
"""

from __future__ import annotations

import argparse
import csv
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from rich.console import Console
from rich.table import Table
from rich.text import Text

from normalizer.v1 import normalizer_pb2, normalizer_pb2_grpc, types_pb2

MENTIONS = Path(__file__).with_name("report-mentions.tsv")
COLORS = {"LINKED": "green", "AMBIGUOUS": "yellow", "NIL": "dim"}


def main() -> int:
    """Run the demo; the exit code is 1 when a mention got an error for an answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="data", help="the directory of the gazetteer")
    directory = parser.parse_args().data
    mentions = read_mentions()
    print("== starting the server (the very first time, this machine compiles its kernels)", flush=True)
    with served(directory) as address, grpc.insecure_channel(address) as channel:
        wait_until_serving(channel)
        print(f"== {len(mentions)} mentions of the report, in one NormalizeBatch to {address}\n", flush=True)
        began = time.perf_counter()
        answers = ask(channel, mentions)
        milliseconds = (time.perf_counter() - began) * 1000
    show(mentions, answers)
    print(f"\n== {len(mentions)} answers in {milliseconds:.0f} ms, the way to the server and back included")
    return 0 if all(answer.HasField("resolution") for answer in answers) else 1


def read_mentions() -> list[types_pb2.Mention]:
    """The names of the report with their types, the others beside each, and a country where the sentence tells it."""
    with MENTIONS.open(encoding="utf-8", newline="") as lines:
        rows = [*csv.DictReader(lines, delimiter="\t")]
    beside = [row["text"] for row in rows]
    return [
        types_pb2.Mention(text=row["text"], type=row["type"], country=row["country"], co_mentions=beside)
        for row in rows
    ]


@contextmanager
def served(directory: str) -> Iterator[str]:
    """Run a server for the length of the block; yields the address that it says it listens on."""
    command = [sys.executable, "-m", "normalizer.cli.main", "serve", "--address", "127.0.0.1:0", "--data", directory]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            line = server.stdout.readline()
            if not line.startswith("listening on "):
                raise SystemExit("the server did not start; its message is above")
            yield line.split()[-1]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)


def wait_until_serving(channel: grpc.Channel) -> None:
    """Ask the health service, as a load balancer would."""
    health = health_pb2_grpc.HealthStub(channel)
    for _ in range(100):
        answer = health.Check(health_pb2.HealthCheckRequest(), timeout=10, wait_for_ready=True)
        if answer.status == health_pb2.HealthCheckResponse.SERVING:
            return
        time.sleep(0.1)
    raise SystemExit("the server listens but does not say SERVING")


def ask(channel: grpc.Channel, mentions: Sequence[types_pb2.Mention]) -> Sequence[normalizer_pb2.Answer]:
    """One call for all; each answer is a resolution or a status of its own."""
    normalizer = normalizer_pb2_grpc.NormalizerServiceStub(channel)
    request = normalizer_pb2.NormalizeBatchRequest(mentions=mentions)
    return normalizer.NormalizeBatch(request, timeout=60).answers


def show(mentions: Sequence[types_pb2.Mention], answers: Sequence[normalizer_pb2.Answer]) -> None:
    """Print one line per mention."""
    watched = sys.stdout.isatty()  # then lines are folded; else each is one line, and long reasons are cut
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, width in (("mention", 39), ("outcome", 9), ("entity", 36), ("id", 38), ("p", 5), ("why", 46)):
        table.add_column(
            heading,
            max_width=None if watched else width,
            overflow="fold" if watched else "ellipsis",
            no_wrap=not watched,
        )
    for mention, answer in zip(mentions, answers, strict=True):
        cells = cells_of(answer)
        table.add_row(*map(Text, (mention.text, *cells)), style=COLORS.get(cells[0], "red"))
    Console(width=None if watched else 200, highlight=False).print(table)


def cells_of(answer: normalizer_pb2.Answer) -> tuple[str, str, str, str, str]:
    """Outcome, entity, id, probability, why. What is not LINKED shows its first candidate with a question mark."""
    if not answer.HasField("resolution"):
        return "ERROR", "", "", "", answer.status.message
    resolution = answer.resolution
    outcome = types_pb2.Outcome.Name(resolution.outcome).removeprefix("OUTCOME_")
    if not resolution.candidates:
        return outcome, "", "", "", resolution.why
    first = resolution.candidates[0]
    doubt = "" if resolution.entity_id else "? "
    what = ", ".join(part for part in (first.kind or first.type, first.country) if part)
    return outcome, f"{doubt}{first.name} ({what})", first.entity_id, f"{first.probability:.3f}", resolution.why


if __name__ == "__main__":
    sys.exit(main())

"""What several processes of a server are worth: calls a second, waiting times, memory, and how soon edits are seen.

    python -m bench.serving --data data [--processes 1 2] [--clients 1 4 16]

Serves a copy of the gazetteer, and calls it from another process, each client in a thread of its own and over a
connection of its own, which the system gives to one of the server's processes. All is on one machine: calling takes
part of the processors too.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import grpc
import numpy as np

from bench.machine import ROOT, sentence, stamp
from bench.markdown import table, write_block
from bench.reliability_server import server_process
from bench.speed import SEED, exact_and_fuzzy
from normalizer import Normalizer
from normalizer.v1 import gazetteer_pb2, normalizer_pb2, types_pb2
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub
from normalizer.v1.normalizer_pb2_grpc import NormalizerServiceStub

PAGE = ROOT / "docs" / "performance.md"
RESULTS = ROOT / "bench" / "results" / "serving.json"
TIMES = 3
"""How often each server is measured."""
WARM = 2.0
"""Seconds of calls before."""
BATCH, BATCHING = 256, 4
"""Names in a batch, and clients that ask so."""
EDITS = 200
WATCHING = 8
"""Connections over which is asked for a name at once that was added over another one."""
NAMED = "geonames:486816"
LISTENS = "0A"
"""The state of a listening socket in /proc/net/tcp."""
FRESH_CHANNEL = [("grpc.use_local_subchannel_pool", 1)]

Figures = dict[str, float]


def main() -> None:
    """Measure, keep the results, write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("data"))
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--seconds", type=float, default=2.0, help="how long each number of clients calls at a time")
    options = parser.parse_args()
    texts = _texts(options.data)

    def asked(clients: int) -> Callable[[Server], Figures]:
        return partial(timed, lambda address: pool.apply(called, (address, clients, texts, options.seconds)))

    def sent(server: Server) -> Figures:
        return pool.apply(batched, (server.address, texts, options.seconds))

    with tempfile.TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(1) as pool:
        data = [shutil.copytree(options.data, Path(folder) / str(processes)) for processes in options.processes]
        os.sync()  # what was not written yet would count as memory
        memory = []
        for directory, processes in zip(data, options.processes, strict=True):
            with serving(directory, processes) as server:
                pool.apply(called, (server.address, max(options.clients), texts, WARM))
                memory.append([shares(pid) for pid in server.pids])
        with ExitStack() as running:
            servers = [running.enter_context(serving(*one)) for one in zip(data, options.processes, strict=True)]
            for server in servers:
                pool.apply(called, (server.address, max(options.clients), texts, WARM))
            figures = {
                **stamp(),
                "processes": options.processes,
                "calls": {clients: in_turn(servers, asked(clients)) for clients in options.clients},
                "batches": in_turn(servers, sent),
                "edits": in_turn(servers, lambda server: pool.apply(edited, (server.address,)), times=1),
                "another process after kill -9, ms": [replaced(server) for server in servers],
                "memory": memory,
            }  # fmt: skip
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    write(figures)


class Server(NamedTuple):
    """A server that runs."""

    address: str
    pid: int

    @property
    def pids(self) -> list[int]:
        """Its processes, the one first that has started the others."""
        tasks = Path(f"/proc/{self.pid}/task").glob("*/children")
        return [self.pid, *(int(child) for task in tasks for child in task.read_text("ascii").split())]

    @property
    def listeners(self) -> int:
        """How many sockets listen at its port."""
        port = f":{int(self.address.rpartition(':')[2]):04X}"
        lines = "".join(Path("/proc/net", kind).read_text("ascii") for kind in ("tcp", "tcp6")).splitlines()
        rows = [line.split() for line in lines]
        return sum(row[1].endswith(port) and row[3] == LISTENS for row in rows)


@contextmanager
def serving(data: Path, processes: int) -> Iterator[Server]:
    """Run a server for the length of the block."""
    with server_process(data, "--no-verify", "--remember", "0", "--processes", str(processes)) as (address, process):
        yield Server(address, process.pid)


def in_turn(servers: Sequence[Server], measure: Callable[[Server], Figures], times: int = TIMES) -> list[Figures]:
    """Return the medians of what is measured of each server, several times in turn."""
    measured = [[measure(server) for server in servers] for _ in range(times)]
    return [{name: round(median(one[name] for one in some), 2) for name in some[0]}
            for some in zip(*measured, strict=True)]  # fmt: skip


def timed(measure: Callable[[str], Figures], server: Server) -> Figures:
    """Add the processors' time of the server to what is measured of its calls."""
    before = processor_seconds(server)
    figures = measure(server.address)
    spent = processor_seconds(server) - before
    return {**figures, "processor us a call": round(1e6 * spent / figures["calls"])}


def processor_seconds(server: Server) -> float:
    """Return what a server has taken of the processors by now."""
    stats = [Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split() for pid in server.pids]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def replaced(server: Server) -> float | None:
    """Kill a process of several; return the milliseconds until another one listens."""
    listeners, (_, *forked) = server.listeners, server.pids
    if not forked:
        return None
    os.kill(forked[0], signal.SIGKILL)
    began = time.perf_counter()
    while server.listeners == listeners:  # until it is gone
        time.sleep(0.001)
    while server.listeners < listeners:
        time.sleep(0.001)
    return round(1000 * (time.perf_counter() - began))


def called(address: str, clients: int, texts: Sequence[str], seconds: float) -> Figures:
    """Return calls a second of some clients, and the milliseconds that one of their calls takes."""

    def call(client: int) -> list[float]:
        generator, times = random.Random(client), []
        with grpc.insecure_channel(address, FRESH_CHANNEL) as channel:
            ask = NormalizerServiceStub(channel).Normalize
            while time.perf_counter() < end:
                mention = types_pb2.Mention(text=generator.choice(texts))
                began = time.perf_counter()
                ask(normalizer_pb2.NormalizeRequest(mention=mention))
                times.append(time.perf_counter() - began)
        return times

    end = time.perf_counter() + seconds
    with ThreadPoolExecutor(clients) as pool:
        times = [1000 * one for some in pool.map(call, range(clients)) for one in some]
    p50, p99 = np.percentile(times, [50, 99])
    return {"calls": len(times), "a second": round(len(times) / seconds), "p50 ms": float(p50), "p99 ms": float(p99)}


def batched(address: str, texts: Sequence[str], seconds: float) -> Figures:
    """Return names a second of some clients that ask in batches."""

    def call(client: int) -> int:
        generator, names = random.Random(client), 0
        with grpc.insecure_channel(address, FRESH_CHANNEL) as channel:
            ask = NormalizerServiceStub(channel).NormalizeBatch
            while time.perf_counter() < end:
                mentions = [types_pb2.Mention(text=text) for text in generator.sample(texts, BATCH)]
                ask(normalizer_pb2.NormalizeBatchRequest(mentions=mentions))
                names += BATCH
        return names

    began = time.perf_counter()
    end = began + seconds
    with ThreadPoolExecutor(BATCHING) as pool:
        names = sum(pool.map(call, range(BATCHING)))
    return {"names a second": round(names / (time.perf_counter() - began))}


def edited(address: str) -> dict[str, float]:
    """Add names; return how long that takes, and how soon all others that ask at once then find it."""
    adding: list[float] = []
    seen: list[float] = []
    missed = 0
    with ExitStack() as open_channels:
        channels = [
            open_channels.enter_context(grpc.insecure_channel(address, FRESH_CHANNEL)) for _ in range(WATCHING + 1)
        ]
        editor = GazetteerServiceStub(channels[0])
        askers = [NormalizerServiceStub(channel) for channel in channels[1:]]
        pool = open_channels.enter_context(ThreadPoolExecutor(WATCHING))
        for number in range(EDITS):
            text = "Qaxotepl " + "".join(chr(ord("a") + int(digit)) for digit in str(number))
            request = gazetteer_pb2.AddNameRequest(
                id=NAMED, name=types_pb2.Name(value=text), edit=types_pb2.Edit(author="bench")
            )
            asked = normalizer_pb2.NormalizeRequest(mention=types_pb2.Mention(text=text))
            began = time.perf_counter()
            revision = editor.AddName(request).entity.revision
            acknowledged = time.perf_counter()
            answers = list(pool.map(lambda asker, asked=asked: asker.Normalize(asked), askers))
            seen.append(1000 * (time.perf_counter() - acknowledged))
            adding.append(1000 * (acknowledged - began))
            missed += sum(answer.resolution.versions.revision < revision for answer in answers)
    return {
        "adding a name, p50 ms": float(np.percentile(adding, 50)),
        "adding a name, p99 ms": float(np.percentile(adding, 99)),
        f"{WATCHING} answers after it, p50 ms": float(np.percentile(seen, 50)),
        f"{WATCHING} answers after it, p99 ms": float(np.percentile(seen, 99)),
        "answers without it": missed,
    }


def shares(pid: int) -> dict[str, float]:
    """Return the memory of a process in MB: all that is mapped, its share of that, and what it alone has written."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return {said: round(kilobytes[name] / 1024, 1)
            for said, name in (("RSS", "Rss"), ("PSS", "Pss"), ("private", "Private_Dirty"))}  # fmt: skip


def write(figures: dict[str, Any]) -> None:
    """Write the tables into docs/performance.md."""
    lines = [[f"{clients} client{'s' if clients > 1 else ''}: {name}", *(f"{one[name]:g}" for one in told)]
             for clients, told in figures["calls"].items() for name in told[0] if name != "calls"]  # fmt: skip
    for said in ("batches", "edits"):
        lines += [[name, *(f"{one[name]:g}" for one in figures[said])] for name in figures[said][0]]
    again = "another process after kill -9, ms"
    lines.append([again, *("" if milliseconds is None else f"{milliseconds:g}" for milliseconds in figures[again])])
    memory = [[f"{processes}, {f'process {at}' if at else 'the first process'}", *(f"{mb:g}" for mb in one.values())]
              for processes, some in zip(figures["processes"], figures["memory"], strict=True)
              for at, one in enumerate(some)]  # fmt: skip
    write_block(PAGE, "serving", "\n\n".join([
        sentence(figures), table(["processes", *map(str, figures["processes"])], lines),
        "Memory after two seconds of calls, in MB: all that is mapped, its share, and what the process alone wrote:",
        table(["processes", "RSS", "PSS", "private"], memory),
    ]))  # fmt: skip


def _texts(data: Path) -> list[str]:
    with Normalizer.open(data) as normalizer:
        generator = random.Random(SEED)
        exact, fuzzy = exact_and_fuzzy(normalizer.gazetteer, generator)
    return [mention.text for mention in [*exact[: len(fuzzy)], *fuzzy]]


if __name__ == "__main__":
    main()

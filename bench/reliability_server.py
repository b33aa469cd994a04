"""Real servers in processes of their own, and a wire to them that breaks."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from bench.machine import ROOT
from normalizer.gazetteer import Gazetteer
from normalizer.sources import jsonl
from normalizer.terms import Edit
from normalizer.v1.gazetteer_pb2_grpc import GazetteerServiceStub

SMALL = ROOT / "tests" / "data" / "small.jsonl"
RETRY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.UNKNOWN,
                   grpc.StatusCode.CANCELLED, grpc.StatusCode.INTERNAL})  # fmt: skip
"""What a client gets when the wire breaks."""


@cache
def _compiled() -> TemporaryDirectory[str]:
    folder = TemporaryDirectory()  # which goes when this process ends
    Gazetteer.build(Path(folder.name) / "gazetteer", jsonl.read(SMALL), Edit("reliability")).close()
    return folder


def small_gazetteer(directory: Path) -> Path:
    """Make a gazetteer of some sixty entities in a directory."""
    return Path(shutil.copytree(Path(_compiled().name) / "gazetteer", directory))


@contextmanager
def serving(directory: Path, *options: str) -> Iterator[str]:
    """Run `normalizer serve` for the length of the block; gives its address."""
    with server_process(directory, *options) as (address, _):
        yield address


@contextmanager
def server_process(directory: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `normalizer serve` for the length of the block; gives its address and the process."""
    command = [sys.executable, "-m", "normalizer.cli.main", "serve", "--data", str(directory), *options]
    if "--address" not in options:
        command += ["--address", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        if not line.startswith("listening on "):
            raise RuntimeError(f"the server did not start: {line}")
        try:
            yield line.split()[-1], server
        finally:
            server.terminate()


@contextmanager
def stub(address: str) -> Iterator[GazetteerServiceStub]:
    """A client that connects again at once."""
    options = [("grpc.initial_reconnect_backoff_ms", 20), ("grpc.max_reconnect_backoff_ms", 50),
               ("grpc.min_reconnect_backoff_ms", 20), ("grpc.use_local_subchannel_pool", 1)]  # fmt: skip
    with grpc.insecure_channel(address, options) as channel:
        yield GazetteerServiceStub(channel)


class BreakingWire:
    """Passes bytes on to a server, and cuts each connection after a random number of them."""

    def __init__(self, target: str, generator: random.Random, bytes_until: Callable[[random.Random], int]) -> None:
        host, _, port = target.rpartition(":")
        self._target = (host, int(port))
        self._generator = generator
        self._bytes_until = bytes_until
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    client.close()
                    continue
                left = [self._bytes_until(self._generator)]
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=self._pass_on, args=(one, other, left), daemon=True).start()

    def _pass_on(self, one: socket.socket, other: socket.socket, left: list[int]) -> None:
        with suppress(OSError):
            while data := one.recv(4096):
                passed = data[: max(0, left[0])]
                left[0] -= len(data)
                cut = left[0] <= 0
                self.cuts += cut  # before the last bytes go: they may end the other way
                other.sendall(passed)
                if cut:
                    break
        for end in (one, other):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

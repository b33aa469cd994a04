"""Variant spellings of places, persons and organizations become canonical ids of a gazetteer.

The public face: `Normalizer` resolves `Mention` values into `Resolution` values, `Comparer` compares two names without
a gazetteer. Everything else is a folder below.
"""

from typing import TYPE_CHECKING

from normalizer.terms import Candidate, Comparison, Entity, Evidence, InvalidInput, Mention, Name, Outcome, Resolution

if TYPE_CHECKING:
    from normalizer.comparing import Comparer
    from normalizer.pipeline import Normalizer

    __version__: str

__all__ = [
    "Candidate", "Comparer", "Comparison", "Entity", "Evidence", "InvalidInput", "Mention", "Name", "Normalizer",
    "Outcome", "Resolution",
]  # fmt: skip


def __getattr__(name: str) -> object:
    """Load the pipeline, and Numba with it, only when somebody asks for it: `normalizer --help` does not."""
    if name == "Normalizer":
        from normalizer.pipeline import Normalizer

        return Normalizer
    if name == "Comparer":
        from normalizer.comparing import Comparer

        return Comparer
    if name == "__version__":
        from importlib.metadata import version

        return version("normalizer")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

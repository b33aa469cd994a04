"""What one thing that speaks against two names being one is called, and what it is worth."""

from __future__ import annotations

from typing import NamedTuple

TELLS_APART = -6.0
"""Log-odds of what tells two names apart whatever their spelling: "Sector 7", "Sector 8". By judgment, as is the next:
too few of the names that are learned from have any, and the channel takes one digit nearly for another."""
SPEAKS_AGAINST = -3.5
"""The same of what may also be left out, or be a case form: "Lake Constance", "Constance"."""


class Contradiction(NamedTuple):
    """One thing that speaks against two names being one."""

    clause: str
    odds: float = TELLS_APART
    """What it is worth, in log-odds."""
    in_full: bool = False
    """Whether it holds of names in full alone: in running text, the European Court is that of Justice."""

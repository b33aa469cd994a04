"""What tests of the command line share: `normalizer gazetteer` called in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from normalizer.cli.main import cli
from normalizer.store.place import Place

SMALL = Path(__file__).parent / "data" / "small.jsonl"
SUDZHA, KURSK = "geonames:486816", "geonames:538560"


def run(where: Place | Path, *arguments: str, code: int = 0, **environment: str) -> Result:
    place = Place.at(where)
    there = {"NORMALIZER_DATA": str(place.directory), "NORMALIZER_STORE": place.store}
    result = CliRunner().invoke(cli, ["gazetteer", *arguments], env={**there, **environment}, prog_name="normalizer")
    assert result.exit_code == code, result.output
    return result


def told(where: Place | Path, *arguments: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in run(where, *arguments, "--json").stdout.splitlines()]

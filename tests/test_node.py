"""A foreign client: Node's grpc-js, from the protos alone, gets the answers that Python gets.

Where Node or npm is missing, or npm cannot install, these tests are skipped; with NORMALIZER_REQUIRE_NODE=1 they fail.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from normalizer.pipeline import Normalizer
from normalizer.service.server import Server, Settings
from normalizer.terms import Mention

CLIENT = Path(__file__).parent / "node"
PROTOS = Path(__file__).parents[1] / "protos"
GOOD = [{"text": "Суджа", "country": "RU"}, {"text": "Kursk region"}, {"text": "Zelensky", "type": "person"}]
BAD = [{"text": ""}, {"text": "Kyiv", "country": "XX"}, {"text": "\ud800"}]
FIELDS = ["text", "country", "text"]


@pytest.fixture(scope="module")
def client(request: pytest.FixtureRequest) -> Path:
    """The client's script beside its packages, which are kept in pytest's cache from run to run."""
    if not (shutil.which("node") and shutil.which("npm")):
        _give_up("Node and npm are not installed here: the foreign client is not tested")
    folder = Path(request.config.cache.mkdir("node"))
    package = folder / "package.json"
    wanted = (CLIENT / "package.json").read_bytes()
    if not (package.exists() and package.read_bytes() == wanted and (folder / "node_modules").exists()):
        _install(folder, wanted)
    return Path(shutil.copy(CLIENT / "client.mjs", folder))


def _install(folder: Path, package: bytes) -> None:
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    (folder / "package.json").write_bytes(package)
    command = ["npm", "install", "--package-lock=false", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        _give_up(f"npm could not install the foreign client, which is not tested: {done.stderr.strip()[:300]}")


def _give_up(reason: str) -> NoReturn:
    """Skip, or fail where the run demands Node."""
    if os.environ.get("NORMALIZER_REQUIRE_NODE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.mark.parametrize(("required", "ending"), [("1", pytest.fail.Exception), ("", pytest.skip.Exception)])
def test_a_run_may_demand_node(monkeypatch: pytest.MonkeyPatch, required: str, ending: type[BaseException]) -> None:
    monkeypatch.setenv("NORMALIZER_REQUIRE_NODE", required)
    with pytest.raises(ending, match="npm is missing"):
        _give_up("npm is missing")


@pytest.fixture(scope="module")
def address(normalizer: Normalizer) -> Iterator[str]:
    server = Server.start(normalizer, Settings("127.0.0.1:0", grace=0.0))
    yield server.address
    server.stop()


@pytest.fixture(scope="module")
def answers(client: Path, address: str) -> dict[str, Any]:
    """What Node got for the good mentions and then the bad ones, by method."""
    command = ["node", str(client), address, str(PROTOS), json.dumps(GOOD + BAD)]
    done = subprocess.run(command, cwd=client.parent, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    got: dict[str, Any] = json.loads(done.stdout)
    return got


def test_node_gets_the_same_answers(answers: dict[str, Any], normalizer: Normalizer) -> None:
    for place, mention in enumerate(GOOD):
        expected = normalizer.normalize([Mention(**mention)])[0]
        for method in ("normalize", "batch", "stream"):
            resolution = answers[method][place]["resolution"]
            assert resolution["outcome"] == f"OUTCOME_{expected.outcome}"
            assert resolution["entityId"] == (expected.entity_id or "")
            assert resolution["probability"] == expected.probability
            assert [each["name"] for each in resolution["candidates"]] == [each.name for each in expected.candidates]
            assert resolution["versions"]["revision"] == expected.versions.revision


def test_node_learns_what_is_wrong(answers: dict[str, Any]) -> None:
    for place, field in enumerate(FIELDS, start=len(GOOD)):
        failed = answers["normalize"][place]
        assert failed["code"] == "INVALID_ARGUMENT"
        assert failed["details"].startswith(f"mention.{field}: ")
        status = answers["stream"][place]["status"]
        assert (status["code"], status["message"]) == (3, failed["details"])
    statuses = [answer["status"]["message"].split(": ")[0] for answer in answers["batch"][len(GOOD) :]]
    assert statuses == ["mentions[3].text", "mentions[4].country"]

"""A model of one's own: fitted by commands, kept beside its gazetteer, and given up again."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from normalizer.cli.main import cli
from normalizer.gazetteer import Gazetteer
from normalizer.matching.model import CARD, MODEL, Model
from normalizer.pipeline import OWN_MODEL, Normalizer
from normalizer.terms import Edit, Entity, Mention, ModelUnusable, Name

SYLLABLES = ["ka", "ru", "mel", "dor", "vin", "sa", "tis", "gol", "be", "nor", "pa", "zum"]


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of 900 places with two or three names each."""
    generator, directory = random.Random(6), tmp_path_factory.mktemp("many")
    entities = []
    for number in range(900):
        name = "".join(generator.choices(SYLLABLES, k=3)).capitalize()
        names = (Name(name.replace("k", "kh")), Name(f"{name}e"), Name(name))
        entities.append(Entity(f"t:{number}", "place", name, names[: 2 + number % 2], country="RU", kind="city"))
    Gazetteer.build(directory, entities, Edit("tests", "many places")).close()
    return directory


def run(arguments: Sequence[str], data: Path) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--data", str(data)])


@pytest.mark.parametrize("command", ["calibrate", "train"])
def test_a_fit_is_kept_with_its_gazetteer_and_given_up_again(many: Path, command: str) -> None:
    mention = Mention("Kamelvin", type="place")
    with Normalizer.open(many) as normalizer:
        before = normalizer.normalize([mention])[0].versions
    done = run([command, "--size", "1500", "--json"], many)
    assert done.exit_code == 0, done.output
    figures = json.loads(done.stdout)
    assert figures[0]["type"] == "place"
    assert figures[0]["queries"] > 50
    assert 0.5 < figures[0]["right first"] <= 1
    with Normalizer.open(many) as normalizer:
        after = normalizer.normalize([mention])[0].versions
    assert after.model != before.model
    assert json.loads((many / OWN_MODEL / CARD).read_text("utf-8"))["card"]["revision"] == 1
    assert "shipped answers again" in run(["calibrate", "--shipped"], many).output
    assert "no model of its own" in run(["calibrate", "--shipped"], many).output
    with Normalizer.open(many) as normalizer:
        assert normalizer.normalize([mention])[0].versions == before


def test_the_table_is_for_people(many: Path) -> None:
    done = run(["calibrate", "--size", "1500"], many)
    assert done.exit_code == 0, done.output
    assert "precision" in done.stdout.splitlines()[0]
    assert "Expected at the default precision" in done.stdout
    run(["calibrate", "--shipped"], many)


def test_too_few_names_are_refused(small_gazetteer: Path) -> None:
    done = run(["calibrate", "--size", "1000"], small_gazetteer)
    assert done.exit_code == 1
    assert "a fit needs 600" in done.output
    assert not (small_gazetteer / OWN_MODEL).exists()


def test_a_damaged_model_is_refused_with_what_to_do(many: Path) -> None:
    folder = many / OWN_MODEL
    model, content = Model.load(), json.loads((MODEL / CARD).read_text("utf-8"))
    damages = {
        "no card": lambda: (folder / CARD).unlink(),
        "no JSON": lambda: (folder / CARD).write_text("{", "utf-8"),
        "no trees": lambda: next(folder.glob("*.npz")).unlink(),
        "other trees": lambda: next(folder.glob("*.npz")).write_bytes(b"x"),
        "other evidence": lambda: model.write(folder, {**content, "known": {}}),
    }
    for what, damage in damages.items():
        model.write(folder, content)
        Normalizer.open(many).close()
        damage()
        with pytest.raises(ModelUnusable, match="calibrate --shipped"):
            Normalizer.open(many)
        assert run(["calibrate", "--shipped"], many).exit_code == 0, what


def test_a_new_model_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    model = Model.load()
    content = json.loads((MODEL / CARD).read_text("utf-8"))
    (tmp_path / "forests-000000000000.npz").write_bytes(b"old")
    model.write(tmp_path, content)
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".json", ".npz"]
    again = Model.load(tmp_path)
    assert (again.weights == model.weights).all()

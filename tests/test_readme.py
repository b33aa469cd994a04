"""What the documents tell a newcomer to type exists, and the README's commands do what they say.

(That the README's commands parse and its Python runs is held by `test_cli.py`.)
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from normalizer.cli.main import cli

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "gazetteer/README.md", ROOT / "normalizer/rules/README.md"]
)
TEXTS = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in DOCUMENTS}
NOT_RUN = ("normalizer serve", "normalizer gazetteer init")
"""Commands that never end, or take a minute."""


def named(pattern: str) -> list[str]:
    """Every distinct match of a pattern in code (inline or in a block) of any document."""
    code = [found for text in TEXTS.values() for found in re.findall(r"```.*?```|`[^`\n]+`", text, re.S)]
    return sorted({match for found in code for match in re.findall(pattern, found, re.M)})


@pytest.mark.parametrize("target", named(r"^`*make ([a-z]+)"))
def test_make_knows_the_target(target: str) -> None:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    done = subprocess.run([make, "--dry-run", target], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_make_lists_its_targets() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.M)
    assert phony
    assert set(re.findall(r"^([a-z]+):.*## .+$", makefile, re.M)) == set(phony[1].split())


@pytest.mark.parametrize("words", named(r"^`*normalizer ([a-z]+(?: [a-z-]+)*)"))
def test_the_command_exists(words: str) -> None:
    command: click.Command = cli
    for word in words.split():
        if not isinstance(command, click.Group):
            break
        assert word in command.commands, f"normalizer {words}"
        command = command.commands[word]


@pytest.mark.parametrize("module", named(r"python -m ([a-z_.]+)"))
def test_the_module_exists(module: str) -> None:
    path = ROOT.joinpath(*module.split("."))
    assert path.with_suffix(".py").exists() or module in {"venv", "pip", "pytest"}


@pytest.mark.parametrize("document", TEXTS)
def test_links_lead_somewhere(document: str) -> None:
    for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", TEXTS[document]):
        assert "://" in link or ((ROOT / document).parent / link).exists(), f"{document} links to {link}"


def test_the_architecture_names_what_is_there() -> None:
    table = TEXTS["ARCHITECTURE.md"].partition("| folder |")[2]
    cells = re.findall(r"^\| (`.*?) \|", table, re.M)
    paths = [path for cell in cells for path in re.findall(r"`([^`]+)`", cell)]
    assert len(paths) > 15
    for path in paths:
        assert (ROOT / path).exists() or (ROOT / "normalizer" / path).exists(), path


def readme_commands() -> list[str]:
    """The `normalizer` lines of the README's blocks, in their order."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", TEXTS["README.md"], re.S | re.M)
    lines = [line for tag, block in blocks if tag in ("", "sh", "shell") for line in block.splitlines()]
    return [line for line in lines if line.startswith("normalizer ") and not line.startswith(NOT_RUN)]


def test_the_commands_of_the_readme_run(own_gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, as a newcomer types them, with the small gazetteer in the place of the default one."""
    for folder in ("examples", "tests"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)
    lines = readme_commands()
    assert len(lines) > 4
    for line in lines:
        arguments = shlex.split(line, comments=True)[1:]
        result = CliRunner().invoke(cli, arguments, env={"NORMALIZER_DATA": str(own_gazetteer)})
        assert result.exit_code == 0, f"{line}\n{result.output}"
        assert result.output or "-o" in arguments, line

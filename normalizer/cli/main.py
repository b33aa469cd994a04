"""The command `normalizer` and what its exit codes mean: 0 done, 1 failed, 2 wrong usage, 3 done with rejected rows.

`normalizer --help` must answer at once, so the modules of the commands import nothing heavy at their head: what needs
numba or grpc is imported inside the command that needs it.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, NoReturn

import click

from normalizer.cli.batch import batch
from normalizer.cli.compare import compare
from normalizer.cli.evaluate import evaluate
from normalizer.cli.explain import explain
from normalizer.cli.fitting import calibrate, train
from normalizer.cli.gazetteer import gazetteer
from normalizer.cli.match import match
from normalizer.cli.replay import replay
from normalizer.cli.serve import serve, status
from normalizer.terms import NormalizerError


class _Commands(click.Group):
    """Turns what the program raises on purpose into one line on standard error and exit code 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except NormalizerError as error:
            raise click.ClickException(str(error)) from error
        except OSError as error:
            if error.errno == errno.EPIPE:  # The reader of our output went away: click ends quietly.
                raise
            raise click.ClickException(
                f"{error.filename}: {error.strerror}" if error.filename else str(error)
            ) from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="normalizer")
def cli() -> None:
    """Variant spellings of places, persons and organizations become canonical ids of a gazetteer.

    \b
    A first try:
      normalizer gazetteer init                    build the default gazetteer, once
      normalizer match Guevo "Sudzha district"     who or what is meant?
      normalizer explain Selenskyj                 why this answer, and what would change it?
      normalizer batch names.csv -o answers.csv    the same for a file
      normalizer serve                             the same for other programs, over gRPC
      normalizer compare Guevo Гуево               two names, without a gazetteer: the same?

    Every answer is LINKED (one entity), AMBIGUOUS (candidates, not certain enough) or NIL (probably not in the
    gazetteer), with a probability and the reason.

    \b
    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 done but some rows were rejected.
    """


for command in (match, explain, batch, compare, serve, status, replay, evaluate, calibrate, train, gazetteer):
    cli.add_command(command)


def main() -> NoReturn:
    """Run the command line and leave the process."""
    if sys.stderr is None:  # Python's way to say that it was closed (`2>&-`): then nobody wants to hear.
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115
    if sys.stdout is None:
        print("Error: standard output is closed", file=sys.stderr)
        sys.exit(1)
    sys.exit(cli(prog_name="normalizer"))


if __name__ == "__main__":
    main()

"""The options that several commands share, read and checked here and passed down as plain values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from normalizer.batch.asking import Question, check
from normalizer.cli.progress import waiting
from normalizer.terms import Edit, InvalidInput, NormalizerError

if TYPE_CHECKING:
    from normalizer.pipeline import Normalizer

REJECTED = 3
"""The exit code of a run that went through but had to reject some rows."""

COMPILING = "compiling the kernels for this machine, as the first start of a version does"
"""What to say while a first answer takes long."""

_POSITIONAL = {"one": "ONE", "other": "OTHER"}
"""What the help calls the fields that share one argument."""

_Command = TypeVar("_Command", bound=Callable[..., object])


def place_options(command: Callable[..., object]) -> Callable[..., object]:
    """`--data DIR` and `--store URL`, each of which the environment may say; passed on as one `place`."""

    @wraps(command)
    def with_place(*arguments: Any, data: Path | None, store: str | None, **others: Any) -> object:
        from normalizer.store.place import Place

        with usage():
            place = Place.of(data, store)
        try:
            return command(*arguments, place=place, **others)
        except InvalidInput as problem:
            raise InvalidInput(_called(problem.field) or problem.field, problem.problem) from problem

    for decorate in (
        click.option(
            "--store",
            metavar="URL",
            help="The PostgreSQL database of the store: postgresql://USER@HOST/DATABASE; the index stays in DIR. "
            "[default: $NORMALIZER_STORE, then an SQLite file in DIR]",
        ),
        click.option(
            "--data",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="The directory of the gazetteer. [default: $NORMALIZER_DATA, then the user's data directory]",
        ),
    ):
        with_place = decorate(with_place)
    return with_place


def hint_options(command: _Command) -> _Command:
    """`--type`, `--country`, `--language`, `--parent`: what is known about every mention of the call."""
    for name, metavar, text in (
        ("--parent", "ID", "Id of an entity that probably contains the one meant, such as geonames:538555."),
        ("--language", "L", "BCP 47 tag of the text, such as uk. Accepted; not evidence yet."),
        ("--country", "CC", "ISO 3166-1 alpha-2 code, such as UA. Evidence, not a filter."),
        ("--type", "T", "place, person, organization, or a type of the gazetteer's own."),
    ):
        command = click.option(name, metavar=metavar, help=text)(command)
    return command


def beside_option(command: _Command) -> _Command:
    """`--beside TEXT`: what else the document names, as often as there is something."""
    return click.option(
        "--beside",
        "co_mentions",
        multiple=True,
        metavar="NAME",
        help="Another name of the same document; may be given again. Names that stand together mostly lie together.",
    )(command)


def given(hints: Mapping[str, str | None]) -> dict[str, str]:
    """The hints that were given."""
    return {name: value for name, value in hints.items() if value}


@contextmanager
def usage(wrong: type[NormalizerError] = InvalidInput) -> Iterator[None]:
    """Say as wrong usage (exit code 2) what is `wrong` with the words typed, by the names that the help gives them."""
    try:
        yield
    except wrong as problem:
        raise click.UsageError(_worded(problem)) from problem


def _worded(problem: NormalizerError) -> str:
    if not isinstance(problem, InvalidInput):
        return str(problem)
    option = problem.field.rpartition(".")[2].replace("_", "-")
    return f"{_called(problem.field) or f'--{option}'}: {problem.problem}"


def _called(field: str) -> str | None:
    """What the help of the command that runs calls the argument or the option that fills a field; None if none does.

    It has the name of the field, of its last part or its first, or such a metavar.
    """
    context = click.get_current_context(silent=True)
    parameters = context.command.params if context else []
    first, *_, last = field.split(".") * 2
    for name in (field.replace(".", "_"), last, first):
        for parameter in parameters:
            if isinstance(parameter, click.Argument):
                metavar = (parameter.metavar or "").strip("[].")
                if name in (parameter.name, metavar.lower()):
                    return metavar
            elif name == parameter.name:
                return parameter.opts[0]
    return _POSITIONAL.get(field)


def check_country(code: str | None, countries: Collection[str]) -> None:
    """Raise InvalidInput for a code that is none of these; None is accepted."""
    if code is not None and code not in countries:
        raise InvalidInput("country", f"{code!r} is not an ISO 3166-1 alpha-2 code")


def checked(normalizer: Normalizer, question: Question) -> None:
    """Say a hint that names nothing as wrong usage, before anything is answered."""
    with usage(), waiting(COMPILING):
        check(normalizer, question)


def precision_option(command: _Command) -> _Command:
    """`--precision P`: how often a LINKED answer should be right."""
    return click.option(
        "--precision",
        type=click.FloatRange(0.5, 0.999),
        metavar="P",
        help="The share of LINKED answers that should be right, 0.5 to 0.999. Nothing less probable than one half is "
        "LINKED, so low values may all give the same. [default: 0.99]",
    )(command)


def json_option(command: _Command) -> _Command:
    """`--json`: lines for programs in place of tables for people."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def edit_options(command: Callable[..., object]) -> Callable[..., object]:
    """`--author`, `--reason` and `--request-id`, which the change log keeps; passed on as one `edit`."""

    @wraps(command)
    def with_edit(*arguments: Any, author: str, reason: str, request_id: str | None, **others: Any) -> object:
        with usage():
            edit = Edit(author, reason, request_id)
        return command(*arguments, edit=edit, **others)

    for decorate in (
        click.option("--request-id", metavar="ID", help="Makes a retry harmless: what has this id is applied once."),
        click.option("--reason", default="", help="Why the change is made."),
        click.option("--author", default="command line", show_default=True, help="Who makes the change."),
    ):
        with_edit = decorate(with_edit)
    return with_edit

"""`normalizer explain`: one answer after the other as a panel for people, with everything that led to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from normalizer.batch.asking import Question
from normalizer.cli.match import answer_arguments

if TYPE_CHECKING:
    from normalizer.store.place import Place
from normalizer.cli.options import (
    beside_option,
    checked,
    given,
    hint_options,
    json_option,
    place_options,
    precision_option,
)


@click.command()
@click.argument("texts", nargs=-1, required=True, metavar="TEXT...")
@hint_options
@beside_option
@precision_option
@json_option
@place_options
def explain(
    texts: tuple[str, ...],
    co_mentions: tuple[str, ...],
    precision: float | None,
    as_json: bool,
    place: Place,
    **hints: str | None,
) -> None:
    """Say why each TEXT is answered as it is, and what would have changed the answer.

    The same as `match --explain`: the name that matched and how the mention was read; which letters stand for
    which, with those that speak against the pair marked; what each piece of evidence is worth, in log-odds; the
    other candidates; and the hint that would have brought another answer.

    \b
    Examples:
      normalizer explain Selenskyj
      normalizer explain "Belovsky district" --country RU
      normalizer explain Судже --type place --json
    """
    from normalizer.pipeline import Normalizer

    question = Question("text", given(hints), precision, True, co_mentions)
    with Normalizer.open(place) as normalizer:
        checked(normalizer, question)
        answer_arguments(normalizer, texts, question, as_json)

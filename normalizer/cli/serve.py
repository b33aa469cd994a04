"""`normalizer serve`: the gRPC service; `normalizer status`: how a running one stands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from normalizer.cli.options import json_option, place_options, usage
from normalizer.cli.progress import progress_bars
from normalizer.terms import GazetteerMissing, IndexUnusable, InvalidInput, NormalizerError

if TYPE_CHECKING:
    from normalizer.store.place import Place

_ADDRESS = "127.0.0.1:50051"


@click.command()
@click.option(
    "--address",
    default=_ADDRESS,
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; port 0 takes any free one.",
)
@click.option(
    "--processes",
    type=click.IntRange(1, 1024),
    default=1,
    show_default=True,
    metavar="N",
    help="Answer from N processes, which share the index in memory; one for each processor answers most.",
)
@click.option(
    "--follow",
    metavar="HOST:PORT",
    help="Be a read replica of the server there: copy its gazetteer and every change of it, take no edits.",
)
@click.option(
    "--read-only",
    is_flag=True,
    help="Take no edits (PERMISSION_DENIED); commands and servers elsewhere may edit meanwhile, and are seen.",
)
@click.option(
    "--keep",
    type=click.IntRange(0, 10**6),
    default=1000,
    show_default=True,
    metavar="N",
    help="Answer questions that pin one of the last N revisions.",
)
@click.option(
    "--remember",
    type=click.IntRange(0, 10**6),
    default=2000,
    show_default=True,
    metavar="N",
    help="Look the last N mentions up no more while the gazetteer stays as it is (3 KB each).",
)
@click.option(
    "--verify/--no-verify",
    default=True,
    show_default=True,
    help="Verify the whole gazetteer in the background after the start; damage ends the health status SERVING.",
)
@click.option(
    "--log-mentions",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the last mentions with their answers, for `replay`. Nobody else may read FILE. [default: keep none]",
)
@click.option(
    "--log-limit",
    type=click.IntRange(1, 10**7),
    default=10_000,
    show_default=True,
    metavar="N",
    help="How many mentions FILE holds at most; older ones go.",
)
@place_options
def serve(
    address: str,
    processes: int,
    follow: str | None,
    read_only: bool,
    keep: int,
    remember: int,
    verify: bool,
    log_mentions: Path | None,
    log_limit: int,
    place: Place,
) -> None:
    """Serve normalizer.v1 over gRPC until SIGTERM or Ctrl-C; calls in progress are finished first.

    The line "listening on HOST:PORT" on standard output says that it is ready. There is no authentication:
    the default address is this machine only, and --read-only lets nobody edit.

    \b
    Examples:
      normalizer serve
      normalizer serve --address 127.0.0.1:0 --data ./data
      normalizer serve --processes 4
      normalizer serve --read-only --address 0.0.0.0:50051
      normalizer serve --follow 10.0.0.1:50051 --data ./replica
    """
    from normalizer.gazetteer import Gazetteer
    from normalizer.pipeline import Normalizer
    from normalizer.service import supervising
    from normalizer.service.server import Settings
    from normalizer.service.server import serve as serve_until_signal

    with usage():
        if read_only and follow:
            raise InvalidInput("read_only", "is not for a replica, which takes no edits but has to write its copy")
        settings = Settings(
            address, processes, remembered=remember, verify=verify, follow=follow, log_mentions=log_mentions,
            log_limit=log_limit,
        )  # fmt: skip
    if follow:
        try:
            Gazetteer.open(place).close()
        except (GazetteerMissing, IndexUnusable):
            supervising.apart(_copy, place, follow)
    with usage():
        if processes > 1:
            supervising.serve(place, settings, _announce, keep, write=not read_only)
            return
        with Normalizer.open(place, write=not read_only, kept=keep, remembered=remember) as normalizer:
            serve_until_signal(normalizer, settings, _announce)


def _copy(place: Place, leader: str) -> None:
    from normalizer.service.following import bootstrap

    with progress_bars() as progress:
        bootstrap(place, leader, progress)


def _announce(bound: str) -> None:
    click.echo(f"listening on {bound}")


@click.command()
@click.option("--address", default=_ADDRESS, show_default=True, metavar="HOST:PORT", help="Where the server listens.")
@json_option
def status(address: str, as_json: bool) -> None:
    """Say which revisions a running server answers from and, of a replica, how far behind its leader it is."""
    from normalizer.service.following import status_of
    from normalizer.service.server import Settings

    with usage():
        Settings(address)
    try:
        said = status_of(address)
    except NormalizerError as error:
        raise NormalizerError(f"{error}. `normalizer serve --address {address}` starts one there") from error
    if as_json:
        click.echo(json.dumps(said))
        return
    click.echo(f"revision {said['revision']}; the oldest that can be pinned is {said['oldest_revision']}")
    if said["follows"]:
        behind = said["leader_revision"] - said["revision"]
        click.echo(f"follows {said['follows']}: {behind} revisions, {said['seconds_behind']:.1f} s behind")
    if said["problem"]:
        click.echo(said["problem"], err=True)

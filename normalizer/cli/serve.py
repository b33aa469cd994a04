"""`normalizer serve`: the gRPC service."""

from __future__ import annotations

from pathlib import Path

import click

from normalizer.cli.options import data_option, usage


@click.command()
@click.option(
    "--address",
    default="127.0.0.1:50051",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; port 0 takes any free one.",
)
@data_option
def serve(address: str, data: Path | None) -> None:
    """Serve normalizer.v1 over gRPC until SIGTERM or Ctrl-C; calls in progress are finished first.

    The line "listening on HOST:PORT" on standard output says that it is ready. There is no authentication:
    the default address is this machine only.

    \b
    Examples:
      normalizer serve
      normalizer serve --address 127.0.0.1:0 --data ./data
    """
    from normalizer.pipeline import Normalizer
    from normalizer.service.server import Settings
    from normalizer.service.server import serve as serve_until_signal

    with usage():
        settings = Settings(address)
    with Normalizer.open(data, write=True) as normalizer:
        serve_until_signal(normalizer, settings, lambda bound: click.echo(f"listening on {bound}"))

"""A program that has begun to compile an index, with a worker process, and never gets done: for a test that ends it."""

from __future__ import annotations

import time

from normalizer.index import builder
from normalizer.rulebook import Rulebook
from normalizer.store.codec import decode
from normalizer.store.place import Place
from normalizer.text.keys import KeyMaker

BEGUN = "begun"
"""A file of the data directory that is there when the worker has done something, and waits for more."""
_DOCUMENT = '{"id":"t:1","type":"place","name":"Kursk","names":[{"value":"Kursk"}]}'


def main() -> None:
    builder._WORTH_PROCESSES, builder.cores = 1, lambda: 2
    with builder.Compiler(decode, KeyMaker(Rulebook.load())) as compiler:
        compiler.add([_DOCUMENT])
        compiler.segments()
        (Place.of().directory / BEGUN).touch()
        time.sleep(3600)


if __name__ == "__main__":
    main()

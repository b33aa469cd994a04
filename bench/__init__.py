"""How good, how fast? Programs that measure and write what they found; nothing here is part of the package.

python -m bench.figures --data DIR              from files of this repository: README.md, docs/performance.md
python -m bench.scoreboard --persons DIR        beside the peers, from PyPI data alone: docs/evaluation.md, README.md
python -m bench.outside SETS_DIR --work DIR     from labelled sets that are not shipped: docs/evaluation.md
"""

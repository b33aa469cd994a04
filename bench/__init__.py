"""How good, how fast? Programs that measure and write what they found; nothing here is part of the package.

python -m bench.figures --data data             from files of this repository: README.md, docs/performance.md
python -m bench.outside SETS_DIR --work DIR     from labelled sets that are not shipped: docs/evaluation.md
"""

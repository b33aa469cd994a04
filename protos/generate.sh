#!/usr/bin/env bash
# Makes normalizer/v1 from the protos, with tools pinned in requirements.txt that live in .venv/proto-tools.
#   protos/generate.sh            write normalizer/v1
#   protos/generate.sh --check    write nothing; exit 1 and show the difference when normalizer/v1 is stale
set -euo pipefail
cd "$(dirname "$0")/.."

tools=.venv/proto-tools
requirements=protos/requirements.txt
python=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}

# The pinned grpcio-tools has wheels for Python 3.11 to 3.13.
install_tools() {
  if ! cmp -s "$requirements" "$tools/installed.txt"; then
    "$python" -m venv --clear "$tools"
    "$tools/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary=:all: -r "$requirements"
    cp "$requirements" "$tools/installed.txt"
  fi
}

generate() { # DIRECTORY
  PATH="$PWD/$tools/bin:$PATH" "$tools/bin/python" -m grpc_tools.protoc --proto_path=protos \
    --python_out="$1" --grpc_python_out="$1" --mypy_out="quiet:$1" --mypy_grpc_out="quiet:$1" \
    protos/normalizer/v1/*.proto
}

install_tools
if [ "${1:-}" = --check ]; then
  fresh=$(mktemp -d)
  trap 'rm -rf "$fresh"' EXIT
  generate "$fresh"
  if ! diff -ru --exclude=__init__.py --exclude=__pycache__ normalizer/v1 "$fresh/normalizer/v1"; then
    echo "normalizer/v1 is stale: run protos/generate.sh" >&2
    exit 1
  fi
  echo "normalizer/v1 is fresh"
elif [ $# -eq 0 ]; then
  generate .
else
  echo "usage: protos/generate.sh [--check]" >&2
  exit 2
fi

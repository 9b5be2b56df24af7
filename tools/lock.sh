#!/bin/sh
# Resolve the locks anew: universal for Python 3.11 to 3.14, with hashes, without a single address.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common="--quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header"
$uv pip compile $common requirements-uv.in -o requirements-uv.lock
$uv pip compile $common --extra lab --extra build pyproject.toml -o requirements-core.lock
$uv pip compile $common --all-extras -c requirements-core.lock pyproject.toml -o requirements.lock

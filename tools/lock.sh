#!/bin/sh
# Resolve the locks anew: universal for Python 3.11 to 3.14, with hashes, without a single address.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
common="--quiet --universal --fork-strategy fewest --python-version 3.11 --generate-hashes --no-header"
$uv pip compile $common requirements-uv.in -o requirements-uv.lock
$uv pip compile $common --extra lab --extra build pyproject.toml -o requirements-core.lock
# ergmx is GPL-3 and is in no lock: every extra but ergm.
extras=$(sed -n '/^\[project.optional-dependencies\]/,/^\[project.scripts\]/s/^\([a-z]*\) = \[.*/--extra \1/p' pyproject.toml |
  grep -v ergm)
$uv pip compile $common $extras -c requirements-core.lock pyproject.toml -o requirements.lock

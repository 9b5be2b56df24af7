#!/bin/sh
# Run the fast tests with the lowest or the newest versions that pyproject.toml allows, in an environment of its own.
set -eu
cd "$(dirname "$0")/.."
which=${1:-}
case "$which" in
  lowest) resolution=lowest-direct ;;
  newest) resolution=highest ;;
  *) echo "versions.sh takes one word, got '$which': must be lowest or newest" >&2; exit 2 ;;
esac
uv=.venv/bin/uv
# Every extra but the one under the GPL, which is in no lock either.
extras=$(.venv/bin/python -c 'import tomllib; offered = tomllib.load(open("pyproject.toml", "rb"))["project"]
print(*sorted(offered["optional-dependencies"].keys() - {"ergm"}), sep=",")')
place=.cache/versions-$which
$uv venv --quiet --clear --python .venv/bin/python "$place"
$uv pip install --quiet --python "$place/bin/python" --resolution "$resolution" \
  --editable ".[$extras]"
exec "$place/bin/python" -m pytest -n 2 --dist each --max-worker-restart 0 -m "not slow"

"""Holds the RO-Crates of runs and bundles to the specification with rocrate-validator, without a network.

The validator lives in an environment of its own, since it pins a library that ours has in another version, and asks
the network for the context that a crate names. The package ``rocrate``, which writes our crates, carries that document: it is
put into the validator's cache first, so that nothing is asked of anybody.

Run: PYTHON_OF_THE_VALIDATOR benchmarks/check_crates.py CONTEXT FOLDER ...
where CONTEXT is ``rocrate/data/ro-crate.jsonld`` of our environment and each FOLDER, ``runs/STUDY/RUN``, holds
``ro-crate-metadata.json``. Writes ``benchmarks/results/crates.csv``.
"""

import csv
import datetime as dt
import io
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import models, services
from urllib3 import HTTPResponse

RESULTS = Path(__file__).parent / "results" / "crates.csv"
CONTEXT = "https://w3id.org/ro/crate/1.3/context"


class OneDocument(BaseAdapter):
    """Answers every request with the same document."""

    def __init__(self, content):
        super().__init__()
        self._content = content

    def send(self, request, **_):
        """Answer a request."""
        kind = {"Content-Type": "application/ld+json"}
        raw = HTTPResponse(io.BytesIO(self._content), kind, 200, preload_content=False, request_url=request.url)
        return HTTPAdapter().build_response(request, raw)

    def close(self):
        """Close nothing."""


def warm(cache, content):
    """Put the context into the validator's cache."""
    with CachedSession(cache_name=str(cache), backend="sqlite", expire_after=-1) as session:
        session.mount("https://", OneDocument(content))
        session.get(CONTEXT, headers={"Accept": "application/ld+json, application/json"})


def faults(folder, cache):
    """Name what is wrong with one crate."""
    required = models.Severity.REQUIRED
    settings = services.ValidationSettings(
        rocrate_uri=str(folder), requirement_severity=required, offline=True, cache_path=str(cache)
    )
    return [f"{one.check.identifier}: {one.message}" for one in services.validate(settings).get_issues()]


def main():
    """Check every crate, write the table, and end with code 1 if one has a fault."""
    rows = []
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place, "cache")
        warm(cache, Path(sys.argv[1]).read_bytes())
        for folder in map(Path, sys.argv[2:]):
            wrong = faults(folder, cache)
            row = {"study": folder.resolve().parent.name, "faults": len(wrong), "which": "; ".join(wrong)}
            row |= {"severity": "required", "validator": version("roc-validator"), "rocrate": "1.3"}
            rows.append(row | {"date": dt.datetime.now(dt.UTC).date().isoformat()})
            print(rows[-1], flush=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    sys.exit(1 if any(row["faults"] for row in rows) else 0)


if __name__ == "__main__":
    main()

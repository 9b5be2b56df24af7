"""Holds the RO-Crates of runs and bundles to the specification with rocrate-validator, without a network.

The validator lives in an environment of its own, since it pins a library that ours has in another version, and asks the
network for the context that a crate names. The package ``rocrate``, which writes our crates, carries that document: it is
put into the validator's cache first, so that nothing is asked of anybody.

Run: PYTHON_OF_THE_VALIDATOR tools/check_crates.py CONTEXT FOLDER ...
where CONTEXT is ``rocrate/data/ro-crate.jsonld`` of our environment and each FOLDER holds ``ro-crate-metadata.json``.
"""

import io
import sys
import tempfile
from pathlib import Path

from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import models, services
from urllib3 import HTTPResponse

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
    """Check every crate, and end with code 1 if one has a fault."""
    found = 0
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place, "cache")
        warm(cache, Path(sys.argv[1]).read_bytes())
        for folder in sys.argv[2:]:
            wrong = faults(Path(folder), cache)
            found += len(wrong)
            print(f"{folder}: {'; '.join(wrong) or 'no fault'}", flush=True)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()

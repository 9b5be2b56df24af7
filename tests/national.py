"""Bundles of countries for tests: one release written anew under another name and scope, whole and consistent.

Each says that another version of the package made it, so that no page is set again where it is verified; what a bundle
holds beyond that is held to every other check.
"""

import json
import tomllib
from hashlib import sha256

from ctresearch.studies.asked.identity import run_id
from ctresearch.studies.base.archive import pack, unpack
from ctresearch.studies.release.bundle import BUNDLE_NAME
from ctresearch.studies.shown.results import results_bytes

OTHER_VERSION = "e" * 64
SCOPE = {
    "population": "invented victims",
    "definition": "as the invented convention says",
    "reference_period": "2023",
    "measure": "period",
}


def national(publication, folder, country, *, version="1.0.0", factor=1.0, change=None, sidecar=True, **scope):
    """Write the bundle of a country into a folder, and return its path."""
    old = unpack(publication.bundle.read_bytes())
    files = {path.partition("/")[2].replace("studies/demo/", f"studies/{country}/"): c for path, c in old.items()}
    said = SCOPE | scope
    estimate = json.loads(files["estimates/estimate.json"])
    estimate["scope"] = said
    _scale(estimate, factor)
    files["estimates/estimate.json"] = results_bytes(estimate)
    document, provenance = json.loads(files["results.json"]), json.loads(files["provenance.json"])
    provenance["components"]["source"] = OTHER_VERSION
    provenance["study"] = document["study"] = country
    provenance["run_id"] = document["run_id"] = run_id(provenance["components"])
    _describe(document, files, said)
    files["results.json"] = results_bytes(document)
    if change is not None:
        change(files)
    provenance["outputs"] = {path: sha256(files[path]).hexdigest() for path in provenance["outputs"] if path in files}
    files["provenance.json"] = results_bytes(provenance)
    listing = json.loads(files.pop(BUNDLE_NAME))
    listing |= {"study": country, "version": version, "source_hash": OTHER_VERSION}
    listing["runs"] = {"": provenance["run_id"]}
    kept = {path: listing["files"][path] for path in listing["store"]}
    listing["files"] = kept | {
        path: {"sha256": sha256(content).hexdigest(), "bytes": len(content)} for path, content in sorted(files.items())
    }
    files[BUNDLE_NAME] = results_bytes(listing)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{country}-{version}.zip"
    path.write_bytes(pack({f"{country}-{version}/{name}": content for name, content in files.items()}))
    if sidecar:
        path.with_name(path.name + ".sha256").write_text(f"{digest(path)}  {path.name}\n")
    return path


def digest(path):
    """Return the SHA-256 of a bundle."""
    return sha256(path.read_bytes()).hexdigest()


def level_of(word):
    """Return a change that promises the estimate at another level."""

    def change(files):
        (place,) = [path for path in files if path.endswith("study.toml")]
        text = files[place].decode()
        assert tomllib.loads(text)["outputs"]["estimate"]["level"] == "public"
        files[place] = text.replace(
            'kind = "estimate", level = "public"', f'kind = "estimate", level = "{word}"'
        ).encode()

    return change


def _scale(estimate, factor):
    """Multiply the estimates of a country."""
    table = estimate["estimates"]["$table"]
    for name, column in zip(table["columns"], table["data"], strict=True):
        if name != "unit":
            column["values"] = [value * factor for value in column["values"]]


def _describe(document, files, said):
    """Say of the estimate what its own file says."""
    from ctresearch.core import Result
    from ctresearch.studies.shown.results import check_entry, estimate_entry

    result = Result.from_dict(json.loads(files["estimates/estimate.json"]))
    entry = document["estimates"]["estimate"]
    entry |= {key: value for key, value in estimate_entry(result).items() if key in entry}
    entry |= {"path": "estimates/estimate.json", "sha256": sha256(files["estimates/estimate.json"]).hexdigest()}
    document["checks"] = [c for c in document["checks"] if c["output"] != "estimate"] + [
        {"output": "estimate", **check_entry(check)} for check in result.checks
    ]
    assert entry["definition"] == said["definition"]

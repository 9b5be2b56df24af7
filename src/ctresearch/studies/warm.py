"""Imports, once for all workers, what every run needs."""

from ctresearch.core.compile import source_hash
from ctresearch.studies import build, crate, identity, normalise, report, results
from ctresearch.studies.engine import load_papermill

__all__ = ["build", "crate", "normalise", "report", "results"]

load_papermill()
identity.installed()
source_hash()

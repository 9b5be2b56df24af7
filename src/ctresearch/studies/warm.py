"""Imports, once for all workers, what every run needs."""

from ctresearch.studies import build, crate, normalise, report, results
from ctresearch.studies.engine import load_papermill

__all__ = ["build", "crate", "normalise", "report", "results"]

load_papermill()

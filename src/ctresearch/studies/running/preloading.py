"""Imports, once for all workers, what every run needs."""

from ctresearch.core.compile import source_hash
from ctresearch.studies.asked import identity
from ctresearch.studies.kernel.engine import load_papermill
from ctresearch.studies.running import build
from ctresearch.studies.shown import crate, normalise, report, results

__all__ = ["build", "crate", "normalise", "report", "results"]

load_papermill()
identity.installed()
source_hash()

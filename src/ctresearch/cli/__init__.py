"""The command ``ctresearch``: a thin layer over :mod:`ctresearch.studies`."""

from ctresearch.cli.main import main

__all__ = ["main"]

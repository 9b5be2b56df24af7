"""Outside values and tables that the tests of this room share."""

import csv
import json
from functools import cache
from pathlib import Path

import numpy as np

from ctresearch.prevalence import CaptureHistories

FOLDER = Path(__file__).parents[1] / "reference" / "prevalence"
# glm stops when the deviance changes by less than 1e-8, so its estimates are off the maximum by up to that much
GLM = 1e-8


@cache
def pinned(name):
    """Read the values of one package, by table."""
    return json.loads((FOLDER / f"{name}.json").read_text())["tables"]


@cache
def pinned_models(table):
    """Read estimate, BIC and order of every model that has an estimate."""
    with (FOLDER / f"bic_models_{table}.csv").open() as file:
        rows = csv.reader(file)
        next(rows)
        return {row[0]: (float(row[1]), float(row[2]), int(row[3])) for row in rows}


@cache
def published_lists(table):
    """Take a published table."""
    return CaptureHistories.from_published(table)


def cells_of(table):
    """Return the counts of a published table by cell."""
    return published_lists(table).cell_counts()


def design(terms, cells):
    """Build a design matrix the slow way: a term acts in the cells that contain it."""
    return np.array([[float(term & cell == term) for term in terms] for cell in cells])

"""Whether the best of all models of six lists, found by bounds, is the best of fitting every model that could be.

Run ``python benchmarks/check_bounded_search.py``. Every hierarchical model is written down, by another way than the
search goes; left out is only what costs more than the best model however well it fits, that is with the saturated
likelihood. The others are fitted one by one, without any bound from the search. The table goes to
``benchmarks/results/bounded_search.csv``; ``better`` must be 0.
"""

import platform
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numba
import numpy as np
import pandas as pd

from ctresearch.prevalence import CaptureHistories
from ctresearch.prevalence.loglinear.bounded_search import best_models
from ctresearch.prevalence.loglinear.hierarchy import all_models
from ctresearch.prevalence.loglinear.poisson import ESTIMATED
from ctresearch.prevalence.loglinear.ranking import TIE, fit_models
from ctresearch.prevalence.loglinear.selection import penalty

OUT = Path(__file__).parent / "results" / "bounded_search.csv"
TABLES, LISTS, PART = ("uk-2013", "netherlands"), 6, 100_000
FACES = [[t for t in range(1 << LISTS) if t.bit_count() == size] for size in (3, 4, 5)]
SIDES = [np.array([sum(1 << s for s in range(64) if s & t == s and s != t) for t in faces]) for faces in FACES]


@numba.njit
def grown(models, face, sides, most):
    """Return models and the same with a face where all its sides are there, of at most some terms."""
    count, out = 0, np.empty(2 * models.size, np.int64)
    for model in models:
        out[count] = model
        count += 1
        if model & sides == sides:
            left, size = model, 1
            while left:
                left &= left - 1
                size += 1
            if size <= most:
                out[count] = model | (1 << face)
                count += 1
    return out[:count]


def small_models(most):
    """Write down all models of at most some terms."""
    pairs = all_models(LISTS, 2)
    models = pairs[np.bitwise_count(pairs) <= most].astype(np.int64)
    for faces, sides in zip(FACES, SIDES, strict=True):
        for face, side in zip(faces, sides, strict=True):
            models = grown(models, face, side, most)
    return models.astype(np.uint64)


def check(table, criterion):
    """Compare the search with fitting every model that could win."""
    counts = CaptureHistories.from_published(table).cell_counts().astype(float)
    charge, seen = penalty(criterion, counts), counts[counts > 0]
    start = time.perf_counter()
    best = best_models(counts, LISTS, LISTS - 1, charge, np.array([], dtype=np.uint64))
    seconds = time.perf_counter() - start
    most = int((best.values[0] + 2 * np.sum(seen * np.log(seen) - seen) + TIE) // charge)
    models = small_models(most)
    better, least = 0, np.inf
    for first in range(0, len(models), PART):
        fits = fit_models(counts, models[first : first + PART])
        values = fits.criterion(charge)[fits.verdict == ESTIMATED]
        better += int((values < best.values[0] - TIE).sum())
        least = min(least, values.min())
    return {
        "table": table,
        "criterion": criterion,
        "seconds_of_search": round(seconds, 3),
        "bounded": best.visited,
        "most_terms": most,
        "fitted": len(models),
        "better": better,
        "gap": best.values[0] - least,
    }


def main():
    """Check every table by both criteria and write the table."""
    best_models(np.array([0.0, 60, 40, 20, 30, 10, 8, 3]), 3, 2, 2.0, np.array([], dtype=np.uint64))  # compile
    rows = [check(table, criterion) for table in TABLES for criterion in ("bic", "aic")]
    stamp = {"date": datetime.now(UTC).date().isoformat(), "python": platform.python_version()}
    stamp |= {package: version(package) for package in ("numpy", "numba")}
    frame = pd.DataFrame(rows).assign(**stamp)
    frame.to_csv(OUT, index=False, lineterminator="\n")
    print(frame.to_string(index=False))
    return int(frame["better"].sum() > 0)


if __name__ == "__main__":
    sys.exit(main())

"""Time of agreement over 100,000 units by five coders, beside the package krippendorff where it is installed.

Run ``python benchmarks/bench_agreement.py [PYTHON]``; the table goes to ``benchmarks/results/agreement.csv``. PYTHON is
an interpreter with krippendorff (GPL, so never a dependency); both take turns in one run, each the best of three.
"""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.qualitative import agreement

OUT = Path(__file__).parent / "results" / "agreement.csv"
DATA = Path("/tmp/agreement_units.npy")
PEER = """
import json, sys, time, numpy as np, krippendorff
from importlib.metadata import version
x = np.load(sys.argv[1]).T
best = {}
for level in ("nominal", "ordinal", "interval"):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        alpha = krippendorff.alpha(reliability_data=x, level_of_measurement=level)
        times.append(time.perf_counter() - start)
    best[level] = (min(times), alpha)
print(json.dumps({"version": version("krippendorff"), "best": best}))
"""


def units():
    """Draw 100,000 units by five coders, a tenth of ratings missing."""
    rng = np.random.default_rng(1)
    right = rng.integers(0, 6, 100_000)
    given = np.where(rng.random((100_000, 5)) < 0.8, right[:, None], rng.integers(0, 6, (100_000, 5))).astype(float)
    given[rng.random(given.shape) < 0.1] = np.nan
    return given


def best_of(call, times=3):
    """Return the least seconds of some calls, and what the last gave."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        out = call()
        found.append(time.perf_counter() - start)
    return min(found), out.estimates["estimate"].iloc[0]


def main():
    given = units()
    table = pd.DataFrame(given, columns=list("abcde"))
    agreement(table.head(1000), weights="ordinal", interval="bootstrap", draws=100)  # compile
    peer = {"version": "", "best": {}}
    if len(sys.argv) > 1:
        np.save(DATA, given)
        done = subprocess.run([sys.argv[1], "-c", PEER, str(DATA)], capture_output=True, text=True, check=True)
        peer = json.loads(done.stdout)
    rows = []
    for weights in ("nominal", "ordinal", "interval"):
        here, value = best_of(lambda w=weights: agreement(table, weights=w))
        drawn, _ = best_of(lambda w=weights: agreement(table, weights=w, interval="bootstrap", draws=1000), 1)
        theirs, other = peer["best"].get(weights, (np.nan, np.nan))
        rows.append(
            {
                "weights": weights,
                "units": 100_000,
                "coders": 5,
                "seconds": round(here, 3),
                "bootstrap_1000_seconds": round(drawn, 3),
                "krippendorff_seconds": round(theirs, 3),
                "ratio": round(here / theirs, 2),
                "difference": abs(value - other),
            }
        )
    about = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "krippendorff": peer["version"]}
    made = pd.DataFrame(rows).assign(**about)
    made.to_csv(OUT, index=False, lineterminator="\n")
    print(made.to_string())


if __name__ == "__main__":
    main()

"""Coverage of pooled estimates, predictions and variances between, over simulated sets of studies.

Run ``python benchmarks/coverage_pool.py [RUNS]``; the table goes to ``benchmarks/results/coverage_pool.csv``. Errors of
studies range from .1 to .5, true values vary with a standard deviation of .3 about 1; the prediction is held against
the true value of a further study. Of the rows ``prediction``, ``test`` names the kind of limits; those by bootstrap take
4,000 draws.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.regions import Pool
from ctresearch.stats.pooling.prediction import bootstrap_limits, higgins_limits, partlett_limits

OUT = Path(__file__).parent / "results" / "coverage_pool.csv"
MEAN, BETWEEN = 1.0, 0.3
BOOTSTRAP_RUNS = 500


def one_set(rng, studies, test):
    """Draw studies, pool them, and say which limits hold the truth."""
    errors = rng.uniform(0.1, 0.5, studies)
    true = rng.normal(MEAN, BETWEEN, studies + 1)
    frame = pd.DataFrame({"estimate": rng.normal(true[:-1], errors), "std_error": errors})
    table = Pool(test=test).fit(frame).estimates
    truth = {"pooled": MEAN, "prediction": true[-1], "tau2": BETWEEN**2}
    return [table.loc[term, "ci_low"] <= value <= table.loc[term, "ci_high"] for term, value in truth.items()]


def one_prediction(rng, studies, kind):
    """Draw studies, and say whether the limits for a further one hold its true value."""
    errors = rng.uniform(0.1, 0.5, studies)
    true = rng.normal(MEAN, BETWEEN, studies + 1)
    y, v = rng.normal(true[:-1], errors), errors**2
    if kind == "higgins":
        low, high = higgins_limits(y, v, 0.95)
    elif kind == "bootstrap":
        low, high = bootstrap_limits(y, v, 0.95, rng, 4_000)
    else:
        low, high = partlett_limits(y, v, 0.95, kind)
    return low <= true[-1] <= high


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "scipy": version("scipy")}
    rows = []
    for studies in (5, 12, 30):
        for test in ("z", "knha"):
            held = np.array([one_set(rng, studies, test) for rng in streams(studies, runs)]).mean(axis=0)
            rows += [
                {
                    "studies": studies,
                    "test": test,
                    "term": term,
                    "runs": runs,
                    "coverage": share,
                    "mc_error": round(float(np.sqrt(share * (1 - share) / runs)), 4),
                    **about,
                }
                for term, share in zip(("pooled", "prediction", "tau2"), held, strict=True)
            ]
        for kind in ("higgins", "hartung-knapp", "sidik-jonkman", "bootstrap"):
            some = min(runs, BOOTSTRAP_RUNS) if kind == "bootstrap" else runs
            share = float(np.mean([one_prediction(rng, studies, kind) for rng in streams(studies + 1, some)]))
            rows.append(
                {
                    "studies": studies,
                    "test": kind,
                    "term": "prediction",
                    "runs": some,
                    "coverage": share,
                    "mc_error": round(float(np.sqrt(share * (1 - share) / some)), 4),
                    **about,
                }
            )
    pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")
    print(pd.DataFrame(rows).to_string())


if __name__ == "__main__":
    main()

"""Coverage of limits with few clusters and few rows, over simulated studies, with Monte Carlo errors.

Run ``python benchmarks/coverage_small_samples.py [RUNS]``; the table goes to
``benchmarks/results/coverage_small_samples.csv``. Each estimator's own limits stand beside those that its estimate and
the usual large-sample error would give: normal limits, with errors summed by cluster and corrected by G / (G - 1), or
HC2 by row. Treatment is given to whole clusters, half of them, and the outcome has a part that a cluster shares: the
hard case for few of them.
"""

import datetime
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.causes import DoublyRobustEffect, InverseProbability, OutcomeRegression, PrevalenceRatio
from ctresearch.stats.clusters import small_samples

OUT = Path(__file__).parent / "results" / "coverage_small_samples.csv"
TRUTH, ROWS_A_CLUSTER, SHARED = 1.0, 20, 0.5
ROLES = {"treatment": "a", "outcome": "y", "covariates": ["x"]}


def clustered(rng, count, within):
    """Draw clusters of rows; treatment is given to whole clusters, or within them by chance."""
    village = np.repeat(np.arange(count), ROWS_A_CLUSTER)
    x = rng.normal(size=len(village))
    a = rng.random(len(village)) < 1 / (1 + np.exp(-0.5 * x)) if within else village % 2 == 0
    shared = rng.normal(size=count)[village] * SHARED * (1 + (a if within else 0))
    y = TRUTH * a + x + shared + rng.normal(size=len(village))
    ill = rng.random(len(village)) < np.exp(-1.2 + 0.4 * a + 0.3 * shared)
    return pd.DataFrame({"a": a * 1, "x": x, "y": y, "ill": ill * 1, "village": village})


def few_rows(rng, count):
    """Draw rows of which the treated vary more."""
    a = np.arange(count) % 2
    x = rng.normal(size=count)
    return pd.DataFrame({"a": a, "x": x, "y": TRUTH * a + x + rng.normal(size=count) * (1 + a)})


CASES = {
    "regression, clusters treated": (False, OutcomeRegression(**ROLES, cluster="village"), "effect", TRUTH),
    "regression, treated within clusters": (True, OutcomeRegression(**ROLES, cluster="village"), "effect", TRUTH),
    "weighting, treated within clusters": (True, InverseProbability(**ROLES, cluster="village"), "effect", TRUTH),
    "doubly robust, treated within clusters": (True, DoublyRobustEffect(**ROLES, cluster="village"), "effect", TRUTH),
    "prevalence ratio, clusters treated": (
        False,
        PrevalenceRatio(outcome="ill", covariates=["a"], cluster="village"),
        "a",
        0.4,
    ),
}


def coverage(runs, draw, model, term, truth, seed):
    """Fit many studies and count how often the limits hold the truth."""
    rng, hits, fitted, reached = np.random.default_rng(seed), 0, 0, []
    for _ in range(runs):
        try:
            row = model.fit(draw(rng)).estimates.loc[term]
        except ValueError:  # a covariate separates the arms, or an arm is empty: there is no estimate to judge
            continue
        if not np.isfinite(row["ci_low"]):  # refused as a pure extrapolation: no limits to judge
            continue
        fitted += 1
        hits += row["ci_low"] <= truth <= row["ci_high"]
        reached.append(row["ci_high"] - row["ci_low"])
    share = hits / fitted
    return fitted, share, (share * (1 - share) / fitted) ** 0.5, float(np.median(reached))


def both(runs, draw, model, term, truth):
    """Return coverage with the limits of few units, and with those of many on the same studies."""
    ours = coverage(runs, draw, model, term, truth, 1)
    kept, small_samples.ENOUGH = small_samples.ENOUGH, 0
    try:
        plain = coverage(runs, draw, model, term, truth, 1)
    finally:
        small_samples.ENOUGH = kept
    return ours, plain


def main(runs):
    """Write the table."""
    made = {"date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(), "python": sys.version.split()[0]}
    made |= {name: version(name) for name in ("numpy", "scipy", "pandas")}
    work = [
        (name, f"{count} clusters", (lambda rng, c=count, w=within: clustered(rng, c, w)), model, term, truth)
        for name, (within, model, term, truth) in CASES.items()
        for count in (6, 10)
    ]
    work += [
        (
            "regression, rows",
            f"{count} rows",
            (lambda rng, c=count: few_rows(rng, c)),
            OutcomeRegression(**ROLES),
            "effect",
            TRUTH,
        )
        for count in (8, 30)
    ]
    rows = []
    for name, units, draw, model, term, truth in work:
        ours, plain = both(runs, draw, model, term, truth)
        rows.append(
            {
                "case": name,
                "units": units,
                "runs": ours[0],
                "coverage": round(ours[1], 4),
                "mc_error": round(ours[2], 4),
                "median_width": round(ours[3], 3),
                "normal_coverage": round(plain[1], 4),
                "normal_mc_error": round(plain[2], 4),
                "normal_median_width": round(plain[3], 3),
            }
            | made
        )
        print({k: v for k, v in rows[-1].items() if k not in made}, flush=True)
    pd.DataFrame(rows).to_csv(OUT, index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)

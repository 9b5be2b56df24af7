"""Coverage of limits for a further study, by kind of limits and number of studies.

Run ``python benchmarks/coverage_prediction.py [RUNS]``; the table goes to ``benchmarks/results/coverage_prediction.csv``.
Errors of studies range from .1 to .5, true values vary about 1 with a standard deviation of .3, and the
limits of ``Pool(prediction=...)`` are held against the true value of a further study. Bootstrap limits take 1,000 draws.
``width`` is the median width over that of limits that know mean and spread.
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

OUT = Path(__file__).parent / "results" / "coverage_prediction.csv"
KINDS = ("normal", "higgins", "hartung-knapp", "sidik-jonkman", "bootstrap")


def limits(kind, y, v, rng):
    """Return the limits of one kind."""
    if kind == "normal":
        table = Pool().fit(pd.DataFrame({"estimate": y, "std_error": np.sqrt(v)})).estimates
        return tuple(table.loc["prediction", ["ci_low", "ci_high"]])
    if kind == "higgins":
        return higgins_limits(y, v, 0.95)
    if kind == "bootstrap":
        return bootstrap_limits(y, v, 0.95, rng, 1_000)
    return partlett_limits(y, v, 0.95, kind)


def one_set(rng, studies, between):
    """Draw studies, and return coverage and width of every kind of limits."""
    errors = rng.uniform(0.1, 0.5, studies)
    true = rng.normal(1.0, between, studies + 1)
    y, v = rng.normal(true[:-1], errors), errors**2
    made = {kind: limits(kind, y, v, rng) for kind in KINDS}
    return {
        kind: (low <= true[-1] <= high, (high - low) / (2 * 1.959964 * between)) for kind, (low, high) in made.items()
    }


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    about = {"day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "scipy": version("scipy")}
    rows = []
    for studies in (12, 30):
        for between in (0.3,):
            made = [one_set(rng, studies, between) for rng in streams(int(1000 * between) + studies, runs)]
            for kind in KINDS:
                share = float(np.mean([one[kind][0] for one in made]))
                rows.append(
                    {
                        "studies": studies,
                        "between": between,
                        "prediction": kind,
                        "runs": runs,
                        "coverage": round(share, 4),
                        "mc_error": round(float(np.sqrt(share * (1 - share) / runs)), 4),
                        "width": round(float(np.median([one[kind][1] for one in made])), 2),
                        **about,
                    }
                )
            pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")
    print(pd.DataFrame(rows).to_string())


if __name__ == "__main__":
    main()

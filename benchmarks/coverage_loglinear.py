"""Simulated coverage of the 95 % interval of LogLinear, bootstrap with the choice of the model repeated.

Run ``python benchmarks/coverage_loglinear.py`` (under ten minutes on one core); the table goes to
``benchmarks/results/coverage_loglinear.csv``. Four lists see a population of 10,000. Under *independence* they do so
independently; under *one pair* being on the first list multiplies the odds of being on the second by five; under
*two classes* a fifth of the people is three times as likely to be seen as on average and the rest half as likely.
``reviewed`` is the share of results whose check for heterogeneity asks for review.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.core.errors import FitError
from ctresearch.core.parallel import workers
from ctresearch.core.random import streams
from ctresearch.prevalence import CaptureHistories, LogLinear

N = 10_000
CHANCES = np.array([0.04, 0.06, 0.08, 0.10])
SELECTS = ("bic", "aic", "stepwise")
OUT = Path(__file__).parent / "results" / "coverage_loglinear.csv"


def independence(generator):
    return generator.random((N, 4)) < CHANCES


def one_pair(generator):
    seen = independence(generator)
    odds = CHANCES[1] / (1 - CHANCES[1])
    chance = np.where(seen[:, 0], 5 * odds / (1 + 5 * odds), CHANCES[1])
    seen[:, 1] = generator.random(N) < chance
    return seen


def two_classes(generator):
    factor = np.where(generator.random(N) < 0.2, 3.0, 0.5)
    return generator.random((N, 4)) < CHANCES * factor[:, None]


SCENARIOS = {"independence": independence, "one pair": one_pair, "two classes": two_classes}


def table_of(seen):
    frame = pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=list("ABCD"))
    return CaptureHistories.from_records(frame, lists=list("ABCD"))


def estimate(table, select, bootstrap):
    try:
        result = LogLinear(select, bootstrap=bootstrap, seed=1).fit(table)
    except FitError:
        return np.nan, np.nan, np.nan, 0
    flagged = any(check.name == "heterogeneity" and check.status == "review" for check in result.checks)
    return *result.estimates.loc["population", ["estimate", "ci_low", "ci_high"]].astype(float), flagged


def coverage(scenario, populations, bootstrap):
    found = {select: [] for select in SELECTS}
    for generator in tqdm(streams(20131, populations), desc=scenario):
        table = table_of(SCENARIOS[scenario](generator))
        for select in SELECTS:
            found[select].append(estimate(table, select, bootstrap))
    for select, rows in found.items():
        point, low, high, flagged = np.array(rows).T
        covered = (low <= N) & (high >= N)
        share = covered.mean()
        yield {
            "scenario": scenario,
            "select": select,
            "populations": populations,
            "truth": N,
            "bootstrap": bootstrap,
            "coverage": round(share, 4),
            "standard_error": round(float(np.sqrt(share * (1 - share) / populations)), 4),
            "below": int((high < N).sum()),
            "above": int((low > N).sum()),
            "no_limits": int(np.isnan(low).sum()),
            "reviewed": round(float(flagged.mean()), 3),
            "median_estimate": round(float(np.nanmedian(point))),
            "median_low": round(float(np.nanmedian(low))),
            "median_high": round(float(np.nanmedian(high))),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--populations", type=int, default=500)
    parser.add_argument("--bootstrap", type=int, default=250)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    with workers(1):
        rows = [row for name in SCENARIOS for row in coverage(name, options.populations, options.bootstrap)]
    stamp = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "numba", "scipy")},
    }
    options.out.parent.mkdir(exist_ok=True)
    frame = pd.DataFrame(rows).assign(**stamp)
    frame.to_csv(options.out, index=False, lineterminator="\n")
    print(frame.to_string(index=False))


if __name__ == "__main__":
    main()

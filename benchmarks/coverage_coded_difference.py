"""How often limits of a difference by a code hold the truth, where coders err: ``python benchmarks/coverage_coded_difference.py``."""

import datetime as dt
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import ctresearch
from ctresearch.qualitative import CodedDifference

TABLE = Path(__file__).parent / "results" / "coded_difference.csv"
SAMPLES = 300


def scenario(n, accuracy, share):
    inside = as_coded = 0
    estimates = []
    for seed in range(SAMPLES):
        rng = np.random.Generator(np.random.PCG64(seed))
        truth = rng.random(n) < share
        knows = rng.random((n, 2)) < accuracy
        codes = np.where(knows, truth[:, None], rng.random((n, 2)) < share)
        frame = pd.DataFrame({"a": codes[:, 0] * 1, "b": codes[:, 1] * 1, "y": rng.normal(truth * 1.0, 1)})
        table = CodedDifference(first="a", second="b", outcome="y", bootstrap=300, seed=seed).fit(frame).estimates
        row, naive = table.loc["difference"], table.loc["as_coded"]
        inside += row["ci_low"] <= 1 <= row["ci_high"]
        as_coded += naive["ci_low"] <= 1 <= naive["ci_high"]
        estimates.append(float(row["estimate"]))
    coverage = inside / SAMPLES
    return {
        "cases": n,
        "kappa": round(accuracy**2, 3),
        "share": share,
        "samples": SAMPLES,
        "bias": round(float(np.mean(estimates)) - 1, 4),
        "coverage": round(coverage, 4),
        "monte_carlo_error": round(float(np.sqrt(coverage * (1 - coverage) / SAMPLES)), 4),
        "coverage_as_coded": round(as_coded / SAMPLES, 4),
    }


def main():
    rows = [scenario(n, accuracy, share) for n, accuracy, share in ((150, 0.9, 0.4), (400, 0.8, 0.4), (400, 0.9, 0.15))]
    stamp = {
        "date": dt.date.today().isoformat(),
        "python": sys.version.split()[0],
        "ctresearch": ctresearch.__version__,
    }
    pd.DataFrame(rows).assign(**stamp).to_csv(TABLE, index=False)


if __name__ == "__main__":
    main()

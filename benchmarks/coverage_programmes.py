"""Size of tests and coverage of limits in trials of few clusters, with Monte Carlo errors.

Run ``python benchmarks/coverage_programmes.py [RUNS]``; the table goes to
``benchmarks/results/coverage_programmes.csv``. At 12 clusters the wild bootstrap must reject a true null in 3.5 to 6.5
of 100 trials at the 5 % level; the uncorrected variance with the normal distribution stands beside it, and shows why
corrections are needed. The variant of the bootstrap (scores from fits that leave the cluster out, working correlation
without the effect) was chosen on the seeds 171 to 173, with 6,000 to 10,000 runs each; this table is of another seed.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtr, stdtr

from ctresearch.programmes.trials.difference_in_differences import DifferenceInDifferences
from ctresearch.programmes.trials.randomisation import randomisation_test
from ctresearch.programmes.trials.trial_table import read_trial
from ctresearch.stats.clusters.bias_reduced import robust_variance
from ctresearch.stats.clusters.estimating_equations import cluster_sums, fit_clustered
from ctresearch.stats.clusters.linear_bootstrap import LinearBootstrap
from ctresearch.stats.clusters.restricted_likelihood import fit_mixed
from ctresearch.stats.clusters.score_bootstrap import ScoreBootstrap
from ctresearch.stats.clusters.wild_bootstrap import draw_weights, wild_bootstrap

OUT = Path(__file__).parent / "results" / "coverage_programmes.csv"
CLUSTERS, SIZE, LEVEL, PERIODS = 12, 25, 0.05, 4
# name: smallest and largest cluster, intraclass correlation, outcome, stepped wedge
CASES = {
    "12 clusters, equal sizes, ICC 0.05, yes or no": ((25, 25), 0.05, "binary", False),
    "12 clusters, equal sizes, ICC 0.20, yes or no": ((25, 25), 0.20, "binary", False),
    "12 clusters, sizes 12 to 48, ICC 0.05, yes or no": ((12, 48), 0.05, "binary", False),
    "12 clusters, sizes 5 to 80, ICC 0.05, yes or no": ((5, 80), 0.05, "binary", False),
    "12 clusters, sizes 5 to 80, ICC 0.10, a score": ((5, 80), 0.10, "score", False),
    "12 clusters, stepped wedge of 4 periods, ICC 0.10, a score": ((25, 25), 0.10, "score", True),
}


def one_trial(rng, between, icc, outcome, wedge):
    """Draw a trial without an effect."""
    sizes = np.round(np.geomspace(*between, CLUSTERS)).astype(int)
    order = rng.permutation(CLUSTERS)
    village = np.repeat(np.arange(CLUSTERS), sizes)
    period = rng.integers(0, PERIODS, len(village)) if wedge else np.zeros(len(village), int)
    crosses = 1 + order % (PERIODS - 1)
    arm = period >= crosses[village] if wedge else (order < CLUSTERS // 2)[village]
    if outcome == "binary":
        size = (1 - icc) / icc
        share = rng.beta(0.35 * size, 0.65 * size, CLUSTERS)
        y = (rng.random(len(village)) < share[village]).astype(float)
    else:
        lasting = rng.normal(size=CLUSTERS) * np.sqrt(0.7 * icc)
        passing = rng.normal(size=(CLUSTERS, PERIODS)) * np.sqrt(0.3 * icc)
        y = (
            lasting[village]
            + passing[village, period]
            + np.sqrt(1 - icc) * rng.normal(size=len(village))
            + 0.1 * period
        )
    return pd.DataFrame({"village": village, "period": period, "arm": arm * 1, "y": y})


def p_values(frame, *, wedge):
    """Test no effect in every way."""
    table = read_trial(frame, outcome="y", treatment="arm", cluster="village", period="period" if wedge else None)
    found = {}
    contrast = np.zeros(table.design.shape[1])
    contrast[-1] = 1.0
    fit = fit_clustered(table.design, table.outcome, table.clusters, "linear", "exchangeable")
    for name, correction in (
        ("GEE, uncorrected, normal", "none"),
        ("GEE, Kauermann-Carroll, t", "kauermann_carroll"),
        ("GEE, Mancl-DeRouen, t", "mancl_derouen"),
    ):
        variance = robust_variance(fit.grams, fit.scores, fit.bread, contrast, correction)
        t = -abs(fit.coefficients[-1]) / variance.std_error
        found[name] = 2 * float(ndtr(t) if correction == "none" else stdtr(variance.df, t))
    for name, way in (("mixed model, Satterthwaite", "satterthwaite"), ("mixed model, Kenward-Roger", "kenward-roger")):
        mixed = fit_mixed(table, by_period=wedge, df=way)
        df = min(mixed.df, CLUSTERS - 2) if mixed.at_zero else mixed.df
        found[name] = 2 * float(stdtr(df, -abs(mixed.coefficients[-1]) / mixed.std_error))
    rows, weights = (table.design, table.outcome, table.clusters), draw_weights(CLUSTERS, 999, 0)
    found["wild bootstrap"] = LinearBootstrap(cluster_sums(*rows), "exchangeable", weights).p_value()
    found["wild bootstrap, least squares"] = wild_bootstrap(*rows).p_value()
    if np.isin(table.outcome, (0, 1)).all():
        found["wild bootstrap, log odds"] = ScoreBootstrap(*rows, "logistic", "exchangeable", weights).p_value()
    residual = table.outcome - table.base @ np.linalg.lstsq(table.base, table.outcome, rcond=None)[0]
    found["randomisation"] = randomisation_test(table, residual, draws=999, seed=1).p_value()
    return found


def size_of_tests(name, runs):
    """Count how often each test rejects at the level."""
    between, icc, outcome, wedge = CASES[name]
    rejected = {}
    started = time.process_time()
    for run in range(runs):
        frame = one_trial(np.random.default_rng([71, run]), between, icc, outcome, wedge)
        for test, p_value in p_values(frame, wedge=wedge).items():
            rejected[test] = rejected.get(test, 0) + (p_value <= LEVEL)
    print(f"{name}: {time.process_time() - started:.0f} CPU s", flush=True)
    return [
        {
            "case": name,
            "test": test,
            "runs": runs,
            "measure": "share rejected",
            "value": count / runs,
            "mc_error": np.sqrt(count / runs * (1 - count / runs) / runs),
        }
        for test, count in rejected.items()
    ]


def differences(runs):
    """Count how often the limits of a difference in differences hold the truth."""
    model = DifferenceInDifferences(outcome="y", treatment="arm", wave="wave", cluster="village", age=None, draws=99)
    held = 0
    for run in range(runs):
        rng = np.random.default_rng([72, run])
        village = np.repeat(np.arange(CLUSTERS), SIZE)
        arm, wave = (village % 2 == 0) * 1, rng.integers(0, 2, len(village))
        shift = rng.normal(size=(CLUSTERS, 2)) * 0.3
        y = shift[village, wave] + 0.4 * arm + 0.3 * wave + 0.5 * arm * wave + rng.normal(size=len(village))
        frame = pd.DataFrame({"village": village, "arm": arm, "wave": wave, "y": y})
        low, high = model.fit(frame).estimates.loc["effect", ["ci_low", "ci_high"]]
        held += low <= 0.5 <= high
    share = held / runs
    return [
        {
            "case": "12 clusters, two waves, effect 0.5",
            "test": "difference in differences, t",
            "runs": runs,
            "measure": "coverage",
            "value": share,
            "mc_error": np.sqrt(share * (1 - share) / runs),
        }
    ]


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    OUT.parent.mkdir(exist_ok=True)
    rows = differences(runs)
    for name in CASES:
        rows += size_of_tests(name, runs)
        table = pd.DataFrame(rows).round(4).assign(date=datetime.now(UTC).date().isoformat())
        table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

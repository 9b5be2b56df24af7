"""Coverage of limits of agreement, of themes in all and of plans of double coding, over simulated coders and interviews.

Run ``python benchmarks/coverage_agreement.py [RUNS [INTERVAL ...]]`` (kinds of limits; without any, all of them and the
themes too); the table goes to ``benchmarks/results/coverage_agreement.csv``.
Coders recognise the right code with a chance whose square is the true agreement, and guess by the shares of the codes
otherwise, so that Krippendorff's, Fleiss's and Conger's coefficients all have that value in the long run; Gwet's is
taken from 400,000 units. Themes stand in interviews with chances from .05 to .5.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.core.result import reach
from ctresearch.qualitative import ThemeRichness
from ctresearch.stats.agreement.coded_units import join_units
from ctresearch.stats.agreement.coefficients import Ready
from ctresearch.stats.agreement.resampling import bootstrap_draws, jackknife_error, linear_error
from ctresearch.stats.agreement.weights import IdentityWeights

OUT = Path(__file__).parent / "results" / "coverage_agreement.csv"
SHARES = {"even": (0.25, 0.25, 0.25, 0.25), "rare": (0.85, 0.05, 0.05, 0.05)}
STATISTICS = ("krippendorff", "conger", "gwet")
INTERVALS = ("analytic", "jackknife", "bootstrap")


def coded(rng, units, coders, agreement, shares, missing):
    """Draw ratings with a known agreement, -1 where there is none."""
    right = rng.choice(len(shares), size=units, p=shares)
    guess = rng.choice(len(shares), size=(units, coders), p=shares)
    given = np.where(rng.random((units, coders)) < np.sqrt(agreement), right[:, None], guess).astype(float)
    given[rng.random((units, coders)) < missing] = -1
    return given.astype(np.int64)


def limits(given, statistic, interval, rng):
    """Return limits as Agreement makes them, without its checks and tables."""
    units = join_units(given, 4, coders_apart=statistic == "conger")
    if statistic == "krippendorff":
        units = units.where(units.rated >= 2)
    ready = Ready(units, statistic, IdentityWeights())
    now = float(ready.agreement(units.times[None, :]).estimate[0])
    if np.isnan(now):
        return np.nan, np.nan
    if interval == "bootstrap":
        drawn = bootstrap_draws(ready, 400, np.random.SeedSequence(int(rng.integers(2**60))))
        held = drawn[~np.isnan(drawn)]
        return tuple(np.quantile(held, [0.025, 0.975])) if held.std() > 1e-9 else (np.nan, np.nan)
    error = jackknife_error(ready) if interval == "jackknife" else linear_error(ready)
    away = float(reach(0.95, float(units.units - 1))) * error
    return (now - away, min(now + away, 1.0)) if error > 1e-9 else (np.nan, np.nan)


def truths(agreement, shares):
    """Return the value of each coefficient in the long run."""
    table = coded(np.random.default_rng(9), 400_000, 2, agreement, shares, 0.0)
    units = join_units(table, 4)
    far = Ready(units, "gwet", IdentityWeights()).agreement(units.times[None, :]).estimate[0]
    return {"krippendorff": agreement, "conger": agreement, "gwet": far}


def agreement_rows(runs, intervals):
    """Count how often limits of agreement hold the truth."""
    rows = []
    for name, shares in SHARES.items():
        for agreement in (0.6, 0.85):
            truth = truths(agreement, shares)
            for units, coders, missing in ((20, 2, 0.0), (50, 3, 0.2), (200, 2, 0.0), (200, 3, 0.2)):
                held = {(s, i): [] for s in STATISTICS for i in intervals}
                for rng in streams(units * coders, runs):
                    table = coded(rng, units, coders, agreement, shares, missing)
                    for (s, i), found in held.items():
                        low, high = limits(table, s, i, rng)
                        if np.isfinite(low):
                            found.append(low <= truth[s] <= high)
                rows += [
                    {
                        "what": s,
                        "interval": i,
                        "codes": name,
                        "truth": round(float(truth[s]), 3),
                        "units": units,
                        "coders": coders,
                        "missing": missing,
                        "runs": len(found),
                        "coverage": round(float(np.mean(found)), 4),
                    }
                    for (s, i), found in held.items()
                ]
    return rows


def richness_rows(runs):
    """Count how often limits of themes hold the number planted."""
    rows = []
    for interviews in (12, 30, 60):
        for method in ("chao2", "ichao2", "ice", "jackknife-1"):
            held = []
            for rng in streams(interviews, runs):
                chance = rng.uniform(0.05, 0.5, 40)
                table = pd.DataFrame(rng.random((interviews, 40)) < chance).astype(int).rename(columns=str)
                row = ThemeRichness(method, bootstrap=100).fit(table).estimates.loc["themes"]
                all_seen = row["estimate"] == 40  # nothing unseen, and nothing to be limited
                held.append(all_seen or row["ci_low"] - 0.5 <= 40 <= row["ci_high"] + 0.5)
            rows.append(
                {
                    "what": "themes in all",
                    "interval": method,
                    "truth": 40,
                    "units": interviews,
                    "runs": len(held),
                    "coverage": round(float(np.mean(held)), 4),
                }
            )
    return rows


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    named = tuple(sys.argv[2:])
    themes = [] if named else richness_rows(runs)
    rows = pd.DataFrame(agreement_rows(runs, named or INTERVALS) + themes)
    rows["mc_error"] = np.sqrt(rows["coverage"] * (1 - rows["coverage"]) / rows["runs"]).round(4)
    rows["day"], rows["numpy"] = f"{datetime.now(UTC):%Y-%m-%d}", version("numpy")
    rows.to_csv(OUT, index=False, lineterminator="\n")
    print(rows.to_string())


if __name__ == "__main__":
    main()

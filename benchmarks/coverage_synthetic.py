"""How often synthetic controls err where nothing happened, by how well they followed the unit before.

Run ``python benchmarks/coverage_synthetic.py [RUNS] [SEED]``; the table goes to ``benchmarks/results/synthetic_fit.csv``, beside
the rows of other seeds. Outcomes
of 26 units over 20 periods are a level, three factors that wander, and errors with correlation .3; the treated unit's
loadings lie among those of the donors or further and further outside, and its effect is 0. ``ratio`` is what the check
``fit before`` tells: the root mean squared difference before over the usual change from one period to the next. False
alarms are shares of p values at or below .1 for the placebo test and for shifts in time, and of 90 % limits of the
synthetic difference in differences that miss 0; ``bias`` is the mean difference after over the usual change, in absolute
value. The second part has 3 of 30 units treated and all estimators of the error.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.policy.synthetic.difference_errors import Groups, bootstrap_effects, jackknife_error, placebo_effects
from ctresearch.policy.synthetic.difference_weights import fit_cohort, ridges_of
from ctresearch.policy.synthetic.donors import gaps_to, plain_weights
from ctresearch.policy.synthetic.inference import (
    conformal_p_value,
    placebo_p_value,
    root_mean_square,
    run_placebos,
)

OUT = Path(__file__).parent / "results" / "synthetic_fit.csv"
DONORS, PERIODS, BEFORE = 25, 20, 15
OUTSIDE = (0.0, 0.5, 1.0, 2.0, 4.0)
BINS = (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.5, np.inf)
ALPHA, Z = 0.1, 1.6448536269514722


def draw(rng, units, outside, treated=1):
    """Draw outcomes, the treated unit first; its loadings lie outside by so many spreads."""
    factors = np.cumsum(rng.normal(size=(3, PERIODS)), axis=1)
    loadings = rng.normal(size=(units, 3))
    loadings[:treated] += outside * np.sign(loadings[:treated])
    errors = np.empty((units, PERIODS))
    errors[:, 0] = rng.normal(size=units)
    for t in range(1, PERIODS):
        errors[:, t] = 0.3 * errors[:, t - 1] + np.sqrt(1 - 0.09) * rng.normal(size=units)
    return rng.normal(size=(units, 1)) + loadings @ factors + errors


def one_control(rng, outside):
    """Return the ratio of the fit, the effect and three p values or misses."""
    y = draw(rng, DONORS + 1, outside)
    own, others = y[0], y[1:].T.copy()

    def gaps(target, rest):
        return target - rest @ plain_weights(gaps_to(target[:BEFORE], rest[:BEFORE])).weights

    found = gaps(own, others)
    made = run_placebos(others, BEFORE, lambda j: gaps(others[:, j], np.delete(others, j, axis=1)))
    before, after = root_mean_square(found[:BEFORE]), root_mean_square(found[BEFORE:])
    noise = np.diff(others[:BEFORE], axis=0).std(ddof=1)
    shifts = conformal_p_value(own, others, np.arange(PERIODS) >= BEFORE, 0.0)
    ridge = ridges_of(y[1:], 1, BEFORE)
    cohort = fit_cohort(y[1:], y[:1], BEFORE, ridge)
    placebos = placebo_effects(Groups(y[1:], [y[:1]], [BEFORE], [ridge]), 0, rng)
    missed = abs(cohort.effect) > Z * placebos.std(ddof=1)
    placebo = placebo_p_value(after / before, made.ratio)
    return before / noise, found[BEFORE:].mean() / noise, placebo <= ALPHA, shifts <= ALPHA, missed


def one_difference(rng):
    """Return which standard errors give 90 % limits that miss 0, three of 30 units being treated."""
    y = draw(rng, 30, 0.0, treated=3)
    ridge = ridges_of(y[3:], 3, BEFORE)
    groups = Groups(y[3:], [y[:3]], [BEFORE], [ridge])
    cohort = fit_cohort(y[3:], y[:3], BEFORE, ridge)
    errors = {
        "placebo": placebo_effects(groups, 100, rng).std(ddof=1),
        "jackknife": jackknife_error(groups, [cohort]),
        "bootstrap": bootstrap_effects(groups, 100, rng).std(ddof=1),
    }
    return {name: abs(cohort.effect) > Z * error for name, error in errors.items()}


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    about = {"seed": seed, "day": f"{datetime.now(UTC):%Y-%m-%d}", "numpy": version("numpy"), "numba": version("numba")}
    found = [
        one_control(rng, outside) for outside in OUTSIDE for rng in streams(1000 * seed + int(10 * outside) + 1, runs)
    ]
    table = pd.DataFrame(found, columns=["ratio", "bias", "placebo", "shifts", "difference"])
    table["group"] = pd.cut(table["ratio"], BINS, right=True)
    rows = []
    for group, part in table.groupby("group", observed=True):
        row = {"treated": 1, "ratio_above": group.left, "ratio_to": group.right, "runs": len(part)}
        row["bias"] = round(float(part["bias"].abs().mean()), 3)
        for name in ("placebo", "shifts", "difference"):
            share = float(part[name].mean())
            row |= {f"false_{name}": round(share, 4)}
        row["largest_mc_error"] = round(float(np.sqrt(0.25 / len(part))), 4)
        rows.append(row)
    many = pd.DataFrame([one_difference(rng) for rng in streams(1000 * seed + 99, runs)])
    for name, share in many.mean().items():
        rows.append(
            {
                "treated": 3,
                "error": name,
                "runs": runs,
                "false_difference": round(float(share), 4),
                "largest_mc_error": round(float(np.sqrt(0.25 / runs)), 4),
            }
        )
    made = pd.DataFrame(rows).assign(**about)
    if OUT.exists():
        old = pd.read_csv(OUT)
        made = pd.concat([old[old["seed"] != seed], made], ignore_index=True)
    made.to_csv(OUT, index=False, lineterminator="\n")
    print(made.to_string())


if __name__ == "__main__":
    main()

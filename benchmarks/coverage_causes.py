"""Coverage of effect estimates over simulated studies, with Monte Carlo errors.

Run ``python benchmarks/coverage_causes.py [RUNS [RUNS_OF_LEARNERS]]``; the table goes to
``benchmarks/results/coverage_causes.csv``. Doubly robust estimates must cover 93 to 97 in 100 with both models right
and with either wrong; with both wrong they need not, and with learners they need both to be consistent. Ratios of
detected cases are biased where the cause changes detection; a chance of detection that is known, or was estimated from
outside, mends them, and bounds on it hold the truth.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from ctresearch.causes import DoublyRobustEffect
from ctresearch.causes.sensitivity import detection_bounds, detection_corrected

OUT = Path(__file__).parent / "results" / "coverage_causes.csv"
TRUTH, PEOPLE, DETECTED, LOOKED = 1.0, 500, 20_000, 300
BENT = make_pipeline(PolynomialFeatures(2), LinearRegression())
BENT_CHANCE = make_pipeline(PolynomialFeatures(2), LogisticRegression(C=1e6, max_iter=1000))
# name: is treatment bent in x, is the outcome bent in x, learners in place of straight regressions
CASES = {
    "both models right": (False, False, None),
    "treatment model wrong": (True, False, None),
    "outcome model wrong": (False, True, None),
    "both models wrong": (True, True, None),
    "learners, both consistent": (True, True, (BENT, BENT_CHANCE)),
    "learners, treatment's not consistent": (True, True, (BENT, DummyClassifier())),
    "learners, outcome's not consistent": (True, True, (LinearRegression(), BENT_CHANCE)),
    "learners, neither consistent": (True, True, (LinearRegression(), DummyClassifier())),
}


def one_study(rng, bent_treatment, bent_outcome):
    """Draw a study whose treatment and outcome depend on x, straight or bent."""
    x = rng.uniform(-2, 2, PEOPLE)
    lean = 0.7 * (x**2 - 4 / 3) if bent_treatment else 0.7 * x
    treated = rng.random(PEOPLE) < 1 / (1 + np.exp(-lean))
    level = x**2 if bent_outcome else x
    return pd.DataFrame({"a": treated * 1, "x": x, "y": TRUTH * treated + level + rng.normal(size=PEOPLE)})


def coverage(name, runs, learner_runs):
    """Fit many studies and count how often the limits hold the truth."""
    bent_treatment, bent_outcome, learner = CASES[name]
    runs = runs if learner is None else learner_runs
    model = DoublyRobustEffect(
        treatment="a",
        outcome="y",
        covariates=["x"],
        outcome_model="linear",
        learner=learner,
        folds=1 if learner is None else 2,
    )
    rows = np.empty((runs, 4))
    for run in range(runs):
        frame = one_study(np.random.default_rng([7, run]), bent_treatment, bent_outcome)
        rows[run] = numbers(model.fit(frame), "effect")
    return summary(name, rows, TRUTH)


def detection_study(run):
    """Draw detected cases, and the chance of detection as estimated from 300 cases an arm that somebody looked for."""
    rng, risk, chance = np.random.default_rng([8, run]), (0.10, 0.15), (0.2, 0.4)
    cases = tuple(int(rng.binomial(DETECTED, risk[arm] * chance[arm])) for arm in (0, 1))
    found = tuple(rng.binomial(LOOKED, c) / LOOKED for c in chance)
    return cases, chance, found, tuple(float(np.sqrt(c * (1 - c) / LOOKED)) for c in found)


def detection(runs):
    """Say how far off ratios of detected cases are: naive, with detection known or estimated, and bounded."""
    rows = {name: [] for name in ("naive log ratio", "detection known", "detection estimated", "bounds")}
    for run in range(runs):
        cases, chance, found, errors = detection_study(run)
        shared = {"cases": cases, "people": (DETECTED, DETECTED)}
        bounded = detection_bounds(**shared, detection=((0.16, 0.26), (0.32, 0.5)))
        naive, spread = np.log(cases[1] / cases[0]), np.sqrt(sum(1 / c - 1 / DETECTED for c in cases))
        rows["naive log ratio"].append((naive, spread, naive - 1.96 * spread, naive + 1.96 * spread))
        for name, more in {"known": {"detection": chance}, "estimated": {"detection": found, "errors": errors}}.items():
            rows[f"detection {name}"].append(numbers(detection_corrected(**shared, **more), "log_ratio"))
        rows["bounds"].append(numbers(bounded, "log_ratio"))
    return [summary(f"detected cases, {name}", np.array(values), np.log(1.5)) for name, values in rows.items()]


def numbers(result, term):
    """Return estimate, standard error and limits."""
    return result.estimates.loc[term, ["estimate", "std_error", "ci_low", "ci_high"]].astype(float)


def summary(case, rows, truth):
    """Return bias and coverage of many estimates with their Monte Carlo errors."""
    held = ((rows[:, 2] <= truth) & (rows[:, 3] >= truth)).mean()
    spread = rows[:, 0].std()
    return {
        "case": case,
        "runs": len(rows),
        "bias": rows[:, 0].mean() - truth,
        "bias_mc_error": spread / np.sqrt(len(rows)),
        "spread": spread,
        "mean_std_error": rows[:, 1].mean(),
        "coverage": held,
        "coverage_mc_error": np.sqrt(held * (1 - held) / len(rows)),
    }


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    learner_runs = int(sys.argv[2]) if len(sys.argv) > 2 else runs
    OUT.parent.mkdir(exist_ok=True)
    rows = detection(runs)
    for name in CASES:
        rows.append(coverage(name, runs, learner_runs))
        pd.DataFrame(rows).round(4).to_csv(OUT, index=False, lineterminator="\n")
        print(rows[-1], flush=True)


if __name__ == "__main__":
    main()

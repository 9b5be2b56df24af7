"""Coverage of effect estimates over simulated studies, with Monte Carlo errors.

Run ``python benchmarks/coverage_causes.py [RUNS [RUNS_OF_LEARNERS]]``; the table goes to
``benchmarks/results/coverage_causes.csv``. Doubly robust estimates must cover 93 to 97 in 100 with both models right and
with either wrong; with both wrong they need not, and with learners they need both to be consistent. Ratios of detected cases are biased where the cause changes detection;
bounds from outside knowledge of detection hold the truth.
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
from ctresearch.causes.sensitivity import detection_bounds

OUT = Path(__file__).parent / "results" / "coverage_causes.csv"
TRUTH, PEOPLE, LEVEL = 1.0, 500, 0.95
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
        rows[run] = (
            model.fit(frame).estimates.loc["effect", ["estimate", "std_error", "ci_low", "ci_high"]].astype(float)
        )
    held = ((rows[:, 2] <= TRUTH) & (rows[:, 3] >= TRUTH)).mean()
    return {
        "case": name, "runs": runs, "bias": rows[:, 0].mean() - TRUTH, "bias_mc_error": rows[:, 0].std() / np.sqrt(runs),
        "spread": rows[:, 0].std(), "mean_std_error": rows[:, 1].mean(), "coverage": held,
        "coverage_mc_error": np.sqrt(held * (1 - held) / runs),
    }  # fmt: skip


def detection(runs):
    """Count how often ratios of detected cases are off, and how often bounds hold the truth."""
    logs, held, people, risk, chance = [], [], 20_000, (0.10, 0.15), (0.2, 0.4)
    for run in range(runs):
        rng = np.random.default_rng([8, run])
        cases = tuple(int(rng.binomial(people, risk[arm] * chance[arm])) for arm in (0, 1))
        found = detection_bounds(cases=cases, people=(people, people), detection=((0.16, 0.26), (0.32, 0.5)))
        low, high = found.estimates.loc["log_ratio", ["ci_low", "ci_high"]]
        logs.append(np.log(cases[1] / cases[0]))
        held.append(low <= np.log(1.5) <= high)
    bias, spread = np.mean(logs) - np.log(1.5), np.std(logs)
    shared = {"runs": runs, "mean_std_error": np.nan}
    return [
        {"case": "detected cases, naive log ratio", "bias": bias, "bias_mc_error": spread / np.sqrt(runs), "spread": spread,
         "coverage": np.nan, "coverage_mc_error": np.nan, **shared},
        {"case": "detected cases, bounds", "bias": np.nan, "bias_mc_error": np.nan, "spread": np.nan,
         "coverage": np.mean(held), "coverage_mc_error": np.sqrt(np.mean(held) * (1 - np.mean(held)) / runs), **shared},
    ]  # fmt: skip


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

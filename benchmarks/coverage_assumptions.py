"""Coverage of estimates under named assumptions and of latent classes with covariates, where the truth is known.

People are drawn on lists, estimators fitted, and the share of intervals that hold the truth is counted, beside the bias
and the ratio of the mean standard error to the spread of the estimates. Three populations: lists ``a`` and ``b`` have an
odds ratio of 2 whatever list ``c`` (three lists, so that there is no interaction of all); the same with chances that
depend on age; two latent classes with weights that depend on a covariate (five lists). ``python
benchmarks/coverage_assumptions.py --simulations 400`` writes ``benchmarks/results/coverage_assumptions.csv``.
"""

import argparse
import datetime
import platform
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import ctresearch
from ctresearch.core.parallel import workers
from ctresearch.prevalence import CaptureHistories, DoublyRobustLists, IdentifiedPopulation, LatentClassRegression

OUT = Path(__file__).parent / "results" / "coverage_assumptions.csv"
PAIR = {"assumption": "conditional", "among": ["a", "b"]}


def pair_on(random, first, second, odds_ratio):
    """Draw who is on two lists, given chances as they would be if independent."""
    weights = np.stack(
        [(1 - first) * (1 - second), first * (1 - second), (1 - first) * second, first * second * odds_ratio]
    )
    drawn = (random.random(weights.shape[1]) > np.cumsum(weights / weights.sum(axis=0), axis=0)).sum(axis=0)
    return drawn & 1, drawn >> 1


def three_lists(random, people, *, slope):
    """Draw people on three lists; a and b have an odds ratio of 2, on c and off it."""
    age = random.uniform(-1, 1, people)
    chance = 1 / (1 + np.exp(-(np.array([[0.0], [-0.4], [-0.6]]) + slope * np.array([[1.0], [0.8], [1.2]]) * age)))
    a, b = pair_on(random, chance[0], chance[1], 2.0)
    frame = pd.DataFrame({"a": a, "b": b, "c": (random.random(people) < chance[2]) * 1, "age": age})
    return frame[frame[["a", "b", "c"]].any(axis=1)]


def two_classes(random, people):
    """Draw people of two classes on five lists."""
    x = random.integers(0, 3, people) - 1.0
    second = random.random(people) < 1 / (1 + np.exp(0.3 - 0.8 * x))
    mains = np.where(second[:, None], [-1.5, -1.0, -2.0, -1.2, -1.4], [0.7, 0.2, -0.1, 0.4, 0.6])
    on = random.random((people, 5)) < 1 / (1 + np.exp(-mains))
    return pd.DataFrame(on * 1, columns=list("abcde")).assign(x=x)[on.any(axis=1)]


def lists_of(frame):
    """Take the lists of a frame alone."""
    return CaptureHistories.from_records(frame[["a", "b", "c"]], ["a", "b", "c"])


def identified(**options):
    """Fit a table of lists under an assumption."""
    return lambda frame: IdentifiedPopulation(ratios=[1.0], draws=2000, **options).fit(lists_of(frame))


def robust(**options):
    """Fit people with covariates under an assumption."""
    model = DoublyRobustLists(lists=["a", "b", "c"], covariates=["age"], folds=2, ratios=[1.0], **options)
    return model.fit


def classes(number, bootstrap=0):
    """Fit latent classes."""
    return lambda frame: LatentClassRegression(
        number, lists=list("abcde"), formula="x", starts=4, bootstrap=bootstrap
    ).fit(frame)


SCENARIOS = [
    (
        "odds ratio 2, no covariate",
        lambda r, n: three_lists(r, n, slope=0.0),
        (1000, 5000),
        {
            "no highest order, posterior": identified(),
            "no highest order, plug-in": identified(version="plug_in"),
            "conditional pair, odds ratio 2, posterior": identified(**PAIR, ratio=2.0),
            "conditional pair, odds ratio 2, plug-in": identified(**PAIR, ratio=2.0, version="plug_in"),
            "conditional pair, independent (wrong)": identified(**PAIR),
        },
    ),
    (
        "odds ratio 2, chances by age",
        lambda r, n: three_lists(r, n, slope=1.0),
        (4000,),
        {
            "doubly robust, no highest order": robust(),
            "doubly robust, conditional pair, odds ratio 2": robust(**PAIR, ratio=2.0),
            "doubly robust, conditional pair, independent (wrong)": robust(**PAIR),
            "no highest order (age left out)": identified(),
        },
    ),
    (
        "two classes",
        two_classes,
        (1500, 5000),
        {
            "two classes, log-normal": classes(2),
            "one class (wrong)": classes(1),
        },
    ),
]


def judge(frames, fit, people):
    """Fit all samples and summarise."""
    rows = []
    for frame in frames:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rows.append(fit(frame).estimates.loc["population", ["estimate", "std_error", "ci_low", "ci_high"]])
    table = pd.DataFrame(rows).astype(float)
    there = table.dropna()
    inside = (there["ci_low"] <= people) & (people <= there["ci_high"])
    return {
        "estimates": len(there),
        "bias_percent": round(float(100 * (there["estimate"].median() / people - 1)), 1),
        "error_over_spread": round(float(there["std_error"].mean() / there["estimate"].std()), 2),
        "coverage": round(float(inside.mean()), 3),
        "monte_carlo_error": round(float(inside.std(ddof=0) / np.sqrt(len(there))), 3),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--populations", type=int, nargs="*", help="numbers from 0; the rows of others are kept")
    options = parser.parse_args()
    stamp = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": ctresearch.__version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
    wanted = range(len(SCENARIOS)) if options.populations is None else options.populations
    rows, redone = [], {SCENARIOS[one][0] for one in wanted}
    if OUT.exists():
        rows = [row for row in pd.read_csv(OUT).to_dict("records") if row["population"] not in redone]
    with workers(1):
        for scenario, draw, sizes, methods in [SCENARIOS[one] for one in wanted]:
            for people in sizes:
                random = np.random.default_rng(options.seed)
                frames = [draw(random, people) for _ in range(options.simulations)]
                for method, fit in methods.items():
                    found = judge(frames, fit, people)
                    rows.append({"population": scenario, "people": people, "method": method, **found, **stamp})
                    print(rows[-1], flush=True)
    pd.DataFrame(rows).to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

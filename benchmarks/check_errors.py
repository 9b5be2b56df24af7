"""How often estimates under an assumption, of latent classes and designed samples pass, and how often a pass misses.

Run ``python benchmarks/check_errors.py``; the table goes to ``benchmarks/results/check_errors.csv``, one row an estimator
and population. ``holds`` says whether what the estimator assumes is true there; where it is not, ``seen`` says whether a
table could show it at all. An estimate that misses and does not pass has done no harm. Numbers that end in ``_se`` are
Monte Carlo errors, ``asked`` names the checks that did not pass and how often.
"""

import argparse
import platform
import warnings
from collections import Counter
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from coverage_assumptions import lists_of, three_lists, two_classes
from tqdm import tqdm

from ctresearch.core.errors import CtResearchError
from ctresearch.core.parallel import workers
from ctresearch.prevalence import DesignedSample, DoublyRobustLists, IdentifiedPopulation, LatentClassRegression

OUT = Path(__file__).resolve().parent / "results" / "check_errors.csv"
SEED = 51203
PAIR = {"assumption": "conditional", "among": ["a", "b"]}
ALL = ["a", "b", "c"]


def seen_of(on, **columns):
    """Keep the people on a list."""
    names = [chr(97 + i) for i in range(on.shape[1])]
    return pd.DataFrame(on * 1, columns=names).assign(**columns)[on.any(axis=1)]


def differing(random, people):
    """Draw people of two kinds on three lists that are independent within each: an interaction of all three."""
    often = random.random(people) < 0.3
    chance = np.where(often[:, None], [0.6, 0.5, 0.55], [0.12, 0.15, 0.1])
    return seen_of(random.random((people, 3)) < chance, age=random.uniform(-1, 1, people))


def hidden_cause(random, people):
    """Draw people whose chances depend on age and on something that nobody wrote down."""
    age, unseen = random.uniform(-1, 1, people), random.normal(0, 1.2, people)
    chance = 1 / (1 + np.exp(-(np.array([0.0, -0.4, -0.6]) + (age + unseen)[:, None])))
    return seen_of(random.random((people, 3)) < chance, age=age)


def linked_classes(random, people):
    """Draw people of two classes, with the third list copying half of the second."""
    x = random.integers(0, 3, people) - 1.0
    second = random.random(people) < 1 / (1 + np.exp(0.3 - 0.8 * x))
    mains = np.where(second[:, None], [-1.5, -1.0, -2.0, -1.2, -1.4], [0.7, 0.2, -0.1, 0.4, 0.6])
    on = random.random((people, 5)) < 1 / (1 + np.exp(-mains))
    on[:, 2] |= on[:, 1] & (random.random(people) < 0.5)
    return seen_of(on, x=x)


def three_classes(random, people):
    """Draw people of three classes, the third hardly on any list."""
    x = random.integers(0, 3, people) - 1.0
    kind = random.choice(3, people, p=[0.3, 0.4, 0.3])
    mains = np.array([[0.7, 0.2, -0.1, 0.4, 0.6], [-1.0, -0.8, -1.2, -1.1, -0.9], [-3.6, -3.8, -3.5, -3.9, -3.7]])[kind]
    return seen_of(random.random((people, 5)) < 1 / (1 + np.exp(-(mains + 0.3 * x[:, None]))), x=x)


def sampled(random, people, *, likelier=(1.0, 1.0)):
    """Draw people of whom two lists see some, and a sample that reaches people on each so many times as often."""
    ease = random.random(people)
    on = np.column_stack([random.random(people) < 0.4 * ease, random.random(people) < 0.5 * ease])
    chance = 0.06 * np.where(on[:, 0], likelier[0], 1.0) * np.where(on[:, 1], likelier[1], 1.0)
    frame = pd.DataFrame(on * 1, columns=["a", "b"]).assign(survey=(random.random(people) < chance) * 1)
    return frame[frame.any(axis=1)]


def identified(**options):
    """Fit a table of lists under an assumption."""
    return lambda frame: IdentifiedPopulation(draws=2000, **options).fit(lists_of(frame))


def adjusted(**options):
    """Fit with age."""
    return lambda frame: DoublyRobustLists(lists=ALL, covariates=["age"], folds=2, **options).fit(frame)


def classes(frame):
    """Fit two latent classes whose weights depend on x."""
    return LatentClassRegression(2, lists=list("abcde"), formula="x", starts=4).fit(frame)


def survey(frame):
    """Fit two lists and a sample."""
    return DesignedSample(lists=["a", "b"], sample="survey").fit(frame)


def alike(random, people):
    """Draw people on three independent lists."""
    return seen_of(random.random((people, 3)) < [0.4, 0.35, 0.3], age=random.uniform(-1, 1, people))


CASES = (  # estimator, population, how it is drawn, people, how it is fitted, whether the assumption holds, can be seen
    ("IdentifiedPopulation", "pair depends", lambda r, n: three_lists(r, n, slope=0.0), 3000, identified(), True, ""),
    ("IdentifiedPopulation", "people differ", differing, 3000, identified(), False, "no"),
    ("IdentifiedPopulation, a and b", "independent", alike, 3000, identified(**PAIR), True, ""),
    (
        "IdentifiedPopulation, a and b",
        "pair depends",
        lambda r, n: three_lists(r, n, slope=0.0),
        3000,
        identified(**PAIR),
        False,
        "no",
    ),
    ("DoublyRobustLists", "age", lambda r, n: three_lists(r, n, slope=1.0), 3000, adjusted(), True, ""),
    ("DoublyRobustLists", "hidden cause", hidden_cause, 3000, adjusted(), False, "no"),
    ("LatentClassRegression", "two classes", two_classes, 3000, classes, True, ""),
    ("LatentClassRegression", "lists linked", linked_classes, 3000, classes, False, "yes"),
    ("LatentClassRegression", "three classes", three_classes, 4000, classes, False, "partly"),
    ("DesignedSample", "random sample", sampled, 6000, survey, True, ""),
    (
        "DesignedSample",
        "reaches one list more",
        lambda r, n: sampled(r, n, likelier=(2.5, 1.0)),
        6000,
        survey,
        False,
        "yes",
    ),
    (
        "DesignedSample",
        "reaches all lists more",
        lambda r, n: sampled(r, n, likelier=(2.0, 2.0)),
        6000,
        survey,
        False,
        "no",
    ),
)


def one(draw, people, fit, seed):
    """Draw and fit once."""
    random = np.random.default_rng(seed)
    frame = draw(random, people)
    try:
        result = fit(frame)
    except CtResearchError:
        return {"status": "refused", "held": False, "asked": []}
    row = result.estimates.loc["population"]
    held = bool(row["ci_low"] <= people <= row["ci_high"])
    asked = [check.name for check in result.checks if check.status != "pass"]
    return {"status": result.status, "held": held, "asked": asked, "has": bool(np.isfinite(row["ci_low"]))}


def summary(rows):
    """Count one case."""
    table = pd.DataFrame(rows)
    said = {status: float((table["status"] == status).mean()) for status in ("pass", "review", "fail", "refused")}
    has = table["has"].fillna(value=False).astype(bool) if "has" in table else pd.Series([False] * len(table))
    passed = table["status"] == "pass"
    missed = float((passed & ~table["held"]).mean())
    asked = Counter(name for names in table["asked"] for name in names)
    return said | {
        "coverage": float(table.loc[has, "held"].mean()) if has.any() else np.nan,
        "pass_and_miss": missed,
        "pass_and_miss_se": float(np.sqrt(missed * (1 - missed) / len(table))),
        "miss_among_passes": float((~table.loc[passed, "held"]).mean()) if passed.any() else np.nan,
        "asked": "; ".join(f"{name} {number}" for name, number in asked.most_common(4)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    stamp = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "scipy", "scikit-learn")},
    }
    found = []
    with workers(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what learners say of single draws
        for place, (name, population, draw, people, fit, holds, visible) in enumerate(tqdm(CASES, mininterval=10)):
            rows = [one(draw, people, fit, [SEED, place, number]) for number in range(options.draws)]
            known = {"estimator": name, "population": population, "people": people, "holds": holds, "seen": visible}
            found.append(known | {"draws": options.draws} | summary(rows))
            table = pd.DataFrame(found).round(4).assign(**stamp)
            table.to_csv(options.out, index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main()

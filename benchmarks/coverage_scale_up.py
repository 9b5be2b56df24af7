"""Simulated coverage of 95 % intervals by network scale-up, and how often Killworth's own standard error covers.

Run ``python benchmarks/coverage_scale_up.py`` (a few minutes on one core); ``benchmarks/results/coverage_scale_up.csv``
is written anew. Surveys are drawn from people without end whose answers are made from a hidden population of known
size. Scenarios that start with *violated* break an assumption that no interval by design can show.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.prevalence import GeneralizedScaleUp, ScaleUp

OUT = Path(__file__).parent / "results" / "coverage_scale_up.csv"
POPULATION, HIDDEN = 1_000_000, 5_000
KNOWN = {"teachers": 24_000, "nurses": 18_000, "fishers": 9_500, "drivers": 6_200, "bakers": 3_000, "midwives": 1_900}
SIZES = np.array([*KNOWN.values(), HIDDEN], dtype=float)
OPTIONS = {"hidden": "hidden", "known": KNOWN, "population": POPULATION, "bootstrap": 400}


def answers(rng, degree, uneven, seen):
    """Draw how many people of each group respondents know."""
    factor = rng.gamma(1 / uneven, uneven, (degree.size, SIZES.size)) if uneven else 1.0
    mean = degree[:, None] * SIZES / POPULATION * factor
    mean[:, -1] *= seen
    return pd.DataFrame(rng.poisson(mean), columns=[*KNOWN, "hidden"])


def simple(rng, n=400, uneven=0.0, seen=1.0):
    return answers(rng, 300 * np.exp(0.7 * rng.standard_normal(n) - 0.245), uneven, seen)


def clustered(rng, villages=(30, 20), people=10):
    """Draw villages of two strata, in which degrees and exposure to the hidden group are alike."""
    parts = []
    for stratum, count in enumerate(villages):
        for village in range(count):
            level = np.exp(0.3 * rng.standard_normal() - 0.045) * (1.2 if stratum else 1.0)
            made = answers(rng, 300 * level * np.exp(0.6 * rng.standard_normal(people) - 0.18), 0.0, rng.gamma(4, 0.25))
            weight = (0.6, 0.4)[stratum] / count
            parts.append(made.assign(stratum=stratum, village=f"{stratum}-{village}", weight=weight))
    return pd.concat(parts, ignore_index=True)


def members(rng, seen, count=150):
    degree = 200 * np.exp(0.5 * rng.standard_normal(count) - 0.125)
    return pd.DataFrame(rng.poisson(degree[:, None] * seen * SIZES[:-1] / POPULATION), columns=list(KNOWN))


def two_samples(rng, seen):
    """Draw both samples: hidden people know 200 people, and a share of these is aware of them."""
    visibility = 200 * seen
    survey = answers(rng, 300 * np.exp(0.7 * rng.standard_normal(500) - 0.245), 0.0, visibility / 300)
    return survey, members(rng, seen)


DESIGN = {"weight": "weight", "strata": "stratum", "cluster": "village"}
SCENARIOS = {
    "simple sample": (
        simple,
        {"mle": ScaleUp(**OPTIONS), "pimle": ScaleUp(**OPTIONS, method="pimle", zero_degree="drop")},
    ),
    "simple sample, groups unevenly known": (lambda rng: simple(rng, uneven=1.0), {"mle": ScaleUp(**OPTIONS)}),
    "simple sample of 100": (lambda rng: simple(rng, n=100), {"mle": ScaleUp(**OPTIONS)}),
    "50 villages in two strata": (
        clustered,
        {"mle": ScaleUp(**OPTIONS, **DESIGN), "mle as if simple": ScaleUp(**OPTIONS)},
    ),
    "20 villages in two strata": (lambda rng: clustered(rng, (12, 8)), {"mle": ScaleUp(**OPTIONS, **DESIGN)}),
    "violated: a fifth of ties is not known": (lambda rng: simple(rng, seen=0.8), {"mle": ScaleUp(**OPTIONS)}),
    "two samples, hidden people half as visible": (
        lambda rng: two_samples(rng, 0.75),
        {"generalised": GeneralizedScaleUp(**OPTIONS)},
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=500)
    options = parser.parse_args()
    rows = []
    for scenario, (draw, methods) in SCENARIOS.items():
        found = {name: [] for name in methods} | {f"{name}, Killworth": [] for name in methods if name == "mle"}
        for seed in tqdm(range(options.simulations), desc=scenario):
            data = draw(np.random.default_rng(seed))
            for name, method in methods.items():
                result = method.fit(data)
                row = result.estimates.loc["population"]
                found[name].append((row["estimate"], row["ci_low"], row["ci_high"]))
                if name == "mle":
                    reach = 1.96 * result.killworth_std_error
                    found[f"{name}, Killworth"].append(
                        (row["estimate"], row["estimate"] - reach, row["estimate"] + reach)
                    )
        for name, values in found.items():
            estimate, low, high = np.array(values).T
            rows.append(
                {
                    "scenario": scenario,
                    "method": name,
                    "simulations": estimate.size,
                    "coverage": round(float(((low <= HIDDEN) & (high >= HIDDEN)).mean()), 3),
                    "bias": round(float(estimate.mean() / HIDDEN - 1), 4),
                    "width": round(float(np.median(high - low) / HIDDEN), 3),
                }
            )
    made = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numpy": version("numpy"),
    }
    table = pd.DataFrame(rows).assign(**made)
    print(table.to_string(index=False))
    table.to_csv(OUT, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

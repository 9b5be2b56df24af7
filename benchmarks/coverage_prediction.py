"""How often limits for a further study hold its true value, with three studies and more.

``nice python benchmarks/coverage_prediction.py [--draws 2000]``; its rows in ``benchmarks/results/coverage_prediction.csv``
are written anew after every 20 draws. Errors of studies range from .1 to .5; true values vary about 1 with the standard
deviation in ``between``, normally or, in the rows "heavy tails", as a t distribution of four degrees of freedom. Kinds are
those of ``Pool(prediction=)``; limits by bootstrap take 2,000 draws each. All kinds see the same studies.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from ctresearch.core.random import streams
from ctresearch.stats.pooling.prediction import bootstrap_limits, higgins_limits, partlett_limits
from ctresearch.stats.pooling.random_effects import pooled_mean

OUT = Path(__file__).parent / "results" / "coverage_prediction.csv"
CASES = [("normal", 0.3, many) for many in (3, 5, 8, 12)] + [("normal", 0.05, 5), ("heavy tails", 0.3, 5)]


def kinds(y, v, rng):
    """Return the limits of every kind."""
    found = pooled_mean(y, v, "reml")
    spread = np.sqrt(found.tau2 + found.variance)
    knapp = np.sqrt(found.tau2 + found.weights @ (y - found.mean) ** 2 / (len(y) - 1))
    return {
        "normal, test z": (found.mean - ndtri(0.975) * spread, found.mean + ndtri(0.975) * spread),
        "normal, test knha": tuple(found.mean + s * stdtrit(len(y) - 1, 0.975) * knapp for s in (-1, 1)),
        "higgins": higgins_limits(y, v, 0.95),
        "hartung-knapp": partlett_limits(y, v, 0.95, "hartung-knapp"),
        "sidik-jonkman": partlett_limits(y, v, 0.95, "sidik-jonkman"),
        "bootstrap": bootstrap_limits(y, v, 0.95, rng, 2_000),
    }


def one_set(rng, shape, between, studies):
    """Draw studies and a further one, and say which limits hold it, and how wide they are."""
    errors = rng.uniform(0.1, 0.5, studies)
    noise = rng.normal(size=studies + 1) if shape == "normal" else rng.standard_t(4, studies + 1) / np.sqrt(2)
    true = 1.0 + between * noise
    limits = kinds(rng.normal(true[:-1], errors), errors**2, rng)
    return {kind: (low <= true[-1] <= high, high - low) for kind, (low, high) in limits.items()}


def summary(store):
    """Return one row a case and kind."""
    rows = []
    for (case, kind), found in store.items():
        held, width = np.array(found, dtype=float).T
        shape, between, studies = case
        rows.append(
            {
                "true_values": shape,
                "between": between,
                "studies": studies,
                "prediction": kind,
                "draws": len(held),
                "coverage": round(float(held.mean()), 4),
                "coverage_mc_error": round(float(np.sqrt(held.mean() * (1 - held.mean()) / len(held))), 4),
                "median_width": round(float(np.median(width)), 3),
            }
        )
    packages = {name: version(name) for name in ("numpy", "scipy")}
    return pd.DataFrame(rows).assign(date=datetime.now(UTC).date().isoformat(), **packages)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261127)
    given = parser.parse_args()
    many = [streams(given.seed + place, given.draws) for place in range(len(CASES))]
    store = {}
    for draw in range(given.draws):
        for case, rngs in zip(CASES, many, strict=True):
            for kind, found in one_set(rngs[draw], *case).items():
                store.setdefault((case, kind), []).append(found)
        if draw % 20 == 19 or draw == given.draws - 1:
            summary(store).to_csv(OUT, index=False, lineterminator="\n")
            print(draw + 1, flush=True)


if __name__ == "__main__":
    main()

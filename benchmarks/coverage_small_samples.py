"""Coverage of limits with few clusters and few rows, over simulated studies, with Monte Carlo errors.

Run ``python benchmarks/coverage_small_samples.py [RUNS]``; the table goes to
``benchmarks/results/coverage_small_samples.csv``, row by row. It keeps one processor busy, for about nine minutes at the
default of 1,000 studies a case and four at 400. Each estimator's own limits stand beside those that its estimate and the
usual large-sample error would give on the same studies: normal limits, with errors summed by cluster and corrected by
G / (G - 1). ``refused`` counts studies that have no estimate, as where an arm is empty.

With clusters, treatment is given to whole clusters, half of them, or within them by chance, and outcomes have a part
that a cluster shares: the hard case for few of them. Rows without clusters are drawn alike.
"""

import datetime
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import logit, ndtr

from ctresearch.causes import (
    DoublyRobustEffect,
    InverseProbability,
    Mediation,
    NearestNeighbour,
    OrderedLogit,
    OutcomeRegression,
    PrevalenceRatio,
)
from ctresearch.core.errors import DataError, FitError
from ctresearch.stats.clusters import small_samples

OUT = Path(__file__).parent / "results" / "coverage_small_samples.csv"
TRUTH, ROWS_A_CLUSTER, SHARED, SEED = 1.0, 20, 0.5, 1
LOG_RATIO, LOG_ODDS, THROUGH = 0.4, 1.0, 0.5
ROLES = {"treatment": "a", "outcome": "y", "covariates": ["x"]}
RISK = {"outcome": "ill", "covariates": ["a"]}
SCALE = {"outcome": "scale", "covariates": ["a", "x"]}
PATH = {"treatment": "a", "mediator": "debt", "outcome": "hours", "covariates": ["x"]}
EFFECT, RATIO, ODDS = {"effect": TRUTH}, {"a": LOG_RATIO}, {"a": LOG_ODDS}
PATHS = {"total": TRUTH + THROUGH, "direct": TRUTH, "indirect": THROUGH}


@dataclass(frozen=True)
class Case:
    """What is fitted to which studies, and the truth of its terms."""

    name: str
    model: Any
    truth: dict[str, float]
    clusters: int = 0
    rows: int = 0
    within: bool = True

    @property
    def units(self):
        """How many independent units a study has, in words."""
        return f"{self.clusters} clusters" if self.clusters else f"{self.rows} rows"

    def draw(self, rng):
        """Draw a study; the outcomes of all estimators stand in one table."""
        village = np.repeat(np.arange(self.clusters), ROWS_A_CLUSTER) if self.clusters else np.arange(self.rows)
        n = len(village)
        x = rng.normal(size=n)
        a = rng.random(n) < 1 / (1 + np.exp(-0.5 * x)) if self.within else village % 2 == 0
        z = rng.normal(size=(2, village[-1] + 1))[:, village] if self.clusters else np.zeros((2, n))
        shared = z[0] * SHARED * (1 + (a if self.within else 0))
        ill = rng.random(n) < np.exp(-1.2 + LOG_RATIO * a + 0.3 * shared)
        debt = THROUGH * a + 0.5 * x + SHARED * z[1] + rng.normal(size=n)
        frame = {"a": a * 1, "x": x, "y": TRUTH * a + x + shared + rng.normal(size=n), "ill": ill * 1, "debt": debt}
        frame["hours"] = TRUTH * a + debt + 0.5 * x + SHARED * z[0] + rng.normal(size=n)
        frame["scale"] = np.digitize(LOG_ODDS * a + 0.5 * x + alike_logistic(rng, z[0], bool(self.clusters)), [-1, 0.5])
        return pd.DataFrame(frame | {"village": village})


def alike_logistic(rng, z, clustered):
    """Draw errors that are logistic in every row, and alike in a cluster, so that the odds of all rows stay exact."""
    held = SHARED**2 / (1 + SHARED**2) if clustered else 0.0
    return logit(ndtr(np.sqrt(held) * z + np.sqrt(1 - held) * rng.normal(size=len(z))))


def cases():
    """List what is tried."""
    village = {"cluster": "village"}
    made = [Case("regression", OutcomeRegression(**ROLES), EFFECT, rows=8)]
    for count in (20, 40):
        few = {"rows": count}
        made += [
            Case("regression", OutcomeRegression(**ROLES), EFFECT, **few),
            Case("weighting", InverseProbability(**ROLES), EFFECT, **few),
            Case("doubly robust", DoublyRobustEffect(**ROLES), EFFECT, **few),
            Case("matching", NearestNeighbour(**ROLES), EFFECT, **few),
            Case("matching, bias corrected", NearestNeighbour(**ROLES, correct_bias=True), EFFECT, **few),
            Case("prevalence ratio", PrevalenceRatio(**RISK), RATIO, **few),
            Case("ordered logit", OrderedLogit(**SCALE), ODDS, **few),
            Case("mediation", Mediation(**PATH), PATHS, **few),
        ]
    for count in (6, 10):
        for within, how in ((False, "clusters treated"), (True, "treated within clusters")):
            few = {"clusters": count, "within": within}
            made += [
                Case(f"regression, {how}", OutcomeRegression(**ROLES, **village), EFFECT, **few),
                Case(f"weighting, {how}", InverseProbability(**ROLES, **village), EFFECT, **few),
                Case(f"doubly robust, {how}", DoublyRobustEffect(**ROLES, **village), EFFECT, **few),
                Case(f"prevalence ratio, {how}", PrevalenceRatio(**RISK, **village), RATIO, **few),
                Case(f"ordered logit, {how}", OrderedLogit(**SCALE, **village), ODDS, **few),
                Case(f"mediation, {how}", Mediation(**PATH, **village), PATHS, **few),
            ]
    return made


def limits_of(case, frame):
    """Fit one study; nothing where it has no limits, as where an arm is empty or the effect a pure extrapolation."""
    try:
        found = case.model.fit(frame).estimates.loc[list(case.truth), ["ci_low", "ci_high"]].to_numpy(dtype=float)
    except (DataError, FitError):
        return None
    return found if np.isfinite(found).all() else None


def both(runs, case):
    """Return the limits of few units, and those of many on the same studies, of shape (studies, terms, 2) each."""
    rng, ours, plain = np.random.default_rng(SEED), [], []
    kept = small_samples.ENOUGH
    for _ in range(runs):
        frame = case.draw(rng)
        found = limits_of(case, frame)
        if found is None:
            continue
        small_samples.ENOUGH = 0
        try:
            normal = limits_of(case, frame)
        finally:
            small_samples.ENOUGH = kept
        ours.append(found)
        plain.append(normal)
    return np.array(ours), np.array(plain)


def coverage(limits, truth, prefix):
    """Return how often limits hold the truth, its Monte Carlo error and how wide they are."""
    share = float(((limits[:, 0] <= truth) & (truth <= limits[:, 1])).mean())
    error = (share * (1 - share) / len(limits)) ** 0.5
    width = float(np.median(limits[:, 1] - limits[:, 0]))
    numbers = {"coverage": round(share, 4), "mc_error": round(error, 4), "median_width": round(width, 3)}
    return {f"{prefix}{name}": value for name, value in numbers.items()}


def main(runs):
    """Write the table."""
    made = {"date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(), "python": sys.version.split()[0]}
    made |= {name: version(name) for name in ("numpy", "scipy", "pandas")}
    rows = []
    for case in cases():
        ours, plain = both(runs, case)
        for place, (term, truth) in enumerate(case.truth.items()):
            row = {"case": case.name, "units": case.units, "term": term, "runs": len(ours), "refused": runs - len(ours)}
            row |= coverage(ours[:, place], truth, "") | coverage(plain[:, place], truth, "normal_")
            print(*row.values(), flush=True)
            rows.append(row | made)
        pd.DataFrame(rows).to_csv(OUT, index=False)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

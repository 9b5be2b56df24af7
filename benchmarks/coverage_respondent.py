"""Do intervals from respondent-driven samples cover? Samples are drawn along invented networks with known shares.

Every draw makes a network and a sample of it anew. ``python benchmarks/coverage_respondent.py 200`` writes
``results/coverage_respondent.csv``: coverage of nominal 95 % intervals, their mean width and the bias of the estimate,
by design, method and bootstrap; with names of designs after the number of resamples, these alone take the place of their
rows. The first two designs keep to what the methods assume; the last two do not: groups
that hardly know one another, and a population said to be a third of what it is.
"""

import csv
import datetime
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from ctresearch.core import CtResearchError
from ctresearch.data.synthetic import respondent_sample
from ctresearch.prevalence import RespondentSample, SalganikHeckathorn, SuccessiveSampling, VolzHeckathorn

RESULTS = Path(__file__).parent / "results" / "coverage_respondent.csv"
TRAIT, TRUTH = "exploited", 0.3
DESIGNS = {
    "a fifth sampled": ({"n": 300, "population": 1500}, 1500),
    "half sampled": ({"n": 500, "population": 1000}, 1000),
    "groups apart": ({"n": 300, "population": 1500, "homophily": 12.0}, 1500),
    "population said to be a third": ({"n": 300, "population": 1500}, 500),
}


def methods(population, seed, n_boot):
    options = {"n_boot": n_boot, "seed": seed}
    return {
        ("RDS-I", "salganik"): SalganikHeckathorn(TRAIT, bootstrap="salganik", **options),
        ("RDS-II", "salganik"): VolzHeckathorn(TRAIT, bootstrap="salganik", **options),
        ("RDS-II", "tree"): VolzHeckathorn(TRAIT, bootstrap="tree", **options),
        ("RDS-II", "neighbourhood"): VolzHeckathorn(TRAIT, bootstrap="neighbourhood", **options),
        ("successive sampling", "gile"): SuccessiveSampling(TRAIT, population=population, bootstrap="gile", **options),
    }


def one_draw(design, population, seed, n_boot):
    """Return estimate, lower and upper limit by method; nothing for a method that refuses."""
    made = respondent_sample(prevalence=TRUTH, seed=seed, **design)
    sample = RespondentSample.from_frame(made.frame, traits=[TRAIT])
    found = {}
    for name, method in methods(population, seed, n_boot).items():
        try:
            row = method.fit(sample).estimates.loc["1"]
        except CtResearchError:
            continue
        found[name] = tuple(float(row[c]) for c in ("estimate", "ci_low", "ci_high", "std_error"))
    return found


def main(draws=200, n_boot=300, only=None):
    rows = []
    if only and RESULTS.exists():
        with RESULTS.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    for design, (options, said) in DESIGNS.items():
        if only and design not in only:
            continue
        rows = [row for row in rows if row["design"] != design]
        kept = {}
        for seed in range(draws):
            for name, row in one_draw(options, said, 10_000 + seed, n_boot).items():
                kept.setdefault(name, []).append(row)
        for (method, bootstrap), found in kept.items():
            estimate, low, high, error = np.array(found).T
            covered = (low <= TRUTH) & (high >= TRUTH)
            rows.append(
                {
                    "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                    "ctresearch": version("ctresearch"),
                    "numpy": version("numpy"),
                    "design": design,
                    "method": method,
                    "bootstrap": bootstrap,
                    "draws": len(found),
                    "n_boot": n_boot,
                    "coverage": round(float(covered.mean()), 4),
                    "coverage_mc_error": round(float(np.sqrt(covered.mean() * (1 - covered.mean()) / len(found))), 4),
                    "mean_width": round(float((high - low).mean()), 4),
                    "bias": round(float(estimate.mean() - TRUTH), 4),
                    "spread_of_estimates": round(float(estimate.std(ddof=1)), 4),
                    "mean_std_error": round(float(error.mean()), 4),
                }
            )
            print(rows[-1], flush=True)
        with RESULTS.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main(*[int(one) for one in sys.argv[1:3]], only=sys.argv[3:])

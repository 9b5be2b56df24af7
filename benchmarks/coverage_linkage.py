"""Simulated coverage of the 95 % interval of a population estimated from linked lists, with linkage error and without.

Run ``python benchmarks/coverage_linkage.py`` (about a quarter of an hour on one quiet core, at most 40 minutes); the
table in ``benchmarks/results/coverage_linkage.csv`` is written anew after each population. Three independent lists see
a population, each spelling names and dates its own way; the independence model is right, so what is lost is lost by
linkage. *Carried* combines the drawn linkages; *best linkage* takes the one best linkage for the truth; *same sound and
year* joins records whose names sound alike and whose years of birth agree, *exact* those written the same, and both
take that for the truth; *truth* knows who is who.
``bias`` is that of the mean estimate, as a share of the population.
"""

import argparse
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.core.parallel import workers
from ctresearch.data import link
from ctresearch.data.linkage.inclusion import inclusion_counts
from ctresearch.data.linkage.spelling import plain_spelling, sound
from ctresearch.data.synthetic import person_lists
from ctresearch.prevalence import CaptureHistories, LogLinear, carry_linkage

ERRORS = {"year_only": 0.5, "transliteration": 0.35, "slip": 0.12, "unknown": 0.3, "year_apart": 0.05}
INCLUSION = 0.45
OUT = Path(__file__).parent / "results" / "coverage_linkage.csv"
ESTIMATOR = LogLinear("fixed", model="[1,2,3]")


def count(person, made):
    lists = list(made.tables)
    list_of = made.frame["list"].map(lists.index).to_numpy()
    return CaptureHistories.from_counts(inclusion_counts(np.asarray(person), list_of, lists))


def limits(result):
    return result.estimates.loc["population", ["estimate", "ci_low", "ci_high"]].to_numpy(dtype=float)


def one_population(n, draws, seed):
    made = person_lists(n=n, inclusion=INCLUSION, errors=ERRORS, seed=seed)
    linked = link(
        made.tables,
        purpose="simulated coverage of intervals",
        key=b"k" * 32,
        also=["sex", "nationality"],
        separation_from_enforcement="invented people, of whom no office knows",
        draws=draws,
        seed=seed,
    )
    frame = made.frame.reset_index()
    names = frame["given_name"] + "|" + frame["family_name"] + "|" + frame["birth_date"]
    first = frame.groupby(names)["index"].transform("min")
    sounds = [frame[name].map(plain_spelling).map(sound) for name in ("given_name", "family_name")]
    heard = frame.groupby(sounds[0] + "|" + sounds[1] + "|" + frame["birth_date"].str[:4])["index"].transform("min")
    drawn = [CaptureHistories.from_counts(table) for table in linked.tables()]
    rates = linked.error.estimates["estimate"]
    found = {
        "carried": limits(carry_linkage(ESTIMATOR, drawn)),
        "best linkage": limits(ESTIMATOR.fit(CaptureHistories.from_counts(linked.counts))),
        "same sound and year": limits(ESTIMATOR.fit(count(heard, made))),
        "exact": limits(ESTIMATOR.fit(count(first, made))),
        "truth": limits(ESTIMATOR.fit(count(made.truth["persons"], made))),
    }
    return found, rates[["false_match_rate", "missed_match_rate"]].to_numpy()


def summarise(runs, options):
    """Turn the populations so far into a row a method."""
    rows = []
    for method in runs[0][0]:
        point, low, high = np.array([found[method] for found, _ in runs]).T
        share = float(((low <= options.n) & (high >= options.n)).mean())
        rows.append(
            {
                "method": method,
                "populations": len(runs),
                "truth": options.n,
                "draws": options.draws,
                "coverage": round(share, 4),
                "standard_error": round(float(np.sqrt(share * (1 - share) / len(runs))), 4),
                "below": int((high < options.n).sum()),
                "above": int((low > options.n).sum()),
                "bias": round(float(point.mean() / options.n - 1), 4),
                "mean_width": round(float((high - low).mean()), 1),
            }
        )
    false, missed = np.array([rates for _, rates in runs]).mean(axis=0)
    stamp = {
        "expected_false_match_rate": round(float(false), 4),
        "expected_missed_match_rate": round(float(missed), 4),
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        **{package: version(package) for package in ("numpy", "scipy", "splink", "duckdb")},
    }
    return pd.DataFrame(rows).assign(**stamp)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--populations", type=int, default=200)
    parser.add_argument("--n", type=int, default=600)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=40, help="begin no population after this many minutes")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    options.out.parent.mkdir(exist_ok=True)
    begun, runs = time.monotonic(), []
    with workers(1):
        for seed in tqdm(range(options.populations)):
            if time.monotonic() - begun > 60 * options.minutes:
                break
            runs.append(one_population(options.n, options.draws, seed))
            summarise(runs, options).to_csv(options.out, index=False, lineterminator="\n")
    print(summarise(runs, options).to_string(index=False))


if __name__ == "__main__":
    main()

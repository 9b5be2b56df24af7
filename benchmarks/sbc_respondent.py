"""Simulation-based calibration of population sizes by successive sampling.

A size is drawn from the prior, degrees of that many people from the prior of degrees, and a sample by degree without
replacement. Over many of these the rank of the size among the draws of its posterior must be uniform, and intervals
must cover as often as they say. ``python benchmarks/sbc_respondent.py 200`` writes ``results/sbc_respondent.csv``.
Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018), https://doi.org/10.48550/arXiv.1804.06788
"""

import csv
import datetime
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import gammaln
from scipy.stats import chi2

from ctresearch.prevalence import RespondentSample, SuccessiveSamplingPopulation

RESULTS = Path(__file__).parent / "results" / "sbc_respondent.csv"
PEOPLE, GUESS, LARGEST, MEAN, SPREAD, TOP, BINS = 150, 400, 1200, 7.0, 3.0, 60, 10


def degrees_of(rng, size):
    """Draw mean and spread from the prior and degrees from Conway, Maxwell and Poisson's distribution with these."""
    support = np.arange(1, TOP + 1)
    grid = np.linspace(0.05, 4, 400)
    while True:
        variance = 3 * SPREAD**2 / rng.chisquare(3)
        mean = rng.normal(MEAN, np.sqrt(variance))
        if not 1 < mean < TOP / 2:
            continue
        found = _solve(support, grid, mean, variance)
        if found is not None:
            return rng.choice(support, size=size, p=found)


def _solve(support, grid, mean, variance):
    """Return chances of degrees with a mean and a variance; None where the family has none such."""
    from scipy.optimize import brentq

    def chances(a, v):
        weight = a * support - v * gammaln(support + 1)
        weight = np.exp(weight - weight.max())
        return weight / weight.sum()

    def at(v):
        a = brentq(lambda a: (chances(a, v) * support).sum() - mean, -30, 60 + 5 * v * np.log(TOP))
        return chances(a, v)

    def gap(v):
        chance = at(v)
        return (chance * support**2).sum() - (chance * support).sum() ** 2 - variance

    low, high = 1e-6, 60.0
    if gap(low) < 0 or gap(high) > 0:
        return None
    return at(brentq(gap, low, high))


def sample_of(rng, degree):
    """Let clocks ring at rates that are degrees; the first to ring are the sample, in order."""
    first = np.argsort(rng.exponential(size=degree.size) / degree)[:PEOPLE]
    frame = pd.DataFrame({"id": range(PEOPLE), "recruiter": [None, *range(PEOPLE - 1)], "degree": degree[first]})
    return RespondentSample.from_frame(frame)


def size_of(rng):
    """Draw a size from the prior: the sampled share is Beta(1, b), the size cut to whole people."""
    b = np.log(0.5) / np.log1p(-PEOPLE / GUESS)
    while True:
        size = int(PEOPLE / rng.beta(1.0, b))
        if PEOPLE < size <= LARGEST:
            return size


def main(runs=200):
    rng = np.random.default_rng(11)
    options = {"prior_size": GUESS, "largest": LARGEST, "degree_mean": MEAN, "degree_sd": SPREAD, "draws": 800}
    ranks, covered, stood = [], {0.5: [], 0.8: [], 0.95: []}, 0
    for run in range(runs):
        size = size_of(rng)
        result = SuccessiveSamplingPopulation(**options, seed=run).fit(sample_of(rng, degrees_of(rng, size)))
        if not result.stands:
            continue
        stood += 1
        draws = result.draws.loc["population"].to_numpy()
        ranks.append(((draws < size).sum() + rng.random() * ((draws == size).sum() + 1)) / (draws.size + 1))
        for level, found in covered.items():
            low, high = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
            found.append(low <= size <= high)
    counts = np.histogram(ranks, bins=BINS, range=(0, 1))[0]
    statistic = ((counts - stood / BINS) ** 2 / (stood / BINS)).sum()
    row = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "ctresearch": version("ctresearch"),
        "numpy": version("numpy"),
        "people": PEOPLE,
        "prior_size": GUESS,
        "largest": LARGEST,
        "runs": runs,
        "stood": stood,
        "chi_square": round(float(statistic), 3),
        "p_value": round(float(chi2.sf(statistic, BINS - 1)), 4),
        **{f"coverage_{level:g}": round(float(np.mean(found)), 4) for level, found in covered.items()},
        "rank_counts": " ".join(map(str, counts)),
    }
    print(row)
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerow(row)


if __name__ == "__main__":
    main(*[int(one) for one in sys.argv[1:2]])

"""Simulation-based calibration of the Bayesian scale-up models, with short chains, and their speed.

Parameters are drawn from the prior, answers from the parameters, and the sampler is run on the answers. If it is right,
the rank of each parameter among its posterior draws is uniform [1]_. Run ``python benchmarks/sbc_scale_up.py``; the
tables go to ``benchmarks/results/sbc_scale_up.csv`` (chi-squared test of uniform ranks over ten bins) and
``benchmarks/results/scale_up.csv`` (seconds of 2,000 rounds on 500 people).

References
----------
.. [1] Talts, S., Betancourt, M., Simpson, D., Vehtari, A. and Gelman, A. (2018). Validating Bayesian inference
   algorithms with simulation-based calibration. arXiv:1804.06788.
"""

import argparse
import platform
import time
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import chisquare
from tqdm import tqdm

from ctresearch.data.synthetic import scale_up_survey
from ctresearch.prevalence.scale_up.bayesian_scale_up import one_chain, scale_of
from ctresearch.prevalence.scale_up.degree_chain import DegreePrior
from ctresearch.prevalence.scale_up.overdispersed_chain import MEAN_SPREAD, SPREAD_HIGH, SPREAD_LOW

RESULTS = Path(__file__).parent / "results"
BINS, KEPT = 10, 99
PEOPLE, SHARES = 60, np.array([0.02, 0.01, 0.005])
ROUNDS = (1500, 99 * 30, 30)
MODELS = {
    "random degree": DegreePrior(4, 6, 0.25, 1.2, np.log(1e-3), np.log(0.1), False, False, 1.0, 1.0),
    "barrier": DegreePrior(4, 6, 0.25, 1.2, np.log(1e-3), np.log(0.1), True, False, 1.0, 1.0),
    "combined": DegreePrior(4, 6, 0.25, 1.2, np.log(1e-3), np.log(0.1), True, True, 12.0, 4.0),
    "overdispersed": None,
}


def rank_of(truth, draws, rng):
    """Return the rank of a truth among the draws, ties broken at random."""
    return int((draws < truth).sum() + rng.integers(0, (draws == truth).sum() + 1))


def degrees(prior, rng):
    """Draw from a model with random degrees, and rank what was drawn."""
    mean, spread = rng.uniform(prior.mean_low, prior.mean_high), rng.uniform(prior.spread_low, prior.spread_high)
    log_share = rng.uniform(prior.log_share_low, prior.log_share_high)
    rate = rng.beta(prior.yes, prior.no) if prior.transmission else 1.0
    degree = np.round(np.exp(rng.normal(mean, spread, PEOPLE)))
    chance = np.append(SHARES, rate * np.exp(log_share))
    uneven = rng.random(chance.size)
    size = 1 / uneven - 1
    drawn = rng.beta(chance * size, (1 - chance) * size, (PEOPLE, chance.size)) if prior.barrier else chance
    counts = rng.binomial(degree.astype(int)[:, None], drawn).astype(float)
    kept = one_chain(counts, SHARES, prior, ROUNDS, rng)
    truth = {
        "mean": (mean, 0),
        "spread": (spread, 1),
        "log hidden share": (log_share, 2),
        "mean degree": (degree.mean(), 4),
    }
    truth |= {"transmission rate": (rate, 3)} if prior.transmission else {}
    truth |= {"barrier, known": (uneven[0], 5), "barrier, hidden": (uneven[-1], 8)} if prior.barrier else {}
    return {name: rank_of(value, kept[:, column], rng) for name, (value, column) in truth.items()}


def overdispersed(_, rng):
    """Draw from the overdispersed model, and rank what was drawn."""
    spread, centre, apart = (
        rng.uniform(SPREAD_LOW, SPREAD_HIGH),
        MEAN_SPREAD * rng.standard_normal(),
        rng.uniform(SPREAD_LOW, SPREAD_HIGH),
    )
    prevalence = rng.normal(centre, apart, SHARES.size + 1)
    mean = np.exp(rng.normal(0, spread, PEOPLE)[:, None] + prevalence)
    inverse = rng.random(prevalence.size)
    counts = rng.poisson(np.minimum(rng.gamma(mean * inverse / (1 - inverse)) * (1 - inverse) / inverse, 1e9)).astype(
        float
    )
    kept = one_chain(counts, SHARES, None, ROUNDS, rng)
    scaling = ([0, 1, 2], [], [])
    share = prevalence[-1] - scale_of(prevalence[:-1], SHARES, scaling)
    drawn = kept[:, 7] - scale_of(kept[:, 4:7], SHARES, scaling)
    values = {
        "spread of activities": (spread, kept[:, 0]),
        "log hidden share": (share, drawn),
        "overdispersion, hidden": (1 / inverse[-1], kept[:, 11]),
    }
    return {name: rank_of(truth, draws, rng) for name, (truth, draws) in values.items()}


def speed():
    """Time 2,000 rounds on 500 people and nine groups."""
    made = scale_up_survey(500, barrier=0.3, seed=2)
    groups = made.tables["known"]
    counts = made.frame[[*groups["group"], "hidden"]].to_numpy(dtype=float)
    wide = {
        name: None if one is None else DegreePrior(3, 8, 0.25, 2, np.log(1e-6), 0.0, *one[6:])
        for name, one in MODELS.items()
    }
    for name, prior in wide.items():
        one_chain(counts, groups["size"].to_numpy() / 1e6, prior, (10, 10, 1), np.random.default_rng(1))
        times = []
        for _ in range(3):
            start = time.perf_counter()
            one_chain(counts, groups["size"].to_numpy() / 1e6, prior, (1000, 1000, 1), np.random.default_rng(1))
            times.append(time.perf_counter() - start)
        yield {"model": name, "people": 500, "groups": 9, "rounds": 2000, "seconds": round(min(times), 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    made = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "numba": version("numba"),
    }
    times = pd.DataFrame(list(speed())).assign(**made)
    print(times.to_string(index=False))
    times.to_csv(RESULTS / "scale_up.csv", index=False, lineterminator="\n")
    rows = []
    for name, prior in MODELS.items():
        rng = np.random.default_rng(options.seed)
        simulate = overdispersed if prior is None else degrees
        fits = [simulate(prior, rng) for _ in tqdm(range(options.simulations), desc=name)]
        for quantity in fits[0]:
            observed = np.histogram([fit[quantity] for fit in fits], bins=BINS, range=(0, KEPT + 1))[0]
            row = {"model": name, "quantity": quantity, "simulations": len(fits)}
            rows.append(row | {"p_value": round(float(chisquare(observed).pvalue), 4)})
    table = pd.DataFrame(rows).assign(**made)
    print(table.to_string(index=False))
    table.to_csv(RESULTS / "sbc_scale_up.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()

"""Coverage of limits and bands of staggered adoption, with many treated and with few, and of honest bounds.

Run ``python benchmarks/coverage_adoption.py bands|few|honest [RUNS] [SEED]``; tables go to
``benchmarks/results/coverage_adoption_bands.csv``, ``..._few.csv`` and ``..._honest.csv``.

*bands*: 500 units, 10 periods, cohorts of 60 to 100 at 4, 6 and 8, effects that grow from 1 by .3 a period, errors with
autocorrelation .5. *few*: 40 countries over 15 years, 8 treated in cohorts of 1, 1, 1, 2 and 3, autocorrelation .6,
variances the inverse of sizes that are lognormal(0, 1), no effect; adopters are any of them, or from the smaller or the
larger half. *honest*: event studies drawn about trends that the bound just allows, with the covariance of an event study
of 500 units.
"""

import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.random import streams
from ctresearch.core.result import reach
from ctresearch.policy.adoption.adoption_limits import analytic_limits
from ctresearch.policy.adoption.estimated_cells import estimate_cells
from ctresearch.policy.adoption.group_time import Adoptions, periods_compared
from ctresearch.policy.adoption.leave_one_out import left_out_errors, left_out_quickly
from ctresearch.policy.adoption.placebo import PLACEBOS, linear_averages, placebo_p_value
from ctresearch.policy.adoption.summaries import Summaries, summaries
from ctresearch.policy.honest.coefficients import Coefficients
from ctresearch.policy.honest.relative import rejects
from ctresearch.policy.honest.smoothness import fixed_length

RESULTS = Path(__file__).parent / "results"
OPTIONS = {"method": "regression", "control": "never", "base": "universal", "anticipation": 0.0}
EARLY = (4, 6, 7, 9, 9, 10, 10, 10)


def errors(rng, units, periods, rho):
    """Draw errors that last."""
    out = rng.standard_normal((units, periods))
    out[:, 0] /= np.sqrt(1 - rho**2)
    for t in range(1, periods):
        out[:, t] += rho * out[:, t - 1]
    return out


def laid_out(y, first):
    """Write a panel of equal weights."""
    units, periods = y.shape
    return Adoptions(
        y, first, np.arange(periods, dtype=float), np.ones(units), np.arange(units), np.zeros((*y.shape, 0))
    )


def one_band(rng, seed):
    """Draw 500 units; say for each estimator whether the limits of the average and the band of the event study hold."""
    first = np.full(500, np.inf)
    first[:240] = np.repeat([4.0, 6.0, 8.0], [60, 80, 100])
    since = np.arange(10.0)[None] - first[:, None]
    effect = np.where(since >= 0, 1 + 0.3 * np.where(np.isfinite(since), since, 0), 0)
    panel = laid_out(rng.standard_normal(500)[:, None] + errors(rng, 500, 10, 0.5) + effect, first)
    truth = effect[since >= 0].mean()
    out = {}
    for name in ("callaway-santanna", "sun-abraham", "borusyak-jaravel-spiess", "gardner", "two-way"):
        found = summaries(estimate_cells(panel, name, **OPTIONS))
        limits = analytic_limits(found, panel.clusters, 500, fewest=5, level=0.95, draws=999, seed=seed)
        events = found.of("event")
        at = found.place[events]
        true = np.where(at >= 0, 1 + 0.3 * at, 0)
        away = limits.critical["event"] * limits.error[events]
        out[name, "average"] = bool(limits.low[0] <= truth <= limits.high[0])
        out[name, "band"] = bool((np.abs(found.effect[events] - true) <= away).all())
        out[name, "each"] = float((np.abs(found.effect[events] - true) <= 1.959964 * limits.error[events]).mean())
    return out


def few_panel(rng, adopters):
    """Draw 40 countries."""
    size = np.exp(rng.standard_normal(40))
    y = rng.standard_normal(40)[:, None] + errors(rng, 40, 15, 0.6) / np.sqrt(size)[:, None]
    order = {"any": rng.permutation(40), "small": np.argsort(size)[:20], "large": np.argsort(-size)[:20]}[adopters]
    first = np.full(40, np.inf)
    first[rng.choice(order, 8, replace=False)] = EARLY
    return laid_out(y, first), size


def one_few(rng, seed, adopters):
    """Draw 40 countries; say for every inference whether its limits hold no effect, and how wide they are."""
    panel, size = few_panel(rng, adopters)
    estimated = estimate_cells(panel, "callaway-santanna", **OPTIONS)
    every = summaries(estimated)
    pairs = list(periods_compared(panel, "never", "universal", 0.0))
    places = [0, *np.flatnonzero(every.of("event") & np.isin(every.place, (0.0, 4.0)))]
    found = Summaries(*(getattr(every, name)[..., places] if name in {"influence", "part"} else getattr(every, name)[places]
                        for name in ("kind", "place", "effect", "influence", "part", "cells")))  # fmt: skip
    terms = ("average", "at adoption", "4 years on")
    out = {}
    analytic = analytic_limits(found, panel.clusters, 40, fewest=1, level=0.95, draws=0, seed=seed)
    moves = left_out_quickly(panel, estimated.cells, pairs, every)[:, places]
    error, df = left_out_errors(moves, found, panel.clusters)
    away = reach(0.95, df) * error
    two_way = summaries(estimate_cells(panel, "two-way", **OPTIONS))
    wide = analytic_limits(two_way, panel.clusters, 40, fewest=1, level=0.95, draws=0, seed=seed)
    out["two-way", terms[0]] = (wide.low[0], wide.high[0])
    for k, term in enumerate(terms):
        out["analytic", term] = (analytic.low[k], analytic.high[k])
        out["leave-one-out", term] = (found.effect[k] - away[k], found.effect[k] + away[k])
    lines = linear_averages(panel, estimated.cells, found.cells, control="never", base="universal", anticipation=0.0)
    for name in PLACEBOS:
        for line, term in zip(lines, terms, strict=True):
            out[name, term] = placebo_p_value(panel, line, name, size=size, draws=399, seed=seed)
    return {key: _held(one) for key, one in out.items()}


def _held(one):
    """Say whether limits, or a test, hold no effect; and how wide limits are."""
    if isinstance(one, float):
        return one > 0.05, np.nan
    return bool(one[0] <= 0 <= one[1]), float(one[1] - one[0])


def bands(runs, first=1):
    """Count how often limits and bands hold with 500 units; rows of other seeds are kept."""
    held = [one_band(rng, seed) for seed, rng in enumerate(streams(first, runs))]
    rows = []
    for key in held[0]:
        share = float(np.mean([one[key] for one in held]))
        rows.append({"estimator": key[0], "what": key[1], "seed": first, **told(share, runs)})
    old = pd.read_csv(RESULTS / "coverage_adoption_bands.csv")
    return old[old["seed"] != first].to_dict("records") + rows


def few(runs):
    """Count how often limits hold no effect with 8 treated of 40."""
    rows = []
    for start, adopters in enumerate(("any", "small", "large")):
        many = runs if adopters == "any" else runs // 2
        held = [one_few(rng, seed, adopters) for seed, rng in enumerate(streams(10 + start, many))]
        for key in sorted(held[0]):
            share = float(np.mean([one[key][0] for one in held]))
            width = float(np.mean([one[key][1] for one in held]))
            row = {"adopters": adopters, "inference": key[0], "what": key[1], **told(share, many)}
            rows.append(row | {"size_of_test": round(1 - share, 4), "mean_width": round(width, 3)})
    return rows


def honest(runs):
    """Count how often honest bounds hold the effect where the trend does what they just allow."""
    rng = streams(99, 1)[0]
    draws = errors(rng, 500, 8, 0.5)
    spread = np.cov((draws[:, [0, 1, 2, 3, 5, 6, 7]] - draws[:, [4]]).T) * (1 / 240 + 1 / 260)
    before, target, effect = 4, np.full(3, 1 / 3), 0.3
    noise = rng.multivariate_normal(np.zeros(7), spread, 4000)
    scale = float(np.sqrt(spread.diagonal().mean()))
    trends = {
        ("none", 1.0): np.zeros(7),
        ("line", 1.0): scale * np.array([-4, -3, -2, -1, 1, 2, 3.0]),
        ("one move, then as large", 1.0): scale * np.array([-2, 0, 0, 0, 2, 4, 6.0]),
        ("one move, then half as large", 0.5): scale * np.array([-2, 0, 0, 0, 1, 2, 3.0]),
        ("bend", 0.5 * scale): 0.25 * scale * np.array([16, 9, 4, 1, 1, 4, 9.0]),
    }
    rows = []
    for (name, bound), trend in trends.items():
        restriction = "smoothness" if name in {"line", "bend"} else "relative magnitudes"
        mean = trend + np.concatenate([np.zeros(before), np.full(3, effect)])
        drawn = streams(5, 1)[0].multivariate_normal(mean, spread, runs)
        hits = {"honest": 0, "as if parallel": 0}
        fixed = fixed_length(Coefficients(mean, spread, before, target), bound if name == "bend" else 0.0, 0.95)
        for one in drawn:
            if restriction == "smoothness":  # weights and length are the same whatever the estimates are
                hits["honest"] += abs(fixed.weights @ one - effect) <= (fixed.high - fixed.low) / 2
            else:
                hits["honest"] += not rejects(effect, Coefficients(one, spread, before, target), bound, 0.95, noise)
            point, error = target @ one[before:], np.sqrt(target @ spread[before:, before:] @ target)
            hits["as if parallel"] += abs(point - effect) <= 1.959964 * error
        rows += [
            {"restriction": restriction, "trend": name, "limits": kind, **told(many / runs, runs)}
            for kind, many in hits.items()
        ]
    return rows


def told(share, runs):
    """Say a share with its error and what made it."""
    return {
        "runs": runs,
        "coverage": round(share, 4),
        "mc_error": round(float(np.sqrt(share * (1 - share) / runs)), 4),
        "day": f"{datetime.now(UTC):%Y-%m-%d}",
        "numpy": version("numpy"),
        "scipy": version("scipy"),
    }


def main():
    part = sys.argv[1]
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 2_000
    seed = [int(sys.argv[3])] if len(sys.argv) > 3 and part == "bands" else []
    table = pd.DataFrame({"bands": bands, "few": few, "honest": honest}[part](runs, *seed))
    table.to_csv(RESULTS / f"coverage_adoption_{part}.csv", index=False, lineterminator="\n")
    print(table.to_string())


if __name__ == "__main__":
    main()

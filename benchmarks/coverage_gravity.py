"""Bias, error and coverage of gravity coefficients on tables with masked counts, and of many fixed effects.

``python benchmarks/coverage_gravity.py --draws 300 --out benchmarks/results/coverage_gravity.csv``. Tables are shaped
like UNODC's: about half of the listed counts are below 5 and masked, the zeros among them (ranges 0 to 4), or zeros are
published and not masked (ranges 1 to 4). The truth is negative binomial, or misspecified: Poisson around a log-normal
mean of each pair. Methods: our likelihood of ranges, midpoints, and masked cells dropped. The second part repeats a
design of Weidner and Zylkin (2021): three-way effects, with and without their analytic correction.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import pandas as pd

from ctresearch.routes import Gravity, IntervalGravity

TRUE = {"log_distance": -1.0, "language": 0.5}


def table(rng, truth, countries=24, years=3):
    """Draw one table of flows, and its ranges."""
    o, d, t = (a.ravel() for a in np.indices((countries, countries, years)))
    keep = o != d
    o, d, t = o[keep], d[keep], t[keep]
    east, north = rng.random(countries), rng.random(countries)
    distance = np.log(np.hypot(east[o] - east[d], north[o] - north[d]) + 0.05)
    language = (rng.random((countries, countries)) < 0.25)[o, d].astype(float)
    leaves, enters = rng.normal(0, 0.8, (countries, years))[o, t], rng.normal(0, 0.8, (countries, years))[d, t]
    mean = np.exp(0.9 + TRUE["log_distance"] * distance + TRUE["language"] * language + leaves + enters)
    mean *= 6 / mean.mean()
    if truth == "negative binomial":
        flow = rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(mean)))
    else:
        pair = rng.normal(0, 0.7, (countries, countries))[o, d]
        flow = rng.poisson(mean * np.exp(pair - 0.245))
    return pd.DataFrame(
        {"origin": o, "destination": d, "year": t, "log_distance": distance, "language": language, "flow": flow}
    ).astype({"origin": str, "destination": str})


def masked(frame, least):
    """Mask counts below five; with ``least`` 1, zeros are published."""
    small = (frame["flow"] < 5) & (frame["flow"] >= least)
    return frame.assign(low=frame["flow"].mask(small, least), high=frame["flow"].mask(small, 4))


def three_way(rng, countries, years):
    """Draw a table with effects of origin-year, destination-year and pair, and a covariate that depends on them."""
    o, d, t = (a.ravel() for a in np.indices((countries, countries, years)))
    keep = o != d
    o, d, t = o[keep], d[keep], t[keep]
    a, g = (rng.normal(0, 0.25, (countries, years)) for _ in range(2))
    pair, x = rng.normal(0, 0.25, (countries, countries)), np.zeros(len(o))
    state = rng.normal(size=(countries, countries))
    for year in range(years):
        state = state / 2 + rng.normal(0, 0.5, (countries, countries)) if year else state
        now = t == year
        x[now] = state[o[now], d[now]] + 0.3 * a[o[now], year] + 0.3 * g[d[now], year]
    mean = np.exp(x + a[o, t] + g[d, t] + pair[o, d])
    spread = np.log1p(1 / mean)
    flow = mean * np.exp(np.sqrt(spread) * rng.normal(size=len(o)) - spread / 2)
    return pd.DataFrame({"origin": o, "destination": d, "year": t, "x": x, "flow": flow}).astype(
        {"origin": str, "destination": str}
    )


def rows_of(name, truth, term, true, found, errors, lows, highs):
    """Summarise the draws of one method."""
    found, errors, lows, highs = (np.array(one) for one in (found, errors, lows, highs))
    covered = (lows <= true) & (true <= highs)
    return {
        "scenario": truth,
        "method": name,
        "term": term,
        "draws": len(found),
        "bias": found.mean() - true,
        "bias_mc_error": found.std(ddof=1) / np.sqrt(len(found)),
        "rmse": np.sqrt(((found - true) ** 2).mean()),
        "mean_std_error": errors.mean(),
        "sd": found.std(ddof=1),
        "coverage": covered.mean(),
        "coverage_mc_error": np.sqrt(covered.mean() * (1 - covered.mean()) / len(found)),
    }


def collect(store, key, result, term):
    row = result.estimates.loc[term]
    store.setdefault((*key, term), []).append(
        row[["estimate", "std_error", "ci_low", "ci_high"]].astype(float).tolist()
    )


def run(draws, seed):
    store = {}
    for scenario in ("negative binomial", "log-normal pairs"):
        for least in (0, 1):
            label = f"truth {scenario}, masked {least} to 4"
            for stream in np.random.SeedSequence([seed, least, len(scenario)]).spawn(draws):
                rng = np.random.default_rng(stream)
                frame = masked(table(rng, scenario), least)
                options = {"year": "year"}
                names = list(TRUE)
                fits = {
                    "ranges, negative binomial": IntervalGravity(names, **options).fit(frame),
                    "ranges, Poisson": IntervalGravity(names, distribution="poisson", **options).fit(frame),
                    "midpoints": Gravity(names, **options).fit(frame.assign(flow=(frame["low"] + frame["high"]) / 2)),
                    "dropped": Gravity(names, **options).fit(frame[frame["low"] == frame["high"]]),
                    "counts known": Gravity(names, **options).fit(frame),
                }
                for method, result in fits.items():
                    for term in names:
                        collect(store, (label, method), result, term)
    for countries, years in ((15, 3), (25, 5)):
        label = f"three-way, {countries} countries, {years} years"
        for stream in np.random.SeedSequence([seed, countries]).spawn(draws):
            frame = three_way(np.random.default_rng(stream), countries, years)
            effects = ["origin-year", "destination-year", "pair"]
            for corrected in (False, True):
                model = Gravity(["x"], year="year", effects=effects, corrected=corrected)
                collect(store, (label, "corrected" if corrected else "plain"), model.fit(frame), "x")
    truth = TRUE | {"x": 1.0}
    return pd.DataFrame(
        [
            rows_of(method, label, term, truth[term], *zip(*values, strict=True))
            for (label, method, term), values in store.items()
        ]
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--out", default="benchmarks/results/coverage_gravity.csv")
    given = parser.parse_args()
    found = run(given.draws, given.seed).round(5)
    found = found.assign(date=datetime.now(UTC).date().isoformat(), numpy=version("numpy"), scipy=version("scipy"))
    found.to_csv(given.out, index=False)
    print(found.to_string())


if __name__ == "__main__":
    main()

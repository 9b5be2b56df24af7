"""Bias, error and coverage of gravity coefficients on tables with masked counts, and of many fixed effects.

``nice python benchmarks/coverage_gravity.py --draws 2000``; its rows in ``benchmarks/results/coverage_gravity.csv`` are
written anew after every 20 draws, so that a run that was ended tells what it has. Tables are shaped like UNODC's: places
differ by orders of magnitude, and of the corridors that are listed about half have fewer than five people and are masked.
Either every corridor is listed and zeros are masked with the rest (ranges 0 to 4), or only corridors with people are, so
that ranges are 1 to 4; a fifth of destinations and years did not report and are missing, and what is not listed in the
others is nobody, or, in the rows "not listed left out", has no row, by a likelihood that takes the rows for all there
could be and by one truncated at zero. The truth is negative binomial, or misspecified:
Poisson around a log-normal mean of each pair. Methods: our likelihood of ranges, midpoints, masked cells dropped, and
for comparison counts known. The second part repeats a design of Weidner and Zylkin (2021): effects of origin-year,
destination-year and pair, with and without their analytic correction.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version

import numpy as np
import pandas as pd

from ctresearch.core.result import reach
from ctresearch.routes import Gravity, IntervalGravity
from ctresearch.routes.counts.likelihood import read_ranges
from ctresearch.routes.gravity.effects_solver import read_effects
from ctresearch.routes.gravity.gravity import _correct
from ctresearch.routes.gravity.gravity_data import GravityData, _informative
from ctresearch.routes.gravity.gravity_fit import fit_gravity

TRUE = {"log_distance": -1.0, "language": 0.5}


def table(rng, truth, countries=20, years=3):
    """Draw one table of flows."""
    o, d, t = (a.ravel() for a in np.indices((countries, countries, years)))
    keep = o != d
    o, d, t = o[keep], d[keep], t[keep]
    east, north = rng.random(countries), rng.random(countries)
    distance = np.log(np.hypot(east[o] - east[d], north[o] - north[d]) + 0.05)
    language = (rng.random((countries, countries)) < 0.25)[o, d].astype(float)
    leaves, enters = rng.normal(0, 0.8, (countries, years))[o, t], rng.normal(0, 0.8, (countries, years))[d, t]
    mean = np.exp(TRUE["log_distance"] * distance + TRUE["language"] * language + leaves + enters)
    mean *= 7 / mean.mean()
    if truth == "negative binomial":
        flow = rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(mean)))
    else:
        pair = rng.normal(0, 0.7, (countries, countries))[o, d]
        flow = rng.poisson(mean * np.exp(pair - 0.245))
    frame = pd.DataFrame({"origin": o, "destination": d, "year": t, "log_distance": distance, "language": language})
    reports = rng.random((countries, years)) < 0.8
    return frame.assign(flow=flow, reports=reports[d, t])


def masked(frame, least):
    """Mask counts below five; with ``least`` 1 nobody is not listed, which is known where the destination reports."""
    frame = frame[frame["reports"]]
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


RANGES = IntervalGravity(list(TRUE), year="year")


def fitted(frame, low, high, negative_binomial, truncated=False):
    """Fit as the estimators do, without reading a table and making a result: it takes half the time."""
    codes = {name: frame[name].to_numpy(dtype=np.int64) for name in ("origin", "destination", "year")}
    ends = [codes[name] * 10 + codes["year"] for name in ("origin", "destination")]
    keep = _informative(np.maximum(low - truncated, 0), ends)
    ends = [np.unique(one[keep], return_inverse=True)[1] for one in ends]
    origin, destination, year = (one[keep] for one in codes.values())
    pair = np.unique(origin * 1000 + destination, return_inverse=True)[1]
    data = GravityData(
        low=low[keep],
        high=high[keep],
        design=frame[list(TRUE)].to_numpy()[keep],
        effects=ends,
        keys=[],
        origin=origin,
        destination=destination,
        pair=pair,
        year=year,
        domestic=origin == destination,
        left_out=int((~keep).sum()),
        repeated=0,
        places=None,
    )
    effects = read_effects(data.effects)
    counts = read_ranges(data.low, data.high, truncated=truncated)
    fit = fit_gravity(counts, data.design, effects, negative_binomial=negative_binomial)
    if not fit.converged:
        return None
    exact = (low == high).all() and not negative_binomial
    if exact:
        found = _correct(data, fit, RANGES.effects, "pair", wanted=True)
    else:
        found = RANGES._errors(data, fit, counts, effects)
    error = np.sqrt(np.diag(found.variance))
    plain = np.sqrt(np.diag(found.plain_variance))
    return found.beta, error, plain, reach(0.95, found.df)


def one_table(store, scenario, stream):
    """Fit every method to one table."""
    frame = table(np.random.default_rng(stream), scenario)
    shown = frame[frame["reports"]]
    for least in (0, 1):
        seen = masked(frame, least)
        low, high = seen["low"].to_numpy(dtype=float), seen["high"].to_numpy(dtype=float)
        middle, known, listed = (low + high) / 2, low == high, high > 0
        fits = {
            "ranges, negative binomial": fitted(seen, low, high, True),
            "ranges, Poisson": fitted(seen, low, high, False),
            "midpoints": fitted(seen, middle, middle, False),
            "dropped": fitted(seen[known], low[known], low[known], False),
        }
        if least:
            flow = seen["flow"].to_numpy(dtype=float)
            fits["counts known"] = fitted(seen, flow, flow, False)
            there = seen[listed], low[listed], high[listed], True
            fits["ranges, not listed left out"] = fitted(*there)
            fits["ranges, not listed left out, truncated"] = fitted(*there, truncated=True)
        for method, found in fits.items():
            for at, term in enumerate(TRUE):
                if found is None:
                    continue
                beta, error, plain, away = found
                row = [beta[at], error[at], beta[at] - away * error[at], beta[at] + away * error[at]]
                store.setdefault((f"truth {scenario}, masked {least} to 4", method, term), []).append(row)
                if method == "ranges, negative binomial":
                    row = [beta[at], plain[at], beta[at] - away * plain[at], beta[at] + away * plain[at]]
                    way = f"{method}, errors plain"
                    store.setdefault((f"truth {scenario}, masked {least} to 4", way, term), []).append(row)
    listed = shown["flow"] > 0
    shape = store.setdefault(("shape", scenario), [])
    shape.append([float((shown["flow"] < 5)[listed].mean()), float(listed.mean())])


def one_panel(store, size, stream):
    """Fit three-way effects to one panel, with the correction and without."""
    frame = three_way(np.random.default_rng(stream), *size)
    result = Gravity(["x"], year="year", effects=["origin-year", "destination-year", "pair"]).fit(frame)
    row, label = result.coefficients.loc["x"], f"three-way, {size[0]} countries, {size[1]} years"
    fit = result.estimates.loc["x"]
    reach = (fit["ci_high"] - fit["estimate"]) / row["std_error"]
    for way, estimate, error in (
        ("corrected", row["estimate"], row["std_error"]),
        ("plain", row["uncorrected"], row["std_error_uncorrected"]),
    ):
        found = [estimate, error, estimate - reach * error, estimate + reach * error]
        store.setdefault((label, way, "x"), []).append([float(one) for one in found])


def summary(store):
    """Return one row a scenario, method and term."""
    truth = TRUE | {"x": 1.0}
    rows = [
        rows_of(key[1], key[0], key[2], truth[key[2]], *zip(*values, strict=True))
        for key, values in store.items()
        if key[0] != "shape"
    ]
    packages = {name: version(name) for name in ("numpy", "scipy")}
    return pd.DataFrame(rows).round(5).assign(date=datetime.now(UTC).date().isoformat(), **packages)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--out", default="benchmarks/results/coverage_gravity.csv")
    given = parser.parse_args()
    parts = [(one_table, name) for name in ("negative binomial", "log-normal pairs")]
    parts += [(one_panel, size) for size in ((15, 3), (25, 5))]
    streams = [np.random.SeedSequence([given.seed, place]).spawn(given.draws) for place in range(len(parts))]
    store = {}
    for draw in range(given.draws):
        for (call, what), stream in zip(parts, streams, strict=True):
            call(store, what, stream[draw])
        if draw % 20 == 19 or draw == given.draws - 1:
            summary(store).to_csv(given.out, index=False, lineterminator="\n")
            print(draw + 1, {key: np.mean(found, axis=0).round(3) for key, found in store.items() if key[0] == "shape"})


if __name__ == "__main__":
    main()

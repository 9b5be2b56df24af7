"""How often limits of trends, splits, break dates and forecasts hold what they should.

``nice python benchmarks/coverage_trends.py --draws 2000``; its rows in ``benchmarks/results/coverage_trends.csv`` are
written anew after every 20 draws. Counts are drawn with more variation than chance (negative binomial). Dates are those
of draws in which one break was found. The split is drawn with an elasticity of detection and a change of the share
reported that lie anywhere in the ranges assumed; ``narrower`` is how often its bounds are narrower than those of the
assumptions alone.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.routes import Breaks, ChangeSplit, Forecast, Trend


def noisy(rng, mean, dispersion):
    """Draw counts of a variance that is a multiple of the mean."""
    mean = np.asarray(mean, dtype=float)
    return rng.poisson(mean) if dispersion == 1 else rng.negative_binomial(mean / (dispersion - 1), 1 / dispersion)


def masked(counts):
    """Mask counts below five."""
    return [str(int(one)) if one >= 5 else "<5" for one in counts]


def trend(rng, level, dispersion, mask):
    years = np.arange(2008, 2023)
    slope = rng.uniform(-0.1, 0.1)
    counts = noisy(rng, level * np.exp(slope * (years - years.mean())), dispersion)
    frame = pd.DataFrame({"year": years, "count": masked(counts) if mask else counts})
    row = Trend().fit(frame).estimates.loc["per_year"]
    return {"covered": row["ci_low"] <= slope <= row["ci_high"], "error": row["estimate"] - slope}


def split(rng, level, dispersion, series):
    years = np.arange(2010, 2020)
    late = years >= 2015
    effort = np.exp(rng.normal(0, 0.05, len(years)) + late * rng.uniform(0, 1.0))
    share = np.clip(0.7 * np.exp(late * rng.uniform(-0.2, 0.2)), 0.01, 1.0)
    occurrence, elasticity = rng.uniform(-0.5, 0.5), rng.uniform(0, 1)
    change = np.log(effort[late].mean() / effort[~late].mean())
    mean = level * np.exp(late * (occurrence + elasticity * change)) * share
    frame = pd.DataFrame({"year": years, "count": noisy(rng, mean, dispersion), "effort": effort, "share": share})
    options = {"effort": "effort", "reported": "share"} if series else {"detection": (1.0, float(np.exp(1.1)))}
    result = ChangeSplit(after=2015, **options).fit(frame)
    row, bounds = result.estimates.loc["occurrence"], result.bounds.loc["occurrence"]
    width, without = bounds["upper"] - bounds["lower"], bounds["upper_without"] - bounds["lower_without"]
    held = row["ci_low"] <= occurrence <= row["ci_high"]
    return {"covered": held, "error": np.nan, "narrower": width < without - 1e-12}


def breaks(rng, level, ratio, mask):
    years = np.arange(1990, 2023)
    last = int(rng.integers(1999, 2014))
    counts = noisy(rng, np.where(years <= last, level, level * ratio), 2.0)
    frame = pd.DataFrame({"year": years, "count": masked(counts) if mask else counts})
    found = Breaks().fit(frame).breaks
    if len(found) != 1:
        return {"covered": np.nan, "error": np.nan, "found": 0.0}
    row = found.iloc[0]
    return {
        "covered": int(row["low"]) <= last <= int(row["high"]),
        "error": int(row["last_before"]) - last,
        "found": 1.0,
    }


def forecast(rng, model, kind):
    n, steps = 25, 3
    shocks = rng.normal(0, 0.15, n + steps)
    level = np.cumsum(shocks) if kind == "random walk" else 0.5 * shocks
    level = level + 0.05 * np.arange(n + steps) if kind == "trend" else level
    counts = noisy(rng, 120 * np.exp(level), 2.0)
    frame = pd.DataFrame({"year": np.arange(1998, 1998 + n), "count": counts[:n]})
    table = Forecast(model=model, steps=steps).fit(frame).forecast
    held = (table["low"].to_numpy() <= counts[n:] + 0.5) & (counts[n:] - 0.5 <= table["high"].to_numpy())
    return {"covered": held.mean(), "error": np.nan}


CASES = [
    *[
        ("trend", f"level {a}, dispersion {d}, {'masked' if m else 'known'}", trend, (a, d, m))
        for a, d, m in ((40, 1, False), (40, 3, False), (8, 1, True), (40, 3, True))
    ],
    *[
        ("split", f"level {a}, {'series' if s else 'assumptions alone'}", split, (a, 2.0, s))
        for a, s in ((40, True), (200, True), (200, False))
    ],
    *[
        ("break date", f"level {a}, times {r}, {'masked' if m else 'known'}", breaks, (a, r, m))
        for a, r, m in ((20, 2.0, False), (20, 1.5, False), (6, 2.5, True))
    ],
    *[
        ("forecast 90 %", f"{m}, {k}", forecast, (m, k))
        for m in ("ets", "components", "last value")
        for k in ("random walk", "steady level", "trend")
    ],
]


def summary(found, out):
    """Return one row a case; those that were not drawn are as they were."""
    packages = {name: version(name) for name in ("numpy", "scipy", "statsmodels")}
    about = {"date": datetime.now(UTC).date().isoformat(), **packages}
    before = pd.read_csv(out).to_dict("records") if Path(out).exists() else []
    held = {(row["what"], row["case"]): row for row in before}
    rows = []
    for place, (what, case, _, _) in enumerate(CASES):
        if not found[place]:
            rows += [held[what, case]] if (what, case) in held else []
            continue
        table = pd.DataFrame(found[place])
        covered = table["covered"].dropna().astype(float)
        row = {"what": what, "case": case, "draws": len(table), "coverage": covered.mean()}
        row["coverage_mc_error"] = covered.std(ddof=1) / np.sqrt(len(covered))
        row["bias"] = table["error"].mean()
        row |= {name: table[name].astype(float).mean() for name in ("narrower", "found") if name in table}
        rows.append(row | about)
    table = pd.DataFrame(rows).round(4)
    return table[[*[name for name in table if name not in about], *about]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--out", default="benchmarks/results/coverage_trends.csv")
    parser.add_argument("--only", nargs="*", help="kinds of cases: trend, split, 'break date', 'forecast 90 %%'")
    given = parser.parse_args()
    streams = [np.random.SeedSequence([given.seed, place]).spawn(given.draws) for place in range(len(CASES))]
    found = [[] for _ in CASES]
    for draw in range(given.draws):
        for place, (what, _, function, arguments) in enumerate(CASES):
            if what in (given.only or {one[0] for one in CASES}):
                found[place].append(function(np.random.default_rng(streams[place][draw]), *arguments))
        if draw % 20 == 19 or draw == given.draws - 1:
            summary(found, given.out).to_csv(given.out, index=False, lineterminator="\n")
            print(draw + 1, flush=True)


if __name__ == "__main__":
    main()

"""How often two checks ask where something is wrong, and pass where nothing is, and what limits hold meanwhile.

``python benchmarks/check_rates.py [--draws 300]``; its rows in ``benchmarks/results/check_rates.csv`` are written anew
after each scene. *Corridors listed* stands beside gravity models of ranges: flows of 12 places in three years, a third of
them of nobody, small ones masked; where nobody is left out, or other corridors are, coefficients are off unless the
likelihood says so. *Units that move* stands beside ordered panels with units conditioned out: limits rest on the units
whose outcome moves. ``asked`` is how often the check asks to be read, ``coverage`` how often 95 % limits of the
coefficient hold it, both over the draws that were not refused.
"""

import argparse
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.core.errors import CtResearchError
from ctresearch.core.random import streams
from ctresearch.policy import OrderedPanel, Panel
from ctresearch.routes import IntervalGravity

OUT = Path(__file__).parent / "results" / "check_rates.csv"


def flows(rng, law, level=0.6):
    """Draw flows of every corridor: negative binomial, or Poisson around a log-normal mean of each pair."""
    places, years = 12, 3
    o, d, t = (one.ravel() for one in np.indices((places, places, years)))
    apart = o != d
    o, d, t = o[apart], d[apart], t[apart]
    x = rng.normal(size=(places, places))[o, d]
    ends = rng.normal(0, 0.6, (2, places, years))
    mean = np.exp(x + level + ends[0][o, t] + ends[1][d, t])
    if law == "negative binomial":
        flow = rng.poisson(mean * rng.gamma(1.5, 1 / 1.5, len(mean)))
    else:
        flow = rng.poisson(mean * np.exp(rng.normal(0, 0.8, (places, places))[o, d] - 0.32))
    return pd.DataFrame({"origin": o, "destination": d, "year": t, "x": x, "flow": flow}).astype(
        {"origin": str, "destination": str}
    )


def corridors(rng, law, listed, which):
    """Fit one table of which some corridors are left out."""
    frame = flows(rng, law, 4.0 if which == "all have people" else 0.6)
    if which == "nobody left out":
        frame = frame[frame["flow"] > 0]
    elif which == "all have people":
        frame = frame[rng.random(len(frame)) < 0.95]  # a few are not there by chance
        frame = frame.assign(flow=np.maximum(frame["flow"], 1))
    elif which == "half of all left out":
        frame = frame[(frame["flow"] > 0) & (rng.random(len(frame)) < 0.5)]
    small = (frame["flow"] < 5) & (frame["flow"] > 0)
    frame = frame.assign(low=frame["flow"].mask(small, 1), high=frame["flow"].mask(small, 4))
    result = IntervalGravity(["x"], year="year", listed=listed).fit(frame)
    return result, result.estimates.loc["x"], "corridors listed"


def moving(rng, units):
    """Fit one ordered panel in which so many units can move."""
    periods = 5
    unit, time = np.repeat(np.arange(units), periods), np.tile(np.arange(periods), units)
    x = rng.normal(size=len(unit))
    own = rng.normal(0, 1, units)[unit]
    frame = pd.DataFrame({"c": unit, "t": time, "x": x + 0.5 * own})
    frame["grade"] = np.digitize(frame["x"] + own + rng.logistic(size=len(unit)), [-1, 1])
    panel = Panel.from_frame(frame, unit="c", time="t", outcome="grade", covariates=["x"], outcome_kind="response")
    result = OrderedPanel(["x"], method="conditional").fit(panel)
    return result, result.estimates.loc["x"], "units that move"


SCENES = [
    *[
        ("corridors listed", f"{law}, listed={listed!r}: {which}", wrong, corridors, (law, listed, which))
        for law, listed, which, wrong in (
            ("negative binomial", "all", "all are there", False),
            ("negative binomial", "all", "all have people", False),
            ("negative binomial", "all", "nobody left out", True),
            ("log-normal pairs", "all", "nobody left out", True),
            ("negative binomial", "positive", "nobody left out", False),
            ("log-normal pairs", "positive", "nobody left out", True),
            ("negative binomial", "positive", "half of all left out", True),
            ("negative binomial", "positive", "all have people", False),
        )
    ],
    *[("units that move", f"{units} units", units < 20, moving, (units,)) for units in (10, 15, 22, 30, 60)],
]


def scene_row(scene, draws, seed):
    """Return the row of one scene."""
    check, name, wrong, call, arguments = scene
    asked, held, away = [], [], []
    for rng in streams(seed, draws):
        try:
            result, row, about = call(rng, *arguments)
        except CtResearchError:  # a table from which nothing can be told is refused
            continue
        asked.append({one.name: one.status for one in result.checks}[about] != "pass")
        held.append(row["ci_low"] <= 1 <= row["ci_high"])
        away.append(row["estimate"] - 1)
    n = len(asked)
    errors = [np.sqrt(np.mean(one) * (1 - np.mean(one)) / n) for one in (asked, held)]
    row = {
        "check": check,
        "scene": name,
        "wrong": wrong,
        "draws": n,
        "asked": np.mean(asked),
        "asked_mc_error": errors[0],
    }
    return row | {"coverage": np.mean(held), "coverage_mc_error": errors[1], "bias": np.mean(away)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--draws", type=int, default=300)
    parser.add_argument("--seed", type=int, default=20261129)
    parser.add_argument("--only", help="one check, after the rows that stand there")
    given = parser.parse_args()
    about = {"date": datetime.now(UTC).date().isoformat()} | {one: version(one) for one in ("numpy", "scipy")}
    before = pd.read_csv(OUT) if given.only and OUT.exists() else pd.DataFrame({"check": []})
    rows = before[before["check"] != given.only].to_dict("records")
    for place, scene in enumerate(SCENES):
        if given.only and scene[0] != given.only:
            continue
        rows.append(scene_row(scene, given.draws, given.seed + place) | about)
        pd.DataFrame(rows).round(4).to_csv(OUT, index=False, lineterminator="\n")
        print(rows[-1], flush=True)


if __name__ == "__main__":
    main()

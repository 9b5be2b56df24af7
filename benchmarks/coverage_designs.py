"""How often 95 % intervals of one list and of surveys hold the truth, where the assumptions hold and where they do not.

Run: ``python benchmarks/coverage_designs.py [DRAWS [WORD ...]]``; writes ``results/coverage_designs.csv``. With words, the cases
whose estimator begins with one are run and take the place of their rows.
"""

import csv
import datetime
import platform
import sys
from pathlib import Path

import numpy as np
import pandas as pd

import ctresearch
from ctresearch.core import CtResearchError
from ctresearch.prevalence import (
    ChaoLowerBound,
    FayHerriot,
    ListExperiment,
    RandomisedResponse,
    ScreenedPrevalence,
    SurveyTotal,
    TimeLocation,
    TwoSample,
    Zelterman,
    ZeroTruncated,
)

OUT = Path(__file__).parent / "results" / "coverage_designs.csv"


def seen(rng, size, *, gamma=0.0, ones=0.0, sex=0.0):
    """Draw how often people are seen; ``gamma`` is the variance of their rates, ``ones`` are seen once for certain."""
    frame = pd.DataFrame({"sex": rng.choice(["f", "m"], size)})
    mean = 0.7 * np.exp(sex * (frame["sex"] == "m"))
    if gamma:
        mean = mean * rng.gamma(1 / gamma, gamma, size)
    times = np.where(rng.random(size) < ones, 1, rng.poisson(mean))
    return frame.assign(times=times)[times > 0]


def one_list(make, **how):
    def draw(rng):
        size = 1500
        return make.fit(seen(rng, size, **how)).estimates.loc["population"], size

    return draw


def city(rng):
    """Make 60 villages of 20 to 60 people in three districts; a tenth is in forced labour, unevenly."""
    sizes = rng.integers(20, 60, 60)
    village = np.repeat(np.arange(60), sizes)
    share = rng.beta(2, 18, 60)
    forced = rng.random(len(village)) < share[village]
    return pd.DataFrame({"village": village, "district": village // 20, "forced": forced * 1, "villages": 20})


CITY = city(np.random.default_rng(7))


def survey(make, statistic="total"):
    truth = CITY["forced"].sum() if statistic == "total" else CITY["forced"].mean()

    def draw(rng):
        chosen = np.concatenate([rng.choice(np.arange(20 * d, 20 * d + 20), 6, replace=False) for d in range(3)])
        rows = []
        for v in chosen:
            people = CITY[CITY["village"] == v]
            rows.append(people.sample(12, random_state=int(rng.integers(1 << 31))).assign(people=len(people)))
        sample = pd.concat(rows)
        sample["person"] = np.arange(len(sample))
        sample["weight"] = 20 / 6 * sample["people"] / 12
        return make.fit(sample).estimates.iloc[0], truth

    return draw


DESIGN = {"strata": "district", "cluster": "village"}


def screened(rng):
    tried = rng.binomial(100, 0.85), rng.binomial(200, 0.95)
    share = 0.12 * 0.85 + 0.88 * 0.05
    sample = pd.DataFrame({"y": (rng.random(600) < share) * 1})
    make = ScreenedPrevalence("y", sensitivity=(int(tried[0]), 100), specificity=(int(tried[1]), 200))
    return make.fit(sample).estimates.loc["prevalence"], 0.12


def multiplied(rng):
    """500 of 4,000 people were served; the count of them has an error of 25, and 30 clusters of 12 are asked."""
    base = rng.beta(5, 35, 30)
    served = pd.DataFrame({"c": np.repeat(np.arange(30), 12)})
    served["y"] = (rng.random(360) < base[served["c"]]) * 1
    count = max(rng.normal(500, 25), 1)
    make = TwoSample("y", benchmark=count, benchmark_error=25.0, cluster="c")
    return make.fit(served).estimates.loc["population"], 4000


def recaptured(rng):
    met = pd.DataFrame({"y": (rng.permutation(1200)[:200] < 250) * 1})
    return TwoSample("y", benchmark=250, method="chapman").fit(met).estimates.loc["population"], 1200


def listed(method):
    def draw(rng):
        frame = pd.DataFrame({"long": np.arange(1600) % 2})
        frame["n"] = rng.binomial(3, 0.45, 1600) + frame["long"] * rng.binomial(1, 0.2, 1600)
        make = ListExperiment("n", treatment="long", items=3, method=method)
        return make.fit(frame).estimates.loc["prevalence"], 0.2

    return draw


def randomised(rng):
    yes = np.where(rng.random(800) < 2 / 3, rng.random(800) < 0.2, rng.random(800) < 0.5)
    make = RandomisedResponse("y", truth=2 / 3, forced_yes=1 / 6)
    return make.fit(pd.DataFrame({"y": yes * 1})).estimates.loc["prevalence"], 0.2


def small_areas(method):
    def draw(rng):
        frame = pd.DataFrame({"area": range(40), "x": rng.random(40), "v": rng.uniform(0.0004, 0.0025, 40)})
        truth = 0.1 + 0.1 * frame["x"] + rng.normal(0, 0.04, 40)
        frame["y"] = truth + rng.normal(0, np.sqrt(frame["v"]))
        result = FayHerriot("y", variance="v", area="area", formula="x", method=method).fit(frame)
        place = int(rng.integers(40))
        return result.estimates.iloc[place], truth[place]

    return draw


def venues(rng):
    """Let 2,000 people come to 1 to 8 of 200 events each; draw 40 events and up to 8 people at each."""
    often = 1 + rng.integers(0, 8, 2000)
    came = [rng.choice(200, k, replace=False) for k in often]
    at = [[] for _ in range(200)]
    for person, places in enumerate(came):
        for place in places:
            at[place].append(person)
    rows = []
    for event in rng.choice(200, 40, replace=False):
        there = np.array(at[event])
        met = rng.choice(there, min(8, len(there)), replace=False)
        rows += [(event, len(there), often[person]) for person in met]
    frame = pd.DataFrame(rows, columns=["event", "attended", "visits"]).assign(events=200)
    make = TimeLocation(event="event", events="events", attended="attended", visits="visits")
    return make.fit(frame).estimates.loc["total"], 2000


TIMES = {"count": "times"}
CASES = {
    ("Poisson", "one rate"): one_list(ZeroTruncated(**TIMES)),
    ("Poisson, normal limits", "one rate"): one_list(ZeroTruncated(**TIMES, limits="normal")),
    ("Poisson with sex", "rates by sex"): one_list(ZeroTruncated(**TIMES, formula="sex"), sex=0.7),
    ("geometric", "exponential rates"): one_list(ZeroTruncated("geometric", **TIMES), gamma=1.0),
    ("one-inflated Poisson", "a fifth seen once"): one_list(ZeroTruncated(**TIMES, ones="inflated"), ones=0.2),
    ("zero-one-truncated Poisson", "a fifth seen once"): one_list(ZeroTruncated(**TIMES, ones="truncated"), ones=0.2),
    ("Zelterman", "one rate"): one_list(Zelterman(**TIMES)),
    ("Chao", "one rate"): one_list(ChaoLowerBound(**TIMES)),
    ("Chao with sex", "rates by sex"): one_list(ChaoLowerBound(**TIMES, formula="sex"), sex=0.7),
    ("Poisson", "exponential rates: does not hold"): one_list(ZeroTruncated(**TIMES), gamma=1.0),
    ("Poisson", "a fifth seen once: does not hold"): one_list(ZeroTruncated(**TIMES), ones=0.2),
    ("Chao", "exponential rates: a bound alone"): one_list(ChaoLowerBound(**TIMES), gamma=1.0),
    ("Survey total, with replacement", "two stages"): survey(SurveyTotal("forced", weight="weight", **DESIGN)),
    ("Survey total, two stages", "two stages"): survey(
        SurveyTotal("forced", strata="district", cluster=["village", "person"], population=["villages", "people"])
    ),
    ("Survey total, jackknife", "two stages"): survey(
        SurveyTotal("forced", weight="weight", **DESIGN, variance="jackknife")
    ),
    ("Survey total, rescaled bootstrap of 200", "two stages"): survey(
        SurveyTotal("forced", weight="weight", **DESIGN, variance="bootstrap", bootstrap=200)
    ),
    ("Survey mean, t", "two stages"): survey(
        SurveyTotal("forced", statistic="mean", weight="weight", **DESIGN), "mean"
    ),
    ("Survey mean, logit", "two stages"): survey(
        SurveyTotal("forced", statistic="mean", weight="weight", **DESIGN, limits="logit"), "mean"
    ),
    ("Survey mean, beta", "two stages"): survey(
        SurveyTotal("forced", statistic="mean", weight="weight", **DESIGN, limits="beta"), "mean"
    ),
    ("Survey mean, clusters ignored", "two stages: does not hold"): survey(
        SurveyTotal("forced", statistic="mean", weight="weight"), "mean"
    ),
    ("Screened prevalence", "test tried on 100 and 200"): screened,
    ("Multiplier", "error in both parts, clusters"): multiplied,
    ("Chapman", "simple random sample"): recaptured,
    ("List experiment, difference", "a fifth"): listed("linear"),
    ("List experiment, likelihood", "a fifth"): listed("ml"),
    ("Randomised response", "a fifth"): randomised,
    ("Fay and Herriot, REML", "40 areas"): small_areas("reml"),
    ("Fay and Herriot, ML", "40 areas"): small_areas("ml"),
    ("Time-location", "200 events, 40 drawn"): venues,
    ("Poisson, bootstrap of 200", "one rate"): one_list(ZeroTruncated(**TIMES, bootstrap=200)),
}


def main(draws, words):
    """Draw every case and write the table."""
    rows = []
    if words and OUT.exists():
        with OUT.open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    for place, ((estimator, case), draw) in enumerate(CASES.items()):
        if words and not estimator.startswith(tuple(words)):
            continue
        rows = [row for row in rows if (row["estimator"], row["case"]) != (estimator, case)]
        held, widths, failed, off = 0, [], 0, []
        for i in range(draws):
            try:
                row, truth = draw(np.random.default_rng([place, i]))
            except CtResearchError:
                failed += 1
                continue
            if not np.isfinite(row["ci_low"]):
                failed += 1
                continue
            held += row["ci_low"] <= truth <= row["ci_high"]
            widths.append((row["ci_high"] - row["ci_low"]) / truth)
            off.append(row["estimate"] / truth - 1)
        told = draws - failed
        rows.append(
            {
                "estimator": estimator,
                "case": case,
                "draws": draws,
                "refused": failed,
                "coverage": round(held / max(told, 1), 4),
                "relative_bias": round(float(np.mean(off)), 4),
                "relative_width": round(float(np.median(widths)), 4),
                "date": datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
                "ctresearch": ctresearch.__version__,
                "numpy": np.__version__,
                "python": platform.python_version(),
            }
        )
        print(estimator, case, rows[-1]["coverage"], rows[-1]["refused"], flush=True)
        with OUT.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400, sys.argv[2:])

"""Simulated coverage and size of the methods of ``ctresearch.consequences``, with their Monte Carlo error.

Run ``python benchmarks/coverage_consequences.py`` (a few minutes on one core); the table goes to
``benchmarks/results/coverage_consequences.csv``. *Fine-Gray*: data from the model itself, half of those with x = 0 come
to the cause, uniform censoring, log ratio 0.6. *Gray*: the same without an effect, so that the test should refuse one
time in twenty. *Weibull*: durations of shape 1.5 seen to end at visits some three months apart, log time ratio 0.5.
*Recurrent*: persons whose rates vary as a gamma variate of variance 1, mean of 1.8 events by six months. *Fine-Gray
with entry*: half of the people come in late, and only if nothing has ended their time by then. *With weights*: those
who come to the cause are drawn into the sample twice as often as others, and weighted by one over that. *With strata*:
two strata with baselines, censoring and shares of x of their own. ``--only`` makes some rows anew and leaves the
others.
"""

import argparse
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ctresearch.consequences import (
    CumulativeIncidence,
    DurationModel,
    FineGray,
    RecurrentEvents,
    counting_process,
)
from ctresearch.core.random import streams

OUT = Path(__file__).parent / "results" / "coverage_consequences.csv"
PEOPLE = 200


def competing(rng, effect):
    x = rng.integers(0, 2, PEOPLE).astype(float)
    ever = 1 - 0.5 ** np.exp(effect * x)
    cause = rng.random(PEOPLE) < ever
    u = rng.random(PEOPLE) * ever
    first = -np.log(1 - (1 - (1 - u) ** np.exp(-effect * x)) / 0.5)
    time = np.where(cause, first, rng.exponential(np.exp(-0.4 * x)))
    censored = rng.uniform(0.5, 3, PEOPLE)
    outcome = np.where(censored < time, "censor", np.where(cause, "exit", "return"))
    return pd.DataFrame({"months": np.minimum(time, censored), "outcome": outcome, "x": x})


def visited(rng, effect):
    x = rng.normal(size=PEOPLE)
    months = 10 * np.exp(effect * x) * rng.weibull(1.5, PEOPLE)
    visits = np.cumsum(rng.uniform(1, 5, (PEOPLE, 8)), axis=1)
    seen = (visits < months[:, None]).sum(axis=1)
    padded = np.hstack([np.zeros((PEOPLE, 1)), visits, np.full((PEOPLE, 1), np.nan)])
    rows = np.arange(PEOPLE)
    return pd.DataFrame({"after": padded[rows, seen], "by": padded[rows, seen + 1], "x": x})


def recurrent(rng):
    people = pd.DataFrame({"person": range(PEOPLE), "end": rng.uniform(6, 12, PEOPLE)})
    counts = rng.poisson(0.3 * rng.gamma(1.0, 1.0, PEOPLE) * people["end"])
    who = np.repeat(people["person"], counts)
    events = pd.DataFrame({"person": who, "month": rng.uniform(0, people["end"].to_numpy()[who])})
    return counting_process(people, events, person="person", end="end", time="month")


def fine_gray(rng):
    model = FineGray("x", duration="months", event="outcome", cause="exit")
    return model.fit(competing(rng, 0.6)).estimates.loc["x"], 0.6


def fine_gray_entry(rng):
    frame = pd.concat([competing(rng, 0.6) for _ in range(3)], ignore_index=True)
    entry = rng.uniform(0, 0.8, len(frame)) * rng.integers(0, 2, len(frame))
    frame = frame.assign(entry=entry)[frame["months"] > entry].head(PEOPLE)
    model = FineGray("x", duration="months", event="outcome", cause="exit", entry="entry")
    return model.fit(frame).estimates.loc["x"], 0.6


def fine_gray_weights(rng):
    frame = pd.concat([competing(rng, 0.6) for _ in range(3)], ignore_index=True)
    chance = np.where(frame["outcome"] == "exit", 0.9, 0.45)
    frame = frame.assign(weight=1 / chance)[rng.random(len(frame)) < chance].head(PEOPLE)
    model = FineGray("x", duration="months", event="outcome", cause="exit", weights="weight")
    return model.fit(frame).estimates.loc["x"], 0.6


def fine_gray_strata(rng):
    frame = competing(rng, 0.6).assign(site="a")
    late = competing(rng, 0.6).assign(site="b", months=lambda d: 2 * d["months"])
    end = rng.uniform(0.3, 4, PEOPLE)
    late = late.assign(
        outcome=late["outcome"].where(late["months"] <= end, "censor"), months=late["months"].clip(upper=end)
    )
    late = late[rng.random(PEOPLE) < 0.3 + 0.5 * late["x"]]
    frame = pd.concat([frame.head(PEOPLE // 2), late.head(PEOPLE // 2)], ignore_index=True)
    options = {"strata": "site", "censoring_strata": "site"}
    model = FineGray("x", duration="months", event="outcome", cause="exit", **options)
    return model.fit(frame).estimates.loc["x"], 0.6


def weibull(rng):
    return DurationModel("x", after="after", before="by").fit(visited(rng, 0.5)).estimates.loc["x"], 0.5


def mean_events(rng):
    model = RecurrentEvents(duration="stop", event="event", person="person", entry="entry", horizon=6)
    return model.fit(recurrent(rng)).estimates.loc["mean_events"], 1.8


def gray_refuses(rng):
    result = CumulativeIncidence(duration="months", event="outcome", by="x").fit(competing(rng, 0.0))
    return result.gray.loc["exit", "p_value"] < 0.05


def covered(draw, runs, seed):
    """Return bias, the spread over the mean standard error, and coverage."""
    found = [draw(rng) for rng in tqdm(streams(seed, runs), desc=draw.__name__)]
    estimate = np.array([float(row["estimate"]) for row, _ in found])
    inside = [row["ci_low"] <= truth <= row["ci_high"] for row, truth in found]
    ratio = estimate.std() / np.mean([float(row["std_error"]) for row, _ in found])
    return {"bias": estimate.mean() - found[0][1], "spread_over_error": ratio, "rate": np.mean(inside), "wanted": 0.95}


DRAWS = (fine_gray, weibull, mean_events, fine_gray_entry, fine_gray_weights, fine_gray_strata)


def main(runs, only):
    wanted = [(i, draw) for i, draw in enumerate(DRAWS) if not only or draw.__name__ in only]
    rows = {draw.__name__: covered(draw, runs, i) for i, draw in wanted}
    if not only or "gray_size" in only:
        refused = np.mean([gray_refuses(rng) for rng in tqdm(streams(9, runs), desc="gray")])
        rows["gray_size"] = {"rate": refused, "wanted": 0.05}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("method")
    table["monte_carlo_error"] = np.sqrt(table["rate"] * (1 - table["rate"]) / runs)
    where = {"runs": runs, "people": PEOPLE, "ctresearch": version("ctresearch"), "python": platform.python_version()}
    OUT.parent.mkdir(exist_ok=True)
    table = table.round(4).assign(**where, date=datetime.now(UTC).date().isoformat())
    if only and OUT.exists():
        before = pd.read_csv(OUT, index_col="method")
        table = pd.concat([before.drop(index=[name for name in rows if name in before.index]), table])
    table.to_csv(OUT)
    print(table.to_string())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--only", nargs="*", default=[])
    arguments = parser.parse_args()
    main(arguments.runs, arguments.only)

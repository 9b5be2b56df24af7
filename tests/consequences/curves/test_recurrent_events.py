import numpy as np
import pandas as pd
import pytest

from consequences.reference import R, table
from ctresearch.consequences import HazardModel, RecurrentEvents, counting_process
from ctresearch.core import DataError

COLUMNS = {"duration": "stop", "event": "event", "person": "id", "entry": "start"}


@pytest.mark.parametrize("place", range(1, 10))
def test_means_and_errors_equal_r(place):
    known = R["mean_events"]
    row = RecurrentEvents(horizon=known["time"][place], **COLUMNS).fit(table("entry")).estimates.loc["mean_events"]
    assert row["estimate"] == pytest.approx(known["mean"][place], rel=1e-12)
    assert row["std_error"] == pytest.approx(known["se"][place], rel=1e-9)


def drawn(n, seed):
    """Draw persons who differ in how often events come, on average 0.3 a month, over at most 12 months."""
    rng = np.random.default_rng(seed)
    people = pd.DataFrame({"person": range(n), "end": rng.uniform(6, 12, n), "site": rng.integers(0, 2, n)})
    rate = 0.3 * rng.gamma(1.0, 1.0, n)
    counts = rng.poisson(rate * people["end"])
    times = [
        (p, t)
        for p, c, end in zip(people["person"], counts, people["end"], strict=True)
        for t in rng.uniform(0, end, c)
    ]
    return people, pd.DataFrame(times, columns=["person", "month"])


@pytest.mark.slow
def test_limits_cover_although_persons_differ():
    hits = []
    for seed in range(200):
        people, events = drawn(80, seed)
        rows = counting_process(people, events, person="person", end="end", time="month")
        model = RecurrentEvents(duration="stop", event="event", person="person", entry="entry", horizon=6)
        row = model.fit(rows).estimates.loc["mean_events"]
        hits.append(row["ci_low"] <= 1.8 <= row["ci_high"])
    assert 0.90 <= np.mean(hits) <= 0.99  # 0.95 give or take three Monte Carlo errors of 0.015


def test_counting_process_keeps_all_time_and_all_events():
    people, events = drawn(50, 1)
    rows = counting_process(people, events, person="person", end="end", time="month")
    assert (rows["stop"] - rows["entry"]).groupby(rows["person"]).sum().to_numpy() == pytest.approx(
        people["end"].to_numpy()
    )
    assert rows["event"].sum() == len(events)
    assert rows.groupby("person")["number"].max().sum() >= len(events) - len(people)
    assert set(rows["site"]) == {0, 1}


def test_an_event_at_the_end_leaves_no_empty_stretch():
    people = pd.DataFrame({"who": ["a"], "from": [2.0], "to": [9.0]})
    rows = counting_process(
        people, pd.DataFrame({"who": ["a", "a"], "at": [4, 9]}), person="who", end="to", time="at", entry="from"
    )
    assert rows[["entry", "stop", "event", "number"]].to_numpy().tolist() == [[2, 4, 1, 0], [4, 9, 1, 1]]


def test_rows_serve_the_andersen_gill_model():
    people, events = drawn(60, 5)
    rows = counting_process(people, events, person="person", end="end", time="month")
    result = HazardModel("site", duration="stop", event="event", entry="entry", cluster="person").fit(rows)
    assert result.events == len(events)
    assert abs(result.estimates.loc["site", "estimate"]) < 3 * result.estimates.loc["site", "std_error"]  # no effect


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ({"who": ["b"], "at": [3]}, "nobody who is not in people"),
        ({"who": ["a"], "at": [30]}, "outside"),
        ({"who": ["a", "a"], "at": [3, 3]}, "share a time"),
    ],
)
def test_events_that_fit_nobody_are_refused(events, words):
    people = pd.DataFrame({"who": ["a"], "to": [9.0]})
    with pytest.raises(DataError, match=words):
        counting_process(people, pd.DataFrame(events), person="who", end="to", time="at")


def test_overlaps_and_far_horizons_are_refused():
    with pytest.raises(DataError, match="must not overlap"):
        RecurrentEvents(**COLUMNS).fit(table("entry").assign(id=1))
    with pytest.raises(DataError, match="ends earlier, with row 12"):
        RecurrentEvents(horizon=50, **COLUMNS).fit(table("entry"))
    with pytest.raises(DataError, match="never happens"):
        RecurrentEvents(horizon=2, **COLUMNS).fit(table("entry"))

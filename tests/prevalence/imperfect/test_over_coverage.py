"""People wrongly on lists: audits, decisions and trimming."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import (
    CaptureHistories,
    Chapman,
    FalseEntries,
    LogLinear,
    PendingDecisions,
    TrimmedDualSystem,
    WeightedAverage,
)
from ctresearch.prevalence.imperfect.false_entries import wrong_chances

TWO = LogLinear("fixed", model="[1,2]")
TABLE = CaptureHistories.from_counts(pd.DataFrame({"nrm": [1, 0, 1], "ngo": [0, 1, 1], "count": [240, 320, 80]}))


def seen(seed, wrong=160, waiting=0.0, n=2000):
    """Draw two independent lists, and people wrongly on the first."""
    rng = np.random.default_rng(seed)
    right = pd.DataFrame({"nrm": rng.random(n) < 0.4, "ngo": rng.random(n) < 0.3}) * 1
    extra = pd.DataFrame({"nrm": [1] * wrong, "ngo": [0] * wrong, "decision": 0.0})
    frame = pd.concat([right[right.any(axis=1)].assign(decision=1.0), extra], ignore_index=True)
    frame["doubt"] = rng.normal(4 * (frame["decision"] == 0), 1.0)
    return frame.assign(decision=frame["decision"].where(rng.random(len(frame)) >= waiting))


def test_chances_add_up_to_the_rate_of_each_list():
    rng = np.random.default_rng(1)
    counts = np.append(0.0, rng.integers(20, 90, 7))
    rates, places = np.array([0.05, 0.12]), [0, 2]
    for overlap in (0.0, 0.3, 1.0):
        chances = wrong_chances(counts, places, rates, overlap)
        for place, rate in zip(places, rates, strict=True):
            inside = (np.arange(8) >> place & 1) == 1
            assert (counts * chances)[inside].sum() / counts[inside].sum() == pytest.approx(rate, abs=1e-12)
    assert wrong_chances(counts, [1], np.array([0.1]), 0.0)[[1, 3, 4, 5, 6, 7]].tolist() == [0.0] * 6


def test_a_large_audit_gives_the_table_without_the_wrong_people():
    result = FalseEntries(TWO, audits={"nrm": (320, 40)}, imputations=60, seed=2).fit(TABLE)
    exact = TWO.fit(CaptureHistories.from_counts(TABLE.counts.assign(count=[200, 320, 80])))
    between = float(result.completed["std_error"].iloc[0])
    # the mean of 60 draws of the 40: four standard errors of it, and the pull of the prior by half a person
    assert result.completed["completed"].iloc[0] == pytest.approx(200, abs=4 * between / np.sqrt(60) + 0.5)
    assert result.estimates.loc["population", "estimate"] == pytest.approx(
        exact.estimates.loc["population", "estimate"], rel=0.02
    )
    assert result.estimates.loc["population", "std_error"] > exact.estimates.loc["population", "std_error"]
    assert result.curve.set_index("assumed").loc[1.0, "estimate"] == pytest.approx(1400, abs=1e-6)
    assert result.curve.set_index("assumed").loc[0.0, "estimate"] == pytest.approx(result.as_it_is, rel=1e-12)
    assert result.curve["estimate"].is_monotonic_decreasing


@pytest.mark.slow
def test_a_smaller_audit_gives_a_wider_interval():
    widths = []
    for audited in (16, 320):
        row = (
            FalseEntries(TWO, audits={"nrm": (audited, audited // 8)}, imputations=40)
            .fit(TABLE)
            .estimates.loc["population"]
        )
        widths.append(row["ci_high"] - row["ci_low"])
    assert widths[0] > 1.1 * widths[1]


def test_draws_of_an_estimator_are_mixed():
    boot = LogLinear("bic", bootstrap=60, seed=1)
    result = FalseEntries(boot, audits={"L1": (40, 4)}, imputations=5).fit(
        CaptureHistories.from_published("hav-taiwan")
    )
    assert result.interval == "percentile"
    assert result.draws.loc["population"].notna().sum() > 200


def test_audits_that_cannot_be_are_refused():
    with pytest.raises(DataError, match="but it holds 320"):
        FalseEntries(TWO, audits={"nrm": (500, 1)}).fit(TABLE)
    with pytest.raises(DataError, match="overlap= above 0"):
        FalseEntries(TWO, audits={"nrm": (100, 90)}).fit(TABLE)
    with pytest.raises(DataError, match="not among the 2"):
        FalseEntries(TWO, audits={"police": (10, 1)}).fit(TABLE)
    for audits, words in (
        ({}, "at least one list"),
        ({"nrm": 3}, "two numbers"),
        ({"nrm": (3, 4)}, "found wrong == 4"),
    ):
        with pytest.raises(SpecificationError, match=words):
            FalseEntries(TWO, audits=audits)


def test_an_estimator_without_errors_is_refused_with_its_reason():
    with pytest.raises(FitError, match="of 20 completed tables have no estimate"):
        FalseEntries(LogLinear("bic"), audits={"nrm": (100, 10)}).fit(TABLE)


def test_another_estimator_of_the_room_can_be_carried():
    result = FalseEntries(WeightedAverage(), audits={"L1": (40, 4)}, imputations=5).fit(
        CaptureHistories.from_published("hav-taiwan")
    )
    assert result.estimates.loc["population", "ci_low"] > 0


def test_where_all_are_decided_it_is_the_table_of_those_who_belong():
    frame = seen(1)
    result = PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", imputations=5).fit(frame)
    right = CaptureHistories.from_records(frame[frame["decision"] == 1][["nrm", "ngo"]], ["nrm", "ngo"])
    assert result.estimates.loc["population", "estimate"] == pytest.approx(
        TWO.fit(right).estimates.loc["population", "estimate"], rel=1e-12
    )
    assert result.estimates.loc["completion_share", "estimate"] == pytest.approx(0, abs=1e-20)  # rounding
    assert result.rates["false"].tolist() == [160, 0]


@pytest.mark.slow
def test_those_who_wait_are_drawn_as_those_decided_on():
    frame = seen(2, waiting=0.5)
    result = PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", imputations=60).fit(frame)
    cell = frame[(frame["nrm"] == 1) & (frame["ngo"] == 0)]
    share = cell["decision"].mean()
    expected = cell["decision"].eq(1).sum() + cell["decision"].isna().sum() * share
    row = result.completed[(result.completed["nrm"] == 1) & (result.completed["ngo"] == 0)].iloc[0]
    assert row["completed"] == pytest.approx(expected, abs=4 * row["std_error"] / np.sqrt(60) + 1)  # and a prior of one
    odds = result.curve.set_index("assumed")["estimate"]
    assert odds[0.25] > odds[1.0] > odds[4.0]


def test_decisions_by_group_follow_the_group():
    frame = seen(3, waiting=0.4).assign(sex=lambda d: np.where(d["decision"].eq(0) | (d.index % 3 == 0), "f", "m"))
    plain, by = (
        PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", by=name, imputations=10).fit(frame)
        for name in (None, "sex")
    )
    assert by.completed["completed"].sum() != plain.completed["completed"].sum()


@pytest.mark.slow
def test_three_ways_out_hold_the_truth_where_the_lists_as_they_are_miss_it():
    held = np.zeros(4)
    for seed in range(8):
        frame = seen(seed, waiting=0.0)
        audited = frame[frame["nrm"] == 1].sample(200, random_state=seed)
        found = int((audited["decision"] == 0).sum())
        table = CaptureHistories.from_records(frame[["nrm", "ngo"]], ["nrm", "ngo"])
        waiting = seen(seed, waiting=0.4)
        results = (
            FalseEntries(TWO, audits={"nrm": (200, found)}, imputations=5, seed=seed).fit(table),
            PendingDecisions(TWO, lists=["nrm", "ngo"], decision="decision", imputations=5).fit(waiting),
            TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=found / 200, audited=200).fit(frame),
            TWO.fit(table),
        )
        rows = [result.estimates.loc["population"] for result in results]
        held += [row["ci_low"] <= 2000 <= row["ci_high"] for row in rows]
    assert (held[:3] >= 6).all()  # at .95 eight draws miss three times or more once in 170
    assert held[3] <= 2


def test_trimming_nothing_is_chapmans_estimate():
    frame = seen(4)
    result = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=0.0).fit(frame)
    chapman = Chapman().fit(CaptureHistories.from_records(frame[["nrm", "ngo"]], ["nrm", "ngo"]))
    assert result.estimates.drop(columns="unit").to_numpy() == pytest.approx(
        chapman.estimates.drop(columns="unit").to_numpy(), rel=1e-12
    )


def test_trimming_at_random_leaves_the_estimate_where_it_is():
    frame = seen(5).assign(doubt=1.0)  # ties are spread evenly, so that their order plays no part
    path = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=0.4).fit(frame).path
    assert path["estimate"].to_numpy() == pytest.approx(path["estimate"].iloc[0], rel=0.012)  # whole people only
    assert path["std_error"].iloc[-1] > path["std_error"].iloc[0]


def test_trimming_falls_to_the_truth_and_its_end_is_seen():
    frame = seen(6)
    share = 160 / frame["nrm"].sum()
    right = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=share).fit(frame)
    early = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=share / 3).fit(frame)
    late = TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=2 * share).fit(frame)
    ends = [{c.name: c.status for c in result.checks}["end of trimming"] for result in (early, right, late)]
    assert ends == ["review", "pass", "review"]
    assert right.path["estimate"].iloc[0] > 2200 > right.estimates.loc["population", "estimate"]


def test_an_audited_share_widens_the_interval():
    frame = seen(7)
    errors = [
        TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=0.16, audited=audited)
        .fit(frame)
        .estimates.loc["population", "std_error"]
        for audited in (None, 2000, 50)
    ]
    assert errors[0] < errors[1] < errors[2]


def test_trimming_every_match_is_refused():
    frame = pd.DataFrame({"nrm": [1] * 10 + [0] * 5, "ngo": [1] * 2 + [0] * 8 + [1] * 5, "doubt": range(15, 0, -1)})
    with pytest.raises(DataError, match="share 0 after"):
        TrimmedDualSystem(first="nrm", second="ngo", doubt="doubt", trim=0.5).fit(frame)
    with pytest.raises(SpecificationError, match="must be 3"):
        TrimmedDualSystem(first="nrm", second="nrm", doubt="doubt", trim=0.5)

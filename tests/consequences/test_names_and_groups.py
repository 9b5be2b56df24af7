"""Groups, labels and persons: a word for all, two spellings of one name, rows that come twice."""

import numpy as np
import pandas as pd
import pytest

from ctresearch.consequences import (
    CumulativeIncidence,
    DurationModel,
    FineGray,
    HazardModel,
    HealthBurden,
    RecurrentEvents,
    SocietalCost,
    Survival,
    counting_process,
    outcome_shares,
)
from ctresearch.core import CellError, DataError, FitError, SpecificationError

RNG = np.random.default_rng(4)
N = 120
ROWS = pd.DataFrame(
    {
        "months": RNG.exponential(9, N).round(1) + 0.1,
        "event": RNG.integers(0, 2, N),
        "g": ["all", "b", "c"] * 40,
        "x": RNG.normal(size=N),
        "site": [f"V{i % 30}" for i in range(N)],
        "who": [f"p{i}" for i in range(N)],
    }
).assign(end=lambda d: np.where(d["event"] == 0, "censor", np.where(d["x"] > 0, "exit", "return")))
CLOCK = {"duration": "months", "event": "event"}
CAUSES = {"duration": "months", "event": "end"}
BY = {
    "shares": lambda t: outcome_shares(t, outcome="event", by="g"),
    "survival": lambda t: Survival(**CLOCK, by="g").fit(t),
    "incidence": lambda t: CumulativeIncidence(**CAUSES, by="g").fit(t),
    "hazards": lambda t: HazardModel("x", **CLOCK, strata="g").fit(t),
    "Fine-Gray": lambda t: FineGray("x", **CAUSES, cause="exit", strata="g").fit(t),
    "censoring": lambda t: FineGray("x", **CAUSES, cause="exit", censoring_strata="g").fit(t),
}


@pytest.mark.parametrize("name", sorted(BY))
def test_no_group_replaces_all_and_no_label_falls_on_another(name):
    with pytest.raises(CellError, match="stands for all"):
        BY[name](ROWS)
    with pytest.raises(CellError, match="more than one way"):
        BY[name](ROWS.assign(g=pd.Series([1, "1", 2] * 40, dtype=object)))
    BY[name](ROWS.assign(g=[1, 2, 3] * 40))


CLUSTERED = {
    "hazards": lambda t, **o: HazardModel("x", **CLOCK, cluster="site", **o).fit(t),
    "Fine-Gray": lambda t, **o: FineGray("x", **CAUSES, cause="exit", cluster="site", **o).fit(t),
}


@pytest.mark.parametrize("name", sorted(CLUSTERED))
def test_two_spellings_of_a_cluster_are_one_or_refused(name):
    fit = CLUSTERED[name]
    frame = ROWS.assign(site=[s.lower() + " " if i % 7 == 0 else s for i, s in enumerate(ROWS["site"])])
    with pytest.raises(CellError, match="merge_names=True"):
        fit(frame)
    merged = fit(frame, merge_names=True)
    pd.testing.assert_frame_equal(merged.estimates, fit(ROWS).estimates)
    assert "names" in {check.name for check in merged.checks if check.status == "review"}


def test_two_spellings_of_an_end_are_one_or_refused():
    frame = ROWS.assign(end=ROWS["end"].where(ROWS.index % 4 > 0, ROWS["end"].str.upper() + " "))
    for make in (
        lambda **o: CumulativeIncidence(**CAUSES, **o),
        lambda **o: FineGray("x", **CAUSES, cause="exit", **o),
    ):
        with pytest.raises(CellError, match="merge_names=True"):
            make().fit(frame)
        assert make(merge_names=True).fit(frame).estimates.equals(make().fit(ROWS).estimates)
    said = CumulativeIncidence(**CAUSES, censored="Censor ").fit(ROWS)
    assert said.estimates.equals(CumulativeIncidence(**CAUSES).fit(ROWS).estimates)


def test_levels_of_a_covariate_that_are_one_name_are_refused():
    with pytest.raises(CellError, match="column 'g'"):
        HazardModel("x + g", **CLOCK).fit(ROWS.assign(g=["North", "north ", "south"] * 40))


def test_a_person_who_comes_twice_is_refused():
    twice = pd.concat([ROWS, ROWS.iloc[[3]]], ignore_index=True).replace({"g": {"all": "a"}})
    estimators = (
        Survival(**CLOCK, person="who"),
        CumulativeIncidence(**CAUSES, person="who"),
        HazardModel("x", **CLOCK, person="who"),
        FineGray("x", **CAUSES, cause="exit", person="who"),
    )
    for estimator in estimators:
        with pytest.raises(CellError, match="the same person") as caught:
            estimator.fit(twice)
        assert set(caught.value.rows) & {4, 121}
        estimator.fit(twice.iloc[:N])
    spelled = ROWS.assign(who=["P1" if i == 5 else w for i, w in enumerate(ROWS["who"])])
    with pytest.raises(CellError, match="merge_names=True"):
        Survival(**CLOCK, person="who").fit(spelled)
    with pytest.raises(CellError, match="the same person"):
        Survival(**CLOCK, person="who", merge_names=True).fit(spelled)


STRETCHES = pd.DataFrame({"who": ["A", "a ", "B"], "from": [0, 3, 0], "to": [3, 8, 8], "event": [1, 1, 0]})


def test_persons_of_recurrent_events():
    roles = {"duration": "to", "event": "event", "person": "who", "entry": "from"}
    with pytest.raises(CellError, match="merge_names=True"):
        RecurrentEvents(**roles).fit(STRETCHES)
    assert RecurrentEvents(**roles, merge_names=True).fit(STRETCHES).n == 2
    people = pd.DataFrame({"who": ["A", "B"], "end": [9, 9]})
    seen = pd.DataFrame({"who": ["a ", "A"], "day": [3, 5]})
    names = {"person": "who", "end": "end", "time": "day"}
    with pytest.raises(CellError, match="more than one way"):
        counting_process(people, seen, **names)
    rows = counting_process(people, seen, **names, merge_names=True)
    assert rows["who"].tolist() == ["A", "A", "A", "B"]
    with pytest.raises(DataError, match="'number', which is the name of one"):
        counting_process(people.assign(number=1), seen, **names)


def test_items_and_conditions_come_once():
    items = pd.DataFrame({"item": ["care", "Care "], "stage": "response", "cost": [1.0, 2.0]})
    with pytest.raises(CellError, match="counted twice") as caught:
        SocietalCost(victims=10).fit(items)
    assert caught.value.rows == (1, 2)
    for word in ("victims", "Duration"):  # would replace the number of victims, or the years they are held
        with pytest.raises(CellError, match="inputs of their own"):
            SocietalCost(victims=10).fit(items.assign(item=["care", word]))
    conditions = pd.DataFrame({"condition": ["fear", " FEAR"], "share": [0.1, 0.2], "weight": [0.1, 0.2]})
    with pytest.raises(CellError, match="comes twice"):
        HealthBurden(victims=10).fit(conditions)
    with pytest.raises(CellError, match="name of a sum"):
        HealthBurden(victims=10).fit(conditions.assign(condition=["fear", "Total "]))


@pytest.mark.parametrize("copy", ["months", "log"])
def test_a_copy_of_the_duration_is_refused(copy):
    frame = ROWS.assign(known=2 * (ROWS["months"] if copy == "months" else np.log(ROWS["months"])) + 3)
    for estimator in (
        HazardModel("known + x", **CLOCK),
        FineGray("known", **CAUSES, cause="exit"),
        DurationModel("known", after="months", before="months"),
    ):
        with pytest.raises(FitError, match="'known' is a copy of the duration 'months'"):
            estimator.fit(frame)


def test_a_group_without_events_is_called_by_its_name():
    frame = ROWS.assign(treated=np.arange(N) % 2, event=ROWS["event"] * (np.arange(N) % 2), by=ROWS["months"] + 1)
    frame["end"] = np.where(frame["event"] == 1, "exit", np.where(frame["x"] > 0, "return", "censor"))
    frame["by"] = frame["by"].where(frame["event"] == 1)
    for estimator in (
        HazardModel("treated + x", **CLOCK),
        FineGray("treated", **CAUSES, cause="exit"),
        DurationModel("treated", after="months", before="by"),
    ):
        with pytest.raises(FitError, match=r"two groups of 'treated', the one of 60 rows has no event"):
            estimator.fit(frame)


def test_a_curve_without_a_spread_has_no_limits():
    frame = ROWS.assign(arm=np.arange(N) % 2, event=ROWS["event"] * (np.arange(N) % 2))
    result = Survival(**CLOCK, by="arm").fit(frame)
    nothing = result.estimates.query("stratum == '0'").loc["restricted_mean"]
    assert nothing[["std_error", "ci_low", "ci_high"]].isna().all()
    assert [check.name for check in result.checks if check.status == "review"] == ["no spread"]
    same = pd.DataFrame(
        {"who": [1, 2, 3] * 2, "from": [0] * 3 + [2] * 3, "to": [2] * 3 + [5] * 3, "event": [1] * 3 + [0] * 3}
    )
    row = RecurrentEvents(duration="to", event="event", person="who", entry="from").fit(same).estimates.iloc[0]
    assert row[["std_error", "ci_low", "ci_high"]].isna().all()
    frame["end"] = np.where(frame["event"] == 1, "exit", np.where(frame["arm"] == 1, "censor", "return"))
    found = CumulativeIncidence(**CAUSES, by="arm").fit(frame).estimates
    assert found[found["estimate"] == 0]["std_error"].isna().all()


def test_options_given_as_tables_are_not_shown():
    with pytest.raises(SpecificationError, match="victims is a DataFrame") as caught:
        SocietalCost(victims=pd.DataFrame({"n": [918273]}))
    assert "918273" not in str(caught.value)

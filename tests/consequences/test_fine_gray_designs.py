"""Entry, weights, strata and ties of Fine and Gray's model, and of the curves; ``fine_gray_r.R`` made the values."""

import json

import numpy as np
import pandas as pd
import pytest

from consequences.reference import FOLDER, table
from ctresearch.consequences import CumulativeIncidence, FineGray, Survival
from ctresearch.core import DataError, SpecificationError

R = json.loads((FOLDER / "fine_gray_r.json").read_text())
SAME = {"rel": 1e-7}  # Newton stops at 1e-7 standard deviations, one quadratic step after which is far closer
ENDS = {"duration": "months", "event": "outcome"}
LIKE_SURVIVAL = {"censoring_ties": "after", "censoring_weighted": False, "censoring_error": False}
EVERYTHING = {"entry": "entry", "weights": "w", "strata": "site", "censoring_strata": "site"}


def competing():
    """Add the columns that the R script adds."""
    frame = table("competing")
    i = np.arange(1, len(frame) + 1)
    late = np.minimum(frame["months"] - 1, (i * 7) % 6)
    return frame.assign(entry=late, w=0.5 + (i % 4) / 2, site=np.where(i % 5 > 1, "q", "p"))


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("cause", ["exit", "return"])
@pytest.mark.parametrize(
    ("case", "options"),
    [
        ("plain", {}),
        ("weights", {"weights": "w"}),
        ("entry", {"entry": "entry"}),
        ("strata", {"entry": "entry", "strata": "site"}),
        ("all", EVERYTHING),
    ],
)
def test_designs_equal_finegray_and_coxph(case, options, cause, ties):
    model = FineGray("age + route", **ENDS, cause=cause, ties=ties, **LIKE_SURVIVAL, **options)
    result, known = model.fit(competing()), R[f"{case}_{cause}_{ties}"]
    assert list(result.estimates["estimate"]) == pytest.approx(list(known["coef"].values()), **SAME)
    assert list(result.estimates["std_error"]) == pytest.approx(list(known["se"].values()), **SAME)
    assert [result.log_likelihood_null, result.log_likelihood] == pytest.approx(known["loglik"], rel=1e-9)


@pytest.mark.parametrize("cause", ["exit", "return"])
def test_defaults_equal_crr_with_many_ties(cause):
    result, known = FineGray("age + route", **ENDS, cause=cause).fit(competing()), R[f"crr_{cause}"]
    assert list(result.estimates["estimate"]) == pytest.approx(list(known["coef"].values()), **SAME)
    assert list(result.estimates["std_error"]) == pytest.approx(list(known["se"].values()), **SAME)


@pytest.mark.parametrize("cause", ["exit", "return"])
def test_groups_of_censoring_equal_crr(cause):
    model = FineGray("age + route", **ENDS, cause=cause, censoring_strata="site")
    result, known = model.fit(competing()), R[f"cengroup_{cause}"]
    assert list(result.estimates["estimate"]) == pytest.approx(list(known["coef"].values()), **SAME)
    # crr carries the error of the groups' weights otherwise; that is a term of order 1 / n of the variance.
    assert list(result.estimates["std_error"]) == pytest.approx(list(known["se"].values()), rel=1e-3)


def test_entry_at_the_start_changes_nothing():
    frame = competing().assign(zero=0)
    plain = FineGray("age", **ENDS, cause="exit").fit(frame).estimates.loc["age"]
    late = FineGray("age", **ENDS, cause="exit", entry="zero").fit(frame).estimates.loc["age"]
    assert late["estimate"] == pytest.approx(plain["estimate"], rel=1e-9)
    assert late["std_error"] == pytest.approx(plain["std_error"], rel=1e-9)


def test_a_weight_of_two_with_one_cluster_is_the_row_twice():
    frame = competing().assign(person=range(150), w=np.where(np.arange(150) % 3 == 0, 2.0, 1.0))
    options = {"cause": "exit", "entry": "entry", "cluster": "person", "strata": "site"}
    weighted = FineGray("age", **ENDS, **options, weights="w").fit(frame).estimates.loc["age"]
    twice = FineGray("age", **ENDS, **options).fit(pd.concat([frame, frame[frame["w"] == 2]])).estimates.loc["age"]
    assert weighted["estimate"] == pytest.approx(twice["estimate"], rel=1e-8)
    assert weighted["std_error"] == pytest.approx(twice["std_error"], rel=1e-8)


def test_each_stratum_has_a_baseline():
    result = FineGray("age", **ENDS, cause="exit", strata="site").fit(competing())
    assert set(result.baseline["stratum"]) == {"p", "q"}


@pytest.mark.slow
def test_the_error_counts_that_weights_are_estimated():
    # With late entry and both chances estimated, the sandwich stays near the spread over samples.
    rows = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        n, x = 800, rng.integers(0, 2, 800).astype(float)
        first, second = rng.exponential(np.exp(-0.5 * x)), rng.exponential(1.0, n)
        end = rng.uniform(0.5, 3, n)
        entry = rng.uniform(0, 0.8, n) * rng.integers(0, 2, n)
        time = np.minimum(np.minimum(first, second), end)
        outcome = np.where(end <= time, "censor", np.where(first < second, "exit", "return"))
        frame = pd.DataFrame({"months": time, "outcome": outcome, "x": x, "entry": entry})[time > entry]
        rows.append(FineGray("x", **ENDS, cause="exit", entry="entry").fit(frame).estimates.loc["x"])
    found = pd.DataFrame(rows)
    # Three Monte Carlo errors of the spread of 200 draws are 15 %.
    assert found["std_error"].astype(float).mean() == pytest.approx(found["estimate"].astype(float).std(), rel=0.15)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"entry": 99}, "end at or before their entry"),
        ({"w": 0.0}, "must be weights above 0"),
        ({"site": np.nan}, "missing"),
    ],
)
def test_bad_designs_are_refused(change, words):
    with pytest.raises(DataError, match=words):
        FineGray("age", **ENDS, cause="exit", **EVERYTHING).fit(competing().assign(**change))


def test_an_entry_equal_to_the_end_is_refused():
    frame = competing()
    frame.loc[0, "entry"] = frame.loc[0, "months"]
    with pytest.raises(DataError, match="1 rows end at or before their entry"):
        FineGray("age", **ENDS, cause="exit", entry="entry").fit(frame)


def test_weights_that_hang_on_nobody_are_refused():
    early = pd.DataFrame({"months": [1, 2], "outcome": ["return", "exit"], "entry": 0, "age": [1.0, 2.0]})
    late = competing()[["months", "outcome", "age"]].assign(entry=5, months=lambda d: d["months"] + 5)
    with pytest.raises(DataError, match="nobody is left who could still be censored or had come in"):
        FineGray("age", **ENDS, cause="exit", entry="entry").fit(pd.concat([early, late]))


def test_few_who_had_come_in_ask_for_review():
    frame = competing().assign(entry=lambda d: np.minimum(d["months"] - 1, np.where(d.index < 8, 0, 4)).clip(lower=0))
    result = FineGray("age", **ENDS, cause="exit", entry="entry").fit(frame)
    assert "late entry" in {c.name for c in result.checks}


@pytest.mark.parametrize("option", [{"ties": "exact"}, {"censoring_ties": "before"}, {"censoring_error": 2}])
def test_bad_options_are_refused(option):
    with pytest.raises(SpecificationError, match=next(iter(option))):
        FineGray("age", **ENDS, cause="exit", **option)


@pytest.mark.parametrize(("case", "options"), [("weighted", {}), ("weighted_entry", {"entry": "entry"})])
@pytest.mark.parametrize(("horizon", "place"), [(6, 0), (10, 1)])
def test_weighted_incidence_equals_survfit(case, options, horizon, place):
    result = CumulativeIncidence(**ENDS, weights="w", horizon=horizon, **options).fit(competing())
    assert list(result.estimates["estimate"]) == pytest.approx(R[case]["share"][place], rel=1e-10)
    assert list(result.estimates["std_error"]) == pytest.approx(R[case]["se"][place], rel=1e-9)
    assert result.gray.empty


def test_weights_of_one_give_the_errors_of_no_weights():
    plain = CumulativeIncidence(**ENDS).fit(competing()).curve
    ones = CumulativeIncidence(**ENDS, weights="one").fit(competing().assign(one=1.0)).curve
    assert ones["std_error"].to_numpy() == pytest.approx(plain["std_error"].to_numpy(), rel=1e-9)


@pytest.mark.parametrize(("rho", "place"), [(0, 0), (0.5, 1), (1, 2)])
def test_weighted_log_rank_equals_survdiff(rho, place):
    result = Survival(duration="week", event="arrest", by="fin", rho=rho).fit(table("rossi"))
    assert result.log_rank["chi_square"].iloc[0] == pytest.approx(R["rho"][place], rel=1e-10)

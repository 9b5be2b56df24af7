"""Chances of being listed from covariates."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from ctresearch.core import CtResearchError, DataError, FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, ConditionalLikelihood, LogLinear
from ctresearch.prevalence.covariates.conditional_fit import fit_conditional, pair_residuals, weigh_people

INTERCEPTS, SLOPES = np.array([-0.6, -0.9, -0.3]), np.array([0.8, 1.0, 0.9])


def drawn_people(seed, size=1500, lists=3, linked=0.0):
    """Draw people whose chances depend on ``x``; ``linked`` of them are on the second list if on the first."""
    random = np.random.default_rng(seed)
    x = random.normal(size=size)
    on = random.random((size, lists)) < expit(INTERCEPTS[:lists] + x[:, None] * SLOPES[:lists])
    on[:, 1] |= on[:, 0] & (random.random(size) < linked)
    frame = pd.DataFrame(on.astype(int), columns=list("abc")[:lists]).assign(x=x, sex=np.where(x > 0, "f", "m"))
    return frame[on.any(axis=1)].reset_index(drop=True)


def test_without_covariates_it_is_lincoln_and_petersen():
    frame = pd.DataFrame({"a": [1] * 60 + [0] * 40 + [1] * 20, "b": [0] * 60 + [1] * 60})
    found = ConditionalLikelihood(lists=["a", "b"]).fit(frame).estimates.loc["population"]
    other = LogLinear("fixed", model="[1,2]").fit(CaptureHistories.from_records(frame, ["a", "b"]))
    for column in ("estimate", "std_error"):
        assert found[column] == pytest.approx(other.estimates.loc["population", column], rel=1e-8)


def test_a_covariate_of_two_levels_is_two_strata():
    frame = drawn_people(2, lists=2)
    whole = ConditionalLikelihood("sex", lists=["a", "b"]).fit(frame)
    parts = [
        LogLinear("fixed", model="[1,2]").fit(CaptureHistories.from_records(rows[["a", "b"]], ["a", "b"]))
        for _, rows in frame.groupby("sex")
    ]
    estimates = [part.estimates.loc["population"] for part in parts]
    row = whole.estimates.loc["population"]
    assert row["estimate"] == pytest.approx(sum(one["estimate"] for one in estimates), rel=1e-8)
    # the information is that of the last step but one, which is short by the root of its decrement
    assert row["std_error"] == pytest.approx(np.hypot(*(one["std_error"] for one in estimates)), rel=1e-6)


def test_the_optimum_is_that_of_a_general_search():
    frame = drawn_people(3, 600)
    member, columns = frame[["a", "b", "c"]].to_numpy(), np.column_stack([np.ones(len(frame)), frame["x"]])

    def lack(beta):
        chances = expit(columns @ beta.reshape(3, 2).T)
        each = np.where(member == 1, chances, 1 - chances).prod(axis=1)
        return -np.log(each / (1 - (1 - chances).prod(axis=1))).sum()

    found = fit_conditional(member, columns)
    other = minimize(lack, np.zeros(6), method="BFGS", options={"gtol": 1e-7})
    assert found.loglik == pytest.approx(-other.fun, abs=1e-8)
    assert found.beta.ravel() == pytest.approx(other.x, abs=1e-4)  # numerical slopes
    step, unit = 1e-4, np.eye(6) * 1e-4
    numeric = np.array(
        [
            [
                lack(other.x + a + b) - lack(other.x + a - b) - lack(other.x - a + b) + lack(other.x - a - b)
                for a in unit
            ]
            for b in unit
        ]
    ) / (4 * step**2)
    assert np.linalg.inv(found.covariance) == pytest.approx(numeric, rel=1e-3, abs=1e-3)
    # the slope of the population in the coefficients, by differences
    weighted = weigh_people(found, columns)

    def population(beta):
        chances = expit(columns @ beta.reshape(3, 2).T)
        return (1 / (1 - (1 - chances).prod(axis=1))).sum()

    slope = np.array(
        [(population(found.beta.ravel() + a) - population(found.beta.ravel() - a)) / (2 * step) for a in unit]
    )
    variance = ((1 - found.seen) / found.seen**2).sum() + slope @ found.covariance @ slope
    assert weighted.std_error == pytest.approx(np.sqrt(variance), rel=1e-5)


@pytest.mark.slow
def test_limits_cover_the_truth_and_ignoring_the_covariate_does_not():
    inside, naive, samples = 0, 0, 100
    for seed in range(samples):
        frame = drawn_people(seed)
        row = ConditionalLikelihood("x", lists=["a", "b", "c"]).fit(frame).estimates.loc["population"]
        inside += row["ci_low"] <= 1500 <= row["ci_high"]
        row = ConditionalLikelihood("1", lists=["a", "b", "c"]).fit(frame).estimates.loc["population"]
        naive += row["ci_low"] <= 1500 <= row["ci_high"]
    assert abs(inside / samples - 0.95) < 0.066  # three standard errors
    assert naive < 0.2 * samples


def test_dependence_that_covariates_do_not_explain_is_told():
    good = ConditionalLikelihood("x", lists=["a", "b", "c"]).fit(drawn_people(4))
    assert {check.name: check.status for check in good.checks} == {"weights": "pass", "independence": "pass"}
    linked = ConditionalLikelihood("x", lists=["a", "b", "c"]).fit(drawn_people(4, linked=0.5))
    told = {check.name: check for check in linked.checks}["independence"]
    assert told.status == "review"
    assert "a and b" in told.message
    assert "above" in told.message
    two = ConditionalLikelihood("x", lists=["a", "b"]).fit(drawn_people(4, lists=2))
    assert "cannot show" in two.checks[1].message


def test_residuals_of_pairs_are_standard_normal_for_true_chances():
    values = []
    for seed in range(60):
        frame = drawn_people(seed, 800)
        member, columns = frame[["a", "b", "c"]].to_numpy(), np.column_stack([np.ones(len(frame)), frame["x"]])
        values.append(pair_residuals(member, fit_conditional(member, columns))[0, 1])
    # a little below one, since the coefficients are fitted to the same people
    assert 0.3 < np.std(values) < 1.2
    assert abs(np.mean(values)) < 3 / np.sqrt(60)


def test_separation_is_refused():
    frame = drawn_people(5, lists=2)
    apart = frame[(frame["sex"] == "f") | (frame["a"] == 0)]
    with pytest.raises(FitError, match="covariates separate the lists"):
        ConditionalLikelihood("sex", lists=["a", "b"]).fit(apart)
    assert np.isfinite(ConditionalLikelihood("sex", lists=["a", "b"]).fit(frame).loglik)


def test_people_who_are_hardly_seen_ask_for_review():
    random = np.random.default_rng(1)
    x = random.normal(size=4000)
    on = random.random((4000, 2)) < expit(-1.5 + 2 * x[:, None])
    frame = pd.DataFrame(on.astype(int), columns=["a", "b"]).assign(x=x)[on.any(axis=1)]
    assert ConditionalLikelihood("x", lists=["a", "b"]).fit(frame).checks[0].status == "review"


@pytest.mark.parametrize(
    ("change", "formula", "error", "words"),
    [
        ({"x": np.nan}, "x", DataError, "missing values"),
        ({"x": np.inf}, "x", DataError, "not finite"),
        ({"x": 1.0}, "x", DataError, "constant or a combination"),
        ({"a": 2}, "x", CtResearchError, "a"),
        ({}, "age", DataError, "has no column 'age'"),
        ({}, "x +", SpecificationError, "cannot be read"),
        ({}, "a ~ x", SpecificationError, "without a left side"),
    ],
)
def test_refusals(change, formula, error, words):
    with pytest.raises(error, match=words):
        ConditionalLikelihood(formula, lists=["a", "b"]).fit(drawn_people(1, lists=2).assign(**change))


@pytest.mark.parametrize("lists", [["a"], ["a", "a"], "ab"])
def test_lists_must_be_several(lists):
    with pytest.raises(
        SpecificationError, match=r"must be a list of at least 2 different columns|must have from 2 to 8"
    ):
        ConditionalLikelihood(lists=lists)

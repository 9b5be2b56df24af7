"""List experiments and randomised response: truths, written-out errors, refusals."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import chi2

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import ListExperiment, RandomisedResponse
from ctresearch.prevalence.surveys.design_effect import _bar_weights, design_test
from ctresearch.prevalence.surveys.list_likelihood import list_likelihood

BETA, GAMMA = np.array([-1.2, 0.8]), np.array([0.3, -0.4])


def listed(size, seed, items=3):
    """Draw a list experiment whose shares depend on x."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"long": np.arange(size) % 2, "x": rng.normal(0, 1, size)})
    share, others = expit(BETA[0] + BETA[1] * frame["x"]), expit(GAMMA[0] + GAMMA[1] * frame["x"])
    frame["n"] = rng.binomial(items, others) + frame["long"] * (rng.random(size) < share)
    return frame.assign(village=np.arange(size) // 20, w=1 + np.arange(size) % 3), share.mean()


LIST = {"answer": "n", "treatment": "long", "items": 3}


def test_the_difference_in_means():
    frame, _ = listed(600, 1)
    result = ListExperiment(**LIST).fit(frame)
    one, other = (frame.loc[frame["long"] == k, "n"] for k in (1, 0))
    row = result.estimates.loc["prevalence"]
    assert row["estimate"] == pytest.approx(one.mean() - other.mean())
    # HC3 of a mean: the sum of squares over (n - 1) ** 2
    spread = sum(((y - y.mean()) ** 2).sum() / (len(y) - 1) ** 2 for y in (one, other))
    assert row["std_error"] == pytest.approx(np.sqrt(spread))
    assert row["ci_high"] - row["estimate"] == pytest.approx(1.959963984540054 * row["std_error"])
    assert result.coefficients.loc[("control", "Intercept"), "estimate"] == pytest.approx(other.mean())
    assert result.interval == "normal"


def test_weights_and_clusters():
    frame, _ = listed(600, 2)
    row = ListExperiment(**LIST, weight="w").fit(frame).estimates.loc["prevalence"]
    means = [np.average(g["n"], weights=g["w"]) for _, g in frame.groupby("long")]
    assert row["estimate"] == pytest.approx(means[1] - means[0])
    clustered = ListExperiment(**LIST, cluster="village").fit(frame).estimates.loc["prevalence"]
    scores = pd.DataFrame(
        {k: (frame["n"] - frame.groupby("long")["n"].transform("mean")) * (frame["long"] == k) / 300 for k in (0, 1)}
    )
    sums = scores.groupby(frame["village"]).sum()
    apart = (sums[1] - sums[0]).to_numpy()
    assert clustered["std_error"] == pytest.approx(np.sqrt((apart**2).sum() * 30 / 29))


@pytest.mark.parametrize("method", ["linear", "nls", "ml"])
def test_regressions_find_the_truth(method):
    frame, truth = listed(6000, 3)
    result = ListExperiment(**LIST, method=method, formula="x").fit(frame)
    row = result.estimates.loc["prevalence"]
    assert abs(row["estimate"] - truth) < 3 * row["std_error"]
    if method != "linear":
        for part, held in (("sensitive", BETA), ("control", GAMMA)):
            found = result.coefficients.loc[part]
            assert (abs(found["estimate"] - held) < 3.3 * found["std_error"]).all()
        assert 0 < row["ci_low"] < row["ci_high"] < 1
    plain = ListExperiment(**LIST).fit(frame).estimates.loc["prevalence", "std_error"]
    # least squares waits for no distribution; the likelihood uses one and is sharper
    assert row["std_error"] < plain * {"linear": 1.02, "nls": 1.05, "ml": 0.9}[method]


def test_robust_errors_of_a_right_model_are_near_its_own():
    frame, _ = listed(6000, 4)
    for method in ("nls", "ml"):
        own = ListExperiment(**LIST, method=method, formula="x").fit(frame).coefficients["std_error"]
        robust = ListExperiment(**LIST, method=method, formula="x", cluster="person").fit(
            frame.assign(person=range(6000))
        )
        assert robust.coefficients["std_error"].to_numpy() == pytest.approx(own.to_numpy(), rel=0.15)


def test_the_likelihood_is_that_of_every_way_to_answer():
    eta = np.array([[0.4, -0.3, 0.6]])
    share, without, among = expit(eta[0])
    binomial = lambda k, p: [1, 3, 3, 1][k] * p**k * (1 - p) ** (3 - k) if 0 <= k <= 3 else 0.0  # noqa: E731
    for answer in range(5):
        told = np.exp(list_likelihood(np.array([answer]), np.array([True]), 3, eta).value[0])
        assert told == pytest.approx(share * binomial(answer - 1, among) + (1 - share) * binomial(answer, without))
        if answer < 4:
            plain = np.exp(list_likelihood(np.array([answer]), np.array([False]), 3, eta).value[0])
            assert plain == pytest.approx(share * binomial(answer, among) + (1 - share) * binomial(answer, without))
            two = np.exp(list_likelihood(np.array([answer]), np.array([False]), 3, eta[:, :2]).value[0])
            assert two == pytest.approx(binomial(answer, without))


def test_other_items_may_differ_by_the_trait():
    frame, _ = listed(6000, 5)
    result = ListExperiment(**LIST, method="ml", same_items=False).fit(frame)
    assert list(result.coefficients.index.get_level_values("part")) == ["sensitive", "control without", "control with"]


def test_lists_of_other_sensitive_items_are_left_out():
    frame, _ = listed(600, 6)
    arms = frame.assign(arm=np.where(np.arange(600) % 3 == 0, "other", np.where(frame["long"] == 1, "item", "none")))
    options = {"answer": "n", "treatment": "arm", "items": 3, "control": "none", "sensitive": "item"}
    result = ListExperiment(**options).fit(arms)
    kept = arms[arms["arm"] != "other"]
    assert result.n == len(kept)
    means = kept.groupby("arm")["n"].mean()
    assert result.estimates["estimate"].iloc[0] == pytest.approx(means["item"] - means["none"])


def test_the_design_test_sees_answers_that_changed():
    frame, _ = listed(3000, 7)
    fine = ListExperiment(**LIST).fit(frame)
    assert fine.tests.loc["either", "p_value"] > 0.05
    deflated = frame.assign(n=lambda d: np.where((d["long"] == 1) & (np.arange(3000) % 4 == 1), 0, d["n"]))
    result = ListExperiment(**LIST).fit(deflated)
    assert result.tests.loc["either", "p_value"] < 1e-6
    assert {c.name: c.status for c in result.checks}["design"] == "review"
    assert {c.name: c.status for c in result.checks}["within"] == "review"
    answer, treated = deflated["n"].to_numpy(), (deflated["long"] == 1).to_numpy()
    table = design_test(answer, treated, 3)
    assert table.loc["either", "p_value"] == pytest.approx(min(1, 2 * table["p_value"].iloc[:2].min()), rel=1e-12)


def test_the_design_test_keeps_shares_that_may_be_zero_where_r_leaves_them_out():
    """R's list 9.2.6 gives .0443 on the race survey, by leaving out two shares that are .4 and .7 errors from zero."""
    plain, mixed = [8, 132, 222, 227], [19, 123, 229, 219, 34]  # counts of answers, without and with the item
    answer, treated = np.repeat([*range(4), *range(5)], plain + mixed), np.repeat([False, True], [589, 624])
    table = design_test(answer, treated, 3)
    assert table.loc["with the trait", "df"] == 3
    assert table.loc["either", "p_value"] == pytest.approx(0.15, abs=0.01)  # weights are of 4,000 draws
    below = np.cumsum(plain)[:3] / 589 - np.cumsum(mixed)[:3] / 624
    error = np.sqrt(
        [
            p * (1 - p) / 589 + q * (1 - q) / 624
            for p, q in zip(np.cumsum(plain) / 589, np.cumsum(mixed) / 624, strict=False)
        ]
    )[:3]
    assert (below / error).round(1).tolist() == [-2.0, 0.4, 0.7]
    # the first alone: half a chi-square of one degree, twice for two tests; R draws it, 250,000 times
    alone = 2 * 0.5 * chi2.sf((below[0] / error[0]) ** 2, 1)
    assert alone == pytest.approx(0.0443110858651332, abs=3 * 0.0006)
    # moment selection leaves out what lies beyond the root of log n errors, and these do not
    assert (below[1:] / error[1:] < np.sqrt(np.log(589 + 624))).all()


def test_weights_of_the_chi_bar_square():
    # independent: binomial; of two with correlation r, both are set to zero with chance 1/4 - asin(r) / (2 pi) ...
    assert _bar_weights(np.eye(1)).tolist() == [0.5, 0.5]
    assert _bar_weights(np.eye(2)) == pytest.approx([0.25, 0.5, 0.25], abs=0.03)  # 4,000 draws: an error of .008
    r = 0.6
    tail = 0.25 - np.arcsin(r) / (2 * np.pi)
    assert _bar_weights(np.array([[1, r], [r, 1]])) == pytest.approx([0.5 - tail, 0.5, tail], abs=0.03)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"n": 9}, "holds other answers than 0 to 4"),
        ({"n": 0.5}, "holds other answers than 0 to 4"),
        ({"long": 0}, "600 people had the list without the sensitive item and 0 that with it"),
        ({"long": lambda d: 1 - d["long"], "n": lambda d: np.where(d["long"] == 0, 4, 1)}, "count more than 3 items"),
        ({"x": 1.0}, "one follows from the others"),
        ({"n": None}, "missing values"),
        ({"village": 1}, "holds 1 cluster"),
        ({"w": 0}, "must be weights above 0"),
    ],
)
def test_lists_that_cannot_be_used(change, words):
    frame, _ = listed(600, 8)
    with pytest.raises(DataError, match=words):
        ListExperiment(**LIST, formula="x", cluster="village", weight="w").fit(frame.assign(**change))


@pytest.mark.parametrize(
    "options",
    [
        {"items": 1},
        {"method": "probit"},
        {"same_items": 1},
        {"control": pd.Series([0])},
        {"sensitive": None},
        {"formula": "a ~ b"},
        {"level": 2},
    ],
)
def test_list_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        ListExperiment(**LIST | options)


FORCED = {"answer": "yes", "truth": 2 / 3, "forced_yes": 1 / 6}


def answers(yes, no):
    return pd.DataFrame({"yes": [1] * yes + [0] * no})


def test_randomised_response_of_rr():
    # rr 1.4.2, rrreg(y ~ 1, p=2/3, p1=1/6, p0=1/6, design="forced-known"), 831 of 2,435 yes
    result = RandomisedResponse(**FORCED).fit(answers(831, 1604))
    assert result.coefficients["estimate"].iloc[0] == pytest.approx(-1.03606314446781, abs=1e-5)
    assert result.coefficients["std_error"].iloc[0] == pytest.approx(0.0745562454482876, abs=1e-6)
    assert result.estimates["estimate"].iloc[0] == pytest.approx(0.261910326819132, abs=1e-6)
    scores = RandomisedResponse(**FORCED, errors="scores").fit(answers(831, 1604))
    assert scores.coefficients["std_error"].iloc[0] == pytest.approx(0.0745562454482876, abs=1e-6)


@pytest.mark.parametrize(
    ("options", "alone", "passed"),
    [
        ({"design": "forced", "truth": 0.7, "forced_yes": 0.2}, 0.2, 0.7),
        ({"design": "warner", "truth": 0.7}, 0.3, 0.4),
        ({"design": "warner", "truth": 0.2}, 0.8, -0.6),
        ({"design": "unrelated", "truth": 0.7, "unrelated_yes": 0.25}, 0.075, 0.7),
    ],
)
def test_designs_turned_round(options, alone, passed):
    yes = round(1000 * (alone + 0.3 * passed))
    result = RandomisedResponse("yes", **options).fit(answers(yes, 1000 - yes))
    row = result.estimates.loc["prevalence"]
    assert row["estimate"] == pytest.approx((yes / 1000 - alone) / passed, rel=1e-9)
    direct = np.sqrt(yes / 1000 * (1 - yes / 1000) / 1000) / abs(passed)
    assert row["std_error"] == pytest.approx(direct, rel=1e-9)
    middle = np.log(row["estimate"] / (1 - row["estimate"]))
    reach = 1.959963984540054 * row["std_error"] / (row["estimate"] * (1 - row["estimate"]))
    assert row["ci_low"] == pytest.approx(expit(middle - reach))
    assert row["ci_high"] == pytest.approx(expit(middle + reach))
    factor = {c.name: c for c in result.checks}["device"].numbers["variance_factor"]
    assert factor == pytest.approx(row["std_error"] ** 2 * 1000 / (row["estimate"] * (1 - row["estimate"])))


def test_covariates_of_a_randomised_response():
    rng = np.random.default_rng(9)
    frame = pd.DataFrame({"x": rng.normal(0, 1, 8000), "v": np.arange(8000) // 40})
    trait = rng.random(8000) < expit(-1 + 0.7 * frame["x"])
    die = rng.random(8000)
    frame["yes"] = np.where(die < 2 / 3, trait, die < 5 / 6) * 1
    result = RandomisedResponse(**FORCED, formula="x").fit(frame)
    found = result.coefficients.loc["sensitive"]
    assert (abs(found["estimate"] - [-1, 0.7]) < 3 * found["std_error"]).all()
    robust = RandomisedResponse(**FORCED, formula="x", cluster="v").fit(frame).coefficients["std_error"]
    assert robust.to_numpy() == pytest.approx(found["std_error"].to_numpy(), rel=0.25)
    heavy = RandomisedResponse(**FORCED, formula="x", weight="w").fit(frame.assign(w=1.0)).coefficients
    assert heavy["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy(), rel=1e-9)


def test_answers_that_the_device_cannot_give_are_refused():
    for yes in (150, 900):
        with pytest.raises(FitError, match="must be between 0 and 1"):
            RandomisedResponse(**FORCED).fit(answers(yes, 1000 - yes))
    with pytest.raises(DataError, match="holds other answers than 0 to 1"):
        RandomisedResponse(**FORCED).fit(answers(400, 600).assign(yes=2))


@pytest.mark.parametrize(
    "options",
    [
        {"truth": 0.0, "forced_yes": 0.1},
        {"truth": 0.8, "forced_yes": 0.3},
        {"truth": 0.8},
        {"truth": 0.8, "design": "warner", "forced_yes": 0.1},
        {"truth": 0.5, "design": "warner"},
        {"truth": 0.8, "design": "unrelated"},
        {"truth": 0.8, "design": "mirrored"},
        {"truth": 0.8, "forced_yes": 0.1, "errors": "scores", "weight": "w"},
        {"truth": 0.8, "forced_yes": 0.1, "formula": "a ~ b"},
    ],
)
def test_device_options_that_are_not_allowed(options):
    with pytest.raises(SpecificationError):
        RandomisedResponse("yes", **options)

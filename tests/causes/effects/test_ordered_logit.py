import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime

from causes.lalonde_like import confounded
from ctresearch.causes import OrderedLogit
from ctresearch.causes.models.proportional_odds import _derivatives, fit_proportional_odds
from ctresearch.core import DataError, FitError

INCIDENCE = Path(__file__).parents[2] / "reference" / "kelley_simmons_2015" / "incidence_2003.csv"


def test_the_inverse_u_of_income_is_found_in_the_published_data():
    """Pinned values and their source: README beside the data. Five decimals were published."""
    frame = pd.read_csv(INCIDENCE).dropna()
    covariates = ["lgdppc", "lgdppc2", "logpop", "fh_cl"]
    result = OrderedLogit(outcome="ht_incidence_origin", covariates=covariates, detected="outcome").fit(frame)
    assert result.n == 148
    assert result.estimates.loc["lgdppc", "estimate"] == pytest.approx(7.31489, abs=6e-6)
    assert result.estimates.loc["lgdppc2", "estimate"] == pytest.approx(-0.54953, abs=6e-6)
    assert (result.estimates.loc["lgdppc2", ["ci_low", "ci_high"]] < 0).all()
    assert "undetermined" in result.summary()


def test_scores_and_information_are_the_derivatives_of_the_likelihood():
    rng = np.random.default_rng(1)
    x, levels = rng.normal(size=(50, 2)), rng.integers(0, 4, 50)
    at, w = np.array([0.3, -0.2, -1.0, 0.1, 0.8]), rng.uniform(0.5, 2, 50)
    _, scores, information = _derivatives(x, levels, at, w)
    slope = approx_fprime(at, lambda v: _derivatives(x, levels, v, w)[0], 1e-6)
    np.testing.assert_allclose(scores.sum(axis=0), slope, atol=1e-4)  # error of a forward difference of step 1e-6
    bend = approx_fprime(at, lambda v: _derivatives(x, levels, v, w)[1].sum(axis=0), 1e-6)
    np.testing.assert_allclose(information, -bend, atol=1e-4)


def test_two_levels_are_a_logistic_regression():
    import statsmodels.api as sm

    frame = confounded(400, 1).assign(high=lambda d: (d["outcome"] > 1) * 1)
    ours = OrderedLogit(outcome="high", covariates=["age", "school"]).fit(frame).estimates
    theirs = sm.Logit(frame["high"], sm.add_constant(frame[["age", "school"]])).fit(disp=0, tol=1e-12)
    np.testing.assert_allclose(ours.loc[["age", "school"], "estimate"], theirs.params[1:], rtol=1e-6)  # same likelihood
    np.testing.assert_allclose(ours.loc[["age", "school"], "std_error"], theirs.bse[1:], rtol=1e-6)
    assert ours.loc["0|1", "estimate"] == pytest.approx(-theirs.params["const"], rel=1e-6)


def test_units_of_a_covariate_pass_through():
    rng = np.random.default_rng(2)
    x = rng.normal(size=(300, 1))
    levels = np.digitize(x[:, 0] + rng.logistic(size=300), [-1, 0, 1])
    one, other = fit_proportional_odds(x, levels), fit_proportional_odds(100 * x + 7, levels)
    assert other.parameters[0] * 100 == pytest.approx(one.parameters[0], rel=1e-8)
    assert other.log_likelihood == pytest.approx(one.log_likelihood, rel=1e-10)
    np.testing.assert_allclose(other.parameters[1:] - 7 * other.parameters[0], one.parameters[1:], rtol=1e-6)


def test_clustered_errors_grow_with_copies():
    frame = confounded(300, 3).assign(level=lambda d: np.digitize(d["outcome"], [0, 2]), person=range(300))
    doubled = pd.concat([frame, frame])
    options = {"outcome": "level", "covariates": ["age"]}
    once = OrderedLogit(**options, cluster="person").fit(frame).estimates.loc["age"]
    twice = OrderedLogit(**options, cluster="person").fit(doubled).estimates.loc["age"]
    assert twice["std_error"] == pytest.approx(once["std_error"], rel=1e-6)  # the same sums of scores


def test_ordered_categories_keep_their_order_and_their_names():
    frame = confounded(300, 3)
    labels = pd.cut(frame["outcome"], 3, labels=["low", "medium", "high"])
    result = OrderedLogit(outcome="level", covariates=["age"]).fit(frame.assign(level=labels))
    assert list(result.estimates.index) == ["age", "low|medium", "medium|high"]
    with pytest.raises(DataError, match="without order"):
        OrderedLogit(outcome="level", covariates=["age"]).fit(frame.assign(level=labels.cat.as_unordered()))


def test_what_has_no_estimate_is_refused():
    frame = pd.DataFrame({"y": [0, 0, 1, 1, 2, 2] * 5, "x": [0, 1, 2, 3, 4, 5] * 5})
    options = {"outcome": "y", "covariates": ["x"]}
    with pytest.raises(FitError, match="separate the levels"):
        OrderedLogit(**options).fit(frame)
    with pytest.raises(DataError, match="must vary"):
        OrderedLogit(**options).fit(frame.assign(y=1))
    with pytest.raises(DataError, match="is constant"):
        OrderedLogit(**options).fit(frame.assign(x=1))
    with pytest.raises(DataError, match="at most 20"):
        OrderedLogit(**options).fit(frame.assign(y=range(30)))


def test_a_rare_level_is_flagged():
    frame = confounded(200, 5).assign(level=lambda d: np.digitize(d["outcome"], [0, 100]))
    frame.loc[0, "level"] = 2
    result = OrderedLogit(outcome="level", covariates=["age"]).fit(frame)
    assert next(c for c in result.checks if c.name == "levels").status == "review"


def test_weights_count_rows_and_errors_are_robust():
    frame = confounded(300, 8).assign(level=lambda d: np.digitize(d["outcome"], [0, 2]), w=1.0, person=range(300))
    frame.loc[::2, "w"] = 2.0
    options = {"outcome": "level", "covariates": ["age", "school"]}
    weighted = OrderedLogit(**options, weights="w").fit(frame).estimates
    copied = OrderedLogit(**options, cluster="person").fit(pd.concat([frame, frame[frame["w"] == 2]])).estimates
    np.testing.assert_allclose(weighted["estimate"], copied["estimate"], rtol=1e-7)
    # a copied row in a cluster with its copy has the same sum of scores; only the factor G / (G - 1) is between them
    np.testing.assert_allclose(weighted["std_error"] * np.sqrt(300 / 299), copied["std_error"], rtol=1e-7)
    with pytest.raises(DataError, match="must be weights of at least 0"):
        OrderedLogit(**options, weights="w").fit(frame.assign(w=-1.0))
    with pytest.raises(DataError, match="no row with a weight above 0"):
        OrderedLogit(**options, weights="w").fit(frame.assign(w=(frame["level"] > 0) * 1.0))


@pytest.mark.parametrize("weights", [None, "w"])
def test_countries_equal_polr(weights):
    """Values by tests/reference/causes/ordered_r.R."""
    known = json.loads((INCIDENCE.parents[1] / "causes" / "ordered_r.json").read_text())
    frame = pd.read_csv(INCIDENCE).dropna().reset_index(drop=True)
    frame = frame.assign(w=1.0 + frame.index % 3)
    for name in ("lgdppc", "logpop", "fh_cl"):
        frame[name] -= frame[name].mean()
    frame = frame.assign(square=frame["lgdppc"] ** 2)
    options = {"outcome": "ht_incidence_origin", "covariates": ["lgdppc", "square", "logpop", "fh_cl"]}
    ours = OrderedLogit(**options, weights=weights).fit(frame).estimates
    theirs = known["plain" if weights is None else "weighted"]
    # polr climbs with numerical steps: about seven digits of estimates, five of its numerical Hessian
    assert dict(ours["estimate"]) == pytest.approx(theirs["estimate"], rel=1e-5, abs=1e-6)
    repeated = frame.loc[frame.index.repeat(frame["w"].astype(int) if weights else 1)]
    errors = OrderedLogit(**options).fit(repeated).estimates["std_error"]  # a weight as so many rows, which polr counts
    assert dict(errors) == pytest.approx(theirs["std_error"], rel=1e-4)


def test_a_covariate_that_separates_the_ends_alone_has_no_estimate_either():
    """Nobody without it reaches the top and nobody with it is at the bottom: the likelihood rises for ever, though slowly."""
    frame = pd.DataFrame({"y": [0, 0, 1, 1, 2, 2] * 10, "x": [0, 0, 0, 1, 1, 1] * 10})
    with pytest.raises(FitError, match="separate the levels"):
        OrderedLogit(outcome="y", covariates=["x"]).fit(frame)


def test_a_large_coefficient_that_exists_is_no_reason_to_refuse():
    """A value and its square, nearly the same, have large coefficients of opposite signs, and a maximum all the same."""
    random = np.random.default_rng(5)
    x = random.uniform(6.0, 10.0, 400)
    scale = 24.0 * x - 1.5 * x**2 + random.logistic(size=400)
    frame = pd.DataFrame({"x": x, "square": x**2, "y": np.digitize(scale, [91.0, 95.0])})
    found = OrderedLogit(outcome="y", covariates=["x", "square"]).fit(frame).estimates
    assert abs(found.loc["x", "estimate"]) * x.std() > 20
    # three standard errors: the truth is 24 and -1.5
    for term, truth in (("x", 24.0), ("square", -1.5)):
        assert found.loc[term, "estimate"] == pytest.approx(truth, abs=3 * found.loc[term, "std_error"])

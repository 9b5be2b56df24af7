import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from ctresearch.causes import PrevalenceRatio
from ctresearch.core import DataError, FitError


def counts(n=60, seed=3):
    """Monthly counts with a trend and a step, after the smoking-ban example."""
    rng = np.random.default_rng(seed)
    month = np.arange(n, dtype=float)
    after = (month >= 36) * 1
    people = 360_000 + 50 * month
    mean = people * np.exp(-6.2 + 0.005 * month - 0.11 * after)
    return pd.DataFrame(
        {"cases": rng.negative_binomial(200, 200 / (200 + mean)), "month": month, "after": after, "people": people}
    )


@pytest.mark.parametrize(("errors", "scale"), [("model", None), ("quasi", "X2")])
def test_rates_agree_with_statsmodels(errors, scale):
    frame = counts()
    design = sm.add_constant(frame[["after", "month"]])
    model = sm.GLM(frame["cases"], design, family=sm.families.Poisson(), exposure=frame["people"])
    theirs = model.fit(tol=1e-13, scale=scale)
    ours = PrevalenceRatio(outcome="cases", covariates=["after", "month"], exposure="people", errors=errors).fit(frame)
    # the same likelihood; statsmodels stops at a small change of deviance
    np.testing.assert_allclose(ours.estimates["estimate"], theirs.params, rtol=1e-6)
    np.testing.assert_allclose(ours.estimates["std_error"], theirs.bse, rtol=1e-6)


def test_robust_and_clustered_errors_are_the_sandwich():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"x": rng.integers(0, 2, 500), "village": np.arange(500) // 2})
    frame["y"] = (rng.random(500) < 0.3 + 0.2 * frame["x"]) * 1
    model = sm.GLM(frame["y"], sm.add_constant(frame[["x"]]), family=sm.families.Poisson())
    plain = PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame)
    np.testing.assert_allclose(plain.estimates["std_error"], model.fit(cov_type="HC0").bse, rtol=1e-6)
    clustered = PrevalenceRatio(outcome="y", covariates=["x"], cluster="village").fit(frame)
    theirs = model.fit(cov_type="cluster", cov_kwds={"groups": frame["village"]})
    factor = np.sqrt(498 / 499)  # statsmodels multiplies by (n - 1) / (n - k) beside G / (G - 1)
    np.testing.assert_allclose(clustered.estimates["std_error"], theirs.bse * factor, rtol=1e-6)


def test_the_ratio_of_two_groups_is_the_ratio_of_their_prevalences():
    frame = pd.DataFrame({"y": [1] * 10 + [0] * 30 + [1] * 21 + [0] * 19, "x": [0] * 40 + [1] * 40})
    result = PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame)
    row = result.to_frame(exponentiate=True).loc["x"]
    assert row["estimate"] == pytest.approx(2.1)
    log_error = np.sqrt(1 / 10 - 1 / 40 + 1 / 21 - 1 / 40)  # the textbook formula, which the sandwich reproduces
    assert result.estimates.loc["x", "std_error"] == pytest.approx(log_error)


def test_widely_spread_counts_fail_with_plain_poisson_errors():
    frame = counts().assign(cases=lambda d: d["cases"] * (1 + np.arange(60) % 2 * 4))
    options = {"outcome": "cases", "covariates": ["after", "month"], "exposure": "people"}
    assert PrevalenceRatio(**options, errors="model").fit(frame).status == "fail"
    checks = PrevalenceRatio(**options, errors="robust").fit(frame).checks
    assert next(check.status for check in checks if check.name == "dispersion") == "pass"


def test_what_has_no_ratio_is_refused():
    frame = pd.DataFrame({"y": [0, 1, 2, 3], "x": [0, 0, 1, 1], "t": [1.0, 1, 0, 1]})
    with pytest.raises(DataError, match="must be above 0"):
        PrevalenceRatio(outcome="y", covariates=["x"], exposure="t").fit(frame)
    with pytest.raises(DataError, match="a whole count"):
        PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame.assign(y=[0.5, 1, 1, 2]))
    with pytest.raises(DataError, match="must vary"):
        PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame.assign(y=1))
    with pytest.raises(FitError, match="nobody with the lower of the two values of 'x' has the outcome"):
        PrevalenceRatio(outcome="y", covariates=["x"]).fit(frame.assign(y=[0, 0, 0, 1]))

"""Coefficients of log-linear models, their errors, odds ratios and log-likelihood: against statsmodels."""

import json

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from pins import published_lists

from ctresearch.core import Result
from ctresearch.prevalence import CaptureHistories, LogLinear
from ctresearch.prevalence.lists.cells import members
from ctresearch.prevalence.loglinear.model_terms import read_model


def by_statsmodels(result, *, without=()):
    """Fit the chosen model to the observed cells as a Poisson regression; leave out terms and the cells they empty."""
    table = result.fitted
    gone = [read_model([*map(str, result.lists), ":".join(one)], result.lists).max() for one in without]
    terms = [int(t) for t in read_model(result.model, result.lists) if not any((t & g) == g for g in gone)]
    on = np.column_stack([table[name] for name in result.lists])
    patterns = on @ (1 << np.arange(len(result.lists)))
    alive = ~np.array([any((p & g) == g for g in gone) for p in patterns])
    columns = [np.prod(on[:, list(members(t))], axis=1) if t else np.ones(len(on)) for t in terms]
    fitted = sm.GLM(table["observed"][alive], np.column_stack(columns)[alive], family=sm.families.Poisson()).fit(
        tol=1e-14
    )
    return terms, fitted


@pytest.mark.parametrize(
    ("table", "select"), [("uk-2013-5", "bic"), ("korea", "bic"), ("hav-taiwan", "stepwise"), ("kosovo", "aic")]
)
def test_coefficients_errors_and_likelihood_equal_those_of_statsmodels(table, select):
    result = LogLinear(select).fit(published_lists(table))
    found = result.coefficients
    emptied = [tuple(words.split(":")) for words in found["lists"][np.isinf(found["estimate"])]]
    terms, fitted = by_statsmodels(result, without=emptied)
    kept = found[np.isfinite(found["estimate"])]
    place = [terms.index(sum(1 << result.lists.index(n) for n in words.split(":") if n)) for words in kept["lists"]]
    assert kept.index[0] == "intercept"
    assert len(kept) == len(terms)
    # both stop where a step is below 1e-6 of a standard error
    assert kept["estimate"].to_numpy() == pytest.approx(fitted.params.to_numpy()[place], rel=1e-6, abs=1e-7)
    assert kept["std_error"].to_numpy() == pytest.approx(fitted.bse.to_numpy()[place], rel=1e-6)
    limits = fitted.conf_int().to_numpy()[place]
    assert kept[["ci_low", "ci_high"]].to_numpy() == pytest.approx(limits, rel=1e-5, abs=1e-6)
    assert result.log_likelihood == pytest.approx(fitted.llf, rel=1e-9)


def test_the_intercept_is_the_unobserved_number_and_the_deviance_follows_from_the_likelihood():
    result = LogLinear("fixed", model="[12,3]").fit(published_lists("hav-taiwan"))
    unobserved = result.estimates.loc["unobserved", "estimate"]
    assert np.exp(result.coefficients.loc["intercept", "estimate"]) == pytest.approx(unobserved, rel=1e-12)
    counts = result.fitted["observed"].to_numpy()
    saturated = sm.families.Poisson().loglike(counts, counts)
    deviance = result.goodness_of_fit.loc["deviance", "value"]
    assert 2 * (saturated - result.log_likelihood) == pytest.approx(deviance, rel=1e-9)


def test_odds_ratios_are_those_of_the_interactions():
    result = LogLinear("fixed", model="[12,13,23]").fit(published_lists("hav-taiwan"))
    table = result.odds_ratios
    assert table.index.tolist() == ["12", "13", "23"]
    assert table["odds_ratio"].to_numpy() == pytest.approx(np.exp(result.coefficients.loc[table.index, "estimate"]))
    cells = result.fitted.set_index(list(result.lists))["fitted"]
    missing = result.estimates.loc["unobserved", "estimate"]
    by_hand = cells[(1, 1, 0)] * missing / (cells[(1, 0, 0)] * cells[(0, 1, 0)])
    assert table.loc["12", "odds_ratio"] == pytest.approx(by_hand, rel=1e-9)
    assert (table["ci_low"] < table["odds_ratio"]).all()


def test_a_removed_interaction_is_at_minus_infinity_and_comes_back_from_json():
    frame = pd.DataFrame(
        {"A": [1, 0, 0, 1, 0], "B": [0, 1, 0, 1, 1], "C": [0, 0, 1, 0, 1], "count": [30, 40, 50, 9, 7]}
    )
    result = LogLinear("fixed", model="[13,2]").fit(CaptureHistories.from_counts(frame))
    row = result.coefficients.loc["13"]
    assert row["estimate"] == -np.inf
    assert np.isnan(row["std_error"])
    assert result.odds_ratios.loc["13", "odds_ratio"] == 0
    assert np.isfinite(result.coefficients.drop("13")["std_error"]).all()
    again = Result.from_dict(json.loads(json.dumps(result.to_dict(), allow_nan=False)))
    pd.testing.assert_frame_equal(again.coefficients, result.coefficients)
    assert again.log_likelihood == result.log_likelihood
    assert again == result

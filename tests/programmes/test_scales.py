"""Scales agree with R and find the items they were made from."""

import numpy as np
import pytest

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.data.synthetic import campaign_evaluation
from ctresearch.programmes import ItemResponse, ScaleReliability
from ctresearch.programmes.scales.item_likelihood import _likelihood, fit_items
from ctresearch.programmes.scales.one_factor import fit_one_factor
from ctresearch.programmes.scales.reliability import cronbach_alpha
from programmes.outside import SMALL, VALUES, table

ITEMS = [f"q{i}" for i in range(1, 7)]


@pytest.fixture(scope="module")
def answers():
    return table("answers")


def test_alpha_and_its_limits_are_those_of_psych(answers):
    found = ScaleReliability(items=ITEMS, age=None, bootstrap=50).fit(answers)
    there = VALUES["alpha"]
    row = found.estimates.loc["alpha"]
    assert row["estimate"] == pytest.approx(there["alpha"], rel=1e-12)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((there["low"], there["high"]), rel=1e-10)
    assert found.items["alpha_without"].tolist() == pytest.approx(there["without"], rel=1e-12)


def test_the_factor_is_that_of_psych(answers):
    fit, there = fit_one_factor(np.cov(answers.to_numpy(), rowvar=False)), VALUES["factor"]
    assert fit.loadings == pytest.approx(there["loadings"], rel=2e-3)  # R stops its search at three digits
    assert fit.unique == pytest.approx(there["unique"], rel=2e-3)


def test_the_factor_that_was_put_in_is_found_exactly():
    loadings, unique = np.array([0.9, 1.4, 0.3, 2.0]), np.array([1.0, 0.5, 0.7, 3.0])
    fit = fit_one_factor(np.outer(loadings, loadings) + np.diag(unique))
    assert fit.loadings == pytest.approx(loadings, rel=1e-5)  # the search stops where the misfit is flat
    assert fit.omega == pytest.approx(loadings.sum() ** 2 / (loadings.sum() ** 2 + unique.sum()), rel=1e-5)


def test_omega_is_alpha_where_all_items_load_alike_and_more_elsewhere():
    alike = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    assert fit_one_factor(alike).omega == pytest.approx(cronbach_alpha(alike), rel=1e-6)
    loadings = np.array([0.2, 0.9, 0.8, 0.3])
    unlike = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    assert fit_one_factor(unlike).omega > cronbach_alpha(unlike) + 0.01


def test_the_rasch_model_is_the_logistic_mixed_model_of_lme4(answers):
    fit, there = fit_items(answers.to_numpy(dtype=float), rasch=True), VALUES["rasch"]
    assert fit.intercepts == pytest.approx(there["intercepts"], abs=2e-4)  # R's search stops at about this
    assert fit.slopes[0] == pytest.approx(there["slope"], abs=2e-4)
    assert fit.log_likelihood == pytest.approx(there["loglik"], abs=1e-5)


@pytest.fixture(scope="module")
def lsat():
    """Section 6 of the Law School Admission Test, 1,000 people as counts of 32 patterns (Bock and Lieberman 1970)."""
    counts = table("lsat6")
    return counts.loc[counts.index.repeat(counts["people"])].drop(columns="people").reset_index(drop=True)


# R package ltm, ltm(LSAT ~ z1): Rizopoulos (2006), Journal of Statistical Software 17(5), doi 10.18637/jss.v017.i05
LTM_DIFFICULTY = [-3.3597341, -1.3696497, -0.2798983, -1.8659189, -3.1235725]
LTM_DISCRIMINATION = [0.8253715, 0.7229499, 0.8904748, 0.6885502, 0.6574516]


def test_the_two_parameter_model_is_that_of_ltm_on_published_counts(lsat):
    assert len(lsat) == 1000
    fit = fit_items(lsat.to_numpy(dtype=float), rasch=False)
    assert fit.log_likelihood == pytest.approx(-2466.653, abs=5e-4)  # as published, to three decimals
    # the published search stopped where the gradient was 0.024 and the log-likelihood 7e-6 lower than ours
    assert fit.difficulties == pytest.approx(LTM_DIFFICULTY, abs=2.5e-3)
    assert fit.slopes == pytest.approx(LTM_DISCRIMINATION, abs=7e-4)
    rows = ItemResponse(items=list(lsat), age=None).fit(lsat).estimates
    assert rows.loc["difficulty", "estimate"].tolist() == fit.difficulties.tolist()


def test_no_other_point_near_the_published_one_is_more_likely(lsat):
    patterns, counts = np.unique(lsat.to_numpy(dtype=float), axis=0, return_counts=True)
    fit = fit_items(lsat.to_numpy(dtype=float), rasch=False)
    slopes, hard = np.array(LTM_DISCRIMINATION), np.array(LTM_DIFFICULTY)
    published = _likelihood(np.concatenate([-hard * slopes, slopes]), patterns, counts.astype(float), 5)[0]
    assert published <= fit.log_likelihood
    assert published == pytest.approx(fit.log_likelihood, abs=1e-5)
    gradient = _likelihood(np.concatenate([fit.intercepts, fit.slopes]), patterns, counts.astype(float), 5)[1]
    assert np.abs(gradient).max() < 1e-4


def test_difficulties_are_near_those_of_conditional_likelihood(answers):
    fit, there = fit_items(answers.to_numpy(dtype=float), rasch=True), SMALL["conditional"]
    ours = -(fit.intercepts - fit.intercepts.mean())
    # another estimator, without a normal distribution of knowledge: a thirtieth of a standard error apart here
    assert ours == pytest.approx(there["psychotools"], abs=0.05 * min(there["se"]))
    assert ours == pytest.approx(there["eRm"], abs=0.05 * min(there["se"]))


def test_omega_is_that_of_lavaan_and_of_psych(answers):
    fit, there = fit_one_factor(np.cov(answers.to_numpy(), rowvar=False)), SMALL["factor"]
    assert fit.loadings == pytest.approx(there["loadings"], rel=2e-6)  # both searches stop at about this
    assert fit.unique == pytest.approx(there["unique"], rel=2e-6)
    assert fit.omega == pytest.approx(there["omega"], rel=1e-6)
    correlation = np.corrcoef(answers.to_numpy(), rowvar=False)
    total = correlation.sum()  # psych divides by the observed variance of the score, ours by the model's
    by_psych = (total - fit_one_factor(correlation).unique.sum()) / total
    assert by_psych == pytest.approx(SMALL["omega_of_correlations"], rel=1e-6)  # flat at the top


def test_items_are_found_as_they_were_made():
    made = campaign_evaluation(60, 60, effect=0.0, spread=0.0, lost=0.0, children=0.0, seed=7)
    found = ItemResponse(items=ITEMS).fit(made.frame).estimates
    for term in ("difficulty", "discrimination"):
        rows = found.loc[term]
        assert (abs(rows["estimate"] - made.truth[term]) < 4 * rows["std_error"]).all()
        assert (rows["std_error"] < 0.25).all()


# four errors of a spread from as many tests
@pytest.mark.parametrize(("tests", "within"), [(15, 0.73), pytest.param(60, 0.37, marks=pytest.mark.slow)])
def test_standard_errors_of_items_are_those_of_repeated_tests(tests, within):
    values, errors = [], []
    for seed in range(tests):
        frame = campaign_evaluation(8, 60, effect=0.0, spread=0.0, lost=0.0, children=0.0, seed=seed).frame
        rows = ItemResponse(items=ITEMS, model="rasch").fit(frame).estimates.loc["difficulty"]
        values.append(rows["estimate"].to_numpy())
        errors.append(rows["std_error"].to_numpy())
    ratio = np.std(values, axis=0) / np.mean(errors, axis=0)
    assert ratio == pytest.approx(1.0, abs=within)


def test_an_item_scored_the_wrong_way_fails_and_says_so(answers):
    turned = answers.assign(q3=1 - answers["q3"])
    for found in (
        ScaleReliability(items=ITEMS, age=None, bootstrap=50).fit(turned),
        ItemResponse(items=ITEMS, age=None).fit(turned),
    ):
        assert found.status == "fail"
        assert any("'q3'" in check.message for check in found.checks if check.status == "fail")


def test_answers_that_make_no_scale_are_refused(answers):
    with pytest.raises(DataError, match="same answer from all 264 people"):
        ItemResponse(items=ITEMS, age=None).fit(answers.assign(q1=1))
    with pytest.raises(DataError, match="other answers than 0 and 1"):
        ItemResponse(items=ITEMS, age=None).fit(answers.assign(q1=2 * answers["q1"]))
    with pytest.raises(DataError, match="more people than items"):
        ScaleReliability(items=ITEMS, age=None).fit(answers.head(6))
    with pytest.raises(SpecificationError, match="at least 3"):
        ScaleReliability(items=ITEMS[:2])
    with pytest.raises(FitError, match="fit each other without error"):
        ItemResponse(items=ITEMS[:3], age=None).fit(answers.assign(q2=answers["q1"], q3=answers["q1"]))

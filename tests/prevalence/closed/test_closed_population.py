"""Classical models against Rcapture, their intervals, and what they refuse."""

import numpy as np
import pandas as pd
import pytest
from pins import GLM, cells_of, pinned, published_lists
from scipy.special import gammaln

from ctresearch.core import DataError, FitError, Result, SpecificationError
from ctresearch.prevalence import CaptureHistories, ClosedPopulation
from ctresearch.prevalence.closed.closed_design import closed_design
from ctresearch.prevalence.loglinear.poisson_design import fit_design
from ctresearch.prevalence.loglinear.profile_interval import multinomial_height

REFERENCE = pinned("rcapture_closed")
CASES = [(table, name, pin) for table, found in REFERENCE.items() for name, pin in found["models"].items()]
IDS = [f"{table}-{name}" for table, name, _ in CASES]
# the likelihood rises for ever (a heterogeneity that runs off), or new people come in ever faster
NONE = {
    ("artificial-3", "Mh Poisson2"),
    ("artificial-3", "Mh Darroch"),
    ("artificial-3", "Mh Gamma3.5"),
    ("artificial-3", "Mth Poisson2"),
    ("artificial-3", "Mth Darroch"),
    ("artificial-3", "Mth Gamma3.5"),
    ("korea", "Mbh"),
    ("madigan-york-3", "Mb"),
    ("madigan-york-3", "Mbh"),
    ("uk-2013-5", "Mb"),
}


def estimator(name):
    """Build the model that Rcapture names so."""
    model, *rest = name.split()
    shape = rest[0].lower().rstrip("0123456789.") if rest else None
    return ClosedPopulation(model, heterogeneity=shape, occasions_ordered=True)


@pytest.mark.parametrize(("table", "name", "pin"), CASES, ids=IDS)
def test_estimates_equal_rcapture(table, name, pin):
    if (table, name) in NONE:
        with pytest.raises(FitError):
            estimator(name).fit(published_lists(table))
        return
    result = estimator(name).fit(published_lists(table))
    row = result.estimates.loc["population"]
    # glm stops early: Mh Poisson on six lists is 2.5e-8 off its maximum
    assert row["estimate"] == pytest.approx(pin["estimate"], rel=5 * GLM)
    assert result.goodness_of_fit["value"]["deviance"] == pytest.approx(pin["deviance"], rel=1e-9)
    assert result.goodness_of_fit["df"]["deviance"] == pin["df"]
    if name != "Mbh":
        # variances stem from the step before the last: 1.6e-4 off in the worst of these
        assert row["std_error"] == pytest.approx(pin["std_error"], rel=3e-4)


@pytest.mark.parametrize(
    ("table", "name", "pin"),
    [c for c in CASES if "profile" in c[2] and (c[0], c[1]) not in NONE],
    ids=lambda v: str(v)[:20],
)
def test_profile_limits_equal_rcapture(table, name, pin):
    result = estimator(name).fit(published_lists(table))
    row = result.estimates.loc["population"]
    # Rcapture takes Stirling's formula without its term 1/(12 n), which matters where few are unobserved: up to 1.3e-3
    # where three are, below 1.2e-4 where ten and more are
    tolerance = 2e-3 if row["estimate"] < 150 else 2e-4
    assert result.profile_estimate == pytest.approx(pin["profile"][0], rel=tolerance)
    assert row["ci_low"] == pytest.approx(pin["profile"][1], rel=tolerance)
    if pin["profile"][2] is not None:
        assert row["ci_high"] == pytest.approx(pin["profile"][2], rel=tolerance)


def test_the_published_value_and_its_profile_stand_side_by_side():
    result = ClosedPopulation().fit(published_lists("uk-2013-5"))
    assert round(result.estimates["estimate"]["population"]) == 13_444
    assert round(result.profile_estimate) == 13_438
    assert (
        result.estimates["ci_low"]["population"] < result.profile_estimate < result.estimates["ci_high"]["population"]
    )


def test_the_likelihood_has_fallen_by_the_right_amount_at_the_limits():
    result = ClosedPopulation("Mth", heterogeneity="darroch", level=0.9).fit(published_lists("uk-2013-5"))
    counts, design = cells_of("uk-2013-5"), closed_design(5, "Mth", "darroch", 0.0)

    def height(size):
        filled = counts.copy()
        filled[0] = size - counts.sum()
        fitted = fit_design(design.matrix, filled, design.may_leave)
        return multinomial_height(fitted.loglik, counts.sum(), filled[0])

    row = result.estimates.loc["population"]
    top = height(result.profile_estimate)
    # half of chi-squared 0.9 quantile; the limits were searched to 1e-12 of the log size
    assert top - height(row["ci_low"]) == pytest.approx(2.705543 / 2, abs=1e-5)
    assert top - height(row["ci_high"]) == pytest.approx(2.705543 / 2, abs=1e-5)


def test_the_multinomial_height_is_that_of_the_multinomial():
    counts, unobserved = np.array([60.0, 40.0, 20.0]), 100.0
    total = counts.sum() + unobserved
    shares = np.array([unobserved, *counts]) / total
    filled = np.array([unobserved, *counts])
    kernel = float(filled @ np.log(filled) - filled.sum())
    exact = gammaln(total + 1) - gammaln(filled + 1).sum() + filled @ np.log(shares)
    constant = gammaln(counts + 1).sum()
    assert multinomial_height(kernel, counts.sum(), unobserved) == pytest.approx(exact + constant, rel=1e-12)


@pytest.mark.parametrize(("model", "level"), [("Mt", 0.8), ("M0", 0.5)])
def test_limits_at_another_level_are_those_of_a_fit_at_it(model, level):
    lists = published_lists("korea")
    result = Result.from_dict(ClosedPopulation(model).fit(lists).to_dict())
    again = ClosedPopulation(model, level=level).fit(lists).estimates.loc["population"]
    interval = result.confidence_interval(level)
    # both searches start from the same point, the counts come back from the fitted table
    assert interval.low["population"] == pytest.approx(again["ci_low"], rel=1e-9)
    assert interval.high["population"] == pytest.approx(again["ci_high"], rel=1e-9)


def test_heterogeneity_is_recovered_where_people_differ_as_the_model_says():
    rng = np.random.default_rng(5)
    # Darroch: the log odds of people on no list are normal, here with variance 1
    chance = 1 / (1 + np.exp(-(rng.normal(-1.2, 1.0, 40_000))))
    seen = rng.random((40_000, 5)) < chance[:, None]
    names = list("ABCDE")
    lists = CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), lists=names)
    plain, allowed = ClosedPopulation("Mt").fit(lists), ClosedPopulation("Mth", heterogeneity="darroch").fit(lists)
    assert plain.estimates["ci_high"]["population"] < 40_000
    tau = allowed.coefficients.loc["tau"]
    assert tau["estimate"] / tau["std_error"] > 10
    assert abs(allowed.estimates["estimate"]["population"] - 40_000) < abs(
        plain.estimates["estimate"]["population"] - 40_000
    )


@pytest.mark.parametrize(("on_all", "status"), [(1, "review"), (9, "pass")])
def test_negative_heterogeneity_asks_for_review_beyond_chance(on_all, status):
    """Of 300 people on each list alone and 60 on each pair, 12 would be on all three if lists were independent."""
    rows = [[1, 0, 0, 300], [0, 1, 0, 300], [0, 0, 1, 300], [1, 1, 0, 60], [1, 0, 1, 60], [0, 1, 1, 60]]
    frame = pd.DataFrame([*rows, [1, 1, 1, on_all]], columns=["A", "B", "C", "count"])
    result = ClosedPopulation("Mh", heterogeneity="poisson").fit(CaptureHistories.from_counts(frame))
    check = next(check for check in result.checks if check.name == "heterogeneity")
    assert check.numbers["tau"] < 0
    assert check.status == status


def test_chao_without_positive_terms_is_the_model_without_heterogeneity():
    lists = published_lists("korea")
    bound = ClosedPopulation("Mth", heterogeneity="chao").fit(lists)
    assert bound.estimates["estimate"].equals(ClosedPopulation("Mt").fit(lists).estimates["estimate"])
    assert next(check for check in bound.checks if check.name == "heterogeneity").status == "review"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "Mz"}, "must be one of"),
        ({"model": "Mh"}, "does not go with model"),
        ({"model": "Mt", "heterogeneity": "chao"}, "does not go with model"),
        ({"model": "Mb"}, "occasions_ordered=True"),
        ({"model": "Mbh"}, "occasions_ordered=True"),
        ({"model": "Mt", "theta": 2.0}, "theta"),
        ({"model": "Mh", "heterogeneity": "poisson", "theta": 1.0}, "above 1"),
        ({"level": 95}, "write 0.95"),
    ],
)
def test_options_that_do_not_go_together_are_refused(options, words):
    with pytest.raises(SpecificationError, match=words):
        ClosedPopulation(**options)


def test_two_lists_carry_no_heterogeneity():
    two = published_lists("hav-taiwan").drop("L3")
    with pytest.raises(SpecificationError, match="at least 3 lists"):
        ClosedPopulation("Mh", heterogeneity="chao").fit(two)


def test_no_overlap_is_refused():
    lists = CaptureHistories.from_counts(pd.DataFrame({"a": [1, 0], "b": [0, 1], "count": [30, 40]}))
    with pytest.raises(DataError, match="in common"):
        ClosedPopulation().fit(lists)


def test_eleven_lists_work():
    rng = np.random.default_rng(2)
    seen = rng.random((3000, 11)) < rng.uniform(0.03, 0.12, 11)
    names = [f"L{i}" for i in range(11)]
    lists = CaptureHistories.from_records(pd.DataFrame(seen[seen.any(axis=1)].astype(int), columns=names), lists=names)
    row = ClosedPopulation("Mt").fit(lists).estimates.loc["population"]
    # independent lists: the truth lies within four standard errors
    assert abs(row["estimate"] - 3000) < 4 * row["std_error"]

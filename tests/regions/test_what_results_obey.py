"""What every result of the room obeys; see ``lawful``. All laws are asked of one fit."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, f

import lawful
from ctresearch.regions import BinomialPool, MetaRegression, PartialPooling, Pool
from ctresearch.regions import meta_regression as regression
from ctresearch.regions import multilevel_pool as multilevel
from ctresearch.stats.pooling.prediction import higgins_limits

NAMES = lawful.names_of("regions")
STUDIES = pd.DataFrame(
    {
        "estimate": [0.1, 0.4, 0.9, 0.3, 0.7, 0.2, 0.5],
        "std_error": [0.2, 0.1, 0.3, 0.2, 0.1, 0.2, 0.3],
        "year": [1.0, 2, 3, 4, 5, 6, 7],
        "size": [3.0, 1, 4, 1, 5, 9, 2],
    },
    index=list("abcdefg"),
)


@pytest.mark.parametrize("name", NAMES)
def test_a_result_obeys(name):
    result = lawful.result_of(name)
    lawful.limits_hold_the_estimate(name)
    lawful.it_cites_what_its_docstring_cites(name)
    lawful.its_inputs_are_told(name)
    assert {"numpy", "scipy"} <= set(result.inputs.versions)
    lawful.columns_it_names_are_asked_for(name)
    lawful.what_is_no_table_is_refused(name)
    assert result.assumptions
    assert all(check.status in {"pass", "review", "fail"} and check.message.strip() for check in result.checks)
    assert all(result.term_meaning(term).label for term in result.estimates.index.unique())
    for table, declared in lawful.tables(result).values():
        if table is not None and not any("*" in one for one in declared):
            assert {*map(str, table.columns), *filter(None, table.index.names)} <= declared


@pytest.mark.parametrize("name", [name for name in lawful.with_a_picture_of_its_own(NAMES) if name != "Pool"])
def test_a_picture_draws_what_the_tables_hold(name):
    lawful.a_picture_draws_what_the_tables_hold(name)


def test_a_picture_of_levels_shows_those_of_the_first_grouping_beside_the_mean():
    from matplotlib import pyplot

    found = PartialPooling().fit(STUDIES[["estimate", "std_error"]])
    ax = found.plot()
    assert [one.get_text() for one in ax.get_yticklabels()] == list("abcdefg")
    mean = found.estimates.loc["constant", "estimate"]
    assert any(np.allclose(line.get_xdata(), mean) for line in ax.lines)
    pyplot.close(ax.figure)


@pytest.mark.parametrize(("studies", "slopes", "status"), [(20, 2, "pass"), (19, 2, "review"), (10, 0, "pass")])
def test_ten_studies_are_enough_for_a_slope(studies, slopes, status):
    check = regression._check_enough(studies, slopes)
    assert (check.name, check.status, dict(check.numbers)) == (
        "studies",
        status,
        {"studies": studies, "slopes": slopes},
    )
    assert check.message.startswith(f"{studies} studies for {slopes} slopes")
    assert ("no finding" in check.message) == (status == "review")


@pytest.mark.parametrize("test", ["z", "knha"])
def test_slopes_are_tested_together_by_their_covariance(test):
    class Fit:
        coefficients = np.array([9.0, 0.5, -0.2])
        covariance = np.array([[1.0, 0, 0], [0, 0.04, 0.01], [0, 0.01, 0.02]])
        scale = 1.3

    made = MetaRegression(**lawful.EXAMPLES["MetaRegression"].options | {"test": test})
    value, df, p = made._slopes(Fit, 12, 3)
    wald = Fit.coefficients[1:] @ np.linalg.inv(Fit.covariance[1:, 1:]) @ Fit.coefficients[1:]
    if test == "z":
        assert (value, df, p) == pytest.approx((wald, np.inf, chi2.sf(wald, 2)))
    else:
        assert (value, df, p) == pytest.approx((wald / 2.6, 9, f.sf(wald / 2.6, 2, 9)))
    assert np.isnan(made._slopes(Fit, 12, 1)).all()


def test_studies_with_few_degrees_of_freedom_are_for_review():
    class Fit:
        converged = True

    few, least = multilevel._FEW_DF, multilevel._FEW_STUDIES
    for studies, degrees, status in ((least, few, "pass"), (least, few - 0.01, "review"), (least - 1, few, "review")):
        solved, check = multilevel._checks(Fit, studies, degrees)
        assert (solved.status, check.status) == ("pass", status)
        assert dict(check.numbers) == {"studies": studies, "degrees": degrees}
        assert f"{studies} studies" in check.message
        assert ("degrees of freedom" in check.message) == (status == "review")
    Fit.converged = False
    solved, _ = multilevel._checks(Fit, least, few)
    assert (solved.status, solved.voids) == ("fail", True)


def test_studies_in_which_nobody_or_everybody_has_it_are_counted():
    counts = pd.DataFrame({"with": [0, 5, 10, 0, 3], "asked": [10, 10, 10, 20, 12]})
    found = BinomialPool(events="with", total="asked").fit(counts)
    assert (found.without, found.everybody, found.n, found.studies, found.smallest_group) == (2, 1, 62, 5, 10)
    mean = found.estimates.loc["pooled", "estimate"]
    assert found.share == pytest.approx(1 / (1 + np.exp(-mean)))
    assert found.share_low < found.share < found.share_high


def test_limits_of_a_further_study_are_those_of_the_method_asked_for():
    y, v = STUDIES["estimate"].to_numpy(), STUDIES["std_error"].to_numpy() ** 2
    made = Pool(prediction="higgins", level=0.8)
    assert made._predict(y, v) == pytest.approx(higgins_limits(y, v, 0.8))
    assert made._predict(y, v) != pytest.approx(higgins_limits(y, v, 0.95))
    assert Pool(prediction="normal")._predict(y, v) is None

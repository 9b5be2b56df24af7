"""Classical estimators: columns of their designs, estimates of coverage and limits, written out by hand."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.special import ndtri

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import CaptureHistories, Chapman, ClosedPopulation, LowerBound, SampleCoverage
from ctresearch.prevalence.closed.closed_design import THETA, closed_design
from ctresearch.prevalence.closed.closed_population import _check_boundary, _check_theta
from ctresearch.prevalence.closed.coverage_estimators import coverage_estimates
from ctresearch.prevalence.closed.lognormal import lognormal_limits
from ctresearch.prevalence.closed.lower_bound import bound_of_frequencies, bound_of_lists


def lists_of(lists, counts):
    """Build a table from the counts of all patterns in the order of their bits."""
    columns = {name: [cell >> i & 1 for cell in range(1, 1 << len(lists))] for i, name in enumerate(lists)}
    return CaptureHistories.from_counts(pd.DataFrame(columns | {"count": counts}))


@pytest.mark.parametrize(
    ("model", "kind", "theta", "names", "last"),
    [
        ("M0", None, 0.0, ["intercept", "beta"], [1, 3]),
        ("Mt", None, 0.0, ["intercept", "beta1", "beta2", "beta3"], [1, 1, 1, 1]),
        ("Mh", "chao", 0.0, ["intercept", "beta", "eta3"], [1, 3, 1]),
        ("Mth", "poisson", 2.0, ["intercept", "beta1", "beta2", "beta3", "tau"], [1, 1, 1, 1, 7]),
        ("Mh", "darroch", 0.0, ["intercept", "beta", "tau"], [1, 3, 4.5]),
        ("Mh", "gamma", 3.5, ["intercept", "beta", "tau"], [1, 3, np.log(3.5 / 6.5)]),
        ("Mb", None, 0.0, ["intercept", "before", "after"], [1, 0, 2]),
        ("Mbh", None, 0.0, ["intercept", "late", "before", "after"], [1, 0, 0, 2]),
    ],
)
def test_designs_have_the_columns_of_their_model(model, kind, theta, names, last):
    found = closed_design(3, model, kind, theta)
    assert list(found.names) == names
    assert found.matrix.shape == (8, len(names))
    assert found.matrix[7].tolist() == pytest.approx(last)
    assert found.may_leave.tolist() == [name.startswith("eta") for name in names]
    assert found.matrix[:, 0].tolist() == [1] * 8
    assert THETA == {"poisson": 2.0, "gamma": 3.5}


def test_occasions_before_and_after_the_first_capture():
    found = closed_design(3, "Mbh", None, 0.0)
    # patterns 0 to 7: nobody was caught in 0, the first of 2 (010) came on the second occasion
    assert found.matrix[:, found.names.index("before")].tolist() == [3, 0, 1, 0, 2, 0, 1, 0]
    assert found.matrix[:, found.names.index("after")].tolist() == [0, 0, 0, 1, 0, 1, 1, 2]
    assert found.matrix[:, found.names.index("late")].tolist() == [1, 0, 1, 0, 1, 0, 1, 0]
    assert closed_design(4, "Mh", "chao", 0.0).matrix[:, 2].tolist() == [max(c.bit_count() - 2, 0) for c in range(16)]
    assert closed_design(2, "Mh", "poisson", 3.0).matrix[:, 2].tolist() == [0, 2, 2, 8]
    assert closed_design(2, "Mh", "gamma", 1.0).matrix[:, 2].tolist() == pytest.approx([0, *-np.log([2, 2, 3])])
    assert closed_design(2, "Mh", "darroch", 0.0).matrix[:, 2].tolist() == [0, 0.5, 0.5, 2]


def test_coverage_of_three_lists_by_hand():
    cells = np.array([[0.0, 30, 20, 15, 25, 10, 5, 4]])
    found = coverage_estimates(np.arange(1, 8), cells[:, 1:], 3)
    sizes = np.array([30 + 15 + 10 + 4, 20 + 15 + 5 + 4, 25 + 10 + 5 + 4])
    alone = np.array([30, 20, 25])
    coverage = 1 - (alone / sizes).mean()
    assert found.coverage[0] == pytest.approx(coverage)
    assert found.independent[0] == pytest.approx((109 - alone.mean()) / coverage)
    assert found.estimate("independent")[0] == found.independent[0]
    assert found.estimate("one_step")[0] == found.one_step[0]
    assert found.estimate("high_coverage")[0] == pytest.approx(found.high_coverage[0], nan_ok=True)
    frame = found.to_frame()
    assert (frame.index.name, frame.index.tolist()) == ("estimator", ["independent", "high_coverage", "one_step"])
    assert frame["estimate"].tolist() == pytest.approx(
        [found.independent[0], found.high_coverage[0], found.one_step[0]], nan_ok=True
    )
    even = coverage_estimates(np.array([3, 5, 6]), np.array([[10.0, 10, 10]]), 3)
    assert (even.coverage[0], even.independent[0]) == (1, 30)  # all who were seen: the estimate may equal them


@pytest.mark.parametrize(("seen", "unseen", "std_error", "level"), [(100, 50.0, 20.0, 0.95), (7, 1.0, 3.0, 0.5)])
def test_limits_are_lognormal_in_the_unseen(seen, unseen, std_error, level):
    reach = np.exp(ndtri((1 + level) / 2) * np.sqrt(np.log(1 + (std_error / unseen) ** 2)))
    assert lognormal_limits(seen, unseen, std_error, level) == pytest.approx(
        (seen + unseen / reach, seen + unseen * reach)
    )


def test_nobody_unseen_has_limits_only_without_an_error():
    assert lognormal_limits(100, -1.0, 0, 0.95) == (100, 100)
    assert np.isnan(lognormal_limits(100, -1.0, 2.0, 0.95)).all()
    assert lognormal_limits(100, 1e-9, 0.0, 0.95) == pytest.approx((100, 100))


def test_bias_correction_adds_people_to_one_and_to_two_lists():
    cells = np.array([0.0, 30, 20, 8, 25, 6, 5, 4])
    size = np.bitwise_count(np.arange(8))
    added = cells + np.where(size == 1, 1 / 6, 0) + np.where(size == 2, 1 / 3, 0)
    plain = bound_of_lists(added, 3, bias_corrected=False)
    corrected = bound_of_lists(cells, 3, bias_corrected=True)
    assert (corrected.estimate, corrected.std_error) == pytest.approx((plain.estimate, plain.std_error))
    one = bound_of_frequencies(1, 20, 2, bias_corrected=True)
    assert (one.estimate, one.std_error) == (0, 0)
    zero = bound_of_frequencies(0, 20, 2, bias_corrected=True)
    assert (abs(zero.estimate), zero.std_error) == (0, 0)
    nobody = bound_of_frequencies(10, 0, 4, bias_corrected=True)
    assert nobody.estimate == pytest.approx(0.75 * 10 * 9 / 2)
    cubic = 100 + 30 - 6
    assert nobody.std_error**2 == pytest.approx(nobody.estimate + 0.75**2 * 10 * 9 * cubic / (4 * 2))


def test_shapes_are_checked_against_their_kind():
    assert [_check_theta(kind, None) for kind in ("poisson", "gamma", "chao", None)] == [2.0, 3.5, None, None]
    assert _check_theta("poisson", 1.5) == 1.5
    assert _check_theta("gamma", 0.5) == 0.5
    for kind, theta in (("poisson", 1), ("gamma", 0), ("chao", 2.0), (None, 2.0)):
        with pytest.raises(SpecificationError, match="theta"):
            _check_theta(kind, theta)
    assert _check_boundary(1.0) == ()
    (check,) = _check_boundary(0.99)
    assert (check.name, check.status, check.numbers) == ("boundary", "review", {"unobserved": 0.99})


def test_chaos_terms_at_zero_are_counted():
    table = published_lists("korea")
    bound = ClosedPopulation("Mth", heterogeneity="chao").fit(table)
    check = next(one for one in bound.checks if one.name == "heterogeneity")
    assert check.numbers == {"allowed": 1, "at_zero": 1}
    assert "1 of 1 terms of heterogeneity are 0" in check.message
    assert "eta3" not in bound.coefficients.index
    some = ClosedPopulation("Mh", heterogeneity="chao").fit(published_lists("uk-2013-5"))
    numbers = next(one for one in some.checks if one.name == "heterogeneity").numbers
    assert numbers["allowed"] == 3
    assert numbers["at_zero"] == 3 - sum(str(name).startswith("eta") for name in some.coefficients.index)
    errors = ClosedPopulation("Mt").fit(table).coefficients["std_error"]
    sizes = np.diag(table.overlaps().to_numpy())
    assert errors["beta1"] > 0
    assert len(errors) == 1 + len(sizes)


def test_estimators_say_which_tables_they_take():
    three, two = published_lists("korea"), published_lists("korea").drop("d")
    with pytest.raises(DataError, match="the table has 3 lists, Chapman's estimator takes 2"):
        Chapman().fit(three)
    with pytest.raises(SpecificationError, match="the table has 2 lists, sample coverage needs at least 3"):
        SampleCoverage().fit(two)
    for kind in ("Mh", "Mth"):
        with pytest.raises(SpecificationError, match=f"model == '{kind}' needs at least 3 lists, the table has 2"):
            ClosedPopulation(kind, heterogeneity="darroch").fit(two)
    assert ClosedPopulation("M0").fit(two).model == "M0"
    normal = Chapman(interval="normal", level=0.8).fit(two).estimates.loc["population"]
    reach = ndtri(0.9) * normal["std_error"]
    assert (normal["ci_low"], normal["ci_high"]) == pytest.approx(
        (normal["estimate"] - reach, normal["estimate"] + reach)
    )
    lognormal = Chapman(level=0.8).fit(two)
    row = lognormal.estimates.loc["population"]
    n = lognormal.n
    assert (row["ci_low"], row["ci_high"]) == pytest.approx(
        lognormal_limits(n, row["estimate"] - n, row["std_error"], 0.8)
    )


def test_a_bound_without_people_on_two_lists_is_corrected_when_asked():
    table = lists_of("abc", [9, 8, 0, 7, 0, 0, 2])
    corrected = LowerBound(bias_corrected=True, list_chances="equal").fit(table)
    assert corrected.checks[0].numbers == {"on_one": 24, "on_two": 0}
    row = corrected.estimates.loc["unobserved"]
    found = bound_of_frequencies(24, 0, 3, bias_corrected=True)
    assert (row["estimate"], row["std_error"]) == (found.estimate, found.std_error)
    assert (row["ci_low"] + 26, row["ci_high"] + 26) == pytest.approx(
        lognormal_limits(26, found.estimate, found.std_error, 0.95)
    )


def test_coverage_chooses_its_estimator_at_fifty_five_per_cent_and_draws_at_least_those_seen():
    low = SampleCoverage(bootstrap=50).fit(published_lists("hav-taiwan"))
    assert (low.method, round(low.coverage, 3)) == ("Sample coverage, estimator one_step", 0.513)
    high = SampleCoverage(bootstrap=50).fit(lists_of("abc", [20, 22, 40, 18, 35, 30, 60]))
    assert high.coverage > 0.55
    assert high.method == "Sample coverage, estimator high_coverage"
    many = SampleCoverage(bootstrap=4100, seed=1).fit(published_lists("hav-taiwan"))
    assert many.draws.shape == (2, 4000)
    assert many.checks[1].numbers["tables"] == 4100
    drawn = low.draws.loc["population"]
    assert drawn.mean() == pytest.approx(508, rel=0.1)  # 50 draws of a spread of a tenth
    assert low.estimates["estimate"]["population"] == pytest.approx(508, abs=0.5)

"""How far limits of Student's t lie, and the degrees of freedom behind limits."""

import numpy as np
import pytest
from scipy.stats import norm, t

from ctresearch.core import Result, estimates_table
from ctresearch.core.result import freedom, reach


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_limits_lie_where_scipy_puts_them(level):
    df = np.array([1.0, 2.0, 4.5, 30.0, 200.0, np.inf])
    share = (1 + level) / 2
    expected = [*t.ppf(share, df[:-1]), norm.ppf(share)]
    assert reach(level, df) == pytest.approx(expected, rel=1e-10)
    assert reach(level, 5.0) == pytest.approx(t.ppf(share, 5.0), rel=1e-10)
    assert reach(level, df).dtype == np.float64


@pytest.mark.parametrize("level", [0.5, 0.9, 0.95, 0.99])
def test_degrees_of_freedom_are_found_again(level):
    df = np.array([1.0, 2.0, 4.5, 30.0, 200.0])
    # the reach moves little with many degrees of freedom, which leaves five digits of them
    assert freedom(reach(level, df), level) == pytest.approx(df, rel=1e-5)
    assert freedom(reach(level, np.inf), level) == np.inf
    assert freedom([reach(level, 3.0), reach(level, np.inf)], level).tolist() == [pytest.approx(3.0), np.inf]


def test_limits_nearer_than_normal_are_normal_and_none_have_no_freedom():
    normal = norm.ppf(0.975)
    found = freedom([normal * 0.9, normal, normal * (1 + 1e-3), np.nan, np.nan], 0.95)
    assert found[:2].tolist() == [np.inf, np.inf]
    assert 100 < found[2] < 2000
    assert np.isnan(found[3:]).all()
    assert np.isfinite(freedom(t.ppf(0.975, [5.0]), 0.95)).all()


def test_a_result_with_student_s_limits_has_those_of_other_levels():
    rows = {
        name: (2.0, 0.5, 2.0 - 0.5 * far, 2.0 + 0.5 * far)
        for name, far in (("few", t.ppf(0.975, 4)), ("more", t.ppf(0.975, 40)), ("normal", norm.ppf(0.975)))
    }
    result = Result(method="m", estimates=estimates_table(rows), n=9, interval="t")
    found = result.confidence_interval(0.8)
    far = np.array([t.ppf(0.9, 4), t.ppf(0.9, 40), norm.ppf(0.9)])
    np.testing.assert_allclose(found.high, 2 + 0.5 * far, rtol=1e-6)
    np.testing.assert_allclose(found.low, 2 - 0.5 * far, rtol=1e-6)

"""Wilson's limits are those of statsmodels, one by one and in tables, and nobody has none."""

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from ctresearch.stats.groups.wilson import wilson_limits


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_limits_are_those_of_another_program(level):
    counts, sizes = np.array([0, 3, 7, 10, 40]), np.array([10, 10, 10, 10, 80])
    wanted = proportion_confint(counts, sizes, alpha=1 - level, method="wilson")
    found = wilson_limits(counts / sizes, sizes, level)
    assert np.array(found) == pytest.approx(np.clip(wanted, 0, 1), abs=1e-12)
    one = wilson_limits(0.3, 10, level)
    assert all(isinstance(limit, float) for limit in one)
    assert one == pytest.approx((found[0][1], found[1][1]))
    assert (found[0][0], found[1][3]) == pytest.approx((0, 1), abs=1e-12)


def test_nobody_has_no_limits():
    low, high = wilson_limits([0.5, 0.5], [0, 1], 0.95)
    assert np.isnan([low[0], high[0]]).all()
    assert 0 < low[1] < high[1] < 1

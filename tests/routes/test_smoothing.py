"""Smoothing of many beginnings of a series at once, against statsmodels one by one."""

import warnings

import numpy as np
import pandas as pd
import pytest

from ctresearch.routes.trends.exponential_smoothing import damped_trend
from ctresearch.routes.trends.local_level import local_level

RNG = np.random.default_rng(6)
SERIES = {
    "wandering": 4.8 + np.cumsum(RNG.normal(0, 0.15, 25)),
    "steady": 4.8 + RNG.normal(0, 0.1, 25),
    "rising": 4.8 + 0.05 * np.arange(25) + RNG.normal(0, 0.1, 25),
}


@pytest.mark.parametrize("kind", SERIES)
def test_a_damped_trend_fits_at_least_as_well_as_statsmodels(kind):
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    series, ends = SERIES[kind], [14, 25]
    mean, error = damped_trend(series, ends, 3)
    for row, end in enumerate(ends):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # theirs does not always settle
            theirs = ETSModel(pd.Series(series[:end]), error="add", trend="add", damped_trend=True).fit(disp=False)
        squares = error[row, 0] ** 2 * end
        assert squares <= theirs.sse * (1 + 1e-6)
        if squares > theirs.sse * (1 - 1e-6):  # the same valley; there means hang on a flat floor, so to a hundredth
            frame = theirs.get_prediction(end, end + 2)
            assert mean[row] == pytest.approx(np.asarray(frame.predicted_mean), abs=0.01 * error[row, 0])
            assert error[row] == pytest.approx(np.sqrt(np.asarray(frame.forecast_variance)), rel=0.01)


@pytest.mark.parametrize("kind", SERIES)
def test_a_level_that_wanders_is_that_of_statsmodels(kind):
    from statsmodels.tsa.statespace.structural import UnobservedComponents

    series, ends = SERIES[kind], [14, 25]
    mean, error = local_level(series, ends, 3)
    for row, end in enumerate(ends):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            frame = UnobservedComponents(series[:end], "local level").fit(disp=False).get_forecast(3)
        # their search stops at a hundred-thousandth of the likelihood
        assert mean[row] == pytest.approx(np.asarray(frame.predicted_mean), abs=1e-4)
        assert error[row] == pytest.approx(np.asarray(frame.se_mean), rel=1e-3)


@pytest.mark.parametrize("smooth", [damped_trend, local_level])
def test_every_beginning_is_forecast_as_if_it_stood_alone(smooth):
    series = SERIES["wandering"]
    together = smooth(series, [10, 17, 25], 2)
    for row, end in enumerate((10, 17, 25)):
        alone = smooth(series[:end], [end], 2)
        assert np.allclose([one[row] for one in together], [one[0] for one in alone], atol=1e-9)


def test_a_line_without_errors_goes_on():
    mean, error = damped_trend(np.arange(12.0), [12], 1)
    assert mean[0, 0] == pytest.approx(12.0, abs=0.05)  # trends are damped a little
    assert error[0, 0] < 0.1

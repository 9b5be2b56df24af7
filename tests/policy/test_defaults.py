"""What options of the room are where nobody gives them: a promise that no change may break unseen."""

from operator import attrgetter

import pytest

from ctresearch import policy
from lawful import defaults_of

DEFAULTS = {
    "AdoptionEstimators": "control='never', anticipation=0, inference='auto', draws=999, level=0.95, seed=0, scope=None",
    "BorrowedClauses": "least=0.6, letters=5, scope=None",
    "EventStudy": "reference=-1.0",
    "HonestBounds": "restriction='relative_magnitudes', bound=None, bounds=None, target='average', level=0.95, seed=0, scope=None",
    "InterruptedSeries": "outcome_kind='not said', counting_breaks=None, full=None, phase='ramp', slope=True, population=None, control=None, family='quasi-poisson', harmonics=0, period=12, newey_west=None, corrected=True, detection=None, level=0.95, scope=None",
    "JusticeFunnel": "lag=0, least=1, merge_names=False, scope=None",
    "LawIndex": "merge_names=False, scope=None",
    "OrderedPanel": "method='mundlak', periods=True, level=0.95",
    "OutcomeRule": "detection=None, logged=False",
    "OutcomeRule.carried": "limits=None",
    "OutcomeRule.checks": "ratio=nan, limits=None",
    "OutcomeRule.ratio": "baseline=nan",
    "Panel.balanced": "drop='units'",
    "Panel.from_frame": "outcome_kind='not said', adopted=None, treatment=None, covariates=(), weight=None, population=None, cluster=None, never=(), every=None, crosswalk=None, joined=None, detection=None, logged=False, merge_names=False, scope=None",
    "Panel.keep": "units=None, times=None",
    "Panel.lag": "periods=1",
    "Panel.plot": "ax=None",
    "PanelRegression": "effects=('unit', 'time'), endogenous=None, instruments=(), errors='cluster', coordinates=None, reach=None, lags=0, kernel='bartlett', draws=1999, level=0.95, seed=0",
    "PretestPower": "power=(0.5, 0.8), level=0.95, seed=0, scope=None",
    "RepeatedSections.from_frame": "covariates=(), weight=None, cluster=None, logged=False, merge_names=False, scope=None",
    "StaggeredAdoption": "method='doubly_robust', control='never', estimator='callaway-santanna', anticipation=0, base='varying', inference='auto', draws=999, level=0.95, seed=0, scope=None",
    "SwitchingTreatment": "effects=5, placebos=2, changes='both', level=0.95, scope=None",
    "SyntheticControl": "treated=None, donors=None, predictors=(), importance='nested', method='simplex', penalty=None, also=(), demean=False, fit_periods=None, anticipation=0, inference='placebo', level=0.95",
    "SyntheticDifference": "errors='placebo', draws=200, level=0.95, seed=0",
    "TimeToAdoption": "lags=1, since=None, diffusion=None, ties='efron', level=0.95",
    "TwoWayWeights": "level=0.95",
    "lag": "periods=1, merge_names=False",
    "simulate_adoption": "units=60, periods=9, cohorts=(4, 5, 7), treated=None, effect=1.0, growth=0.0, correlation=0.0, sizes=0.0, trend=0.0, slope=0.0, missing=0.0, seed=0",
    "simulate_sections": "people=4000, periods=5, effect=1.0, slope=0.0, seed=0",
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_a_default_stays_what_it_was(name):
    assert defaults_of(attrgetter(name)(policy)) == DEFAULTS[name]

"""What a failed estimate shows, what covariates take out of gaps, and which rows are named."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import lawful
from ctresearch.core import CellError, Check
from ctresearch.policy.adoption.group_time import Adoptions
from ctresearch.policy.adoption.imputation import impute
from ctresearch.policy.series.series_design import read_series

ENDS = ["ci_low", "ci_high"]
BANDS = ["band_low", "band_high"]


@pytest.mark.parametrize("name", lawful.names_of("policy"))
def test_a_result_that_does_not_stand_shows_no_limits_anywhere(name):
    whole = lawful.result_of(name)
    failed = replace(whole, checks=(Check("convergence", "fail", "The fit did not settle.", voids=True),))
    assert not failed.stands
    assert failed.estimates[ENDS].isna().all(axis=None)
    for field, (table, _) in lawful.tables(failed).items():
        if table is not None and field in {"event_study", "by_cohort", "by_time"}:
            shown = [one for one in BANDS if one in table]
            assert table[shown].isna().all(axis=None), field
            assert len(table) == len(getattr(whole, field))
    held = getattr(failed, "covariance", None)
    assert held is None or np.isnan(np.asarray(held, dtype=float)).all()


def test_gaps_are_to_the_fit_of_units_times_and_covariates_on_untreated_cells():
    rng = np.random.default_rng(3)
    units, times = 7, 5
    law = np.array([2.0, 3, 4, np.inf, np.inf, np.inf, np.inf])
    x = rng.normal(size=(units, times, 2))
    y = rng.normal(size=(units, 1)) + rng.normal(size=(1, times)) + x @ [1.5, -0.7] + rng.normal(0, 0.1, (units, times))
    found = impute(Adoptions(y, law, np.arange(times, dtype=float), np.ones(units), np.arange(units), x))
    free = np.arange(times)[None] < law[:, None]
    u, t = (one.ravel() for one in np.indices((units, times)))
    design = np.column_stack([np.eye(units)[u], np.eye(times)[t][:, 1:], x.reshape(-1, 2)])
    kept = free.ravel()
    slopes = np.linalg.lstsq(design[kept], y.ravel()[kept], rcond=None)[0]
    assert found.gap.ravel() == pytest.approx(y.ravel() - design @ slopes, abs=1e-8)
    assert found.untreated.tolist() == free.tolist()


def test_a_period_that_stands_twice_is_named_by_its_row():
    frame = pd.DataFrame({"t": [3, 1, 2, 1, 4, 3], "n": [5, 6, 7, 8, 9, 3]})
    with pytest.raises(CellError) as caught:
        read_series(frame, count="n", time="t")
    assert caught.value.rows == (4, 6)

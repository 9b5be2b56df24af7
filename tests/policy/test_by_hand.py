"""Inner steps of the room beside sums written out."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot
from scipy.stats import t as student

import policy_examples as given
from ctresearch.core import SpecificationError
from ctresearch.policy import (
    Panel,
    PanelRegression,
    StaggeredAdoption,
    SyntheticControl,
    SyntheticDifference,
    simulate_adoption,
)
from ctresearch.policy.adoption.adoption_limits import PLACEBOS
from ctresearch.policy.adoption.estimated_cells import ESTIMATORS
from ctresearch.policy.series.count_regression import fit_counts, newey_west
from ctresearch.policy.series.serial_errors import serial_errors

ROLES = {"unit": "c", "time": "t", "outcome": "y", "outcome_kind": "response"}
COUNTRY = {"unit": "country", "time": "year", "outcome": "score"}


def drawn(panel):
    """Draw a panel: the cells and the names of rows."""
    ax = panel.plot()
    mesh = ax.collections[0]
    cells, names = np.ma.filled(mesh.get_array(), np.nan), [one.get_text() for one in ax.get_yticklabels()]
    pyplot.close("all")
    return cells, names, ax


def test_a_picture_of_a_panel_has_a_cell_for_each_unit_and_period_by_date_of_adoption():
    frame = pd.DataFrame({"c": list("AABBC"), "t": [1, 2, 1, 2, 2], "law": [None, None, 2, 2, 1], "y": 1.0})
    cells, names, ax = drawn(Panel.from_frame(frame, adopted="law", **ROLES))
    assert names == ["C", "B", "A"]
    assert np.array_equal(cells, [[np.nan, 1], [0, 1], [0, 0]], equal_nan=True)
    assert ax.yaxis_inverted()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Period", "Unit")
    assert ax.get_xlim() == (0.5, 2.5)


def test_a_picture_of_many_units_has_a_row_a_cohort_with_the_mean_of_those_who_are_known():
    rows = [(i, t, [3, None][i % 2]) for i in range(62) for t in (1, 2, 3) if (i, t) not in {(0, 3), (1, 1)}]
    frame = pd.DataFrame(rows, columns=["c", "t", "law"]).assign(y=0.0)
    frame["dose"] = ((frame["t"] >= 3) & (frame["c"] % 2 == 0)) * (1.0 + (frame["c"] == 2))
    cells, names, ax = drawn(Panel.from_frame(frame, treatment="dose", **ROLES))
    assert names == ["3 (30)", "never (32)"] or names == ["3 (31)", "never (31)"]
    assert cells[0].tolist() == pytest.approx([0, 0, (30 + 1) / 30])
    assert cells[1].tolist() == [0, 0, 0]
    assert ax.get_ylabel() == "First treated (units)"


@pytest.mark.parametrize("alpha", [False, True])
def test_newey_and_wests_sum_is_that_over_all_pairs_of_rows_of_one_series(alpha):
    rng = np.random.default_rng(1)
    design = np.column_stack([np.ones(14), np.arange(14) % 7, np.arange(14) >= 7])
    order = np.column_stack([np.tile(np.arange(7.0), 2), np.repeat([0.0, 1.0], 7)])
    counts = rng.negative_binomial(3, 0.1, 14).astype(float)
    fit = fit_counts(design, counts, np.zeros(14), negative_binomial=alpha)
    slack = 1 + (fit.dispersion if alpha else 0) * fit.fitted
    assert not alpha or fit.dispersion > 0
    bread = np.linalg.inv((design.T * (fit.fitted / slack)) @ design)
    score = design * ((counts - fit.fitted) / slack)[:, None]
    meat = np.zeros((3, 3))
    for a in range(14):
        for b in range(14):
            apart = abs(order[a, 0] - order[b, 0])
            if order[a, 1] == order[b, 1] and apart <= 2:
                meat += (1 - apart / 3) * np.outer(score[a], score[b])
    found = newey_west(design, counts, fit, order, 2, negative_binomial=alpha)
    assert found == pytest.approx(bread @ meat @ bread * 14 / 11, rel=1e-9)


def test_errors_of_two_series_go_together_within_each_alone():
    design = np.column_stack([np.ones(40), np.arange(40) >= 20])
    order = np.column_stack([np.tile(np.arange(20.0), 2), np.repeat([0.0, 1.0], 20)])
    counts = 40.0 + np.tile([9, 6, -2, 3, -7, -8, 1, -4, 2, 5, -1, -6, -3, 4, 8, 0, -5, -9, 7, 0], 2)
    fit = fit_counts(design, counts, np.zeros(40), negative_binomial=False)
    made = serial_errors(design, counts, fit, order, 2, negative_binomial=False)
    assert 0.1 < made.fading < 0.9
    apart = np.abs(order[:, None, 0] - order[None, :, 0])
    errors = np.where(order[:, None, 1] == order[None, :, 1], made.fading**apart, 0.0)
    columns = design * np.sqrt(fit.fitted)[:, None]
    away = np.eye(40) - columns @ np.linalg.inv(columns.T @ columns) @ columns.T
    assert made.left == pytest.approx(away @ errors @ away, abs=1e-9)
    assert made.true == pytest.approx(made.reach.T @ errors @ made.reach, rel=1e-9)
    residual = (counts - fit.fitted) / np.sqrt(fit.fitted)
    near = (apart == 1) & (order[:, None, 1] == order[None, :, 1])
    alike = (near * np.outer(residual, residual)).sum() / (residual @ residual)
    assert (near * made.left).sum() / np.trace(made.left) == pytest.approx(alike, abs=2e-3)  # halvings to .001


def test_one_degree_of_freedom_has_a_dispersion_and_none_has_none():
    design, counts = np.column_stack([np.ones(3), [0.0, 1, 2]]), np.array([2.0, 7, 5])
    fit = fit_counts(design, counts, np.zeros(3), negative_binomial=False)
    assert fit.dispersion == pytest.approx((((counts - fit.fitted) ** 2) / fit.fitted).sum())
    assert fit.freedom == 1
    whole = fit_counts(np.vander([0.0, 1, 2], 3), counts, np.zeros(3), negative_binomial=False)
    assert np.isnan(whole.dispersion)


def test_counts_that_vary_no_more_than_chance_have_no_extra_spread():
    fit = fit_counts(np.ones((4, 1)), np.array([5.0, 5, 5, 6]), np.zeros(4), negative_binomial=True)
    assert (fit.dispersion, fit.freedom) == (0.0, np.inf)


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_the_mean_over_times_is_that_of_the_effects_from_adoption_on(estimator):
    panel = simulate_adoption(units=30, treated=12, cohorts=(4, 5), seed=2)
    found = StaggeredAdoption(estimator=estimator, inference="analytic").fit(panel)
    events = found.event_study.set_index("since")["estimate"]
    assert found.estimates.loc["dynamic", "estimate"] == pytest.approx(events[events.index >= 0].mean(), abs=1e-9)


def test_a_covariate_that_units_keep_adjusts_nothing_where_their_effects_are_taken_out():
    frame = given.COUNTRIES.assign(kept=given.COUNTRIES["region"] * 1e6)
    roles = {"unit": "country", "time": "year", "outcome": "score", "adopted": "law", "outcome_kind": "response"}
    one, both = (Panel.from_frame(frame, covariates=names, **roles) for names in (["aid"], ["aid", "kept"]))
    for estimator in ("gardner", "borusyak-jaravel-spiess"):
        model = StaggeredAdoption(estimator=estimator, inference="analytic")
        assert model.fit(both).estimates.loc[:, "estimate"].to_numpy() == pytest.approx(
            model.fit(one).estimates["estimate"].to_numpy(), rel=1e-7
        )


def test_limits_that_were_asked_for_are_given_to_a_cohort_of_one():
    panel = simulate_adoption(units=60, treated=20, cohorts=(3, *[4] * 19), seed=1)
    asked, left_open = (StaggeredAdoption(inference=one).fit(panel).by_cohort for one in ("analytic", "auto"))
    assert asked.set_index("cohort")["ci_low"].notna().tolist() == [True, True]
    assert left_open.set_index("cohort")["ci_low"].notna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("errors", "freedom"), [("cluster", 23), ("heteroskedastic", 24 * 8 - 24 - 7 - 2), ("conley", np.inf)]
)
def test_limits_of_a_regression_have_the_degrees_of_freedom_of_its_errors(errors, freedom):
    """Clusters less one; rows less effects and columns; none where errors go together over space."""
    panel = Panel.from_frame(given.COUNTRIES, covariates=["aid", "rain"], **{**ROLES, **COUNTRY})
    more = {"coordinates": ("aid", "rain"), "reach": 50.0} if errors == "conley" else {}
    found = PanelRegression(["aid", "rain"], errors=errors, level=0.9, **more).fit(panel)
    table = found.estimates
    wide = (table["ci_high"] - table["ci_low"]) / 2 / table["std_error"]
    assert wide.tolist() == pytest.approx([student.ppf(0.95, freedom)] * 2)
    assert found.tests["df"].tolist() == [freedom] * 2
    statistic = table["estimate"] / table["std_error"]
    assert found.tests["statistic"].tolist() == pytest.approx(statistic.tolist())
    assert found.tests["p_value"].tolist() == pytest.approx((2 * student.sf(statistic.abs(), freedom)).tolist())


def test_paths_of_a_synthetic_control_say_what_was_before_and_what_after():
    one = simulate_adoption(units=12, treated=1, cohorts=(5,), periods=9, seed=3)
    path = SyntheticControl(inference="none").fit(one).path
    assert path["phase"].tolist() == ["before" if time < 5 else "after" for time in path.index]
    assert path["gap"].to_numpy() == pytest.approx((path["treated"] - path["synthetic"]).to_numpy())
    paths = SyntheticDifference(errors="none").fit(one).path
    assert paths["gap"].to_numpy() == pytest.approx((paths["treated"] - paths["synthetic"]).to_numpy())


def test_limits_are_called_by_what_made_them():
    panel = simulate_adoption(units=30, treated=4, cohorts=(4,), periods=6, sizes=0.5, seed=1)
    called = {"analytic": "normal", "leave-one-out": "t"} | dict.fromkeys(PLACEBOS)
    for inference, name in called.items():
        model = StaggeredAdoption(inference=inference, draws=99, base="universal")
        if inference == "ferman-pinto":
            with pytest.raises(SpecificationError, match="needs the sizes of units"):
                model.fit(replace(panel, population=None))
        assert model.fit(panel).interval == (name or inference)

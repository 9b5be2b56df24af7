"""Populations that could have given a table, and the least coverage over them."""

import inspect

import numpy as np
import pytest
from pins import published_lists

from ctresearch.core import DataError, FitError, SpecificationError
from ctresearch.prevalence import ClosedPopulation, LogLinear, Scenario, calibrated_coverage
from ctresearch.prevalence.simulation.candidates import candidate_scenarios
from ctresearch.prevalence.trust.class_fit import fit_two_classes


def by_name(table, **options):
    return {one.scenario.name: one for one in candidate_scenarios(table, **options)}


def test_populations_of_one_table_have_other_sizes():
    found = by_name(published_lists("hav-taiwan"))
    plausible = {name: one.scenario.population for name, one in found.items() if one.plausible}
    assert plausible["like Mth Gamma"] > 3 * plausible["like Mth Poisson"]
    assert not found["like independence"].plausible
    assert found["like Mth Poisson"].deviance == pytest.approx(found["like Mth Gamma"].deviance, abs=1e-6)


def test_a_candidate_sees_as_many_people_as_the_table_has():
    table = published_lists("scotland-pwid")
    for name, one in by_name(table).items():
        seen = one.scenario.population * (1 - one.scenario.chances[0])
        assert seen == pytest.approx(table.n_observed, rel=2e-3), name  # populations are whole numbers, EM stops early
        assert one.scenario.lists == table.lists


def test_equal_populations_stand_once():
    found = by_name(published_lists("scotland-pwid"))
    assert "like BIC" in found
    assert "like AIC" not in found  # AIC chooses the same model


def test_people_out_of_reach_change_the_size_and_not_the_table():
    found = by_name(published_lists("scotland-pwid"), hidden=0.2)
    seen, hidden = found["like BIC"], found["like BIC, 20% out of reach"]
    assert hidden.scenario.population == pytest.approx(seen.scenario.population / 0.8, abs=1)
    of_seen = [one.scenario.chances[1:] / (1 - one.scenario.chances[0]) for one in (seen, hidden)]
    assert of_seen[0] == pytest.approx(of_seen[1])
    assert (hidden.deviance, hidden.df, hidden.plausible) == (seen.deviance, seen.df, True)


@pytest.mark.parametrize("start", [0.15, 0.35])
def test_two_classes_are_found_again(start):
    """Five lists tell the chances of both classes; the expected table is fitted to the last digit."""
    chances = np.array([0.08, 0.12, 0.16, 0.20, 0.10])
    parts = [Scenario.named("independence").chances]  # one draw of the room, so that both come from the same code
    assert parts[0].sum() == pytest.approx(1)
    on = np.arange(32)[:, None] >> np.arange(5) & 1

    def alike(row):
        return np.prod(np.where(on == 1, row, 1 - row), axis=1)

    truth = start * alike(3 * chances) + (1 - start) * alike(0.6 * chances)
    found = fit_two_classes(3000 * truth)
    assert found.deviance < 1e-2
    assert found.population == pytest.approx(3000, rel=0.03)  # EM is stopped where the likelihood is flat


def test_the_least_coverage_is_the_least_over_what_fits():
    methods = {"Mt": ClosedPopulation(), "gamma": ClosedPopulation("Mth", heterogeneity="gamma")}
    result = calibrated_coverage(published_lists("hav-taiwan"), methods, replications=10, seed=1, jobs=1)
    coverage = result.performance["coverage"].unstack("scenario")
    assert result.estimates["estimate"].to_dict() == coverage.min(axis=1).to_dict()
    for method, row in result.estimates.iterrows():
        assert coverage.loc[method, row["scenario"]] == row["estimate"]
    assert set(coverage.columns) == set(result.scenarios.index[result.scenarios["plausible"]])
    checks = {check.name: check for check in result.checks}
    assert checks["scenarios"].status == "review"  # 736 to 2,631 people fit the same table
    assert checks["scenarios"].numbers["high"] > 3 * checks["scenarios"].numbers["low"]
    assert checks["least coverage"].numbers["short"] >= 1
    assert "Mt (0%, like" in checks["least coverage"].message
    assert result.nominal == 0.95


def test_the_same_seed_gives_the_same_numbers():
    methods = {"Mt": ClosedPopulation()}
    first, second = (
        calibrated_coverage(published_lists("hav-taiwan"), methods, replications=4, seed=3, jobs=1) for _ in range(2)
    )
    assert first == second


def test_the_methods_by_default_need_no_bootstrap():
    result = calibrated_coverage(published_lists("hav-taiwan"), replications=3, seed=1, jobs=1)
    assert result.estimates.index.tolist() == ["BIC average", "AIC average", "Independence (Mt)", "Mth range"]
    usual = inspect.signature(calibrated_coverage).parameters
    assert (usual["replications"].default, usual["bootstrap"].default) == (20, 100)


def test_refusals():
    with pytest.raises(DataError, match="must be CaptureHistories"):
        calibrated_coverage([1])
    with pytest.raises(SpecificationError, match="hidden == 1"):
        calibrated_coverage(published_lists("hav-taiwan"), hidden=1.0)
    with pytest.raises(SpecificationError, match="methods has 'nothing'"):
        calibrated_coverage(published_lists("hav-taiwan"), ["nothing"])
    with pytest.raises(FitError, match="no method has an interval on any of 8 tables drawn"):
        calibrated_coverage(published_lists("hav-taiwan"), {"bic": LogLinear()}, replications=2, jobs=1)

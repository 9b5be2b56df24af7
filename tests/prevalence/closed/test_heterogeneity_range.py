"""People who differ in a way that is not chosen."""

import numpy as np
import pandas as pd
import pytest
from pins import published_lists

from ctresearch.core import FitError, SpecificationError
from ctresearch.prevalence import CaptureHistories, ClosedPopulation, HeterogeneityRange, Scenario
from ctresearch.prevalence.closed.heterogeneity_range import _check_fit
from ctresearch.prevalence.closed.two_kinds import fit_two_kinds
from ctresearch.prevalence.trust.power import independent_chances


def test_limits_are_the_outermost_of_the_models_that_fit():
    table = published_lists("hav-taiwan")
    result = HeterogeneityRange().fit(table)
    each = [
        ClosedPopulation("Mth", heterogeneity=shape).fit(table).estimates.loc["population"]
        for shape in ("poisson", "darroch", "gamma")
    ]
    found = result.estimates.loc["population"]
    assert found["ci_low"] == min(one["ci_low"] for one in each)
    assert found["ci_high"] == max(one["ci_high"] for one in each)
    # three lists: all fit equally well, and the estimate is the geometric mean
    assert result.shapes["weight"].to_numpy() == pytest.approx(1 / 3, abs=1e-6)
    assert found["estimate"] == pytest.approx(np.prod([one["estimate"] for one in each]) ** (1 / 3), rel=1e-5)
    assert result.status == "review"


def test_a_shape_that_the_table_rules_out_moves_nothing():
    table = published_lists("kosovo")
    result = HeterogeneityRange().fit(table)
    shapes = result.shapes
    behind = shapes["deviance"] - shapes.loc["two kinds", "deviance"]
    assert (behind[["poisson", "darroch"]] > 6.63 + 2).all()
    lack = shapes["deviance"] + 2 * (shapes.index == "two kinds")
    kept = shapes[lack - lack.min() <= 6.63]
    weight = np.exp(-(lack - lack.min()) / 2)[kept.index]
    expected = dict.fromkeys(shapes.index, 0.0) | (weight / weight.sum()).to_dict()
    assert shapes["weight"].to_dict() == pytest.approx(expected, rel=1e-9)
    kinds = fit_two_kinds(table.cell_counts(), 0.95)
    assert shapes.loc["two kinds", ["estimate", "ci_low", "ci_high"]].tolist() == [
        kinds.population,
        kinds.low,
        kinds.high,
    ]
    found = result.estimates.loc["population"]
    assert (found["ci_low"], found["ci_high"]) == (kept["ci_low"].min(), kept["ci_high"].max())
    logs = np.log(kept["estimate"]) @ shapes["weight"][kept.index]
    assert found["estimate"] == pytest.approx(np.exp(logs), rel=1e-9)


def test_the_heavier_gamma_is_that_of_rcapture():
    """Rcapture 1.4-4: closedpCI.t(kosovo, dfreq = TRUE, m = "Mth", h = "Gamma", h.control = list(theta = 2))."""
    heavy = HeterogeneityRange().fit(published_lists("kosovo")).shapes.loc["heavy gamma"]
    assert heavy["estimate"] == pytest.approx(23403.453, abs=0.001)
    assert heavy["deviance"] == pytest.approx(112.33124, abs=1e-5)
    # limits of a profile that both search for to within a hundredth of a person
    assert heavy[["ci_low", "ci_high"]].tolist() == pytest.approx([18248.585, 30270.412], abs=0.01)


def test_two_kinds_are_set_beside_the_rest_where_people_clearly_differ():
    hubs = np.average([independent_chances(0.08 * f * np.ones(4)) for f in (8.0, 1.0)], axis=0, weights=[0.1, 0.9])
    scenario = Scenario("hubs", "some are known to all", tuple("ABCD"), 4000, hubs)
    result = HeterogeneityRange().fit(scenario.draw(np.random.default_rng(4)))
    smooth = ["poisson", "darroch", "gamma", "heavy gamma", "normal log odds"]
    assert result.shapes["df"].to_dict() == dict.fromkeys(smooth, 9) | {"two kinds": 8}
    low, high = result.estimates.loc["population", ["ci_low", "ci_high"]]
    assert low < 4000 < high
    assert result.shapes.loc["two kinds", "weight"] > 0.1
    alike = HeterogeneityRange().fit(Scenario.named("independence").draw(np.random.default_rng(1)))
    assert alike.shapes.index.tolist() == smooth[:4]
    three = HeterogeneityRange().fit(published_lists("hav-taiwan"))
    assert three.shapes.index.tolist() == smooth[:3]


def test_a_heavier_tail_and_all_that_is_within_99_per_cent_count():
    """People whose log odds lie evenly: the usual gamma ends below the truth in one table of seven."""
    odds = np.log(np.array([0.05, 0.07, 0.09, 0.11, 0.14]) / (1 - np.array([0.05, 0.07, 0.09, 0.11, 0.14])))
    even = np.mean([independent_chances(1 / (1 + np.exp(-odds - one))) for one in np.linspace(-2.2, 2.2, 41)], axis=0)
    table = Scenario("even", "log odds lie evenly", tuple("ABCDE"), 5000, even).draw(np.random.default_rng(2))
    result = HeterogeneityRange().fit(table)
    shapes = result.shapes
    heavy = ClosedPopulation("Mth", heterogeneity="gamma", theta=2.0).fit(table)
    assert shapes.loc["heavy gamma", "ci_high"] == heavy.estimates.loc["population", "ci_high"]
    assert shapes.loc["heavy gamma", "ci_high"] > shapes.loc["gamma", "ci_high"]
    lack = shapes["deviance"] + 2.0 * (shapes.index == "two kinds")
    assert ((lack - lack.min() <= 6.63) == (shapes["weight"] > 0)).all()
    assert result.estimates.loc["population", "ci_high"] == shapes.loc[shapes["weight"] > 0, "ci_high"].max()


def test_a_fit_that_is_poor_is_for_somebody_to_look_at():
    checks = {check.name: check for check in HeterogeneityRange().fit(published_lists("kosovo")).checks}
    assert checks["fit"].status == "review"
    assert checks["fit"].numbers["p_value"] < 1e-6
    assert "None of the ways" in checks["fit"].message
    three = HeterogeneityRange().fit(published_lists("hav-taiwan"))
    assert next(check for check in three.checks if check.name == "fit").status == "pass"
    shapes = pd.DataFrame({"deviance": [16.92, 30.0], "df": [9, 9]})  # chi-squared with 9 degrees: 5 % above 16.919
    assert _check_fit(shapes).status == "review"
    assert _check_fit(shapes.assign(deviance=[16.9, 30.0])).status == "pass"
    assert _check_fit(shapes.assign(df=0)).status == "pass"


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["independence", "heterogeneous"])
def test_it_covers_where_lists_are_independent_given_the_person(scenario):
    held = []
    for seed in range(40):
        table = Scenario.named(scenario).draw(np.random.default_rng([7, seed]))
        low, high = HeterogeneityRange().fit(table).estimates.loc["population", ["ci_low", "ci_high"]]
        held.append(low <= 2000 <= high)
    assert np.mean(held) >= 0.85  # 95 % less three Monte Carlo errors of 40 tables


def test_other_levels_give_other_limits():
    table = published_lists("hav-taiwan")
    wide, narrow = (HeterogeneityRange(level=level).fit(table).estimates.loc["population"] for level in (0.95, 0.5))
    assert wide["ci_low"] < narrow["ci_low"] < narrow["estimate"] < narrow["ci_high"] < wide["ci_high"]
    with pytest.raises(SpecificationError, match=r"fit with level=0\.9"):
        HeterogeneityRange().fit(table).confidence_interval(0.9)


def test_refusals():
    with pytest.raises(SpecificationError, match="at least 3 lists, the table has 2"):
        HeterogeneityRange().fit(published_lists("hav-taiwan").drop("L3"))
    frame = pd.DataFrame({"A": [1, 0, 0, 1], "B": [0, 1, 0, 1], "C": [0, 0, 1, 0], "count": [3, 4, 5, 2]})
    with pytest.raises(FitError, match="none of 3 models of people who differ has an estimate"):
        HeterogeneityRange().fit(CaptureHistories.from_counts(frame))

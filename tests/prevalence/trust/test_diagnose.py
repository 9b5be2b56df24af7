"""What tables say of themselves, and what every method passes on of it."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pins import published_lists
from scipy.stats import chi2

from ctresearch.core import DataError, SpecificationError
from ctresearch.prevalence import (
    CaptureHistories,
    ClosedPopulation,
    GraphicalAverage,
    LatentClass,
    LogLinear,
    LowerBound,
    SampleCoverage,
    Scenario,
    WeightedAverage,
    diagnose,
    stratified,
)
from ctresearch.prevalence.trust.diagnose import _check_attract
from ctresearch.prevalence.trust.diagnosis import _without_pairs, diagnosis_of
from ctresearch.prevalence.trust.explanations import explain
from ctresearch.prevalence.trust.power import independent_chances
from ctresearch.prevalence.trust.strata_diagnosis import DIAGNOSIS, diagnose_strata

PLACES = ([0.25, 0.05, 0.10, 0.20], [0.05, 0.25, 0.10, 0.05], [0.10, 0.08, 0.25, 0.10])
THREE_STRATA = np.mean([independent_chances(np.array(one)) for one in PLACES], axis=0)


def drawn(chances, size, seed):
    """Draw a table of four lists."""
    return Scenario("drawn", "drawn", ("A", "B", "C", "D"), size, chances).draw(np.random.default_rng(seed))


def named(name, size=2000, seed=1):
    return Scenario.named(name, population=size).draw(np.random.default_rng(seed))


def statuses(table, **options):
    return {check.name: check.status for check in diagnose(table, **options)}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "situation"),
    [
        ("independence", "nothing seen"),
        ("positive", "one pair"),
        ("negative", "lists repel"),
        ("heterogeneous", "people differ"),
        ("sparse", "nothing to be seen"),
    ],
)
def test_most_tables_of_a_scenario_are_seen_for_what_they_are(scenario, situation):
    found = [diagnosis_of(named(scenario, seed=seed)).situation for seed in range(20)]
    assert found.count(situation) >= 12  # bounds are loose: one table in five is taken for more than it is


def test_independent_lists_pass_in_more_than_half_of_their_tables():
    passed = [set(statuses(named("independence", seed=seed)).values()) == {"pass"} for seed in range(25)]
    assert np.mean(passed) >= 0.5


@pytest.mark.parametrize(
    "method",
    [GraphicalAverage(), WeightedAverage(), SampleCoverage(bootstrap=50), LogLinear("stepwise"), ClosedPopulation()],
)
def test_no_method_that_takes_people_to_be_alike_passes_where_they_differ(method):
    """Populations of 10,000, of which graphs and averages passed half and missed all that they passed."""
    assert all(method.fit(named("heterogeneous", 10_000, seed)).status != "pass" for seed in range(3))


def test_latent_classes_do_not_pass_where_they_cover_one_table_in_eight():
    result = LatentClass(3, iterations=2000, seed=1).fit(named("heterogeneous", 10_000))
    (check,) = [one for one in result.checks if one.name == "people differ"]
    assert check.status == "review"
    assert "HeterogeneityRange" in check.message


@pytest.mark.slow
def test_three_strata_with_lists_of_their_own_seldom_pass():
    """Averages passed nearly all of such tables and held the truth in fewer than half."""
    found = [WeightedAverage().fit(drawn(THREE_STRATA, 6000, seed)).status for seed in range(10)]
    assert found.count("pass") <= 2
    bounds = [LowerBound().fit(drawn(THREE_STRATA, 6000, seed)).status for seed in range(10)]
    assert bounds.count("pass") <= 2


def test_what_a_method_allows_for_is_no_fault_of_its_table():
    differ, refer = named("heterogeneous"), named("positive", seed=3)
    assert statuses(differ)["people differ"] == "review"
    assert statuses(differ, allows=["differences"])["people differ"] == "review"  # the shape decides
    assert statuses(differ, allows=["any difference"])["people differ"] == "pass"
    assert statuses(differ, allows=["bound"])["people differ"] == "pass"
    assert statuses(refer)["lists attract"] == "review"
    assert statuses(refer, allows=["pairs"])["lists attract"] == "pass"
    assert statuses(refer, allows=["bound"])["lists attract"] == "pass"
    assert "A and B" in {check.name: check for check in diagnose(refer)}["lists attract"].message


def test_a_table_that_could_not_show_it_does_not_pass():
    checks = {check.name: check for check in diagnose(named("sparse"))}
    for name in ("people differ", "lists repel"):
        assert checks[name].status == "review"
        assert "could not show it" in checks[name].message
        assert checks[name].numbers["power"] < 0.8
        assert f"{checks[name].numbers['power']:.2f}" in checks[name].message


def test_two_lists_show_nothing():
    found = statuses(published_lists("hav-taiwan").drop("L3"))
    assert [found[name] for name in DIAGNOSIS] == ["pass", "pass", "review", "review", "review"]


def test_lists_that_neither_people_nor_pairs_explain_are_not_explained_away():
    found = diagnosis_of(published_lists("kosovo"))
    assert not found.explained
    assert statuses(published_lists("kosovo"))["lists attract"] == "review"


def test_names_and_order_of_lists_change_nothing_but_words():
    table = named("negative")
    turned = CaptureHistories.from_counts(
        table.counts.rename(columns=dict(zip("ABCD", "WXYZ", strict=True)))[["Z", "Y", "X", "W", "count"]],
        lists=["Z", "Y", "X", "W"],
    )
    assert statuses(table) == statuses(turned)
    assert diagnosis_of(table).common == pytest.approx(diagnosis_of(turned).common, rel=1e-9)


def test_many_lists_are_scored_without_a_search():
    on = np.random.default_rng(5).random((4000, 12)) < 0.08
    frame = pd.DataFrame(on[on.any(axis=1)].astype(int), columns=list("abcdefghijkl"))
    found = diagnosis_of(CaptureHistories.from_records(frame, lists=list(frame.columns)))
    assert (found.attract, found.repel, found.explained) == ((), (), True)
    assert abs(found.common) < 4


def test_strata_are_diagnosed_each_and_told_by_name():
    tables = {"north": named("independence", seed=1), "south": named("heterogeneous")}
    checks = {check.name: check for check in diagnose_strata(tables)}
    assert tuple(checks) == DIAGNOSIS
    assert checks["people differ"].status == "review"
    assert checks["people differ"].message.startswith("In 1 of 2 strata. south: ")
    assert checks["separate lists"].message == "All of 2 strata pass."
    whole = stratified(ClosedPopulation(), tables)
    assert {check.name: check.status for check in whole.checks}["people differ"] == "review"


def test_refusals():
    with pytest.raises(SpecificationError, match="allows holds 'nothing', must be among 'pairs'"):
        diagnose(named("independence"), allows=["nothing"])
    with pytest.raises(DataError, match="must be CaptureHistories"):
        diagnose([1, 2])


def test_an_explanation_that_fits_roughly_is_for_somebody_to_look_at():
    found = diagnosis_of(named("independence"))
    lists = ("A", "B", "C", "D")
    for fit, status in ((0.049, "review"), (0.051, "pass"), (np.nan, "pass")):
        check = _check_attract(replace(found, fit=fit, attract=(), more=False), lists, frozenset())
        assert check.status == status, fit
    assert "fits them roughly (p = 0.049)" in _check_attract(replace(found, fit=0.049), lists, frozenset()).message
    one = replace(found, fit=0.049, attract=((0, 1),), more=False)
    assert _check_attract(one, lists, frozenset({"pairs"})).status == "review"  # though a pair is allowed for


def test_pairs_beside_people_who_differ_go_where_two_classes_fit_alone():
    counts = 4000 * Scenario.named("heterogeneous").chances
    counts[0] = 0.0
    smooth = explain(counts, differ=True)
    beside = replace(smooth, pairs=(0,), signs=(1,), aic=-1000.0)  # two classes cost more, and fit to the last digit
    assert _without_pairs(counts, beside).pairs == ()
    counts[3] *= 8  # an overlap that no two classes explain
    assert _without_pairs(counts, beside) is beside


def test_the_fit_of_a_diagnosis_is_that_of_its_explanation():
    table = named("independence")
    best = explain(table.cell_counts(), differ=False)
    assert diagnosis_of(table).fit == pytest.approx(chi2.sf(best.deviance, best.df), rel=1e-12)
    assert not diagnosis_of(table).beside
    assert diagnosis_of(named("heterogeneous")).beside
    assert np.isnan(diagnosis_of(published_lists("hav-taiwan").drop("L3")).fit)

"""Every picture of the room carries the numbers that it draws, and says what they mean."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from ctresearch.core import plot
from ctresearch.core.declaration import find_meaning, undeclared
from ctresearch.prevalence import (
    CaptureHistories,
    LogLinear,
    compare_methods,
    highest_order_sensitivity,
    internal_validity,
    odds_ratio_sensitivity,
    plot_heterogeneity,
    plot_overlaps,
    predictive_check,
    simulate_coverage,
    stratified,
)

KOREA = CaptureHistories.from_published("korea")
TAIWAN = CaptureHistories.from_published("hav-taiwan")
SIMPLE = LogLinear("fixed", model="[1,2,3]")
PICTURES = {
    "overlaps": lambda: plot_overlaps(KOREA),
    "heterogeneity": lambda: plot_heterogeneity(KOREA),
    "strata": lambda: stratified(SIMPLE, {"one": TAIWAN, "two": TAIWAN}).plot(),
    "methods": lambda: compare_methods(KOREA, ["Independence (Mt)", "Lower bound"]).plot(),
    "odds": lambda: odds_ratio_sensitivity(KOREA, ("b", "c"), odds_ratios=[0.5, 1, 2]).plot(),
    "highest": lambda: highest_order_sensitivity(TAIWAN, factors=[0.5, 1, 2]).plot(),
    "validity": lambda: internal_validity(TAIWAN, LogLinear("fixed", model="[1,2]")).plot(),
    "predictive": lambda: predictive_check(SIMPLE.fit(KOREA), samples=100).plot(),
    "coverage": lambda: simulate_coverage("sparse", ["Lower bound"], replications=5).plot(),
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_carries_its_numbers(name):
    drawn, roles = plot.shown(PICTURES[name]())
    plt.close("all")
    assert len(drawn)
    assert undeclared(roles, drawn) == []


def test_what_reproduces_people_is_declared_as_people():
    drawn, roles = plot.shown(plot_overlaps(KOREA))
    assert drawn["count"].sum() == KOREA.n_observed
    assert find_meaning(roles, "count").counts_people
    assert find_meaning(roles, "b").role == "key"
    sizes, meant = plot.shown(plot_heterogeneity(KOREA))
    assert sizes["people"].tolist() == [51, 60, 12]
    assert (meant["people"].role, meant["patterns"].counts_people, meant["log_ratio"].base) == (
        "count",
        False,
        "people",
    )
    known, told = plot.shown(internal_validity(TAIWAN, LogLinear("fixed", model="[1,2]")).plot())
    assert known["known"].tolist() == [135, 122, 126]
    assert told["known"].counts_people
    plt.close("all")


def test_the_reported_method_is_the_headline_and_one_is_not_many():
    found = compare_methods(KOREA, ["Sample coverage", "Lower bound", "Independence (Mt)"], bootstrap=50)
    headlines = [name for name in found.estimates.index if found.term_meaning(name).headline]
    assert headlines == [found.headline]
    words = found.paragraph()
    assert "The lower bound is 142 (Lower bound)." in words
    assert "The other gives " in words
    assert words.templates()
    assert words.translated(lambda one, many, _: one if many is None else many) != words


def test_patterns_of_a_fitted_table_are_keys_and_their_counts_are_people():
    fitted = SIMPLE.fit(KOREA)
    columns = fitted.roles("fitted")
    assert find_meaning(columns, "b").label == "B"
    assert columns["observed"].counts_people
    assert columns["fitted"].role == "model"
    coefficient = fitted.roles("coefficients")["estimate"]
    assert (coefficient.row("intercept").reader, coefficient.row("12").reader) == ("as it is", "ratio")
    assert isinstance(fitted.coefficients, pd.DataFrame)

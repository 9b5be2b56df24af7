"""Models without an estimate, which would leave an average without a word."""

import numpy as np
import pytest
from pins import published_lists

from ctresearch.prevalence import LogLinear, WeightedAverage
from ctresearch.prevalence.loglinear.search import search_all
from ctresearch.prevalence.loglinear.silent_models import check_silent


def check_of(result):
    (check,) = [one for one in result.checks if one.name == "silent models"]
    return check


def test_six_of_eight_models_are_told_with_their_weight():
    """The first list holds the second: the models that say so have no estimate, and fit best."""
    counts = np.array([0.0, 40, 0, 60, 70, 20, 0, 25])
    found = search_all(counts, "ABC", 2, "bic", None).models
    check = check_silent(counts, found, "bic", "ABC")
    assert check.numbers["silent"] == found["estimate"].isna().sum() == 6
    assert check.status == "review"
    assert check.numbers["weight"] > 0.9
    assert "6 of 8 models have no estimate" in check.message


def test_the_weight_is_that_of_the_bound_of_the_likelihood():
    """Where nobody is on two lists, one person in a million there leaves the likelihood where it is."""
    counts = np.array([0.0, 40, 0, 60, 70, 20, 0, 25])
    nearly = np.where(counts == 0, 1e-7, counts)
    nearly[0] = 0.0
    weight = check_silent(counts, search_all(counts, "ABC", 2, "aic", None).models, "aic", "ABC").numbers["weight"]
    silent = search_all(counts, "ABC", 2, "aic", None).models["estimate"].isna()
    all_models = search_all(nearly, "ABC", 2, "aic", None).models
    parts = np.exp(-(all_models["aic"] - all_models["aic"].min()) / 2)
    assert weight == pytest.approx(parts[silent[silent].index].sum() / parts.sum(), abs=1e-3)


@pytest.mark.parametrize(("name", "status"), [("hav-taiwan", "pass"), ("kosovo", "pass"), ("australia", "review")])
def test_published_tables_are_told_apart(name, status):
    for method in (WeightedAverage("aic"), LogLinear("aic")):
        assert check_of(method.fit(published_lists(name))).status == status


def test_models_of_five_lists_are_counted():
    check = check_of(WeightedAverage().fit(published_lists("western-us")))
    assert check.status == "review"
    assert "weight" not in check.numbers
    assert check.numbers["models"] == 6212
